"""Any listing of the API is read, parsed and certified like that of the images."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

from imagedf.client import IMAGES, Endpoint, Fetch, check_settings, open_fetch
from imagedf.errors import AuthenticationError, IncompleteListingError, PageError
from imagedf.pages import Shape, parse_pages
from imagedf.sandbox import Answer, Request, Sandbox
from tests.conftest import sample
from tests.faults import ON_THE_SANDBOX
from tests.faults.kinds import Fails, Named, Whole
from tests.hostile import CAPS, LISTING, QUICK, TOKEN

DROPLET = Shape(
    "droplets",
    "Droplet",
    pa.struct(
        [
            ("id", pa.int64()),
            ("name", pa.large_string()),
            ("size", pa.struct([("price_monthly", pa.float64())])),
            ("backup_ids", pa.list_(pa.int64())),
        ]
    ),
    ignored=frozenset({"memory"}),
)
POLICY = Shape(
    "policies",
    "backup policy",
    pa.struct([("droplet_id", pa.int64()), ("backup_enabled", pa.bool_())]),
    identity=("droplet_id",),
    keyed_by="droplet_id",
)
DROPLETS = Endpoint("droplets", "/v2/droplets", DROPLET, scopes=("droplet:read",), optional=True)
GPUS = Endpoint("gpu_droplets", "/v2/droplets", DROPLET, {"type": "gpus"}, ("droplet:read",))
POLICIES = Endpoint("backup_policies", "/v2/droplets/backups/policies", POLICY)
LISTED: Mapping[str, Any] = {
    "/v2/droplets": [
        {"id": n, "name": f"web-{n}", "memory": 1024, "size": {"price_monthly": 6, "disk": 25}}
        for n in range(5)
    ],
    "/v2/droplets/backups/policies": {
        "7": {"droplet_id": 7, "backup_enabled": True},
        "9": {"backup_enabled": False},
    },
}


@contextmanager
def account(forbidden: str = "") -> Iterator[Fetch]:
    """Open a fetch from a server that lists ``LISTED``, and returns 403 for one path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            query = parse_qs(address.query)
            listed = LISTED[address.path]
            status, body = 200, dict[str, Any](id="forbidden", message="no")
            if query.get("type") == ["gpus"]:
                listed = []
            if address.path == forbidden:
                status = 403
            else:
                start = (int(query["page"][0]) - 1) * int(query["per_page"][0])
                part = list(listed)[start : start + int(query["per_page"][0])]
                key = address.path.rpartition("/")[2]
                found = {one: listed[one] for one in part} if isinstance(listed, dict) else part
                body = {key: found, "links": {}, "meta": {"total": len(listed)}}
            sent = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    settings = check_settings(
        token=None, accounts={"prod": TOKEN, "dev": TOKEN[:-1] + "0"}, type=None, private=None,
        tag_name=None, base_url=f"http://127.0.0.1:{server.server_port}", per_page=2,
        max_workers=4, timeout=5, max_retries=1, limits=QUICK,
    )  # fmt: skip
    try:
        with open_fetch(settings) as fetch:
            yield fetch
    finally:
        server.shutdown()
        server.server_close()


def test_listings_of_several_accounts_and_endpoints_are_collected_at_once() -> None:
    with account() as fetch:
        listed = fetch.collect_tables([DROPLETS, GPUS, POLICIES])
    assert list(listed) == [
        (name, endpoint)
        for name in ("prod", "dev")
        for endpoint in ("droplets", "gpu_droplets", "backup_policies")
    ]
    droplets, policies = listed["dev", "droplets"], listed["prod", "backup_policies"]
    assert droplets.rows is not None
    assert policies.rows is not None
    assert droplets.rows.column("id").to_pylist() == [0, 1, 2, 3, 4]
    assert droplets.rows.column("size").to_pylist() == [{"price_monthly": 6.0}] * 5
    assert droplets.certificate.complete
    assert droplets.certificate.pages == 3
    assert droplets.certificate.unknown_fields == ()
    assert policies.rows.to_pylist() == [
        {"droplet_id": 7, "backup_enabled": True},
        {"droplet_id": 9, "backup_enabled": False},
    ]
    assert listed["prod", "gpu_droplets"].certificate.filters == {"type": "gpus"}


