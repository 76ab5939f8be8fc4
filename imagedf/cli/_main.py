"""The command line: parse options, call the library, print data.

Nothing heavy is imported before a command runs, so that ``--help`` and completion are fast.
"""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping, Sequence
from typing import Any

import click

from imagedf._text import did_you_mean
from imagedf._version import __version__
from imagedf.cli._commands import COMMANDS, LazyCommands
from imagedf.cli._config import VARIABLE, load_defaults
from imagedf.cli._console import ClosedPipeError, console_state, exit_code_of
from imagedf.cli._options import with_verbosity

_NEXT = """\
What images do we have, what do they cost, what changed, and what can be deleted?

  imagedf demo                     try everything on sample accounts; needs no token
  export DIGITALOCEAN_TOKEN=...    a token with the scope image:read is enough, from
                                   https://cloud.digitalocean.com/account/api/tokens
  imagedf summary --by type        your images and their size
  imagedf cost                     what they cost per month
  imagedf savings                  what you can delete

imagedf --help lists every command.
"""


class _Imagedf(click.Group):
    """A group with hints for mistyped commands, and our exit codes."""

    def __init__(self, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings)
        self.commands: MutableMapping[str, click.Command] = LazyCommands()

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # the base class calls it so
        """List the commands in workflow order, not alphabetically."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            raise click.UsageError(_unknown(args[0], self.list_commands(ctx)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 # the base class calls it so
        """List the commands with the first sentence of their help in full."""
        rows = [(name, entry.short_help) for name, entry in COMMANDS.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            value = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise ClosedPipeError from None
        return value

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,  # noqa: FBT001, FBT002 # click's signature
        windows_expand_args: bool = True,  # noqa: FBT001, FBT002 # click's signature
        **extra: Any,
    ) -> Any:
        # Nothing here multiplies matrices: numpy's threads for that would only slow down the start.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        run = super().main
        code = exit_code_of(
            lambda: run(
                args,
                prog_name or "imagedf",
                complete_var,
                standalone_mode=False,
                windows_expand_args=windows_expand_args,
                **extra,
            )
        )
        if standalone_mode:
            sys.exit(code)
        return code


def _unknown(name: str, commands: list[str]) -> str:
    """Return a message about an unknown command, with the one that was probably meant."""
    # Names of the same commands in similar tools.
    other = {"list": "fetch", "ls": "fetch", "images": "fetch", "version": "--version"}
    hint = f"; did you mean {other[name]}?" if name in other else did_you_mean(name, commands)
    return f"unknown command {name!r:.40}{hint}"


@click.group(
    cls=_Imagedf,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Completion: eval "$(_IMAGEDF_COMPLETE=bash_source imagedf)" (or zsh_source).',
)
@click.version_option(__version__, prog_name="imagedf")
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(),
    envvar=VARIABLE,
    help="Defaults for any option (TOML). Default: imagedf/imagedf.toml in the user's "
    "configuration directory.",
)
@with_verbosity
@click.pass_context
def main(context: click.Context, config: str | None) -> None:
    """Inventory the images in your DigitalOcean accounts, with totals you can sign off on.

    Data goes to standard output, everything else to standard error. Exit codes: 0 ok, 1
    unexpected, 2 usage, 3 authentication, 4 API or network, 5 incomplete listing,
    6 unreadable input, 7 over budget, 8 changed, 130 stopped.
    """
    if context.invoked_subcommand not in (None, "help"):
        load_defaults(context, config)
    if context.invoked_subcommand is None:
        click.echo(_NEXT, nl=False)


@main.result_callback()
def _ended(_value: Any, **_options: Any) -> int:
    """Exit with 5 if the listing behind the data was partial."""
    return console_state().exit_code
