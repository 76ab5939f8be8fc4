"""A progress bar over all accounts' pages, on standard error, when it is asked for."""

from __future__ import annotations

from typing import Any


class Progress:
    """Counts pages; the waits for a rate limit stand behind the bar."""

    def __init__(self, *, shown: bool) -> None:
        self._bar: Any = None
        if shown:
            from tqdm.auto import tqdm

            self._bar = tqdm(total=0, unit="page", desc="images", leave=False)

    def planned(self, pages: int) -> None:
        """Add to the pages expected."""
        if self._bar is not None:
            self._bar.total += pages
            self._bar.refresh()

    def arrived(self, pages: int) -> None:
        """Count pages read."""
        if self._bar is not None:
            self._bar.set_postfix_str("", refresh=False)
            self._bar.update(pages)

    def waiting(self, seconds: float) -> None:
        """Show that the rate limit is waited for."""
        if self._bar is not None:
            self._bar.set_postfix_str(f"rate limit, waiting {seconds:,.0f} s")

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.close()
