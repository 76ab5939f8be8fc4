"""Fetch whole accounts over real HTTP: requests, cross-check, unknown frames and errors."""

from __future__ import annotations

import json
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.errors import AuthenticationError, ImagedfError, IncompleteListingError, RequestError
from imagedf.sandbox import (
    SCOPES,
    Answer,
    Fault,
    Request,
    Sandbox,
    World,
    large_world,
    on_page,
    on_path,
    sample_worlds,
    status,
)
from tests.conftest import THOROUGH, sample

FRAMES = tuple(imagedf.schema.ACCOUNT_FRAMES)
LIMITS = imagedf.Limits(backoff_seconds=0.001, max_backoff_seconds=0.002, max_body_bytes=10**7)
PATHS: dict[str, tuple[str, dict[str, str | None]]] = {
    "images": ("/v2/images", {}),
    "droplet_snapshots": ("/v2/snapshots", {"resource_type": "droplet"}),
    "volume_snapshots": ("/v2/snapshots", {"resource_type": "volume"}),
    "droplets": ("/v2/droplets", {"type": None}),
    "gpu_droplets": ("/v2/droplets", {"type": "gpus"}),
    "backup_policies": ("/v2/droplets/backups/policies", {}),
    "autoscale_pools": ("/v2/droplets/autoscale", {}),
    "volumes": ("/v2/volumes", {}),
}


def small_world() -> World:
    """Return the smaller sample account with 60 of its images, and everything related to them."""
    world = sample_worlds()["dev"]
    kept = [image for image in world.images if not image["public"]][:60]
    ids = {image["id"] for image in kept}
    for droplet in world.droplets:
        for name in ("backup_ids", "snapshot_ids"):
            droplet[name] = [number for number in droplet[name] if number in ids]
    world.images = kept
    return world


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox({"default": small_world()}) as running:
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """A small account without any fault."""
    world = small_world()
    shared.worlds["default"], shared.accounts["default"] = world, world.images
    shared.faults.clear()
    shared.requests.clear()
    return shared


def fetch(sandbox: Sandbox, token: str | None = None, **arguments: Any) -> imagedf.Account:
    """Fetch in small pages, with fast retries."""
    given = {"per_page": 20, "max_retries": 1, "limits": LIMITS, **arguments}
    if "accounts" not in given:
        given["token"] = token or sandbox.token
    return imagedf.fetch_account(base_url=sandbox.url, **given)


def partial(sandbox: Sandbox, **arguments: Any) -> imagedf.Account:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", imagedf.IncompleteListingWarning)
        return fetch(sandbox, on_incomplete="warn", **arguments)


def assert_same(found: imagedf.Account, expected: imagedf.Account) -> None:
    for name in FRAMES:
        pd.testing.assert_frame_equal(
            getattr(found, name), getattr(expected, name), check_flags=False
        )


def test_a_fetch_of_several_accounts_returns_what_the_sandbox_has() -> None:
    with Sandbox() as sandbox:
        account = imagedf.fetch_account(accounts=sandbox.tokens, base_url=sandbox.url)
        assert {request.method for request in sandbox.requests} == {"GET"}
    assert_same(account, imagedf.example_account())
    assert account.names == ("prod", "dev")
    certificate = account.certificate
    assert certificate.complete
    listed = {(entry.account, entry.endpoint) for entry in certificate.accounts}
    assert listed == {(name, endpoint) for name in ("prod", "dev") for endpoint in PATHS}
    assert imagedf.certificate(account.images).images == certificate.images == 677
    entries = {(e.account, e.endpoint): e for e in certificate.accounts}
    assert entries["prod", "images"].own_images == 385
    assert entries["prod", "gpu_droplets"].images == 1


def test_the_frames_are_those_of_the_schema_also_without_rows() -> None:
    with Sandbox({"default": []}) as sandbox:
        account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
    example = imagedf.example_account()
    for name, columns in imagedf.schema.ACCOUNT_FRAMES.items():
        frame = getattr(account, name)
        assert len(frame) == 0
        assert {str(key): str(kind) for key, kind in frame.dtypes.items()} == {
            column.name: column.dtype for column in columns
        }
        assert list(getattr(example, name).dtypes) == list(frame.dtypes)


