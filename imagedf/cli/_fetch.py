"""``imagedf fetch``: the complete listing, as a table, data or a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from imagedf.cli import _complete
from imagedf.cli._console import say, shows_progress
from imagedf.cli._load import checked, load, proof_line
from imagedf.cli._options import check_output_directory, command
from imagedf.cli._output import Output, check_columns, emit, gives_data
from imagedf.cli._source import Source, takes_images

if TYPE_CHECKING:
    import pandas as pd

_SHOWN = ("id", "name", "type", "distribution", "size_gigabytes", "regions", "created_at", "status")


@command(epilog="Example: imagedf fetch --private -o images.parquet")
@takes_images("listing")
@gives_data(directory="account_data")
@click.option(
    "--grain",
    type=click.Choice(["exploded", "image"]),
    help="exploded: one row per image and region. image: one row per image. Default exploded, but "
    "image for a table.",
)
@click.option(
    "--account-data",
    is_flag=True,
    help="Write the whole account to the directory of -o, as one Parquet file per frame.",
)
def fetch(source: Source, output: Output, grain: str | None, *, account_data: bool) -> None:
    """Fetch the complete image listing, or read a saved one.

    Fetching one account to a Parquet file is streamed, so memory use stays flat; the file is
    only written if the listing is complete. The directory written by --account-data can be
    passed to --from of savings, bill, export and report.

    Token scopes: image:read; tag:read for tags; those of bill and savings for --account-data.
    """
    if account_data:
        _write_account(source, output)
        return
    if grain != "image" and _is_streamed(source, output):
        _stream(source, str(output.path))
        return
    if not source.paths:
        check_columns(output, (*_complete.COLUMNS, "regions"))
    frame = load(source)
    notes = [proof_line(frame)]
    if grain == "image" or (grain is None and output.for_people):
        from imagedf.frame import collapse_regions

        frame = collapse_regions(frame)
    emit(frame, output, columns=_shown(frame), notes=notes)


def _write_account(source: Source, output: Output) -> None:
    from imagedf.cli._account_data import load_account, write_account

    if output.path is None:
        raise click.UsageError("--account-data needs -o DIR")
    check_output_directory(output.path)
    account = load_account(source)
    names = write_account(account, output.path)
    say(f"wrote {', '.join(names)} to {output.path}: {account.certificate}")
    for line in account.unknown:
        say(line)


def _shown(frame: pd.DataFrame) -> list[str]:
    first = ["account"] if len(frame["account"].unique()) > 1 else []
    names = (name if name in frame else "region" for name in _SHOWN)
    return [*first, *names]


def _is_streamed(source: Source, output: Output) -> bool:
    """Return whether pages can be streamed to the file: one account, and no filters."""
    changed = output.columns or output.sort or output.limit or source.where
    return (
        output.path is not None
        and output.format == "parquet"
        and not changed
        and not source.paths
        and len(source.accounts) + len(source.contexts) < 2
        and not source.all_contexts
        and source.on_incomplete == "raise"
    )


def _stream(source: Source, path: str) -> None:
    from imagedf.client import fetch_parquet

    certificate = fetch_parquet(checked(source), path, own=source.own, progress=shows_progress())
    own = certificate.own_images if source.own else None
    say(f"wrote {path}; {certificate.line(None if own == certificate.images else own)}")
