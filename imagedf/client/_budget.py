"""The rate limit of one token, respected ahead of time by all requests that share it.

Each response states how many requests are left (``ratelimit-remaining``) and when the
oldest one expires (``ratelimit-reset``, Unix seconds): a sliding window. See
https://docs.digitalocean.com/reference/api/reference/#rate-limit
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from imagedf.errors import RateLimitError

_LAST_SECOND = 253_402_300_799.0
"""The last second that datetime supports; a hostile header may name a later one."""


class Stopped(Exception):  # noqa: N818 # not an error: the fetch was cancelled
    """The fetch was cancelled; ends the workers and never leaves the package."""


class Clock:
    """Time and sleep, so that tests can pass their own."""

    def now(self) -> float:
        """Return Unix seconds."""
        return time.time()

    def sleep_until(self, moment: float, stop: threading.Event) -> None:
        """Sleep until a moment, or until cancelled."""
        stop.wait(min(max(0.0, moment - self.now()), threading.TIMEOUT_MAX))


def header_number(headers: Mapping[str, str], name: str) -> float | None:
    """Return a header's whole number, or None; times beyond datetime's range are capped."""
    text = headers.get(name, "").strip()
    return min(float(text), _LAST_SECOND) if text.isascii() and text.isdigit() else None


class Budget:
    """Requests that one token may still send; shared by all its listings."""

    def __init__(self, clock: Clock, max_wait: float) -> None:
        self._clock = clock
        self._max_wait = max_wait
        self._changed = threading.Condition()
        self._left: int | None = None
        self._reset = 0.0
        self._latest = (-1.0, 0.0)
        self._paused_until = 0.0
        self._in_flight = 0
        self._most = sys.maxsize
        self._probing = False

    def acquire(self, stop: threading.Event, waiting: Callable[[float], None]) -> None:
        """Wait until a request may be sent, and count it.

        Raises
        ------
        RateLimitError
            The limit is used up for longer than the allowed wait.
        Stopped
            The fetch was cancelled.
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
                    # The responses in flight will state how many are left; check again soon.
                    self._changed.wait(0.1)
                    continue
            self._sleep(until, stop, waiting)

    def _wait_until(self) -> float:
        """Return 0 to go ahead, a moment to sleep until, or -1 to wait for a response."""
        now = self._clock.now()
        if self._paused_until > now:
            return self._paused_until
        if self._in_flight >= self._most:
            return -1.0
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
        """Update the requests left from a response's headers; call it once per acquire.

        Responses may arrive out of order. The window slides and the number left in it
        decreases, so the response with the latest reset, and among those the fewest left, is
        the latest one. It may not count the requests still in flight, so they are subtracted;
        a request is added back when its own response turns out to be an earlier one.
        """
        left = header_number(headers, "ratelimit-remaining")
        reset = header_number(headers, "ratelimit-reset")
        with self._changed:
            self._in_flight -= 1
            if left is not None and reset is not None:
                latest = (reset, -left)
                if self._probing or self._left is None or latest > self._latest:
                    self._latest, self._reset = latest, reset
                    self._left = int(left) - self._in_flight
                else:
                    self._left += 1
            elif self._probing:
                self._left = 0
            self._probing = False
            self._changed.notify_all()

    def pause(self, until: float, *, burst: bool) -> None:
        """Hold back every request of this token until a time, as the API asked.

        After a burst limit, half as many requests are in flight for the rest of the fetch.
        """
        with self._changed:
            if burst and self._paused_until <= self._clock.now():
                self._most = max(1, min(self._most, self._in_flight + 1) // 2)
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