def test_values_arrive_where_the_columns_say(sandbox: Sandbox) -> None:
    account = fetch(sandbox)
    world = sandbox.worlds["default"]
    droplets = account.droplets
    assert droplets is not None
    first, given = droplets.iloc[0], world.droplets[0]
    assert (first["id"], first["name"], first["price_monthly"], first["size_slug"]) == (
        given["id"],
        given["name"],
        given["size"]["price_monthly"],
        given["size_slug"],
    )
    assert first["image_id"] == given["image"]["id"]
    assert first["region"] == given["region"]["slug"]
    assert [first[name] for name in ("backup_ids", "snapshot_ids", "features", "tags")] == [
        given[name] for name in ("backup_ids", "snapshot_ids", "features", "tags")
    ]
    snapshots = account.volume_snapshots
    assert snapshots is not None
    assert snapshots["size_gigabytes"].tolist() == [
        one["size_gigabytes"] for one in world.volume_snapshots
    ]
    policies = account.backup_policies
    assert policies is not None
    assert set(policies["plan"].dropna()) == {"daily", "weekly"}
    assert policies.loc[0, "retention_period_days"] == 28
    pools = account.autoscale_pools
    assert pools is not None
    assert pools["image"].tolist() == [one["droplet_template"]["image"] for one in world.pools]


@pytest.mark.parametrize(
    ("scope", "lost"),
    [
        ("snapshot:read", {"droplet_snapshots", "volume_snapshots"}),
        ("block_storage_snapshot:read", {"volume_snapshots"}),
        ("droplet:read", {"droplets", "backup_policies", "autoscale_pools"}),
        ("block_storage:read", {"volumes"}),
    ],
)
def test_without_a_scope_its_frames_are_none_and_the_scope_is_named(
    sandbox: Sandbox, scope: str, lost: set[str]
) -> None:
    account = fetch(sandbox, sandbox.token_with(SCOPES - {scope}))
    assert {name for name in FRAMES if getattr(account, name) is None} == lost
    named = {one for entry in account.certificate.accounts for one in entry.missing_scopes}
    assert scope in named
    assert scope in repr(account)
    assert scope in " ".join(account.unknown)
    assert account.certificate.complete


def test_public_images_may_be_fetched_too() -> None:
    with Sandbox() as sandbox:
        account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url, private=None)
        listing = sandbox.accounts["prod"]
        created_from = {one["image"]["id"] for one in sandbox.worlds["prod"].droplets}
    assert account.images["id"].nunique() == len(listing) == 547
    linked = imagedf.link_images(account)
    used = linked[linked["used_by"].map(len) > 0]
    assert set(used["id"]) >= created_from
    pooled = used[used["slug"] == "ubuntu-24-04-x64"]["used_by"].explode()
    assert pooled.str.startswith("pool:").any()


def test_an_error_has_a_short_traceback(sandbox: Sandbox) -> None:
    with pytest.raises(AuthenticationError) as caught:
        imagedf.fetch_account("dop_v1_wrong", base_url=sandbox.url)
    places = traceback.extract_tb(caught.value.__traceback__)
    assert [place.name for place in places] == [
        "test_an_error_has_a_short_traceback",
        "fetch_account",
    ]


def test_images_are_required(sandbox: Sandbox) -> None:
    with pytest.raises(AuthenticationError, match="image:read"):
        fetch(sandbox, sandbox.token_with(SCOPES - {"image:read"}))


@pytest.mark.parametrize("endpoint", ["droplets", "gpu_droplets"])
def test_droplets_need_both_lists(sandbox: Sandbox, endpoint: str) -> None:
    path, query = PATHS[endpoint]
    sandbox.faults.append(on_path(path, status(403), **query))
    account = fetch(sandbox)
    assert account.droplets is None
    assert not imagedf.link_images(account)["source"].eq("gone").any()


