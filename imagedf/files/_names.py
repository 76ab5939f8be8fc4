"""Account names as file names: readable, safe on every system, and never the same for two."""

from __future__ import annotations

import hashlib
import re

_SAFE = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)")


def safe_name(account: str) -> str:
    """Return a file name part for an account.

    A name of lower-case letters, digits and hyphens stays as it is. Any other is made
    safe and gets the first 10 digits of its SHA-256 behind ``_``, which no plain name
    holds, so that two accounts never share a file, also where case does not count.

    Examples
    --------
    >>> safe_name("prod")
    'prod'
    >>> safe_name("../Prod")
    'prod_ebccd3ee55'
    """
    if _SAFE.fullmatch(account) and not _RESERVED.fullmatch(account):
        return account
    digest = hashlib.sha256(account.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    readable = re.sub(r"[^a-z0-9]+", "-", account.lower()).strip("-")[:40]
    return f"{readable or 'account'}_{digest}"
