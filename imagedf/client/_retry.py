"""Fetch one response body with retries, back-off and rate-limit waits."""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

from imagedf.client._budget import Budget, Stopped, header_number, limit_error
from imagedf.client._context import Context
from imagedf.client._endpoint import Endpoint
from imagedf.client._redact import redactor
from imagedf.client._transport import NOTHING, Outcome
from imagedf.errors import AuthenticationError, PageError, RateLimitError, RequestError

_TRANSIENT = frozenset({429, 500, 502, 503, 504, *range(520, 528)})
_QUOTE, _READ = 200, 4096  # characters of the server's message: shown, and searched


@dataclass
class Counts:
    """The retries and waits of one account's requests, shared by its workers."""

    retries: int = 0
    waited: float = 0.0
    _waited_until: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def retried(self) -> None:
        """Count a retry."""
        with self._lock:
            self.retries += 1

    def wait(self, start: float, end: float) -> None:
        """Count the seconds of a wait before a request; simultaneous waits count once."""
        with self._lock:
            self.waited += max(0.0, end - max(start, self._waited_until))
            self._waited_until = max(self._waited_until, end)


class Getter:
    """Sends the GET requests of one listing; each returns a complete body or raises an error."""

    def __init__(self, context: Context, token: str, budget: Budget) -> None:
        self.counts: Counts = Counts()
        self.redact: Callable[[str], str] = redactor(token)
        self._context = context
        self._token = token
        self._budget = budget
        self._random = random.Random()  # noqa: S311 # jitter

    def page(self, endpoint: Endpoint, number: int) -> bytes:
        """Return the body of one page.

        Raises
        ------
        RequestError
            The API sent no usable response, after all retries.
        PageError
            The body is too large.
        """
        numbers = {"page": str(number), "per_page": str(self._context.settings.per_page)}
        what = f"page {number}" if endpoint.name == "images" else f"{endpoint.name}, page {number}"
        try:
            return self.get(endpoint.path, {**endpoint.query, **numbers}, what, endpoint.scopes)
        except PageError as error:
            error.page = number
            raise

    def get(self, path: str, query: Mapping[str, str], what: str, scopes: tuple[str, ...]) -> bytes:
        """Return the body of one response; ``what`` names the request in errors."""
        attempts = 0
        while True:
            attempts += 1
            try:
                outcome = self._send(path, query)
            except PageError as error:
                error.args = (f"{what}: {error}",)
                raise
            if outcome.status == 200:
                return outcome.body
            asked = _Asked(what, scopes, attempts)
            if not self._may_retry(outcome, attempts):
                raise self._error(outcome, asked)
            self.counts.retried()
            self._wait(outcome, asked)

    def _send(self, path: str, query: Mapping[str, str]) -> Outcome:
        stop = self._context.stop
        self._budget.acquire(stop, self._wait_for_limit)
        outcome = NOTHING
        try:
            outcome = self._context.wire.get(self._token, path, query)
        finally:
            self._budget.release(_counts_of(outcome))
        if stop.is_set():
            raise Stopped
        return outcome

    def _wait_for_limit(self, seconds: float) -> None:
        now = self._context.clock.now()
        self.counts.wait(now, now + seconds)
        self._context.progress.waiting(seconds)

    def _may_retry(self, outcome: Outcome, attempts: int) -> bool:
        problem = outcome.problem
        transient = problem.transient if problem else outcome.status in _TRANSIENT
        return transient and attempts <= self._context.settings.max_retries

    def _wait(self, outcome: Outcome, asked: _Asked) -> None:
        """Wait before the next attempt: as long as the response says, else by back-off."""
        clock, stop = self._context.clock, self._context.stop
        limits = self._context.settings.limits
        now = clock.now()
        until = _requested_wait(outcome, now)
        if until is None:
            doubled = limits.backoff_seconds * 2 ** (asked.attempts - 1)
            pause = self._random.uniform(0, min(limits.max_backoff_seconds, doubled))
            self._note(outcome, asked, pause)
            self.counts.wait(now, now + pause)
            clock.sleep_until(now + pause, stop)
            return
        if until - now > limits.max_wait_seconds:
            raise self._error(outcome, asked)
        self._note(outcome, asked, until - now)
        self.counts.wait(now, until)
        if outcome.status == 429:
            self._budget.pause(until, burst=_is_burst(outcome))
            self._context.progress.waiting(until - now)
        clock.sleep_until(until, stop)

    def _note(self, outcome: Outcome, asked: _Asked, pause: float) -> None:
        reason = outcome.problem.reason if outcome.problem else f"status {outcome.status}"
        retries = self._context.settings.max_retries
        self._context.progress.note(
            f"retry {asked.attempts} of {retries} in {pause:.1f} s: {asked.what}: {reason}"
        )

    def _error(self, outcome: Outcome, asked: _Asked) -> RequestError:
        """Build the error that fits an outcome, with the API's own message, redacted."""
        what, attempts = asked.what, asked.attempts
        tries = f" after {attempts} attempts" if attempts > 1 else ""
        if outcome.problem:
            return RequestError(f"{what}: {outcome.problem.reason}{tries}", attempts=attempts)
        body = _error_body(outcome.body)
        words = self._quote(str(body.get("message") or _first_words(outcome.body)))
        details: dict[str, Any] = {
            "status": outcome.status,
            "error_id": self._known(body.get("id")),
            "request_id": self._known(
                body.get("request_id") or outcome.headers.get("x-request-id")
            ),
            "attempts": attempts,
        }
        until = _requested_wait(outcome, self._context.clock.now())
        if outcome.status == 429 and until is not None:
            return limit_error(until, **details)
        if outcome.status == 429:
            return RateLimitError(f"{what}: the rate limit is used up{tries}", **details)
        message = f"{what}: the API returned {outcome.status}{tries} ({words})"
        if outcome.status in (401, 403):
            return AuthenticationError(f"{message}. {_advice(outcome.status, asked)}", **details)
        if outcome.status in range(300, 400):
            message += ". Redirects are not followed: the token only goes to the base URL's host"
        return RequestError(message, **details)

    def _known(self, value: Any) -> str | None:
        return self._quote(str(value)) if value else None

    def _quote(self, text: str) -> str:
        """Return the server's message, shortened, escaped, and without the token."""
        return ascii(self.redact(text[:_READ]))[1:-1][:_QUOTE]


