"""Parse page bodies to the typed, exploded frame: imagedf, user code, and the lower bound."""

from __future__ import annotations

import importlib.util
import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

from tests.benchmarks import data
from tests.benchmarks.common import Candidate, Case, Cost, Goal, Section, compare

_HERE = "tests.benchmarks.parse"
_FLOOR = "floor: orjson.loads"
_OURS = "imagedf, in groups as fetched"
_READ = "imagedf.read_images"
_NORMALIZE = "json.loads, json_normalize"
_TYPES = {
    "id": "Int64", "name": "str", "type": "str", "distribution": "str", "slug": "str",
    "public": "boolean", "region": "str", "min_disk_size": "Int64", "size_gigabytes": "float64",
    "status": "str", "description": "str", "error_message": "str",
}  # fmt: skip
_COLUMNS = [
    "account", "id", "name", "type", "distribution", "slug", "public", "region", "region_count",
    "created_at", "min_disk_size", "size_gigabytes", "allocated_gigabytes", "status", "tags",
    "description", "error_message",
]  # fmt: skip
_CANDIDATES = {
    _FLOOR: ("floor", None),
    _OURS: ("imagedf_groups", None),
    _READ: ("imagedf_read", None),
    "orjson, DataFrame": ("orjson_frame", "orjson"),
    "msgspec, DataFrame": ("msgspec_frame", "msgspec"),
    "polars, JSON lines": ("polars_lines", "polars"),
    "duckdb, from_json": ("duckdb_json", "duckdb"),
    "json.loads, DataFrame": ("json_frame", None),
    _NORMALIZE: ("json_normalize", None),
}


def run(*, quick: bool) -> list[Section]:
    """Compare the parsers at growing sizes."""
    sizes = {10_000: 5, 100_000: 3} if quick else {10_000: 9, 100_000: 5, 1_000_000: 3}
    candidates = {
        name: function
        for name, (function, needs) in _CANDIDATES.items()
        if needs is None or importlib.util.find_spec(needs)
    }
    sections, ours = [], {}
    for images, rounds in sizes.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bodies"
            data.save(path, images)
            arguments = (str(path),)
            costs = compare(
                [Candidate(n, f"{_HERE}:{f}", arguments) for n, f in candidates.items()], rounds
            )
        ours[images] = costs[_OURS].cpu / images
        sections.append(_section(images, rounds, costs))
    spread = max(ours.values()) / min(ours.values())
    sections[-1].goals.append(
        Goal(f"CPU per image, slowest / fastest of {min(sizes):,} to {max(sizes):,}", 1.3, spread)
    )
    return sections


def _section(images: int, rounds: int, costs: dict[str, Cost]) -> Section:
    floor, ours = costs[_FLOOR].cpu, costs[_OURS].cpu
    rows = [
        {"candidate": name, "CPU s": c.cpu, "x orjson": c.cpu / floor, "wall s": c.wall,
         "peak MB": c.peak}
        for name, c in costs.items()
    ]  # fmt: skip
    goals = [
        Goal("imagedf, CPU against orjson.loads", 3.0, ours / floor),
        Goal("read_images, CPU against orjson.loads", 3.4, costs[_READ].cpu / floor),
        Goal("json_normalize, CPU against imagedf", 8, costs[_NORMALIZE].cpu / ours, at_least=True),
    ]
    return Section(f"Parse {images:,} images, medians of {rounds} rounds", rows, goals)


def _signed(frame: pd.DataFrame) -> dict[str, Any]:
    """Return a signature of each column: order, values, missing values and dtype."""
    signs: dict[str, Any] = {"rows": len(frame), "columns": list(frame.columns)}
    for name in frame.columns:
        column = frame[name]
        kind = str(column.dtype)
        if name == "tags":
            column = column.map("|".join)
        # Sums of rows' hashes times places: the order counts.
        hashes = pd.util.hash_pandas_object(column, index=False).to_numpy()
        places = pd.RangeIndex(1, len(hashes) + 1).to_numpy().astype("uint64")
        signs[name] = [kind, int(column.isna().sum()), int((hashes * places).sum())]
    return signs


def finished(images: pd.DataFrame) -> pd.DataFrame:
    """Explode and type image rows with pandas, as a careful user would."""
    images["tags"] = images["tags"].map(lambda cell: cell or [])
    images["region_count"] = images["regions"].map(len).astype("Int64")
    frame = images.explode("regions", ignore_index=True).rename(columns={"regions": "region"})
    frame["account"] = "default"
    frame = frame.astype({**_TYPES, "account": "str"})
    frame["created_at"] = pd.to_datetime(frame["created_at"], utc=True).astype(
        "datetime64[us, UTC]"
    )
    rows = frame["region_count"].clip(lower=1).astype("float64")
    frame["allocated_gigabytes"] = frame["size_gigabytes"] / rows
    return frame[_COLUMNS]


def _case(
    path: str,
    parse: Callable[[list[bytes]], Any],
    check: Callable[[Any], dict[str, Any]] | None = _signed,
) -> Case:
    """Return a case for a parser that has already parsed once, so that no import is timed."""
    bodies = data.load(path)
    parse(bodies[:2])
    return Case(lambda: parse(bodies), check)


def floor(path: str) -> Case:
    """Read each body and discard the objects."""
    import orjson

    def loads(bodies: list[bytes]) -> None:
        for one in bodies:
            orjson.loads(one)

    return _case(path, loads, None)


