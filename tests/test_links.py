"""The sources and users of images: never "gone" or "unused" unless proven."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any, NamedTuple

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

import imagedf
from imagedf.errors import ImagedfError
from imagedf.sandbox import (
    Answer,
    Fault,
    Request,
    Sandbox,
    World,
    make_droplet,
    many_images,
    on_page,
    on_path,
    status,
)
from tests.conftest import examples

LIMITS = imagedf.Limits(backoff_seconds=0.001, max_backoff_seconds=0.002)
GONE = 500
"""A Droplet that is in no world."""


class Link(NamedTuple):
    """The true source and users of an image."""

    source_id: int | None
    source: str | None
    used_by: list[str] | None


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw an account: Droplets with and without GPUs, their images, pools, orphans."""
    images = [image | {"regions": ["nyc3"]} for image in many_images(draw(st.integers(0, 12)))]
    for number, image in enumerate(images):
        kind = draw(st.sampled_from(["snapshot", "snapshot", "backup", "custom"]))
        # Some images have the same id as a Droplet, as the ranges overlap.
        image |= {"id": 1 + number, "public": False, "slug": None, "type": kind}
    world = World(images)
    base = {"id": 10_000, "slug": "ubuntu", "name": "Ubuntu"}
    created_from = st.sampled_from([*images, base])
    for number in range(draw(st.integers(0, 7))):
        size = draw(st.sampled_from(["s-1vcpu-1gb", "gpu-4000adax1-20gb"]))
        droplet = make_droplet(5 + number, f"host-{number}", size, image=draw(created_from))
        world.droplets.append(droplet)
    for image in images:
        source = draw(st.sampled_from([None, *world.droplets]))
        world.sources[image["id"]] = source["id"] if source else GONE
        names = {"snapshot": "snapshot_ids", "backup": "backup_ids"}
        if source and image["type"] in names:
            source[names[image["type"]]].append(image["id"])
    for number in range(draw(st.integers(0, 2))):
        used = draw(created_from)
        image = draw(st.sampled_from([used["slug"] or str(used["id"]), str(used["id"])]))
        world.pools.append(
            {"id": f"p{number}", "name": "pool", "droplet_template": {"image": image}}
        )
    return world


def truth(world: World) -> dict[int, Link]:
    """Return the source and the users of each image, from the world itself."""
    here = {droplet["id"] for droplet in world.droplets}
    links = {}
    for image in world.images:
        number = image["id"]
        source = world.sources[number] if image["type"] in ("snapshot", "backup") else None
        users = [f"droplet:{one['id']}" for one in world.droplets if one["image"]["id"] == number]
        users += [f"pool:{one['id']}" for one in world.pools
                  if one["droplet_template"]["image"] == str(number)]  # fmt: skip
        listed = source if image["type"] == "snapshot" or source in here else None
        state = None if source is None else "here" if source in here else "gone"
        links[number] = Link(listed, state, sorted(users))
    return links


def found(account: imagedf.Account) -> dict[int, Link]:
    linked = imagedf.link_images(account)
    columns = ("id", "source_id", "source", "used_by")
    rows = zip(*(linked[name].tolist() for name in columns), strict=True)
    return {
        number: Link(
            None if pd.isna(source_id) else source_id,
            None if pd.isna(source) else source,
            sorted(used_by) if isinstance(used_by, list) else None,
        )
        for number, source_id, source, used_by in rows
    }


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox({"default": []}, limit=10**9) as running:
        yield running


def fetch(sandbox: Sandbox, world: World, *faults: Fault, **arguments: Any) -> imagedf.Account:
    sandbox.worlds["default"], sandbox.accounts["default"] = world, world.images
    sandbox.faults[:] = faults
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", imagedf.IncompleteListingWarning)
        return imagedf.fetch_account(
            sandbox.token,
            base_url=sandbox.url,
            per_page=2,
            max_retries=0,
            limits=LIMITS,
            **arguments,
        )


def without_objects(page: dict[str, Any]) -> None:
    page["droplets"] = []


def without_the_last(page: dict[str, Any]) -> None:
    page["droplets"] = page["droplets"][:-1]


def empty(_request: Request, answer: Answer) -> Answer:
    return answer.with_json(without_objects)


def shortened(_request: Request, answer: Answer) -> Answer:
    return answer.with_json(without_the_last)


