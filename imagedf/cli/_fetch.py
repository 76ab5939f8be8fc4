"""``imagedf fetch``: the complete listing, as a table, data or a file."""

from __future__ import annotations

import click

from imagedf._text import counted
from imagedf.cli._console import say, shows_progress
from imagedf.cli._options import command
from imagedf.cli._output import Output, emit, gives_data
from imagedf.cli._source import Source, checked, load, proof_line, takes_images

_SHOWN = ("id", "name", "type", "distribution", "status", "size_gigabytes")


@command(
    epilog="Example: imagedf fetch --private -o images.parquet",
)
@takes_images()
@gives_data()
@click.option(
    "--grain",
    type=click.Choice(["exploded", "image"]),
    default="exploded",
    show_default=True,
    help="One row per image and region, or one per image.",
)
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
