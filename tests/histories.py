"""Helpers for tests of a history: listings on days, and what a directory contains."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

import imagedf
from imagedf._certificates import ATTRS_KEY, Certificate
from imagedf.files import write_table


def image(number: int, **fields: Any) -> dict[str, Any]:
    """Return a private snapshot of 10 GB as the API does."""
    return {
        "id": number,
        "name": f"image {number}",
        "type": "snapshot",
        "distribution": "Ubuntu",
        "slug": None,
        "public": False,
        "regions": ["nyc3"],
        "created_at": "2026-01-02T03:04:05Z",
        "min_disk_size": 25,
        "size_gigabytes": 10.0,
        "description": None,
        "tags": [],
        "status": "available",
        "error_message": None,
    } | fields


def listing(*images: dict[str, Any], account: str = "prod") -> pd.DataFrame:
    """Return the frame of a complete listing, a page that states its total."""
    page = {"images": list(images), "meta": {"total": len(images)}}
    return imagedf.read_images(page, account=account)


def together(*frames: pd.DataFrame) -> pd.DataFrame:
    """Return the listings of several accounts as one frame, as if fetched together."""
    both = pd.concat(frames, ignore_index=True)
    entries = [entry for frame in frames for entry in imagedf.certificate(frame).accounts]
    both.attrs[ATTRS_KEY] = Certificate(tuple(entries)).to_dict()
    return both


def path_of(root: Path, day: str = "2026-11-01", account: str = "prod") -> Path:
    """Return the file of an account whose name needs no encoding."""
    return root / account / f"{day}.parquet"


def rewritten(path: Path, change: Any) -> None:
    """Rewrite a file of a history as another version of imagedf might have written it."""
    with path.open("rb") as file:
        table = pq.ParquetFile(file).read()
    write_table(change(table), path)


@contextmanager
def in_memory() -> Iterator[Path]:
    """Yield a folder in memory if possible: each file of a history is flushed to disk."""
    place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=place) as folder:
        yield Path(folder)


def write(root: Path, files: dict[str, bytes]) -> None:
    """Write what ``contents`` returned."""
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)


def contents(root: Path) -> dict[str, bytes]:
    """Return every file below a directory with its bytes."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
