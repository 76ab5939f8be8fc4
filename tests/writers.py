"""A process that writes until it is killed or the disk is full; test_files starts it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pandas as pd

import imagedf
from imagedf.client import check_settings, fetch_parquet
from imagedf.files import write_text
from imagedf.sandbox import Sandbox
from tests.hostile import image


def frame_of(count: int) -> pd.DataFrame:
    """Return a frame of so many images, one row each."""
    return imagedf.read_images({"images": [image(number) for number in range(count)]})


def stream(frame: pd.DataFrame, path: Path) -> None:
    """Fetch as many images as the frame has straight into a file."""
    with Sandbox({"default": [image(number) for number in range(len(frame))]}) as sandbox:
        settings = check_settings(
            token=sandbox.token, accounts=None, type=None, private=None, tag_name=None,
            base_url=sandbox.url, per_page=200, max_workers=2, timeout=5, max_retries=2,
            limits=None,
        )  # fmt: skip
        fetch_parquet(settings, path)


WRITERS: dict[str, tuple[str, Callable[[pd.DataFrame, Path], object]]] = {
    "to_parquet": ("images.parquet", imagedf.to_parquet),
    "to_csv": ("images.csv", imagedf.to_csv),
    "to_excel": ("images.xlsx", imagedf.to_excel),
    "export_star": ("images.parquet", lambda frame, path: imagedf.export_star(frame, path.parent)),
    "write_text": ("images.txt", lambda frame, path: write_text(path, frame.to_csv())),
    "write_report": ("report.html", imagedf.write_report),
    "fetch_parquet": ("fetched.parquet", stream),
}
"""By name: the file whose fate is looked at, and what writes it."""


def write_for_ever(folder: Path, counts: list[int], names: list[str]) -> None:
    """Write frames of these sizes in turn, each kind of file; say so when the first stand."""
    frames = [frame_of(count) for count in counts]
    for turn, frame in enumerate(cycle(frames)):
        for name in names:
            file, write = WRITERS[name]
            write(frame, folder / name / file)
        if turn == 0:
            print("ready", flush=True)


def write_to_a_full_disk(folder: Path) -> None:
    """Allow no file beyond 3 kB, and print what each writer says to that."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    frame = frame_of(100)
    for name, (file, write) in WRITERS.items():
        try:
            write(frame, folder / name / file)
        except imagedf.ImagedfError as error:
            print(f"{name}: {error}", flush=True)


if __name__ == "__main__":
    where, *names = sys.argv[2:]
    if sys.argv[1] == "full":
        write_to_a_full_disk(Path(where))
    else:
        write_for_ever(Path(where), [int(count) for count in sys.argv[1].split(",")], names)
