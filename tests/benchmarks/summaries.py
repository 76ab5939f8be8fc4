"""Summaries, cost, savings, diff, export and report on many images, compared with plain pandas.

Each plain version is what a careful user writes by hand on the same exploded frame: each
image once, missing keys kept, then one groupby with the same figures as imagedf.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.frame import certificate
from tests.benchmarks import data
from tests.benchmarks.common import Candidate, Case, Cost, Goal, Section, compare, interleaved

_HERE = "tests.benchmarks.summaries"
_NOW = datetime(2026, 11, 24, tzinfo=UTC)
_KEYS = ["account", "id", "name"]
_RATE = 0.06
_REPORTED = 10_000


def run(*, quick: bool) -> list[Section]:
    """Compare each function with plain pandas, then measure the report."""
    images, rounds = (100_000, 3) if quick else (1_000_000, 5)
    return [*_functions(images, rounds), _report(3)]


def _functions(images: int, rounds: int) -> list[Section]:
    frame = _frame(images)
    grain = _once(frame)
    with tempfile.TemporaryDirectory() as folder:
        _warm_up(Path(folder))
        both = _cases(frame, Path(folder))
        costs = {name: interleaved(dict(pair), rounds) for name, pair in both.items()}
    on_images = {name: interleaved(dict(pair), rounds) for name, pair in _on_grain(grain).items()}
    title = f"{images:,} images, {len(frame):,} rows, medians of {rounds} rounds"
    return [
        _section(f"From exploded rows: {title}", costs),
        _section(f"From image rows, the groupby alone: {images:,} images", on_images, bar=None),
    ]


def _warm_up(folder: Path) -> None:
    """Run everything on a few images, so that imports on first use don't count."""
    for pair in _cases(_frame(1_000), folder).values():
        for _, case in pair:
            case.run()


def _section(title: str, costs: dict[str, dict[str, Cost]], bar: float | None = 2.0) -> Section:
    rows, goals = [], []
    for name, pair in costs.items():
        ours, plain = pair["imagedf"], pair["plain"]
        ratio = ours.cpu / plain.cpu
        rows.append(
            {
                "function": name,
                "imagedf CPU s": ours.cpu,
                "plain CPU s": plain.cpu,
                "ratio": ratio,
                "peak MB": ours.peak,
                "plain peak MB": plain.peak,
            }
        )
        if bar is not None:
            goals.append(Goal(f"{name}: CPU against plain pandas", bar, ratio))
    return Section(title, rows, goals)


def _report(rounds: int) -> Section:
    cost = compare([Candidate("report", f"{_HERE}:report", (_REPORTED,))], rounds)["report"]
    row = {"report": f"{_REPORTED:,} images with charts", "CPU s": cost.cpu, "wall s": cost.wall,
           "peak MB": cost.peak}  # fmt: skip
    goal = Goal(f"report of {_REPORTED:,} images: CPU s", 5.0, cost.cpu)
    return Section(f"Report, medians of {rounds} rounds", [row], [goal])


def _frame(images: int) -> pd.DataFrame:
    from imagedf import read_images

    return read_images(list(data.bodies(images)))


def report(images: int) -> Case:
    """Write the HTML report with its charts; imports count, as they do for a user."""
    frame = _frame(images)
    folder = tempfile.TemporaryDirectory()
    path = Path(folder.name) / "report.html"

    def write() -> None:
        importlib.import_module("imagedf.report").write_report(frame, path)

    return Case(write, lambda _: folder.cleanup())


def _once(frame: pd.DataFrame) -> pd.DataFrame:
    """Keep one row per image, as most people would."""
    return frame.drop_duplicates(_KEYS)


_Pair = tuple[tuple[str, Case], tuple[str, Case]]


def _pair(ours: Callable[[], Any], plain: Callable[[], Any], check: Callable[[Any], Any]) -> _Pair:
    return ("imagedf", Case(ours, check)), ("plain", Case(plain, check))


