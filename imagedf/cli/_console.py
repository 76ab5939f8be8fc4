"""The console: exit codes, one line per error, and messages on standard error."""

from __future__ import annotations

import os
import shutil
import sys
import textwrap
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TextIO

import click

from imagedf._text import masked, one_line
from imagedf.errors import (
    AuthenticationError,
    FrameError,
    HistoryError,
    ImagedfError,
    IncompleteListingError,
    PageError,
    PolicyError,
    RequestError,
)

if TYPE_CHECKING:
    import logging

UNEXPECTED, USAGE, AUTHENTICATION, REQUEST, INCOMPLETE, INPUT, BUDGET, CHANGED = range(1, 9)
INTERRUPTED = 130
_CODES: tuple[tuple[type[ImagedfError], int], ...] = (
    (AuthenticationError, AUTHENTICATION),
    (RequestError, REQUEST),
    (PageError, REQUEST),
    (IncompleteListingError, INCOMPLETE),
    (FrameError, INPUT),
    (HistoryError, INPUT),
    (PolicyError, USAGE),
)


class InputError(click.ClickException):
    """An input file can't be read."""

    exit_code = INPUT


class ClosedPipeError(Exception):
    """The reader of standard output is gone; click would exit with 1 for an OSError."""


@dataclass(slots=True)
class ConsoleState:
    """How much to print on standard error, and the exit code of a command that printed its data."""

    quiet: bool = False
    verbose: int = 0
    exit_code: int = 0


def console_state() -> ConsoleState:
    """Return the console state of the running command."""
    return click.get_current_context().find_root().ensure_object(ConsoleState)


def say(message: str) -> None:
    """Print a message for people on standard error, unless ``--quiet`` was given."""
    if not console_state().quiet:
        _print_error(message)


def alert(message: str) -> None:
    """Print an important message even with ``--quiet``, such as "over budget"."""
    _print_error(f"imagedf: {message}", "red")


def _print_error(message: str, color: str | None = None) -> None:
    """Print one message on standard error; a terminal gets it wrapped at words."""
    text = masked(one_line(message))
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns
        text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
        if color and not os.environ.get("NO_COLOR"):
            text = click.style(text, fg=color)
    click.echo(text, err=True)


def shows_progress() -> bool:
    """Return whether to show a progress bar: on a terminal, and without ``--quiet``."""
    return sys.stderr.isatty() and not console_state().quiet


def be_quiet(context: click.Context, _option: click.Parameter, value: bool) -> None:  # noqa: FBT001 # click's call
    """Print only errors and warnings from now on."""
    if value:
        context.find_root().ensure_object(ConsoleState).quiet = True


def be_verbose(context: click.Context, _option: click.Parameter, value: int) -> None:
    """Log progress details, and each request if given twice."""
    if value:
        import logging

        context.find_root().ensure_object(ConsoleState).verbose = value
        level = logging.INFO if value == 1 else logging.DEBUG
        logging.basicConfig(handlers=[_log_handler()], level=level)


def _log_handler() -> logging.Handler:
    """Return a handler that masks tokens and clears the line of a progress bar first."""
    import logging

    class Handler(logging.StreamHandler[TextIO]):
        def format(self, record: logging.LogRecord) -> str:
            blank = " " * (shutil.get_terminal_size().columns - 1)
            cleared = f"\r{blank}\r" if shows_progress() else ""
            return cleared + masked(super().format(record))

    handler = Handler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(name)s: %(message)s"))
    return handler


def exit_code_of(run: Callable[[], Any]) -> int:
    """Run a command and return its exit code; an error becomes one line on standard error."""
    _prepare_streams()
    with warnings.catch_warnings():
        # The interpreter's own settings (-W, PYTHONWARNINGS) take precedence.
        if not sys.warnoptions:
            warnings.simplefilter("always", UserWarning)
        warnings.showwarning = _show_warning
        try:
            code = run()
        except ClosedPipeError:
            code = _leave_closed_pipe()
        except (click.Abort, KeyboardInterrupt):
            code = _failed("stopped", INTERRUPTED)
        except (click.ClickException, ImagedfError) as error:
            code = _failed(*_message_and_code(error))
        except OSError as error:  # the library's own are ImagedfErrors: this is standard output
            code = _failed(f"can't write to standard output: {error.strerror or error}")
        except Exception as error:
            import logging

            if logging.getLogger().isEnabledFor(logging.INFO):
                raise
            code = _failed(f"unexpected {type(error).__name__}: {error}; -v shows where")
    return code if isinstance(code, int) else 0


def _prepare_streams() -> None:
    """Replace closed streams, and let streams replace characters that their encoding lacks."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(os.open(os.devnull, os.O_RDWR), mode))
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def _show_warning(  # noqa: PLR0917 # the signature of warnings.showwarning
    message: Warning | str,
    category: type[Warning],
    filename: str,  # noqa: ARG001 # as above
    lineno: int,  # noqa: ARG001 # as above
    file: TextIO | None = None,  # noqa: ARG001 # as above
    line: str | None = None,  # noqa: ARG001 # as above
) -> None:
    if issubclass(category, UserWarning):
        _print_error(f"imagedf: warning: {message}", "yellow")


def _leave_closed_pipe() -> int:
    """Redirect standard output to the null device, so that the interpreter exits silently."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _message_and_code(error: click.ClickException | ImagedfError) -> tuple[str, int]:
    if isinstance(error, ImagedfError):
        codes = (code for kind, code in _CODES if isinstance(error, kind))
        return str(error), next(codes, UNEXPECTED)
    message = error.format_message()
    if isinstance(error, click.MissingParameter) and error.param and error.ctx:
        return _missing(error.param, error.ctx), error.exit_code
    if isinstance(error, click.UsageError):
        path = error.ctx.command_path if error.ctx else "imagedf"
        end = "" if message.endswith(("?", ".")) else "."
        message = f"{message}{end} Try '{path} --help'"
    return message, error.exit_code


def _missing(parameter: click.Parameter, context: click.Context) -> str:
    """Name a missing option or argument, and show the command's example."""
    needed = parameter.human_readable_name
    if isinstance(parameter, click.Option):
        needed = f"{parameter.opts[0]} {parameter.metavar or ''}".strip()
    return f"{context.info_name} needs {needed}. {context.command.epilog or ''}".strip()


def _failed(message: str, code: int = UNEXPECTED) -> int:
    with suppress(OSError):
        _print_error(f"imagedf: {message}", "red")
    return code
