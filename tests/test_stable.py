"""A listing that changes while it is read is complete as of one moment, or raises an error."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf.errors import IncompleteListingError
from imagedf.sandbox import Answer, Request, Sandbox
from tests.conftest import THOROUGH, sample
from tests.hostile import LISTING, QUICK, TOKEN, fetch, image
from tests.simulation import KINDS, Kind, tally

TWICE = [kind for kind in KINDS if kind.verify == "auto"]
SCHEDULES = 60 if THOROUGH else 20


@pytest.mark.parametrize("kind", TWICE, ids=", ".join)
def test_what_is_called_complete_is_the_listing_at_one_moment(kind: Kind) -> None:
    counts = tally(kind, range(10_000, 10_000 + SCHEDULES))
    assert counts["wrong"] == 0
    assert counts["several pages"] > SCHEDULES / 2
    assert counts["complete"] > SCHEDULES / 4


def test_one_reading_of_such_schedules_is_not_enough() -> None:
    """Check that a single reading can be wrong; otherwise the simulation would prove nothing."""
    once = [kind for kind in KINDS if kind.verify == "totals"]
    assert any(tally(kind, range(SCHEDULES))["wrong"] for kind in once)


class Restless:
    """Changes the account's images at random between responses, and records each state."""

    def __init__(self, sandbox: Sandbox, seed: int) -> None:
        self.states: list[tuple[int, ...]] = []
        self._images = sandbox.accounts["default"]
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._next = 1000
        self._note()

    def __call__(self, _request: Request, answer: Answer) -> Answer:
        with self._lock:
            if self._random.random() < 0.2:
                self._images.pop(self._random.randrange(len(self._images)))
                self._images.insert(0, image(self._next))
                self._next += 1
                self._note()
        return answer

    def _note(self) -> None:
        self.states.append(tuple(sorted(image["id"] for image in self._images)))


@pytest.mark.parametrize("seed", sample(range(12), 4))
def test_over_real_http_too(seed: int) -> None:
    patient = imagedf.Limits(readings=40, backoff_seconds=0.001)
    with Sandbox({"default": [image(number) for number in range(7)]}) as sandbox:
        restless = Restless(sandbox, seed)
        sandbox.faults = [restless]
        frame = imagedf.fetch_images(
            sandbox.token, base_url=sandbox.url, per_page=3, limits=patient, max_workers=2
        )
    (entry,) = imagedf.certificate(frame).accounts
    assert (entry.complete, entry.proof) == (True, "read twice")
    assert tuple(sorted(frame["id"])) in restless.states


def swapped_once(page: int) -> Callable[[Sandbox], Any]:
    """Delete the first image and create another one as soon as a page was sent."""

    def make(sandbox: Sandbox) -> Any:
        done: list[int] = []

        def fault(request: Request, answer: Answer) -> Answer:
            if request.page == page and not done:
                done.append(1)
                images = sandbox.accounts["default"]
                images.pop(0)
                images.append(image(99))
            return answer

        return fault

    return make


@pytest.mark.parametrize(
    ("verify", "readings", "proof", "ids"),
    [
        ("auto", 3, "read twice", [2, 3, 4, 5, 99]),
        ("twice", 3, "read twice", [2, 3, 4, 5, 99]),
        ("totals", 1, "totals", [1, 2, 4, 5, 99]),
    ],
)
def test_an_image_deleted_while_another_is_created_is_not_missed(
    verify: str, readings: int, proof: str, ids: list[int]
) -> None:
    with Sandbox({"default": [image(number) for number in range(1, 6)]}) as sandbox:
        sandbox.faults = [swapped_once(1)(sandbox)]
        frame = fetch(sandbox.url, sandbox.token, verify=verify, max_workers=1)
    (entry,) = imagedf.certificate(frame).accounts
    assert (entry.readings, entry.proof, list(frame["id"])) == (readings, proof, ids)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_listing_that_never_settles_is_an_error(*, newest_first: bool) -> None:
    with Sandbox({"default": [image(number) for number in range(5)]}) as sandbox:
        images = sandbox.accounts["default"]

        def change(request: Request, answer: Answer) -> Answer:
            if request.page == 1:
                gone = images.pop(-1 if newest_first else 0)
                new = gone | {"id": max(image["id"] for image in images) + 1}
                images.insert(0 if newest_first else len(images), new)
            return answer

        sandbox.faults = [change]
        with pytest.raises(IncompleteListingError, match="3 readings") as caught:
            fetch(sandbox.url, sandbox.token, limits=imagedf.Limits(readings=3), max_workers=1)
    assert caught.value.certificate is not None
    (entry,) = caught.value.certificate.accounts
    assert (entry.complete, entry.readings) == (False, 3)


@pytest.mark.parametrize(
    ("pages", "verify", "requests"),
    [(1, "auto", 1), (2, "auto", 4), (50, "auto", 100), (51, "auto", 51), (51, "twice", 102)],
)
def test_listings_of_2_to_50_pages_are_read_twice(pages: int, verify: str, requests: int) -> None:
    with Sandbox({"default": [image(number) for number in range(pages)]}) as sandbox:
        frame = fetch(sandbox.url, sandbox.token, per_page=1, verify=verify)
        assert len(sandbox.requests) == requests
    (entry,) = imagedf.certificate(frame).accounts
    assert entry.readings == (1 if requests == pages else 2)


