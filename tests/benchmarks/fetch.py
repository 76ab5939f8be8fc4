"""Fetch a complete listing over HTTP with latency: imagedf and the clients that people use."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.benchmarks import data
from tests.benchmarks.common import Candidate, Case, Cost, Goal, Section, compare, missing

_HERE = "tests.benchmarks.fetch"
_OURS = "imagedf.fetch_images"
_ONCE = "imagedf.fetch_images, verify=totals"
_CHAIN = "requests, one chain"
_CANDIDATES = {
    _OURS: ("ours", None, None),
    _ONCE: ("once", None, None),
    _CHAIN: ("chain", None, None),
    "pydo": ("with_pydo", "pydo", "pydo"),
    "python-digitalocean": ("with_digitalocean", "digitalocean", "python-digitalocean"),
    "dlt, REST source": ("with_dlt", "dlt", "dlt"),
}
_GOALS = {(50, 50): 0.14, (500, 50): 0.09}
_TWICE = 1.9


def run(*, quick: bool) -> list[Section]:
    """Compare the clients at each number of pages and each latency."""
    pages = (5, 50) if quick else (5, 50, 500)
    points = [(count, latency) for count in pages for latency in (0, 50, 200)]
    here = {n: f for n, (f, needs, _) in _CANDIDATES.items() if not needs or _found(needs)}
    absent = [missing(package) or f"{package}: can't be imported, so not measured"
              for name, (_, _, package) in _CANDIDATES.items()
              if package and name not in here]  # fmt: skip
    rows: list[dict[str, Any]] = []
    goals: list[Goal] = []
    for count, latency in points:
        chain = count * latency / 1000
        # A chain of 25 seconds or more varies little; imagedf runs three more times.
        rounds = 1 if chain > 20 else 3 if chain > 2 or count == 500 else 5
        with data.server(count * data.PER_PAGE, latency / 1000) as url:
            candidates = [Candidate(n, f"{_HERE}:{f}", (url,)) for n, f in here.items()]
            costs = compare(candidates, rounds)
            if rounds == 1:
                costs |= compare(candidates[:1], 3)
        rows += _rows(count, latency, rounds, costs)
        goals += _goals(count, latency, costs)
    title = "Fetch, 200 images per page, 16 requests in flight"
    notes = [
        "x chain: wall time against pages times latency, which no sequential client can beat.",
        "The others end with dicts or objects, imagedf with the typed frame.",
        *absent,
    ]
    return [Section(title, rows, goals, notes), _by_accounts((1, 4) if quick else (1, 4, 16))]


def _by_accounts(counts: Sequence[int]) -> Section:
    """Fetch several accounts at once, ten pages each."""
    rows = []
    with data.server(10 * data.PER_PAGE, 0.05) as url:
        for count in counts:
            name = f"{count} accounts"
            cost = compare([Candidate(name, f"{_HERE}:accounts", (url, count))], 3)[name]
            rows.append({"accounts": count, "images": count * 10 * data.PER_PAGE,
                         "wall s": cost.wall, "CPU s": cost.cpu, "peak MB": cost.peak})  # fmt: skip
    return Section("imagedf.fetch_images, 10 pages per account at 50 ms", rows)


def _found(module: str) -> bool:
    return importlib.util.find_spec(module) is not None


def _rows(pages: int, latency: int, rounds: int, costs: dict[str, Cost]) -> list[dict[str, Any]]:
    chain, ours = pages * latency / 1000, costs[_OURS].wall
    return [
        {"candidate": name, "pages": pages, "latency ms": latency, "rounds": rounds,
         "wall s": cost.wall, "x chain": cost.wall / chain if chain else None,
         "x imagedf": cost.wall / ours, "CPU s": cost.cpu, "peak MB": cost.peak}
        for name, cost in costs.items()
    ]  # fmt: skip


def _goals(pages: int, latency: int, costs: dict[str, Cost]) -> Iterable[Goal]:
    ours, once, chain = costs[_OURS].wall, costs[_ONCE].wall, pages * latency / 1000
    point = f"{pages} pages at {latency} ms"
    if bar := _GOALS.get((pages, latency)):
        yield Goal(f"{point}, read once: wall against the chain", bar, once / chain)
    yield Goal(f"{point}: wall against reading once", _TWICE, ours / once)
    peers = [cost.wall for name, cost in costs.items() if name not in (_OURS, _ONCE, _CHAIN)]
    if peers:
        yield Goal(f"{point}: wall against the quickest peer", 1.0, ours / min(peers))


def _signed(images: Iterable[tuple[Any, Any]]) -> list[Any]:
    """Return a signature of a listing: the ids and names of its images, in order."""
    pairs = list(images)
    places = sum(place * int(key) for place, (key, _) in enumerate(pairs, 1))
    return [len(pairs), places, sum(len(name) for _, name in pairs), pairs[-1][1]]


def _signed_dicts(images: Iterable[Any]) -> list[Any]:
    return _signed((image["id"], image["name"]) for image in images)


def ours(url: str) -> Case:
    """Fetch with imagedf into the typed frame, proven."""
    return _fetch(url, "auto")


def once(url: str) -> Case:
    """Fetch with imagedf, relying on totals."""
    return _fetch(url, "totals")


def _fetch(url: str, verify: Any) -> Case:
    import imagedf
    import imagedf.frame

    fetch = imagedf.fetch_images

    def check(frame: Any) -> list[Any]:
        images = imagedf.collapse_regions(frame)
        return _signed(zip(images["id"], images["name"], strict=True))

    return Case(lambda: fetch(data.TOKEN, base_url=url, verify=verify), check)


def accounts(url: str, count: int) -> Case:
    """Fetch this many accounts with imagedf; all list the same images."""
    import imagedf
    import imagedf.frame

    fetch = imagedf.fetch_images
    tokens = {f"account-{number}": token for number, token in enumerate(data.TOKENS[:count])}
    return Case(lambda: fetch(accounts=tokens, base_url=url))


def chain(url: str) -> Case:
    """Follow the next links over one session, as in the documentation."""
    import requests

    def fetch() -> list[Any]:
        images: list[Any] = []
        address = f"{url}/v2/images?per_page=200&page=1"
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {data.TOKEN}"
            while address:
                answer = session.get(address, timeout=60)
                answer.raise_for_status()
                page = answer.json()
                images += page["images"]
                address = page["links"]["pages"].get("next")
        return images

    return Case(fetch, _signed_dicts)


def with_pydo(url: str) -> Case:
    """Loop as pydo's own documentation does."""
    import pydo

    def fetch() -> list[Any]:
        client = pydo.Client(token=data.TOKEN, endpoint=url)
        images: list[Any] = []
        number = 1
        while True:
            # The token goes over loopback only.
            answer = client.images.list(per_page=200, page=number, enforce_https=False)
            images += answer["images"]
            following = answer["links"]["pages"].get("next")
            if not following:
                return images
            number = int(parse_qs(urlsplit(following).query)["page"][0])

    return Case(fetch, _signed_dicts)


def with_digitalocean(url: str) -> Case:
    """Fetch with python-digitalocean."""
    import digitalocean

    def fetch() -> list[Any]:
        manager = digitalocean.Manager(token=data.TOKEN)
        manager.end_point = f"{url}/v2/"
        return list(manager.get_all_images())

    return Case(fetch, lambda images: _signed((image.id, image.name) for image in images))


def with_dlt(url: str) -> Case:
    """Extract with dlt's REST source, without a pipeline."""
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    from dlt.sources.rest_api import rest_api_source

    def fetch() -> list[Any]:
        source = rest_api_source(
            {
                "client": {
                    "base_url": f"{url}/v2/",
                    "auth": {"type": "bearer", "token": data.TOKEN},
                    "paginator": {"type": "json_link", "next_url_path": "links.pages.next"},
                },
                "resources": [
                    {
                        "name": "images",
                        "endpoint": {
                            "path": "images",
                            "params": {"per_page": 200},
                            "data_selector": "images",
                        },
                    }
                ],
            }
        )
        return list(source.resources["images"])

    return Case(fetch, _signed_dicts)
