"""The output of doctl, Steampipe, Terraform and typed clients, and lists of other objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import imagedf

IMAGES: list[dict[str, Any]] = [
        {
            "id": 31, "name": "shop 2026-09-01", "type": "snapshot", "distribution": "Debian",
            "slug": None, "public": False, "regions": ["ams3"],
            "created_at": "2026-09-01T03:00:00Z", "min_disk_size": 10, "size_gigabytes": 4.5,
            "description": "", "tags": [], "status": "available", "error_message": "",
        },
        {
            "id": 32, "name": "shop 2026-09-02", "type": "snapshot", "distribution": "Debian",
            "slug": None, "public": False, "regions": ["ams3", "fra1"],
            "created_at": "2026-09-02T03:00:00Z", "min_disk_size": 10, "size_gigabytes": 0,
            "description": "", "tags": ["env:dev"], "status": "available", "error_message": "",
        },
        {
            "id": 33, "name": "import", "type": "custom", "distribution": "Unknown",
            "slug": None, "public": False, "regions": [],
            "created_at": "2026-09-03T03:00:00Z", "min_disk_size": 0, "size_gigabytes": 0,
            "description": "", "tags": [], "status": "NEW", "error_message": "",
        },
]  # fmt: skip
PAGE = {"images": IMAGES, "links": {}, "meta": {"total": 3}}
PUBLIC = {
    "id": 9, "name": "12 x64", "type": "base", "distribution": "Debian", "slug": "debian-12-x64",
    "public": True, "regions": ["ams3"], "created_at": "2026-01-01T00:00:00Z",
    "min_disk_size": 7, "size_gigabytes": 0.6, "status": "available",
}  # fmt: skip


def omitted(images: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Leave out what Go's ``omitempty`` leaves out."""
    return [{key: value for key, value in image.items() if value} for image in images]


def cells(frame: pd.DataFrame, name: str) -> list[Any]:
    column = imagedf.collapse_regions(frame)[name].astype(object)
    return column.where(column.notna(), None).tolist()


def test_doctls_list_equals_the_api_page_except_for_what_it_omits() -> None:
    frame = imagedf.read_images(omitted(IMAGES))
    assert cells(frame, "public") == [False] * 3
    assert cells(frame, "tags") == [[], ["env:dev"], []]
    assert cells(frame, "regions") == [["ams3"], ["ams3", "fra1"], []]
    assert cells(frame, "size_gigabytes") == [4.5, None, None]
    said = ["id", "name", "type", "distribution", "region", "region_count", "created_at", "status"]
    assert_frame_equal(frame[said], imagedf.read_images(PAGE)[said])


@pytest.mark.parametrize(
    ("images", "public", "tags"),
    [
        ([*omitted(IMAGES), PUBLIC], [False] * 3 + [True], [[], ["env:dev"], [], []]),
        ([PUBLIC, {"id": 1, "type": "custom", "public": "yes"}], "error", None),
        (omitted(IMAGES[:1]), [False], [None]),
        ([{"id": 1, "type": "custom", "status": ""}], [None], [None]),
        ([{"id": 1, "type": "custom", "tags": None}], [None], [None]),
        ([PUBLIC, {"id": 1, "type": "snapshot", "public": False}], [True, False], [None, None]),
    ],
)
def test_an_absent_field_is_what_the_rest_of_the_list_shows(
    images: Any, public: Any, tags: Any
) -> None:
    if public == "error":
        with pytest.raises(imagedf.PageError, match="public"):
            imagedf.read_images(images)
        return
    frame = imagedf.read_images(json.dumps(images).encode())
    assert (cells(frame, "public"), cells(frame, "tags")) == (public, tags)


def test_a_bare_list_is_unverified(tmp_path: Path) -> None:
    path = tmp_path / "doctl.json"
    path.write_text(json.dumps(omitted(IMAGES)))
    certificate = imagedf.certificate(imagedf.read_images(path))
    assert (certificate.complete, certificate.accounts[0].proof) == (None, "as given")
    assert str(certificate).startswith("unverified: 3 images")


ROW = {
    "id": 41, "name": "web", "type": "snapshot", "distribution": "Ubuntu", "public": False,
    "regions": ["nyc1"], "size_gigabytes": 3, "min_disk_size": 25, "slug": None,
    "created_at": "2026-08-01T00:00:00Z", "status": "available", "title": "web",
    "tags": {"env": True}, "tags_src": ["env"],
}  # fmt: skip


