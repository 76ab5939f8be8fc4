"""Ctrl-C, event loops, threads and forks: a fetch ends on request and doesn't interfere."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from imagedf.errors import AuthenticationError
from imagedf.sandbox import Sandbox
from tests.conftest import ROOT
from tests.faults.elsewhere import proves
from tests.hostile import LISTING, TOKEN, fetch, whole
from tests.interrupted import PLANS

FORKED = """
import os, sys
from tests.hostile import fetch, whole
import pandas as pd
url = sys.argv[1]
pd.testing.assert_frame_equal(fetch(url), whole())
child = os.fork()
pd.testing.assert_frame_equal(fetch(url), whole())
if child == 0:
    os._exit(7)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox({"default": LISTING}, latency=0.01) as running:
        running.tokens = {"default": TOKEN}
        yield running


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python in a separate process, where a warning is an error."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-W", "ignore:This process:DeprecationWarning", *arguments],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@proves(
    "`KeyboardInterrupt` within a second; no thread, no file",
    *(f"Ctrl-C during {way}" for way in dict.fromkeys(way for way, _ in PLANS)),
)
def test_ctrl_c_ends_a_fetch_wherever_it_hangs(tmp_path: Path) -> None:
    # Each would hang for 20 seconds or more; the limit of one second is the promise itself.
    done = run("-m", "tests.interrupted", str(tmp_path))
    assert done.stderr == ""
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["way"], one["fetch"]) for one in told] == [
        (way, fetch.__name__) for way, fetch in PLANS
    ]
    for one in told:
        assert (one["outcome"], one["threads"], one["files"]) == ("KeyboardInterrupt", [], []), one
        assert one["seconds"] < 1, one


def test_a_failed_fetch_leaves_no_thread_and_no_warning(sandbox: Sandbox) -> None:
    with pytest.raises(AuthenticationError, match="page 1"):
        fetch(sandbox.url, token="another-token")
    pd.testing.assert_frame_equal(fetch(sandbox.url), whole())
    assert [one.name for one in threading.enumerate() if one.name.startswith("imagedf")] == []


@proves("the exact frame", "a fetch inside a running event loop")
def test_a_fetch_works_inside_a_running_event_loop(sandbox: Sandbox) -> None:
    async def cell() -> pd.DataFrame:
        return fetch(sandbox.url)

    pd.testing.assert_frame_equal(asyncio.run(cell()), whole())


@proves("the exact frames", "several fetches in threads at once")
def test_several_fetches_at_once_do_not_mix(sandbox: Sandbox) -> None:
    with ThreadPoolExecutor(6) as executor:
        for frame in executor.map(lambda _: fetch(sandbox.url), range(12)):
            pd.testing.assert_frame_equal(frame, whole())


@proves("the exact frame in parent and child", "a fetch after a fork")
def test_a_fetch_works_after_a_fork(sandbox: Sandbox) -> None:
    if not hasattr(os, "fork"):
        pytest.skip("needs fork")
    done = run("-c", FORKED, sandbox.url)
    assert (done.stdout, done.stderr) == ("7\n", "")