def test_what_one_token_cannot_read_is_unknown_for_that_account_only() -> None:
    with Sandbox() as sandbox:
        tokens = {"prod": sandbox.token_with({"image:read"}), "dev": sandbox.tokens["dev"]}
        account = imagedf.fetch_account(accounts=tokens, base_url=sandbox.url)
    complete = imagedf.example_account()
    for name in FRAMES[1:]:
        frame, expected = getattr(account, name), getattr(complete, name)
        rows = expected[expected["account"] == "dev"].reset_index(drop=True)
        pd.testing.assert_frame_equal(frame, rows)
    linked, expected = imagedf.link_images(account), imagedf.link_images(complete)
    prod = linked["account"] == "prod"
    columns = ["source", "source_id", "used_by"]
    assert linked.loc[prod, columns].isna().all(axis=None)
    pd.testing.assert_frame_equal(linked[~prod], expected[expected["account"] == "dev"])
    assert not account.is_read("prod", "droplets")
    assert account.is_proven("dev", "droplets", "gpu_droplets")


def test_a_failure_of_one_account_leaves_the_others_with_warn() -> None:
    def fail(request: Request, answer: Answer) -> Answer:
        return status(500)(request, answer) if request.account == "prod" else answer

    with Sandbox(faults=[on_path("/v2/images", fail)]) as sandbox:
        account = partial(sandbox, accounts=sandbox.tokens, per_page=200)
        with pytest.raises(RequestError, match="prod"):
            fetch(sandbox, accounts=sandbox.tokens)
    whole = imagedf.example_account().images
    dev = whole[whole["account"] == "dev"].reset_index(drop=True)
    pd.testing.assert_frame_equal(account.images, dev, check_flags=False)
    assert account.certificate.complete is False
    assert not account.is_read("prod", "images")
    assert account.is_proven("dev", *PATHS)


def later(change: Callable[[World], Any], path: str, times: int = 1) -> Callable[[Sandbox], Fault]:
    """Change the account as soon as an endpoint was read."""

    def make(sandbox: Sandbox) -> Fault:
        def fault(_request: Request, answer: Answer) -> Answer:
            change(sandbox.worlds["default"])
            return answer

        return on_path(path, on_page(1, fault, times=times))

    return make


def take_snapshot(world: World) -> None:
    """Create a snapshot of the first Droplet."""
    number = max(image["id"] for image in world.images) + 1
    world.images.append(world.images[0] | {"id": number, "name": f"new-{number}"})
    world.sources[number] = world.droplets[0]["id"]
    world.droplets[0]["snapshot_ids"].append(number)


@pytest.mark.parametrize("path", ["/v2/images", "/v2/snapshots", "/v2/droplets"])
def test_a_snapshot_created_between_two_calls_does_not_fail_a_fetch(
    sandbox: Sandbox, path: str
) -> None:
    sandbox.faults.append(later(take_snapshot, path)(sandbox))
    account = fetch(sandbox)
    assert account.certificate.complete
    ids = set(account.images["id"])
    assert {image["id"] for image in sandbox.worlds["default"].images} == ids
    assert account.droplet_snapshots is not None
    assert set(account.droplet_snapshots["id"]) <= ids


def hiding(key: str, number: int) -> Fault:
    """Hide an object of a listing, and its part in the total."""

    def hide(page: dict[str, Any]) -> None:
        page["meta"]["total"] -= 1
        page[key] = [one for one in page[key] if str(one["id"]) != str(number)]

    return lambda _request, answer: answer.with_json(hide)


@pytest.mark.parametrize(
    ("endpoint", "key"), [("images", "images"), ("droplet_snapshots", "snapshots")]
)
def test_a_listing_that_hides_an_image_is_found(sandbox: Sandbox, endpoint: str, key: str) -> None:
    world = sandbox.worlds["default"]
    hidden = world.droplets[0]["snapshot_ids"][3]
    path, query = PATHS[endpoint]
    sandbox.faults.append(on_path(path, hiding(key, hidden), **query))
    with pytest.raises(IncompleteListingError, match=str(hidden)) as caught:
        fetch(sandbox)
    assert caught.value.account is not None
    assert caught.value.certificate is not None
    assert caught.value.certificate.complete is False
    account = partial(sandbox)
    assert account.certificate.complete is False
    linked = imagedf.link_images(account).set_index("id")
    if endpoint == "images":
        assert hidden not in linked.index
    else:
        assert pd.isna(linked.loc[hidden, "source"])
        assert linked.loc[hidden, "used_by"] is None


