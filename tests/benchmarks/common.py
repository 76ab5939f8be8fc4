"""Run candidates, each in a separate process, in interleaved rounds; medians and ratios.

A candidate is a function of JSON-able arguments that prepares everything and returns a
``Case``. Only ``Case.run`` is measured. What ``Case.check`` returns must be equal for all
candidates of a comparison before any figure counts.
"""

from __future__ import annotations

import importlib
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

_MARK = "imagedf-benchmark "
_STATUS = Path("/proc/self/status")
_CLEAR = Path("/proc/self/clear_refs")
_PACKAGES = (
    "pandas", "pyarrow", "numpy", "narwhals", "requests", "orjson", "msgspec", "polars", "duckdb",
    "pydo", "python-digitalocean", "dlt",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """The work of a candidate, and the part of its result that must equal the others'."""

    run: Callable[[], Any]
    check: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Cost:
    """CPU and wall time of one run [s], and its peak memory above the start [MB]."""

    cpu: float
    wall: float
    peak: float


@dataclass(frozen=True)
class Goal:
    """A bar and the measured figure; it is an upper bound, or a lower one with ``at_least``."""

    what: str
    bar: float
    measured: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the bar was reached."""
        return self.measured >= self.bar if self.at_least else self.measured <= self.bar


@dataclass
class Section:
    """One table of results, with the goals that it answers."""

    title: str
    rows: list[dict[str, Any]]
    goals: list[Goal] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Candidate:
    """A candidate's function as ``module:name`` and its arguments."""

    name: str
    function: str
    arguments: tuple[Any, ...] = ()


def compare(
    candidates: Sequence[Candidate], rounds: int, *, checked: bool = True
) -> dict[str, Cost]:
    """Run all candidates in turn, several times over; return the medians by name.

    The first round compares the results; a difference ends the benchmark.
    """
    costs: dict[str, list[Cost]] = {candidate.name: [] for candidate in candidates}
    results: dict[str, Any] = {}
    for number in range(rounds):
        for candidate in candidates:
            cost, result = in_child(candidate, checked=checked and number == 0)
            costs[candidate.name].append(cost)
            if result is not None:
                results[candidate.name] = result
    _compare_results(results)
    return {name: median(runs) for name, runs in costs.items()}


def _compare_results(results: Mapping[str, Any]) -> None:
    names = list(results)
    for name in names[1:]:
        if results[name] != results[names[0]]:
            raise SystemExit(
                f"{name} and {names[0]} differ:\n{results[name]!s:.2000}\n"
                f"{results[names[0]]!s:.2000}"
            )


def median(costs: Sequence[Cost]) -> Cost:
    """Return the median of each figure."""
    return Cost(
        *(statistics.median(getattr(cost, name) for cost in costs) for name in asdict(costs[0]))
    )


def in_child(candidate: Candidate, *, checked: bool) -> tuple[Cost, Any]:
    """Run a candidate once in a separate process; return its cost, and its result if checked."""
    order = json.dumps([candidate.function, candidate.arguments, checked])
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.common", order],
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )
    answers = [line for line in done.stdout.splitlines() if line.startswith(_MARK)]
    if done.returncode or not answers:
        raise SystemExit(f"{candidate.name} failed")
    answer = json.loads(answers[-1].removeprefix(_MARK))
    return Cost(**answer["cost"]), answer["result"]


def measure(run: Callable[[], Any]) -> tuple[Cost, Any]:
    """Measure one call in this process: all its threads' CPU, the wall clock, the peak."""
    before = _reset_peak()
    cpu, wall = time.process_time(), time.perf_counter()
    result = run()
    cost = Cost(time.process_time() - cpu, time.perf_counter() - wall, max(0.0, _peak() - before))
    return cost, result


def _reset_peak() -> float:
    """Return the current resident memory [MB], and reset the peak (on Linux)."""
    try:
        _CLEAR.write_text("5")
        return _status("VmRSS")
    except OSError:
        return _peak()


def _peak() -> float:
    if _STATUS.exists():
        return _status("VmHWM")
    scale = 2**20 if sys.platform == "darwin" else 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / scale


def _status(name: str) -> float:
    lines = _STATUS.read_text().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def interleaved(cases: Mapping[str, Case], rounds: int) -> dict[str, Cost]:
    """Measure cases in this process, in turn, several times over; return the medians."""
    costs: dict[str, list[Cost]] = {name: [] for name in cases}
    results: dict[str, Any] = {}
    for number in range(rounds):
        for name, case in cases.items():
            cost, result = measure(case.run)
            costs[name].append(cost)
            if number == 0 and case.check is not None:
                results[name] = case.check(result)
    _compare_results(results)
    return {name: median(runs) for name, runs in costs.items()}


def missing(package: str) -> str | None:
    """Return a note that a peer is not installed, or None."""
    try:
        version(package)
    except PackageNotFoundError:
        return f"{package}: not installed, so not measured"
    return None


def machine() -> dict[str, Any]:
    """Describe the machine and the libraries, without names or paths."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    packages = {name: version(name) for name in _PACKAGES if missing(name) is None}
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": packages,
    }


def table(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return rows as aligned columns; all rows have the keys of the first row."""
    names = list(rows[0])
    lines = [names, *([_text(row.get(name)) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(names))]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
    return "" if value is None else f"{value:,}" if isinstance(value, int) else str(value)


def shown(section: Section) -> str:
    """Write a section as text."""
    parts = [f"## {section.title}", table(section.rows)]
    if section.goals:
        parts.append(table([_goal_row(goal) for goal in section.goals]))
    return "\n\n".join([*parts, *section.notes])


def _goal_row(goal: Goal) -> dict[str, Any]:
    bar = f"{'>=' if goal.at_least else '<='} {goal.bar:g}"
    return {"goal": goal.what, "bar": bar, "measured": goal.measured,
            "": "met" if goal.met else "MISSED"}  # fmt: skip


def as_json(parts: Mapping[str, Iterable[Section]]) -> dict[str, Any]:
    """Return the content of the JSON file with the results."""
    return {
        "machine": machine(),
        "parts": {
            name: [
                asdict(section)
                | {"goals": [asdict(goal) | {"met": goal.met} for goal in section.goals]}
                for section in sections
            ]
            for name, sections in parts.items()
        },
    }


def _child() -> None:
    function, arguments, checked = json.loads(sys.argv[1])
    module, name = function.split(":")
    case = getattr(importlib.import_module(module), name)(*arguments)
    cost, result = measure(case.run)
    known = case.check(result) if checked and case.check is not None else None
    print(_MARK + json.dumps({"cost": asdict(cost), "result": known}), flush=True)


if __name__ == "__main__":
    _child()
