"""The sandbox responds like the API, and its sample accounts are like real ones."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from jsonschema import Draft202012Validator

import imagedf
from imagedf.sandbox import Sandbox, many_images, on_page, sample_accounts, status

SCHEMA = json.loads((Path(__file__).parent / "schema_of_pages.json").read_text())
PAGE = Draft202012Validator(SCHEMA)
ERROR = Draft202012Validator({"$ref": "#/$defs/error", "$defs": SCHEMA["$defs"]})


class Reply(NamedTuple):
    status: int
    headers: dict[str, str]
    body: Any


def ask(
    sandbox: Sandbox, token: str = "", path: str = "/v2/images", method: str = "GET", **query: Any
) -> Reply:
    """Send one request with the standard library."""
    request = urllib.request.Request(f"{sandbox.url}{path}?{urlencode(query)}", method=method)
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request) as answer:
            return Reply(answer.status, dict(answer.headers), json.load(answer))
    except urllib.error.HTTPError as error:
        with error:
            return Reply(error.code, dict(error.headers), json.load(error))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


def ids(reply: Reply) -> list[int]:
    return [image["id"] for image in reply.body["images"]]


@pytest.mark.parametrize(
    "query",
    [
        {"per_page": 200},
        {"per_page": 200, "private": "true"},
        {"per_page": 200, "type": "application"},
        {"per_page": 7, "tag_name": "env:prod"},
    ],
)
def test_every_answer_is_a_page_by_the_schema(sandbox: Sandbox, query: dict[str, Any]) -> None:
    for token in sandbox.tokens.values():
        number, seen = 1, []
        while True:
            reply = ask(sandbox, token, page=number, **query)
            PAGE.validate(reply.body)
            seen += ids(reply)
            if not reply.body["links"]:
                break
            number += 1
        assert len(seen) == len(set(seen)) == reply.body["meta"]["total"] > 0


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"token": "wrong"}, 401),
        ({}, 401),
        ({"token": "sandbox-token-of-0", "path": "/v2/regions"}, 404),
        ({"token": "sandbox-token-of-0", "per_page": 0}, 422),
        ({"token": "sandbox-token-of-0", "page": "two"}, 422),
        ({"token": "sandbox-token-of-0", "private": "True"}, 422),
        ({"token": "sandbox-token-of-0", "page": "²"}, 422),
        ({"token": "sandbox-token-of-0", "per_page": "٢"}, 422),
        ({"token": "sandbox-token-of-0", "page": "9" * 5000}, 422),
        ({"token": "sandbox-token-of-0", "sort": "name"}, 422),
    ],
)
def test_a_request_that_is_wrong_gets_an_error(
    sandbox: Sandbox, query: dict[str, Any], expected: int
) -> None:
    reply = ask(sandbox, **query)
    assert reply.status == expected
    ERROR.validate(reply.body)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused_with_an_error_body(sandbox: Sandbox, method: str) -> None:
    reply = ask(sandbox, sandbox.token, method=method)
    assert reply.status == 405
    ERROR.validate(reply.body)
    assert sandbox.requests[-1].method == method


def test_libcloud_reads_the_listing(sandbox: Sandbox) -> None:
    libcloud = pytest.importorskip(
        "libcloud.compute.drivers.digitalocean",
        reason="apache-libcloud is not installed (dependency group bench)",
    )
    client = libcloud.DigitalOceanNodeDriver(sandbox.token)
    client.connection.connect()
    client.connection.connection.host = sandbox.url  # it has no option for the address
    listed = {(int(image.id), image.name) for image in client.list_images()}
    assert listed == {(image["id"], image["name"]) for image in sandbox.accounts["prod"]}


def test_links_name_the_neighbours_and_keep_the_filters(sandbox: Sandbox) -> None:
    reply = ask(sandbox, sandbox.token, page=2, per_page=150, private="true")
    last = -(-reply.body["meta"]["total"] // 150)
    links = {name: urlsplit(link) for name, link in reply.body["links"]["pages"].items()}
    assert {f"{link.scheme}://{link.netloc}{link.path}" for link in links.values()} == {
        f"{sandbox.url}/v2/images"
    }
    assert {name: parse_qs(link.query) for name, link in links.items()} == {
        name: {"page": [str(page)], "per_page": ["150"], "private": ["true"]}
        for name, page in {"first": 1, "prev": 1, "next": 3, "last": last}.items()
    }


def test_a_page_has_20_images_by_default_and_at_most_200(sandbox: Sandbox) -> None:
    assert len(ids(ask(sandbox, sandbox.token))) == 20
    assert len(ids(ask(sandbox, sandbox.token, per_page=500))) == 200


def test_beyond_the_last_page_there_are_no_images(sandbox: Sandbox) -> None:
    reply = ask(sandbox, sandbox.token, page=99)
    assert reply.body["images"] == []
    assert reply.body["links"] == {}


def test_filters_choose_images(sandbox: Sandbox) -> None:
    def chosen(**query: Any) -> list[dict[str, Any]]:
        images: list[dict[str, Any]] = []
        page = 1
        while True:
            body = ask(sandbox, sandbox.token, page=page, per_page=200, **query).body
            images += body["images"]
            if not body["links"]:
                return images
            page += 1

    listing = sandbox.accounts["prod"]
    assert chosen() == listing
    assert chosen(private="false") == listing
    assert chosen(private="true") == [image for image in listing if not image.get("public")]
    tagged = [image for image in listing if "keep" in (image["tags"] or [])]
    assert chosen(tag_name="keep") == chosen(tag_name="KEEP") == tagged != []
    assert chosen(type="snapshot") == listing  # an unknown type is ignored
    base = [image for image in listing if image["type"] == "base" and image["public"]]
    assert chosen(type="distribution") == base != []
    public = [image for image in listing if image.get("public")]
    assert chosen(type="application") == [image for image in public if image not in base] != []


def test_rate_limit_headers_count_down_to_429() -> None:
    with Sandbox({"default": []}, limit=2, window=60, clock=lambda: 1000.0) as sandbox:
        replies = [ask(sandbox, sandbox.token) for _ in range(3)]
    headers = [
        tuple(int(reply.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining", "reset"))
        for reply in replies
    ]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert headers == [(2, 1, 1061), (2, 0, 1061), (2, 0, 1061)]
    assert "retry-after" not in replies[2].headers
    ERROR.validate(replies[2].body)


def test_each_token_has_its_own_rate_limit_and_a_burst_states_the_wait() -> None:
    accounts: dict[str, list[dict[str, Any]]] = {"one": [], "two": []}
    with Sandbox(accounts, limit=1, window=60, burst=True) as sandbox:
        one, two = sandbox.tokens.values()
        replies = [ask(sandbox, token) for token in (one, two, one)]
    assert [reply.status for reply in replies] == [200, 200, 429]
    assert replies[2].headers["retry-after"] == "60"


def test_switches_for_latency_faults_and_page_size() -> None:
    faults = [on_page(2, status(503, retry_after="1"), times=1)]
    with Sandbox(latency=0.05, faults=faults, max_per_page=50) as sandbox:
        began = time.monotonic()
        replies = [ask(sandbox, sandbox.token, page=page, per_page=200) for page in (1, 2, 2)]
        took = time.monotonic() - began
    assert [reply.status for reply in replies] == sandbox.statuses == [200, 503, 200]
    assert replies[1].headers["retry-after"] == "1"
    assert len(ids(replies[0])) == len(ids(replies[2])) == 50
    assert took >= 0.15 - 0.01
    assert [request.page for request in sandbox.requests] == [1, 2, 2]


def test_the_sample_account_is_like_a_real_one() -> None:
    accounts = sample_accounts()
    images = [image for listing in accounts.values() for image in listing]
    assert list(accounts) == ["prod", "dev"]
    assert 950 <= len(images) <= 1050
    seen: dict[str, set[Any]] = {
        name: {image.get(name) for image in images} for name in ("status", "type", "distribution")
    }
    assert seen["status"] == {"NEW", "new", "available", "pending", "deleted", "retired"}
    assert seen["type"] == {"base", "application", "snapshot", "backup", "custom", "admin"}
    assert {"AlmaLinux", "Unknown", "Unknown OS", "Ubuntu"} <= seen["distribution"]
    regions = Counter(len(set(image["regions"])) for image in images)
    assert {0, 1, 2, 3, 14} <= set(regions)
    assert any(len(image["regions"]) > len(set(image["regions"])) for image in images)
    assert "atl1" in {region for image in images for region in image["regions"]}
    tags = Counter(tag for image in images for tag in image["tags"] or ())
    assert {"env:prod", "env:staging", "env:dev", "keep"} <= set(tags)
    assert any(image["tags"] is None for image in images)
    retired = [image for image in images if image["type"] == "base" and not image["public"]]
    assert {image["status"] for image in retired} == {"retired"}
    own = [image for image in images if not image["public"] and image["type"] != "base"]
    assert (len(own), len(images)) == (675, 999)


def test_the_sample_account_has_null_sizes_old_dates_and_names_in_several_scripts() -> None:
    images = [image for listing in sample_accounts().values() for image in listing]
    sizes = [image["size_gigabytes"] for image in images]
    assert {None, 0} <= set(sizes)
    assert all(size is None or 0 <= size < 100 for size in sizes)
    years = {image["created_at"][:4] for image in images}
    assert "2014" in years
    assert "2026" in years
    names = "".join(image["name"] for image in images)
    scripts = {"Cyrillic": "[а-я]", "Katakana": "[ァ-ヴ]", "Arabic": "[ء-ي]", "Latin": "[a-z]"}
    assert all(re.search(letters, names) for letters in scripts.values())
    assert any(image["name"].startswith("=") for image in images)
    for account, listing in sample_accounts().items():
        keys = [(image["id"], image["name"]) for image in listing]
        assert len(keys) == len(set(keys)), account


def test_both_accounts_list_the_same_public_images_and_private_ones_of_their_own() -> None:
    prod, dev = (
        {image["id"]: bool(image.get("public")) for image in listing}
        for listing in sample_accounts().values()
    )
    shared = set(prod) & set(dev)
    assert {number for number, public in prod.items() if public} == shared
    assert {number for number, public in dev.items() if public} == shared


def test_the_same_seed_gives_the_same_images() -> None:
    assert sample_accounts() == sample_accounts()
    assert sample_accounts(seed=8) != sample_accounts()
    assert list(many_images(50)) == list(many_images(60))[:50]


def test_it_serves_in_the_foreground() -> None:
    command = [sys.executable, "-m", "imagedf.sandbox", "--images", "30"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            url, token = (process.stdout.readline().split("=", 1)[1].split()[0] for _ in range(2))
            frame = imagedf.fetch_images(token, base_url=url)
        finally:
            process.terminate()
    assert imagedf.certificate(frame).images == 30


def test_serving_several_accounts_prints_one_variable_for_each() -> None:
    command = [sys.executable, "-m", "imagedf.sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            lines = [process.stdout.readline() for _ in range(3)]
        finally:
            process.terminate()
    names = [line.removeprefix("export ").partition("=")[0] for line in lines]
    assert names == ["DIGITALOCEAN_API_URL", "DIGITALOCEAN_TOKEN", "DEV_TOKEN"]
