"""Flip bits and bytes of our Parquet files and rewrite their footers; run as a program.

    python -m tests.fuzz_files --seconds 600 --seed 1

Each damaged file must return the frame that was written, or one ``ImagedfError`` on one line. A
change in a data page must be an error. Child processes do the reading, since a crash of the
interpreter is one of the possible failures.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from pandas.testing import assert_frame_equal

import imagedf
from tests import strategies

Damage = Callable[[random.Random, bytearray], None]


def footer_start(content: bytes | bytearray) -> int:
    """Return where the footer begins: its length is in the last eight bytes."""
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


def flip_data_bit(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(4, footer_start(content))] ^= 1 << chance.randrange(8)


def flip_footer_bit(chance: random.Random, content: bytearray) -> None:
    content[chance.randrange(footer_start(content), len(content))] ^= 1 << chance.randrange(8)


def write_bytes(chance: random.Random, content: bytearray) -> None:
    for _ in range(chance.randint(1, 16)):
        content[chance.randrange(len(content))] = chance.randrange(256)


def write_footer(chance: random.Random, content: bytearray) -> None:
    start = chance.randrange(footer_start(content), len(content) - 8)
    length = chance.randint(1, min(40, len(content) - 8 - start))
    content[start : start + length] = chance.randbytes(length)


def cut(chance: random.Random, content: bytearray) -> None:
    del content[chance.randrange(len(content)) :]


def swap(chance: random.Random, content: bytearray) -> None:
    one, other = (chance.randrange(len(content) - 32) for _ in range(2))
    piece = content[one : one + 32]
    content[one : one + 32] = content[other : other + 32]
    content[other : other + 32] = piece


DAMAGES: tuple[Damage, ...] = (
    flip_data_bit, flip_footer_bit, write_bytes, write_footer, cut, swap,
)  # fmt: skip


def sample(number: int = 60) -> pd.DataFrame:
    """Return a frame with every kind of cell."""
    listing = [
        {
            "id": one, "name": f"web {one % 7}", "type": "snapshot", "distribution": "Ubuntu",
            "slug": None, "public": one % 5 == 0, "regions": ["nyc3", "ams3"][: one % 3],
            "created_at": "2026-10-01T02:00:00Z", "min_disk_size": one % 30,
            "size_gigabytes": one / 7 if one % 4 else None, "status": "available",
            "tags": [None, [], ["env:prod", f"n{one % 9}"]][one % 3],
            "description": "x" * (one % 5),
        }
        for one in range(1, number)
    ]  # fmt: skip
    return imagedf.estimate_cost(strategies.frame_of(listing), on=date(2026, 11, 1))


def files(folder: Path) -> list[Path]:
    frame = sample()
    return [
        Path(imagedf.to_parquet(frame, folder / "snappy.parquet")),
        Path(imagedf.to_parquet(frame, folder / "zstd.parquet", compression="zstd")),
        Path(imagedf.to_parquet(frame, folder / "none.parquet", compression="none")),
        Path(imagedf.to_parquet(imagedf.example(), folder / "small.parquet")),
    ]


def outcome(original: pd.DataFrame, path: Path, damage: str) -> str:
    """Read a damaged file and return what happened; a failure begins with an exclamation mark."""
    try:
        read = imagedf.read_parquet(path)
    except imagedf.ImagedfError as error:
        text = str(error)
        named = path.name in text
        return "error" if named and "\n" not in text else f"! a message: {text!r:.200}"
    except Exception as error:  # noqa: BLE001 # any other exception is a finding
        return f"! {type(error).__name__}: {error!s:.200}"
    try:
        assert_frame_equal(read, original)
        assert read.attrs == original.attrs, "another certificate"
    except AssertionError as error:
        return f"! {damage}: other values: {str(error)[:200]!r}"
    return "equal"


def damaged(chance: random.Random, content: bytes) -> tuple[bytes, str]:
    changed = bytearray(content)
    damage = chance.choice(DAMAGES)
    damage(chance, changed)
    return bytes(changed), damage.__name__


def run(seed: int, runs: int | None, seconds: float, report: Path | None = None) -> Counter[str]:
    """Damage and read; ``report`` gets the seed of each run before it, should Python crash."""
    counts: Counter[str] = Counter()
    end = time.monotonic() + seconds
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        originals = [(path.read_bytes(), imagedf.read_parquet(path)) for path in files(folder)]
        number = 0
        while (runs is None or number < runs) and time.monotonic() < end:
            chance = random.Random(f"{seed}-{number}")
            content, frame = chance.choice(originals)
            changed, damage = damaged(chance, content)
            if report:
                report.write_text(f"{seed}-{number} {damage}")
            path = folder / "damaged.parquet"
            path.write_bytes(changed)
            result = outcome(frame, path, damage) if changed != content else "unchanged"
            counts[f"{damage}: {result}" if result[0] != "!" else result] += 1
            number += 1
    return counts


def _child(seed: int, seconds: float) -> dict[str, int]:
    """Run in a separate process; a crash is one more result."""
    with tempfile.TemporaryDirectory() as directory:
        report = Path(directory, "report")
        command = [sys.executable, "-m", "tests.fuzz_files", "--child", str(report)]
        command += ["--seed", str(seed), "--seconds", str(seconds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = report.read_text() if report.exists() else "no run"
            return {f"! crash {done.returncode} at {last}: {done.stderr[-300:]}": 1}
        counts: dict[str, int] = json.loads(done.stdout)
        return counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    given: Any = parser.parse_args()
    if given.child:
        print(json.dumps(run(given.seed, None, given.seconds, given.child)))
        return
    counts: Counter[str] = Counter()
    end = time.monotonic() + given.seconds
    seed = given.seed
    while time.monotonic() < end:
        counts.update(_child(seed, min(30.0, max(1.0, end - time.monotonic()))))
        seed += 1
    for result, count in sorted(counts.items()):
        print(f"{count:8,}  {result}")
    if any(result.startswith("!") for result in counts):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
