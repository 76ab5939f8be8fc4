"""If one of several accounts fails, the fetch fails and names it, or the certificate does."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.client import check_settings, fetch_frame
from imagedf.errors import (
    AuthenticationError,
    IncompleteListingError,
    IncompleteListingWarning,
    RequestError,
)
from imagedf.sandbox import Answer, Fault, Request, Sandbox, status
from tests.faults.elsewhere import proves
from tests.hostile import LISTING, QUICK, FakeClock, whole

ACCOUNTS = {"prod": LISTING, "dev": LISTING}


def of_account(name: str, fault: Fault) -> Fault:
    """Limit a fault to one account."""
    return lambda request, answer: fault(request, answer) if request.account == name else answer


def later(_request: Request, answer: Answer) -> Answer:
    return Answer(answer.status, answer.body, answer.headers, delay=0.05)


def shortened(page: dict[str, Any]) -> None:
    """Keep only the first image of a page."""
    del page["images"][1:]


def fetch_both(sandbox: Sandbox, **arguments: object) -> pd.DataFrame:
    return imagedf.fetch_images(
        accounts=sandbox.tokens, base_url=sandbox.url, per_page=2, limits=QUICK, max_retries=1,
        **arguments,  # type: ignore[arg-type] # each test gives the one it is about
    )  # fmt: skip


@proves("`AuthenticationError` that names the account", "one account of two is refused")
@pytest.mark.parametrize("other", ["at once", "later"])
def test_an_account_that_fails_fails_the_call_and_is_named(other: str) -> None:
    faults = [of_account("dev", status(403)), *([of_account("prod", later)] * (other == "later"))]
    with Sandbox(ACCOUNTS, faults=faults) as sandbox:
        for _ in range(5):
            with pytest.raises(AuthenticationError, match=r"^account dev: page 1: .*403") as caught:
                fetch_both(sandbox)
            assert caught.value.status == 403


@proves(
    "the other's exact frame, marked incomplete; the certificate names the failure",
    "one account of two is refused, with a warning",
)
def test_with_a_warning_the_other_accounts_come_back() -> None:
    with (
        Sandbox(ACCOUNTS, faults=[of_account("dev", status(500))]) as sandbox,
        pytest.warns(IncompleteListingWarning, match="dev: received 0 images .*returned 500"),
    ):
        frame = fetch_both(sandbox, on_incomplete="warn")
    prod, dev = imagedf.certificate(frame).accounts
    assert (prod.account, prod.complete, prod.images, prod.error) == ("prod", True, 5, None)
    assert (dev.account, dev.complete, dev.images) == ("dev", False, 0)
    assert "page 1: the API returned 500 after 2 attempts" in str(dev.error)
    pd.testing.assert_frame_equal(frame, whole().assign(account="prod").astype({"account": "str"}))


@pytest.mark.filterwarnings("ignore:.*own images listed by:UserWarning")
@proves("what was received, marked incomplete", "one account of two stops halfway, with a warning")
def test_what_came_before_the_failure_comes_back_and_is_marked() -> None:
    half = of_account("dev", lambda r, a: status(404)(r, a) if r.page == 3 else a)
    with (
        Sandbox(ACCOUNTS, faults=[half]) as sandbox,
        pytest.warns(IncompleteListingWarning, match="dev: received 4 images in 2 pages"),
    ):
        frame = fetch_both(sandbox, on_incomplete="warn")
    assert not imagedf.certificate(frame).complete
    assert frame.attrs["imagedf"]["complete"] is False
    # Pages 1 and 2 of dev were received, and so were all pages of prod.
    assert frame.groupby("account", sort=False)["id"].unique().map(list).to_dict() == {
        "prod": [1, 2, 3, 4],
        "dev": [1, 2, 3, 4],
    }
    assert len(frame) == 6 + 5


class PatientClock(FakeClock):
    """A clock that sleeps until it is cancelled, and records that; otherwise time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.called_off = threading.Event()

    def sleep_until(self, moment: float, stop: threading.Event) -> None:
        if stop.wait(5):
            self.called_off.set()
        super().sleep_until(moment, stop)


def test_a_failed_account_stops_waiting() -> None:
    clock = PatientClock()

    def fail(request: Request, answer: Answer) -> Answer:
        if request.page == 2:
            return replace(status(404)(request, answer), delay=0.2)
        return answer if request.page == 1 else status(429, retry_after="500")(request, answer)

    with Sandbox({"prod": LISTING}, faults=[fail]) as sandbox:
        settings = check_settings(
            token=None, accounts=sandbox.tokens,
            base_url=sandbox.url, per_page=2, max_workers=8, timeout=5, max_retries=2, limits=None,
            on_incomplete="warn",
        )  # fmt: skip
        _, certificate = fetch_frame(settings, clock=clock)
    assert clock.called_off.is_set()
    assert "page 2: the API returned 404" in str(certificate.accounts[0].error)


@proves("`AuthenticationError`", "every account is refused, with a warning")
def test_without_any_response_there_is_no_frame() -> None:
    with (
        Sandbox(ACCOUNTS, faults=[status(403)]) as sandbox,
        pytest.raises(AuthenticationError, match="account prod: page 1"),
    ):
        fetch_both(sandbox, on_incomplete="warn")


@proves(
    "`IncompleteListingError` that names it; `frame` has what was received",
    "one account of two is incomplete",
)
def test_an_incomplete_account_is_named_and_the_error_has_what_was_received() -> None:
    short = of_account("dev", lambda _r, a: a.with_json(lambda page: page["images"].clear()))
    with (
        Sandbox(ACCOUNTS, faults=[short]) as sandbox,
        pytest.raises(
            IncompleteListingError, match=r"incomplete\. dev: received 0 images"
        ) as caught,
    ):
        fetch_both(sandbox)
    certificate, frame = caught.value.certificate, caught.value.frame
    assert certificate is not None
    assert [account.complete for account in certificate.accounts] == [True, False]
    assert certificate.accounts[1].readings == 5
    assert frame is not None
    assert list(frame["account"].unique()) == ["prod"]
    assert imagedf.certificate(frame) == certificate


@proves(
    "what was received, marked incomplete, and an `IncompleteListingWarning`",
    "an incomplete listing, with a warning",
)
def test_a_partial_frame_never_looks_complete() -> None:
    short = of_account("prod", lambda _r, a: a.with_json(shortened))
    with (
        Sandbox({"prod": LISTING}, faults=[short]) as sandbox,
        pytest.warns(IncompleteListingWarning, match="the stated total is 5"),
    ):
        frame = fetch_both(sandbox, on_incomplete="warn")
    (account,) = imagedf.certificate(frame).accounts
    assert (account.complete, account.images, len(frame)) == (False, 3, 4)


def test_a_request_error_is_not_an_incomplete_listing() -> None:
    with (
        Sandbox({"prod": LISTING}, faults=[status(422)]) as sandbox,
        pytest.raises(RequestError, match=r"^account prod: page 1: the API returned 422"),
    ):
        fetch_both(sandbox)
