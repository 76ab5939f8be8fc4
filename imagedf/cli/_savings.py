"""``imagedf savings``: deletion candidates, reasons, and potential savings."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from imagedf.cli._account_data import load_account
from imagedf.cli._candidates import (
    LESS_OF_A_LIST,
    deletable_total,
    doctl_lines,
    ids,
    list_columns,
    series_columns,
    with_sources,
    with_unique_id,
)
from imagedf.cli._cells import LESS
from imagedf.cli._console import CHANGED, InputError, console_state, say
from imagedf.cli._load import proof_line
from imagedf.cli._options import book_of, command, priced, reading, usage_errors
from imagedf.cli._output import Output, emit, emit_lines, gives_data
from imagedf.cli._policy_options import takes_policy
from imagedf.cli._source import Source, takes_images
from imagedf.errors import IncompleteListingError

if TYPE_CHECKING:
    import pandas as pd

    from imagedf.account import Account
    from imagedf.cost import PriceBook
    from imagedf.savings import Policy

_LINES = ("ids", "doctl")


class _Question(NamedTuple):
    """The source of the images, the prices, and the other options of the command."""

    source: Source
    output: Output
    book: PriceBook
    on: datetime | None
    volume_snapshots: bool

    def judged(self, account: Account) -> Account | pd.DataFrame:
        """Return the argument for ``find_savings``: the account, or its volume snapshots."""
        if not self.volume_snapshots:
            return account
        if account.volume_snapshots is None:
            raise InputError(
                "volume snapshots are unknown: they need a live account and a token with the "
                "scopes snapshot:read and block_storage_snapshot:read"
            )
        return account.volume_snapshots

    def find(self, account: Account, policy: Policy) -> pd.DataFrame:
        """Apply a policy."""
        from imagedf.savings import find_savings

        with usage_errors():
            return find_savings(self.judged(account), policy, now=self.on, prices=self.book)


@command(epilog="Example: imagedf savings --older-than 90d --keep-last 3 --keep-tag keep")
@takes_policy
@click.option(
    "--by",
    type=click.Choice(["series", "rule"]),
    help="Show all series, or the effect of each rule.",
)
@click.option("--list", "listed", is_flag=True, help="List the images that can be deleted.")
@click.option("--volume-snapshots", is_flag=True, help="Check volume snapshots instead of images.")
@click.option(
    "--plan", metavar="FILE", type=click.Path(), help="Write the candidates to a plan (JSON)."
)
@click.option(
    "--verify",
    metavar="FILE",
    type=click.Path(),
    help="Fetch again and check a plan; exit code 8 if a candidate has changed.",
)
@click.option(
    "--compare",
    nargs=2,
    metavar="FILE FILE",
    type=click.Path(),
    help="Compare what two policies (TOML) would delete.",
)
@takes_images("all own", account=True)
@gives_data(*_LINES)
@priced
def savings(
    *,
    source: Source,
    output: Output,
    policy: Policy,
    by: str | None,
    listed: bool,
    volume_snapshots: bool,
    plan: str | None,
    verify: str | None,
    compare: tuple[str, str] | None,
    prices: str | None,
    on: datetime | None,
) -> None:
    """Show which images can be deleted, and what that saves. Nothing is ever deleted.

    By default, images older than 90 days are selected, but never the newest of a series (images
    of one Droplet whose names differ only in dates and similar parts), and never images in use.
    Keep rules always win.

    --list shows single images. To delete: write a --plan, --verify it, and use --format ids or
    doctl, which print only candidates that are still as planned.

    Token scopes: image:read; droplet:read for images in use; snapshot:read for sources; tag:read
    for tags; block_storage_snapshot:read and block_storage:read for volume snapshots.
    """
    if sum(map(bool, (plan, verify, compare))) > 1:
        raise click.UsageError("use only one of --plan, --verify and --compare")
    _check(source, output, needs_live=output.format in _LINES)
    question = _Question(source, output, book_of(prices), on, volume_snapshots)
    if verify is not None:
        _verify(question, verify)
        return
    if compare is not None:
        from imagedf.cli._compare import comparison, policies_of

        with reading():
            policies = policies_of(compare)
        emit(comparison(question.find, load_account(source), policies), output)
        return
    if plan is not None:
        from imagedf.files import check_target

        check_target(plan)
    account = load_account(source)
    found = question.find(account, policy)
    if plan is not None:
        _write_plan(found, plan)
    if output.format in _LINES:
        _emit_lines(found, question)
    else:
        _emit(found, account, question, by=by, listed=listed)


def _check(source: Source, output: Output, *, needs_live: bool) -> None:
    """Raise for options that would hide images of the same series, or use outdated data."""
    if source.tag is not None or source.where:
        raise click.UsageError(
            "savings needs all of your images, because the newest of a series must be among "
            "them; use --name or a policy instead of --tag and --where"
        )
    if needs_live and source.paths:
        raise click.UsageError(
            f"--format {output.format} needs live data: a saved file may be outdated"
        )


def _emit(
    found: pd.DataFrame, account: Account, question: _Question, *, by: str | None, listed: bool
) -> None:
    from imagedf.frame import assumed_day
    from imagedf.savings import savings_summary

    summary, output = savings_summary(found), question.output
    shown, columns, review = found, None, 0
    less: tuple[str, ...] = LESS
    if by == "rule":
        shown = summary.by_rule()
    elif by == "series" or (output.for_people and not listed):
        shown = summary.by_series()
        if not by:
            review = int((shown["deletable"] == 0).mul(shown["review"] > 0).sum())
            shown = shown[shown["deletable"] > 0]
        columns = series_columns(shown)
    elif output.for_people:
        shown = with_sources(found[found["deletable"]], account)
        columns, less = list_columns(shown), LESS_OF_A_LIST
    verb = "has" if review == 1 else "have"
    more = [f"{review:,} more series {verb} only images to review: --by series"] if review else []
    dated = assumed_day(account.images, question.on)
    notes = [*more, str(summary), *_rates(account, question), *dated, proof_line(account.images)]
    summed = output.for_people and columns and len(shown)
    total = deletable_total(summary, columns or ()) if summed else None
    emit(
        shown,
        output,
        total=total,
        total_label="total deletable",
        columns=columns,
        less=less,
        notes=notes,
    )


def _rates(account: Account, question: _Question) -> list[str]:
    from imagedf.cost import NOT_INCLUDED, rates_note
    from imagedf.frame import day_of

    day = day_of(account.images, question.on)
    if question.volume_snapshots:
        return [f"{question.book.volume_snapshot_rate(day)}; excludes taxes and credits"]
    return [f"Excludes {NOT_INCLUDED}.", rates_note(question.book, day)]


def _write_plan(found: pd.DataFrame, path: str) -> None:
    from imagedf.savings import load_plan, save_plan

    plan = load_plan(save_plan(found, path))
    say(f"wrote {path}: {len(plan.candidates):,} candidates; check it with --verify {path}")
    if plan.skipped:
        say(f"left out: {plan.skipped:,} candidates whose id is missing or not unique")


def _emit_lines(found: pd.DataFrame, question: _Question) -> None:
    from imagedf.savings import savings_summary

    partial = found.attrs["imagedf_savings"]["partial"]
    if partial:
        raise IncompleteListingError(
            f"--format {question.output.format} needs all of your images, but these are {partial}"
        )
    _require_use(question, found["used_by"])
    _print_lines(found, question.output)
    say(str(savings_summary(found)))


def _require_use(question: _Question, used_by: pd.Series[Any]) -> None:
    """Raise instead of printing ids for deletion if it is unknown which images are in use."""
    source = question.source
    if question.volume_snapshots or source.images_only or used_by.notna().any():
        return
    raise click.UsageError(
        f"--format {question.output.format} needs to know which images are in use: a token with "
        "the scope droplet:read. To print the candidates anyway, add --images-only"
    )


def _print_lines(found: pd.DataFrame, output: Output) -> None:
    candidates = with_unique_id(found)
    lines = ids(candidates) if output.format == "ids" else doctl_lines(candidates)
    emit_lines(lines, output.path)


def _verify(question: _Question, path: str) -> None:
    """Check a plan against the current account."""
    from imagedf.account import link_images
    from imagedf.savings import load_plan, verify_plan

    if question.source.paths:
        raise click.UsageError("--verify needs live data: a saved file may be outdated")
    with reading():
        plan = load_plan(path)
    kinds = set(plan.candidates["type"])
    question = question._replace(volume_snapshots=kinds == {"volume_snapshot"})
    account = load_account(question.source)
    checked = verify_plan(plan, question.judged(account), now=question.on)
    if question.output.format in _LINES:
        _require_use(question, link_images(account)["used_by"])
        _print_lines(checked.verified.assign(deletable=True), question.output)
    else:
        columns = ["account", "id", "name", "size_gigabytes", "refused"]
        emit(checked.table(), question.output, columns=columns)
    say(str(checked))
    if len(checked.refused):
        console_state().exit_code = console_state().exit_code or CHANGED
