"""Files of a known kind that a function can't read: the error names the file and the kind."""

from __future__ import annotations

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import imagedf

pytestmark = pytest.mark.fast


def _parquet() -> bytes:
    return b"PAR1" + bytes(16)


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/workbook.xml", "")
    return packed.getvalue()


KINDS = {
    "Parquet": _parquet(),
    "Excel": _zip(),
    "gzip": gzip.compress(b"{}"),
    "PDF": b"%PDF-1.4\n",
    "HTML": b"\n<!doctype html><title>Sign in</title>",
    "SQLite": b"SQLite format 3\x00",
}
READERS: dict[str, Callable[[Path], Any]] = {
    "read_images": imagedf.read_images,
    "read_account": imagedf.read_account,
    "read_parquet": imagedf.read_parquet,
    "read_invoice": imagedf.read_invoice,
    "load_policy": imagedf.load_policy,
    "load_plan": imagedf.load_plan,
    "PriceBook.load": imagedf.PriceBook.load,
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reader", READERS)
def test_a_file_of_another_known_kind_is_named(reader: str, kind: str, tmp_path: Path) -> None:
    file = tmp_path / "given.dat"
    file.write_bytes(KINDS[kind])
    with pytest.raises(imagedf.ImagedfError) as caught:
        READERS[reader](file)
    message = str(caught.value)
    assert "given.dat" in message
    assert "\n" not in message
    assert reader == "read_parquet" or kind in message


@pytest.mark.parametrize("reader", ["load_policy", "PriceBook.load"])
def test_json_is_not_toml(reader: str, tmp_path: Path) -> None:
    file = tmp_path / "given.toml"
    file.write_text('{"select": []}')
    with pytest.raises(imagedf.ImagedfError, match="JSON"):
        READERS[reader](file)


def test_a_path_with_a_nul_is_an_error_of_imagedf() -> None:
    for reader in (imagedf.load_plan, imagedf.load_policy):
        with pytest.raises(imagedf.ImagedfError):
            reader("plan\0.json")
