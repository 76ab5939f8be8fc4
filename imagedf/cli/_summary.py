"""``imagedf summary``: totals by group, counting each image once."""

from __future__ import annotations

from collections.abc import Iterable

import click

from imagedf.cli._options import command
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, load, proof_line, takes_images

_GROUPS = ("region", "tag", "age", "month")


@command(epilog="Example: imagedf summary --by type,region")
@takes_images()
@gives_data()
@click.option(
    "--by",
    "groups",
    multiple=True,
    metavar="COLUMN[,COLUMN]",
    help="Columns to group by; also region, tag, age and month. Default type.",
)
def summary(source: Source, output: Output, groups: tuple[str, ...]) -> None:
    """Add the images up by group, each image once."""
    from imagedf.summary import summarize, totals

    frame = load(source)
    keys = columns_of(groups or ("type",), frame.columns)
    emit(
        summarize(frame, keys),
        output,
        total=totals(frame).assign(allocated_gigabytes=lambda row: row["size_gigabytes"]),
        notes=[proof_line(frame.attrs.get("imagedf"))],
    )


def columns_of(groups: Iterable[str], present: Iterable[str]) -> list[str]:
    """Split what ``--by`` was given; a name that is no column gets the one it was meant to be."""
    import difflib

    keys = [key.strip() for group in groups for key in group.split(",")]
    unfit = ("tags", "regions", "size_gigabytes", "allocated_gigabytes")
    known = [*dict.fromkeys([*(str(name) for name in present if name not in unfit), *_GROUPS])]
    for key in keys:
        if key not in known:
            close = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(known)}"
            raise click.UsageError(f"--by {key!r:.40} is no column{hint}")
    if len(set(keys)) != len(keys):
        raise click.UsageError("--by names a column twice")
    return keys
