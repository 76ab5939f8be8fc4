"""A plan is a file; verifying it refuses every image that has changed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import imagedf
from imagedf import (
    FrameError,
    ImagedfError,
    IncompleteListingError,
    Keep,
    Policy,
    PolicyError,
    Select,
    find_savings,
    load_plan,
    save_plan,
    savings_summary,
    verify_plan,
)
from imagedf.sandbox import Sandbox, World
from tests.money import images
from tests.worlds import ALL_SCOPES, droplet, snapshot, world

NOW = "2026-11-20"
POLICY = Policy([Select(older_than=90)], [Keep(last=1), Keep(tag="keep")])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox({"prod": world()}) as served:
        yield served


def fetched(sandbox: Sandbox, name: str = "prod") -> imagedf.Account:
    return imagedf.fetch_account(accounts={name: sandbox.token}, base_url=sandbox.url)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plan of the account as it was before any change, saved."""
    with Sandbox({"prod": world()}) as served:
        found = find_savings(fetched(served), POLICY, now=NOW)
    return save_plan(found, tmp_path_factory.mktemp("saved") / "plan.json")


@pytest.fixture
def plan(saved: Path) -> imagedf.Plan:
    return load_plan(saved)


def test_a_plan_has_what_can_be_deleted(saved: Path, plan: imagedf.Plan) -> None:
    assert sorted(plan.candidates["id"]) == [12, 13, 21]
    assert (plan.policy, plan.skipped) == (POLICY, 0)
    assert len(repr(plan)) <= 200
    assert list(saved.parent.iterdir()) == [saved]


def test_without_changes_all_candidates_are_verified(sandbox: Sandbox, plan: imagedf.Plan) -> None:
    checked = verify_plan(plan, fetched(sandbox), now=NOW)
    assert sorted(checked.verified["id"]) == [12, 13, 21]
    assert list(checked.verified.columns) == list(plan.candidates.columns)
    assert checked.refused.empty
    assert len(repr(checked)) <= 200


def changed(**fields: Any) -> Callable[[World], object]:
    """Return a change of image 12."""

    def change(world: World) -> None:
        world.images[:] = [image | fields if image["id"] == 12 else image for image in world.images]

    return change


def without(number: int) -> Callable[[World], object]:
    """Return the removal of a snapshot of the first Droplet."""

    def remove(world: World) -> None:
        world.images[:] = [image for image in world.images if image["id"] != number]
        first = world.droplets[0]
        left = [one for one in first["snapshot_ids"] if one != number]
        world.droplets = [{**first, "snapshot_ids": left}, *world.droplets[1:]]

    return remove


def of_another_type(world: World) -> None:
    without(12)(world)
    world.images[:] = [*world.images, snapshot(12, 2, type="custom")]


def used(world: World) -> None:
    world.droplets = [*world.droplets, droplet(9, 12, [])]


