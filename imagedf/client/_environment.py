"""Check the proxies and CA certificates set by the environment or a session.

A setting that can't work would otherwise look like a broken network, after all retries.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.utils import select_proxy
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from imagedf.client._settings import is_loopback
from imagedf.errors import RequestError

_SCHEMES = ("http", "https", "socks4", "socks4a", "socks5", "socks5h")
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


def proxies_for(base_url: str) -> dict[str, Any]:
    """Return the proxies of a request; none on loopback, so that no other host sees the token.

    requests reads None as "no proxy, whatever the environment or the session says".
    """
    parts = urlsplit(base_url)
    if not is_loopback(parts.hostname or ""):
        return {}
    keys = ("http", "https", "all")
    return dict.fromkeys([*keys, *(f"{key}://{parts.hostname}" for key in keys)])


def check_environment(session: requests.Session, base_url: str) -> None:
    """Check the certificates and the proxy that a request will use.

    Raises
    ------
    RequestError
        They can't be used; the message names the setting, never its value.
    """
    merged = session.merge_environment_settings(base_url, proxies_for(base_url), None, None, None)
    bundle = merged["verify"]
    if isinstance(bundle, str) and not Path(bundle).exists():
        raise RequestError(
            f"{_bundle_setting(bundle)} names a file or directory of CA certificates that does "
            "not exist",
            attempts=0,
        )
    proxy = select_proxy(base_url, merged["proxies"])
    problem = _proxy_problem(proxy) if proxy else None
    if problem:
        setting = _proxy_setting(str(proxy), urlsplit(base_url).scheme)
        raise RequestError(f"{setting} can't be used as a proxy: {problem}", attempts=0)


def _proxy_problem(proxy: str) -> str | None:
    try:
        parts = parse_url(proxy if "://" in proxy else f"http://{proxy}")
    except LocationParseError:
        return "it is not a URL"
    if parts.scheme not in _SCHEMES or not parts.host:
        return f"it is not a URL such as http://proxy:3128, with {' or '.join(_SCHEMES)}"
    if parts.scheme.startswith("socks") and importlib.util.find_spec("socks") is None:
        return "SOCKS needs the package PySocks (pip install PySocks)"
    return None


def _proxy_setting(proxy: str, scheme: str) -> str:
    names = (f"{scheme}_proxy", f"{scheme.upper()}_PROXY", "all_proxy", "ALL_PROXY")
    return _setting(names, os.environ, proxy) or "the session's proxy"


def _bundle_setting(bundle: str) -> str:
    return _setting(_BUNDLES, os.environ, bundle) or "session.verify"


def _setting(names: tuple[str, ...], environment: Mapping[str, str], value: str) -> str | None:
    return next((name for name in names if environment.get(name) == value), None)
