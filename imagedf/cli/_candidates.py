"""Deletion candidates as table columns for people, and as lines for scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from imagedf._text import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from imagedf.account import Account
    from imagedf.savings import SavingsSummary


LESS_OF_A_LIST = ("series", "selected_by", "source", "age_days")
"""The columns of the list that a narrow terminal omits: never the id."""


def series_columns(series: pd.DataFrame) -> list[str]:
    """Return the columns of the table per series."""
    several = [name for name in ("account", "type") if len(series[name].unique()) > 1]
    counts = ["images", "deletable", "review"]
    return [*several, "series", *counts, "deletable_gigabytes", _saved(series)]


def list_columns(found: pd.DataFrame) -> list[str]:
    """Return the columns of the table of candidates."""
    several = ["account"] if len(found["account"].unique()) > 1 else []
    source = ["source"] if found["source"].notna().any() else []
    amounts = ["age_days", "size_gigabytes", _saved(found)]
    rules = ["selected_by"] if len(found["selected_by"].unique()) > 1 else []
    return [*several, "id", "name", "series", *source, *amounts, *rules]


def deletable_total(summary: SavingsSummary, columns: Sequence[str]) -> pd.DataFrame:
    """Return the totals of what can be deleted, in the columns of a table of its parts."""
    import pandas as pd

    part = summary.deletable
    cost = None if part.monthly_cost is None else summary.in_cents(part)
    totals = {
        "deletable": part.images,
        "deletable_gigabytes": part.size_gigabytes,
        "size_gigabytes": part.size_gigabytes,
        f"monthly_savings_{summary.currency.lower()}": cost,
    }
    return pd.DataFrame({name: [totals[name]] for name in columns if name in totals})


def _saved(frame: pd.DataFrame) -> str:
    return next(name for name in map(str, frame) if name.startswith("monthly_savings_"))


def with_sources(found: pd.DataFrame, account: Account) -> pd.DataFrame:
    """Return the candidates with the name of the Droplet instead of here and gone."""
    from imagedf.account import link_images

    links = link_images(account)
    known = {
        (image.account, image.id): _source(image)
        for image in links.itertuples()
        if isinstance(image.source, str)
    }
    keys = zip(found["account"], found["id"], strict=True)
    words = [known.get(key, source) for key, source in zip(keys, found["source"], strict=True)]
    return found.assign(source=words).astype({"source": "str"})


def _source(image: Any) -> str:
    if image.source == "here":
        return str(image.source_name)
    number = "" if image.source_id != image.source_id else f" {image.source_id}"  # NaN
    return f"Droplet{number}, not in this account"


def ids(candidates: pd.DataFrame) -> list[str]:
    """Return the ids, one per candidate."""
    return [str(number) for number in candidates["id"]]


def with_unique_id(found: pd.DataFrame) -> pd.DataFrame:
    """Return the candidates whose id no other image has, because images are deleted by id."""
    import click

    shared = found.duplicated(["account", "id"], keep=False)
    candidates = found[found["deletable"]]
    own = candidates[candidates["id"].notna() & ~shared[candidates.index]]
    if len(own) < len(candidates):
        skipped = len(candidates) - len(own)
        click.echo(
            f"imagedf: warning: skipped {skipped} images whose id is missing or not unique",
            err=True,
        )
    return own


def doctl_lines(candidates: pd.DataFrame) -> list[str]:
    """Return commented-out commands, one per candidate, followed by the name."""
    lines = []
    several = len(candidates["account"].unique()) > 1
    for account, images in candidates.groupby("account", sort=False):
        lines += [f"# account {one_line(str(account))}"] if several else []
        lines += [_doctl(image) for image in images.itertuples()]
    return lines


def _doctl(image: Any) -> str:
    kind = "snapshot" if image.type == "volume_snapshot" else "image"
    # A name may contain line breaks, and the text after one would be a command.
    return f"# doctl compute {kind} delete {image.id} --force  # {one_line(str(image.name))}"
