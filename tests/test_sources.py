"""Every kind of saved response returns the same frame as the fetch."""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

import imagedf
from imagedf.sandbox import Sandbox
from tests.columns import EXPLODED
from tests.conftest import DOCUMENTED_PAGE

Pages = list[bytes]


@pytest.fixture(scope="module")
def fetched_and_saved() -> tuple[pd.DataFrame, Pages]:
    """Fetch the second sample account, and save its responses as received."""
    with Sandbox() as sandbox:
        token = sandbox.tokens["dev"]
        frame = imagedf.fetch_images(accounts={"dev": token}, base_url=sandbox.url)
        headers = {"authorization": f"Bearer {token}"}
        bodies = [
            sandbox.answer(f"/v2/images?page={page}&per_page=200", headers).body
            for page in (1, 2, 3)
        ]
    return frame, bodies


def images_of(pages: Pages) -> list[dict[str, Any]]:
    return [image for page in pages for image in json.loads(page)["images"]]


def a_path(pages: Pages, folder: Path) -> Path:
    path = folder / "doctl.json"
    path.write_bytes(json.dumps(images_of(pages), indent=2).encode())
    return path


def paths(pages: Pages, folder: Path) -> list[Path]:
    for number, page in enumerate(pages):
        (folder / f"page-{number}.json").write_bytes(page)
    return sorted(folder.glob("page-*.json"))


def a_directory(pages: Pages, folder: Path) -> Path:
    paths(pages, folder)
    (folder / "README.txt").write_text("not a page")
    return folder


def ndjson(pages: Pages) -> bytes:
    return b"\n".join(pages) + b"\n"


def an_open_file(pages: Pages, folder: Path) -> io.BytesIO:
    return io.BytesIO(ndjson(pages))


SOURCES: dict[str, Callable[[Pages, Path], Any]] = {
    "path of a doctl list": a_path,
    "path as text": lambda pages, folder: str(a_path(pages, folder)),
    "several paths": paths,
    "several paths as text": lambda pages, folder: [str(path) for path in paths(pages, folder)],
    "a generator of paths": lambda pages, folder: iter(paths(pages, folder)),
    "directory": a_directory,
    "open binary file": an_open_file,
    "open text file": lambda pages, folder: io.StringIO(ndjson(pages).decode()),
    "several open files": lambda pages, folder: [io.BytesIO(page) for page in pages],
    "NDJSON": lambda pages, folder: ndjson(pages),
    "NDJSON of Windows": lambda pages, folder: b"\r\n\r\n".join(pages),
    "bytearray": lambda pages, folder: bytearray(ndjson(pages)),
    "pages as bytes": lambda pages, folder: list(pages),
    "one list of pages": lambda pages, folder: b"[" + b",".join(pages) + b"]",
    "doctl list as bytes": lambda pages, folder: json.dumps(images_of(pages)).encode(),
    "with a byte order mark": lambda pages, folder: (
        b"\xef\xbb\xbf" + json.dumps(images_of(pages)).encode()
    ),
    "pretty-printed page": lambda pages, folder: json.dumps(
        {"images": images_of(pages)}, indent=4
    ).encode(),
    "pydo pages": lambda pages, folder: [json.loads(page) for page in pages],
    "pydo page": lambda pages, folder: {"images": images_of(pages)},
    "images as dicts": lambda pages, folder: images_of(pages),
    "read-only mappings": lambda pages, folder: [
        MappingProxyType(image) for image in images_of(pages)
    ],
}


@pytest.mark.parametrize("kind", SOURCES)
def test_every_source_returns_the_frame_of_the_fetch(
    fetched_and_saved: tuple[pd.DataFrame, Pages], tmp_path: Path, kind: str
) -> None:
    fetched, pages = fetched_and_saved
    frame = imagedf.read_images(SOURCES[kind](pages, tmp_path), account="dev")
    assert_frame_equal(frame, fetched)
    certificate = imagedf.certificate(frame)
    listed = (
        "list" in kind or "dict" in kind or "mappings" in kind or kind.endswith(("page", "mark"))
    )
    unverified = (listed and kind != "one list of pages") or kind == "path as text"
    assert (certificate.images, certificate.own_images) == (452, 290)
    assert certificate.complete is (None if unverified else True)
    assert certificate.source == "saved responses"


