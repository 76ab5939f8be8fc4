"""Where the token goes: to the host of the base URL, over TLS, and nowhere else."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd
import pytest
import requests

from imagedf.errors import RequestError
from imagedf.sandbox import Answer, Fault, Request, Sandbox
from tests.faults.elsewhere import proves
from tests.hostile import (
    LISTING,
    TOKEN,
    RawServer,
    always,
    fetch,
    http,
    page_bytes,
    raw_server,
    whole,
)

BODY = page_bytes(LISTING)


@pytest.fixture
def foreign() -> Iterator[RawServer]:
    """Another host, which would accept the token and respond."""
    with raw_server(always(http(BODY))) as server:
        yield server


@proves("`RequestError`; no token and no request goes there", "a redirect to another host")
@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_no_redirect_is_followed(foreign: RawServer, code: int) -> None:
    away = http(b"", f"Location: {foreign.url}/v2/images?page=1", status=f"{code} Elsewhere")
    with (
        raw_server(always(away)) as server,
        pytest.raises(RequestError, match=f"returned {code}.*Redirects are not followed") as caught,
    ):
        fetch(server.url)
    assert caught.value.status == code
    assert (server.tokens, foreign.tokens, len(foreign.requests)) == (1, 0, 0)


@proves(
    "the exact frame; no token and no request goes there",
    "links, cookies and headers that name another host",
)
def test_links_to_another_host_are_read_for_their_number_alone(foreign: RawServer) -> None:
    def lead_away(request: Request, answer: Answer) -> Answer:
        number = request.page + 1
        where = f"{foreign.url}/v2/images?page={number}&token={{token}}"
        links = {"next": where, "last": where, "first": where} if number <= 3 else {}
        headers = dict.fromkeys(("location", "content-location", "refresh"), where)
        headers |= {"link": f'<{where}>; rel="next"', "alt-svc": f'h2="127.0.0.1:{foreign.port}"'}
        led = answer.with_json(lambda page: page.update(links={"pages": links}, meta={}))
        return Answer(led.status, led.body, headers)

    with planted(lead_away) as sandbox:
        pd.testing.assert_frame_equal(fetch(sandbox.url), whole())
        assert {request.account for request in sandbox.requests} == {"default"}
    assert (foreign.tokens, len(foreign.requests)) == (0, 0)


def planted(*faults: Fault) -> Sandbox:
    """Return a sandbox with the five images that accepts the planted token."""
    sandbox = Sandbox({"default": LISTING}, faults=faults)
    sandbox.tokens = {"default": TOKEN}
    return sandbox


@proves(
    "the exact frame; the token is sent, not the credentials", "credentials for the host in .netrc"
)
def test_netrc_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with planted() as sandbox:
        pd.testing.assert_frame_equal(fetch(sandbox.url), whole())


PROXIES = ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


@pytest.fixture(autouse=True)
def _no_proxy_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, *BUNDLES, "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)


@proves("the exact frame; the proxy sees nothing", "a proxy for a server on loopback")
@pytest.mark.parametrize("name", ["http_proxy", "ALL_PROXY", "session", "session for the host"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_loopback_never_goes_through_a_proxy(
    name: str, host: str, foreign: RawServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with planted() as sandbox, requests.Session() as session:
        if name in PROXIES:
            monkeypatch.setenv(name, foreign.url)
        else:
            session.proxies["http" if name == "session" else f"http://{host}"] = foreign.url
        url = sandbox.url.replace("127.0.0.1", host)
        pd.testing.assert_frame_equal(fetch(url, session=session), whole())
    assert (foreign.tokens, len(foreign.requests)) == (0, 0)


@proves("`RequestError` that names the setting, at once", "a proxy or certificates that can't work")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ALL_PROXY", "socks5://user:hush-hush@127.0.0.1:1080"),
        ("https_proxy", "http://user:hush-hush@[::1"),
        ("https_proxy", "ftp://user:hush-hush@127.0.0.1"),
        ("HTTPS_PROXY", "http://"),
        ("REQUESTS_CA_BUNDLE", "/nowhere/hush-hush.pem"),
        ("CURL_CA_BUNDLE", "/nowhere/hush-hush.pem"),
    ],
)
def test_a_setting_that_cannot_work_is_named_at_once(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(RequestError, match=name) as caught:
        fetch("https://images.example.test")
    assert caught.value.attempts == 0
    assert "hush" not in str(caught.value)


def test_a_setting_of_a_session_that_cannot_work_is_named_at_once() -> None:
    with requests.Session() as session:
        session.proxies["https"] = "ftp://127.0.0.1"
        with pytest.raises(RequestError, match="the session's proxy"):
            fetch("https://images.example.test", session=session)
        session.proxies.clear()
        session.verify = "/nowhere/hush-hush.pem"
        with pytest.raises(RequestError, match=r"session\.verify"):
            fetch("https://images.example.test", session=session)


@proves(
    "`RequestError` without the password", "a proxy that refuses, with a password in its address"
)
def test_a_failing_proxy_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("https_proxy", f"http://user:hush-hush@127.0.0.1:{port}")
    with pytest.raises(RequestError, match=r"the proxy .*refused") as caught:
        fetch("https://images.example.test", max_retries=0)
    assert "hush" not in str(caught.value)


@proves("the exact frame; the token is sent, not the password", "a session with its own password")
def test_a_session_cannot_replace_the_token() -> None:
    with planted() as sandbox, requests.Session() as session:
        session.auth = ("somebody", "else")
        session.headers["Authorization"] = "Basic nothing"
        pd.testing.assert_frame_equal(fetch(sandbox.url, session=session), whole())


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A key and a self-signed certificate for 127.0.0.1."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("needs openssl")
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:images.example.test"],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, certificate


@proves(
    "`RequestError`, also with `session.verify = False`; no token is sent",
    "a self-signed certificate",
)
@pytest.mark.parametrize("verify", [True, False])
def test_tls_is_verified_even_if_the_session_turns_it_off(
    tls: tuple[Path, Path], verify: bool
) -> None:
    with raw_server(always(http(BODY)), tls=tls) as server, requests.Session() as session:
        session.verify = verify
        with pytest.raises(RequestError, match="certificate could not be verified"):
            fetch(server.url, session=session, max_retries=0)
        with pytest.raises(RequestError, match="certificate could not be verified") as caught:
            fetch(server.url)
        assert caught.value.attempts == 1
        assert server.requests == []


@proves("the exact frame", "a self-signed certificate that the session trusts")
def test_a_session_may_name_the_certificates_to_trust(tls: tuple[Path, Path]) -> None:
    with raw_server(always(http(BODY)), tls=tls) as server, requests.Session() as session:
        session.verify = str(tls[1])
        pd.testing.assert_frame_equal(fetch(server.url, session=session), whole())


def test_a_proxy_that_is_not_found_is_not_blamed_on_the_api(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy.invalid:3128")
    with pytest.raises(RequestError, match="proxy") as caught:
        fetch("https://api.example.invalid", max_retries=0)
    assert "api.example.invalid" not in str(caught.value)


@proves("the exact frame; the proxy sees no token", "https through a proxy")
def test_a_proxy_tunnel_does_not_expose_the_token(
    tls: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def tunnel(connection: socket.socket, line: str, _headers: Mapping[str, str]) -> None:
        assert line.startswith("CONNECT images.example.test:443 ")
        with socket.create_connection(("127.0.0.1", server.port)) as onward:
            connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
            back = threading.Thread(target=_pipe, args=(onward, connection))
            back.start()
            _pipe(connection, onward)
            back.join()

    with raw_server(always(http(BODY)), tls=tls) as server, raw_server(tunnel) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url.replace("//", "//user:pass@"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls[1]))
        frame = fetch("https://images.example.test", max_retries=0)
        pd.testing.assert_frame_equal(frame, whole())
    (seen,) = proxy.requests
    assert seen["proxy-authorization"] == "Basic dXNlcjpwYXNz"
    assert proxy.tokens == 0
    assert server.requests[0]["authorization"] == f"Bearer {TOKEN}"


def _pipe(one: socket.socket, other: socket.socket) -> None:
    """Forward everything that one side sends until it closes."""
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    with contextlib.suppress(OSError):
        other.shutdown(socket.SHUT_RDWR)