@pytest.mark.parametrize(
    "printed",
    [
        {"columns": [{"name": "id", "data_type": "text"}], "rows": [ROW, ROW | {"id": 42}]},
        {"rows": [ROW, ROW | {"id": 42}]},
        [ROW, ROW | {"id": 42}],
    ],
    ids=["columns and rows", "rows", "list"],
)
def test_steampipes_rows_are_read(printed: Any) -> None:
    for source in (printed, json.dumps(printed, indent=1).encode()):
        frame = imagedf.read_images(source)
        assert cells(frame, "tags") == [["env"], ["env"]]
        assert cells(frame, "size_gigabytes") == [3.0, 3.0]
        certificate = imagedf.certificate(frame)
        assert certificate.accounts[0].unknown_fields == ("title",)
        assert "whole GB" in str(certificate)


def test_rows_with_the_names_of_the_api_are_read_as_they_are() -> None:
    row = {key: value for key, value in ROW.items() if key not in ("tags_src", "title")}
    rows: list[dict[str, Any]]
    for rows in ([row | {"tags": None}, row | {"id": 42, "tags": ["env"]}], []):
        frame = imagedf.read_images({"columns": [], "rows": rows})
        assert cells(frame, "id") == [one["id"] for one in rows]
        assert cells(frame, "tags") == [one["tags"] for one in rows]


def test_terraforms_images_are_read_with_their_own_names() -> None:
    image = {
        "id": 51, "name": "web", "distribution": "Ubuntu", "slug": "", "private": True,
        "type": "snapshot", "regions": ["nyc3"], "min_disk_size": 25, "size_gigabytes": 2.5,
        "created": "2026-07-01T00:00:00Z", "status": "available", "tags": [], "image": "51",
    }  # fmt: skip
    frame = imagedf.read_images([image, image | {"id": 52, "private": False}])
    assert cells(frame, "public") == [False, True]
    assert cells(frame, "created_at") == [pd.Timestamp("2026-07-01", tz="UTC")] * 2
    text = str(imagedf.certificate(frame))
    assert "Terraform" in text
    assert "image" in imagedf.certificate(frame).accounts[0].unknown_fields


@pytest.mark.parametrize("known", [{"public": False}, {"created_at": "2026-07-01T00:00:00Z"}])
def test_a_field_that_only_resembles_terraforms_is_an_unknown_one(known: dict[str, Any]) -> None:
    frame = imagedf.read_images([{"id": 1, "type": None, "private": True, **known}])
    assert cells(frame, "public") == [known.get("public")]
    assert imagedf.certificate(frame).accounts[0].unknown_fields == ("private",)


class Model:
    """Like pydantic models: they iterate over their fields, and convert themselves."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __iter__(self) -> Any:
        return iter(vars(self).items())

    def model_dump(self) -> dict[str, Any]:
        return dict(vars(self))


class TypedModel(Model):
    """Like gradient's models: ``to_dict`` leaves out fields that were not set."""

    def to_dict(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "unset"}


@pytest.mark.parametrize("kind", [Model, TypedModel])
def test_models_of_typed_clients_are_read(kind: type[Model]) -> None:
    images = [kind(**image) for image in IMAGES]
    page = kind(images=images, links={}, meta=kind(total=3))
    expected = imagedf.read_images(PAGE)
    read = imagedf.read_images(page)
    assert_frame_equal(read, expected)
    assert imagedf.certificate(read).complete is True
    assert_frame_equal(imagedf.read_images(images), expected)


@pytest.mark.parametrize("images", [IMAGES[:1], IMAGES])
def test_one_image_per_line_is_read_however_many_there_are(
    images: list[dict[str, Any]], tmp_path: Path
) -> None:
    path = tmp_path / "images.ndjson"
    path.write_text("".join(f"{json.dumps(image)}\n" for image in images))
    assert_frame_equal(imagedf.read_images(path), imagedf.read_images(images))


