"""Put what was estimated beside what DigitalOcean billed."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pandas as pd

from imagedf.cost._amounts import exact_sum
from imagedf.cost._invoice import Line, read_invoice
from imagedf.errors import missing_columns
from imagedf.frame import require_one_day
from imagedf.schema import COST_PREFIX, cost_column
from imagedf.summary import image_rows_on

_USD = f"{COST_PREFIX}usd"
_BY_ID, _BY_PRODUCT, _ESTIMATE, _INVOICE, _OTHER = _MATCHES = (
    "resource id",
    "product line",
    "estimate only",
    "invoice only",
    "other product",
)
_CLASSES = (
    ("snapshot", re.compile(r"\bsnapshots?\b", re.IGNORECASE)),
    ("backup", re.compile(r"\bbackups?\b", re.IGNORECASE)),
    ("custom", re.compile(r"\bimages?\b", re.IGNORECASE)),
)
# What these keep is not in the image listing.
_ELSEWHERE = re.compile(r"\b(volumes?|databases?|registry|snapshooter)\b", re.IGNORECASE)
_DTYPES = {
    "match": "str",
    "product": "str",
    "billing_class": "str",
    "account": "str",
    "id": "Int64",
    "name": "str",
    "images": "Int64",
    "lines": "Int64",
    "hours": "float64",
    "estimated_usd": "object",
    "billed_usd": "object",
    "difference_usd": "object",
    "difference_percent": "float64",
    "unknown_cost": "Int64",
}


@dataclass(slots=True)
class _Group:
    """Images and lines of an invoice that belong together."""

    images: list[int] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)


def reconcile(
    costs: pd.DataFrame, invoice: str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
) -> pd.DataFrame:
    r"""Put the estimated costs of images beside the lines of an invoice.

    Parameters
    ----------
    costs : pandas.DataFrame
        What ``estimate_cost`` gave for the account that the invoice is of, in USD; best of a
        listing from the end of the invoice's month, priced ``on`` that day.
    invoice : path, or list of paths
        The CSV of an invoice (``doctl invoice csv``), or the JSON of its items
        (``doctl invoice get -o json``), all pages of it. Needed are ``product`` and ``USD`` or
        ``amount``; ``resource_id``, ``hours`` or ``duration`` and ``description`` are used
        where they are there, and any other column is ignored.

    Returns
    -------
    pandas.DataFrame
        One row per image, resource or product line, by ``match``: ``resource id`` (the
        invoice names the image), ``product line`` (all other images of one billing class
        beside all lines of such a product), ``estimate only``, ``invoice only``, and ``other
        product`` for what an image listing does not hold. ``images`` and ``lines`` count what
        the row holds; ``hours`` is the longest that was billed. ``estimated_usd`` [USD a
        month, known costs], ``billed_usd`` and ``difference_usd`` (billed less estimated) are
        exact ``decimal.Decimal``, ``difference_percent`` is of the estimate. An amount is
        missing where a side has none, and the difference also where the estimate is not
        known; ``unknown_cost`` counts the images of unknown cost. Public images are left
        out. The estimates add up to the known cost of ``cost_summary``, what was billed to
        the invoice. By ``match``, then the largest difference first.

    Raises
    ------
    ImagedfError
        A file is no invoice, or pages of it are missing; names the file.
    FrameError
        The frame has no costs in USD.
    ValueError
        The frame holds several days of a history.

    See Also
    --------
    estimate_cost : Makes the costs.
    cost_summary : Their total.

    Notes
    -----
    The columns are those of the published specification
    (https://docs.digitalocean.com/reference/api/reference/billing/), whose examples show no
    line for an image. How such a line is worded, whether it carries the id of the image, and
    whether one line stands for one image, could only be tried on invented invoices. A product
    is taken for images when its name says snapshot, backup or image, and not volume, database
    or registry. The ids of a product count once one of its lines names an image; until then
    they may be those of Droplets, as with backups.

    The estimate is for a whole month at today's size. An invoice bills the hours that an image
    existed in its month: one made in mid-month is billed a part of it, and one deleted since
    is on the invoice only. How a part of a month is computed is not published, so nothing is
    prorated here; ``hours`` (744 in a month of 31 days) tells such lines apart. Lines are
    rounded to the cent, and taxes and credits have lines of their own.

    Examples
    --------
    >>> import imagedf, tempfile, pathlib
    >>> from datetime import date
    >>> frame = imagedf.read_images("data/documented_page.json")
    >>> costs = imagedf.estimate_cost(frame, on=date(2026, 11, 1))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "invoice.csv")
    ...     _ = path.write_text("product,USD\nSnapshots,$0.57\nCustom Images,$0.14\n")
    ...     rows = imagedf.reconcile(costs, path)
    >>> rows[["product", "images", "estimated_usd", "billed_usd", "difference_usd"]]
             product  images estimated_usd billed_usd difference_usd
    0      Snapshots       4        0.5616       0.57         0.0084
    1  Custom Images       1        0.1404       0.14        -0.0004
    """
    images = _charged(costs)
    paths = [invoice] if isinstance(invoice, str | os.PathLike) else list(invoice)
    groups = _matched(images, read_invoice(paths))
    records = list(images.rename(columns={_USD: "cost"}).itertuples(index=False))
    rows = [_row(match, group, records) for match, group in groups]
    rows.sort(key=_rank)
    table = {name: [row[name] for row in rows] for name in _DTYPES}
    return pd.DataFrame(
        {name: pd.Series(table[name], dtype=dtype) for name, dtype in _DTYPES.items()}
    )


def _charged(costs: pd.DataFrame) -> pd.DataFrame:
    """Return one row per image that is not free."""
    require_one_day(costs, "costs")
    if cost_column(costs.columns) != _USD:
        raise missing_columns([_USD], costs.columns)
    wanted = ["account", "id", "name", "billing_class", _USD]
    images: pd.DataFrame = image_rows_on(costs, wanted, []).to_native()
    return images[images["billing_class"] != "free"].reset_index(drop=True)


def _kind(line: Line) -> str | None:
    """Say which images a line is about, if any."""
    if _ELSEWHERE.search(line.product):
        return None
    return next((name for name, words in _CLASSES if words.search(line.product)), None)


def _matched(images: pd.DataFrame, lines: Sequence[Line]) -> list[tuple[str, _Group]]:
    ids = ["" if pd.isna(number) else str(number) for number in images["id"]]
    about = [(line, _kind(line)) for line in lines]
    named = {line.resource_id for line, kind in about if kind} & set(ids) - {""}
    trusted = {line.product for line, kind in about if kind and line.resource_id in named}
    groups: dict[tuple[str, Any], _Group] = {}
    key: tuple[str, Any]
    for line, kind in about:
        if kind is None:
            key = (_OTHER, line.product)
        elif line.resource_id in named:
            key = (_BY_ID, line.resource_id)
        elif line.resource_id and line.product in trusted:
            key = (_INVOICE, line.resource_id)
        else:
            key = (_BY_PRODUCT, kind)
        groups.setdefault(key, _Group()).lines.append(line)
    for row, (number, kind) in enumerate(zip(ids, images["billing_class"], strict=True)):
        by_id, by_product = groups.get((_BY_ID, number)), groups.get((_BY_PRODUCT, kind))
        group = by_id or by_product or groups.setdefault((_ESTIMATE, row), _Group())
        group.images.append(row)
    return [
        (match if group.images else _alone(match), group) for (match, _), group in groups.items()
    ]


def _alone(match: str) -> str:
    """Name what has no images."""
    return _OTHER if match == _OTHER else _INVOICE


def _row(match: str, group: _Group, images: Sequence[Any]) -> dict[str, Any]:
    held = [images[at] for at in group.images]
    known = [image.cost for image in held if not math.isnan(image.cost)]
    estimated = _money(exact_sum(known)) if known else None
    billed = _money(sum((line.amount for line in group.lines), Decimal(0))) if group.lines else None
    difference = None
    if match != _OTHER and (known or not held):
        difference = _money((billed or Decimal(0)) - (estimated or Decimal(0)))
    percent = None if difference is None or not estimated else difference / estimated * 100
    kinds = {*(image.billing_class for image in held), *(_kind(line) for line in group.lines)}
    alone = held[0] if len(held) == 1 else None
    return {
        "match": match,
        "product": "; ".join(sorted({line.product for line in group.lines})) or None,
        "billing_class": kinds.pop() if len(kinds) == 1 else None,
        "account": alone and alone.account,
        "id": alone.id if alone else _id_of(group),
        "name": alone and alone.name,
        "images": len(held),
        "lines": len(group.lines),
        "hours": max((line.hours for line in group.lines if line.hours is not None), default=None),
        "estimated_usd": estimated,
        "billed_usd": billed,
        "difference_usd": difference,
        "difference_percent": None if percent is None else float(percent),
        "unknown_cost": len(held) - len(known),
    }


def _id_of(group: _Group) -> int | None:
    """Return the one resource that all lines of a group name, if there is one."""
    numbers = {line.resource_id or "" for line in group.lines}
    number = numbers.pop() if len(numbers) == 1 else ""
    return int(number) if number.isdecimal() and len(number) < 19 else None


def _money(amount: Decimal) -> Decimal:
    """Drop zeros behind the cents."""
    in_cents = amount.quantize(Decimal("0.01"))
    return in_cents if in_cents == amount else amount.normalize()


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    amounts = [row[f"{name}_usd"] for name in ("difference", "billed", "estimated")]
    largest = next((abs(amount) for amount in amounts if amount is not None), Decimal(0))
    texts = (str(row[name]) for name in ("product", "id", "name", "account"))
    return (_MATCHES.index(row["match"]), -largest, *texts)
