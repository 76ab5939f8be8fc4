"""Change a history in one step, whatever happens meanwhile.

1. One process writes at a time; the lock ends with the process that holds it.
2. New files are written below ``ROOT/.tmp/stage``, with a list of the files to remove.
3. Renaming that folder to ``ROOT/.tmp/commit`` is the moment of the change.
4. Then the files are moved to their places, those of ``images`` last, and the listed ones
   removed. A process killed here leaves the rest to the next one that writes; till then
   ``pending`` tells readers what has been decided.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from imagedf.errors import HistoryError
from imagedf.files import _lock as lock
from imagedf.files import make_directory, placed, replace, write_text
from imagedf.history._star import write_star

_REMOVED = "removed.json"


class Stage:
    """The files of one change, before it is made."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._removed: list[str] = []

    def write(self, where: str, table: Any) -> None:
        """Write a star table that shall stand at ``where`` below the root."""
        path = self._folder / where
        make_directory(path.parent)
        with replace(path) as temporary:
            write_star(placed(table, where), temporary)

    def remove(self, where: str) -> None:
        """Note a file to remove."""
        self._removed.append(where)

    def close(self) -> None:
        """Bring the whole stage to the disk."""
        write_text(self._folder / _REMOVED, json.dumps(self._removed))
        for folder, _, _ in os.walk(self._folder, topdown=False):
            _flush(Path(folder))


@contextmanager
def change(root: Path) -> Iterator[Stage]:
    """Hold the history alone and change it in one step when the block ends well.

    Raises
    ------
    ImagedfError, HistoryError
        The change can't be written; the history is as it was.
    """
    with settled(root):
        folder = root / ".tmp" / "stage"
        shutil.rmtree(folder, ignore_errors=True)
        stage = Stage(make_directory(folder))
        try:
            yield stage
            stage.close()
            _commit(root, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        _publish(root)


@contextmanager
def settled(root: Path) -> Iterator[None]:
    """Hold the history alone, once a change that was cut off is carried out."""
    temporary = make_directory(root / ".tmp")
    with lock.writing(temporary / "lock"):
        _publish(root)
        yield


@contextmanager
def unchanging(root: Path) -> Iterator[None]:
    """Hold off other processes' changes while reading, where the lock can be had."""
    with lock.reading(root / ".tmp" / "lock"):
        yield


def pending(root: Path) -> tuple[dict[str, Path], set[str]]:
    """Tell what a change that was cut off decided: files not yet in place, and removed ones."""
    folder = root / ".tmp" / "commit"
    removed = _removed(folder)
    if removed is None:
        return {}, set()
    moves = {path.relative_to(folder).as_posix(): path for path in _staged(folder)}
    return moves, set(removed)


def _commit(root: Path, folder: Path) -> None:
    try:
        folder.replace(root / ".tmp" / "commit")
    except OSError as error:
        problem = f"can't change the history {root}: {error.strerror or error}"
    else:
        _flush(root / ".tmp")
        return
    raise HistoryError(problem)


def _publish(root: Path) -> None:
    """Carry out what is committed; again and again is the same as once."""
    folder = root / ".tmp" / "commit"
    try:
        removed = _removed(folder)
        if removed is not None:
            targets = [_move(path, root / path.relative_to(folder)) for path in _staged(folder)]
            for parent in {target.parent for target in targets}:
                _flush(parent)
            for where in removed:
                _remove(root / where)
            (folder / _REMOVED).unlink()
        if folder.is_dir():
            shutil.rmtree(folder)
    except OSError as error:
        problem = (
            f"the change of {root} is decided, but can't be finished: {error.strerror or error}; "
            "what is read is right, and the next record or compact goes on"
        )
    else:
        return
    raise HistoryError(problem)


def _removed(folder: Path) -> list[str] | None:
    """Return the files to remove, or nothing when no change is under way."""
    try:
        return list(json.loads((folder / _REMOVED).read_text(encoding="utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        problem = f"can't read {folder / _REMOVED}: {error}"
    raise HistoryError(problem)


def _staged(folder: Path) -> list[Path]:
    """List the files to move; images last, so that a day is there once all of it is."""
    return sorted(folder.glob("*/dt=*/*.parquet"), key=lambda path: (_is_image(path), path))


def _is_image(path: Path) -> bool:
    return path.parent.parent.name == "images"


def _move(path: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return path.replace(target)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    with suppress(OSError):
        path.parent.rmdir()


def _flush(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
