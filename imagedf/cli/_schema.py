"""``imagedf schema``: the columns of frames and files, with their meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import click

from imagedf.cli import _complete
from imagedf.cli._names import nearest
from imagedf.cli._options import command
from imagedf.cli._output import Output, emit, gives_data

if TYPE_CHECKING:
    from collections.abc import Iterable

    from imagedf.schema import Column

_STAR_ONLY = {
    "image_key": "identifies an image on a day: account|date|id, then |2, |3 where an id repeats",
    "snapshot_date": "the day recorded, or the day of the fetch",
    "tag_count": "number of tags; missing if they were not readable",
    "billing_class": "free, snapshot, custom, backup or volume_snapshot",
    "monthly_cost_usd": "estimated cost per month; missing if unknown",
    "cost_note": "why a cost is 0 or unknown",
    "allocated_cost_usd": "monthly cost divided evenly over the rows of the image",
    "allocated_gigabytes": "size divided evenly over the rows of the image",
    "use_count": "number of Droplets and pools that use the image; missing if unknown",
    "tag": "one tag of the image",
    "droplet_id": "the Droplet that uses the image",
    "pool_id": "the autoscale pool that uses the image",
    "backup_count": "number of its backups; missing if unknown",
    "snapshot_count": "number of its snapshots; missing if unknown",
    "volume_count": "number of its volumes; missing if unknown",
}
_UNITS = {"monthly_cost_usd": "USD", "allocated_cost_usd": "USD", "allocated_gigabytes": "GB"}


class _Row(NamedTuple):
    table: str
    column: str
    dtype: str
    unit: str
    meaning: str


@command(epilog="Example: imagedf schema images --format csv")
@click.argument("table", required=False, metavar="[TABLE]", shell_complete=_complete.tables)
@gives_data()
def schema(output: Output, table: str | None) -> None:
    """Show the columns of each table and their meaning.

    TABLE is a frame, such as images or droplets, or a table of the star, such as star/images.
    Without TABLE, a table shows only the names of all columns; csv and json describe each.
    """
    import pandas as pd

    rows = [*_frames(), *_star()]
    if table is not None:
        known = list(dict.fromkeys(row.table for row in rows))
        if table not in known:
            raise click.UsageError(nearest(table, known, "a table"))
        rows = [row for row in rows if row.table == table]
    described = pd.DataFrame(rows, columns=_Row._fields)
    if table is not None or not output.for_people:
        emit(described, output, columns=_Row._fields[1:])
        return
    names = described.groupby("table", sort=False)["column"].agg(list).reset_index(name="columns")
    emit(names, output, notes=["imagedf schema TABLE shows the type, unit and meaning of each."])


def _frames() -> list[_Row]:
    from imagedf.schema import ACCOUNT_FRAMES, EXPLODED, IMAGE, LINKS

    frames: dict[str, Iterable[Column]] = {
        **ACCOUNT_FRAMES,
        "images": dict.fromkeys([*EXPLODED, *IMAGE, *LINKS]),
    }
    return [
        _Row(table, column.name, column.dtype, column.unit, column.meaning)
        for table, columns in frames.items()
        for column in columns
    ]


def _star() -> list[_Row]:
    """Return the columns of the star; each means the same as in its frame, or in that of images."""
    from imagedf.schema import STAR, STAR_OF_ACCOUNT

    frames = _frames()
    described = {row.column: row for row in reversed(frames)}
    own = {(row.table, row.column): row for row in frames}
    own["volume_snapshots", "region"] = own["volume_snapshots", "regions"]
    rows = []
    for table, fields in {**STAR, **STAR_OF_ACCOUNT}.items():
        for field in fields:
            known = own.get((table, field.name)) or described.get(field.name)
            unit = _UNITS.get(field.name, known.unit if known else "")
            meaning = _STAR_ONLY.get(field.name, known.meaning if known else "")
            rows.append(_Row(f"star/{table}", field.name, str(field.type), unit, meaning))
    return rows
