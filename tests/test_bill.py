"""The bill of an account: its four rows, backups per Droplet, and unknown costs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import strategies as st

import imagedf
from imagedf import Account, Certificate, account_bill, backup_status, estimate_cost, reconcile
from imagedf.cost import bill_total, cost_by_size, exact, known_sum
from tests.bills import account_of, droplet, entry_of, policy, volume_snapshot
from tests.conftest import examples
from tests.invoices import csv_bytes, csv_line, item, page
from tests.money import book, image, rate
from tests.strategies import images as image_records
from tests.strategies import names, sizes

DAY = "2026-11-01"
KINDS = ["Droplet snapshots", "custom images", "volume snapshots", "Droplet backups"]
BACKED_UP = droplet(7, backup_ids=[31, 32], features=["backups"])


def backup(number: int, **fields: Any) -> dict[str, Any]:
    return image(number, type="backup", created_at="2026-11-18T00:00:00Z", **fields)


def row_of(bill: pd.DataFrame, kind: str) -> dict[str, Any]:
    """Return the row of a kind, with missing figures as None."""
    (row,) = bill[bill["kind"] == kind].astype(object).to_dict("records")
    return {str(name): None if pd.isna(cell) else cell for name, cell in row.items()}


def backups_of(account: Account, **arguments: Any) -> dict[str, Any]:
    return row_of(account_bill(account, **{"on": DAY, **arguments}), "Droplet backups")


def test_an_account_may_have_a_rate_of_its_own_for_volume_snapshots() -> None:
    rates = [rate("volume_snapshot", "0.06"), rate("volume_snapshot", "0.05", account="dev")]
    account = account_of(
        volume_snapshots=[volume_snapshot("a", 100.0), volume_snapshot("b", 10.0, account="dev")]
    )
    row = row_of(account_bill(account, on=DAY, prices=book(*rates)), "volume snapshots")
    assert row["monthly_cost_usd"] == 6.5


def test_a_rate_for_backups_with_a_tag_replaces_the_plan() -> None:
    tagged = backup(31, size_gigabytes=10.0, tags=["gold"])
    account = account_of([tagged, backup(32)], droplets=[BACKED_UP], policies=[policy(7)])
    published = imagedf.PriceBook.load()
    prices = replace(published, rates=(*published.rates, rate("backup", "0.05", tag="gold")))
    row = backups_of(account, prices=prices)
    assert (row["items"], row["monthly_cost_usd"], row["unknown_cost"]) == (2, 0.5, 1)
    assert row["basis"] == "0.05 USD per GB-month"


def test_a_bill_worked_by_hand() -> None:
    account = account_of(
        [
            image(1),
            image(2, size_gigabytes=None),
            image(3, type="custom", size_gigabytes=0.25),
            image(4, type="admin"),
            image(5, public=True, type="base"),
            image(6, public=False, type="base"),
            backup(31, size_gigabytes=4.5),
            backup(32, size_gigabytes=4.0),
        ],
        droplets=[BACKED_UP, droplet(8)],
        policies=[policy(7), policy(8, None)],
        volume_snapshots=[volume_snapshot("a", 100.5), volume_snapshot("b", 0.0)],
    )
    expected = pd.DataFrame(
        {
            "kind": KINDS,
            "items": pd.Series([2, 2, 2, 2], dtype="Int64"),
            "size_gigabytes": [10.0, 10.25, 100.5, 8.5],
            "monthly_cost_usd": [0.6, 0.015, 6.03, 4.8],
            "unknown_cost": pd.Series([1, 1, 0, 0], dtype="Int64"),
            "basis": [
                *("0.06 USD per GB-month", "0.06 USD per GB-month", "0.06 USD per GiB-month"),
                "basic plan assumed",
            ],
        }
    ).astype({"kind": "str", "basis": "str"})
    pd.testing.assert_frame_equal(account_bill(account, on=DAY), expected)


def test_an_empty_account_costs_nothing() -> None:
    bill = account_bill(account_of(), on=DAY)
    assert bill["kind"].tolist() == KINDS
    for column in ("items", "size_gigabytes", "monthly_cost_usd", "unknown_cost"):
        assert bill[column].tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("plan", "on", "cost"),
    [
        ("weekly", "2026-11-01", 4.8),
        ("daily", "2026-11-01", 7.2),
        ("weekly", "2020-01-01", 4.8),
        ("daily", "2020-01-01", None),
        ("hourly", "2026-11-01", None),
    ],
)
def test_backups_cost_their_plans_share_of_the_droplet(
    plan: str, on: str, cost: float | None
) -> None:
    account = account_of([backup(31), backup(32)], droplets=[BACKED_UP], policies=[policy(7, plan)])
    row = backups_of(account, on=on)
    assert (row["monthly_cost_usd"], row["basis"]) == (cost, "basic plan assumed")
    assert (row["items"], row["unknown_cost"]) == (2, 0 if cost else 2)


@pytest.mark.parametrize(
    ("droplets", "policies"),
    [
        (None, None),
        ([BACKED_UP], None),
        ([BACKED_UP], []),
        ([BACKED_UP], [policy(7, None, backup_enabled=True)]),
        ([BACKED_UP | {"price_monthly": None}], [policy(7)]),
        ([BACKED_UP | {"features": []}], [policy(7, None)]),
        ([BACKED_UP | {"features": None}], []),
        ([droplet(7, features=["backups"], backup_ids=None)], [policy(7, "hourly")]),
    ],
)
def test_what_is_not_known_of_backups_is_unknown_never_0(
    droplets: list[dict[str, Any]] | None, policies: list[dict[str, Any]] | None
) -> None:
    account = account_of([backup(31), backup(32)], droplets=droplets, policies=policies)
    row = backups_of(account)
    assert row["monthly_cost_usd"] is None
    assert row["unknown_cost"] >= 2
    assert (row["items"], row["size_gigabytes"]) == (2, 20.0)


def test_without_droplets_backups_are_unknown_even_if_no_backup_is_listed() -> None:
    account = account_of([image(1)], droplets=None, policies=[policy(7)])
    assert backups_of(account) == {
        "kind": "Droplet backups",
        "items": 0,
        "size_gigabytes": 0.0,
        "monthly_cost_usd": None,
        "unknown_cost": None,
        "basis": "not readable",
    }


def test_droplets_of_one_account_that_cannot_be_read_are_named_beside_the_known_backups() -> None:
    account = account_of([backup(31)], droplets=[BACKED_UP], policies=[policy(7)])
    refused = entry_of("gpu_droplets", "dev", readable=False)
    account = replace(account, certificate=Certificate((*account.certificate.accounts, refused)))
    row = backups_of(account)
    assert (row["items"], row["monthly_cost_usd"], row["unknown_cost"]) == (1, 4.8, None)
    assert "dev" in row["basis"]


def test_the_total_of_a_bill_is_unknown_only_if_nothing_that_is_stored_is_known() -> None:
    nothing = account_bill(account_of(), on=DAY)
    assert [bill_total(nothing), bill_total(nothing, "size_gigabytes")] == [Decimal(0)] * 2
    unread = account_bill(account_of(droplets=None, volume_snapshots=None), on=DAY)
    assert (bill_total(unread), bill_total(unread, "size_gigabytes")) == (None, None)
    account = account_of(droplets=[BACKED_UP], policies=[policy(7)], volume_snapshots=None)
    plan = account_bill(account, on=DAY)
    assert (bill_total(plan), bill_total(plan, "size_gigabytes")) == (Decimal("4.8"), None)
    unsized = account_bill(account_of([image(1, size_gigabytes=None)]), on=DAY)
    assert (bill_total(unsized), bill_total(unsized, "size_gigabytes")) == (None, None)


def test_backups_priced_by_size_need_no_droplets() -> None:
    prices = book(rate("snapshot", "0.05"), rate("backup", "0.04"))
    row = backups_of(account_of([backup(31)], droplets=None), prices=prices)
    assert (row["items"], row["monthly_cost_usd"], row["unknown_cost"]) == (1, 0.4, 0)


def test_a_public_image_that_is_called_a_backup_changes_nothing() -> None:
    account = account_of([backup(31, public=True)], droplets=[BACKED_UP], policies=[policy(7)])
    row = backups_of(account)
    assert (row["items"], row["monthly_cost_usd"]) == (0, 4.8)


def test_known_backups_are_summed_next_to_the_number_of_unknown_ones() -> None:
    account = account_of(
        [backup(31), backup(32), backup(33), backup(34)],
        droplets=[BACKED_UP, droplet(8, backup_ids=[33], features=["backups"])],
        policies=[policy(7)],
    )
    row = backups_of(account)
    assert (row["monthly_cost_usd"], row["unknown_cost"], row["items"]) == (4.8, 2, 4)


def test_a_rate_of_your_own_prices_backups_by_size_and_not_twice() -> None:
    prices = book(rate("snapshot", "0.05"), rate("backup", "0.04", unit="GiB-month"))
    account = account_of([backup(31), backup(32)], droplets=[BACKED_UP], policies=[policy(7)])
    row = backups_of(account, prices=prices)
    assert (row["monthly_cost_usd"], row["unknown_cost"]) == (0.8, 0)
    assert row["basis"] == "0.04 USD per GiB-month"


def test_volume_snapshots_that_cannot_be_read_are_unknown() -> None:
    row = row_of(account_bill(account_of(volume_snapshots=None), on=DAY), "volume snapshots")
    assert row == {
        "kind": "volume snapshots",
        "items": None,
        "size_gigabytes": None,
        "monthly_cost_usd": None,
        "unknown_cost": None,
        "basis": "not readable",
    }


def test_images_alone_leave_the_other_kinds_unknown() -> None:
    account = Account(account_of([image(1), backup(31)]).images, Certificate())
    bill = account_bill(account, on=DAY)
    assert bill["monthly_cost_usd"].isna().tolist() == [False, False, True, True]
    assert bill["basis"].tolist()[2] == "not readable"


def test_one_of_two_accounts_that_cannot_be_read_is_named() -> None:
    account = account_of(volume_snapshots=[volume_snapshot("a", 1.0)])
    refused = entry_of("volume_snapshots", "dev", readable=False)
    account = replace(account, certificate=Certificate((*account.certificate.accounts, refused)))
    row = row_of(account_bill(account, on=DAY), "volume snapshots")
    assert (row["items"], row["monthly_cost_usd"], row["unknown_cost"]) == (1, 0.06, None)
    assert "dev" in row["basis"]


def test_an_incomplete_listing_is_not_a_sum() -> None:
    account = account_of(volume_snapshots=[volume_snapshot("a", 1.0)])
    entries = [
        replace(one, complete=False) if one.endpoint == "volume_snapshots" else one
        for one in account.certificate.accounts
    ]
    account = replace(account, certificate=Certificate(tuple(entries)))
    row = row_of(account_bill(account, on=DAY), "volume snapshots")
    assert (row["items"], row["monthly_cost_usd"], row["unknown_cost"]) == (1, 0.06, None)


def test_a_price_book_in_another_currency_has_no_droplet_price() -> None:
    prices = replace(imagedf.PriceBook.load(), currency="EUR")
    account = account_of([image(1), backup(31)], droplets=[BACKED_UP], policies=[policy(7)])
    bill = account_bill(account, on=DAY, prices=prices)
    assert bill["monthly_cost_eur"].tolist()[0] == 0.6
    assert bill["unknown_cost"].tolist()[-1] == 1
    with pytest.raises(ValueError, match="EUR"):
        account_bill(account, on=DAY, prices=prices, invoice=page(item("Snapshots", "1.00")))


def test_billed_amounts_replace_the_estimate_of_their_kind() -> None:
    account = account_of(
        [image(1), image(2, type="custom"), backup(31), backup(32)],
        droplets=[BACKED_UP],
        policies=[policy(7, "hourly")],
        volume_snapshots=[volume_snapshot("a", 100.0)],
    )
    invoice = page(
        item("Snapshots", "0.59", resource_id="1"),
        item("Snapshots", "0.41", resource_id="99"),
        item("Droplet Backups", "4.80", resource_id="7"),
        item("Taxes", "0.10"),
    )
    bill = account_bill(account, on=DAY, invoice=invoice)
    assert bill["monthly_cost_usd"].tolist() == [1.0, 0.6, 6.0, 4.8]
    assert bill["unknown_cost"].tolist() == [0, 0, 0, 0]
    assert bill["basis"].tolist() == [
        *("billed", "0.06 USD per GB-month", "0.06 USD per GiB-month", "billed")
    ]


def test_an_invoice_is_joined_to_everything_that_an_account_stores() -> None:
    account = account_of(
        [image(1), image(7), backup(31), backup(32), backup(40)],
        droplets=[BACKED_UP],
        policies=[policy(7)],
        volume_snapshots=[volume_snapshot("edb0478d", 100.0)],
    )
    invoice = page(
        item("Snapshots", "6.10", resource_uuid="edb0478d"),
        item("Droplet Backups", "4.50", resource_id="7"),
        item("Snapshots", "0.60", resource_id="1"),
    )
    rows = reconcile(account, invoice, on=DAY)
    shown = rows[["match", "billing_class", "id", "estimated_usd", "billed_usd"]]
    plain = shown.astype(object).where(shown.notna(), None).to_numpy()
    assert [tuple(map(str, row)) for row in plain] == [
        ("resource id", "snapshot", "1", "0.60", "0.60"),
        ("resource uuid", "volume_snapshot", "None", "6.00", "6.10"),
        ("droplet", "backup", "7", "4.80", "4.50"),
        ("estimate only", "snapshot", "7", "0.60", "None"),
        ("estimate only", "backup", "40", "None", "None"),
        ("excluded", "backup", "31", "None", "None"),
        ("excluded", "backup", "32", "None", "None"),
    ]
    billed = rows[rows["match"] == "resource uuid"]
    assert billed["name"].tolist() == ["snapshot of edb0478d"]
    notes = rows.set_index("id")["note"].to_dict()
    assert "Droplet 7 (web-7)" in notes[31]
    assert "unknown" in notes[40]


def test_a_csv_names_a_droplet_with_its_size() -> None:
    account = account_of([backup(31), backup(32)], droplets=[BACKED_UP], policies=[policy(7)])
    lines = csv_bytes(csv_line("Droplet Backups", "web-7 (s-2vcpu-4gb)", "$4.50"))
    (first, *_) = reconcile(account, lines, on=DAY).to_dict("records")
    assert (first["match"], first["id"], first["billed_usd"]) == ("name", 7, Decimal("4.50"))


def test_what_is_not_an_account_is_a_type_error() -> None:
    frame = imagedf.read_images({"images": []})
    for function in (account_bill, backup_status):
        with pytest.raises(TypeError, match="Account"):
            function(frame)  # type: ignore[arg-type] # what is tested
    with pytest.raises(TypeError, match="Account"):
        reconcile(estimate_cost(frame), page(), on=DAY)


worlds = st.fixed_dictionaries(
    {
        "images": st.lists(
            image_records, max_size=10, unique_by=lambda one: (one["id"], one["name"])
        ),
        "plans": st.lists(st.sampled_from(["weekly", "daily", "hourly", None]), max_size=5),
        "prices": st.lists(st.integers(0, 20_000).map(lambda n: n / 100), min_size=5, max_size=5),
        "volumes": st.lists(st.tuples(names, sizes), max_size=5),
    }
)


def world(parts: dict[str, Any]) -> Account:
    """Return an account; each Droplet has the backup images of its own id and the next."""
    plans = list(enumerate(parts["plans"], start=1))
    features = {True: ["backups"], False: []}
    return account_of(
        parts["images"],
        droplets=[
            droplet(
                number,
                backup_ids=[number],
                price_monthly=parts["prices"][number - 1],
                features=features[plan is not None],
            )
            for number, plan in plans
        ],
        policies=[policy(number, plan) for number, plan in plans],
        volume_snapshots=[
            volume_snapshot(f"uuid-{at}", size, name=name)
            for at, (name, size) in enumerate(parts["volumes"])
        ],
    )


# Pricing an account takes so long that shrinking a failure would take minutes.
UNSHRUNK = (Phase.explicit, Phase.generate)


@given(worlds)
@examples(60, phases=UNSHRUNK)
def test_the_bill_is_the_exact_sum_of_its_parts(parts: dict[str, Any]) -> None:
    account = world(parts)
    bill = account_bill(account, on=DAY)
    costs = estimate_cost(account.images, on=date(2026, 11, 1))
    assert account.volume_snapshots is not None
    published = imagedf.PriceBook.load().volume_snapshot_rate(DAY)
    volumes = cost_by_size(account.volume_snapshots["size_gigabytes"], published)
    shares = {"weekly": Decimal("0.20"), "daily": Decimal("0.30")}
    backups = [
        shares[plan] * exact(price)
        for plan, price in zip(parts["plans"], parts["prices"], strict=False)
        if plan in shares
    ]
    expected = [
        known_sum(costs["monthly_cost_usd"]) or Decimal(0),
        known_sum(volumes) or Decimal(0),
        sum(backups, Decimal(0)),
    ]
    known = bill["monthly_cost_usd"].dropna().map(exact)
    assert sum(known, Decimal(0)) == sum(expected)
    own = ~(costs["public"].fillna(value=False) | costs["type"].isin(["base", "application"]))
    assert bill["items"].sum() == own.sum() + len(volumes)
    missing = bill["monthly_cost_usd"].isna()
    assert (bill["unknown_cost"][missing] > 0).all()


@given(worlds, st.integers(2, 5))
@examples(15, phases=UNSHRUNK)
def test_the_bill_is_linear_in_every_price(parts: dict[str, Any], factor: int) -> None:
    published = imagedf.PriceBook.load()
    raised = replace(
        published,
        rates=tuple(replace(one, amount=one.amount * factor) for one in published.rates),
        backup_plans=tuple(
            replace(one, share=None if one.share is None else one.share * factor)
            for one in published.backup_plans
        ),
    )
    account = world(parts)
    once, often = account_bill(account, on=DAY), account_bill(account, on=DAY, prices=raised)
    assert once["unknown_cost"].tolist() == often["unknown_cost"].tolist()
    assert [None if pd.isna(one) else exact(one) * factor for one in once["monthly_cost_usd"]] == [
        None if pd.isna(one) else exact(one) for one in often["monthly_cost_usd"]
    ]


def renamed(account: Account, name: str) -> Account:
    """Return the same account under another name."""
    entries = tuple(replace(one, account=name) for one in account.certificate.accounts)
    frames = ("images", "droplets", "backup_policies", "volume_snapshots")
    return Account(
        certificate=Certificate(entries),
        **{key: getattr(account, key).assign(account=name) for key in frames},
    )


def joined(first: Account, second: Account) -> Account:
    """Return two accounts as if fetched together."""
    entries = (*first.certificate.accounts, *second.certificate.accounts)
    frames = ("images", "droplets", "backup_policies", "volume_snapshots")
    pairs = {key: [getattr(first, key), getattr(second, key)] for key in frames}
    return Account(
        certificate=Certificate(entries),
        **{key: pd.concat(pair, ignore_index=True) for key, pair in pairs.items()},
    )


@given(worlds, worlds)
@examples(15, phases=UNSHRUNK)
def test_the_bills_of_two_accounts_add_up(one: dict[str, Any], other: dict[str, Any]) -> None:
    first, second = renamed(world(one), "prod"), renamed(world(other), "dev")
    bills = [account_bill(account, on=DAY) for account in (first, second)]
    both = account_bill(joined(first, second), on=DAY)
    for column in ("items", "unknown_cost"):
        assert both[column].tolist() == (bills[0][column] + bills[1][column]).tolist()
    for row, cost in enumerate(both["monthly_cost_usd"]):
        known = [bill["monthly_cost_usd"][row] for bill in bills]
        parts = [exact(one) for one in known if not pd.isna(one)]
        assert (exact(cost) if not pd.isna(cost) else Decimal(0)) == sum(parts, Decimal(0))


@given(worlds, st.data())
@examples(30, phases=UNSHRUNK)
def test_all_lines_of_an_account_invoice_are_kept(
    parts: dict[str, Any], data: st.DataObject
) -> None:
    account = world(parts)
    products = ["Snapshots", "Custom Images", "Droplet Backups", "Volume Snapshots", "Taxes"]
    ids = ["", "1", "2", "3", "99"]
    line = st.tuples(
        st.sampled_from(products),
        st.integers(-500, 5000).map(lambda cents: str(Decimal(cents).scaleb(-2))),
        st.sampled_from(ids),
        st.sampled_from(["", "uuid-0", "uuid-1"]),
    )
    lines = data.draw(st.lists(line, max_size=8))
    invoice = imagedf.read_invoice(
        page(
            *(
                item(name, usd, resource_id=one, resource_uuid=uuid)
                for name, usd, one, uuid in lines
            )
        )
    )
    rows = reconcile(account, invoice, on=DAY)
    assert sum(rows["billed_usd"].dropna(), Decimal(0)) == invoice.total
    bill = account_bill(account, on=DAY)
    estimated = sum(rows["estimated_usd"].dropna(), Decimal(0))
    assert estimated == sum(bill["monthly_cost_usd"].dropna().map(exact), Decimal(0))
    assert rows["images"].sum() == len(estimate_cost(account.images))
    billed = account_bill(account, on=DAY, invoice=invoice)
    of_kinds = rows[rows["lines"].gt(0) & rows["match"].ne("other product")]
    shown = billed.loc[billed["basis"] == "billed", "monthly_cost_usd"].map(exact)
    assert sum(shown, Decimal(0)) == sum(of_kinds["billed_usd"], Decimal(0))


def test_droplets_without_recent_backups_worked_by_hand() -> None:
    made = {
        31: "2026-11-19T08:00:00Z",
        32: "2026-11-12T07:00:00Z",
        33: "2026-11-19T07:00:00Z",
        34: "2026-11-13T09:00:00Z",
    }
    account = account_of(
        [backup(number) | {"created_at": moment} for number, moment in made.items()],
        droplets=[
            droplet(1, backup_ids=[31]),
            droplet(2, backup_ids=[32]),
            droplet(3, backup_ids=[33]),
            droplet(4, backup_ids=[34]),
            droplet(5),
            droplet(6),
            droplet(7, created_at="2026-11-20T00:00:00Z"),
            droplet(8, backup_ids=[32]),
            droplet(9, backup_ids=[31]),
            droplet(10, backup_ids=None),
        ],
        policies=[
            policy(1, "daily"),
            policy(2, "weekly"),
            policy(3, "daily"),
            policy(4, "weekly"),
            policy(5, None),
            policy(6, "daily"),
            policy(7, "daily"),
            policy(8, None),
            policy(9, "hourly"),
            policy(10, "weekly"),
        ],
    )
    rows = backup_status(account)
    assert dict(zip(rows["droplet_id"], rows["problem"], strict=True)) == {
        2: "overdue",
        3: "overdue",
        5: "no backups",
        6: "no backups",
        8: "backups disabled",
        9: "unknown",
        10: "unknown",
    }
    named = ["account", "droplet_id", "name", "plan", "backups"]
    assert rows[named].head(3).fillna({"plan": "none"}).to_numpy().tolist() == [
        ["default", 2, "web-2", "weekly", 1],
        ["default", 3, "web-3", "daily", 1],
        ["default", 5, "web-5", "none", 0],
    ]
    assert rows["newest"].iloc[0] == pd.Timestamp(made[32])
    third = rows[rows["droplet_id"] == 3].iloc[0]
    assert third["age_days"] == pytest.approx(29 / 24)
    assert third["allowed_days"] == pytest.approx(28 / 24)
    later = backup_status(account, now="2026-11-20T13:00:00+00:00")
    assert 1 in later["droplet_id"].tolist()
    pd.testing.assert_frame_equal(
        backup_status(account_of()), rows.iloc[:0], check_index_type=False
    )


def test_droplets_that_cannot_be_read_are_not_listed() -> None:
    with pytest.raises(imagedf.ImagedfError, match="droplet:read"):
        backup_status(account_of(droplets=None))
