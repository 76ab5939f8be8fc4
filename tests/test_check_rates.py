"""DigitalOcean's own price of snapshots, read with GET requests only."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf import Account, Certificate, check_rates
from tests.bills import account_of, droplet, entry_of, typed_rows, volume_snapshot
from tests.conftest import examples
from tests.hostile import QUICK, TOKEN, Handler, http, raw_server
from tests.money import book, image, rate

PATH = re.compile(r"GET (/v2/droplets/(\d+)/destroy_with_associated_resources) HTTP/1\.1")


def resources(snapshots: Mapping[int, str]) -> bytes:
    named = [{"id": str(key), "name": f"s{key}", "cost": cost} for key, cost in snapshots.items()]
    return http(json.dumps({"snapshots": named, "volumes": [], "volume_snapshots": []}).encode())


class Recorder:
    """Responds by Droplet id, and keeps every request line and its headers."""

    def __init__(self, responses: Mapping[int, bytes] | Callable[[int], bytes]) -> None:
        self.lines: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self._responses = responses

    def __call__(self, wire: socket.socket, line: str, headers: Mapping[str, str]) -> None:
        self.lines.append(line)
        self.headers.append(headers)
        number = int(PATH.fullmatch(line).group(2)) if PATH.fullmatch(line) else 0  # type: ignore[union-attr] # matched
        respond = self._responses
        wire.sendall(respond(number) if callable(respond) else respond[number])

    def assert_only_read(self) -> None:
        """Fail if anything but a GET without a body was received."""
        assert self.lines
        for line, headers in zip(self.lines, self.headers, strict=True):
            assert PATH.fullmatch(line), line
            assert not {"content-length", "transfer-encoding", "content-type"} & set(headers)


def check(account: Account, handle: Handler, **arguments: Any) -> pd.DataFrame:
    with raw_server(handle) as server:
        given: dict[str, Any] = {"base_url": server.url, "limits": QUICK, "max_retries": 2}
        return check_rates(account, TOKEN, **{**given, "on": "2026-11-01", **arguments})


def snapshots(*gigabytes: float) -> Account:
    """Return an account of one snapshot per Droplet: 101 of Droplet 1, 102 of Droplet 2, …"""
    numbered = list(enumerate(gigabytes, start=1))
    return account_of(
        [image(100 + number, size_gigabytes=size) for number, size in numbered],
        droplets=[droplet(number, snapshot_ids=[100 + number]) for number, _ in numbered],
    )


def test_the_stated_price_implies_rate_and_unit_computed_by_hand() -> None:
    recorder = Recorder(
        {
            1: resources({101: "6.00"}),
            2: resources({102: "6.44"}),
            3: resources({103: "5.00"}),
            4: resources({104: "0.05", 999: "1.00"}),
        }
    )
    rows = check(snapshots(100.0, 100.0, 100.0, 0.8), recorder)
    expected = pd.DataFrame(
        {
            "account": ["default"] * 5,
            "droplet_id": [1, 2, 3, 4, 4],
            "id": [101, 102, 103, 104, 999],
            "name": ["image 101", "image 102", "image 103", "image 104", None],
            "size_gigabytes": [100.0, 100.0, 100.0, 0.8, None],
            "stated_cost_usd": [6.0, 6.44, 5.0, 0.05, 1.0],
            "estimated_cost_usd": [6.0, 6.0, 6.0, 0.048, None],
            "rate": [0.06, 0.0644, 0.05, None, None],
            "unit": ["GB", "GiB", None, None, None],
            "conclusion": [
                "the size is in GB",
                "the size is in GiB",
                "a rate other than 0.06 USD per GB-month",
                "inconclusive: the snapshot is too small",
                "inconclusive: unknown size or rate",
            ],
        }
    ).astype(dict(rows.dtypes))
    pd.testing.assert_frame_equal(rows, expected)
    recorder.assert_only_read()


def test_at_most_five_droplets_are_asked_those_with_the_largest_snapshots() -> None:
    recorder = Recorder(lambda number: resources({100 + number: "1.00"}))
    check(snapshots(1, 2, 3, 4, 50, 60, 70, 80), recorder)
    asked = [PATH.fullmatch(line).group(2) for line in recorder.lines]  # type: ignore[union-attr] # it is one
    assert asked == ["8", "7", "6", "5", "4"]
    recorder.assert_only_read()


def test_accounts_take_turns_and_each_is_asked_with_its_own_token() -> None:
    first, second = snapshots(90, 80, 70, 60, 50), snapshots(5, 4)
    assert first.droplets is not None
    assert second.droplets is not None
    both = Account(
        pd.concat([first.images, second.images.assign(account="dev")], ignore_index=True),
        Certificate((imagedf.AccountCertificate(), imagedf.AccountCertificate("dev"))),
        droplets=pd.concat([first.droplets, second.droplets.assign(account="dev", id=[8, 9])]),
    )
    recorder = Recorder(lambda number: resources({}))
    tokens = {"default": TOKEN, "dev": TOKEN[:-1] + "e"}
    with raw_server(recorder) as server:
        check_rates(both, accounts=tokens, base_url=server.url, limits=QUICK)
    asked = [PATH.fullmatch(line).group(2) for line in recorder.lines]  # type: ignore[union-attr] # it is one
    assert asked == ["1", "8", "2", "9", "3"]
    sent = [headers["authorization"].removeprefix("Bearer ") for headers in recorder.headers]
    assert [token == tokens["dev"] for token in sent] == [False, True, False, True, False]
    with pytest.raises(ValueError, match="token for each"):
        check_rates(both, TOKEN)
    with pytest.raises(ValueError, match="nobody"):
        check_rates(both, accounts={"nobody": TOKEN})


FAILURES = {
    "429": http(b"{}", "Retry-After: 0", status="429 Too Many Requests"),
    "500": http(b"<html>", status="500 Internal Server Error"),
    "503": http(b"", status="503 Service Unavailable"),
    "redirect": http(b"", "Location: /v2/droplets/1", status="307 Temporary Redirect"),
    "see other": http(b"", "Location: /v2/droplets/1", status="303 See Other"),
    "not allowed": http(b"{}", "Allow: DELETE, POST", status="405 Method Not Allowed"),
    "refused": http(b'{"id": "forbidden"}', status="403 Forbidden"),
    "gone": http(b'{"id": "not_found"}', status="404 Not Found"),
    "continue": b"HTTP/1.1 100 Continue\r\n\r\n" + resources({101: "6.00"}),
    "not JSON": http(b"oops"),
    "a list": http(b"[]"),
    "no snapshots": http(b'{"volumes": []}'),
    "odd snapshots": http(b'{"snapshots": [{"id": "x", "cost": "1"}]}'),
    "odd cost": http(b'{"snapshots": [{"id": "101", "cost": null}]}'),
    "cut short": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "nonsense": b"\x00\x01\r\n\r\n",
    "nothing": b"",
}


@given(st.lists(st.sampled_from(sorted(FAILURES)), min_size=1, max_size=4))
@examples(25)
def test_the_path_is_only_ever_read_whatever_happens(failures: list[str]) -> None:
    left = list(failures)
    recorder = Recorder(
        lambda number: FAILURES[left[0]] if left else resources({100 + number: "6"})
    )

    def handle(wire: socket.socket, line: str, headers: Mapping[str, str]) -> None:
        recorder(wire, line, headers)
        if left and left.pop(0) in ("cut short", "nonsense", "nothing"):
            wire.shutdown(socket.SHUT_RDWR)

    text = ""
    try:
        rows = check(snapshots(100.0, 90.0), handle, timeout=5)
    except imagedf.ImagedfError as error:
        text = str(error)
    else:
        assert set(rows["id"]) <= {101, 102}
    assert TOKEN not in text
    recorder.assert_only_read()
    assert len(recorder.lines) <= 2 * 3


def test_volume_snapshots_are_compared_with_their_own_rate() -> None:
    account = replace(
        account_of(
            [image(1)],
            droplets=[droplet(1, volume_ids=["v1", "v2"], snapshot_ids=[1]), droplet(2)],
        ),
        volume_snapshots=typed_rows(
            "volume_snapshots",
            [
                volume_snapshot("s1", 100.0, resource_id="v1"),
                volume_snapshot("s2", 50.0, resource_id="v2"),
                volume_snapshot("s3", 900.0, resource_id="of no Droplet"),
            ],
        ),
    )
    stated = {"s1": "6.00", "s2": "2.79", "s9": "1.00"}
    body = {
        "snapshots": [{"id": "1", "name": "a", "cost": "0.60"}],
        "volume_snapshots": [{"id": key, "cost": cost} for key, cost in stated.items()],
    }
    recorder = Recorder({1: http(json.dumps(body).encode())})
    rows = check(account, recorder, volume_snapshots=True)
    expected = pd.DataFrame(
        {
            "id": ["s1", "s2", "s9"],
            "name": ["snapshot of s1", "snapshot of s2", None],
            "estimated_cost_usd": [6.0, 3.0, None],
            "unit": ["GiB", "GB", None],
        }
    ).astype({"id": "str", "name": "str", "unit": "str"})
    pd.testing.assert_frame_equal(rows[list(expected)], expected)
    recorder.assert_only_read()
    with pytest.raises(imagedf.ImagedfError, match="block_storage_snapshot:read"):
        check_rates(replace(account, volume_snapshots=None), TOKEN, volume_snapshots=True)


def with_volumes(*sizes: float | None, **fields: Any) -> Account:
    """Return an account of one Droplet with one volume, which has snapshots s0, s1, …"""
    rows = [
        volume_snapshot(f"s{at}", size, resource_id="v", **fields) for at, size in enumerate(sizes)
    ]
    return account_of([image(1)], droplets=[droplet(1, volume_ids=["v"])], volume_snapshots=rows)


def of_volumes(costs: Mapping[Any, Any]) -> Recorder:
    """Respond with these prices of volume snapshots."""
    named = [{"id": key, "cost": cost} for key, cost in costs.items()]
    return Recorder(lambda _: http(json.dumps({"volume_snapshots": named}).encode()))


@pytest.mark.parametrize(
    ("stated", "amount", "size", "expected"),
    [
        ("6.00", "0", 100.0, "a rate other"),  # free in the book, but not at DigitalOcean
        ("6.00", "0.0001", 100.0, "a rate other"),
        ("0.06", "0.06", 0.1, "inconclusive"),  # may be rounded up to 1 GB
        ("0.01", "0.06", 0.0001, "inconclusive"),
        ("6.00", "0.06", 0.0, "inconclusive"),
        ("0.00", "0", 100.0, "inconclusive"),
        ("1E+400", "0.06", 100.0, "inconclusive"),
        ("NaN", "0.06", 100.0, "inconclusive"),
        ("-6.00", "0.06", 100.0, "inconclusive"),
        (None, "0.06", 100.0, "inconclusive"),
    ],
)
def test_a_rate_is_concluded_only_from_a_price_that_shows_it(
    stated: str | None, amount: str, size: float, expected: str
) -> None:
    prices = book(rate("volume_snapshot", amount))
    recorder = of_volumes({"s0": stated})
    (row,) = check(with_volumes(size), recorder, prices=prices, volume_snapshots=True).to_dict(
        "records"
    )
    assert row["conclusion"].startswith(expected)
    assert pd.isna(row["rate"]) == (expected == "inconclusive")
    assert pd.isna(row["unit"])


def test_a_volume_snapshot_has_the_rate_of_its_account_and_tags() -> None:
    prices = book(
        rate("volume_snapshot", "0.06"),
        rate("volume_snapshot", "0.05", account="default"),
        rate("volume_snapshot", "0.03", tag="cold"),
    )
    recorder = of_volumes({"s0": "3.00"})
    for tags, expected in ((["cold"], 3.0), ([], 5.0), (None, None)):
        account = with_volumes(100.0, tags=tags)
        rows = check(account, recorder, prices=prices, volume_snapshots=True)
        bill = imagedf.account_bill(account, prices=prices, on="2026-11-01").set_index("kind")
        found = [rows["estimated_cost_usd"][0], bill.loc["volume snapshots", "monthly_cost_usd"]]
        assert [None if pd.isna(cost) else cost for cost in found] == [expected] * 2


def test_volume_snapshots_of_unknown_size_are_not_compared() -> None:
    assert check_rates(with_volumes(None, -1.0), TOKEN, volume_snapshots=True).empty
    rows = check(
        with_volumes(100.0, None), of_volumes({"s0": "6", "s1": "1"}), volume_snapshots=True
    )
    assert rows["estimated_cost_usd"].isna().tolist() == [False, True]
    assert rows["rate"].isna().tolist() == [False, True]
    none = check_rates(with_volumes(), TOKEN, volume_snapshots=True)
    assert none.empty
    assert str(none["id"].dtype) == "str"


def test_unread_volume_snapshots_of_an_account_are_unknown_not_none() -> None:
    account = with_volumes(100.0)
    others = [entry_of(name, "dev") for name in ("images", "droplets", "gpu_droplets")]
    unread = entry_of("volume_snapshots", "dev", readable=False)
    both = replace(
        account, certificate=Certificate((*account.certificate.accounts, *others, unread))
    )
    with pytest.raises(imagedf.ImagedfError, match="block_storage_snapshot:read"):
        check_rates(both, accounts={"dev": TOKEN}, volume_snapshots=True)
    recorder = of_volumes({"s0": "6.00"})
    tokens = {"default": TOKEN, "dev": TOKEN[:-1] + "e"}
    with raw_server(recorder) as server:
        rows = check_rates(
            both, accounts=tokens, base_url=server.url, limits=QUICK, volume_snapshots=True
        )
    assert rows["account"].tolist() == ["default"]


@pytest.mark.parametrize("key", [None, ["s0"]])
def test_an_id_that_is_not_text_is_not_a_volume_snapshot(key: object) -> None:
    body = http(json.dumps({"volume_snapshots": [{"id": key, "cost": "6.00"}]}).encode())
    with pytest.raises(imagedf.ImagedfError, match="resources"):
        check(with_volumes(100.0), Recorder(lambda _: body), volume_snapshots=True)


def test_a_droplet_that_was_destroyed_in_the_meantime_is_left_out() -> None:
    responses = {1: FAILURES["gone"], 2: resources({102: "5.40"})}
    rows = check(snapshots(100.0, 90.0), Recorder(responses))
    assert rows["id"].tolist() == [102]


def test_what_can_not_be_checked_is_said() -> None:
    with pytest.raises(imagedf.ImagedfError, match="droplet:read"):
        check_rates(account_of(droplets=None), TOKEN)
    with pytest.raises(TypeError, match="Account"):
        check_rates(imagedf.read_images({"images": []}), TOKEN)  # type: ignore[arg-type] # tested
    euros = replace(imagedf.PriceBook.load(), currency="EUR")
    with pytest.raises(ValueError, match="EUR"):
        check_rates(snapshots(1), TOKEN, prices=euros)
    nothing = check_rates(account_of([image(1)], droplets=[droplet(1)]), TOKEN)
    assert nothing.empty


@given(st.integers(1, 100_000).map(lambda n: n / 100), st.sampled_from(["GB", "GiB"]))
@examples(15)
def test_a_unit_is_named_only_if_it_explains_the_cents(size: float, unit: str) -> None:
    number = Decimal(str(size)) * (1 if unit == "GB" else Decimal(2**30) / 10**9)
    stated = str((number * Decimal("0.06")).quantize(Decimal("0.01")))
    (row,) = check(snapshots(size), Recorder({1: resources({101: stated})})).to_dict("records")
    assert row["unit"] == unit or (pd.isna(row["unit"]) and size < 5)


@pytest.mark.parametrize(("stated", "unit"), [("6.00", "GiB"), ("5.59", "GB"), ("6.44", None)])
def test_the_rate_of_a_book_may_be_per_gib(stated: str, unit: str | None) -> None:
    prices = book(rate("snapshot", "0.06", unit="GiB-month"))
    (row,) = check(
        snapshots(100.0), Recorder({1: resources({101: stated})}), prices=prices
    ).to_dict("records")
    assert (row["estimated_cost_usd"], None if pd.isna(row["unit"]) else row["unit"]) == (6.0, unit)


def test_a_negotiated_rate_per_account_or_tag_is_compared() -> None:
    prices = book(rate("snapshot", "0.06"), rate("snapshot", "0.05", account="default"))
    rows = check(snapshots(100.0), Recorder({1: resources({101: "5.00"})}), prices=prices)
    assert rows["conclusion"].tolist() == ["the size is in GB"]