CHANGES: dict[str, Callable[[World], object]] = {
    "no longer listed": without(12),
    "renamed": changed(name="web-2026-02-01 golden"),
    "resized": changed(size_gigabytes=10.5),
    "another date": changed(created_at="2026-02-01T00:00:01Z"),
    "another type": of_another_type,
    "now in use": used,
    "now kept: tag keep": changed(tags=["keep"]),
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_has_changed_is_refused(reason: str, sandbox: Sandbox, plan: imagedf.Plan) -> None:
    CHANGES[reason](sandbox.worlds["prod"])
    checked = verify_plan(plan, fetched(sandbox), now=NOW)
    assert dict(zip(checked.refused["id"], checked.refused["reason"], strict=True)) == {12: reason}
    assert list(checked.refused.columns) == [*plan.candidates.columns, "reason"]
    assert 12 not in set(checked.verified["id"])
    table = checked.table()
    assert table["refused"].fillna("").tolist() == [reason, *[""] * len(checked.verified)]
    assert table.index.tolist() == list(range(len(plan.candidates)))
    assert reason in str(checked)


def test_the_last_of_a_series_is_refused_if_a_newer_one_is_gone(
    sandbox: Sandbox, plan: imagedf.Plan
) -> None:
    without(14)(sandbox.worlds["prod"])
    checked = verify_plan(plan, fetched(sandbox), now=NOW)
    assert checked.refused["id"].tolist() == [13]
    assert "last of its series" in checked.refused["reason"].iloc[0]


def test_another_account_is_refused(sandbox: Sandbox, plan: imagedf.Plan) -> None:
    checked = verify_plan(plan, fetched(sandbox, "dev"), now=NOW)
    assert checked.verified.empty
    assert set(checked.refused["reason"]) == {"of another account"}


def test_use_that_was_known_must_still_be_known(sandbox: Sandbox, plan: imagedf.Plan) -> None:
    token = sandbox.token_with(["image:read", "snapshot:read", "tag:read"])
    less = imagedf.fetch_account(accounts={"prod": token}, base_url=sandbox.url)
    checked = verify_plan(plan, less, now=NOW)
    assert checked.verified.empty
    assert "unknown use" in set(checked.refused["reason"])


def test_younger_than_planned_is_refused(sandbox: Sandbox, plan: imagedf.Plan) -> None:
    checked = verify_plan(plan, fetched(sandbox), now="2026-04-15")
    assert {13} <= set(checked.refused["id"])
    assert "now not selected" in set(checked.refused["reason"])


def test_an_incomplete_listing_verifies_nothing(
    sandbox: Sandbox, plan: imagedf.Plan, tmp_path: Path
) -> None:
    with pytest.warns(imagedf.IncompleteListingWarning):
        partial = imagedf.read_images(
            {"images": [snapshot(12, 2)], "meta": {"total": 6}}, account="prod"
        )
    with pytest.raises(IncompleteListingError):
        verify_plan(plan, partial, now=NOW)
    with pytest.raises(FrameError, match="all of your images"):
        save_plan(find_savings(partial, now=NOW), tmp_path / "other.json")


def test_an_incomplete_listing_of_droplets_verifies_nothing(
    sandbox: Sandbox, plan: imagedf.Plan
) -> None:
    account = fetched(sandbox)
    entries = tuple(
        replace(entry, complete=entry.endpoint != "droplets")
        for entry in account.certificate.accounts
    )
    partial = replace(account, certificate=replace(account.certificate, accounts=entries))
    with pytest.raises(IncompleteListingError) as caught:
        verify_plan(plan, partial, now=NOW)
    assert caught.value.certificate == partial.certificate


def test_a_part_of_the_images_verifies_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    account = imagedf.fetch_account(sandbox.token, base_url=sandbox.url)
    plan = load_plan(save_plan(find_savings(account.images, now=NOW), tmp_path / "plan.json"))
    with pytest.raises(IncompleteListingError, match="all of your images"):
        verify_plan(plan, account.images.iloc[1:], now=NOW)


def test_ids_of_several_images_are_left_out(tmp_path: Path) -> None:
    frame = images({"name": "a"}, {"name": "b", "id": 1}, {"name": "c"}, {"name": "d", "id": None})
    found = find_savings(frame, Policy([Select(older_than=1)]), now=NOW)
    plan = load_plan(save_plan(found, tmp_path / "plan.json"))
    assert (plan.candidates["name"].tolist(), plan.skipped) == (["c"], 3)


DAMAGE: dict[str, Callable[[dict[str, Any]], object]] = {
    "version": lambda plan: plan.update(version=0),
    "no version": lambda plan: plan.pop("version"),
    "kind": lambda plan: plan.update(kind="shopping list"),
    "no candidates": lambda plan: plan.pop("candidates"),
    "a candidate without name": lambda plan: plan["candidates"][0].pop("name"),
    "text for candidates": lambda plan: plan.update(candidates="all"),
    "a policy of nothing": lambda plan: plan.update(policy={"select": [{}], "keep": []}),
    "an unknown rule": lambda plan: plan.update(policy={"select": [{"x": 1}], "keep": []}),
    "a broken date": lambda plan: plan["candidates"][0].update(created_at="yesterday"),
    "no date": lambda plan: plan.update(made="soon"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_or_older_plan_is_refused(damage: str, saved: Path, tmp_path: Path) -> None:
    plan = json.loads(saved.read_text(encoding="utf-8"))
    DAMAGE[damage](plan)
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    with pytest.raises(ImagedfError, match=r"plan\.json"):
        load_plan(path)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b"PAR1", b"[" * 100_000])
def test_an_invalid_plan_is_one_clear_error(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    path.write_bytes(content)
    with pytest.raises(ImagedfError, match=r"plan\.json") as caught:
        load_plan(path)
    assert "\n" not in str(caught.value)


def test_a_frame_that_lost_its_attrs_is_not_a_plan(tmp_path: Path) -> None:
    found = find_savings(images({}), now=NOW)
    found.attrs = {}
    with pytest.raises(FrameError, match="find_savings"):
        save_plan(found, tmp_path / "plan.json")
    assert not list(tmp_path.iterdir())
    with pytest.raises(TypeError, match="Plan"):
        verify_plan("plan.json", images({}))  # type: ignore[arg-type] # on purpose


def test_an_account_shows_what_is_in_use_and_what_is_gone(sandbox: Sandbox) -> None:
    account = fetched(sandbox)
    found = find_savings(account, POLICY, now=NOW).set_index("id")
    assert found.loc[11, "used_by"] == ["droplet:8"]
    assert found.loc[11, "not_deletable"] == "in use"
    assert found["source"].to_dict() == {
        **dict.fromkeys((11, 12, 13, 14), "here"),
        21: "gone",
        22: "gone",
    }
    orphans = find_savings(account, Policy([Select(source="gone")]), now=NOW)
    assert sorted(orphans.loc[orphans["deletable"], "id"]) == [21, 22]


def test_without_droplets_use_is_unknown_and_said(sandbox: Sandbox) -> None:
    scopes = [scope for scope in ALL_SCOPES if scope != "droplet:read"]
    token = sandbox.token_with(scopes)
    account = imagedf.fetch_account(accounts={"prod": token}, base_url=sandbox.url)
    found = find_savings(account, POLICY, now=NOW)
    assert sorted(found.loc[found["deletable"], "id"]) == [11, 12, 13, 21]
    assert "droplet:read" in str(savings_summary(found))
    with pytest.raises(PolicyError, match="droplet:read"):
        find_savings(account, Policy([Select(source="gone")]), now=NOW)


def test_an_account_of_images_only_is_judged_like_its_frame(sandbox: Sandbox) -> None:
    frame = fetched(sandbox).images
    account = imagedf.Account(frame, imagedf.certificate(frame))
    found = find_savings(account, POLICY, now=NOW)
    assert sorted(found.loc[found["deletable"], "id"]) == [11, 12, 13, 21]
    assert "Use is unknown in prod" in str(savings_summary(found))


def test_without_the_scope_for_tags_nothing_is_untagged(sandbox: Sandbox) -> None:
    token = sandbox.token_with(["image:read"])
    account = imagedf.fetch_account(accounts={"prod": token}, base_url=sandbox.url)
    with pytest.raises(PolicyError, match="tag:read"):
        find_savings(account, POLICY, now=NOW)


def test_volume_snapshots_are_judged_by_the_same_policy(sandbox: Sandbox, tmp_path: Path) -> None:
    snapshots = fetched(sandbox).volume_snapshots
    assert snapshots is not None
    found = find_savings(snapshots, POLICY, now=NOW)
    assert set(found["type"]) == {"volume_snapshot"}
    assert set(found["series"]) == {"data"}
    assert set(found["source"]) == {"gone"}
    candidates = found[found["deletable"]]
    assert sorted(candidates["name"]) == ["data-2026-01-01", "data-2026-02-01"]
    assert candidates["monthly_cost_usd"].tolist() == [0.75, 0.75]
    assert "volume snapshots" in str(savings_summary(found))
    plan = load_plan(save_plan(found, tmp_path / "plan.json"))
    assert len(verify_plan(plan, snapshots, now=NOW).verified) == 2
    kept = Policy([Select(source="gone")], [Keep(id=candidates["id"].iloc[0])])
    assert len(find_savings(snapshots, kept, now=NOW).query("deletable")) == 2
