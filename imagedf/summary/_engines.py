"""Return one row per image on Polars, PyArrow, DuckDB and PySpark; lazy frames stay lazy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw

from imagedf._text import TOTAL
from imagedf.errors import FrameError
from imagedf.frame import identity_in, image_codes, list_array
from imagedf.pages import region_rows
from imagedf.schema import API_FIELDS, PUBLIC_TYPES, cost_column
from imagedf.summary._keys import PARTS, UNKNOWN_TAG, with_use
from imagedf.summary._pandas import SHARE, codes_across_accounts

_IMAGE = "_image"
_OWNER = "_owner"
_UNREAD = "_unread"


def on_engine(rows: Any, columns: list[str], parts: Sequence[str]) -> Any:
    """Return one row per image, or per image and part; see ``image_rows_on``."""
    rows, identity = _identified(plain_kinds(rows), across_accounts="account" not in columns)
    present = rows.collect_schema().names()
    if "used" in columns and "used" not in present:
        rows = with_use(rows)
    for part in parts:
        if part not in present:
            rows = _exploded(rows, part)
    return _grouped(rows, identity, columns, parts)


def one_row_per_image(rows: Any) -> Any:
    """Return one row per image; for a lazy frame, the row with the largest size."""
    rows, identity = _identified(plain_kinds(rows), across_accounts=False)
    names = [name for name in rows.collect_schema().names() if name != _IMAGE]
    if isinstance(rows, nw.DataFrame):
        return rows.unique(identity, keep="any").select(*names)
    return rows.unique(identity, keep="last", order_by=["size_gigabytes"]).select(*names)


def _identified(rows: Any, *, across_accounts: bool) -> tuple[Any, list[str]]:
    """Return rows, and the columns that identify an image among them."""
    present = rows.collect_schema().names()
    if isinstance(rows, nw.DataFrame):
        if rows["id"].null_count():
            return _numbered(rows, across_accounts=across_accounts), [_IMAGE]
        _check_agreement(rows)
    else:
        rows = _without_totals(rows)
    identity = identity_in(present)
    if across_accounts and {"type", "public"} <= set(present):
        return _with_owner(rows), [_OWNER if name == "account" else name for name in identity]
    return rows, identity


def _without_totals(rows: Any) -> Any:
    """Leave out the totals of an Excel sheet; a lazy frame can't be searched to refuse them."""
    if rows.collect_schema()["account"] != nw.String:
        return rows
    is_total = (nw.col("account") == TOTAL).fill_null(value=False)
    return rows.filter(~(is_total & nw.col("id").is_null() & nw.col("name").is_null()))


def _numbered(rows: Any, *, across_accounts: bool) -> Any:
    """Add the number of each row's image, the only way to distinguish images without an id."""
    frame = rows.to_pandas()
    codes = image_codes(frame)
    if across_accounts:
        codes = codes_across_accounts(frame, codes)
    numbers = nw.new_series(_IMAGE, codes.tolist(), backend=rows.implementation)
    return rows.with_columns(numbers)


def _grouped(rows: Any, identity: list[str], columns: list[str], parts: Sequence[str]) -> Any:
    plain = [name for name in columns if name not in (*identity, *parts)]
    maxima = [nw.col(name).max() for name in plain]
    groups = rows.group_by([*identity, *parts])
    eager = isinstance(rows, nw.DataFrame)
    rows = groups.agg(*maxima) if maxima else groups.agg(nw.len().alias(SHARE))
    if parts and not (eager and "account" in identity):
        # In a lazy frame, or across accounts, rows of one image may differ between regions.
        rows = rows.with_columns(*(nw.col(name).max().over(*identity) for name in plain))
    for part in parts:
        rows = rows.with_columns(_values=nw.col(part).count().over(*identity))
        rows = rows.filter((nw.col("_values") == 0) | ~nw.col(part).is_null())
    if parts:
        rows = rows.with_columns(**{SHARE: 1.0 / nw.len().over(*identity)})
    return rows.select(*columns, *parts, *([SHARE] if parts else []))


def _with_owner(rows: Any) -> Any:
    """Add the account of your own images; public images have none, as all accounts share them.

    Without an id nothing says that two accounts list the same image.
    """
    public = nw.col("public").fill_null(value=False)
    public |= nw.col("type").is_in(PUBLIC_TYPES).fill_null(value=False)
    own = ~public | nw.col("id").is_null()
    return rows.with_columns(**{_OWNER: nw.when(own).then(nw.col("account"))})


def plain_kinds(rows: Any) -> Any:
    """Convert categories to strings, decimals to floats, and NaN to missing values.

    ``public`` is a number in what pandas read from a workbook with a missing value.
    """
    kinds = rows.collect_schema()
    texts = [name for name, kind in kinds.items() if kind in (nw.Categorical, nw.Enum)]
    exact = [name for name, kind in kinds.items() if kind == nw.Decimal]
    floats = [name for name, kind in kinds.items() if kind in (nw.Float32, nw.Float64)]
    changes = [
        *(nw.col(name).cast(nw.String) for name in texts),
        *(nw.col(name).cast(nw.Float64) for name in exact),
        *(nw.col(name).fill_nan(None) for name in floats),
    ]
    rows = rows.with_columns(*changes) if changes else rows
    if "public" in kinds and kinds["public"].is_numeric():
        rows = rows.with_columns(nw.col("public").cast(nw.Boolean))
    return rows


def _check_agreement(rows: Any) -> None:
    """Raise if rows of one image contradict each other."""
    present = rows.collect_schema().names()
    identity = identity_in(present)
    images = len(rows.select(*identity).unique())
    if images == len(rows):
        return
    facts = [name for name in (*API_FIELDS, "billing_class") if name in present]
    facts = [name for name in dict.fromkeys(facts) if name not in (*identity, *PARTS.values())]
    cost = cost_column(present)
    facts += [cost] if cost else []
    if rows.schema.get("tags") == nw.List:
        rows = rows.with_columns(_tags=nw.col("tags").list.len())
        facts.append("_tags")
    if len(rows.select(*identity, *facts).unique()) > images:
        image_codes(rows.to_pandas())  # raises and names the image


def _exploded(rows: Any, part: str) -> Any:
    """Return one row per part of an image; Narwhals can't do that for PyArrow."""
    lists = PARTS[part]
    check_lists(rows, lists)
    kind = rows.collect_schema()[lists]
    if kind == nw.Int32:  # DuckDB's type of a column of nulls, before 2.0
        rows = rows.with_columns(nw.col(lists).cast(nw.String))
    if kind in (nw.Int32, nw.Unknown):
        rows = rows.with_columns(nw.col(lists).cast(nw.List(nw.String)))
    if part == "tag":
        rows = rows.with_columns(**{_UNREAD: nw.col(lists).is_null()})
    if rows.implementation.is_pyarrow():
        table = rows.to_native()
        layout = region_rows(list_array(table[lists].to_pylist()))
        exploded = table.drop_columns(lists).take(layout.parents)
        rows = nw.from_native(exploded.append_column(part, layout.region))
    else:
        rows = rows.explode(lists).rename({lists: part})
    if part == "tag":
        unread = nw.when(nw.col(_UNREAD)).then(nw.lit(UNKNOWN_TAG))
        rows = rows.with_columns(tag=unread.otherwise(nw.col("tag")))
    return rows


def check_lists(rows: Any, name: str) -> None:
    """Raise if a list column was converted to strings: each string would count as one value."""
    if rows.collect_schema()[name] == nw.String:
        raise FrameError(
            f"column {name} must contain lists, not text; a CSV file loses the types, Parquet "
            "keeps them"
        )
