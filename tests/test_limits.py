"""Rate limits and long listings, with a clock that never waits."""

from __future__ import annotations

import logging
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf._certificates import AccountCertificate
from imagedf.client import IMAGES, Budget, Settings, check_settings, fetch_frame, open_fetch
from imagedf.errors import RateLimitError, RequestError
from imagedf.sandbox import Answer, Fault, Request, Sandbox, on_page, status
from tests.conftest import THOROUGH
from tests.faults.elsewhere import proves
from tests.hostile import FakeClock, image

Fetched = tuple[pd.DataFrame, tuple[AccountCertificate, ...]]


def fetched(
    sandbox: Sandbox, clock: FakeClock, accounts: Mapping[str, str], **given: Any
) -> Fetched:
    """Fetch one image per page."""
    shown = given.pop("progress", False)
    settings = settings_of(sandbox, accounts, **given)
    frame, certificate = fetch_frame(settings, clock=clock, progress=shown)
    return frame, certificate.accounts


def settings_of(sandbox: Sandbox, accounts: Mapping[str, str], **given: Any) -> Settings:
    arguments: dict[str, Any] = {"limits": None, "max_retries": 5} | given
    return check_settings(
        token=None, accounts=accounts, verify="totals", type=None, private=None, tag_name=None,
        base_url=sandbox.url, per_page=1, max_workers=8, timeout=30, **arguments,
    )  # fmt: skip


def listing_of(count: int) -> list[dict[str, Any]]:
    return [image(number) for number in range(count)]


@proves("the exact frame; no 429 is ever seen", "250 requests per minute, for 600 pages")
def test_600_pages_at_250_requests_a_minute_never_see_a_429() -> None:
    clock = FakeClock()
    images = listing_of(600)
    with Sandbox({"a": images}, limit=250, window=60, burst=True, clock=clock.now) as sandbox:
        frame, (certificate,) = fetched(sandbox, clock, {"a": sandbox.token})
        statuses = Counter(sandbox.statuses)
    assert statuses == {200: 600}
    assert list(frame["id"]) == list(range(600))
    assert (certificate.complete, certificate.retries) == (True, 0)
    # Two windows of 60 s had to pass; their end is stated in whole seconds, rounded up.
    assert 120 <= certificate.waited_seconds <= 124


@proves(
    "both exact frames; no 429 is ever seen",
    "250 requests per minute, for two listings of one account",
)
def test_listings_of_one_token_share_its_limit() -> None:
    clock = FakeClock()
    images = listing_of(300)
    endpoints = [replace(IMAGES, name="images"), replace(IMAGES, name="images again")]
    with Sandbox({"a": images}, limit=250, window=60, burst=True, clock=clock.now) as sandbox:
        with open_fetch(settings_of(sandbox, {"a": sandbox.token}), clock=clock) as fetch:
            listed = fetch.collect_tables(endpoints)
        statuses = Counter(sandbox.statuses)
    assert statuses == {200: 600}
    assert [len(one.rows or ()) for one in listed.values()] == [300, 300]
    assert all(one.certificate.complete for one in listed.values())


@proves(
    "`RateLimitError` with `resets_at`, ahead of a 429",
    "the hourly limit, used up during the fetch",
)
def test_a_limit_used_up_for_longer_than_allowed_is_an_error_with_its_end() -> None:
    clock = FakeClock()
    ends = datetime.fromtimestamp(clock.now() + 3601, UTC)
    with (
        Sandbox({"a": listing_of(30)}, limit=20, clock=clock.now) as sandbox,
        pytest.raises(RateLimitError, match=f"until {ends:%Y-%m-%d %H:%M:%S} UTC") as caught,
    ):
        fetched(sandbox, clock, {"a": sandbox.token})
    assert caught.value.resets_at == ends
    assert set(sandbox.statuses) == {200}


@proves("the exact frame, without a wait", "as many requests left as there are pages")
def test_the_last_request_that_is_left_is_used() -> None:
    clock = FakeClock()

    def overtaken(request: Request, answer: Answer) -> Answer:
        """Delay every other response, so that rate-limit headers arrive out of order."""
        return replace(answer, delay=0.02 * (request.number % 2))

    images = listing_of(40)
    with Sandbox({"a": images}, faults=[overtaken], limit=40, clock=clock.now) as sandbox:
        frame, (certificate,) = fetched(sandbox, clock, {"a": sandbox.token})
    assert list(frame["id"]) == list(range(40))
    assert certificate.waited_seconds == 0


