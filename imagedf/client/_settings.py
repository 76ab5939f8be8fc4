"""The arguments of a fetch, checked before anything is sent, and its limits."""

from __future__ import annotations

import ipaddress
import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import requests

from imagedf._text import ShownAsText, masked, quoted, received
from imagedf.client._readings import Verify
from imagedf.errors import AuthenticationError

DEFAULT_URL = "https://api.digitalocean.com"
TOKEN_VARIABLES = ("DIGITALOCEAN_TOKEN", "DIGITALOCEAN_ACCESS_TOKEN")
URL_VARIABLE = "DIGITALOCEAN_API_URL"
_DAY = 86_400
OnIncomplete = Literal["raise", "warn"]
NO_TOKEN = (
    f"no token: set {TOKEN_VARIABLES[0]}, or name one (token= in Python, --token-file, "
    "--account or --context on the command line). Create one at "
    "https://cloud.digitalocean.com/account/api/tokens; the scope image:read is enough "
    "(tag:read adds the tags). `imagedf demo` needs no token."
)


@dataclass(frozen=True, slots=True)
class Limits(ShownAsText):
    """The limits of a fetch.

    Attributes
    ----------
    max_pages : int
        Pages of one listing; a longer listing is incomplete.
    max_body_bytes : int
        Decompressed size of one page [bytes]; a larger page raises ``PageError``.
    max_wait_seconds : float
        The longest wait for a rate limit [s]; a longer one raises ``RateLimitError``.
    readings : int
        How many times a listing that keeps changing is read in total.
    backoff_seconds, max_backoff_seconds : float
        First and longest pause before a retry [s]; the actual pause is a random part of it.
    """

    max_pages: int = 20_000
    max_body_bytes: int = 256 * 1024 * 1024
    max_wait_seconds: float = 600.0
    readings: int = 5
    backoff_seconds: float = 0.5
    max_backoff_seconds: float = 30.0

    def __post_init__(self) -> None:
        for name in ("max_pages", "max_body_bytes", "readings"):
            _whole(name, getattr(self, name), 1, 2**63 - 1)
        for name in ("max_wait_seconds", "backoff_seconds", "max_backoff_seconds"):
            if not _is_seconds(getattr(self, name)):
                raise ValueError(f"{name} must be seconds, 0 or more")


@dataclass(frozen=True, slots=True)
class Settings:
    """The checked arguments of one fetch."""

    accounts: Mapping[str, str] = field(repr=False)  # the tokens
    base_url: str
    filters: Mapping[str, str]
    per_page: int
    max_workers: int
    timeout: tuple[float, float]
    max_retries: int
    limits: Limits
    verify: Verify
    deadline: float
    partial: bool
    """Whether to keep the part of a failed listing that was received."""


def check_settings(
    *,
    token: str | None,
    accounts: Mapping[str, str] | None,
    type: str | None = None,  # noqa: A002 # the API's name
    private: bool | None = None,
    tag_name: str | None = None,
    base_url: str | None,
    per_page: int,
    max_workers: int,
    timeout: float | tuple[float, float],
    max_retries: int,
    limits: Limits | None,
    verify: Verify = "auto",
    deadline: float = 300.0,
    on_incomplete: OnIncomplete = "raise",
) -> Settings:
    """Check every argument of a fetch, before anything is sent.

    Raises
    ------
    ValueError, TypeError
        An argument is wrong.
    AuthenticationError
        The token is missing.
    """
    if not isinstance(limits, Limits | None):
        raise TypeError("limits must be imagedf.Limits")
    return Settings(
        accounts=_accounts(token, accounts),
        base_url=_base_url(base_url),
        filters=_filters(type, tag_name, private=private),
        per_page=_whole("per_page", per_page, 1, 200),
        max_workers=_whole("max_workers", max_workers, 1, 256),
        timeout=_timeout(timeout),
        max_retries=_whole("max_retries", max_retries, 0, 1000),
        limits=limits or Limits(),
        verify=_verify(verify),
        deadline=_deadline(deadline),
        partial=_partial(on_incomplete),
    )


def _verify(verify: Verify) -> Verify:
    if verify not in ("auto", "twice", "totals"):
        raise ValueError(f"verify must be 'auto', 'twice' or 'totals', not {quoted(verify)}")
    return verify


def _partial(on_incomplete: OnIncomplete) -> bool:
    if on_incomplete not in ("raise", "warn"):
        raise ValueError(f"on_incomplete must be 'raise' or 'warn', not {quoted(on_incomplete)}")
    return on_incomplete == "warn"


