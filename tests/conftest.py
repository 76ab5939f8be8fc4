"""Fixtures that every test may use; nothing here reaches beyond loopback."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTED_PAGE = ROOT / "data" / "documented_page.json"

THOROUGH = os.environ.get("IMAGEDF_EXAMPLES") == "thorough"
# The first pandas call of a process takes longer than Hypothesis' own deadline.
settings.register_profile(
    "imagedf",
    deadline=None,
    derandomize=True,
    max_examples=100 if THOROUGH else 30,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("imagedf")
Case = TypeVar("Case")

# Frames are made of many objects: at Python's own threshold, a twentieth of the time is spent on
# looking for garbage that is not there.
gc.set_threshold(100_000)

# Without bytecode, every process that a test starts would compile the package again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False


def examples(thorough: int, **others: Any) -> settings:
    """Return the settings of a property that is slow to check: an eighth of its examples.

    ``IMAGEDF_EXAMPLES=thorough``, as in ``.ci/run``, checks all of them.
    """
    fewer = min(thorough, max(3, thorough // 8))
    return settings(max_examples=thorough if THOROUGH else fewer, **others)


def sample(
    cases: Iterable[Case], every: int, kind: Callable[[Case], object] = lambda _: None
) -> list[Case]:
    """Return the first and then every n-th of the cases of each kind; all of them if thorough."""
    seen = Counter[object]()
    chosen = []
    for case in cases:
        if THOROUGH or seen[kind(case)] % every == 0:
            chosen.append(case)
        seen[kind(case)] += 1
    return chosen


@pytest.fixture
def documented_page() -> bytes:
    """The documented response, byte for byte."""
    return DOCUMENTED_PAGE.read_bytes()


@pytest.fixture(autouse=True)
def _no_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove tokens, addresses and color settings of the machine from the environment."""
    for name in (
        "DIGITALOCEAN_TOKEN",
        "DIGITALOCEAN_ACCESS_TOKEN",
        "DIGITALOCEAN_API_URL",
        "NO_COLOR",
        "FORCE_COLOR",
        "IMAGEDF_CONFIG",
        "IMAGEDF_HISTORY",
    ):
        monkeypatch.delenv(name, raising=False)
    # The user who runs the tests may have an imagedf.toml or doctl's configuration.
    monkeypatch.setenv("XDG_CONFIG_HOME", "/nonexistent")


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that leaves this machine."""
    connect = socket.socket.connect

    def guarded(sock: socket.socket, address: Any) -> None:
        if sock.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if not (host.startswith("127.") or host == "::1"):
                raise PermissionError(f"a test tried to reach {host}")
        connect(sock, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    yield
    patch.undo()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail if a test was skipped where every test must run, as in ``.ci/run``."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("IMAGEDF_SKIP_NOTHING") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
