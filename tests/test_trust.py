"""Complete or an error: every named fault, over real HTTP, has the result in the table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf._certificates import AccountCertificate
from imagedf.client import Settings, check_settings, fetch_frame, fetch_parquet
from imagedf.errors import ImagedfError, IncompleteListingError
from imagedf.sandbox import Sandbox
from tests.conftest import ROOT
from tests.faults import ON_THE_SANDBOX, WAITS, rows
from tests.faults.kinds import Fails, Holds, Named, Whole
from tests.hostile import CAPS, LISTING, QUICK, TOKEN, FakeClock, fetch, whole


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox({"default": []}) as running:
        running.tokens = {"default": TOKEN}
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The five images, without any fault."""
    shared.accounts["default"] = list(LISTING)
    shared.max_per_page = 200
    shared.faults = []
    shared.requests.clear()
    shared.statuses.clear()
    return shared


def settings_for(url: str) -> Settings:
    """Return settings for two images per page, with fast retries."""
    return check_settings(
        token=TOKEN, accounts=None, type=None, private=None, tag_name=None, base_url=url,
        per_page=2, max_workers=8, timeout=5, max_retries=2, limits=QUICK,
    )  # fmt: skip


def with_clock(url: str) -> pd.DataFrame:
    """Fetch with a clock that never waits."""
    return fetch_frame(settings_for(url), clock=FakeClock())[0]


def certificate_of(frame: pd.DataFrame) -> AccountCertificate:
    (account,) = imagedf.certificate(frame).accounts
    return account


def assert_gives(frame: pd.DataFrame, gives: Whole | Holds) -> None:
    """Compare a frame with the result in the table."""
    certificate = certificate_of(frame)
    assert certificate.complete
    if isinstance(gives, Holds):
        got = frame.loc[3, gives.column]
        assert got == (pd.Timestamp(gives.value) if gives.column == "created_at" else gives.value)
        rest = frame.drop(columns=gives.column)
        pd.testing.assert_frame_equal(rest, whole().drop(columns=gives.column))
        return
    expected = imagedf.read_images({"images": list(gives.listing)})
    pd.testing.assert_frame_equal(frame, whole() if gives == Whole(gives.says) else expected)
    said = {name: getattr(certificate, name) for name in gives.says}
    assert {name: str(value) for name, value in said.items()} == {
        name: str(value) for name, value in gives.says.items()
    }


def assert_fails(error: ImagedfError, gives: Fails) -> None:
    """Compare an error with the result in the table, and check that it contains no token."""
    assert type(error) is gives.error
    source: object = error
    if isinstance(error, IncompleteListingError):
        assert error.certificate is not None
        assert error.frame is not None
        assert imagedf.certificate(error.frame) == error.certificate
        (source,) = error.certificate.accounts
        assert not source.complete
    assert {name: str(getattr(source, name)) for name in gives.has} == {
        name: str(value) for name, value in gives.has.items()
    }
    assert len(str(error)) < 600
    assert str(error).replace("…", "").isprintable()
    assert str(error).replace("…", "").isascii()
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__


@pytest.mark.parametrize("fault", ON_THE_SANDBOX, ids=lambda fault: fault.name)
def test_a_fault_returns_the_exact_frame_or_one_error(sandbox: Sandbox, fault: Named) -> None:
    sandbox.faults = list(fault.make(sandbox))
    arguments = {"limits": CAPS, **fault.arguments}
    if not isinstance(fault.gives, Fails):
        assert_gives(fetch(sandbox.url, **arguments), fault.gives)
        return
    with pytest.raises(fault.gives.error, match=fault.gives.match) as caught:
        fetch(sandbox.url, **arguments)
    assert_fails(caught.value, fault.gives)


@pytest.mark.parametrize("fault", WAITS, ids=lambda fault: fault.name)
def test_waits_are_kept_or_refused_by_the_clock(sandbox: Sandbox, fault: Named) -> None:
    sandbox.faults = list(fault.make(sandbox))
    if not isinstance(fault.gives, Fails):
        assert_gives(with_clock(sandbox.url), fault.gives)
        return
    with pytest.raises(fault.gives.error, match=fault.gives.match) as caught:
        with_clock(sandbox.url)
    assert_fails(caught.value, fault.gives)


def test_a_listing_that_moves_is_streamed_once(sandbox: Sandbox, tmp_path: Path) -> None:
    moved = next(fault for fault in ON_THE_SANDBOX if "deleted between" in fault.name)
    sandbox.faults = list(moved.make(sandbox))
    path = tmp_path / "images.parquet"
    certificate = fetch_parquet(settings_for(sandbox.url), path)
    assert (certificate.complete, certificate.images) == (True, 4)
    expected = imagedf.read_images({"images": LISTING[1:]})
    pd.testing.assert_frame_equal(imagedf.read_parquet(path), expected)


def test_every_named_fault_is_in_the_readme_once() -> None:
    text = (ROOT / "tests" / "README.md").read_text(encoding="utf-8")
    _, _, table = text.partition("| fault | result |\n| --- | --- |\n")
    lines = table.splitlines()
    assert lines == list(rows())
    names = [line.split(" | ")[0] for line in lines]
    assert len(set(names)) == len(names) >= 60


@pytest.mark.parametrize(
    "wrong",
    [{"max_pages": 0}, {"readings": 0}, {"max_body_bytes": -1}, {"max_wait_seconds": -1.0},
     {"backoff_seconds": float("nan")}, {"max_backoff_seconds": float("inf")}, {"readings": 1.5}],
    ids=str,
)  # fmt: skip
def test_an_invalid_limit_is_rejected(wrong: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError), match=next(iter(wrong))):
        imagedf.Limits(**wrong)


@pytest.mark.parametrize("timeout", [0, -1, float("inf"), float("nan"), (1, 2, 3), True, "5"])
def test_an_invalid_timeout_is_rejected(sandbox: Sandbox, timeout: Any) -> None:
    with pytest.raises(ValueError, match="timeout must be"):
        fetch(sandbox.url, timeout=timeout)
    assert sandbox.requests == []


@pytest.mark.parametrize("name", ["", " ", "\ud800"], ids=ascii)
def test_an_invalid_name_is_rejected(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(ValueError, match="names in accounts"):
        imagedf.fetch_images(accounts={name: TOKEN}, base_url=sandbox.url)
    with pytest.raises(ValueError, match="tag_name must be"):
        fetch(sandbox.url, tag_name=name)
    assert sandbox.requests == []
