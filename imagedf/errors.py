"""The errors of imagedf.

ImagedfError
├── RequestError               no usable response from the API
│   ├── AuthenticationError    401, 403
│   └── RateLimitError         429 after the allowed wait
├── IncompleteListingError     pages are missing, or the totals disagree
├── PageError                  a body that is not a page of images
├── FrameError (ValueError)    a frame without the needed columns
├── PolicyError (ValueError)   a policy that cannot be applied to what is known
└── HistoryError               an unreadable or conflicting history

Bad arguments raise ``ValueError`` or ``TypeError`` before anything is sent.
No message, attribute or repr of these errors contains a token.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import takewhile
from typing import TYPE_CHECKING

from imagedf._text import masked, one_line

if TYPE_CHECKING:
    from types import FrameType

    import pandas as pd

    from imagedf._certificates import Certificate
    from imagedf.account import Account


class ImagedfError(Exception):
    """The base class of every error that imagedf raises."""

    def __str__(self) -> str:
        return masked(super().__str__())

    def __repr__(self) -> str:
        return masked(super().__repr__())

    def _render_traceback_(self) -> list[str]:
        """Return the lines that IPython shows: the caller's code, the message and its causes.

        Frames of this package don't help the reader of a notebook; plain Python shows them all.
        """
        from traceback import walk_tb

        own = takewhile(lambda step: not _is_of(step, "imagedf"), walk_tb(self.__traceback__))
        lines = [_step_text(*step) for step in own if not _is_of(step, "IPython")]
        return [*lines, f"{type(self).__name__}: {self}", *_causes(self)]


def _causes(error: BaseException) -> Iterator[str]:
    """Yield a line for each cause of an error."""
    while error.__cause__ is not None:
        error = error.__cause__
        yield masked(f"Cause: {type(error).__name__}: {one_line(str(error))}")


def _is_of(step: tuple[FrameType, int], package: str) -> bool:
    """Return whether a step of a traceback is in a package."""
    return str(step[0].f_globals.get("__name__")).partition(".")[0] == package


def _step_text(frame: FrameType, line: int) -> str:
    """Return the place and the code of a step; IPython's file name of a cell is not a file."""
    from linecache import getline
    from pathlib import Path

    code = frame.f_code
    place = f"File {code.co_filename}" if Path(code.co_filename).exists() else "Cell"
    source = getline(code.co_filename, line, frame.f_globals).strip()
    return masked(f"{place}, line {line}, in {code.co_name}\n    {source}")


class RequestError(ImagedfError):
    """The API sent no usable response."""

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_id: str | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_id = error_id
        self.request_id = request_id
        self.attempts = attempts


class AuthenticationError(RequestError):
    """The API refused the token: 401, or 403 for a missing scope."""


class RateLimitError(RequestError):
    """The rate limit is used up for longer than the allowed wait."""

    def __init__(
        self,
        message: str,
        *,
        resets_at: datetime | None = None,
        status: int | None = 429,
        error_id: str | None = None,
        request_id: str | None = None,
        attempts: int = 1,
    ) -> None:
        super().__init__(
            message, status=status, error_id=error_id, request_id=request_id, attempts=attempts
        )
        self.resets_at = resets_at


class IncompleteListingError(ImagedfError):
    """Pages are missing, or the totals disagree; carries what was received."""

    def __init__(
        self,
        message: str,
        *,
        frame: pd.DataFrame | None = None,
        account: Account | None = None,
        certificate: Certificate | None = None,
    ) -> None:
        super().__init__(message)
        self.frame = frame
        self.account = account
        self.certificate = certificate


class IncompleteListingWarning(UserWarning):
    """The frame returned is not the complete listing."""


class PageError(ImagedfError):
    """A response body is not a page of images; carries the page, image id and field."""

    def __init__(
        self,
        message: str,
        *,
        page: int | None = None,
        image_id: int | str | None = None,
        field: str | None = None,
    ) -> None:
        super().__init__(message)
        self.page = page
        self.image_id = image_id
        self.field = field


class FrameError(ImagedfError, ValueError):
    """A frame lacks columns that the call needs, or contradicts itself."""


class PolicyError(ImagedfError, ValueError):
    """A policy needs a field that is unknown for every image; names the token scope."""


class HistoryError(ImagedfError):
    """A history is unreadable or in conflict; names the file."""


def missing_columns(needed: Iterable[str], present: Iterable[str]) -> FrameError:
    """Build the error for a frame without the needed columns."""
    from imagedf._text import did_you_mean

    has = [str(column) for column in present]
    lacks = [column for column in needed if column not in has]
    noun = "column" if len(lacks) == 1 else "columns"
    nearest = did_you_mean(lacks[0], has) if len(lacks) == 1 else ""
    return FrameError(
        f"the frame lacks the {noun} {', '.join(lacks)}{nearest or '.'} "
        f"It has {', '.join(has) or 'none'}. {_source_of(lacks)}"
    )


def _source_of(lacks: Iterable[str]) -> str:
    """Return advice: which functions return a frame with the missing columns."""
    if any(name.startswith(("monthly_cost_", "billing_class")) for name in lacks):
        return "Pass a frame returned by estimate_cost."
    if "deletable" in lacks:
        return "Pass a frame returned by find_savings."
    if "snapshot_date" in lacks:
        return "Pass a frame returned by growth or read_history."
    return "Pass a frame returned by fetch_images, read_images, example or read_parquet."
