"""An optional progress bar over all pages, on standard error."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

_log = logging.getLogger("imagedf")
_STARTING = "fetching page 1 [{elapsed}]{postfix}"
_COUNTING = "fetched {n_fmt} of {total_fmt} pages |{bar}| [{elapsed}]{postfix}"


class Progress:
    """Counts pages, and shows retries and waits for the rate limit."""

    def __init__(self, *, shown: bool) -> None:
        self._bar: Any = None
        self._handlers: list[tuple[logging.StreamHandler[TextIO], TextIO]] = []
        if shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=0, bar_format=_STARTING, leave=False)
            self._redirect_logs()

    def _redirect_logs(self) -> None:
        """Print log lines above the bar instead of into it, on a terminal."""
        for handler in logging.getLogger().handlers:
            stream = getattr(handler, "stream", None)
            if isinstance(handler, logging.StreamHandler) and stream in (sys.stdout, sys.stderr):
                self._handlers.append((handler, stream))
                handler.setStream(_AboveTheBar(self._bar, stream))

    def planned(self, pages: int) -> None:
        """Increase the number of pages expected."""
        if self._bar is not None:
            self._bar.bar_format = _COUNTING
            self._bar.total += pages
            self._bar.refresh()

    def arrived(self, pages: int) -> None:
        """Count pages read."""
        if self._bar is not None:
            self._bar.set_postfix_str("", refresh=False)
            self._bar.update(pages)

    def waiting(self, seconds: float) -> None:
        """Show a wait for the rate limit."""
        _log.info("rate limit: waiting %.0f s", seconds)
        if self._bar is not None:
            self._bar.set_postfix_str(f"rate limit, waiting {seconds:,.0f} s")

    def note(self, message: str) -> None:
        """Print a line above the bar, or log it."""
        _log.info("%s", message)
        if self._bar is not None and not _log.isEnabledFor(logging.INFO):
            self._bar.write(f"imagedf: {message}", file=sys.stderr)

    def close(self) -> None:
        """Remove the bar."""
        for handler, stream in self._handlers:
            handler.setStream(stream)
        if self._bar is not None:
            self._bar.close()


class _AboveTheBar:
    """A stream whose lines are printed above a progress bar."""

    def __init__(self, bar: Any, stream: TextIO) -> None:
        self._bar = bar
        self._stream = stream

    def write(self, text: str) -> None:
        self._bar.write(text, file=self._stream, end="")

    def flush(self) -> None:
        self._stream.flush()
