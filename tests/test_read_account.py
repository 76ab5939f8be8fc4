"""Saved responses of an account's endpoints return the same account as a fetch."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.errors import ImagedfError, PageError
from imagedf.sandbox import Api, World, sample_worlds

Pages = dict[str, list[dict[str, Any]]]
FRAMES = tuple(imagedf.schema.ACCOUNT_FRAMES)
LISTS = {
    "images": ("/v2/images?private=true", "images"),
    "droplet_snapshots": ("/v2/snapshots?resource_type=droplet", "snapshots"),
    "volume_snapshots": ("/v2/snapshots?resource_type=volume", "snapshots"),
    "droplets": ("/v2/droplets?", "droplets"),
    "gpu_droplets": ("/v2/droplets?type=gpus", "droplets"),
    "backup_policies": ("/v2/droplets/backups/policies?", "policies"),
    "autoscale_pools": ("/v2/droplets/autoscale?", "autoscale_pools"),
    "volumes": ("/v2/volumes?", "volumes"),
}


def pages_of(api: Api, path: str, per_page: int = 100) -> list[dict[str, Any]]:
    """Read all pages, like a tool that saves them."""
    headers = {"authorization": f"Bearer {api.token}"}
    pages: list[dict[str, Any]] = []
    while not pages or pages[-1]["links"]:
        query = f"&per_page={per_page}&page={len(pages) + 1}"
        pages.append(json.loads(api.answer(path + query, headers).body))
    return pages


@pytest.fixture(scope="module")
def saved() -> Pages:
    """The pages of the sample account prod, by endpoint."""
    api = Api()
    return {name: pages_of(api, path) for name, (path, _) in LISTS.items()}


@pytest.fixture(scope="module")
def expected() -> imagedf.Account:
    """The sample account prod."""
    whole = imagedf.example_account()
    frames = {name: getattr(whole, name) for name in FRAMES}
    prod = {name: frame[frame["account"] == "prod"].reset_index(drop=True)
            for name, frame in frames.items()}  # fmt: skip
    return imagedf.Account(certificate=whole.certificate, **prod)


def write(directory: Path, pages: Pages) -> Path:
    for name, listed in pages.items():
        for number, page in enumerate(listed, 1):
            (directory / f"{name}-{number}.json").write_text(json.dumps(page))
    return directory


def objects(pages: Pages, name: str) -> list[dict[str, Any]]:
    """Return the objects of a listing."""
    key = LISTS[name][1]
    found = [page[key] for page in pages[name]]
    lists = [list(one.values()) if isinstance(one, dict) else one for one in found]
    return [one for listed in lists for one in listed]


def assert_same(
    found: imagedf.Account, expected: imagedf.Account, *, but: tuple[str, ...] = ()
) -> None:
    for name in FRAMES:
        left, right = getattr(found, name), getattr(expected, name)
        columns = [column for column in left.columns if f"{name}.{column}" not in but]
        pd.testing.assert_frame_equal(left[columns], right[columns], check_flags=False)


def test_a_directory_of_pages_is_the_account(
    saved: Pages, expected: imagedf.Account, tmp_path: Path
) -> None:
    account = imagedf.read_account(write(tmp_path, saved), account="prod")
    assert_same(account, expected)
    assert account.certificate.complete is True
    assert account.unknown == ()
    pd.testing.assert_frame_equal(imagedf.link_images(account), imagedf.link_images(expected))


def test_pages_may_be_python_objects_bytes_or_lines(
    saved: Pages, expected: imagedf.Account, tmp_path: Path
) -> None:
    pages = [page for listed in saved.values() for page in listed]
    assert_same(imagedf.read_account(pages, account="prod"), expected)
    assert_same(
        imagedf.read_account([json.dumps(page).encode() for page in pages], account="prod"),
        expected,
    )
    file = tmp_path / "all.ndjson"
    file.write_text("\n".join(json.dumps(page) for page in pages))
    assert_same(imagedf.read_account(file, account="prod"), expected)


def omitting(value: Any) -> Any:
    """Leave out what Go's omitempty leaves out."""
    if isinstance(value, dict):
        kept = {key: omitting(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one not in (None, False, 0, "", [], {})}
    return [omitting(one) for one in value] if isinstance(value, list) else value


def test_lists_of_doctl_are_the_account_unverified(
    saved: Pages, expected: imagedf.Account, tmp_path: Path
) -> None:
    for name in LISTS:
        text = json.dumps(omitting(objects(saved, name)))
        (tmp_path / f"{name}.json").write_text(text)
    account = imagedf.read_account(tmp_path, account="prod")
    assert account.certificate.complete is None
    # doctl prints neither a size of 0 nor an empty text, and cannot say that tags are null.
    unsaid = {
        "images": ("size_gigabytes", "allocated_gigabytes", "description", "error_message", "tags"),
        "droplet_snapshots": ("size_gigabytes", "tags"),
        "volume_snapshots": ("tags", "source"),
        "autoscale_pools": ("active_resources_count",),
        "volumes": ("droplet_ids",),
        "droplets": ("volume_ids",),
    }
    but = tuple(f"{name}.{column}" for name, columns in unsaid.items() for column in columns)
    assert_same(account, expected, but=but)
    linked = imagedf.link_images(account)
    true = imagedf.link_images(expected)
    assert not linked["source"].eq("gone").any()
    assert linked["source"].eq("here").sum() == true["source"].eq("here").sum()
    assert linked["used_by"].dropna().map(len).min() == 1
    snapshots = account.volume_snapshots
    assert snapshots is not None
    assert not snapshots["source"].eq("gone").any()


def test_one_listing_of_all_snapshots_is_both_kinds(
    saved: Pages, expected: imagedf.Account
) -> None:
    others = [page for name, listed in saved.items() if "snapshots" not in name for page in listed]
    mixed = pages_of(Api(), "/v2/snapshots?")
    assert_same(imagedf.read_account([*others, *mixed], account="prod"), expected)


@pytest.mark.parametrize("name", [name for name in LISTS if name != "images"])
def test_what_was_not_saved_is_unknown(saved: Pages, tmp_path: Path, name: str) -> None:
    pages = {other: listed for other, listed in saved.items() if other != name}
    account = imagedf.read_account(write(tmp_path, pages))
    frame = "droplets" if name == "gpu_droplets" else name
    assert getattr(account, frame) is None
    assert [other for other in FRAMES if getattr(account, other) is None] == [frame]
    assert "not read" in " ".join(account.unknown)
    assert frame in repr(account)
    if "droplets" in name:
        linked = imagedf.link_images(account)
        assert not linked["source"].eq("gone").any()
        assert not linked["used_by"].map(lambda users: users == []).any()


@pytest.mark.parametrize("name", LISTS)
def test_a_missing_page_is_a_warning_and_proves_nothing(
    saved: Pages, tmp_path: Path, name: str
) -> None:
    api = Api()
    pages = {**saved, name: pages_of(api, LISTS[name][0], per_page=1)[1:]}
    if not pages[name]:
        pages[name] = [saved[name][0] | {"meta": {"total": 7}}]
    with pytest.warns(imagedf.IncompleteListingWarning, match=name):
        account = imagedf.read_account(write(tmp_path, pages))
    assert account.certificate.complete is False
    if "droplets" in name:
        linked = imagedf.link_images(account)
        assert not linked["source"].eq("gone").any()
        assert not linked["used_by"].map(lambda users: users == []).any()


def test_droplets_without_image_read_say_nothing_about_images(saved: Pages) -> None:
    def hidden(page: dict[str, Any]) -> dict[str, Any]:
        empty: dict[str, Any] = {"backup_ids": [], "snapshot_ids": [], "image": {}}
        droplets = [droplet | empty for droplet in page["droplets"]]
        return page | {"droplets": droplets}

    pages = [
        hidden(page) if "droplets" in page else page for listed in saved.values() for page in listed
    ]
    account = imagedf.read_account(pages)
    assert account.droplets is None
    assert "image:read" in repr(account)
    assert "image:read" in " ".join(account.unknown)
    linked = imagedf.link_images(account)
    assert linked["source"].isna().all()


def test_an_empty_list_of_gpu_droplets_is_the_one_beside_a_filled_one() -> None:
    world = sample_worlds()["dev"]
    api = Api({"default": world})
    pages = [page for path, _ in LISTS.values() for page in pages_of(api, path)]
    account = imagedf.read_account(pages)
    assert account.is_proven("default", "droplets", "gpu_droplets")
    assert imagedf.link_images(account)["source"].eq("gone").any()


def test_a_directory_without_droplets_at_all_is_an_empty_account(tmp_path: Path) -> None:
    api = Api({"default": World()})
    pages = {name: pages_of(api, path) for name, (path, _) in LISTS.items()}
    account = imagedf.read_account(write(tmp_path, pages))
    assert account.certificate.complete is True
    assert all(len(getattr(account, name)) == 0 for name in FRAMES)


def drop_images(pages: Pages) -> Any:
    return [page for name in LISTS if name != "images" for page in pages[name]]


def other_kind(pages: Pages) -> Any:
    return [*pages["images"], {"regions": [{"slug": "nyc1", "sizes": []}]}]


def text_for_a_number(pages: Pages) -> Any:
    volumes = [volume | {"size_gigabytes": "7"} for volume in objects(pages, "volumes")]
    return [*pages["images"], {"volumes": volumes}]


def no_number_for_a_droplet_snapshot(pages: Pages) -> Any:
    snapshot = objects(pages, "droplet_snapshots")[0] | {"id": "abc"}
    return [*pages["images"], {"snapshots": [snapshot]}]


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (drop_images, ImagedfError, "images"),
        (other_kind, PageError, "regions"),
        (text_for_a_number, PageError, "size_gigabytes"),
        (no_number_for_a_droplet_snapshot, PageError, "id"),
    ],
)
def test_what_cannot_be_an_account_is_one_error(
    saved: Pages, make: Callable[[Pages], Any], error: type[ImagedfError], says: str
) -> None:
    with pytest.raises(error, match=says):
        imagedf.read_account(make(saved))


def test_an_error_names_the_file(saved: Pages, tmp_path: Path) -> None:
    write(tmp_path, {"images": saved["images"], "volumes": [{"volumes": [{"id": 7}]}]})
    with pytest.raises(PageError, match=r"volumes-1\.json"):
        imagedf.read_account(tmp_path)


@pytest.mark.parametrize("account", ["", " ", 5])
def test_an_account_needs_a_name(account: Any) -> None:
    with pytest.raises((TypeError, ValueError), match="account"):
        imagedf.read_account([{"images": []}], account=account)


def test_endpoints_that_disagree_are_a_warning_that_names_the_ids(saved: Pages) -> None:
    lost = objects(saved, "images")[0]
    images = [image for image in objects(saved, "images") if image["id"] != lost["id"]]
    others = [page for name in LISTS if name != "images" for page in saved[name]]
    with pytest.warns(imagedf.IncompleteListingWarning, match=str(lost["id"])):
        account = imagedf.read_account([{"images": images}, *others])
    assert account.certificate.complete is False
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        imagedf.link_images(account)
