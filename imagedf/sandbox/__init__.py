"""A local stand-in for the DigitalOcean API, on loopback, with a sample account.

``python -m imagedf.sandbox`` serves it until Ctrl-C and says how to use it.
"""

from imagedf.sandbox.accounts import REFERENCE, many_images, sample_accounts
from imagedf.sandbox.answers import Answer, Fault, Request, on_page, status
from imagedf.sandbox.server import Sandbox

__all__ = [
    "REFERENCE",
    "Answer",
    "Fault",
    "Request",
    "Sandbox",
    "many_images",
    "on_page",
    "sample_accounts",
    "status",
]
