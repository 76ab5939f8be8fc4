"""Damaged Parquet files: one clear error that names the file, or the frame that was written."""

from __future__ import annotations

import random
import struct
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pandas.testing import assert_frame_equal

import imagedf
from tests import fuzz_files


def test_damage_never_returns_other_values_or_a_foreign_error() -> None:
    """A seeded sample of ``python -m tests.fuzz_files --seconds 600``."""
    counts = fuzz_files.run(seed=7, runs=150, seconds=600)
    assert [result for result in counts if result.startswith("!")] == []
    assert counts["flip_data_bit: error"] > 10


def test_a_flipped_bit_in_a_size_is_found_and_the_file_named(tmp_path: Path) -> None:
    path = imagedf.to_parquet(imagedf.example(), tmp_path / "images.parquet", compression="none")
    content = path.read_bytes()
    place = content.index(struct.pack("<d", 2.34))
    for bit in range(64):
        changed = bytearray(content)
        changed[place + bit // 8] ^= 1 << bit % 8
        path.write_bytes(changed)
        with pytest.raises(imagedf.ImagedfError, match=r"images\.parquet"):
            imagedf.read_parquet(path)


def test_rows_that_another_program_took_out_are_found(tmp_path: Path) -> None:
    path = imagedf.to_parquet(imagedf.example(), tmp_path / "images.parquet")
    table = pq.read_table(path)
    pq.write_table(table.slice(0, 3), path)
    with pytest.raises(imagedf.ImagedfError, match="another program changed it"):
        imagedf.read_parquet(path)


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "brotli", "lz4", "none"])
def test_the_compression_can_be_chosen(compression: Any, tmp_path: Path) -> None:
    frame = imagedf.example()
    path = imagedf.to_parquet(frame, tmp_path / "x.parquet", compression=compression)
    assert_frame_equal(imagedf.read_parquet(path), frame)


def test_a_compression_that_is_not_known_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="snappy"):
        imagedf.to_parquet(imagedf.example(), tmp_path / "x.parquet", compression="rar")  # type: ignore[call-overload] # that is the test
    assert list(tmp_path.iterdir()) == []


def test_missing_tags_differ_from_none(tmp_path: Path) -> None:
    listing = {"images": [{"id": 1, "tags": None}, {"id": 2, "tags": []}, {"id": 3, "tags": ["a"]}]}
    frame = imagedf.read_images(listing)
    back = imagedf.read_parquet(imagedf.to_parquet(frame, tmp_path / "x.parquet"))
    assert back["tags"].tolist() == [None, [], ["a"]]
    images = imagedf.collapse_regions(back)
    path = imagedf.to_parquet(images, tmp_path / "y.parquet")
    assert imagedf.read_parquet(path)["tags"].tolist() == [None, [], ["a"]]


def test_a_day_is_a_day_in_the_file_and_a_time_in_the_frame(tmp_path: Path) -> None:
    day = pd.Series([pd.Timestamp("2026-11-26")] * 10).astype("datetime64[us]")
    frame = imagedf.example().assign(snapshot_date=day)
    path = imagedf.to_parquet(frame, tmp_path / "x.parquet")
    assert str(pq.read_schema(path).field("snapshot_date").type) == "date32[day]"
    assert_frame_equal(imagedf.read_parquet(path), frame)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'{"images": []}', "JSON: use read_images"),
        (b"[]", "JSON: use read_images"),
        (b"account,id\n", "CSV"),
        (b"PK\x03\x04", "Excel"),
        (b"", "not a Parquet file"),
        (b"PAR1", "damaged"),
    ],
)
def test_another_kind_of_file_is_named(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    path.write_bytes(content)
    with pytest.raises(imagedf.ImagedfError, match=says):
        imagedf.read_parquet(path)


@pytest.mark.parametrize("name", ["x.csv", "x.xlsx", "x.json"])
def test_the_suffix_of_another_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="parquet"):
        imagedf.to_parquet(imagedf.example(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_random_bytes_are_not_a_file(tmp_path: Path) -> None:
    chance = random.Random(3)
    for _ in range(30):
        path = tmp_path / "x.parquet"
        path.write_bytes(b"PAR1" + chance.randbytes(200) + b"PAR1")
        with pytest.raises(imagedf.ImagedfError, match=r"x\.parquet"):
            imagedf.read_parquet(path)


def test_notes_of_other_programs_are_not_read(tmp_path: Path) -> None:
    table = pa.Table.from_pandas(imagedf.example(), preserve_index=False)
    path = tmp_path / "x.parquet"
    pq.write_table(table.replace_schema_metadata({b"pandas": b"[" * 100_000}), path)
    assert_frame_equal(imagedf.read_parquet(path), imagedf.example())
    pq.write_table(table.replace_schema_metadata({b"imagedf.certificate": b"[" * 100_000}), path)
    with pytest.raises(imagedf.ImagedfError, match=r"x\.parquet"):
        imagedf.read_parquet(path)


def test_a_summary_is_not_taken_for_images(tmp_path: Path) -> None:
    with pytest.raises(imagedf.FrameError, match="summary"):
        imagedf.to_parquet(imagedf.by_type(imagedf.example()), tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []


def test_infinite_and_negative_sizes_come_back_and_count_as_unknown(tmp_path: Path) -> None:
    frame = imagedf.collapse_regions(imagedf.example())
    frame["size_gigabytes"] = [float("inf"), -40.0, 2.36, 2.34, 2.34, 2.34]
    read = imagedf.read_parquet(imagedf.to_parquet(frame, tmp_path / "x.parquet"))
    assert_frame_equal(read, frame)
    totals = imagedf.totals(read)
    assert totals["size_gigabytes"].tolist() == [pytest.approx(9.38)]
    assert totals["unknown_size"].tolist() == [2]