def test_a_missing_scope_is_a_result_where_the_endpoint_is_optional() -> None:
    with account(forbidden="/v2/droplets") as fetch:
        listed = fetch.collect_tables([DROPLETS, POLICIES], accounts=["prod"])
    missing = listed["prod", "droplets"]
    assert missing.rows is None
    assert missing.certificate.complete is None
    assert missing.certificate.missing_scopes == ("droplet:read",)
    assert listed["prod", "backup_policies"].certificate.complete


def test_a_missing_scope_is_an_error_elsewhere() -> None:
    with (
        account(forbidden="/v2/droplets") as fetch,
        pytest.raises(AuthenticationError, match="droplet:read"),
    ):
        fetch.collect_tables([GPUS, POLICIES])


def test_one_body_that_is_not_a_listing_is_fetched_with_the_same_care() -> None:
    with account(forbidden="/v2/droplets") as fetch:
        policies = fetch.body("prod", POLICIES.path, {"page": "1", "per_page": "9"})
        assert json.loads(policies)["meta"] == {"total": 2}
        with pytest.raises(AuthenticationError, match="billing:read"):
            fetch.body("prod", DROPLETS.path, scopes=("billing:read",))


@pytest.mark.parametrize(
    ("shape", "body", "field"),
    [
        (POLICY, '{"policies": []}', "policies"),
        (POLICY, '{"policies": {"7": {}, "7": {}}}', "policies"),
        (POLICY, '{"policies": {"7": {"droplet_id": 8}}}', "policies.7"),
        (POLICY, '{"policies": {"seven": {}}}', "droplet_id"),
        (DROPLET, '{"droplets": [{"size": {"price_monthly": "6"}}]}', "size"),
        (DROPLET, '{"droplets": [{"size": {"price_monthly": 6, "price_monthly": 7}}]}', "size"),
        (DROPLET, '{"droplets": [{"size": {"price_monthly": NaN}}]}', None),
        (DROPLET, '{"droplets": [{"backup_ids": [null]}]}', "backup_ids"),
        (DROPLET, '{"droplets": [{"id": 7, "backup_ids": ["8"]}]}', "backup_ids"),
    ],
)
def test_every_shape_is_read_strictly(shape: Shape, body: str, field: str | None) -> None:
    with pytest.raises(PageError) as caught:
        parse_pages([body.encode()], shape=shape)
    assert field is None or field in (caught.value.field or "")


NOTHING_BUT_A_KEY = Shape("droplets", "Droplet", IMAGES.shape.struct, identity=("id", "name"))


def renamed(_request: Request, answer: Answer) -> Answer:
    """Send the list of images under another key."""
    return replace(answer, body=answer.body.replace(b'"images"', b'"droplets"'))


FAULTS = [one for one in ON_THE_SANDBOX if "gzip" not in one.name and "deflate" not in one.name]
"""A compressed body can't be renamed."""


def kind_of(fault: Named) -> tuple[object, object]:
    return type(fault.gives), getattr(fault.gives, "error", None)


SOME = sample(FAULTS, 4, kind_of)


@pytest.mark.parametrize("fault", SOME, ids=lambda fault: fault.name)
def test_every_fault_of_a_listing_is_one_of_every_other(fault: Named) -> None:
    endpoint = Endpoint("droplets", "/v2/images", NOTHING_BUT_A_KEY, read_twice=True)
    arguments: dict[str, Any] = {"max_retries": 2, "timeout": 5, "limits": CAPS, **fault.arguments}
    with Sandbox({"default": list(LISTING)}) as sandbox:
        sandbox.faults = [*fault.make(sandbox), renamed]
        settings = check_settings(
            token=sandbox.token, accounts=None, type=None, private=None, tag_name=None,
            base_url=sandbox.url, per_page=2, max_workers=4, **arguments,
        )  # fmt: skip
        with open_fetch(settings) as fetch:
            if isinstance(fault.gives, Fails) and fault.gives.error is not IncompleteListingError:
                with pytest.raises(fault.gives.error) as caught:
                    fetch.collect_tables([endpoint])
                assert getattr(caught.value, "page", 1) is not None
                return
            (listed,) = fetch.collect_tables([endpoint]).values()
    assert listed.certificate.complete is not isinstance(fault.gives, Fails)
    assert listed.certificate.endpoint == "droplets"
    says = fault.gives.says if isinstance(fault.gives, Whole) else {}
    assert {name: str(getattr(listed.certificate, name)) for name in says} == {
        name: str(value) for name, value in says.items()
    }