def test_an_earlier_limit_header_that_arrives_late_does_not_lower_the_budget() -> None:
    clock = FakeClock()
    budget = Budget(clock, max_wait=600)
    reset = str(int(clock.now()) + 3600)

    def ask(times: int) -> None:
        for _ in range(times):
            budget.acquire(threading.Event(), lambda _seconds: None)

    def answer(*words: int) -> None:
        for left in words:
            budget.release({"ratelimit-remaining": str(left), "ratelimit-reset": reset})

    ask(1)
    answer(5)
    ask(3)
    answer(2, 4, 3)
    ask(2)
    answer(1, 0)
    with pytest.raises(RateLimitError, match="used up until"):
        ask(1)


def test_the_first_response_after_a_reset_says_how_many_are_left() -> None:
    clock = FakeClock()
    budget = Budget(clock, max_wait=600)
    reset = str(int(clock.now()) + 10)
    stop = threading.Event()
    blocked = threading.Timer(20, stop.set)  # ends the test instead of waiting for ever
    blocked.start()
    budget.acquire(stop, lambda _seconds: None)
    budget.release({"ratelimit-remaining": "0", "ratelimit-reset": reset})
    budget.acquire(stop, lambda _seconds: None)
    assert clock.now() == float(reset)
    budget.release({"ratelimit-remaining": "3", "ratelimit-reset": reset})
    for _ in range(3):
        budget.acquire(stop, lambda _seconds: None)
    blocked.cancel()


def test_the_longest_wait_is_an_argument() -> None:
    clock = FakeClock(1_800_000_000.25)
    patient = imagedf.Limits(max_wait_seconds=4000)
    with Sandbox({"a": listing_of(30)}, limit=20, clock=clock.now) as sandbox:
        frame, (certificate,) = fetched(sandbox, clock, {"a": sandbox.token}, limits=patient)
    assert len(frame) == 30
    assert certificate.waited_seconds == 3600.75


@proves("the exact frame after the wait", "a rate limit shared with other clients")
def test_a_limit_that_others_use_as_well_is_waited_for_after_the_429() -> None:
    clock = FakeClock()
    others = threading.Event()

    def spend(request: Request, answer: Answer) -> Answer:
        """Let another client use up the limit once."""
        if request.page == 3 and not others.is_set():
            others.set()
            return status(429, retry_after="60")(request, answer)
        return answer

    with Sandbox({"a": listing_of(9)}, faults=[spend], clock=clock.now) as sandbox:
        frame, (certificate,) = fetched(sandbox, clock, {"a": sandbox.token})
    assert list(frame["id"]) == list(range(9))
    assert (certificate.retries, certificate.waited_seconds) == (1, 60.0)


def test_every_wait_before_a_retry_counts() -> None:
    clock = FakeClock()
    failed = threading.Event()

    def fail_once(request: Request, answer: Answer) -> Answer:
        if failed.is_set():
            return answer
        failed.set()
        return status(503, retry_after="7")(request, answer)

    with Sandbox({"a": listing_of(1)}, faults=[fail_once], clock=clock.now) as sandbox:
        _, (certificate,) = fetched(sandbox, clock, {"a": sandbox.token})
    assert (certificate.retries, certificate.waited_seconds) == (1, 7.0)


def test_a_wait_shows_behind_the_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    clock = FakeClock()
    with Sandbox({"a": listing_of(9)}, limit=5, window=30, clock=clock.now) as sandbox:
        fetched(sandbox, clock, {"a": sandbox.token}, progress=True)
    assert "rate limit, waiting 31 s" in capsys.readouterr().err


PAST = "Fri, 15 Jan 2027 07:00:00 GMT"


