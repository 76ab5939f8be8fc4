"""The rate limit of one token, respected ahead of time by all who share it.

The API tells after each request how many are left (``ratelimit-remaining``) and when the
oldest one expires (``ratelimit-reset``, Unix seconds): a sliding window. See
https://docs.digitalocean.com/reference/api/reference/#rate-limit
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from imagedf.errors import RateLimitError

_LAST_SECOND = 253_402_300_799.0
"""The last second that a datetime holds; hostile headers name later ones."""


class Stopped(Exception):  # noqa: N818 # no error: the fetch was called off
    """The fetch was called off; ends the workers and never leaves the package."""


class Clock:
    """Time and sleep, so that tests can bring their own."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def sleep_until(self, moment: float, stop: threading.Event) -> None:
        """Sleep until a moment, or until called off."""
        stop.wait(min(max(0.0, moment - self.now()), threading.TIMEOUT_MAX))


def header_number(headers: Mapping[str, str], name: str) -> float | None:
    """Return a header's whole number, or None; one too large for any clock is cut."""
    text = headers.get(name, "").strip()
    return min(float(text), _LAST_SECOND) if text.isascii() and text.isdigit() else None


class Budget:
    """Requests that one token may still make; shared by its workers and accounts."""

    def __init__(self, clock: Clock, max_wait: float) -> None:
        self._clock = clock
        self._max_wait = max_wait
        self._changed = threading.Condition()
        self._left: int | None = None
        self._reset = 0.0
        self._told = (-1.0, 0.0)
        self._paused_until = 0.0
        self._in_flight = 0
        self._probing = False

    def acquire(self, stop: threading.Event, waiting: Callable[[float], None]) -> None:
        """Wait until a request may be sent, and count it.

        Raises
        ------
        RateLimitError
            The limit is used up for longer than the allowed wait.
        Stopped
            The fetch was called off.
        """
        while True:
            if stop.is_set():
                raise Stopped
            with self._changed:
                until = self._wait_until()
                if until == 0.0:
                    self._in_flight += 1
                    return
                if until < 0.0:
                    # The answers to come say what is left for sure; look again soon.
                    self._changed.wait(0.1)
                    continue
            self._sleep(until, stop, waiting)

    def _wait_until(self) -> float:
        """Return 0 to go ahead, a moment to sleep until, or -1 to wait for an answer."""
        now = self._clock.now()
        if self._paused_until > now:
            return self._paused_until
        if self._left is None or self._left > 0:
            if self._left is not None:
                self._left -= 1
            return 0.0
        if self._in_flight:
            return -1.0
        if self._reset > now:
            return self._reset
        self._probing = True
        return 0.0

    def _sleep(self, until: float, stop: threading.Event, waiting: Callable[[float], None]) -> None:
        seconds = until - self._clock.now()
        if seconds > self._max_wait:
            raise limit_error(until)
        if seconds > 0:
            waiting(seconds)
            self._clock.sleep_until(until, stop)

    def release(self, headers: Mapping[str, str]) -> None:
        """Take an answer's word for what is left; call it once for each acquire.

        Answers may arrive out of order. The window slides on and what is left in it goes
        down, so the answer with the latest reset, and of these the least left, is the
        latest word. Requests in flight may not be counted in it, so they are taken off,
        and one is put back when its own word turns out to be an earlier one.
        """
        left = header_number(headers, "ratelimit-remaining")
        reset = header_number(headers, "ratelimit-reset")
        with self._changed:
            self._in_flight -= 1
            if left is not None and reset is not None:
                word = (reset, -left)
                if self._probing or self._left is None or word > self._told:
                    self._told, self._reset = word, reset
                    self._left = int(left) - self._in_flight
                else:
                    self._left += 1
            elif self._probing:
                self._left = 0
            self._probing = False
            self._changed.notify_all()

    def pause(self, until: float) -> None:
        """Hold every request of this token until a moment: the API said so."""
        with self._changed:
            self._paused_until = max(self._paused_until, until)


def limit_error(until: float, **details: object) -> RateLimitError:
    """Build the error for a limit that lasts too long; ``until`` is Unix seconds."""
    resets_at = datetime.fromtimestamp(min(until, _LAST_SECOND), UTC)
    error = RateLimitError(
        f"the API's rate limit is used up until {resets_at:%Y-%m-%d %H:%M:%S} UTC; "
        "fetch again after that",
        resets_at=resets_at,
    )
    for name, value in details.items():
        setattr(error, name, value)
    return error
