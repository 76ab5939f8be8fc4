"""How CPU time and memory grow with the images and with the accounts; draws ``scale.png``.

``python -m tests.benchmarks scale [--quick]``
"""

from __future__ import annotations

import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from tests.benchmarks import data
from tests.benchmarks.common import Candidate, Case, Cost, Goal, Section, in_child, median

_HERE = "tests.benchmarks.scale"
_CHART = Path(__file__).with_name("scale.png")
_WORK = ("fetch", "parse", "summarize", "cost", "savings", "star", "report")
_TENFOLD = 13.0
"""The maximum cost of ten times as many: linear, plus a third for memory beyond the caches."""
_THREADS = 300
_PAGES = 2
_FEW = 1_000
_KEYS = ("type", "region", "tag")


def run(*, quick: bool) -> list[Section]:
    """Measure each function at growing numbers of images, and a fetch of growing accounts."""
    sizes = (1_000, 10_000, 100_000) if quick else (1_000, 10_000, 100_000, 1_000_000)
    accounts = (1, 10, 100) if quick else (1, 10, 100, 1_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _saved(_FEW, folder)
        by_images = {work: [_measured(work, images, folder) for images in sizes] for work in _WORK}
        in_groups = [_measured("groups", images, folder) for images in sizes[:3]]
    by_accounts = [_of_accounts(count) for count in accounts]
    if not quick:
        _draw(sizes, by_images, accounts, [cost for cost, _ in by_accounts])
    return [
        _by_images(sizes, by_images),
        _by_images(sizes[:3], {"report, as many groups": in_groups}),
        _by_accounts(accounts, by_accounts),
    ]


def _measured(name: str, images: int, folder: Path) -> Cost:
    rounds = 3 if images <= 10_000 else 1
    if name == "fetch":
        with data.server(images) as url:
            return _median(Candidate(name, f"{_HERE}:{name}", (url,)), rounds)
    arguments = (images,) if name == "parse" else (str(_saved(images, folder)),)
    return _median(Candidate(name, f"{_HERE}:{name}", arguments), rounds)


def _saved(images: int, folder: Path) -> Path:
    """Save this many images once: a process with the bodies would keep their memory."""
    import imagedf

    path = folder / f"{images}.parquet"
    if not path.exists():
        imagedf.to_parquet(imagedf.read_images(list(data.bodies(images))), path)
    return path


def _median(candidate: Candidate, rounds: int) -> Cost:
    return median([in_child(candidate, checked=False)[0] for _ in range(rounds)])


def _of_accounts(count: int) -> tuple[Cost, int]:
    with data.server(_PAGES * data.PER_PAGE) as url:
        candidate = Candidate("accounts", f"{_HERE}:accounts", (url, count))
        cost, threads = in_child(candidate, checked=True)
    return cost, threads


def _by_images(sizes: Sequence[int], costs: dict[str, list[Cost]]) -> Section:
    rows, goals = [], []
    for name, of_sizes in costs.items():
        for images, cost in zip(sizes, of_sizes, strict=True):
            per_image = cost.cpu / images * 1e6
            rows.append({"": name, "images": images, "CPU s": cost.cpu, "wall s": cost.wall,
                         "µs per image": per_image, "peak MB": cost.peak})  # fmt: skip
        before, after = of_sizes[-2:]
        last = f"{sizes[-2]:,} to {sizes[-1]:,} images"
        goals.append(Goal(f"{name}: CPU, {last}", _TENFOLD, after.cpu / before.cpu))
        if before.peak > 1:
            goals.append(Goal(f"{name}: peak, {last}", _TENFOLD, after.peak / before.peak))
    return Section("By images, each in a process of its own", rows, goals)


def _by_accounts(counts: Sequence[int], found: list[tuple[Cost, int]]) -> Section:
    rows = [
        {"accounts": count, "CPU s": cost.cpu, "wall s": cost.wall,
         "ms per account": cost.cpu / count * 1000, "peak MB": cost.peak, "threads": threads}
        for count, (cost, threads) in zip(counts, found, strict=True)
    ]  # fmt: skip
    growth = found[-1][0].cpu / found[-2][0].cpu
    goals = [
        Goal(f"CPU, {counts[-2]:,} to {counts[-1]:,} accounts", _TENFOLD, growth),
        Goal("threads at most", _THREADS, max(threads for _, threads in found)),
    ]
    return Section(f"By accounts, {_PAGES} pages per account", rows, goals)


def fetch(url: str) -> Case:
    """Fetch everything once into the frame."""
    import imagedf
    import imagedf.frame

    fetch_images = imagedf.fetch_images
    return Case(lambda: fetch_images(data.TOKEN, base_url=url, verify="totals"))


def accounts(url: str, count: int) -> Case:
    """Fetch this many accounts, and count the threads during the fetch."""
    import imagedf
    import imagedf.frame

    fetch_images = imagedf.fetch_images
    tokens = {f"account-{number}": token for number, token in enumerate(data.TOKENS[:count])}
    most = [0]

    def fetched() -> None:
        with _counted(most), warnings.catch_warnings():
            warnings.simplefilter("ignore")  # all accounts list the same images, as one team does
            fetch_images(accounts=tokens, base_url=url)

    return Case(fetched, lambda _: most[0])


@contextmanager
def _counted(most: list[int]) -> Iterator[None]:
    """Record the largest number of threads, without the counting thread."""
    ended = threading.Event()

    def count() -> None:
        while not ended.wait(0.01):
            most[0] = max(most[0], threading.active_count() - 1)

    counter = threading.Thread(target=count)
    counter.start()
    try:
        yield
    finally:
        ended.set()
        counter.join()


def parse(images: int) -> Case:
    """Parse as a fetch does."""
    from tests.benchmarks.parse import imagedf_groups

    path = Path(tempfile.mkdtemp()) / "bodies"
    data.save(path, images)
    return imagedf_groups(str(path))


def summarize(path: str) -> Case:
    """Total by type, by region and by tag."""
    import imagedf

    return _case(path, lambda frame: [imagedf.summarize(frame, key) for key in _KEYS])


def cost(path: str) -> Case:
    """Price each image."""
    import imagedf

    return _case(path, imagedf.estimate_cost)


def savings(path: str) -> Case:
    """Apply the default policy to each image, and summarize."""
    import imagedf

    return _case(path, lambda frame: imagedf.savings_summary(imagedf.find_savings(frame)))


def star(path: str) -> Case:
    """Write the tables for BI tools."""
    import imagedf

    folder = tempfile.mkdtemp(dir=Path(path).parent)
    return _case(path, lambda frame: imagedf.export_star(frame, folder))


def report(path: str) -> Case:
    """Write the HTML report with its charts."""
    import imagedf

    page = f"{path}.html"
    return _case(path, lambda frame: imagedf.write_report(frame, page))


def groups(path: str) -> Case:
    """Write a report in which every image has its own distribution and tag."""
    import imagedf

    page = f"{path}.html"

    def write(frame: pd.DataFrame) -> None:
        texts = frame["id"].astype("str")
        tags = pd.Series([[f"tag-{text}"] for text in texts], index=frame.index, dtype=object)
        imagedf.write_report(frame.assign(distribution="system " + texts, tags=tags), page)

    return _case(path, write)


def _case(path: str, work: Callable[[pd.DataFrame], Any]) -> Case:
    """Return a case on saved images; a run on a few images imports what it needs first."""
    import imagedf

    work(imagedf.read_parquet(Path(path).with_name(f"{_FEW}.parquet")))
    frame = imagedf.read_parquet(path)
    pa.default_memory_pool().release_unused()
    return Case(lambda: work(frame))


def _draw(
    sizes: Sequence[int],
    by_images: dict[str, list[Cost]],
    accounts: Sequence[int],
    by_accounts: Sequence[Cost],
) -> None:
    import matplotlib.pyplot as plt

    figure, (cpu, peak, fetched) = plt.subplots(1, 3, figsize=(12, 3.8), layout="constrained")
    for name, costs in by_images.items():
        cpu.plot(sizes, [cost.cpu for cost in costs], marker="o", ms=3, label=name)
        peak.plot(sizes, [max(cost.peak, 0.1) for cost in costs], marker="o", ms=3, label=name)
    fetched.plot(accounts, [cost.cpu for cost in by_accounts], marker="o", ms=3, label="CPU (s)")
    fetched.plot(accounts, [cost.peak for cost in by_accounts], marker="o", ms=3, label="peak (MB)")
    titles = ("CPU (s) by images", "Peak memory (MB) by images", "fetch by accounts")
    for axes, title in zip((cpu, peak, fetched), titles, strict=True):
        axes.set(xscale="log", yscale="log", title=title)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="x-small")
    for axes in (cpu, fetched):
        first = axes.get_lines()[0]
        x, y = first.get_xdata(), first.get_ydata()
        axes.plot(x, [y[-1] * at / x[-1] for at in x], ls=":", color="grey")
    figure.savefig(_CHART, dpi=80)
