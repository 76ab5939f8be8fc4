"""``imagedf summary``: totals by group, counting each image once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from imagedf.cli import _complete
from imagedf.cli._console import say
from imagedf.cli._load import load, proof_line
from imagedf.cli._names import nearest
from imagedf.cli._options import command, grouped_by
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

_GROUPS = ("region", "tag", "age", "month")
LINKED = ("source", "used")
"""The keys that need the whole account."""
_LINK_COLUMNS = ("source_id", "source_name")
_UNFIT = ("tags", "regions", "used_by", "size_gigabytes", "allocated_gigabytes")
"""Lists, and measures that are added up."""


@command(epilog="Example: imagedf summary --by type,region")
@takes_images()
@gives_data()
@grouped_by("Group by these columns; also region, tag, age, month, source, used. Default type.")
def summary(source: Source, output: Output, groups: tuple[str, ...]) -> None:
    """Total images by group, counting each image once.

    Token scopes: image:read; tag:read for tags; droplet:read for images in use; snapshot:read and
    droplet:read for sources.
    """
    frame = load_for(source, groups)
    # Imported now: pandas was imported while page 1 was in flight.
    from imagedf.summary import summarize, totals

    keys = columns_of(groups or ("type",), frame.columns)
    emit(
        summarize(frame, keys),
        output,
        total_label=f"total, {source.counted}",
        total=totals(frame).assign(allocated_gigabytes=lambda row: row["size_gigabytes"]),
        notes=[*present_note(keys), proof_line(frame)],
    )


def present_note(keys: list[str]) -> list[str]:
    """Return a note about groups that share images."""
    shared = " and ".join(f"{key}s" for key in ("region", "tag") if key in keys)
    note = f"An image counts under each of its {shared}: only the allocated columns add up."
    return [note] if shared else []


def load_for(source: Source, groups: Iterable[str]) -> pd.DataFrame:
    """Return the images, with sources and use if they are grouped by these."""
    linked = not set(LINKED).isdisjoint(_keys_of(groups))
    if linked and source.scope != "own":
        raise click.UsageError("--by source and --by used are about your own images: --scope own")
    if not source.paths:  # the columns of a file are known when it is read
        columns_of(groups, (*_complete.COLUMNS, *(_LINK_COLUMNS if linked else ())))
    if not linked:
        return load(source)
    from imagedf.account import link_images
    from imagedf.cli._account_data import load_account

    account = load_account(source)
    for line in account.unknown:
        say(line)
    return link_images(account)


def columns_of(groups: Iterable[str], present: Iterable[str]) -> list[str]:
    """Return the names in ``--by``, checked."""
    keys = _keys_of(groups)
    known = [*dict.fromkeys([*(str(name) for name in present if name not in _UNFIT), *_GROUPS])]
    known += [name for name in LINKED if name not in known]
    for key in keys:
        if key not in known:
            raise click.UsageError(f"--by: {nearest(key, known, 'a column')}")
    if len(set(keys)) != len(keys):
        raise click.UsageError("--by names a column twice")
    return keys


def _keys_of(groups: Iterable[str]) -> list[str]:
    return [key.strip() for group in groups for key in group.split(",")]
