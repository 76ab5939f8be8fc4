"""All endpoints of the sandbox serve one consistent account."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from jsonschema import Draft202012Validator

from imagedf.sandbox import (
    SCOPES,
    Answer,
    Api,
    Request,
    World,
    large_world,
    on_page,
    on_path,
    sample_worlds,
    status,
)

DEFS = json.loads((Path(__file__).parent / "schemas_of_account.json").read_text())["$defs"]
PAGE_OF_IMAGES = json.loads((Path(__file__).parent / "schema_of_pages.json").read_text())
IMAGE = Draft202012Validator({"$ref": "#/$defs/image", "$defs": PAGE_OF_IMAGES["$defs"]})
LISTS = {
    ("/v2/snapshots", ()): "snapshots",
    ("/v2/snapshots", (("resource_type", "droplet"),)): "snapshots",
    ("/v2/snapshots", (("resource_type", "volume"),)): "snapshots",
    ("/v2/droplets", ()): "droplets",
    ("/v2/droplets", (("type", "gpus"),)): "droplets",
    ("/v2/droplets/backups/policies", ()): "policies",
    ("/v2/droplets/autoscale", ()): "autoscale_pools",
    ("/v2/volumes", ()): "volumes",
    ("/v2/customers/my/invoices", ()): "invoices",
    ("/v2/customers/my/invoices/preview", ()): "invoice_items",
}


def of_kind(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": DEFS})


def ask(api: Api, path: str, token: str = "", **query: Any) -> Answer:
    address = f"{path}?{urlencode(query)}" if query else path
    return api.answer(address, {"authorization": f"Bearer {token or api.token}"})


def body(api: Api, path: str, token: str = "", **query: Any) -> Any:
    answer = ask(api, path, token, **query)
    assert answer.status == 200
    return json.loads(answer.body)


def everything(api: Api, path: str, key: str, token: str = "", **query: Any) -> list[Any]:
    """Read all pages, each checked against its schema."""
    found: list[Any] = []
    page = 1
    while True:
        read = body(api, path, token, page=page, per_page=50, **query)
        of_kind("page").validate(read)
        items = list(read[key].values()) if key == "policies" else read[key]
        for item in items:
            of_kind(key).validate(item)
            if key == "droplets" and item["image"]:
                IMAGE.validate(item["image"])
        found += items
        if "next" not in read["links"].get("pages", {}):
            assert read["meta"]["total"] == len(found)
            return found
        page += 1


@pytest.fixture(scope="module")
def api() -> Api:
    return Api()


@pytest.mark.parametrize("account", ["prod", "dev"])
@pytest.mark.parametrize(("path", "query"), LISTS)
def test_every_list_matches_its_schema(
    api: Api, path: str, query: tuple[tuple[str, str], ...], account: str
) -> None:
    found = everything(api, path, LISTS[path, query], api.tokens[account], **dict(query))
    assert found or (account == "dev" and ("type", "gpus") in query)


def test_responses_without_pages_match_their_schema(api: Api) -> None:
    of_kind("account").validate(body(api, "/v2/account"))
    for droplet in api.worlds["prod"].droplets:
        path = f"/v2/droplets/{droplet['id']}/destroy_with_associated_resources"
        of_kind("associated").validate(body(api, path))
    for invoice in everything(api, "/v2/customers/my/invoices", "invoices"):
        path = f"/v2/customers/my/invoices/{invoice['invoice_uuid']}"
        items = everything(api, path, "invoice_items")
        assert sum(Decimal(item["amount"]) for item in items) == Decimal(invoice["amount"])
    preview = body(api, "/v2/customers/my/invoices")["invoice_preview"]
    of_kind("invoices").validate(preview)


WORLDS = [*sample_worlds().values(), large_world(900, droplets=200, snapshots=400)]


@pytest.mark.parametrize("world", WORLDS, ids=["prod", "dev", "large"])
def test_numbers_of_images_snapshots_and_droplets_agree(world: World) -> None:
    own = {image["id"]: image for image in world.images if not image["public"]}
    snapshots = {int(snapshot["id"]): snapshot for snapshot in world.snapshots()}
    assert set(snapshots) == {
        number for number, image in own.items() if image["type"] == "snapshot"
    }
    for droplet in world.droplets:
        assert {own[number]["type"] for number in droplet["backup_ids"]} <= {"backup"}
        for number in droplet["snapshot_ids"]:
            assert snapshots[number]["resource_id"] == str(droplet["id"])
            assert snapshots[number]["created_at"] >= droplet["created_at"]
    listed = {number for droplet in world.droplets for number in droplet["snapshot_ids"]}
    here = {str(droplet["id"]) for droplet in world.droplets}
    for number, snapshot in snapshots.items():
        assert (snapshot["resource_id"] in here) == (number in listed)
    backed_up = {number for droplet in world.droplets for number in droplet["backup_ids"]}
    assert backed_up == {number for number, image in own.items() if image["type"] == "backup"}
    assert set(world.policies) == here


def test_the_account_has_the_cases_that_matter() -> None:
    prod = sample_worlds()["prod"]
    own = {image["id"]: image for image in prod.images if not image["public"]}
    gpu = [droplet for droplet in prod.droplets if "gpu_info" in droplet]
    assert len(gpu) == 1
    assert gpu[0]["snapshot_ids"]
    assert gpu[0]["image"]["id"] in own
    assert any(droplet["id"] in own for droplet in prod.droplets)
    empty = [pool for pool in prod.pools if not pool["active_resources_count"]]
    assert own[int(empty[0]["droplet_template"]["image"])]["type"] == "snapshot"
    here = {str(droplet["id"]) for droplet in prod.droplets}
    assert 0 < sum(one["resource_id"] not in here for one in prod.snapshots()) < 100
    volumes = {volume["id"] for volume in prod.volumes}
    assert {one["resource_id"] in volumes for one in prod.volume_snapshots} == {True, False}
    plans = [
        one["backup_policy"]["plan"] for one in prod.policies.values() if one["backup_enabled"]
    ]
    assert set(plans) == {"daily", "weekly"}


def test_a_snapshot_costs_the_same_everywhere() -> None:
    world = sample_worlds()["prod"]
    world.rate = Decimal("0.05")
    api = Api({"default": world})
    sizes = {str(image["id"]): image["size_gigabytes"] for image in world.images}
    droplet = world.droplets[1]["id"]
    read = body(api, f"/v2/droplets/{droplet}/destroy_with_associated_resources")
    costs = {one["id"]: one["cost"] for one in read["snapshots"]}
    assert len(costs) == len(world.droplets[1]["snapshot_ids"])
    for number, cost in costs.items():
        assert abs(Decimal(cost) - Decimal(str(sizes[number])) * Decimal("0.05")) <= Decimal(
            "0.005"
        )
    october = everything(api, "/v2/customers/my/invoices", "invoices")[0]["invoice_uuid"]
    items = everything(api, f"/v2/customers/my/invoices/{october}", "invoice_items")
    full = {item["resource_id"]: item["amount"] for item in items
            if item["product"] == "Droplet Snapshots" and item["duration"] == "744"}  # fmt: skip
    assert {number: costs[number] for number in costs if number in full} == {
        number: full[number] for number in costs if number in full
    }
    assert set(full) & set(costs)


@pytest.mark.parametrize(
    ("path", "query", "scope"),
    [
        ("/v2/images", {}, "image:read"),
        ("/v2/snapshots", {"resource_type": "droplet"}, "snapshot:read"),
        ("/v2/snapshots", {"resource_type": "volume"}, "block_storage_snapshot:read"),
        ("/v2/droplets", {}, "droplet:read"),
        ("/v2/droplets", {"type": "gpus"}, "droplet:read"),
        ("/v2/droplets/backups/policies", {}, "droplet:read"),
        ("/v2/droplets/autoscale", {}, "droplet:read"),
        ("/v2/volumes", {}, "block_storage:read"),
        ("/v2/customers/my/invoices", {}, "billing:read"),
        ("/v2/customers/my/invoices/preview", {}, "billing:read"),
        ("/v2/account", {}, "account:read"),
    ],
)
def test_a_token_without_the_scope_gets_403(
    api: Api, path: str, query: dict[str, str], scope: str
) -> None:
    answer = ask(api, path, api.token_with(SCOPES - {scope}), **query)
    assert answer.status == 403
    assert json.loads(answer.body)["id"] == "forbidden"
    assert ask(api, path, api.token_with(SCOPES), **query).status == 200


def test_a_token_sees_only_the_fields_of_its_scopes(api: Api) -> None:
    (droplet, *_) = body(api, "/v2/droplets", api.token_with({"droplet:read"}))["droplets"]
    hidden: dict[str, Any] = {
        "backup_ids": [],
        "snapshot_ids": [],
        "volume_ids": [],
        "image": {},
        "tags": None,
    }
    assert {name: droplet[name] for name in hidden} == hidden
    images = body(api, "/v2/images", api.token_with({"image:read"}))["images"]
    assert {image["tags"] is None for image in images} == {True}
    with pytest.raises(ValueError, match="image:write"):
        api.token_with({"image:write"})


def test_a_scoped_token_opens_its_own_account(api: Api) -> None:
    read = body(api, "/v2/account", api.token_with(SCOPES, "dev"))
    assert read["account"]["team"]["uuid"] == api.worlds["dev"].team


@pytest.mark.parametrize(
    "path",
    [
        "/v2/regions",
        "/v2/droplets/1/destroy_with_associated_resources",
        "/v2/customers/my/invoices/00000000-0000-0000-0000-000000000000",
    ],
)
def test_what_does_not_exist_is_404(api: Api, path: str) -> None:
    assert ask(api, path).status == 404


def test_destroying_is_refused(api: Api) -> None:
    droplet = api.worlds["prod"].droplets[0]["id"]
    path = f"/v2/droplets/{droplet}/destroy_with_associated_resources"
    headers = {"authorization": f"Bearer {api.token}"}
    assert api.answer(path, headers, "DELETE").status == 405


def test_the_type_of_droplets_does_not_combine_with_a_tag(api: Api) -> None:
    assert ask(api, "/v2/droplets", type="gpus", tag_name="a").status == 422
    tagged = body(api, "/v2/droplets", tag_name="ENV:PROD")
    assert tagged["meta"]["total"] == body(api, "/v2/droplets")["meta"]["total"]


def test_the_world_may_change_while_it_is_served() -> None:
    api = Api({"default": []})
    assert body(api, "/v2/snapshots")["snapshots"] == []
    api.accounts["default"] = [image for image in sample_worlds()["dev"].images if
                               not image["public"]]  # fmt: skip
    assert body(api, "/v2/snapshots")["meta"]["total"] > 200
    api.worlds["default"].droplets = sample_worlds()["dev"].droplets
    assert body(api, "/v2/droplets")["meta"]["total"] == 14


def test_a_fault_meets_one_endpoint() -> None:
    faults = [on_path("/v2/droplets", on_page(1, status(500)), type=None)]
    api = Api(faults=faults)
    statuses = [
        ask(api, "/v2/droplets", **query).status for query in ({}, {"type": "gpus"}, {"page": 2})
    ]
    assert statuses == [500, 200, 200]
    assert ask(api, "/v2/images").status == 200


def test_faults_see_what_was_asked() -> None:
    seen: list[Request] = []

    def note(request: Request, answer: Answer) -> Answer:
        seen.append(request)
        return answer

    ask(Api(faults=[note]), "/v2/volumes", page=2)
    assert [(one.method, one.path, one.page, one.account) for one in seen] == [
        ("GET", "/v2/volumes", 2, "prod")
    ]
