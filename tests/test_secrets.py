"""A token is planted, and must not appear in anything that a fetch leaves behind."""

from __future__ import annotations

import ast
import base64
import logging
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

import imagedf
from imagedf.client import check_settings
from imagedf.client._transport import open_wire
from imagedf.errors import ImagedfError
from imagedf.sandbox import Answer, Fault, Sandbox, status
from tests.conftest import ROOT
from tests.faults.elsewhere import proves
from tests.hostile import LISTING, TOKEN, fetch, http, raw_server

ENCODED = base64.b64encode(TOKEN.encode()).decode()
SIGNS = tuple(
    text[start : start + 16].lower()
    for text in (TOKEN, ENCODED)
    for start in range(0, len(text) - 16, 4)
)


def assert_clean(*texts: str) -> None:
    """Fail if a piece of the token is in a text: plain, in base64 or percent-encoded."""
    for text in texts:
        plain = unquote(text.lower())
        assert not [sign for sign in SIGNS if sign in text.lower() or sign in plain]


def all_of(error: BaseException) -> str:
    """Return every text that an error carries."""
    held = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error)]
    return "\n".join(held)


def echo(code: int, body: str, **headers: str) -> Fault:
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    return lambda _request, _answer: Answer(code, body.encode(), sent)


def page_with(name: str, value: str) -> str:
    return f'{{"images":[{{"id":1,"{name}":{value}}}]}}'


