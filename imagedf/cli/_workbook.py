"""``imagedf export -o FILE.xlsx``: a workbook with summary, bill, savings, images and notes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from imagedf.cli._load import load

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.account import Account
    from imagedf.cli._source import Source
    from imagedf.cost import PriceBook


def write_workbook(source: Source, path: str, book: PriceBook, on: datetime | None) -> pd.DataFrame:
    """Write the workbook and return the images; bill and savings include only your own images."""
    from imagedf.cli._account_data import load_account

    account = load_account(source) if source.scope == "own" else None
    frame = load(source) if account is None else account.images

    from imagedf.cost import cost_summary, estimate_cost
    from imagedf.files import to_excel
    from imagedf.frame import day_of
    from imagedf.summary import by_type

    costs = estimate_cost(frame, prices=book, on=day_of(frame, on))
    sheets, notes = {"summary": by_type(costs)}, [str(cost_summary(costs))]
    if account is not None:
        own, unjudged = _own_sheets(account, book, on)
        sheets |= own
        notes += unjudged
        notes += list(() if source.images_only else account.unknown)
    notes += book.describe(day_of(frame, on))
    to_excel({**sheets, "images": costs}, path, notes=notes)
    return frame


def _own_sheets(
    account: Account, book: PriceBook, on: datetime | None
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the bill and the candidates of the default policy, or why there are none."""
    from imagedf.cost import account_bill
    from imagedf.errors import PolicyError
    from imagedf.frame import day_of
    from imagedf.savings import find_savings

    bill = account_bill(account, prices=book, on=day_of(account.images, on))
    try:
        found = find_savings(account, prices=book, now=on)
    except PolicyError as error:
        return {"bill": bill}, [f"What can be deleted is unknown, because {error}."]
    candidates = found[found["deletable"]].drop(columns="not_deletable")
    return {"bill": bill, "savings": candidates}, []
