"""Reading invoices: every known wording, exact sums, and a clear error for anything else."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf import ImagedfError, Invoice, read_invoice
from imagedf.cost import redact
from tests.invoices import as_bytes, csv_bytes, csv_line, item, page, page_link

UUID = "22737513-0ea7-4206-8ceb-98a575af7681"
ITEM = item(
    "Droplet Snapshots",
    "0.60",
    resource_id="201",
    description="db-2026-10-01",
    group_description="a group",
    project_name="shop",
)


def test_a_line_has_all_fields_of_an_item() -> None:
    (line,) = read_invoice(page(ITEM)).lines
    assert line == imagedf.InvoiceLine(
        product="Droplet Snapshots",
        description="db-2026-10-01",
        group_description="a group",
        resource_id="201",
        resource_uuid=None,
        hours=744.0,
        start=datetime(2026, 10, 1, tzinfo=UTC),
        end=datetime(2026, 11, 1, tzinfo=UTC),
        amount=Decimal("0.60"),
        project_name="shop",
        category="",
    )


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("2026-10-01 00:00:00 +0000", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01T02:00:00+02:00", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01 00:00:00", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-01", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2010-12-31", None),
        ("0001-01-01", None),
        ("9999-12-31", None),
        ("soon", None),
    ],
)
def test_a_time_without_an_offset_is_utc(text: str, start: datetime | None) -> None:
    line = csv_line("Snapshots", "db", "$1.20").replace("2026-10-01 00:00:00 +0000", text)
    assert read_invoice(csv_bytes(line)).lines[0].start == start


def test_a_csv_gives_the_same_lines_without_ids() -> None:
    invoice = read_invoice(csv_bytes(csv_line("Snapshots", "db", "$1.20"), "Credit,,,,,,-$5.00,,"))
    first, second = invoice.lines
    assert (first.hours, first.start, first.end, first.category) == (
        744.0,
        datetime(2026, 10, 1, tzinfo=UTC),
        datetime(2026, 11, 1, tzinfo=UTC),
        "iaas",
    )
    assert (second.amount, second.hours, second.start) == (Decimal("-5.00"), None, None)
    assert (invoice.total, invoice.period) == (Decimal("-3.80"), "2026-10")


def test_all_wordings_of_an_item_are_read_alike() -> None:
    camel = {
        "product": "Droplet Snapshots",
        "resourceId": "201",
        "resourceUuid": "",
        "groupDescription": "a group",
        "description": "db-2026-10-01",
        "amount": "0.60",
        "duration": "744 Hours",
        "startTime": ITEM["start_time"],
        "endTime": ITEM["end_time"],
        "projectName": "shop",
    }
    expected = read_invoice(page(ITEM)).lines
    pages: list[Any] = [
        {"invoiceItems": [camel]},
        {"invoice_items": [ITEM | {"amount": 0.6, "duration": 744, "resource_id": 201}]},
        [ITEM],
        as_bytes([ITEM]),
        as_bytes(page(ITEM)),
        io.BytesIO(as_bytes(page(ITEM))),
        io.StringIO(json.dumps(page(ITEM))),
        SimpleNamespace(to_dict=lambda: page(ITEM)),
        [SimpleNamespace(model_dump=lambda: ITEM)],
    ]
    for source in pages:
        (line,) = read_invoice(source).lines
        assert (line.amount, line) == (line.amount, expected[0])


def test_paths_directories_and_lists_of_both_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(as_bytes(page(ITEM)))
    (tmp_path / "b.csv").write_bytes(csv_bytes(csv_line("Snapshots", "x", "$1.00")))
    (tmp_path / "notes.txt").write_text("not of interest")
    both = read_invoice(tmp_path)
    assert both.total == Decimal("1.60")
    assert both == read_invoice([tmp_path / "a.json", str(tmp_path / "b.csv")])


@pytest.mark.parametrize("reverse", [False, True])
def test_pages_of_one_invoice_belong_together_in_any_order(reverse: bool) -> None:
    pages = [
        page(
            ITEM, item("Droplets", "6.00"), total=3, links={"pages": {"next": page_link(UUID, 2)}}
        ),
        page(item("Taxes", "0.10"), total=3, links={"pages": {"prev": page_link(UUID, 1)}}),
    ]
    invoice = read_invoice(pages[::-1] if reverse else pages)
    assert (invoice.total, invoice.uuids) == (Decimal("6.70"), (UUID,))
    one_after_the_other = b"\n".join(as_bytes(one) for one in pages)
    assert read_invoice(one_after_the_other).total == Decimal("6.70")


def test_a_missing_or_repeated_page_is_an_error(tmp_path: Path) -> None:
    first = page(ITEM, total=2, links={"pages": {"next": page_link(UUID, 2)}})
    second = page(item("Droplets", "6.00"), total=2, links={"pages": {"prev": page_link(UUID, 1)}})
    path = tmp_path / "first.json"
    path.write_bytes(as_bytes(first))
    with pytest.raises(ImagedfError, match=r"first\.json.*meta\.total"):
        read_invoice(path)
    for pages in ([first, first], [first, second, second], [page(ITEM, total=2)] * 2):
        with pytest.raises(ImagedfError):
            read_invoice(pages)


def test_a_page_without_a_total_that_has_a_next_one_is_an_error() -> None:
    first = {"invoice_items": [ITEM], "links": {"pages": {"next": page_link(UUID, 2)}}}
    last = {
        "invoice_items": [item("Taxes", "1.00")],
        "links": {"pages": {"prev": page_link(UUID, 1)}},
    }
    assert read_invoice([first, last]).total == Decimal("1.60")
    for part in (first, last):
        with pytest.raises(ImagedfError, match="next page"):
            read_invoice(part)


def test_several_invoices_of_a_month_are_combined_each_once() -> None:
    first, second = page(ITEM), page(item("Snapshots", "0.10", resource_id="202"))
    both = read_invoice([first, second])
    assert (both.total, both.period, len(both.uuids)) == (Decimal("0.70"), "2026-10", 2)
    assert [line.invoice for line in both.lines] == [0, 1]
    with pytest.raises(ImagedfError, match="twice"):
        read_invoice([first, second, first])
    bare = item("Droplet Snapshots", "0.60", description="db-2026-10-01")
    csv = csv_bytes(csv_line("Droplet Snapshots", "db-2026-10-01", "$0.60"))
    with pytest.raises(ImagedfError, match="twice"):
        read_invoice([as_bytes([bare]), csv])


def test_invoices_of_different_months_are_refused() -> None:
    september = {"start_time": "2026-09-01T00:00:00Z", "end_time": "2026-10-01T00:00:00Z"}
    with pytest.raises(ImagedfError, match=r"2026-09.*2026-10"):
        read_invoice([page(ITEM), page(item("Snapshots", "0.60", **september))])


def test_an_invoice_without_lines_is_read_only_if_it_states_that() -> None:
    assert read_invoice(page()).total == 0
    nothings: list[Any] = [b"[]", {"invoice_items": []}, []]
    for nothing in nothings:
        with pytest.raises(ImagedfError, match="no invoice lines"):
            read_invoice(nothing)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"id,name\n1,x\n", "lacks product"),
        (b"product,hours\nSnapshots,1\n", "lacks usd/amount"),
        (csv_bytes(), "no lines"),
        (b"product;group_description;USD\nSnapshots;;1\n", "semicolons"),
        (b"product\tUSD\nSnapshots\t1\n", "tabs"),
        (csv_bytes(csv_line("a", "b", "$1")).decode().encode("utf-16"), "UTF-16"),
        (b"product,USD\nSnapshots,\n", "line 2: USD must be an amount"),
        (b"product,USD\nSnapshots,$1\nx,NaN\n", "line 3: USD must be an amount"),
        (b"product,USD\nSnapshots,--$1\n", "line 2: USD must be an amount"),
        (b'product,USD\n"Snap\nshots",-$1,x\n', "line 3 has 3 cells under 2 columns"),
        (b'product,USD\n"Snapshots', "unexpected end of data"),
        (b"%PDF-1.7\n\xff\xfe", "is a PDF"),
        (b"PAR1....", "Parquet"),
        (b"PK\x03\x04", "Excel"),
        (b"\xe9product,USD", "not UTF-8"),
        (b'{"images": []}', "a listing of images"),
        (b'{"invoices": [], "invoice_preview": {}}', "the list of invoices"),
        (b'{"data_points": [], "total_items": 0}', "billing insights"),
        (b'[{"sku": "1-DO", "total_amount": "0.86"}]', "billing insights"),
        (b'{"something": 1}', "no list invoice_items"),
        (b'{"invoice_items": {}}', "no list invoice_items"),
        (b'{"invoice_items": [7]}', "item 1 is not an invoice item"),
        (b'{"invoice_items": [{"product": "x"}]}', "item 1 is not an invoice: it lacks usd/amount"),
        (b'[{"id": 1}]', "item 1 is not an invoice: it lacks product"),
        (b'[{"invoice_items": []}, 7]', "not an invoice"),
        (b'{"invoice_items": ', "not an invoice: Expecting value"),
        (b'{"invoice_items": []} x', "not an invoice: Expecting value"),
        (b"[" * 100_000, "not an invoice: "),
        (b'[{"product": "Snapshots", "amount": null}]', "item 1: amount must be an amount"),
        (b'[{"product": "x", "amount": "1", "amount": "2"}]', "the same key twice"),
        (None, "can't read"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_what_is_not_an_invoice_is_named(tmp_path: Path, content: bytes | None, said: str) -> None:
    path = tmp_path / "mine"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImagedfError) as caught:
        read_invoice(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_what_is_not_a_source_is_a_type_error() -> None:
    for source in (None, 7):
        with pytest.raises(TypeError, match="source"):
            read_invoice(source)  # type: ignore[arg-type] # what is tested
    with pytest.raises(ValueError, match="empty"):
        read_invoice("")


def test_an_open_file_that_can_not_be_read_is_one_error(tmp_path: Path) -> None:
    path = tmp_path / "latin"
    path.write_bytes(b"product,USD\n\xe9,$1\n")
    with path.open(encoding="utf-8") as file, pytest.raises(ImagedfError, match="latin"):
        read_invoice(file)
    with pytest.raises(ImagedfError):
        read_invoice(file)
    with pytest.raises(TypeError, match="source"):
        read_invoice(read_invoice(page(ITEM)).to_frame())


@given(
    st.one_of(st.binary(max_size=200), st.text(alphabet='{}[],:"\n;$0-product,USD', max_size=80))
)
def test_any_content_is_an_invoice_or_one_clear_error(content: bytes | str) -> None:
    try:
        invoice = read_invoice(content if isinstance(content, bytes) else content.encode())
    except ImagedfError as error:
        message = str(error)
    else:
        message = repr(invoice)
    assert "\n" not in message


TOKEN = "dop_v1_" + "5ec2e7" * 10 + "f00d"


@pytest.mark.parametrize(
    "source",
    [
        TOKEN,
        Path("a") / TOKEN,
        [{"product": "x", "amount": TOKEN}],
        [{TOKEN: "x"}],
        as_bytes([{"invoice_items": []}, TOKEN]),
    ],
)
def test_a_token_where_it_does_not_belong_is_masked(source: Any) -> None:
    with pytest.raises(ImagedfError) as caught:
        read_invoice(source)
    assert "5ec2e7" not in f"{caught.value} {caught.value.__cause__!r}"
    line = item(TOKEN, "1.00", description=TOKEN)
    invoice = read_invoice(page(line))
    assert "5ec2e7" not in f"{invoice!r} {invoice.lines[0]!r} {invoice._repr_html_()}"
    with pytest.raises(ValueError, match="which") as refused:
        imagedf.fetch_invoice(TOKEN)
    assert "5ec2e7" not in str(refused.value)


def test_a_year_that_can_not_be_is_missing() -> None:
    (line,) = read_invoice(page(item("Snapshots", "1.00", start_time="0001-01-01T00:00:00Z"))).lines
    assert line.start is None


def test_an_invoice_is_frozen_and_short_in_print() -> None:
    invoice = read_invoice(page(ITEM, item("<b>", "1.00")))
    assert repr(invoice) == "<Invoice 2026-10: 2 lines, 1.60 USD>"
    assert "&lt;b&gt;" in invoice._repr_html_()
    assert len(repr(invoice.lines[0])) <= 200
    with pytest.raises(AttributeError):
        invoice.period = "2026-11"  # type: ignore[misc] # what is tested


def test_the_frame_of_an_invoice_has_one_row_per_line() -> None:
    frame = read_invoice(page(ITEM, item("Taxes", "0.10", duration="", start_time=""))).to_frame()
    assert frame["amount_usd"].tolist() == [Decimal("0.60"), Decimal("0.10")]
    assert frame["hours"].tolist()[0] == 744
    assert frame[["hours", "start_time", "resource_id"]].iloc[1].isna().all()
    assert list(frame.columns) == list(Invoice(()).to_frame().columns)


def test_the_shape_of_an_invoice_has_no_name_id_or_amount() -> None:
    secret = item(
        "Droplet Snapshots",
        "1234.56",
        resource_id="987654321",
        description="acme-payroll-7",
        group_description="acme",
        project_name="Project Acme",
        category="acme",
    )
    stranger = item("Acme Payroll 7", "0.10", acmeField="x")
    shape = redact(read_invoice(page(secret, secret | {"amount": "-1234.56"}, stranger)))
    text = json.dumps(shape).lower()
    for part in ("acme", "payroll", "987", "1234", "56"):
        assert part not in text
    lines = shape["lines"]
    assert [line["amount"] for line in lines] == ["positive", "negative", "positive"]
    assert (lines[0]["product"], lines[0]["resource_id"]) == ("Droplet Snapshots", "number")
    assert (lines[0]["description"], lines[0]["read_as"]) == ("a-a-9", "snapshot")


@pytest.mark.parametrize(
    ("identifier", "kind"),
    [
        ("7", "number"),
        ("edb0478d-7436-11ea-86e6-0a58ac144b91", "uuid"),
        ("db-production-1", "text"),
        ("", ""),
    ],
)
def test_the_shape_of_an_invoice_has_the_kind_of_each_id(identifier: str, kind: str) -> None:
    (line,) = redact(read_invoice(page(item("Snapshots", "1", resource_id=identifier))))["lines"]
    assert line["resource_id"] == kind


amounts = st.integers(-10_000, 10_000).map(lambda cents: str(Decimal(cents).scaleb(-2)))


@given(st.lists(amounts, min_size=1, max_size=12), st.data())
def test_the_sum_is_exact_however_the_invoice_is_paged(
    billed: list[str], data: st.DataObject
) -> None:
    items = [item("Snapshots", amount, resource_id=str(at)) for at, amount in enumerate(billed)]
    size = data.draw(st.integers(1, len(items)))
    pages = [page(*items[at : at + size], total=len(items)) for at in range(0, len(items), size)]
    expected = sum(map(Decimal, billed), Decimal(0))
    assert read_invoice(data.draw(st.permutations(pages))).total == expected
    lines = [csv_line("Snapshots", str(at), f'"${a}"') for at, a in enumerate(billed)]
    assert read_invoice(csv_bytes(*lines)).total == expected


@pytest.mark.parametrize(
    ("start", "end", "part"),
    [
        ("2026-10-01T00:00:00Z", "2026-11-01T00:00:00Z", None),
        ("2026-10-01T00:00:00Z", "2026-10-31T23:59:59Z", None),
        ("2026-10-01T00:00:00Z", "2026-10-02T06:00:00Z", "30 of 744 hours"),
        ("2026-10-15T00:00:00Z", "2026-11-01T00:00:00Z", "408 of 744 hours"),
        ("2026-10-01T00:00:00Z", "", None),
    ],
)
def test_an_invoice_says_which_part_of_its_month_it_bills(
    start: str, end: str, part: str | None
) -> None:
    invoice = read_invoice(page(item("Snapshots", "1.00", start_time=start, end_time=end)))
    assert invoice.part_of_month == part
    assert ("hours" in repr(invoice)) == (part is not None)
