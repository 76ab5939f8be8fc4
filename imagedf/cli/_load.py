"""Load the images that the options of a source select."""

from __future__ import annotations

import os
import sys
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import counted
from imagedf.cli._console import INCOMPLETE, InputError, console_state, say, shows_progress
from imagedf.cli._options import usage_errors
from imagedf.cli._source import STDIN, Source
from imagedf.errors import IncompleteListingError, IncompleteListingWarning

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from imagedf.client import Settings


def load(source: Source) -> pd.DataFrame:
    """Return the exploded frame that the options select.

    An incomplete frame is returned only with ``--on-incomplete warn``; the exit code is then 5.
    """
    from imagedf.cli._filters import check_where, filtered

    check_where(source.where)
    with _without_duplicate_warning():
        frame = _read(source) if source.paths else _fetch(source)
    _check_complete(frame, source)
    frame = filtered(frame, source)
    if console_state().verbose:
        import logging

        log = logging.getLogger("imagedf")
        log.info("%s; %s", counted(len(frame), "row"), proof_line(frame))
    return frame


def _read(source: Source) -> pd.DataFrame:
    from imagedf.cli._saved import read_saved

    return read_saved(source)


def _fetch(source: Source) -> pd.DataFrame:
    from imagedf.client import fetch_images

    options = fetch_options(source)
    with usage_errors():
        return fetch_images(
            **options,
            on_incomplete="warn" if source.on_incomplete == "warn" else "raise",
            progress=shows_progress(),
        )


@contextmanager
def _without_duplicate_warning() -> Iterator[None]:
    """Suppress the library's warning about an incomplete listing: the certificate is shown."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", IncompleteListingWarning)
        yield


def _check_complete(frame: pd.DataFrame, source: Source) -> None:
    carried = frame.attrs.get("imagedf")
    if carried is None or carried["complete"] is not False:
        return
    if source.paths and source.on_incomplete == "raise":
        raise IncompleteListingError(
            f"the saved listing is not complete ({proof_line(frame)}); "
            "use --on-incomplete warn to continue with it"
        )
    say(proof_line(frame))
    console_state().exit_code = INCOMPLETE


def proof_line(frame: pd.DataFrame) -> str:
    """Return one line about the completeness of a frame and its listing."""
    from imagedf._certificates import NO_CERTIFICATE
    from imagedf.frame import completeness_line

    return completeness_line(frame) or NO_CERTIFICATE


def checked(source: Source) -> Settings:
    """Return the settings of a fetch, for the path that streams to a file."""
    from imagedf.client import check_settings

    with usage_errors():
        return check_settings(
            **{"token": None, "accounts": None, **fetch_options(source)},
            base_url=None,
            timeout=(5, 60),
            max_retries=5,
            limits=None,
        )


def fetch_options(source: Source) -> dict[str, Any]:
    """Return the options as arguments of a fetch."""
    named = source.accounts or source.contexts or source.all_contexts
    if named and source.token_file is not None:
        raise click.UsageError("use only one of --account, --context and --token-file")
    options: dict[str, Any] = {
        "type": source.type,
        "private": source.own or None,
        "tag_name": source.tag,
        "per_page": source.per_page,
        "max_workers": source.workers,
    }
    if named:
        return options | {"accounts": _named_tokens(source)}
    if source.token_file is not None:
        return options | {"token": _token(source.token_file)}
    return options


def _named_tokens(source: Source) -> dict[str, str]:
    """Return the tokens of the accounts and contexts that were named."""
    tokens = _accounts(source.accounts)
    if source.contexts or source.all_contexts:
        from imagedf.cli._contexts import tokens_of

        of_doctl = tokens_of(source.contexts, every=source.all_contexts)
        both = tokens.keys() & of_doctl.keys()
        if both:
            raise click.UsageError(f"{min(both)!r:.60} is both an --account and a context of doctl")
        tokens |= of_doctl
    if not tokens:
        raise click.UsageError("--all-contexts: doctl's configuration has no token")
    return tokens


def _accounts(pairs: tuple[str, ...]) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for pair in pairs:
        name, mark, variable = pair.partition("=")
        if not mark or not name or not variable:
            raise click.UsageError(f"--account must be NAME=ENVVAR, not {pair!r:.60}")
        if name in accounts:
            raise click.UsageError(f"--account names {name!r:.60} twice")
        token = os.environ.get(variable)
        if token is None:
            # The text after = is not shown: someone may have put the token itself there.
            raise click.UsageError(
                f"--account {name}: there is no environment variable with that name; "
                "after = goes the variable's name, not the token"
            )
        accounts[name] = token
    return accounts


def _token(path: str) -> str:
    from pathlib import Path

    try:
        return sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise InputError(f"can't read the token file {path}: {reason}") from error