REMOVED: dict[str, Fault] = {
    "fails": status(500),
    "is not found": status(404),
    "is forbidden": status(403),
    "is empty": empty,
    "lacks a Droplet": shortened,
}
SLOW = examples(
    40,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@SLOW
@given(world=worlds())
def test_without_faults_every_link_is_the_true_one(sandbox: Sandbox, world: World) -> None:
    assert found(fetch(sandbox, world)) == truth(world)


@SLOW
@given(
    world=worlds(),
    where=st.tuples(st.sampled_from([None, "gpus"]), st.integers(1, 4)),
    removed=st.sampled_from(sorted(REMOVED)),
    how=st.sampled_from(["raise", "warn"]),
)
def test_a_missing_page_of_droplets_proves_nothing_gone_or_unused(
    sandbox: Sandbox, world: World, where: tuple[str | None, int], removed: str, how: str
) -> None:
    kind, page = where
    fault = on_path("/v2/droplets", on_page(page, REMOVED[removed]), type=kind)
    try:
        links = found(fetch(sandbox, world, fault, on_incomplete=how))
    except ImagedfError:
        assert how == "raise"
        return
    for number, true in truth(world).items():
        link = links[number]
        assert link.source in (true.source, None)
        if link.used_by is not None:
            assert set(link.used_by) <= set(true.used_by or ())
            assert bool(link.used_by) == bool(true.used_by)


@SLOW
@given(world=worlds(), removed=st.sampled_from(["fails", "is forbidden"]))
def test_unread_pools_prove_nothing_unused(sandbox: Sandbox, world: World, removed: str) -> None:
    fault = on_path("/v2/droplets/autoscale", REMOVED[removed])
    links = found(fetch(sandbox, world, fault, on_incomplete="warn"))
    for number, true in truth(world).items():
        droplets = [user for user in true.used_by or () if user.startswith("droplet:")]
        assert links[number] == true._replace(used_by=droplets or None)


def account_of(**frames: list[dict[str, Any]]) -> imagedf.Account:
    """Return an account built from rows, complete in everything that is passed."""
    whole = imagedf.example_account()
    names = ("default",)
    entries = tuple(
        imagedf.AccountCertificate(account=name, endpoint=endpoint)
        for name in names
        for endpoint in (*frames, *(("gpu_droplets",) if "droplets" in frames else ()))
    )
    made = {}
    for name, rows in frames.items():
        frame = getattr(whole, name).iloc[:0]
        given = pd.DataFrame([{"account": "default", **row} for row in rows])
        made[name] = given.reindex(columns=frame.columns)
    made["images"]["id"] = made["images"]["id"].astype("Int64")
    made["images"]["regions"] = [[] for _ in range(len(made["images"]))]
    images = made.pop("images").drop(columns=["region", "allocated_gigabytes"])
    return imagedf.Account(images, imagedf.Certificate(entries), **made)


IMAGE = {"id": 7, "name": "a", "type": "snapshot", "public": False}
DROPLET = {"id": 1, "name": "web", "image_id": 3, "backup_ids": [], "snapshot_ids": [7]}


def test_missing_lists_prove_nothing() -> None:
    snapshots: dict[str, Any] = {"autoscale_pools": [], "images": [IMAGE]}
    account = account_of(droplets=[DROPLET | {"snapshot_ids": None}], **snapshots)
    (link,) = found(account).values()
    assert link == Link(None, None, [])
    account = account_of(droplets=[DROPLET | {"image_id": None}], **snapshots)
    (link,) = found(account).values()
    assert link == Link(1, "here", None)


def test_a_source_created_during_the_fetch_is_not_gone(sandbox: Sandbox) -> None:
    """Check images whose Droplet or volume may have been created after those were listed."""
    now = pd.Timestamp.now("UTC")
    moments = {"new": f"{now:%Y-%m-%dT%H:%M:%SZ}", "old": "2026-01-01T00:00:00Z", "unknown": None}
    world = World([
        image | {"id": 1 + number, "name": name, "public": False, "type": "snapshot",
                 "created_at": moments[name]}
        for number, (name, image) in enumerate(zip(moments, many_images(3), strict=True))
    ])  # fmt: skip
    world.volume_snapshots = [
        {"id": f"s-{name}", "name": name, "created_at": moment, "resource_type": "volume",
         "resource_id": "v-gone", "size_gigabytes": 1.5, "regions": ["nyc3"]}
        for name, moment in moments.items()
    ]  # fmt: skip
    account = fetch(sandbox, world)
    assert account.volume_snapshots is not None
    for frame in (imagedf.link_images(account), account.volume_snapshots):
        source = frame.set_index("name")["source"]
        assert source["old"] == "gone"
        assert source[["new", "unknown"]].isna().all()


def test_what_is_not_an_account_is_a_type_error() -> None:
    with pytest.raises(TypeError, match="fetch_account"):
        imagedf.link_images(imagedf.example_account().images)  # type: ignore[arg-type]


def test_volume_snapshots_have_their_source(sandbox: Sandbox) -> None:
    account = imagedf.example_account()
    volumes, snapshots = account.volumes, account.volume_snapshots
    assert volumes is not None
    assert snapshots is not None
    names = dict(zip(volumes["id"], volumes["name"], strict=True))
    expected = [names.get(one) for one in snapshots["resource_id"]]
    assert [None if pd.isna(one) else one for one in snapshots["source_name"]] == expected
    states = ["here" if one else "gone" for one in expected]
    assert snapshots["source"].tolist() == states
    assert set(states) == {"here", "gone"}


def test_without_all_volumes_no_volume_is_gone() -> None:
    with Sandbox() as running:
        running.faults.append(on_path("/v2/volumes", status(403)))
        unread = imagedf.fetch_account(running.token, base_url=running.url)
        running.faults[:] = [on_path("/v2/volumes", change_total)]
        short = fetch_short(running)
    for account in (unread, short):
        snapshots = account.volume_snapshots
        assert snapshots is not None
        assert not snapshots["source"].eq("gone").any()
    assert unread.volumes is None


def change_total(_request: Request, answer: Answer) -> Answer:
    return answer.with_json(lambda page: page["volumes"].pop())


def fetch_short(sandbox: Sandbox) -> imagedf.Account:
    with pytest.warns(imagedf.IncompleteListingWarning, match="volumes"):
        return imagedf.fetch_account(
            sandbox.token, base_url=sandbox.url, limits=LIMITS, on_incomplete="warn"
        )