def _cases(frame: pd.DataFrame, folder: Path) -> dict[str, _Pair]:
    import imagedf

    keys = {
        "by_type": "type",
        "by_distribution": "distribution",
        "by_status": "status",
        "by_region": "region",
    }
    cases = {
        name: _pair(
            lambda name=name: getattr(imagedf, name)(frame),  # type: ignore[misc] # a default
            lambda key=key: _grouped(_parted(frame, key), key),  # type: ignore[misc] # a default
            _figures,
        )
        for name, key in keys.items()
    }
    cases["by_tag"] = _pair(
        lambda: imagedf.by_tag(frame), lambda: _grouped(_tagged(_once(frame)), "tag"), _figures
    )
    cases["by_age"] = _pair(
        lambda: imagedf.by_age(frame, now=_NOW),
        lambda: _grouped(_aged(_once(frame)), "age"),
        _figures,
    )
    cases["totals"] = _pair(
        lambda: imagedf.totals(frame), lambda: _totals(_once(frame)), _totals_of
    )
    cases["estimate_cost"] = _pair(
        lambda: imagedf.estimate_cost(frame, on=_NOW.date()),
        lambda: _priced(_once(frame)),
        _cost_figures,
    )
    policy = imagedf.Policy([imagedf.Select(older_than=90)])
    cases["find_savings"] = _pair(
        lambda: _savings(frame, policy),
        lambda: _old(_priced(_once(frame))),
        _saving_figures,
    )
    older = _changed(frame)
    cases["diff_images"] = _pair(
        lambda: imagedf.diff_images(older, frame), lambda: _diff(older, frame), _diff_figures
    )
    cases["export_star"] = _pair(
        lambda: imagedf.export_star(frame, folder / "ours"),
        lambda: _export(frame, folder / "plain"),
        _star_figures,
    )
    cases["to_parquet"] = _pair(
        lambda: imagedf.to_parquet(frame, folder / "ours.parquet"),
        lambda: _to_parquet(frame, folder / "plain.parquet"),
        _file_figures,
    )
    return cases


def _savings(frame: pd.DataFrame, policy: Any) -> pd.DataFrame:
    """Find savings as in a new process: the series of names are known only after the first time."""
    import imagedf
    from imagedf.savings import series_of

    series_of.cache_clear()
    return imagedf.find_savings(frame, policy, now=_NOW)


def _on_grain(grain: pd.DataFrame) -> dict[str, _Pair]:
    import imagedf

    grain = grain.drop(columns=["region", "region_count", "allocated_gigabytes"])
    return {
        name: _pair(
            lambda key=key: imagedf.summarize(grain, key),  # type: ignore[misc] # a default
            lambda key=key: _grouped(grain, key),  # type: ignore[misc] # a default
            _figures,
        )
        for name, key in (("by_type", "type"), ("by_distribution", "distribution"))
    }


def _to_parquet(frame: pd.DataFrame, path: Path) -> Path:
    frame.to_parquet(path, compression="zstd")
    return path


def _file_figures(path: Path) -> Any:
    """Return a signature of each column of a file: missing values, and a sum over all values."""
    table = pq.read_table(path)
    return {name: _column_figures(table[name]) for name in table.column_names}


def _column_figures(column: pa.ChunkedArray) -> list[Any]:
    values = pc.list_flatten(column) if pa.types.is_list(column.type) else column
    if pa.types.is_timestamp(values.type):
        values = values.cast(pa.int64())
    if not (pa.types.is_integer(values.type) or pa.types.is_floating(values.type)):
        values = pc.binary_length(values.cast(pa.large_string()))
    return [len(column), values.null_count, round(float(pc.sum(values).as_py()), 3)]


def _star_figures(folder: Path) -> Any:
    """Return a signature of the columns that a star table has in both versions."""
    both = {
        "images": ["image_key", "account", "id", "name", "type", "region_count", "tag_count",
                   "size_gigabytes", "created_at"],
        "image_regions": ["image_key", "region", "allocated_gigabytes"],
        "image_tags": ["image_key"],
    }  # fmt: skip
    tables = {name: pq.read_table(folder / f"{name}.parquet") for name in both}
    return {
        name: [_column_figures(tables[name][column]) for column in columns]
        for name, columns in both.items()
    }


def _parted(frame: pd.DataFrame, key: str) -> pd.DataFrame:
    if key != "region":
        return _once(frame)
    return frame.drop_duplicates([*_KEYS, "region"])