class _Asked(NamedTuple):
    """One request, for its errors."""

    what: str
    scopes: tuple[str, ...]
    attempts: int


def _advice(status: int, asked: _Asked) -> str:
    if status == 401:
        return "Check the token, or create one at https://cloud.digitalocean.com/account/api/tokens"
    return f"The token needs the scope {' and '.join(asked.scopes) or 'of this request'}"


def _requested_wait(outcome: Outcome, now: float) -> float | None:
    """Return the future time that a response says to wait for, in Unix seconds."""
    reset = header_number(outcome.headers, "ratelimit-reset") if outcome.status == 429 else None
    until = _retry_after(outcome.headers, now) or reset
    return until if until is not None and until > now else None


def _counts_of(outcome: Outcome) -> Mapping[str, str]:
    """Return the headers that count requests; those of a burst limit don't count the hour.

    A burst 429 says ``ratelimit-remaining: 0`` although the hourly quota is not used up:
    https://docs.digitalocean.com/reference/api/reference/#rate-limit
    """
    return {} if _is_burst(outcome) else outcome.headers


def _is_burst(outcome: Outcome) -> bool:
    return outcome.status == 429 and "retry-after" in outcome.headers


def _retry_after(headers: Mapping[str, str], now: float) -> float | None:
    seconds = header_number(headers, "retry-after")
    if seconds is not None:
        return now + seconds
    try:
        moment = parsedate_to_datetime(headers.get("retry-after", ""))
    except (ValueError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _error_body(body: bytes) -> Mapping[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _first_words(body: bytes) -> str:
    return body[:_READ].decode("utf-8", "replace") or "nothing"