def _accounts(token: str | None, accounts: Mapping[str, str] | None) -> dict[str, str]:
    if accounts is None:
        return {"default": clean_token(token if token is not None else _token_of_environment())}
    if token is not None:
        raise ValueError("pass token or accounts, not both")
    if not isinstance(accounts, Mapping) or not accounts:
        raise ValueError("accounts must map at least one name to a token")
    for name in accounts:
        if not _is_text(name):
            raise ValueError("the names in accounts must be non-empty text")
        if masked(name) != name:
            raise ValueError("a name in accounts looks like a token: pass {name: token}")
    tokens = {name: clean_token(value, f"the token of {name}") for name, value in accounts.items()}
    _check_different(tokens)
    return tokens


def _check_different(tokens: Mapping[str, str]) -> None:
    names: dict[str, str] = {}
    for name, token in tokens.items():
        if token in names:
            raise ValueError(
                f"accounts {names[token]!r} and {name!r} have the same token: each image would "
                "count twice"
            )
        names[token] = name


def _token_of_environment() -> str:
    for name in TOKEN_VARIABLES:
        if os.environ.get(name, "").strip():
            return os.environ[name]
    raise AuthenticationError(NO_TOKEN, attempts=0)


def clean_token(token: str, what: str = "the token") -> str:
    """Return the token without surrounding blanks; raise, without quoting it, if it is not one."""
    if not isinstance(token, str):
        raise TypeError(f"{what} must be text")
    token = token.strip()
    if not token:
        raise ValueError(f"{what} is empty")
    if token.startswith("dor_v1_"):
        raise ValueError(f"{what} is a refresh token (dor_v1_); pass the access token instead")
    if not (token.isascii() and token.isprintable()) or any(mark in token for mark in " '\"`\\"):
        raise ValueError(
            f"{what} contains blanks, quotes or other characters that a token can't have"
        )
    return token


def _base_url(url: str | None) -> str:
    if not isinstance(url, str | None):
        raise TypeError("base_url must be text")
    name = URL_VARIABLE if url is None else "base_url"
    url = (os.environ.get(URL_VARIABLE, "").strip() or DEFAULT_URL) if url is None else url.strip()
    try:
        # Check that a request can be sent there; urlsplit accepts nearly everything.
        prepared = requests.Request("GET", url).prepare().url
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except (requests.RequestException, ValueError):
        host = None
    if (
        not host
        or not prepared
        or not url.isprintable()
        or " " in url
        or parts.scheme not in ("https", "http")
        or parts.query
        or parts.fragment
    ):
        raise ValueError(f"{name} must look like https://api.digitalocean.com")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{name} must not contain a user name or password")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"{name} must be https: without it the token would be sent unencrypted")
    return url.rstrip("/").removesuffix("/v2")


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _filters(type_: str | None, tag_name: str | None, *, private: bool | None) -> dict[str, str]:
    """Return the filters as the API's own clients send them, which leave false out."""
    if type_ not in (None, "application", "distribution"):
        raise ValueError(f"type must be 'application' or 'distribution', not {quoted(type_)}")
    if private is not None and not isinstance(private, bool):
        raise ValueError(f"private must be True, False or None, not {quoted(private)}")
    if tag_name is not None and not _is_text(tag_name):
        raise ValueError("tag_name must be non-empty text")
    sent = {"type": type_, "private": "true" if private else None, "tag_name": tag_name}
    return {name: value for name, value in sent.items() if value is not None}


def _is_text(value: object) -> bool:
    """Check for non-empty text without unpaired surrogates."""
    text = isinstance(value, str) and value.strip()
    return bool(text) and not any("\ud800" <= letter <= "\udfff" for letter in str(value))


def _whole(name: str, value: int, low: int, high: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(
            f"{name} must be a whole number from {low} to {high}, not {received(value)}"
        )
    return value


def _timeout(timeout: float | tuple[float, float]) -> tuple[float, float]:
    pair = timeout if isinstance(timeout, tuple) else (timeout, timeout)
    if len(pair) != 2 or not all(_is_seconds(part) and 0 < part <= _DAY for part in pair):
        raise ValueError("timeout must be seconds, or (connect, read) seconds, up to a day")
    return pair


def _deadline(deadline: float) -> float:
    if not _is_seconds(deadline) or not 0 < deadline <= _DAY:
        raise ValueError("deadline must be seconds, more than 0 and up to a day")
    return deadline


def _is_seconds(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
