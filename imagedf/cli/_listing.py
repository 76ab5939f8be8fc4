"""The commands that list images and add them up: fetch, summary, schema."""

from __future__ import annotations

from collections.abc import Iterable

import click

from imagedf._text import counted
from imagedf.cli._console import say, shows_progress, talks
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._sources import Source, checked, load, proof_line, takes_images

_SHOWN = ("id", "name", "type", "distribution", "status", "size_gigabytes")
_GROUPS = ("region", "tag", "age", "month")


@click.command(
    epilog="Example: imagedf fetch --private -o images.parquet",
)
@takes_images
@gives_data()
@click.option(
    "--grain",
    type=click.Choice(["exploded", "image"]),
    default="exploded",
    show_default=True,
    help="One row per image and region, or one per image.",
)
@talks
def fetch(source: Source, output: Output, grain: str) -> None:
    """Fetch the whole image listing, or read a saved one.

    One account straight into a Parquet file is streamed: memory does not grow with the
    listing, and there is a file only when the listing is complete.
    """
    streamed = not source.paths and len(source.accounts) < 2 and source.on_incomplete == "raise"
    if output.path is not None and output.format == "parquet" and grain == "exploded" and streamed:
        _stream(source, output.path)
        return
    frame = load(source)
    if grain == "image":
        from imagedf.frame import collapse_regions

        frame = collapse_regions(frame)
    shown = ["account"] if len(frame["account"].unique()) > 1 else []
    shown += [*_SHOWN, "regions" if grain == "image" else "region"]
    emit(frame, output, columns=shown, notes=[proof_line(frame.attrs.get("imagedf"))])


def _stream(source: Source, path: str) -> None:
    from imagedf.client import fetch_parquet

    certificate = fetch_parquet(checked(source), path, progress=shows_progress())
    say(
        f"wrote {path}: {counted(certificate.images, 'image')}; {proof_line(certificate.to_dict())}"
    )


@click.command(epilog="Example: imagedf summary --by type,region")
@takes_images
@gives_data()
@click.option(
    "--by",
    "groups",
    multiple=True,
    metavar="COLUMN[,COLUMN]",
    help="Columns to group by; also region, tag, age and month. Default type.",
)
@talks
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


@click.command(epilog="Example: imagedf schema --format csv")
@gives_data()
@talks
def schema(output: Output) -> None:
    """Print the columns of a frame and their meaning."""
    import pandas as pd

    from imagedf.schema import EXPLODED, IMAGE

    columns = dict.fromkeys([*EXPLODED, *IMAGE])
    rows = [(c.name, c.dtype, c.unit, c.meaning) for c in columns]
    emit(pd.DataFrame(rows, columns=["column", "dtype", "unit", "meaning"]), output)