def test_an_image_handed_to_another_team_does_not_make_an_account_unfetchable(
    sandbox: Sandbox,
) -> None:
    world = sandbox.worlds["default"]
    moved = world.droplets[0]["snapshot_ids"][0]
    world.images[:] = [image for image in world.images if image["id"] != moved]
    with pytest.raises(IncompleteListingError, match=str(moved)):
        fetch(sandbox)
    with pytest.warns(imagedf.IncompleteListingWarning, match=str(moved)):
        account = fetch(sandbox, on_incomplete="warn")
    linked = imagedf.link_images(account)
    assert moved not in set(linked["id"])
    assert linked["used_by"].notna().all()
    assert (linked["source"] == "here").sum() > 20


def test_a_server_that_ignores_the_type_of_droplets_proves_nothing(sandbox: Sandbox) -> None:
    def ignore(_request: Request, _answer: Answer) -> Answer:
        headers = {"authorization": f"Bearer {sandbox.token}"}
        return sandbox.answer("/v2/droplets?per_page=200", headers)

    sandbox.faults.append(on_path("/v2/droplets", ignore, type="gpus"))
    with pytest.raises(IncompleteListingError, match="type=gpus"):
        fetch(sandbox, per_page=200)
    account = partial(sandbox, per_page=200)
    assert account.droplets is not None
    assert account.droplets["id"].is_unique
    assert not imagedf.link_images(account)["source"].eq("gone").any()


def test_snapshots_of_another_kind_are_left_out_with_a_warning(sandbox: Sandbox) -> None:
    def ignore(request: Request, _answer: Answer) -> Answer:
        headers = {"authorization": f"Bearer {sandbox.token}"}
        return sandbox.answer(f"/v2/snapshots?per_page=20&page={request.page}", headers)

    expected = fetch(sandbox)
    sandbox.faults.append(
        lambda request, answer: (
            ignore(request, answer)
            if request.path == "/v2/snapshots" and "resource_type" in request.query
            else answer
        )
    )
    with pytest.warns(UserWarning, match="ignore"):
        account = fetch(sandbox)
    assert_same(account, expected)
    droplets, volumes = (
        next(entry.images for entry in expected.certificate.accounts if entry.endpoint == name)
        for name in ("droplet_snapshots", "volume_snapshots")
    )
    assert {entry.endpoint: entry.filter_mismatches for entry in account.certificate.accounts} == {
        **dict.fromkeys((entry.endpoint for entry in account.certificate.accounts), 0),
        "droplet_snapshots": volumes,
        "volume_snapshots": droplets,
    }


def text(body: bytes) -> Fault:
    return lambda _request, answer: replace(answer, body=body)


def change(**fields: Any) -> Fault:
    return lambda _request, answer: answer.with_json(lambda page: page.update(fields))


def first(field: str, value: Any) -> Fault:
    """Set a field of the first object to a value; a response without objects stays as is."""

    def set_first(page: dict[str, Any]) -> None:
        found = next(value for key, value in page.items() if key not in ("links", "meta"))
        objects = list(found.values()) if isinstance(found, dict) else found
        for one in objects[:1]:
            one[field] = value

    return lambda _request, answer: answer.with_json(set_first)


def drop_first(page: dict[str, Any]) -> None:
    key = next(key for key in page if key not in ("links", "meta"))
    found = page[key]
    page[key] = dict(list(found.items())[1:]) if isinstance(found, dict) else found[1:]


