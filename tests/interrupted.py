"""A process that interrupts its own fetches; test_interrupt starts it and reads its output.

For each way in which a fetch can hang, it prints one line of JSON: the outcome of the fetch, the
time after Ctrl-C, the threads and the files that are left.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import imagedf
from imagedf.client import check_settings, fetch_parquet
from imagedf.sandbox import Answer, Fault, Request, Sandbox, status
from tests.hostile import LISTING, TOKEN, raw_server

_pressed: list[float] = []


def press_soon() -> None:
    """Press Ctrl-C once, after the fetch has had time to hang."""
    if _pressed:
        return
    _pressed.append(0.0)

    def press() -> None:
        time.sleep(0.3)
        _pressed[0] = time.monotonic()
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=press, daemon=True).start()


def pressing(fault: Fault) -> Fault:
    """Press Ctrl-C soon after the first response for page 2."""
    once = threading.Event()

    def fault_and_press(request: Request, answer: Answer) -> Answer:
        if request.page == 1:
            return answer
        if not once.is_set():
            once.set()
            press_soon()
        return fault(request, answer)

    return fault_and_press


@contextmanager
def sandbox_that(fault: Fault) -> Iterator[str]:
    with Sandbox(dict.fromkeys(TOKENS, LISTING), faults=[pressing(fault)]) as sandbox:
        sandbox.tokens = TOKENS
        yield sandbox.url


@contextmanager
def silent_server() -> Iterator[str]:
    """Accept requests and never respond."""

    def hang(_connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
        press_soon()
        server.over.wait(60)

    with raw_server(hang) as server:
        yield server.url


@contextmanager
def dripping_server() -> Iterator[str]:
    """Send a body endlessly, one byte at a time."""

    def drip(connection: socket.socket, _line: str, _headers: Mapping[str, str]) -> None:
        press_soon()
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n")
        while not server.over.wait(0.05):
            connection.sendall(b" ")

    with raw_server(drip) as server:
        yield server.url


@contextmanager
def deaf_port(scheme: str) -> Iterator[str]:
    """Accept connections without reading from them: a TLS handshake gets no response."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        press_soon()
        yield f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def full_port() -> Iterator[str]:
    """Listen with a full queue, so that connecting itself hangs."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        address = listener.getsockname()
        for _ in range(4):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            with suppress(BlockingIOError):
                filler.connect(address)
        press_soon()
        yield f"http://127.0.0.1:{address[1]}"


def late(_request: Request, answer: Answer) -> Answer:
    return Answer(answer.status, answer.body, answer.headers, delay=30)


TOKENS = {"a": TOKEN, "b": f"{TOKEN[:-1]}b", "c": f"{TOKEN[:-1]}c"}
WAYS: dict[str, Callable[[], Any]] = {
    "a response that never arrives": silent_server,
    "a body that drips": dripping_server,
    "a wait for the rate limit": lambda: sandbox_that(status(429, retry_after="500")),
    "a wait before a retry": lambda: sandbox_that(status(503, retry_after="500")),
    "a TLS handshake that never ends": lambda: deaf_port("https"),
    "a connection that is never accepted": full_port,
}


def one_account(url: str, folder: Path) -> None:
    imagedf.fetch_images(TOKEN, base_url=url, per_page=1, timeout=(20, 60))


def three_accounts(url: str, folder: Path) -> None:
    imagedf.fetch_images(accounts=TOKENS, base_url=url, per_page=1, timeout=(20, 60))


def to_file(url: str, folder: Path) -> None:
    settings = check_settings(
        token=TOKEN, accounts=None, type=None, private=None, tag_name=None, base_url=url,
        per_page=1, max_workers=8, timeout=(20, 60), max_retries=5, limits=None,
    )  # fmt: skip
    fetch_parquet(settings, folder / "images.parquet")


def run(way: str, fetch: Callable[[str, Path], None], folder: Path) -> dict[str, Any]:
    """Fetch, get interrupted, and return what is left."""
    outcome = "ended by itself"
    _pressed.clear()
    with WAYS[way]() as url:
        try:
            fetch(url, folder)
        except KeyboardInterrupt:
            outcome = "KeyboardInterrupt"
        except imagedf.ImagedfError as error:
            outcome = str(error)
        seconds = time.monotonic() - _pressed[0]
        threads = [one.name for one in threading.enumerate() if one.name.startswith("imagedf")]
    files = [path.name for path in folder.iterdir()]
    return {"way": way, "fetch": fetch.__name__, "outcome": outcome, "seconds": seconds,
            "threads": threads, "files": files}  # fmt: skip


PLANS = [
    *((way, one_account) for way in WAYS),
    *((way, three_accounts) for way in list(WAYS)[:3]),
    *((way, to_file) for way in list(WAYS)[:3]),
]


def main(folder: Path) -> None:
    """Run every way, and some of them with several accounts or a file."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for way, fetch in PLANS:
        print(json.dumps(run(way, fetch, folder)), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
