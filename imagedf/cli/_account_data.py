"""A whole account: fetch it, write it as one Parquet file per frame, and read it back."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import click

from imagedf.cli._console import INCOMPLETE, InputError, console_state, say, shows_progress
from imagedf.cli._filters import filtered
from imagedf.cli._load import fetch_options, load
from imagedf.cli._options import reading, usage_errors
from imagedf.cli._source import Source
from imagedf.errors import IncompleteListingError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from imagedf.account import Account

CERTIFICATE = "certificate.json"


def load_account(source: Source) -> Account:
    """Return the account that the options select, with your own images only.

    With ``--images-only``, or from one saved listing, it has only images, so their use is
    unknown. A directory or several files can include all endpoints.
    """
    source = source._replace(scope="own")
    directory = _saved(source)
    if directory is not None:
        account = _read(directory)
    elif _are_responses(source):
        account = _read_responses(source)
    elif source.images_only or source.paths:
        return _of_images(load(source))
    else:
        account = _fetch(source)
    _check_complete(account, source)
    return replace(account, images=filtered(account.images, source))


def _of_images(frame: pd.DataFrame) -> Account:
    """Return an account of which only the images are known."""
    from imagedf.account import Account
    from imagedf.frame import certificate

    return Account(images=frame, certificate=certificate(frame))


def load_images(source: Source) -> pd.DataFrame | Account:
    """Return the account, or only images if the options include others or --images-only."""
    if source.scope != "own" or source.images_only:
        return load(source)
    account = load_account(source)
    only = {entry.endpoint for entry in account.certificate.accounts} <= {"images"}
    return account.images if only else account


def _fetch(source: Source) -> Account:
    from imagedf.account import fetch_account

    options = fetch_options(source)
    options = {key: options[key] for key in options if key not in ("type", "private", "tag_name")}
    with usage_errors():
        return fetch_account(
            **options,
            on_incomplete="warn" if source.on_incomplete == "warn" else "raise",
            progress=shows_progress(),
        )


def _check_complete(account: Account, source: Source) -> None:
    if account.certificate.complete is not False:
        return
    if source.on_incomplete == "raise":
        raise IncompleteListingError(
            f"the saved account is not complete ({account.certificate}); "
            "use --on-incomplete warn to continue with it"
        )
    say(str(account.certificate))
    console_state().exit_code = INCOMPLETE


def _saved(source: Source) -> Path | None:
    """Return the path if it is a directory written by ``fetch --account-data``."""
    from pathlib import Path

    if len(source.paths) != 1 or not Path(source.paths[0], CERTIFICATE).is_file():
        return None
    if source.accounts or source.token_file is not None:
        raise click.UsageError("saved account data needs neither --account nor --token-file")
    return Path(source.paths[0])


def _are_responses(source: Source) -> bool:
    """Return whether the paths can be saved responses of several endpoints."""
    from pathlib import Path

    if source.images_only:
        return False
    if len(source.paths) == 1:
        path = source.paths[0]
        is_directory = os.path.isdir(path)  # noqa: PTH112 # pathlib raises for a name that is too long
        return is_directory and not Path(path, "images.parquet").is_file()
    return len(source.paths) > 1


def _read_responses(source: Source) -> Account:
    import warnings

    from imagedf.account import read_account
    from imagedf.cli._saved import saved_name
    from imagedf.errors import IncompleteListingWarning

    name = saved_name(source)
    with reading(), usage_errors(), warnings.catch_warnings():
        # The certificate is reported instead.
        warnings.simplefilter("ignore", IncompleteListingWarning)
        return read_account(list(source.paths), account=name)


def _frame_names() -> list[str]:
    from imagedf.account import Account

    return [field.name for field in fields(Account) if field.name not in ("images", "certificate")]


def _read(directory: Path) -> Account:
    """Read the frames in a directory; a missing file means that the frame was not readable."""
    import json

    from imagedf._certificates import Certificate
    from imagedf.account import Account
    from imagedf.files import read_parquet

    with reading():
        images = read_parquet(directory / "images.parquet")
    try:
        saved = json.loads((directory / CERTIFICATE).read_text(encoding="utf-8"))
        proof = Certificate.from_dict(saved)
        frames: dict[str, Any] = {
            name: _typed(directory / f"{name}.parquet", name)
            for name in _frame_names()
            if (directory / f"{name}.parquet").is_file()
        }
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise InputError(
            f"{directory} can't be read as data written by fetch --account-data: {error}"
        ) from error
    return Account(images=images, certificate=proof, **frames)


def _typed(file: Path, name: str) -> pd.DataFrame:
    """Read one frame with its documented dtypes: pandas reads lists as arrays."""
    import pandas as pd

    from imagedf.schema import ACCOUNT_FRAMES

    frame = pd.read_parquet(file)
    for column in ACCOUNT_FRAMES[name]:
        if column.dtype == "object":
            cells = [None if cell is None else list(cell) for cell in frame[column.name]]
            frame[column.name] = pd.Series(cells, index=frame.index, dtype=object)
    kinds: dict[str, Any] = {column.name: column.dtype for column in ACCOUNT_FRAMES[name]}
    return frame.astype(kinds)


def write_account(account: Account, path: str) -> list[str]:
    """Write one Parquet file per frame and the certificate; return the names of the files."""
    import json
    from pathlib import Path

    from imagedf.files import make_directory, to_parquet, write_plain, write_text

    directory = make_directory(Path(path))
    # An older certificate must not describe files that are about to be replaced.
    (directory / CERTIFICATE).unlink(missing_ok=True)
    to_parquet(account.images, directory / "images.parquet")
    written = ["images"]
    for name in _frame_names():
        frame, file = getattr(account, name), directory / f"{name}.parquet"
        if frame is None:
            file.unlink(missing_ok=True)
        else:
            write_plain(frame, file)
            written.append(name)
    write_text(directory / CERTIFICATE, json.dumps(account.certificate.to_dict(), indent=1) + "\n")
    return written