def test_an_ndjson_file_is_recognized_by_its_content(
    fetched_and_saved: tuple[pd.DataFrame, Pages], tmp_path: Path
) -> None:
    fetched, pages = fetched_and_saved
    (tmp_path / "a.NDJSON").write_bytes(ndjson(pages[:2]))
    (tmp_path / "b.jsonl").write_bytes(pages[2])
    assert_frame_equal(imagedf.read_images(tmp_path, account="dev"), fetched)


def test_what_typed_clients_put_into_their_objects_is_understood() -> None:
    moment = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    image = {"id": 1, "name": "", "created_at": moment, "regions": ("nyc3",), "tags": {"a"}}
    frame = imagedf.read_images([image])
    assert frame["created_at"].tolist() == [pd.Timestamp(moment)]
    assert frame[["region", "tags"]].to_numpy().tolist() == [["nyc3", ["a"]]]


@pytest.mark.parametrize(
    "nothing", [[], b"[]", {"images": []}, [{"images": []}, {"images": []}]], ids=repr
)
def test_no_images_are_a_typed_frame_without_rows(nothing: Any) -> None:
    frame = imagedf.read_images(nothing)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == EXPLODED
    assert len(frame) == 0


def test_the_certificate_states_what_the_pages_claim() -> None:
    claimed = imagedf.read_images({"images": [{"id": 1, "new_field": 2}], "meta": {"total": 1}})
    given = imagedf.read_images([{"id": 1, "type": "custom"}])
    assert imagedf.certificate(claimed).accounts == (
        imagedf.AccountCertificate(
            account="default",
            pages=1,
            images=1,
            own_images=1,
            total_first=1,
            total_last=1,
            unknown_fields=("new_field",),
            proof="totals",
        ),
    )
    assert imagedf.certificate(given).accounts[0].proof == "as given"


def test_a_saved_list_that_claims_more_is_marked_incomplete(
    fetched_and_saved: tuple[pd.DataFrame, Pages],
) -> None:
    _, pages = fetched_and_saved
    says = "200 images, but their meta.total is 452"
    with pytest.warns(imagedf.IncompleteListingWarning, match=says):
        frame = imagedf.read_images(pages[0])
    assert not imagedf.certificate(frame).complete


def page_of(*ids: int, **rest: Any) -> bytes:
    """Return a page of images that have only an id and a size of one GB."""
    return json.dumps(
        {"images": [{"id": one, "size_gigabytes": 1} for one in ids], **rest}
    ).encode()


def test_an_image_on_two_saved_pages_counts_once_and_a_short_list_is_marked() -> None:
    pages = [page_of(1, 2, meta={"total": 4}), page_of(2, 3, meta={"total": 4})]
    says = "3 images, but their meta.total is 4"
    with pytest.warns(imagedf.IncompleteListingWarning, match=says):
        frame = imagedf.read_images(pages)
    assert frame["id"].tolist() == [1, 2, 3]
    assert imagedf.total_size(frame) == frame["allocated_gigabytes"].sum() == 3.0
    (account,) = imagedf.certificate(frame).accounts
    assert (account.images, account.duplicates_dropped, account.complete) == (3, 1, False)


def test_without_totals_links_show_whether_a_page_is_missing() -> None:
    first = page_of(1, links={"pages": {"next": "https://example.com/v2/images?page=2"}})
    with pytest.warns(imagedf.IncompleteListingWarning, match="page 2"):
        alone = imagedf.read_images(first)
    assert not imagedf.certificate(alone).complete
    assert imagedf.certificate(imagedf.read_images([first, page_of(2)])).complete is None


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (b'[{"images": [{"id": 1}]}, {"message": "no"}]', "page 2"),
        (b'[{"images": [{"id": 1}]}, {}]', "page 2 .*an empty object"),
        (b'[{"images": []}, 5]', "values that are not pages"),
        (b'[{"message": "Server Error"}]', "'message'"),
        (b"[{}]", "no field at all"),
        (b"", "page 1 .*not JSON"),
        (b'{"id": "unauthorized", "message": "no"}', "`images`"),
        (b"[1]", "image 0 must be an object, got the number 1"),
        (b"5", "the number 5"),
        (b'{"images": [{"id": 7, "name": 5}]}', r"image 0 \(id 7\): name must be text"),
        ([{"images": []}, {"images": [{"id": "7"}]}], "page 2, image 0"),
        ({"images": [{"id": {1}, "x": 1j}]}, "complex"),
        ({"images": [{"size_gigabytes": float("nan")}]}, "NaN"),
        (b'\x0b{"images": []}', "white space"),
        (b'{"images": []}\x0c', "white space"),
        (b'\xef\xbb\xbf\xef\xbb\xbf{"images": []}', "byte order marks"),
    ],
)
def test_what_is_not_a_page_is_one_clear_error(source: Any, says: str) -> None:
    with pytest.raises(imagedf.PageError, match=says) as caught:
        imagedf.read_images(source)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("source", [5, None, [{"images": []}, 5], object()])
