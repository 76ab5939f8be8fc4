"""Startup time: the command line, the import, and a fetch that needs no pandas."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import imagedf
from tests.benchmarks import data
from tests.benchmarks.common import Cost, Goal, Section, median

_BARE, _LIBRARIES, _PANDAS = "bare interpreter", "import pandas, pyarrow", "import pandas"
_HELP, _COMPLETE = "imagedf --help", "completion"
_IMPORT, _USED = "import imagedf", "import imagedf, and use it"
_FETCH = "imagedf fetch -o images.parquet, one page"
_MAIN = "from imagedf.__main__ import run; run()"
_IMAGES = 1_000
_SAVED = ("summary", "cost", "bill", "savings")
_HEAVY = ("pandas", "pyarrow", "matplotlib", "jinja2", "duckdb", "requests", "narwhals")


def run(*, quick: bool) -> list[Section]:
    """Time whole processes in interleaved rounds."""
    rounds = 5 if quick else 21
    with data.server(data.PER_PAGE) as url, tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / "saved.parquet"
        imagedf.to_parquet(imagedf.read_images(list(data.bodies(_IMAGES))), saved)
        commands = _commands(Path(folder) / "images.parquet", url, Path(folder) / "bytecode")
        bytecode = commands[_PANDAS][1]
        commands |= {
            _from(name): ((_MAIN, name, "--from", str(saved)), bytecode) for name in _SAVED
        }
        costs = _timed(commands, rounds)
        loaded = {name: _loaded(*commands[name]) for name in commands}
    bare = costs[_BARE].cpu
    rows = [
        {"process": name, "CPU ms": cost.cpu * 1000, "wall ms": cost.wall * 1000,
         "x bare": cost.cpu / bare, "x pandas": cost.cpu / costs[_PANDAS].cpu,
         "wall x pandas": cost.wall / costs[_PANDAS].wall, "imports": loaded[name]}
        for name, cost in costs.items()
    ]  # fmt: skip
    goals = [
        Goal(f"{_HELP}: bare interpreters", 6, costs[_HELP].cpu / bare),
        Goal(f"{_COMPLETE}: bare interpreters", 6, costs[_COMPLETE].cpu / bare),
        Goal(f"{_IMPORT}: ms", 30, costs[_IMPORT].wall * 1000),
        *(
            Goal(
                f"{_from(name)}: wall against {_PANDAS}",
                1.3,
                costs[_from(name)].wall / costs[_PANDAS].wall,
            )
            for name in _SAVED
        ),
        Goal(f"{_FETCH} against {_PANDAS}", 0.7, costs[_FETCH].cpu / costs[_PANDAS].cpu),
    ]
    return [Section(f"Whole processes, medians of {rounds} rounds", rows, goals)]


def _from(name: str) -> str:
    return f"imagedf {name} --from {_IMAGES:,} images"


_Command = tuple[Sequence[str], Mapping[str, str]]


def _commands(path: Path, url: str, bytecode: Path) -> dict[str, _Command]:
    """Return the code and variables of each process; bytecode is cached, as when installed."""
    kept = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(bytecode)}

    def code(text: str, *arguments: str, **variables: str) -> _Command:
        return (text, *arguments), {**kept, **variables}

    token = {"DIGITALOCEAN_TOKEN": data.TOKEN, "DIGITALOCEAN_API_URL": url}
    typed = {"_IMAGEDF_COMPLETE": "bash_complete", "COMP_WORDS": "imagedf fe", "COMP_CWORD": "1"}
    return {
        _BARE: code("pass"),
        _HELP: code(_MAIN, "--help"),
        _COMPLETE: code(_MAIN, **typed),
        _PANDAS: code("import pandas"),
        _LIBRARIES: code("import pandas, pyarrow"),
        _IMPORT: code("import imagedf"),
        _USED: code("import imagedf; imagedf.fetch_images, imagedf.summarize"),
        _FETCH: code(_MAIN, "--quiet", "fetch", "-o", str(path), **token),
    }


def _timed(commands: Mapping[str, _Command], rounds: int) -> dict[str, Cost]:
    runs: dict[str, list[Cost]] = {name: [] for name in commands}
    for _ in range(rounds + 1):
        for name, command in commands.items():
            runs[name].append(_process(*command))
    # The first round compiled and filled the caches.
    return {name: median(costs[1:]) for name, costs in runs.items()}


def _process(arguments: Sequence[str], variables: Mapping[str, str]) -> Cost:
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-c", *arguments],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
    )
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{arguments} failed")
    wall = time.perf_counter() - started
    return Cost(used.ru_utime + used.ru_stime, wall, 0.0)


def _loaded(arguments: Sequence[str], variables: Mapping[str, str]) -> str:
    """Return the heavy modules that a process has loaded at its end."""
    text, *rest = arguments
    watch = (
        f"import atexit, sys\n"
        f"def tell(): sys.stderr.write(' '.join(m for m in {_HEAVY!r} if m in sys.modules))\n"
        f"atexit.register(tell)\n{text}"
    )
    done = subprocess.run(
        [sys.executable, "-c", watch, *rest],
        env={**os.environ, **variables},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=True,
    )
    return done.stderr.splitlines()[-1] if done.stderr else ""
