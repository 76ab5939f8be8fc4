"""``--budget``: compare the known cost with an amount, and mention unknown costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from imagedf._text import in_cents
from imagedf.cli._console import BUDGET, alert, console_state, say
from imagedf.cli._options import amount

if TYPE_CHECKING:
    from decimal import Decimal

with_budget = click.option(
    "--budget", type=amount, help="Exit with code 7 if the known monthly cost exceeds this amount."
)


def check_budget(
    known: Decimal | None, currency: str, budget: Decimal, unknown: Sequence[str]
) -> None:
    """Exit with 7 if the known cost exceeds the budget; mention costs that are unknown.

    ``known`` is in cents, as printed; None if something is stored and no cost is known.
    """
    rest = "".join(f"; {text}" for text in unknown)
    limit = f"{_as_given(budget)} {currency} per month"
    if known is None:
        say(f"not compared with the budget of {limit}{rest}")
    elif known <= budget:
        say(f"within budget: known cost is {in_cents(known)} of {limit}{rest}")
    else:
        alert(f"over budget: known cost is {in_cents(known)}, budget {limit}{rest}")
        # A partial listing has its own exit code.
        click.get_current_context().exit(console_state().exit_code or BUDGET)


def _as_given(budget: Decimal) -> str:
    """Return a budget to the cent, or with its own decimals: a rounded one can equal the cost."""
    decimals = len(f"{budget:f}".partition(".")[2])
    return f"{budget:,.{max(decimals, 2)}f}"