def _tagged(images: pd.DataFrame) -> pd.DataFrame:
    return (
        images[["tags", "size_gigabytes", "created_at"]]
        .rename(columns={"tags": "tag"})
        .explode("tag")
    )


def _days_since(moments: pd.Series[Any]) -> pd.Series[Any]:
    ages: pd.Series[Any] = (pd.Timestamp(_NOW) - moments).dt.total_seconds()
    return ages / 86_400


def _aged(images: pd.DataFrame) -> pd.DataFrame:
    days = _days_since(images["created_at"])
    edges = [-np.inf, 1, 30, 90, 365, np.inf]
    labels = ["≤1 d", "1–30 d", "30–90 d", "90–365 d", ">365 d"]
    return images.assign(age=pd.cut(days, edges, labels=labels))


def _grouped(images: pd.DataFrame, key: str) -> pd.DataFrame:
    """Group as a careful user would: the figures of ``summarize``, with missing keys kept."""
    groups = images.groupby(key, dropna=False, observed=True)
    result = groups.agg(
        images=("size_gigabytes", "size"),
        size_gigabytes=("size_gigabytes", "sum"),
        known=("size_gigabytes", "count"),
        oldest=("created_at", "min"),
        newest=("created_at", "max"),
    )
    result["share"] = result["size_gigabytes"] / result["size_gigabytes"].sum()
    result["unknown_size"] = result["images"] - result["known"]
    return result.sort_values("size_gigabytes", ascending=False).reset_index()


def _figures(groups: pd.DataFrame) -> Any:
    """Return the part of a summary on which both versions must agree."""
    key = groups.columns[0]
    rows = zip(
        groups[key].astype("object").where(groups[key].notna(), "").astype(str),
        groups["images"],
        groups["size_gigabytes"].round(3),
        groups["unknown_size"],
        groups["oldest"].astype(str),
        groups["newest"].astype(str),
        strict=True,
    )
    return sorted([str(k), int(n), float(size), int(u), o, w] for k, n, size, u, o, w in rows)


def _totals(images: pd.DataFrame) -> Any:
    sizes, created = images["size_gigabytes"], images["created_at"]
    return pd.DataFrame(
        {
            "images": [len(images)],
            "size_gigabytes": [sizes.sum()],
            "unknown_size": [sizes.isna().sum()],
            "oldest": [created.min()],
            "newest": [created.max()],
        }
    )


def _totals_of(row: pd.DataFrame) -> Any:
    return [int(row["images"][0]), round(float(row["size_gigabytes"][0]), 3),
            int(row["unknown_size"][0]), str(row["oldest"][0]), str(row["newest"][0])]  # fmt: skip


def _priced(images: pd.DataFrame) -> pd.DataFrame:
    """Price by type and size, with a reason where there is no price."""
    public = images["public"].fillna(value=False).astype(bool)
    kind = images["type"].where(~public, "free")
    rate = kind.map({"free": 0.0, "snapshot": _RATE, "custom": _RATE})
    idle = images["status"].isin(["new", "pending", "deleted", "retired"])
    cost = (images["size_gigabytes"] * rate).mask(idle & rate.notna(), 0.0)
    cost = cost.where(images["size_gigabytes"].notna()).mask(public, 0.0)
    note = pd.Series(None, index=images.index, dtype="str")
    note = note.mask(idle, "not known to be charged").mask(
        images["size_gigabytes"].isna(), "no size"
    )
    note = note.mask(rate.isna(), "no rate").mask(public, None)
    return images.assign(billing_class=kind, monthly_cost_usd=cost, cost_note=note)


def _cost_figures(costs: pd.DataFrame) -> Any:
    sums = costs.groupby("billing_class")["monthly_cost_usd"].agg(["sum", "count", "size"])
    return {str(k): [round(float(s), 3), int(c), int(n)] for k, (s, c, n) in sums.T.items()}