FAULTS: dict[str, Sequence[Fault]] = {
    "500 once": [on_page(1, status(500), times=1)],
    "500 forever": [status(500)],
    "404": [status(404)],
    "401": [status(401)],
    "429 forever": [status(429)],
    "a dropped connection": [lambda _request, answer: replace(answer, drop=True)],
    "a cut body": [lambda _request, answer: replace(answer, cut=30)],
    "HTML": [text(b"<html></html>")],
    "not JSON": [text(b'{"images":')],
    "a list": [text(b"[]")],
    "an empty object": [text(b"{}")],
    "an error body": [text(b'{"id":"server_error","message":"no"}')],
    "a list that is null": [
        lambda _request, answer: answer.with_json(
            lambda page: page.update({key: None for key in page if key not in ("links", "meta")})
        )
    ],
    "a total that is one more": [
        lambda _request, answer: answer.with_json(
            lambda page: page["meta"].update(total=page["meta"]["total"] + 1)
        )
    ],
    "a page without its first object": [
        lambda _request, answer: answer.with_json(drop_first)
    ],
    "no totals": [change(meta={})],
    "no links": [change(links={})],
    "an id of another type": [first("id", {"a": 1}), first("droplet_id", {"a": 1})],
    "a number as text": [first("size_gigabytes", "7"), first("disk", "7")],
    "a field that is unknown": [first("brand_new", 1)],
}  # fmt: skip


HARMLESS = {"500 once", "no totals", "no links", "a field that is unknown"}


def outcome(sandbox: Sandbox) -> imagedf.Account | ImagedfError:
    try:
        return fetch(sandbox)
    except ImagedfError as error:
        return error


@pytest.fixture(scope="module")
def without_fault() -> imagedf.Account:
    """The small account, fetched without any fault."""
    with Sandbox({"default": small_world()}) as sandbox:
        return fetch(sandbox)


@pytest.mark.parametrize(("endpoint", "fault"), sample(product(PATHS, FAULTS), 7))
def test_each_fault_on_each_endpoint_returns_the_account_or_one_error(
    sandbox: Sandbox, without_fault: imagedf.Account, endpoint: str, fault: str
) -> None:
    path, query = PATHS[endpoint]
    sandbox.faults += [on_path(path, one, **query) for one in FAULTS[fault]]
    found = outcome(sandbox)
    if isinstance(found, ImagedfError):
        assert fault not in HARMLESS
        assert sandbox.token not in str(found)
        assert str(found).replace("…", "").isprintable()
        return
    assert_same(found, without_fault)
    assert found.certificate.complete


@pytest.mark.parametrize("endpoint", [name for name in PATHS if name != "images"])
def test_any_other_failure_is_an_error_and_not_an_unreadable_endpoint(
    sandbox: Sandbox, endpoint: str
) -> None:
    path, query = PATHS[endpoint]
    sandbox.faults.append(on_path(path, status(500), **query))
    with pytest.raises(RequestError, match=endpoint):
        fetch(sandbox)
    account = partial(sandbox)
    frame = "droplets" if endpoint == "gpu_droplets" else endpoint
    assert getattr(account, frame) is None
    assert account.certificate.complete is False


def test_a_large_account_takes_few_requests() -> None:
    size = 10 if THOROUGH else 3
    world = large_world(1000 * size, droplets=200 * size, snapshots=500 * size)
    with Sandbox({"default": world}) as sandbox:
        account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
        assert len(sandbox.requests) < 25 * size
    assert account.certificate.complete
    assert account.images["id"].nunique() == 1000 * size
    assert account.droplets is not None
    assert len(account.droplets) == 200 * size


def test_images_and_droplets_are_read_twice() -> None:
    world = large_world(500, droplets=300, snapshots=250)
    with Sandbox({"default": world}) as sandbox:
        imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
        seen = [request.path for request in sandbox.requests]
    assert seen.count("/v2/images") == 2 * 3
    assert seen.count("/v2/droplets") == 2 * 2 + 1
    assert seen.count("/v2/snapshots") == 2 + 1
    assert seen.count("/v2/droplets/backups/policies") == 2


def test_bad_arguments_are_refused_before_anything_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="on_incomplete"):
        fetch(sandbox, on_incomplete="never")
    with pytest.raises(ValueError, match="per_page"):
        fetch(sandbox, per_page=0)
    assert sandbox.requests == []


def test_an_account_shows_itself_in_one_line_and_as_a_table() -> None:
    account = imagedf.example_account()
    assert len(repr(account)) <= 200
    assert "675 own images" in repr(account)
    assert account._repr_html_().count("<tr>") == len(FRAMES)
    assert json.dumps(account.certificate.to_dict())
