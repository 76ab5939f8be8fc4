"""Where JSON leaves room, parsing is strict, and errors are clear."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from imagedf.errors import PageError
from imagedf.pages import Duplicates, parse_pages
from tests.hostile import LISTING, image, page_bytes

pytestmark = pytest.mark.fast

BOM = b"\xef\xbb\xbf"


def value_of(name: str, text: str) -> Any:
    """Return a field of an image whose JSON text is this."""
    batch = parse_pages([f'{{"images":[{{"id":1,"{name}":{text}}}]}}'.encode()])
    return batch.table.column(name).to_pylist()[0]


@pytest.mark.parametrize("blank", [b"\x0b", b"\x0c", b"\x00", "\xa0".encode(), "\u2028".encode()])
@pytest.mark.parametrize("before", [True, False])
def test_white_space_that_json_does_not_have_is_refused(blank: bytes, before: bool) -> None:
    page = page_bytes(LISTING)
    with pytest.raises(PageError, match="not JSON"):
        parse_pages([blank + page if before else page + blank])


@pytest.mark.parametrize("around", [b" \t\r\n", b"\n\n", b""])
def test_white_space_of_json_and_one_byte_order_mark_are_taken(around: bytes) -> None:
    page = page_bytes(LISTING)
    assert parse_pages([BOM + around + page + around]).table.equals(parse_pages([page]).table)


def test_two_byte_order_marks_are_refused() -> None:
    with pytest.raises(PageError, match="not JSON"):
        parse_pages([BOM + BOM + page_bytes(LISTING)])


@pytest.mark.parametrize(
    ("text", "microsecond"),
    [
        ("2026-01-02T03:04:05.1234564Z", 123456),
        ("2026-01-02T03:04:05.1234565Z", 123457),
        ("2026-01-02T03:04:05.123456789Z", 123457),
        ("2026-01-02T03:04:05.123456499999Z", 123456),
        ("2026-01-02T03:04:05,9999989Z", 999999),
    ],
)
def test_nanoseconds_are_rounded(text: str, microsecond: int) -> None:
    expected = datetime(2026, 1, 2, 3, 4, 5, microsecond, tzinfo=UTC)
    assert value_of("created_at", f'"{text}"') == expected


def test_rounding_carries_over_and_never_leaves_the_calendar() -> None:
    carried = value_of("created_at", '"2026-12-31T23:59:59.9999999Z"')
    assert carried == datetime(2027, 1, 1, tzinfo=UTC)
    with pytest.raises(PageError, match="created_at"):
        value_of("created_at", '"9999-12-31T23:59:59.9999999Z"')


def test_a_number_of_5000_digits_is_json_but_fits_no_field() -> None:
    digits = "9" * 5000
    with pytest.raises(PageError, match="id must be a whole number") as caught:
        value_of("id", digits)
    assert "JSON" not in str(caught.value)
    assert len(str(caught.value)) < 300
    with pytest.raises(PageError, match="size_gigabytes"):
        value_of("size_gigabytes", digits)


@pytest.mark.parametrize("digits", ["9" * 5000, "-" + "1" * 9000])
def test_a_number_of_5000_digits_in_an_unknown_field_is_ignored(digits: str) -> None:
    page = json.dumps({"images": [image(1, junk="J")]}).replace('"J"', digits).encode()
    batch = parse_pages([page])
    assert batch.table.column("id").to_pylist() == [1]
    assert batch.unknown_fields == {"junk"}


def test_40_000_repeated_keys_are_read_and_the_documented_one_is_named() -> None:
    repeated = ",".join(f'"k{number}":1,"k{number}":2' for number in range(40_000))
    page = f'{{"images":[{{"id":1,{repeated},"name":"a"}}]}}'
    assert len(parse_pages([page.encode()]).unknown_fields) == 40_000
    with pytest.raises(PageError, match="given twice") as caught:
        parse_pages([page.replace('"name":"a"', '"name":"a","name":"b"').encode()])
    assert caught.value.field == "name"


def test_the_same_identity_in_one_page_with_other_values_names_the_image() -> None:
    page = page_bytes([image(7), image(8), image(7, name="image 7", size_gigabytes=100.0)])
    with pytest.raises(PageError, match="7") as caught:
        Duplicates().without(parse_pages([page], [3]))
    error = caught.value
    assert (error.page, error.image_id, error.field) == (3, 7, "size_gigabytes")


def kept(*pages: list[dict[str, Any]]) -> Duplicates:
    duplicates = Duplicates()
    for page in pages:
        duplicates.without(parse_pages([page_bytes(page)]))
    return duplicates


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        ({}, False),
        ({"status": "retired"}, True),
        ({"size_gigabytes": None}, True),
        ({"tags": None}, True),
        ({"regions": ["ams3", "nyc3"]}, True),
    ],
)
def test_a_duplicate_with_other_values_is_noticed(change: dict[str, Any], changed: bool) -> None:
    again = image(1, regions=["nyc3", "ams3"]) | change
    one = kept([image(1, regions=["nyc3", "ams3"]), image(2)], [image(3)], [image(4), again])
    assert (one.dropped, one.changed) == (1, changed)


def test_a_duplicate_is_noticed_within_pages_that_are_parsed_together() -> None:
    duplicates = Duplicates()
    bodies = [page_bytes([image(1)]), page_bytes([image(1, status="retired")])]
    duplicates.without(parse_pages(bodies))
    assert (duplicates.dropped, duplicates.changed) == (1, True)


def test_images_without_an_id_are_never_duplicates() -> None:
    unnamed = image(1, id=None, name="import")
    assert kept([unnamed, unnamed], [unnamed]).dropped == 0


def test_members_ignore_the_cut_into_pages_and_a_multiset_also_the_order() -> None:
    images = [image(number) for number in range(6)]
    one, other = kept(images[:2], images[2:]).members, kept(images[:5], images[5:]).members
    assert one == other
    turned = kept(images[3:], images[:3]).members
    assert turned.multiset == one.multiset
    assert turned.sequence != one.sequence
    assert kept(images[:5]).members.multiset != one.multiset