ECHOES: Mapping[str, Fault] = {
    "an error message with the token": echo(
        422, f'{{"id":"{TOKEN}","message":"bad token {TOKEN}","request_id":"{TOKEN}"}}'
    ),
    "an error message with the token in base64": echo(
        500, f'{{"message":"Basic {ENCODED}"}}', x_request_id=ENCODED
    ),
    "an error message with the token in capitals": echo(422, f'{{"message":"{TOKEN.upper()}"}}'),
    "an error message with the token without its prefix": echo(
        422, f'{{"message":"no such {TOKEN[7:]}"}}'
    ),
    "an error message with the token percent-encoded": echo(
        422, f'{{"message":"%{"%".join(f"{ord(letter):02X}" for letter in TOKEN)}"}}'
    ),
    "an error message with the token half percent-encoded": echo(
        422, f'{{"message":"/v2?token={quote(TOKEN).replace("_", "%5F")}"}}'
    ),
    "an error message with another token": echo(
        422, '{"message":"doo_v1_0123456789abcdef is not valid"}'
    ),
    "an error page of HTML with the token": echo(403, f"<pre>Authorization: Bearer {TOKEN}</pre>"),
    "a page of HTML with the token, cut in the middle": echo(200, f"<pre>Bearer {TOKEN}</pre>"),
    "a size that is the token": echo(200, page_with("size_gigabytes", f'"{TOKEN}"')),
    "a size that is the token in base64": echo(200, page_with("size_gigabytes", f'"{ENCODED}"')),
    "a list with the token instead of text": echo(200, page_with("name", f'["{TOKEN}"]')),
    "a link with the token": echo(200, f'{{"images":[],"links":{{"pages":{{"next":"{TOKEN}"}}}}}}'),
    "a redirect to a port that is the token": echo(
        302, TOKEN, location=f"http://127.0.0.1:{TOKEN}/"
    ),
    "a redirect to an address with the token": echo(302, TOKEN, location=f"http://{TOKEN}/"),
}


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Everything that is logged by any logger."""
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, "urllib3"):
        yield caplog


@proves("an error without the token", *ECHOES)
@pytest.mark.parametrize("fault", ECHOES.values(), ids=ECHOES.keys())
def test_no_error_shows_the_token_that_the_server_echoes(
    fault: Fault, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with (
        Sandbox({"default": LISTING}, faults=[fault]) as sandbox,
        pytest.raises(ImagedfError, match=r"\[token\]|Redirects") as caught,
    ):
        fetch(sandbox.url, max_retries=0)
    assert_clean(all_of(caught.value), log.text, *capfd.readouterr())
    assert "urllib3.connectionpool" in log.text


@proves("a certificate without the token", "an unknown field with the token's name")
def test_no_certificate_names_a_field_after_the_token() -> None:
    named = echo(200, page_with(TOKEN, "1"))
    with Sandbox({"default": LISTING}, faults=[named]) as sandbox:
        frame = fetch(sandbox.url)
    assert imagedf.certificate(frame).accounts[0].unknown_fields == ("[token]",)


def test_no_error_without_an_answer_shows_the_token(log: pytest.LogCaptureFixture) -> None:
    def cut(connection: Any, _line: str, headers: Mapping[str, str]) -> None:
        connection.sendall(http(headers["authorization"].encode() * 9)[:80])
        connection.shutdown(2)

    with raw_server(cut) as server, pytest.raises(ImagedfError, match="page 1") as caught:
        fetch(server.url, max_retries=1)
    assert_clean(all_of(caught.value), log.text)


def test_no_file_and_no_repr_contains_the_token(
    tmp_path: Path, log: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with Sandbox({"default": LISTING}, faults=[]) as sandbox:
        sandbox.tokens = {"default": TOKEN}
        frame = fetch(sandbox.url, progress=True)
    imagedf.to_parquet(frame, tmp_path / "images.parquet")
    imagedf.to_csv(frame, tmp_path / "images.csv")
    imagedf.export_star(frame, tmp_path / "star")
    imagedf.record(frame, tmp_path / "history")
    imagedf.write_report(frame, tmp_path / "report.html")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 7
    assert_clean(*(path.read_bytes().decode("latin-1") for path in files))
    assert_clean(repr(frame), repr(frame.attrs), repr(imagedf.certificate(frame)), log.text)
    assert_clean(*capfd.readouterr())


@pytest.mark.parametrize("token", ["t", "image", "page-1", "total"])
def test_words_that_only_contain_a_short_token_stay_unchanged(token: str) -> None:
    words = "images of pages: page-10, totals, subtotal, it, that"
    refusal = echo(422, f'{{"message":"{words}; your token {token} is not valid"}}')
    with (
        Sandbox({"default": LISTING}, faults=[refusal]) as sandbox,
        pytest.raises(ImagedfError, match=r"your token \[token\] is not valid") as caught,
    ):
        fetch(sandbox.url, token=token)
    assert words in str(caught.value)


@pytest.mark.parametrize("name", ["type", "private", "verify", "on_incomplete", "per_page"])
def test_a_token_that_was_typed_elsewhere_is_not_shown(name: str) -> None:
    with pytest.raises(ValueError, match=r"\[token\]") as caught:
        fetch("http://127.0.0.1:9", **{name: TOKEN})
    assert_clean(all_of(caught.value))


@pytest.mark.parametrize("error", [ImagedfError, imagedf.FrameError, imagedf.RequestError])
def test_no_error_of_ours_shows_what_looks_like_a_token(error: type[ImagedfError]) -> None:
    raised = error(f"can't read {TOKEN}: no such file")
    raised.args = (f"{TOKEN}: {raised.args[0]}",)
    assert_clean(str(raised), repr(raised))
    assert str(raised).startswith("[token]: can't read [token]: no such")


def test_the_session_of_a_fetch_sends_only_get() -> None:
    """Check the session; another test checks that the package sends only by ``Session.get``."""
    with Sandbox({"default": LISTING}) as sandbox:
        settings = check_settings(
            token=sandbox.token, accounts=None, type=None, private=None, tag_name=None,
            base_url=sandbox.url, per_page=2, max_workers=8, timeout=5, max_retries=0, limits=None,
        )  # fmt: skip
        with open_wire(settings, None, 1) as wire:
            for method in ("POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"):
                with pytest.raises(ValueError, match="GET"):
                    wire._session.request(method, sandbox.url)
            with pytest.raises(ValueError, match="GET"):
                wire._session.get(sandbox.url, data=b"x")
        assert sandbox.requests == []


def test_the_package_has_one_place_that_sends() -> None:
    sending = {"get", "post", "put", "patch", "delete", "head", "options", "request", "send"}
    found = {
        (path.name, node.attr)
        for path in (ROOT / "imagedf" / "client").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in sending
        if ast.unparse(node.value) in ("self._session", "session", "requests")
    }
    assert found == {("_transport.py", "get")}


def test_no_repr_of_an_object_with_the_token_shows_it() -> None:
    settings = check_settings(
        token=None, accounts={"prod": TOKEN}, type=None, private=None, tag_name=None,
        base_url=None, per_page=2, max_workers=8, timeout=5, max_retries=2, limits=None,
    )  # fmt: skip
    assert_clean(repr(settings), str(settings))


REFUSED = {
    "a refresh token": ("dor_v1_" + "5ec2e7" * 10, "is a refresh token"),
    "a token with a blank": (TOKEN[:20] + " " + TOKEN[20:], "contains blanks"),
    "a token with a newline": (TOKEN[:20] + "\n" + TOKEN[20:], "contains blanks"),
    "a token in quotes": (f'"{TOKEN}"', "blanks, quotes"),
    "a token with a letter beyond ASCII": (TOKEN + "é", "contains blanks"),
    "a token with an invisible character": (TOKEN + "\u200b", "contains blanks"),
    "a token of blanks": (" \n", "is empty"),
}


@proves("`ValueError`; nothing is sent", *REFUSED)
@pytest.mark.parametrize(("token", "match"), REFUSED.values(), ids=REFUSED.keys())
@pytest.mark.parametrize("how", ["argument", "accounts", "environment"])
def test_an_impossible_token_is_rejected_before_a_request(
    token: str, match: str, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ways: dict[str, dict[str, Any]] = {
        "argument": {"token": token},
        "accounts": {"accounts": {"a": token}},
        "environment": {},
    }
    if how == "environment":
        monkeypatch.setenv("DIGITALOCEAN_TOKEN", token)
        match = f"{match}|no token"
    with Sandbox() as sandbox:
        with pytest.raises((ValueError, ImagedfError), match=match) as caught:
            imagedf.fetch_images(base_url=sandbox.url, **ways[how])
        assert sandbox.requests == []
    assert_clean(all_of(caught.value))


@proves("the exact frame; the blanks are removed", "a token surrounded by blanks")
def test_blanks_around_a_token_are_cleaned() -> None:
    with Sandbox({"default": LISTING}) as sandbox:
        sandbox.tokens = {"default": TOKEN}
        assert len(fetch(sandbox.url, token=f" \t{TOKEN}\r\n")) == 6


ADDRESSES = {
    "http to a remote host": "http://api.digitalocean.com",
    "http to a private address": "http://10.0.0.1",
    "http to a name that begins with localhost": "http://localhost.example.com",
    "http to a name that begins with 127.0.0.1": "http://127.0.0.1.example.com",
    "http with a user name that looks like loopback": "http://127.0.0.1@example.com",
    "http with a backslash": "http://127.0.0.1\\@example.com",
    "an address with a password": "https://user:pass@127.0.0.1",
    "an address with another scheme": "ftp://127.0.0.1",
    "an address without a host": "https://",
    "an address with a query": "https://127.0.0.1?x=1",
    "an address with an unpaired surrogate": "https://\ud800.example.com",
}


@proves("`ValueError`; nothing is sent", *ADDRESSES)
@pytest.mark.parametrize("address", ADDRESSES.values(), ids=ADDRESSES.keys())
def test_an_address_that_must_not_get_the_token_is_rejected(address: str) -> None:
    with pytest.raises(ValueError, match="base_url must"):
        fetch(address)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_http_is_allowed_on_loopback(host: str) -> None:
    with Sandbox({"default": LISTING}) as sandbox:
        sandbox.tokens = {"default": TOKEN}
        assert len(fetch(sandbox.url.replace("127.0.0.1", host))) == 6


def test_the_server_may_not_choose_the_words_of_an_error() -> None:
    shout = status(404)
    colors = echo(404, '{"message":"\\u001b[31mred\\u0007\\u202e' + "x" * 5000 + '"}')
    with (
        Sandbox({"default": LISTING}, faults=[shout, colors]) as sandbox,
        pytest.raises(ImagedfError, match=r"\\x1b\[31mred\\x07\\u202exxx") as caught,
    ):
        fetch(sandbox.url)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda p: p.name)
def test_no_notebook_contains_a_token(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    with Sandbox() as sandbox:
        tokens = list(sandbox.tokens.values())
    assert not [token for token in tokens if token in text]
    assert not [token for token in tokens if base64.b64encode(token.encode()).decode() in text]


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: imagedf.fetch_images(accounts={TOKEN: "prod"}),
        lambda: imagedf.read_images([], account=TOKEN),
        lambda: imagedf.read_account([], account=TOKEN),
    ],
    ids=["fetch_images", "read_images", "read_account"],
)
def test_a_token_is_not_the_name_of_an_account(attempt: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match="token") as caught:
        attempt()
    assert TOKEN not in str(caught.value)


def test_no_rule_and_no_price_shows_a_token_that_was_typed_into_it() -> None:
    select, keep = imagedf.Select(name=TOKEN), imagedf.Keep(tag=[TOKEN, "keep"])
    policy = imagedf.Policy([select], [keep])
    (rate, *_) = imagedf.PriceBook.load().rates
    rate = replace(rate, source=TOKEN, tag=TOKEN)
    for shown in (select, keep, policy, rate):
        for text in (repr(shown), str(shown), shown._repr_html_()):
            assert TOKEN not in text
            assert "[token]" in text
    assert select == imagedf.Select(name=[TOKEN])


def test_no_report_shows_a_token() -> None:
    page = imagedf.read_images(
        {"images": [{"id": 1, "name": TOKEN, "type": "snapshot", "public": False}]}
    )
    text = imagedf.render_report(page, title=TOKEN, now="2026-11-01")
    assert TOKEN not in text
    assert "[token]" in text
