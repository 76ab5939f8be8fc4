"""Where a command's images come from: the API, or saved answers and files."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click

from imagedf._text import counted
from imagedf.cli._console import INCOMPLETE, InputError, manners, say, shows_progress
from imagedf.cli._options import INPUT_GROUP, Decorator, Function, reading, shared, usage_errors
from imagedf.errors import IncompleteListingError

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from imagedf.client import Settings

_input = functools.partial(shared, INPUT_GROUP)
STDIN = "-"
_PARQUET = b"PAR1"
_SUFFIXES = (".parquet", ".pq")


@dataclass(frozen=True, slots=True)
class Source:
    """What the options say about the images to take."""

    paths: tuple[str, ...]
    accounts: tuple[str, ...]
    token_file: str | None
    type: str | None
    private: bool
    tag: str | None
    per_page: int
    workers: int
    on_incomplete: str


_OPTIONS = (
    _input(
        "--from",
        "paths",
        multiple=True,
        metavar="PATH|-",
        type=click.Path(allow_dash=True),
        help="Read saved responses (JSON, NDJSON, a directory) or a Parquet file instead of "
        "calling the API.",
    ),
    _input(
        "--account",
        "accounts",
        multiple=True,
        metavar="NAME=ENVVAR",
        help="Account name and the environment variable holding its token (repeatable).",
    ),
    _input(
        "--token-file",
        metavar="PATH|-",
        type=click.Path(allow_dash=True),
        help="File containing the token. Default: $DIGITALOCEAN_TOKEN.",
    ),
    _input(
        "--type",
        type=click.Choice(["application", "distribution"]),
        help="API filter for public images (not the `type` column).",
    ),
    _input("--private", is_flag=True, help="Only the account's own images."),
    _input("--tag", metavar="NAME", help="Only images with this tag."),
    _input(
        "--per-page",
        type=click.IntRange(1, 200),
        default=200,
        show_default=True,
        help="Images per request.",
    ),
    _input(
        "--workers",
        type=click.IntRange(1, 256),
        default=8,
        show_default=True,
        help="Parallel requests per account.",
    ),
    _input(
        "--on-incomplete",
        type=click.Choice(["raise", "warn"]),
        default="raise",
        show_default=True,
        help="'warn' continues with a partial listing. Exit code is 5 either way.",
    ),
)


def takes_images() -> Decorator:
    """Add the options of a source; the command gets them as ``source``."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def packed(**options: Any) -> Any:
            source = Source(**{field.name: options.pop(field.name) for field in fields(Source)})
            return function(source=source, **options)

        command: Function = packed
        for option in reversed(_OPTIONS):
            command = option(command)
        return command

    return decorate


def load(source: Source) -> pd.DataFrame:
    """Return the exploded frame that the options ask for.

    An incomplete one comes only with ``--on-incomplete warn``, and the exit code is 5.
    """
    import logging

    if source.paths:
        frame = _read(source)
        raised = source.on_incomplete == "raise"
    else:
        from imagedf.client import fetch_images

        options = fetch_options(source)
        with usage_errors():
            frame = fetch_images(
                **options,
                on_incomplete="warn" if source.on_incomplete == "warn" else "raise",
                progress=shows_progress(),
            )
        raised = False
    carried = frame.attrs.get("imagedf")
    logging.getLogger("imagedf").info("%s; %s", counted(len(frame), "row"), proof_line(carried))
    if carried is not None and not carried["complete"]:
        if raised:
            raise IncompleteListingError(
                f"the listing that was read is not whole ({proof_line(carried)}); "
                "--on-incomplete warn goes on with it all the same"
            )
        say(proof_line(carried))
        manners().exit_code = INCOMPLETE
    return frame


def proof_line(certificate: object) -> str:
    """Say in one line what a listing can vouch for."""
    from imagedf._certificates import UNVOUCHED, Certificate

    if not isinstance(certificate, dict):
        return UNVOUCHED
    return str(Certificate.from_dict(certificate))


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
    """Spell the options as the arguments of a fetch."""
    if source.accounts and source.token_file is not None:
        raise click.UsageError("give --account or --token-file, not both")
    options: dict[str, Any] = {
        "type": source.type,
        "private": source.private or None,
        "tag_name": source.tag,
        "per_page": source.per_page,
        "max_workers": source.workers,
    }
    if source.accounts:
        return options | {"accounts": _accounts(source.accounts)}
    if source.token_file is not None:
        return options | {"token": _token(source.token_file)}
    return options


def _accounts(pairs: tuple[str, ...]) -> dict[str, str]:
    accounts: dict[str, str] = {}
    for pair in pairs:
        name, mark, variable = pair.partition("=")
        if not mark or not name or not variable:
            raise click.UsageError(f"--account takes NAME=ENVVAR, not {pair!r:.60}")
        if name in accounts:
            raise click.UsageError(f"--account names {name!r:.60} twice")
        token = os.environ.get(variable)
        if token is None:
            # The text behind = is not shown: someone may have put the token itself there.
            raise click.UsageError(
                f"--account {name}: there is no environment variable of that name; "
                "give the variable's name behind =, not the token"
            )
        accounts[name] = token
    return accounts


def _token(path: str) -> str:
    from pathlib import Path

    try:
        return sys.stdin.read() if path == STDIN else Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it holds no text"
        problem = f"can't read the token file {path}: {reason}"
    raise InputError(problem)


def _read(source: Source) -> pd.DataFrame:
    chosen = (source.token_file, source.type, source.tag, source.private or None)
    if any(value is not None for value in chosen):
        raise click.UsageError("--from reads files; --token-file and filters are for the API")
    if len(source.accounts) > 1 or any("=" in name for name in source.accounts):
        raise click.UsageError("with --from, --account takes just the name for the rows")
    account = source.accounts[0] if source.accounts else None
    with reading(), usage_errors():
        if len(source.paths) == 1:
            return _read_one(source.paths[0], account)
        from imagedf.files import read_images

        if any(path == STDIN or path.endswith(_SUFFIXES) for path in source.paths):
            raise click.UsageError("only JSON files can be read several at once")
        return read_images(list(source.paths), account=account or "default")


def _read_one(path: str, account: str | None) -> pd.DataFrame:
    import tempfile
    from pathlib import Path

    from imagedf.files import read_images, read_parquet

    if path == STDIN:
        content = sys.stdin.buffer.read()
        if not content.startswith(_PARQUET):
            return read_images(content, account=account or "default")
        _keep_accounts(account)
        with tempfile.TemporaryDirectory() as folder:
            saved = Path(folder, "stdin.parquet")
            saved.write_bytes(content)
            return read_parquet(saved)
    if not _is_parquet(Path(path)):
        return read_images(path, account=account or "default")
    _keep_accounts(account)
    return read_parquet(path)


def _keep_accounts(account: str | None) -> None:
    if account is not None:
        raise click.UsageError("--account names the rows of saved answers; Parquet has its own")


def _is_parquet(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) == _PARQUET
    except OSError:
        return path.suffix in _SUFFIXES