OTHERS: dict[str, tuple[Any, str]] = {
    "API v1": ({"status": "OK", "images": [{"id": 1, "name": "x", "distribution": "y"}]}, "v1"),
    "Droplets": ([{"id": 1, "name": "a", "vcpus": 1, "image": {}, "size_slug": "s"}], "Droplets"),
    "page of Droplets": ({"droplets": [], "links": {}, "meta": {"total": 0}}, "Droplets"),
    "snapshots": ([{"id": "1", "name": "a", "resource_id": "2", "regions": []}], "/v2/snapshots"),
    "page of snapshots": ({"snapshots": [], "meta": {"total": 0}}, "/v2/snapshots"),
    "sizes": ([{"slug": "s-1", "memory": 512, "vcpus": 1, "regions": ["a"]}], "sizes"),
    "regions": (
        [{"slug": "nyc1", "name": "New York 1", "sizes": [], "available": True}],
        "regions",
    ),
    "volumes": ([{"id": "u", "name": "a", "droplet_ids": [], "size_gigabytes": 1}], "volumes"),
    "page of volumes": ({"volumes": []}, "/v2/volumes"),
    "page of policies": ({"policies": []}, "backup policies"),
    "page of pools": ({"autoscale_pools": []}, "autoscale pools"),
    "page of sizes": ({"sizes": []}, "/v2/sizes"),
    "page of regions": ({"regions": []}, "/v2/regions"),
    "page of actions": ({"actions": []}, "/v2/actions"),
    "one Droplet": ({"droplet": {"id": 1}}, "single Droplet"),
    "one snapshot": ({"snapshot": {"id": 1}}, "single snapshot"),
    "an invoice": ({"invoice_items": []}, "read_invoice"),
    "one image": ({"image": {"id": 1}}, "single image"),
    "id and name": ([{"id": 1, "name": "a"}], "not an image"),
    "SSH keys": ([{"id": 1, "name": "a", "fingerprint": "f"}], "not an image"),
    "our rows": ([{"account": "a", "id": 1, "region_count": 1, "type": "x"}], "imagedf wrote"),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_look_alikes_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    source, says = OTHERS[kind]
    path = tmp_path / "saved.json"
    path.write_text(json.dumps(source, indent=1))
    for given in (source, path):
        with pytest.raises(imagedf.PageError, match=says):
            imagedf.read_images(given)


def test_files_of_other_kinds_are_named(tmp_path: Path) -> None:
    frame = imagedf.read_images(PAGE)
    parquet = imagedf.to_parquet(frame, tmp_path / "images.parquet")
    csv = imagedf.to_csv(frame, tmp_path / "images.csv")
    for path, says in ((parquet, "Parquet file: use read_parquet"), (csv, "CSV")):
        with pytest.raises(imagedf.ImagedfError, match=says) as caught:
            imagedf.read_images(path)
        assert str(path) in str(caught.value)


def test_json_text_is_not_taken_for_a_path() -> None:
    for text in ('{"images": []}', ' [{"id": 1}]'):
        with pytest.raises(ValueError, match="a str is a path"):
            imagedf.read_images(text)


def test_one_image_per_line_is_a_list() -> None:
    lines = "\n".join(json.dumps(image) for image in IMAGES)
    read = imagedf.read_images(lines.encode())
    assert_frame_equal(read, imagedf.read_images(PAGE))
    assert imagedf.certificate(read).complete is None


def test_a_key_that_a_conversion_would_hide_is_refused() -> None:
    with pytest.raises(imagedf.PageError, match="'size_gigabytes' twice"):
        imagedf.read_images(
            b'[{"id": 1, "type": "custom", "size_gigabytes": 1, "size_gigabytes": 2}]'
        )


def test_two_pages_that_list_an_image_with_different_values_name_it() -> None:
    one = {"images": [{"id": 61, "name": "a", "size_gigabytes": 1}]}
    other = {"images": [{"id": 61, "name": "a", "size_gigabytes": 9}]}
    with pytest.raises((imagedf.FrameError, imagedf.PageError), match="61"):
        imagedf.read_images([one, other])
    with pytest.raises((imagedf.FrameError, imagedf.PageError), match="61"):
        imagedf.read_images({"images": one["images"] + other["images"]})


def test_the_example_is_the_documented_page_and_complete() -> None:
    frame = imagedf.example()
    assert (len(frame), len(imagedf.collapse_regions(frame))) == (10, 6)
    assert imagedf.total_size(frame) == 14.06
    assert imagedf.certificate(frame).complete is True
