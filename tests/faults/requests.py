"""Faults of single requests: statuses, broken connections, rate limits."""

from __future__ import annotations

from typing import Any

from imagedf.errors import AuthenticationError, RateLimitError, RequestError
from imagedf.sandbox import Answer, status
from tests.faults.kinds import Fails, Faults, Named, Whole, answer_of, every, on

TRANSIENT = (429, 500, 502, 503, 504, *range(520, 528))
FINAL = (201, 204, 206, 304, 400, 404, 405, 410, 422, 501)
ONCE = {"retries": 1, "readings": 2}
SLOW = {"timeout": (5, 0.15)}

RETRIES = [
    *(Named(f"status {code} once", on(2, status(code), 1), Whole(ONCE)) for code in TRANSIENT),
    Named("status 500 twice", on(2, status(500), 2), Whole({"retries": 2})),
    Named("status 503 forever", on(2, status(503)),
          Fails(RequestError, "page 2: the API returned 503 after 3 attempts .made-up error 503",
                {"status": 503, "error_id": "error_503", "attempts": 3})),
    Named("status 429 forever, without a time", on(2, status(429)),
          Fails(RateLimitError, "page 2: the rate limit is used up after 3 attempts",
                {"status": 429, "resets_at": None, "attempts": 3})),
    *(Named(f"status {code}", on(2, status(code)),
            Fails(RequestError, f"page 2: the API returned {code}",
                  {"status": code, "attempts": 1})) for code in FINAL),
    Named("status 401", every(status(401)),
          Fails(AuthenticationError, "Check the token", {"status": 401, "attempts": 1})),
    Named("status 403", on(3, status(403)),
          Fails(AuthenticationError, "scope image:read", {"status": 403, "attempts": 1})),
    *(Named(f"a redirect to {address}", on(2, status(302, location=address)),
            Fails(RequestError, "page 2: the API returned 302 .*Redirects are not followed",
                  {"status": 302, "attempts": 1}))
      for address in ("http://[/x", "//[", "http://127.0.0.1:99999/", "http://\xe9/")),
    Named("an error page of HTML",
          on(2, lambda _request, _answer: Answer(404, b"<h1>\xff No</h1>")),
          Fails(RequestError, r"404 .<h1>\\ufffd No</h1>", {"status": 404})),
    Named("the connection is dropped once", on(2, answer_of(drop=True), 1), Whole(ONCE)),
    Named("the connection is dropped forever", on(2, answer_of(drop=True)),
          Fails(RequestError, "page 2: the connection failed.* after 3 attempts",
                {"status": None, "attempts": 3})),
    Named("a body is cut short once", on(2, answer_of(cut=40), 1), Whole(ONCE)),
    Named("a body is cut short forever", on(2, answer_of(cut=40)),
          Fails(RequestError, "the body was cut short.* after 3 attempts", {"attempts": 3})),
    Named("a body without its first byte", on(2, answer_of(cut=0)),
          Fails(RequestError, "the body was cut short.* after 3 attempts", {"attempts": 3})),
    Named("a response arrives too late once", on(2, answer_of(delay=0.4), 1), Whole(ONCE), SLOW),
    Named("a response arrives too late forever", on(1, answer_of(delay=0.4)),
          Fails(RequestError, "page 1: the response timed out.* after 2 attempts",
                {"status": None, "attempts": 2}), {**SLOW, "max_retries": 1}),
    Named("no retries are allowed", on(2, status(500), 1),
          Fails(RequestError, "500", {"attempts": 1}), {"max_retries": 0}),
]  # fmt: skip


def limited(**headers: Any) -> Faults:
    """Return a fault that responds to page 2 once with 429 and these headers."""
    return on(2, status(429, **{name: str(text) for name, text in headers.items()}), 1)


def used_up(reset: str) -> Faults:
    """Return a fault: after page 1, no request is left until this time."""
    spent = {"ratelimit-remaining": "0", "ratelimit-reset": reset}
    return on(1, answer_of(headers=spent), 1)


NOW = 1_800_000_000  # 2027-01-15 08:00:00 UTC, where the fake clock begins
LATE = {"status": 429, "resets_at": "2027-01-15 08:10:01+00:00"}
DATE = "Fri, 15 Jan 2027 08:00:30 GMT"

WAITS = [
    Named("429 with Retry-After in seconds", limited(retry_after=7),
          Whole({"waited_seconds": 7.0})),
    Named("429 with Retry-After as a date", limited(retry_after=DATE),
          Whole({"waited_seconds": 30.0})),
    Named("429 with Retry-After in the past",
          limited(retry_after="Fri, 15 Jan 2027 07:00:00 GMT"), Whole({"waited_seconds": 0.0})),
    Named("429 with an invalid Retry-After", limited(retry_after="soon"),
          Whole({"waited_seconds": 0.0})),
    Named("429 with a Retry-After beyond any calendar",
          limited(retry_after=f"Mon, 01 Jan {10**20} 00:00:00 GMT"),
          Whole({"waited_seconds": 0.0})),
    Named("429 with Retry-After in other digits", limited(retry_after="²"),
          Whole({"waited_seconds": 0.0})),
    Named("429 with a Retry-After of eleven minutes", limited(retry_after=660),
          Fails(RateLimitError, "used up until 2027-01-15 08:11:00 UTC",
                {"resets_at": "2027-01-15 08:11:00+00:00"})),
    Named("429 with a Retry-After of 5,000 digits", limited(retry_after="9" * 5000),
          Fails(RateLimitError, "used up until 9999-12-31", {"status": 429})),
    Named("429 with ratelimit-reset in ten minutes", limited(ratelimit_reset=NOW + 600),
          Whole({"waited_seconds": 600.0, "retries": 1})),
    Named("429 with ratelimit-reset in more than ten minutes", limited(ratelimit_reset=NOW + 601),
          Fails(RateLimitError, "used up until 2027-01-15 08:10:01 UTC", LATE)),
    Named("429 with ratelimit-reset in the past", limited(ratelimit_reset=NOW - 5),
          Whole({"waited_seconds": 0.0})),
    Named("429 with a ratelimit-reset beyond any calendar", limited(ratelimit_reset=10**30),
          Fails(RateLimitError, "used up until 9999-12-31", {"status": 429})),
    Named("429 of the burst limit, with the hour's headers",
          limited(retry_after=1, ratelimit_remaining=0, ratelimit_reset=NOW + 3300),
          Whole({"waited_seconds": 1.0, "retries": 1})),
    Named("503 with Retry-After", on(2, status(503, retry_after="30"), 1),
          Whole({"waited_seconds": 30.0, "retries": 1})),
    Named("503 with a Retry-After of an hour", on(2, status(503, retry_after="3600"), 1),
          Fails(RequestError, "page 2: the API returned 503", {"status": 503, "attempts": 1})),
    Named("no request is left until a later time", used_up(str(NOW + 42)),
          Whole({"waited_seconds": 42.0, "retries": 0})),
    Named("no request is left for an hour", used_up(str(NOW + 3600)),
          Fails(RateLimitError, "used up until 2027-01-15 09:00:00 UTC",
                {"resets_at": "2027-01-15 09:00:00+00:00"})),
    Named("no request is left until a time in the past", used_up("1"),
          Whole({"waited_seconds": 0.0})),
    Named("nonsense in rate-limit headers",
          every(answer_of(headers={"ratelimit-remaining": "²", "ratelimit-reset": "9" * 5000})),
          Whole({"waited_seconds": 0.0, "retries": 0})),
]  # fmt: skip