def test_a_source_of_another_kind_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match="source"):
        imagedf.read_images(source)


def test_an_account_is_named_by_text() -> None:
    with pytest.raises(TypeError, match="account"):
        imagedf.read_images([], account=5)  # type: ignore[arg-type] # that is the test


@pytest.mark.parametrize("account", ["", " ", "half\ud800"])
def test_an_account_without_a_proper_name_is_refused(account: str) -> None:
    with pytest.raises(ValueError, match="account must be a name"):
        imagedf.read_images([], account=account)


def test_an_empty_path_is_not_the_directory_where_one_is() -> None:
    with pytest.raises(ValueError, match="the path is empty"):
        imagedf.read_images("")


def test_a_frame_and_its_rows_as_json_are_not_api_responses() -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    for one in (frame, frame.iloc[:0], frame["name"]):
        with pytest.raises(TypeError, match="source must be"):
            imagedf.read_images(one)
    for rows in (frame, imagedf.collapse_regions(frame)):
        saved = rows.to_json(orient="records", date_format="iso").encode()
        with pytest.raises(imagedf.PageError, match="rows that imagedf wrote"):
            imagedf.read_images(saved)


def test_an_error_names_file_page_image_and_field(tmp_path: Path) -> None:
    (tmp_path / "1.json").write_text('{"images": [{"id": 1}]}')
    (tmp_path / "2.json").write_text('{"images": [{"id": 2}, {"id": 3, "tags": "a"}]}')
    says = (
        r"2\.json: page 2, image 1 \(id 3\): tags must be a list of text values, got the text 'a'"
    )
    with pytest.raises(imagedf.PageError, match=says) as caught:
        imagedf.read_images(tmp_path)
    assert (caught.value.page, caught.value.image_id, caught.value.field) == (2, 3, "tags")


def test_an_open_file_that_cannot_be_read_is_one_clear_error(tmp_path: Path) -> None:
    packed = gzip.compress(page_of(1))
    for content in (packed[:-9], b"no gzip at all"):
        with (
            gzip.open(io.BytesIO(content)) as file,
            pytest.raises(imagedf.ImagedfError, match="can't read the open file"),
        ):
            imagedf.read_images(file)
    with (
        (tmp_path / "new.json").open("w") as file,
        pytest.raises(imagedf.ImagedfError, match="can't read the open file: not readable"),
    ):
        imagedf.read_images(file)


def test_an_unreadable_file_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "list.json").write_text("[{}]")
    with pytest.raises(imagedf.PageError, match=r"list\.json: .*not an image"):
        imagedf.read_images(tmp_path)
    (tmp_path / "list.json").unlink()
    with pytest.raises(imagedf.ImagedfError, match=r"can't read .*none\.json: No such file"):
        imagedf.read_images(tmp_path / "none.json")
    with pytest.raises(imagedf.ImagedfError, match=r"no \.json, \.ndjson"):
        imagedf.read_images(tmp_path)
    with pytest.raises(imagedf.ImagedfError, match="can't read"):
        imagedf.read_images("x" * 5000)
    with pytest.raises(imagedf.ImagedfError, match="can't read"):
        imagedf.read_images("list\0.json")
    (tmp_path / "photo.json").write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    with pytest.raises(imagedf.ImagedfError, match=r"photo\.json is a PNG"):
        imagedf.read_images(tmp_path / "photo.json")
