"""Fuzz the parser: ``python -m tests.fuzz_pages --seconds 60``.

For any bytes, the fast reading must return the same as the strict one: the same images, or the
same ``PageError``. Prints the first input for which that is not the case, and exits with 1.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyarrow as pa

import imagedf
from imagedf.errors import ImagedfError, PageError
from imagedf.pages import IMAGES, parse_pages, read_page
from imagedf.schema import API_FIELDS, IMAGE_STRUCT
from tests.hostile import LISTING, page_bytes

DOCUMENTED_PAGE = Path(__file__).resolve().parent.parent / "data" / "documented_page.json"

VALUES = (
    "null", "true", "false", "0", "-0", "1", "20.0", "20.5", "1e3", "1E400", "-1e-400", "2.5",
    "2147483648", "9007199254740993", "9223372036854775807", "9223372036854775808",
    "-9223372036854775808", "-9223372036854775809", "18446744073709551616", "01", "1.", ".5", "+1",
    "0x1", "NaN", "Infinity", "-Infinity", "Inf", "''", '""', '"x"', '"7"', '"NaN"', '"\\ud800"',
    '"\\ud83d\\ude00"', '"\\u0000"', '"\t"', '"\\x"', '"größe"', "[]", "[null]", '["nyc3"]',
    '["nyc3","nyc3"]', "[1]", '[["a"]]', "{}", '{"a":1}', '{"total":5}', '{"pages":{}}',
    '{"pages":{"next":"?page=2"}}', '{"pages":{"next":"","last":null}}', '{"pages":null}',
    '"2026-01-02T03:04:05Z"', '"2026-01-02T03:04:05.123456789Z"', '"2026-01-02T03:04:05+02:00"',
    '"2026-01-02"', '"2026-01-02 03:04"', '"0000-01-01"', '"0001-01-01T00:00:00+05:00"',
    '"9999-12-31T23:59:59-05:00"', '"2026-02-30"', '"2026-06-30T23:59:60Z"', '"20260102"',
    '"2026-W01-1"', '"2026-01-02T24:00:00Z"', '"2026-01-02T03:04:05,5Z"', '"2026-01-02T03"',
    '"2026-01-02T03:04:05+0200"', '"-001-01-01"', '" 2026-01-02"', '"http://[x?page=2"',
    '"?page=2"', '"?page=0"', '"?page=²"', '"?page=99999999999999999999"', "[" * 60 + "]" * 60,
)  # fmt: skip
KEYS = (*API_FIELDS, "images", "links", "meta", "pages", "total", "next", "last", "first", "x", "")
BOM = b"\xef\xbb\xbf"
PIECES = (b"{", b"}", b"[", b"]", b",", b":", b'"', b"\\", b"\n", b"\r\n", b" ", b"\x00", b"\xff",
          b"\xef\xbb\xbf", b"\xed\xa0\x80", b"\xc0\xaf", b"/**/", b"//\n", b"e", b"-", b".",
          b"null", b"NaN", b"\x0b", b"\x0c", BOM, b"9" * 5000, b'{"images":[]}', b"}{")  # fmt: skip
SEEDS = (DOCUMENTED_PAGE.read_bytes(), page_bytes(LISTING), b'{"images":[]}')


def inputs(source: random.Random) -> Iterator[list[bytes]]:
    """Yield groups of one to three bodies, endlessly."""
    while True:
        yield [_body(source) for _ in range(source.choice((1, 1, 1, 2, 3)))]


def _body(source: random.Random) -> bytes:
    body = source.choice(SEEDS) if source.random() < 0.3 else _written(source)
    for _ in range(source.choice((0, 0, 0, 0, 1, 3))):
        body = _mutated(source, body)
    return body


def _written(source: random.Random) -> bytes:
    """Return a page in which a few fields have unusual values or appear twice."""
    images = ",".join(_image(source) for _ in range(source.randint(0, 3)))
    parts = [f'"images":[{images}]']
    parts += [f'"{key}":{_value(source)}' for key in ("links", "meta") if source.random() < 0.3]
    if source.random() < 0.1:
        parts.append(f'"{source.choice(KEYS)}":{_value(source)}')
    source.shuffle(parts)
    blank = source.choice(("", "", " ", "\n", "\r\n"))
    return ("{" + f",{blank}".join(parts) + "}").encode("utf-8", "surrogatepass")


def _image(source: random.Random) -> str:
    if source.random() < 0.03:
        return _value(source)
    fields = [
        f'"{key}":{json.dumps(value, ensure_ascii=source.random() < 0.5)}'
        for key, value in source.choice(LISTING).items()
        if source.random() < 0.9
    ]
    if source.random() < 0.3:
        fields.append(f'"{source.choice(KEYS)}":{_value(source)}')
    if source.random() < 0.5 and fields:
        place = source.randrange(len(fields))
        fields[place] = f"{fields[place].partition(':')[0]}:{_value(source)}"
    return "{" + ",".join(fields) + "}"


def _value(source: random.Random) -> str:
    return source.choice(VALUES)


def _mutated(source: random.Random, body: bytes) -> bytes:
    """Cut, copy, insert or change a few bytes."""
    start = source.randint(0, len(body))
    end = min(len(body), start + source.choice((0, 1, 1, 2, 8, 40)))
    middle = source.choice(
        (b"", source.choice(PIECES), body[start:end] * 2, bytes([source.randrange(256)]))
    )
    return body[:start] + middle + body[end:]


def outcome(bodies: list[bytes]) -> Any:
    """Read fast; return images, pages and unknown fields, or the content of the error."""
    try:
        batch = parse_pages(bodies)
    except PageError as error:
        return str(error), error.page, error.image_id, error.field
    return _rows(batch.table), batch.pages, batch.unknown_fields


def exact_outcome(bodies: list[bytes]) -> Any:
    """Read strictly, page by page; return the same."""
    try:
        read = [
            read_page(body.removeprefix(BOM).strip(b" \t\r\n"), number, IMAGES)
            for number, body in enumerate(bodies, 1)
        ]
    except PageError as error:
        return str(error), error.page, error.image_id, error.field
    images = pa.Table.from_pylist(
        [row for page in read for row in page.rows], pa.schema(IMAGE_STRUCT)
    )
    unknown = frozenset[str]().union(*(page.unknown_fields for page in read))
    return _rows(images), tuple(page.page for page in read), unknown


def _rows(images: pa.Table) -> list[dict[str, Any]]:
    moments = images.column("created_at").cast(pa.int64())
    at = images.column_names.index("created_at")
    rows: list[dict[str, Any]] = images.set_column(at, "created_at", moments).to_pylist()
    return rows


def check(bodies: list[bytes]) -> str | None:
    """Return what is wrong with the reading of these bodies, or None."""
    try:
        quick, exact = outcome(bodies), exact_outcome(bodies)
        if quick != exact:
            return f"quick: {quick!r:.2000}\nexact: {exact!r:.2000}"
        if not isinstance(quick[0], str):
            for body in bodies:
                json.loads(body.decode("utf-8-sig"), parse_int=str)
        _frame(bodies[0])
    except Exception as error:  # noqa: BLE001 # any other exception is the finding
        return f"{type(error).__name__}: {error!s:.2000}"
    return None


def _frame(body: bytes) -> None:
    """Read a body as a saved response: it must return a frame, or raise our own error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", imagedf.IncompleteListingWarning)
        with suppress(ImagedfError):
            imagedf.read_images(body)


def main(arguments: list[str] | None = None) -> int:
    """Fuzz for a number of seconds; return 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz_pages", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=time.time_ns())
    options = parser.parse_args(arguments)
    source = random.Random(options.seed)
    end = time.monotonic() + options.seconds
    count = pages = 0
    for bodies in inputs(source):
        finding = check(bodies)
        if finding is not None:
            print(f"input {count + 1:,} of seed {options.seed}: {bodies!r}\n{finding}")
            return 1
        count += 1
        pages += not isinstance(outcome(bodies)[0], str)
        if time.monotonic() >= end:
            break
    print(f"{count:,} inputs, {pages:,} of them pages; no finding (seed {options.seed})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
