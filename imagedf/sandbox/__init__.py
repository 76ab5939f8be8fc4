"""A local stand-in for the DigitalOcean API, on loopback, with a sample account."""

from imagedf.sandbox._accounts import REFERENCE, REGIONS, many_images, sample_accounts
from imagedf.sandbox._responses import Answer, Fault, Request, on_page, status
from imagedf.sandbox._server import Sandbox

__all__ = [
    "REFERENCE",
    "REGIONS",
    "Answer",
    "Fault",
    "Request",
    "Sandbox",
    "many_images",
    "on_page",
    "sample_accounts",
    "status",
]
