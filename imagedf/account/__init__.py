"""Everything that an account stores, what its images are used for, and the proof of it."""

from imagedf.account._account import Account
from imagedf.account._endpoints import ENDPOINTS
from imagedf.account._example import example_account
from imagedf.account._fetch import fetch_account
from imagedf.account._links import link_images
from imagedf.account._read import read_account

__all__ = [
    "ENDPOINTS",
    "Account",
    "example_account",
    "fetch_account",
    "link_images",
    "read_account",
]
