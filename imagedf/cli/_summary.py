"""``imagedf summary``: totals by group, counting each image once."""

from __future__ import annotations

from collections.abc import Iterable

import click

from imagedf.cli._load import load, proof_line
from imagedf.cli._names import nearest
from imagedf.cli._options import command, grouped_by
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, takes_images

_GROUPS = ("region", "tag", "age", "month")


@command(epilog="Example: imagedf summary --by type,region")
@takes_images()
@gives_data()
@grouped_by("Group by these columns; also region, tag, age and month. Default type.")
def summary(source: Source, output: Output, groups: tuple[str, ...]) -> None:
    """Total images by group, counting each image once."""
    from imagedf.summary import summarize, totals

    frame = load(source)
    keys = columns_of(groups or ("type",), frame.columns)
    emit(
        summarize(frame, keys),
        output,
        total_label=f"total, {source.counted}",
        total=totals(frame).assign(allocated_gigabytes=lambda row: row["size_gigabytes"]),
        notes=[proof_line(frame)],
    )


def columns_of(groups: Iterable[str], present: Iterable[str]) -> list[str]:
    """Split what ``--by`` was given, and check the names."""
    keys = [key.strip() for group in groups for key in group.split(",")]
    unfit = ("tags", "regions", "size_gigabytes", "allocated_gigabytes")
    known = [*dict.fromkeys([*(str(name) for name in present if name not in unfit), *_GROUPS])]
    for key in keys:
        if key not in known:
            raise click.UsageError(f"--by: {nearest(key, known, 'a column')}")
    if len(set(keys)) != len(keys):
        raise click.UsageError("--by names a column twice")
    return keys
