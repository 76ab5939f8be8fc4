from ._account import Account
from ._endpoints import ENDPOINTS
from ._example import example_account
from ._fetch import fetch_account
from ._links import link_images
from ._read import read_account

__all__ = [
    "ENDPOINTS",
    "Account",
    "example_account",
    "fetch_account",
    "link_images",
    "read_account",
]
