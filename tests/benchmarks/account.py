"""A large account over HTTP with latency: all endpoints at once against each by itself."""

from __future__ import annotations

import gzip
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from imagedf.sandbox import Answer, Sandbox, large_world
from tests.benchmarks.common import Candidate, Case, Cost, Goal, Section, compare

_HERE = "tests.benchmarks.account"
_WHOLE = "imagedf.fetch_account"
_SIZES = {"images": 10_000, "droplets": 2_000, "snapshots": 5_000}
_LATENCY = 0.05
_TOKEN = "sandbox-token-of-0"
_SLOW = ("images", "droplet_snapshots", "droplets", "backup_policies")


def run(*, quick: bool) -> list[Section]:
    """Fetch the account, and its larger endpoints one by one, each with its second reading."""
    sizes = {name: size // 5 for name, size in _SIZES.items()} if quick else _SIZES
    with _server(sizes) as url:
        candidates = [Candidate(_WHOLE, f"{_HERE}:whole", (url,))]
        candidates += [Candidate(name, f"{_HERE}:one", (url, name)) for name in _SLOW]
        costs = compare(candidates, 3 if quick else 5, checked=False)
    slowest = max(costs[name].wall for name in _SLOW)
    goal = Goal("wall time against the slowest endpoint's", 1.5, costs[_WHOLE].wall / slowest)
    counts = ", ".join(f"{size:,} {name}" for name, size in sizes.items())
    rows = [_row(name, cost) for name, cost in costs.items()]
    return [Section(f"An account of {counts} at 50 ms", rows, [goal])]


def _row(name: str, cost: Cost) -> dict[str, Any]:
    return {"fetched": name, "wall s": cost.wall, "CPU s": cost.cpu, "peak MB": cost.peak}


def whole(url: str) -> Case:
    """Fetch everything."""
    import imagedf

    imagedf.example_account()  # so that no import is measured
    return Case(lambda: imagedf.fetch_account(_TOKEN, base_url=url))


def one(url: str, name: str) -> Case:
    """Fetch one endpoint by itself, as the whole fetch does."""
    import imagedf
    from imagedf.account import ENDPOINTS
    from imagedf.client import check_settings, open_fetch

    imagedf.example_account()
    if name == "images":
        return Case(lambda: imagedf.fetch_images(_TOKEN, base_url=url, private=True))
    settings = check_settings(
        token=_TOKEN, accounts=None, type=None, private=True, tag_name=None, base_url=url,
        per_page=200, max_workers=16, timeout=(5, 60), max_retries=5, limits=None,
    )  # fmt: skip

    def fetch() -> Any:
        with open_fetch(settings) as opened:
            return opened.collect_tables([ENDPOINTS[name]])

    return Case(fetch)


class _Packed(Sandbox):
    """Serves each body compressed already: the server's work is not part of the comparison."""

    def answer(self, path: str, headers: Mapping[str, str], method: str = "GET") -> Answer:
        known = self.__dict__.setdefault("_known", {})
        if path not in known:
            made = super().answer(path, headers, method)
            sent = {**made.headers, "content-encoding": "gzip"}
            known[path] = replace(made, body=gzip.compress(made.body, 1), headers=sent)
        found: Answer = known[path]
        return found


@contextmanager
def _server(sizes: Mapping[str, int]) -> Iterator[str]:
    """Serve a large account in a process of its own."""
    command = [sys.executable, "-m", _HERE, *map(str, sizes.values())]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        try:
            whole(url).run()  # fills the cache
            yield url
        finally:
            process.terminate()


def _serve() -> None:
    images, droplets, snapshots = map(int, sys.argv[1:])
    world = large_world(images, droplets=droplets, snapshots=snapshots)
    with _Packed({"default": world}, latency=_LATENCY, limit=10**9) as sandbox:
        print(sandbox.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _serve()
