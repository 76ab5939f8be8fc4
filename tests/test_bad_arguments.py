"""Every argument of every public function, given a token or a frame: one clear line, no token."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import imagedf
from tests.conftest import DOCUMENTED_PAGE
from tests.hostile import TOKEN

NETWORK = {"fetch_images", "fetch_account", "fetch_invoice", "check_rates"}
RULES = {"Select", "Keep", "Policy", "Limits"}
SLOW = {"example_account", "render_report", "write_report", "save_charts"}
NAMES = [
    name
    for name in imagedf.__all__
    if name in RULES or (inspect.isfunction(getattr(imagedf, name)) and name not in SLOW)
]


@pytest.fixture(scope="module")
def right(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return a right value for each required argument."""
    frame, account = imagedf.example(), imagedf.example_account()
    folder = tmp_path_factory.mktemp("arguments")
    imagedf.record(frame, folder / "history", on="2026-11-01")
    costs = imagedf.estimate_cost(frame)
    line = "Snapshots,,x,744,2026-10-01 00:00:00 +0000,2026-11-01 00:00:00 +0000,$0.60,"
    heads = "product,group_description,description,hours,start,end,USD,project_name"
    return {
        **dict.fromkeys(("frame", "frame_or_account", "frame_or_account_or_history"), frame),
        **dict.fromkeys(("old", "new"), frame),
        **dict.fromkeys(("costs", "costs_or_account"), costs),
        "account": account,
        "found": imagedf.find_savings(frame),
        "history": folder / "history",
        "by": "type",
        "source": DOCUMENTED_PAGE,
        "path": folder / "file",
        "directory": folder / "directory",
        "invoice": f"{heads}\n{line}\n".encode(),
    }


def attempts(name: str, right: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield arguments of which one is a token, a list with a token, or a frame."""
    parameters = inspect.signature(getattr(imagedf, name)).parameters
    names = [wrong for wrong in parameters if wrong not in ("token", "progress")]
    for wrong, value in product(names, (TOKEN, [TOKEN], right["frame"])):
        required = [one.name for one in parameters.values() if one.default is one.empty]
        given = {key: right[key] for key in required if key in right}
        if name in NETWORK:
            given |= {"base_url": "http://127.0.0.1:9", "max_retries": 0}
            given |= {} if wrong == "accounts" else {"token": "t"}
        yield given | {wrong: value}


def message_of(name: str, arguments: dict[str, Any]) -> str:
    """Return the message of the error, and its repr on a line of its own; empty without one."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            getattr(imagedf, name)(**arguments)
    except (ValueError, TypeError, imagedf.ImagedfError) as error:
        return f"{error}\n{error!r}"
    return ""


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_argument_is_one_line_without_its_token(
    name: str, right: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a token can be the name of a directory to write to
    for arguments in attempts(name, right):
        message = message_of(name, arguments)
        assert message.count("\n") <= 1
        assert TOKEN[:20] not in message
