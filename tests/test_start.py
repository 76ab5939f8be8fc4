"""A command requests page 1 before it imports pandas."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, sample

# The import of pandas waits for a request, which would never arrive if it were sent later.
WATCHED = """
import os, sys, time
from imagedf.cli import main
from imagedf.sandbox import Sandbox

class Watch:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas":
            end = time.monotonic() + 30
            while not sandbox.requests and time.monotonic() < end:
                time.sleep(0.01)
            print("requested:", bool(sandbox.requests), file=sys.stderr)

with Sandbox() as sandbox:
    os.environ |= {"DIGITALOCEAN_API_URL": sandbox.url, "DIGITALOCEAN_TOKEN": sandbox.token}
    sys.meta_path.insert(0, Watch())
    main(sys.argv[1:])
"""


COMMANDS = [
    "fetch",
    "summary",
    "cost",
    "savings",
    "bill",
    "report -o report.html",
    "charts -o charts",
    "record --history history",
    "export -o images.csv",
    "export -o star/",
    "export -o images.xlsx",
]


@pytest.mark.parametrize("command", sample(COMMANDS, 4))
def test_page_1_is_requested_before_pandas_is_imported(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", WATCHED, *command.split()],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "requested: True" in done.stderr.splitlines()
    assert "requested: False" not in done.stderr.splitlines()
