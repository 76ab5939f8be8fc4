"""The command line: options in, the library called, data out.

Nothing heavy is imported before a command runs, so that ``--help`` and completion are quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from imagedf._version import __version__
from imagedf.cli._charts import charts
from imagedf.cli._console import ClosedPipeError, exit_code_of, manners
from imagedf.cli._cost import cost
from imagedf.cli._demo import demo
from imagedf.cli._diff import diff
from imagedf.cli._export import export
from imagedf.cli._fetch import fetch
from imagedf.cli._growth import growth
from imagedf.cli._options import talks
from imagedf.cli._record import record
from imagedf.cli._report import report
from imagedf.cli._savings import savings
from imagedf.cli._schema import schema
from imagedf.cli._summary import summary

_NEXT = """\
Which images do we have, what do they cost, what changed, what can go?

  imagedf demo                     try it all on a sample account; needs no token
  export DIGITALOCEAN_TOKEN=...    a token with the scope image:read is enough, from
                                   https://cloud.digitalocean.com/account/api/tokens
  imagedf summary --by type        your images and their size
  imagedf cost                     what they cost a month
  imagedf savings                  what could go

imagedf --help lists every command.
"""


class _Imagedf(click.Group):
    """A group that knows what a mistyped command was meant to be, and our exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 # the base class calls it so
        """List the commands in the order of the job, not of the alphabet."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            import difflib

            close = difflib.get_close_matches(args[0], self.list_commands(ctx), n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise click.UsageError(f"there is no command {args[0]!r:.40}{hint}", ctx)
        return super().resolve_command(ctx, args)

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
        # Nothing here multiplies matrices: numpy's threads for that would only spin at the start.
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


@click.group(
    cls=_Imagedf,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Completion: eval "$(_IMAGEDF_COMPLETE=bash_source imagedf)" (or zsh_source).',
)
@click.version_option(__version__, prog_name="imagedf")
@talks
@click.pass_context
def main(context: click.Context) -> None:
    """Inventory the images of DigitalOcean accounts, with totals you can sign.

    Data go to standard output, everything else to standard error. Exit codes: 0 ok, 1
    unexpected, 2 usage, 3 authentication, 4 API or network, 5 incomplete listing,
    6 unreadable input, 7 over budget, 8 changed, 130 stopped.
    """
    if context.invoked_subcommand is None:
        click.echo(_NEXT, nl=False)


@main.result_callback()
def _ended(_value: Any) -> int:
    """End with 5 when what was given out rests on a partial listing."""
    return manners().exit_code


for _command in (
    fetch,
    summary,
    cost,
    savings,
    export,
    charts,
    report,
    record,
    diff,
    growth,
    schema,
    demo,
):
    main.add_command(_command)
