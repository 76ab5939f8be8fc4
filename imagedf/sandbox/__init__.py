"""A local stand-in for the DigitalOcean API, on loopback, with a sample account.

``python -m imagedf.sandbox`` serves it until Ctrl-C and says how to use it.
"""

from imagedf.sandbox.accounts import REFERENCE, many_images, sample_accounts
from imagedf.sandbox.server import Answer, Fault, Request, Sandbox, on_page, status

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