@pytest.mark.parametrize(
    "refusal",
    [status(502), status(503, retry_after="0"), status(503, retry_after=PAST)],
    ids=["without a time", "at once", "in the past"],
)
def test_pauses_between_retries_are_drawn_from_a_range_that_doubles(refusal: Fault) -> None:
    clock = NotingClock()
    with (
        Sandbox({"a": listing_of(1)}, faults=[refusal]) as sandbox,
        pytest.raises(RequestError, match="after 9 attempts"),
    ):
        fetched(sandbox, clock, {"a": sandbox.token}, max_retries=8)
    longest = [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert len(clock.pauses) == len(longest)
    assert all(0 <= pause <= most for pause, most in zip(clock.pauses, longest, strict=True))
    assert len(set(clock.pauses)) == len(longest)


def test_after_a_burst_limit_half_as_many_requests_are_in_flight() -> None:
    flying, most, refused = [0], [0], threading.Event()
    lock = threading.Lock()

    def count(request: Request, answer: Answer) -> Answer:
        with lock:
            flying[0] += 1
            if refused.is_set():
                most[0] = max(most[0], flying[0])
            first = request.page == 30 and not refused.is_set()
        time.sleep(0.005)
        with lock:
            flying[0] -= 1
            if first:
                refused.set()
        return status(429, retry_after="1")(request, answer) if first else answer

    with Sandbox({"a": listing_of(120)}, faults=[count]) as sandbox:
        frame, (certificate,) = fetched(sandbox, FakeClock(), {"a": sandbox.token})
    assert (len(frame), certificate.retries) == (120, 1)
    assert 1 <= most[0] <= 8


def retry_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if "retry 1 of 5 in " in line]


def test_retries_are_printed_above_the_progress_bar(capsys: pytest.CaptureFixture[str]) -> None:
    with Sandbox({"a": listing_of(3)}, faults=[on_page(2, status(502), times=1)]) as sandbox:
        fetched(sandbox, FakeClock(), {"a": sandbox.token}, progress=True)
    (line,) = retry_lines(capsys.readouterr().err)
    assert line.strip().startswith("imagedf: retry 1 of 5")
    assert line.strip().endswith("page 2: status 502")


@pytest.mark.parametrize("progress", [True, False])
def test_retries_are_logged_once_and_never_inside_the_bar(
    progress: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    handler = logging.StreamHandler(sys.stderr)
    logging.getLogger().addHandler(handler)
    logging.getLogger("imagedf").setLevel(logging.INFO)
    try:
        with Sandbox({"a": listing_of(3)}, faults=[on_page(2, status(502), times=1)]) as sandbox:
            fetched(sandbox, FakeClock(), {"a": sandbox.token}, progress=progress)
        assert handler.stream is sys.stderr
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger("imagedf").setLevel(logging.NOTSET)
    shown = capsys.readouterr().err
    (line,) = retry_lines(shown)
    assert line.strip().startswith("retry 1 of 5")
    assert all("pages" not in line for line in shown.splitlines() if "fetching" in line)


class NotingClock(FakeClock):
    """Records the length of each sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.pauses: list[float] = []

    def sleep_until(self, moment: float, stop: threading.Event) -> None:
        self.pauses.append(moment - self.now())
        super().sleep_until(moment, stop)


def test_a_429_pauses_every_worker_of_the_token() -> None:
    held: list[float] = []
    early: list[int] = []

    def refuse_once(request: Request, answer: Answer) -> Answer:
        # Until the refusal has gone out, other workers may still begin another request.
        if held and held[0] + 0.4 < time.monotonic() < held[0] + 0.8:
            early.append(request.page)
        if request.page == 3 and not held:
            held.append(time.monotonic())
            return status(429, retry_after="1")(request, answer)
        return answer

    with Sandbox({"a": listing_of(200)}, faults=[refuse_once], latency=0.01) as sandbox:
        imagedf.fetch_images(sandbox.token, base_url=sandbox.url, per_page=1, max_workers=4)
    assert early == []


class _Storm:
    """Damages one response in twenty, by page and attempt, so that every run is the same."""

    def __init__(self) -> None:
        self.spoiled = 0
        self._attempts: Counter[int] = Counter()
        self._lock = threading.Lock()

    def __call__(self, request: Request, answer: Answer) -> Answer:
        with self._lock:
            self._attempts[request.page] += 1
            source = random.Random(f"{request.page} {self._attempts[request.page]}")
            if source.random() >= 0.05:
                return answer
            self.spoiled += 1
        kind = source.choice(("drop", "cut", "429", "500", "502", "503", "504", "522"))
        if kind == "drop":
            return replace(answer, drop=True)
        return replace(answer, cut=30) if kind == "cut" else status(int(kind))(request, answer)


@proves("the exact frame", "one response in twenty damaged, for 2,000 pages")
def test_many_pages_with_one_fault_in_twenty_end_complete() -> None:
    storm, pages = _Storm(), 2000 if THOROUGH else 500
    with Sandbox({"a": listing_of(pages)}, faults=[storm]) as sandbox:
        frame, (certificate,) = fetched(sandbox, FakeClock(), {"a": sandbox.token})
    assert list(frame["id"]) == list(range(pages))
    assert certificate.complete
    assert certificate.retries == storm.spoiled > pages / 25
