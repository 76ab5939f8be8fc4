"""Read saved images: responses as JSON, and Parquet files."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from imagedf.cli._console import say
from imagedf.cli._options import reading, usage_errors
from imagedf.cli._source import STDIN, Source

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_PARQUET = b"PAR1"
_SUFFIXES = (".parquet", ".pq")


def read_saved(source: Source) -> pd.DataFrame:
    """Return the images of the named files as an exploded frame.

    ``--account`` names the account of saved responses; for a Parquet file, it selects accounts.
    """
    _check_options(source)
    with reading(), usage_errors():
        if len(source.paths) == 1:
            return read_one(source.paths[0], source.accounts)
        return _of_responses(list(source.paths), saved_name(source))


def saved_name(source: Source) -> str:
    """Check the options, and return the account name of saved responses."""
    _check_options(source)
    return _named(source.accounts)


def _check_options(source: Source) -> None:
    if source.token_file is not None:
        raise click.UsageError("use either --from or --token-file: files need no token")
    if any("=" in name for name in source.accounts):
        raise click.UsageError("with --from, --account must be only the name of the account")
    several = len(source.paths) > 1
    if several and any(path == STDIN or path.endswith(_SUFFIXES) for path in source.paths):
        raise click.UsageError("several --from files must all be JSON")


def read_one(path: str, accounts: tuple[str, ...]) -> pd.DataFrame:
    """Return the images of one file: Parquet, or saved responses."""
    from pathlib import Path

    from imagedf.files import read_images

    if path == STDIN:
        content = sys.stdin.buffer.read()
        if not content.startswith(_PARQUET):
            return read_images(content, account=_named(accounts))
        return _of_accounts(_parquet_of(content), accounts)
    if os.path.isfile(os.path.join(path, "images.parquet")):  # noqa: PTH113, PTH118 # pathlib raises for a name that is too long
        path = str(Path(path, "images.parquet"))
    if os.path.isdir(path):  # noqa: PTH112 # as above
        return _of_responses([path], _named(accounts))
    if not _is_parquet(Path(path)):
        return read_images(path, account=_named(accounts))
    from imagedf.files import read_parquet

    return _of_accounts(read_parquet(path), accounts)


def _of_responses(paths: list[str], account: str) -> pd.DataFrame:
    """Return the images among saved responses, which may include other endpoints."""
    from imagedf.errors import PageError
    from imagedf.files import read_images

    try:
        return read_images(paths, account=account)
    except PageError:
        from imagedf.account import read_account

        # read_account recognizes responses of other endpoints, and names unknown ones.
        saved = read_account(paths, account=account)
    others = sorted({entry.endpoint for entry in saved.certificate.accounts} - {"images"})
    if others:
        say(f"left out, because only images count here: {', '.join(others).replace('_', ' ')}")
    return saved.images


def _parquet_of(content: bytes) -> pd.DataFrame:
    import tempfile
    from pathlib import Path

    from imagedf.files import read_parquet

    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder, "stdin.parquet")
        saved.write_bytes(content)
        return read_parquet(saved)


def _named(accounts: tuple[str, ...]) -> str:
    if len(accounts) > 1:
        raise click.UsageError("saved responses belong to one account: name only one --account")
    return accounts[0] if accounts else "default"


def _of_accounts(frame: pd.DataFrame, accounts: tuple[str, ...]) -> pd.DataFrame:
    if not accounts:
        return frame
    present = [str(name) for name in frame["account"].dropna().unique()]
    unknown = [name for name in accounts if name not in present]
    if unknown:
        raise click.UsageError(
            f"--account {unknown[0]!r:.60} is not in the file; its accounts: {', '.join(present)}"
        )
    return frame[frame["account"].isin(accounts)].reset_index(drop=True)


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == _PARQUET
    except OSError:
        return path.suffix in _SUFFIXES