def _old(costs: pd.DataFrame) -> pd.DataFrame:
    """List own snapshots and custom images older than 90 days, most expensive first."""
    age = _days_since(costs["created_at"])
    private = ~costs["public"].fillna(value=True) & costs["type"].isin(["snapshot", "custom"])
    old = costs[private & (age > 90)]
    old = old.assign(age_days=age, selected_by="older than 90 days", deletable=True)
    old["family"] = old["name"].str.replace(r"[-_ ]?\d[\d:._ -]*$", "", regex=True)
    return old.sort_values(["monthly_cost_usd", "size_gigabytes", "id"],
                           ascending=[False, False, True])  # fmt: skip


def _saving_figures(found: pd.DataFrame) -> Any:
    found = found[found["deletable"]]
    return [len(found), round(float(found["monthly_cost_usd"].sum()), 3)]


def _changed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the listing of another day: fewer images, and some with another size."""
    older = frame[frame["id"] % 100 != 0].reset_index(drop=True)
    (account,) = certificate(frame).accounts
    held = len(_once(older))
    account = replace(account, images=held, total_first=held, total_last=held)
    older.attrs[ATTRS_KEY] = Certificate((account,)).to_dict()
    sizes = older["size_gigabytes"]
    return older.assign(size_gigabytes=sizes.mask(older["id"] % 100 == 1, sizes + 1))


def _diff(older: pd.DataFrame, newer: pd.DataFrame) -> pd.DataFrame:
    """Merge both listings on the identity, compare column by column, keep what differs."""
    sides = [_priced(_once(frame)) for frame in (older, newer)]
    both = sides[0].merge(
        sides[1], on=_KEYS, how="outer", indicator=True, suffixes=("_before", "_after")
    )
    changed = both["_merge"] != "both"
    for name in ("type", "status", "size_gigabytes", "monthly_cost_usd"):
        before, after = both[f"{name}_before"], both[f"{name}_after"]
        changed |= (before != after) & ~(before.isna() & after.isna())
    pairs = zip(both["tags_before"], both["tags_after"], strict=True)
    differ = (isinstance(a, list) and isinstance(b, list) and set(a) != set(b) for a, b in pairs)
    changed |= np.fromiter(differ, dtype=bool, count=len(both))
    places = [frame[[*_KEYS, "region"]] for frame in (older, newer)]
    rows = places[0].merge(places[1], on=[*_KEYS, "region"], how="outer", indicator=True)
    moved = rows.loc[rows["_merge"] != "both", _KEYS].drop_duplicates()
    changed |= both[_KEYS].merge(moved, on=_KEYS, how="left", indicator="m")["m"] == "both"
    result = both[changed].copy()
    for name in ("size_gigabytes", "monthly_cost_usd"):
        result[f"{name}_delta"] = result[f"{name}_after"] - result[f"{name}_before"]
    return result


def _diff_figures(changes: pd.DataFrame) -> Any:
    sides = ["size_gigabytes_before", "size_gigabytes_after",
             "monthly_cost_usd_before", "monthly_cost_usd_after"]  # fmt: skip
    sums = [round(float(changes[name].sum()), 3) for name in sides]
    return [len(changes), *sums]


def _export(frame: pd.DataFrame, folder: Path) -> Path:
    """Write three tables with a key that is unique even if an id repeats."""
    folder.mkdir(exist_ok=True)
    images = _once(frame)
    key = images["account"] + "|2026-11-24|" + images["id"].astype("str")
    repeats = key.groupby(key).cumcount() + 1
    key = key.where(repeats == 1, key + "|" + repeats.astype("str"))
    images = images.assign(
        image_key=key, snapshot_date=_NOW.date(), tag_count=images["tags"].map(len)
    )
    keys = images[[*_KEYS, "image_key", "snapshot_date"]]
    regions = frame[[*_KEYS, "region", "allocated_gigabytes"]].merge(keys, on=_KEYS)
    tags = images[["image_key", "account", "snapshot_date", "tags"]].explode("tags").dropna()
    images.drop(columns=["tags", "region", "allocated_gigabytes"]).to_parquet(
        folder / "images.parquet", index=False
    )
    regions.drop(columns=["id", "name"]).to_parquet(folder / "image_regions.parquet", index=False)
    tags.to_parquet(folder / "image_tags.parquet", index=False)
    return folder
