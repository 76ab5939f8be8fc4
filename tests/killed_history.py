"""Run by test_history: kill a change of a history at each of its steps, and look at the rest.

The change runs in a forked process that kills itself, as ``kill -9`` would, when it is about
to make its n-th change on the disk; n grows until the change gets through. After each kill
the history must read as before or as after, and the change must get through when repeated.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagedf
from tests.histories import image, listing, together

_WRITES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir")


def kill_at(step: int, change: Callable[[], Any]) -> bool:
    """Run a change that is killed before its n-th write; tell whether it got through."""
    child = os.fork()
    if not child:
        left = [step]

        def hook(event: str, args: tuple[Any, ...]) -> None:
            if event in _WRITES or (event == "open" and "w" in str(args[1] or "")):
                left[0] -= 1
                if not left[0]:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        change()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert status == 0
    return True


def every_step(base: Path, change: Callable[[Path], Any]) -> int:
    """Kill a change at every step; return how many there were."""
    done = base.with_name("done")
    shutil.copytree(base, done)
    change(done)
    before, after = imagedf.read_history(base), imagedf.read_history(done)
    step = 0
    through = False
    while not through:
        step += 1
        root = base.with_name(f"step{step}")
        shutil.copytree(base, root)
        through = kill_at(step, lambda root=root: change(root))  # type: ignore[misc] # bound now
        found = imagedf.read_history(root)
        assert found.equals(before) or found.equals(after), f"step {step} left a mixture"
        assert not through or found.equals(after)
        change(root)
        assert imagedf.read_history(root).equals(after), f"step {step} could not be repeated"
        assert not list((root / ".tmp").glob("*/*")), f"step {step} left temporaries"
        shutil.rmtree(root)
    shutil.rmtree(done)
    return step


def main(folder: Path) -> None:
    old = listing(image(1), image(2, regions=["ams3", "nyc3"], tags=["a"]))
    new = listing(image(1, size_gigabytes=11.0), image(3, regions=[], tags=["b", "c"]))
    days = folder / "days"
    for day in ("2026-10-30", "2026-10-31"):
        imagedf.record(old, days, on=day)
    both = together(new, listing(image(9), account="dev"))
    print(
        every_step(days, lambda root: imagedf.record(both, root, on="2026-10-31")),
        every_step(days, lambda root: imagedf.compact(root, before="2026-11-01")),
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
