"""Shared by several commands: grouped help, option values, and the options of prices and days."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from imagedf.cli import _complete
from imagedf.cli._console import InputError, be_quiet, be_verbose
from imagedf.cli._days import Day
from imagedf.errors import ImagedfError, IncompleteListingError, RequestError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

    from imagedf.cost import PriceBook

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]
_RENAMED = {"which": "invoices"}
"""The options whose argument of a function has another name."""
_LARGEST = 10**15
_GIVEN = (ParameterSource.COMMANDLINE, ParameterSource.ENVIRONMENT, ParameterSource.DEFAULT_MAP)
INPUT_GROUP, OUTPUT_GROUP, GENERAL_GROUP = "Input", "Output", "General"


class SharedOption(click.Option):
    """An option of several commands, listed in ``--help`` under the heading of its group."""

    def __init__(self, *names: Any, group: str, **settings: Any) -> None:
        super().__init__(*names, **settings)
        self.group = group


class Command(click.Command):
    """A command whose help lists its own options first and shared ones by group."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, own ones first."""
        groups: dict[str, list[tuple[str, str]]] = {"Options": []}
        groups |= {name: [] for name in (INPUT_GROUP, OUTPUT_GROUP, GENERAL_GROUP)}
        for parameter in self.get_params(ctx):
            if not isinstance(parameter, click.Option):
                continue
            record = parameter.get_help_record(ctx)
            default = GENERAL_GROUP if "--help" in parameter.opts else "Options"
            if record is not None:
                groups[getattr(parameter, "group", default)].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(name):
                    formatter.write_dl(records)


def command(epilog: str) -> Callable[[Function], click.Command]:
    """Turn a function into a command with the general options; ``epilog`` is an example."""

    def decorate(function: Function) -> click.Command:
        return click.command(cls=Command, epilog=epilog)(with_verbosity(function))

    return decorate


def shared(group: str, *names: str, **settings: Any) -> Decorator:
    """Return a decorator that adds an option, listed in ``--help`` under ``group``."""
    return click.option(*names, cls=SharedOption, group=group, **settings)


def with_verbosity(function: Function) -> Function:
    """Add ``--quiet`` and ``--verbose``, which work before and after the command's name."""
    quiet = shared(
        GENERAL_GROUP,
        "-q",
        "--quiet",
        is_flag=True,
        expose_value=False,
        callback=be_quiet,
        help="Print only errors and warnings to standard error.",
    )
    verbose = shared(
        GENERAL_GROUP,
        "-v",
        "--verbose",
        count=True,
        expose_value=False,
        callback=be_verbose,
        help="Show progress details; -vv also logs each request. The token is never shown.",
    )
    return quiet(verbose(function))


def amount(text: str) -> Decimal:
    """Read an amount from 0 to 1e15, such as 50 or 49.90; beyond that no cent can be computed."""
    from decimal import Decimal, InvalidOperation

    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or not 0 <= value <= _LARGEST:
        raise click.BadParameter(f"{text!r:.40} is not an amount from 0 to 1e15, such as 49.90")
    return value


def count(most: int | None = None) -> Callable[[str], int]:
    """Return a reader of whole numbers from 1 to ``most``."""
    expected = "a whole number of 1 or more" if most is None else f"a whole number from 1 to {most}"

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = 0
        if value < 1 or (most is not None and value > most):
            raise click.BadParameter(f"{text!r:.40} is not {expected}")
        return value

    return number


def priced(function: Function) -> Function:
    """Add ``--prices`` and ``--on``."""
    prices = shared(
        INPUT_GROUP,
        "--prices",
        metavar="FILE",
        type=click.Path(),
        help="Your own price book (TOML).",
    )
    day = shared(
        INPUT_GROUP,
        "--on",
        metavar="DATE",
        type=Day(),
        help="Date used for rates and ages (default: day of the fetch).",
    )
    return prices(day(function))


def with_history(text: str, *, required: bool = False) -> Decorator:
    """Add ``--history``; ``text`` is its help."""
    return click.option(
        "--history",
        metavar="DIR",
        type=click.Path(),
        required=required,
        envvar="IMAGEDF_HISTORY",
        help=text,
    )


def of_accounts(function: Function) -> Function:
    """Add ``--account`` to a command that only reads a history."""
    return click.option(
        "--account",
        "accounts",
        multiple=True,
        metavar="NAME",
        shell_complete=_complete.accounts,
        help="Only this account of the history (repeatable).",
    )(function)


def grouped_by(text: str) -> Decorator:
    """Add ``--by``, repeatable or with commas; ``text`` is its help."""
    return click.option(
        "--by",
        "groups",
        multiple=True,
        metavar="COLUMN[,COLUMN]",
        shell_complete=_complete.groups,
        help=text,
    )


def _named(_context: click.Context, _option: click.Parameter, value: str) -> str:
    """Check the name of the output: these commands can't write to a stream."""
    if value in {"", "-"}:
        raise click.BadParameter("can't write this to standard output; name a file or directory")
    return value


def written_to(metavar: str, text: str) -> Decorator:
    """Add ``-o`` to a command that only writes files; ``text`` is its help."""
    return click.option(
        "-o",
        "--output",
        "path",
        required=True,
        type=click.Path(),
        callback=_named,
        metavar=metavar,
        help=text,
    )


def check_output_directory(path: str) -> None:
    """Raise if this can't be a directory, before anything is requested."""
    from imagedf.files import check_directory

    with usage_errors():
        check_directory(path)


def book_of(path: str | None) -> PriceBook:
    """Return the price book in a file, or the one that comes with imagedf."""
    from imagedf.cost import PriceBook

    with reading():
        return PriceBook.load(path)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Convert the library's ValueError and TypeError about arguments to a usage error."""
    try:
        yield
    except ImagedfError:
        raise
    except (ValueError, TypeError) as error:
        raise click.UsageError(_with_option(str(error))) from error


def _with_option(message: str) -> str:
    """Return a message that begins with the option if it begins with the argument of a function."""
    name, separator, rest = message.partition(" must ")
    if not separator:
        name, separator, rest = message.partition("=")
    context = click.get_current_context()
    names = (_RENAMED.get(name, name), f"keep_{name}")
    for parameter in context.command.params:
        if parameter.name in names and context.get_parameter_source(parameter.name) in _GIVEN:
            return f"{max(parameter.opts, key=len)}{separator.replace('=', ' ')}{rest}"
    return message


@contextmanager
def reading() -> Iterator[None]:
    """Convert an error about an input file to one with exit code 6."""
    try:
        yield
    except (RequestError, IncompleteListingError):
        raise
    except ImagedfError as error:
        raise InputError(str(error)) from error