def imagedf_groups(path: str) -> Case:
    """Parse as a fetch does: groups of pages, exploded, into a frame that grows."""
    from imagedf.frame import GrowingFrame
    from imagedf.pages import GROUP, parse_pages

    def parse(bodies: list[bytes]) -> pd.DataFrame:
        rows = GrowingFrame()
        for start in range(0, len(bodies), GROUP):
            group = parse_pages(bodies[start : start + GROUP])
            rows.add(group.table, "default")
        return rows.frame()

    return _case(path, parse)


def imagedf_read(path: str) -> Case:
    """Parse with the public function for saved responses."""
    import imagedf

    # A listing cut short for warming up is rightly called incomplete.
    warnings.simplefilter("ignore", imagedf.IncompleteListingWarning)
    return _case(path, imagedf.read_images)


def json_normalize(path: str) -> Case:
    """Parse as most people would."""
    return _case(
        path,
        lambda bodies: finished(
            pd.json_normalize([image for body in bodies for image in json.loads(body)["images"]])
        ),
    )


def json_frame(path: str) -> Case:
    """Parse without normalizing what is already flat."""
    return _case(
        path,
        lambda bodies: finished(
            pd.DataFrame([image for body in bodies for image in json.loads(body)["images"]])
        ),
    )


def orjson_frame(path: str) -> Case:
    """Parse with the fastest JSON reader and pandas."""
    import orjson

    return _case(
        path,
        lambda bodies: finished(
            pd.DataFrame([image for body in bodies for image in orjson.loads(body)["images"]])
        ),
    )


def msgspec_frame(path: str) -> Case:
    """Decode to typed objects, checked on the way, and collect rows."""
    import msgspec

    names = [name for name in _TYPES if name != "region"]
    kinds: dict[str, Any] = dict.fromkeys(names, str | None)
    kinds |= {"id": int | None, "public": bool | None, "min_disk_size": int | None}
    kinds |= {"size_gigabytes": float | None, "created_at": str | None}
    kinds |= dict.fromkeys(("regions", "tags"), list[str] | None)
    image: Any = msgspec.defstruct("Image", [(name, kind, None) for name, kind in kinds.items()])
    page: Any = msgspec.defstruct("Body", [("images", list[image])])
    read = msgspec.json.Decoder(page).decode

    def parse(bodies: list[bytes]) -> pd.DataFrame:
        rows: list[Any] = []
        for body in bodies:
            rows.extend(map(msgspec.structs.astuple, read(body).images))
        return finished(pd.DataFrame(rows, columns=list(kinds)))

    return _case(path, parse)


def _signed_arrow(table: Any) -> dict[str, Any]:
    """Return a signature of another engine's frame, by the values that ours would have."""
    from imagedf.frame import to_frame
    from imagedf.schema import EXPLODED_SCHEMA

    return _signed(to_frame(table.select(EXPLODED_SCHEMA.names).cast(EXPLODED_SCHEMA)))


def polars_lines(path: str) -> Case:
    """Parse all bodies as JSON lines with polars, to its own frame."""
    import polars as pl

    texts = ("name", "type", "distribution", "slug", "created_at", "status", "description")
    fields: dict[str, Any] = dict.fromkeys((*texts, "error_message"), pl.String)
    fields |= {"id": pl.Int64, "public": pl.Boolean, "min_disk_size": pl.Int64}
    fields |= {"size_gigabytes": pl.Float64}
    fields |= dict.fromkeys(("regions", "tags"), pl.List(pl.String))

    def parse(bodies: list[bytes]) -> Any:
        lines = pl.read_ndjson(b"\n".join(bodies), schema={"images": pl.List(pl.Struct(fields))})
        images = lines.explode("images", empty_as_null=False).unnest("images")
        count = pl.col("regions").list.len().cast(pl.Int64)
        created = pl.col("created_at").str.to_datetime("%Y-%m-%dT%H:%M:%SZ", time_unit="us")
        return images.with_columns(
            created_at=created.dt.replace_time_zone("UTC"),
            region_count=count,
            allocated_gigabytes=pl.col("size_gigabytes") / pl.max_horizontal(count, 1),
            account=pl.lit("default"),
            region=pl.col("regions"),
        ).explode("region", empty_as_null=True)

    return _case(path, parse, lambda frame: _signed_arrow(frame.to_arrow()))


_DUCKDB = """
with pages as (select unnest(from_json(body, '{"images": [{"id": "BIGINT", "name": "VARCHAR",
    "type": "VARCHAR", "distribution": "VARCHAR", "slug": "VARCHAR", "public": "BOOLEAN",
    "regions": ["VARCHAR"], "created_at": "TIMESTAMPTZ", "min_disk_size": "BIGINT",
    "size_gigabytes": "DOUBLE", "description": "VARCHAR", "tags": ["VARCHAR"],
    "status": "VARCHAR", "error_message": "VARCHAR"}]}').images) as image from bodies),
images as (select unnest(image) from pages)
select 'default' as account, * exclude (regions), len(regions)::bigint as region_count,
    size_gigabytes / greatest(len(regions), 1) as allocated_gigabytes,
    unnest(case when len(regions) = 0 then [null] else regions end) as region
from images
"""


def duckdb_json(path: str) -> Case:
    """Parse all bodies with DuckDB's JSON functions, to an Arrow table."""
    import duckdb
    import pyarrow as pa

    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")

    def parse(bodies: list[bytes]) -> Any:
        table = pa.table({"body": pa.array(bodies, pa.binary()).cast(pa.string())})
        connection.register("bodies", table)
        return connection.sql(_DUCKDB).to_arrow_table()

    return _case(path, parse, _signed_arrow)
