"""Kill a recording at each of its system calls or at random moments, and check what is left.

``python -m tests.killed_history [--moments 100] [--seed 1]``

A forked process kills itself, like ``kill -9``, just before its n-th change on disk; n increases
until the recording completes. Or the parent kills it after a random time. After each kill, every
account must read as before or as after, and recording again must succeed.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import imagedf
from tests.histories import image, in_memory, listing, together

DAY = "2026-10-31"
_WRITES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.truncate", "os.link")
Change = Callable[[Path], Any]


def in_child(root: Path, change: Change, step: int | None) -> int:
    """Run a change in a forked process, which kills itself before its n-th write, if told to."""
    child = os.fork()
    if child:
        return child
    left = [step]

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in _WRITES or (event == "open" and "w" in str(args[1] or "")):
            left[0] = (left[0] or 0) - 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

    if step is not None:
        sys.addaudithook(hook)
    try:
        change(root)
        os._exit(0)
    finally:
        os._exit(1)


def got_through(child: int) -> bool:
    """Wait for a child; return whether it was not killed."""
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.waitstatus_to_exitcode(status) == 0
    return True


def recorded(root: Path) -> dict[str, pd.DataFrame]:
    """Return the day of each account; without rows if it was not recorded."""
    frame = imagedf.read_history(root)
    return {
        account: frame[frame["account"] == account].reset_index(drop=True)
        for account in ("prod", "dev")
    }


class Case:
    """A history, a change to it, and the rows of each account before and after."""

    def __init__(self, folder: Path, change: Change) -> None:
        self._base, self._change, self._folder = folder / "base", change, folder
        imagedf.record(_old(), self._base, on="2026-10-30")
        imagedf.record(_old(), self._base, on=DAY)
        done = folder / "done"
        shutil.copytree(self._base, done)
        started = time.perf_counter()
        change(done)
        self.seconds = time.perf_counter() - started
        self._before, self._after = recorded(self._base), recorded(done)

    def killed(self, kill: Callable[[Path], bool]) -> bool:
        """Run and kill the change, check what is left, and run it again."""
        root = self._folder / "killed"
        shutil.copytree(self._base, root)
        through = kill(root)
        for account, found in recorded(root).items():
            same = found.equals(self._before[account]) and not through
            assert same or found.equals(self._after[account])
        self._change(root)
        for account, found in recorded(root).items():
            assert found.equals(self._after[account])
        shutil.rmtree(root)
        return through


def every_step(case: Case, change: Change) -> int:
    """Kill a change before each of its writes; return how many there were."""
    step = 1
    while not case.killed(lambda root, step=step: got_through(in_child(root, change, step))):  # type: ignore[misc] # bound now
        step += 1
    return step - 1


def random_moments(case: Case, change: Change, moments: int, chance: random.Random) -> int:
    """Kill a change at random moments; return how often the kill came in time."""

    def kill(root: Path) -> bool:
        child = in_child(root, change, None)
        time.sleep(chance.random() * 1.2 * case.seconds)
        os.kill(child, signal.SIGKILL)
        return got_through(child)

    return sum(not case.killed(kill) for _ in range(moments))


def _old() -> pd.DataFrame:
    return listing(image(1), image(2, regions=["ams3", "nyc3"], tags=["a"]))


def _new() -> pd.DataFrame:
    prod = listing(image(1, size_gigabytes=11.0), image(3, regions=[], tags=["b", "c"]))
    return together(prod, listing(image(9), account="dev"))


def main(arguments: list[str] | None = None) -> None:
    """Kill at every step and at random moments; print how many there were of each."""
    parser = argparse.ArgumentParser(prog="python -m tests.killed_history")
    parser.add_argument("--moments", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    new = _new()

    def change(root: Path) -> Any:
        return imagedf.record(new, root, on=DAY)

    with in_memory() as folder:
        case = Case(folder, change)
        steps = every_step(case, change)
        killed = random_moments(case, change, options.moments, random.Random(options.seed))
    print(f"{steps} steps, {killed} of {options.moments} moments before the end")


if __name__ == "__main__":
    main()
