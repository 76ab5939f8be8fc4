"""Generated pages of the image listing, and a server process for them.

Images are drawn once into a pool; a body consists of the pool's texts with different numbers, so
that three million images are created in seconds and the same number gives the same image.
"""

from __future__ import annotations

import gzip
import json
import random
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from imagedf.sandbox import REGIONS, Answer, Fault, Request, Sandbox

PER_PAGE = 200
TOKENS = [f"sandbox-token-of-{number}" for number in range(1_000)]
TOKEN = TOKENS[0]
_POOL = 9_973
_TAGS = ("env:prod", "env:staging", "team:data", "team:web", "keep", "cost-center:42")
_SYSTEMS = ("Ubuntu", "Debian", "Fedora", "CentOS", "Rocky Linux", "AlmaLinux", "FreeBSD")
_NAMES = ("web-{}", "db-primary-{}", 'shop "eu" {}', "café-api {}", "サーバー-{}", "ci\\runner {}",
          "nightly-worker-{}", "billing-{}-snapshot")  # fmt: skip
_URL = "https://api.digitalocean.com"
_ID, _NUMBER = "4242424242", "#n#"


@cache
def _pool() -> list[tuple[str, str, str]]:
    """Return the JSON texts of the images, split where the id and the number in the name go."""
    draw = random.Random(7)  # the same seed gives the same bytes
    texts = [json.dumps(_image(draw), separators=(",", ":")) for _ in range(_POOL)]
    cut = []
    for text in texts:
        head, tail = text.split(_ID)
        middle, end = tail.split(_NUMBER)
        cut.append((head, middle, end))
    return cut


def _image(draw: random.Random) -> dict[str, Any]:
    public = draw.random() < 0.02
    regions = draw.randint(1, 14) if public else draw.choices((0, 1, 2, 3), (1, 46, 35, 18))[0]
    day = f"{draw.randint(2019, 2026)}-{draw.randint(1, 12):02d}-{draw.randint(1, 28):02d}"
    clock = f"{draw.randint(0, 23):02d}:{draw.randint(0, 59):02d}:{draw.randint(0, 59):02d}Z"
    kinds = ("base", "application") if public else ("snapshot", "snapshot", "backup", "custom")
    return {
        "id": int(_ID),
        "name": draw.choice(_NAMES).format(_NUMBER),
        "distribution": draw.choice(_SYSTEMS),
        "slug": f"slug-{draw.randint(1, 400)}" if public else None,
        "public": public,
        "regions": draw.sample(REGIONS, regions),
        "created_at": f"{day}T{clock}",
        "min_disk_size": draw.choice((7, 25, 50, 80, 160, None)),
        "type": draw.choice(kinds),
        "size_gigabytes": None if draw.random() < 0.01 else round(draw.lognormvariate(1.2, 0.9), 2),
        "description": draw.choice(("", "", "imported", None)),
        "tags": [] if public else draw.sample(_TAGS, draw.choice((0, 0, 0, 1, 2))),
        "status": draw.choice(("available",) * 18 + ("new", "retired")),
        "error_message": "",
    }


def body(page: int, images: int, per_page: int = PER_PAGE, url: str = _URL) -> bytes:
    """Return one page of a listing with this many images; its links go to ``url``."""
    pool = _pool()
    texts = []
    for number in range((page - 1) * per_page, min(page * per_page, images)):
        head, middle, end = pool[number % _POOL]
        texts.append(f"{head}{100_000_000 + number}{middle}{number}{end}")
    last = max(1, -(-images // per_page))
    address = f"{url}/v2/images?per_page={per_page}&page="
    pages = {}
    if page < last:
        pages = {"next": f"{address}{page + 1}", "last": f"{address}{last}"}
    rest = json.dumps({"links": {"pages": pages}, "meta": {"total": images}})
    return ('{"images":[' + ",".join(texts) + "]," + rest[1:]).encode()


def bodies(images: int) -> Iterator[bytes]:
    """Return all pages of a listing with this many images."""
    return (body(page, images) for page in range(1, max(1, -(-images // PER_PAGE)) + 1))


def save(path: Path, images: int) -> None:
    """Write the bodies to one file, each preceded by its length."""
    with path.open("wb") as file:
        for one in bodies(images):
            file.write(struct.pack("<Q", len(one)) + one)


def load(path: str) -> list[bytes]:
    """Read the bodies that ``save`` wrote."""
    text, start, found = Path(path).read_bytes(), 0, []
    while start < len(text):
        (length,) = struct.unpack_from("<Q", text, start)
        found.append(text[start + 8 : start + 8 + length])
        start += 8 + length
    return found


@contextmanager
def server(images: int, latency: float = 0.0) -> Iterator[str]:
    """Run the sandbox with this many images in a separate process; yield its base URL."""
    command = [sys.executable, "-m", "tests.benchmarks.data", str(images), str(latency)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


@lru_cache(512)
def _packed(page: int, images: int, per_page: int, url: str) -> bytes:
    """Compress a body only once: the server's work is not part of the comparison."""
    return gzip.compress(body(page, images, per_page, url), 1)


def _made(images: int) -> Fault:
    """Serve each page from the pool: the sandbox would keep every image in memory."""

    def made(request: Request, answer: Answer) -> Answer:
        per_page = min(int(request.query.get("per_page", "20")), PER_PAGE)
        packed = _packed(request.page, images, per_page, f"http://{request.headers['host']}")
        headers = {**answer.headers, "content-encoding": "gzip"}
        return replace(answer, body=packed, headers=headers)

    return made


def _serve() -> None:
    images, latency = int(sys.argv[1]), float(sys.argv[2])
    _pool()
    accounts: dict[str, list[Any]] = {f"account-{number}": [] for number in range(len(TOKENS))}
    with Sandbox(accounts, latency=latency, faults=[_made(images)], limit=10**9) as sandbox:
        print(sandbox.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    _serve()