def test_a_second_reading_begins_after_the_first_has_ended() -> None:
    started, answered, overlaps = [0], [0], list[int]()
    lock = threading.Lock()

    def watch(request: Request, answer: Answer) -> Answer:
        with lock:
            readings = started[0] // 10  # of ten pages each
            if answered[0] < readings * 10:
                overlaps.append(request.number)
            started[0] += 1
        threading.Event().wait(0.005)
        with lock:
            answered[0] += 1
        if started[0] < 40:
            return answer.with_json(lambda page: page.update(reading=readings))
        return answer

    with Sandbox({"default": [image(number) for number in range(20)]}, faults=[watch]) as sandbox:
        frame = fetch(sandbox.url, sandbox.token)
    assert overlaps == []
    assert imagedf.certificate(frame).accounts[0].readings == started[0] / 10 == 2


def test_pages_that_changed_only_in_their_envelope_are_compared_by_their_images() -> None:
    def number_it(request: Request, answer: Answer) -> Answer:
        return answer.with_json(lambda page: page.update(request_id=str(request.number)))

    with Sandbox({"default": LISTING}, faults=[number_it]) as sandbox:
        frame = fetch(sandbox.url, sandbox.token)
    (entry,) = imagedf.certificate(frame).accounts
    assert (entry.proof, entry.readings, entry.pages) == ("read twice", 2, 3)
    assert len(sandbox.requests) == 6


def test_what_a_second_reading_brings_is_what_counts() -> None:
    """Check that an image that was only resized is the same image with its newest values."""
    seen: set[int] = set()

    def grow(request: Request, answer: Answer) -> Answer:
        if request.page in seen:
            return answer.with_json(lambda page: page["images"][0].update(size_gigabytes=9.0))
        seen.add(request.page)
        return answer

    with Sandbox({"default": [image(number) for number in range(4)]}, faults=[grow]) as sandbox:
        frame = fetch(sandbox.url, sandbox.token)
    assert frame["size_gigabytes"].tolist() == [9.0, 2.5, 9.0, 2.5]


TEAM = {"prod": TOKEN, "dev": f"{TOKEN[:-1]}0"}


def test_two_tokens_of_one_team_are_noted() -> None:
    with Sandbox(dict.fromkeys(TEAM, LISTING)) as sandbox:
        sandbox.tokens = TEAM
        with pytest.warns(UserWarning, match="4 own images listed by prod and dev"):
            frame = imagedf.fetch_images(accounts=TEAM, base_url=sandbox.url, limits=QUICK)
    certificate = imagedf.certificate(frame)
    assert certificate.complete
    (note,) = certificate.notes
    assert note in str(certificate)


def test_many_accounts_of_one_team_are_not_all_named() -> None:
    tokens = {f"account {n}": f"{TOKEN[:-1]}{n}" for n in range(6)}
    with Sandbox(dict.fromkeys(tokens, LISTING)) as sandbox:
        sandbox.tokens = tokens
        with pytest.warns(UserWarning, match="6 accounts"):
            frame = imagedf.fetch_images(accounts=tokens, base_url=sandbox.url, limits=QUICK)
    (note,) = imagedf.certificate(frame).notes
    assert "account 5" not in note


def test_public_images_of_two_accounts_need_no_note() -> None:
    public = [image(3, public=True), image(4, type="base")]
    with Sandbox({"prod": [image(1), *public], "dev": [image(2), *public]}) as sandbox:
        frame = imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)
    assert imagedf.certificate(frame).notes == ()
    assert [one.own_images for one in imagedf.certificate(frame).accounts] == [1, 1]


def entry(**given: Any) -> imagedf.AccountCertificate:
    return imagedf.AccountCertificate(**{"pages": 1, "images": 3, "proof": "one page", **given})


@pytest.mark.parametrize(
    ("entries", "complete", "text"),
    [
        ([entry(total_last=3)], True, "complete: 3 of 3 images"),
        ([entry(total_last=4, complete=False)], False, "INCOMPLETE: 3 of 4 images"),
        ([entry(complete=None, proof="as given", images=1)], None, "unverified: 1 image, "),
        ([entry(complete=None), entry(complete=False)], False, "INCOMPLETE"),
        ([entry(proof="read twice")], True, "no total to compare with (proof: read twice)"),
        ([entry(), entry(endpoint="droplets", images=9)], True, "complete: 3 images, 1 other"),
        (
            [entry(), entry(endpoint="volumes", complete=None, missing_scopes=("a:read",))],
            True,
            "not readable without: a:read",
        ),
        ([entry(unknown_fields=("gpu", "disk"))], True, "unknown fields: disk gpu"),
        ([], None, "unverified"),
    ],
)
def test_a_certificate_states_what_is_known(
    entries: list[imagedf.AccountCertificate], complete: bool | None, text: str
) -> None:
    certificate = imagedf.Certificate(tuple(entries))
    assert certificate.complete is complete
    assert text in str(certificate)
    assert certificate == imagedf.Certificate.from_dict(certificate.to_dict())


def test_a_certificate_is_short_in_a_cell_and_a_table_in_a_notebook() -> None:
    certificate = imagedf.Certificate((entry(account="<b>"),), notes=("x" * 300,))
    assert repr(certificate).startswith("<Certificate complete: 3 images")
    for long in (entry(account="x" * 500), entry(endpoint="volumes", missing_scopes=("a",) * 99)):
        assert repr(long).startswith("<AccountCertificate x"[:20])
        assert len(repr(long)) <= 200
    assert "&lt;b&gt;" in entry(account="<b>")._repr_html_()
    assert len(repr(certificate)) <= 200
    assert "&lt;b&gt;" in certificate._repr_html_()
    assert "<b>" not in certificate._repr_html_()


def test_a_frame_of_images_without_ids_counts_them_all() -> None:
    with Sandbox({"default": [image(1, id=None), image(1, id=None), image(1, id=None)]}) as sandbox:
        frame = fetch(sandbox.url, sandbox.token)
    pd.testing.assert_series_equal(
        frame["size_gigabytes"], pd.Series([2.5] * 3, name="size_gigabytes")
    )
    assert imagedf.certificate(frame).images == 3
