"""The requests of a fetch, its paging, and the resulting frame, over real HTTP."""

from __future__ import annotations

import threading
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

import imagedf
from imagedf.sandbox import Answer, Fault, Request, Sandbox, many_images, on_page, status
from tests import strategies
from tests.columns import EXPLODED
from tests.conftest import examples

Listing = list[dict[str, Any]]


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """The sample accounts, with no request seen yet."""
    shared.requests.clear()
    return shared


def listing_of(count: int) -> dict[str, Listing]:
    return {"default": list(many_images(count))}


def fetched(sandbox: Sandbox, **arguments: Any) -> pd.DataFrame:
    return imagedf.fetch_images(sandbox.token, base_url=sandbox.url, **arguments)


def names_of(frame: pd.DataFrame) -> list[str]:
    return list(imagedf.collapse_regions(frame)["name"])


def queries(sandbox: Sandbox) -> list[dict[str, str]]:
    return [dict(request.query) for request in sandbox.requests]


def test_only_pages_are_requested(sandbox: Sandbox) -> None:
    fetched(sandbox, verify="totals")
    assert {request.path for request in sandbox.requests} == {"/v2/images"}
    assert sorted(queries(sandbox), key=lambda query: query["page"]) == [
        {"page": "1", "per_page": "200"},
        {"page": "2", "per_page": "200"},
        {"page": "3", "per_page": "200"},
    ]


@pytest.mark.parametrize(
    ("arguments", "sent"),
    [
        ({"private": True}, {"private": "true"}),
        ({"private": False}, {}),
        ({"tag_name": "env:prod"}, {"tag_name": "env:prod"}),
        ({"tag_name": "größe & +1"}, {"tag_name": "größe & +1"}),
        ({"type": "application"}, {"type": "application"}),
        ({"type": "distribution"}, {"type": "distribution"}),
        ({"per_page": 120, "private": True}, {"per_page": "120", "private": "true"}),
        (
            {"private": True, "tag_name": "keep", "type": "distribution"},
            {"private": "true", "tag_name": "keep", "type": "distribution"},
        ),
    ],
)
def test_every_parameter_is_sent_with_every_page(
    sandbox: Sandbox, arguments: dict[str, Any], sent: dict[str, str]
) -> None:
    frame = fetched(sandbox, verify="totals", **arguments)
    pages = imagedf.certificate(frame).pages
    assert sorted(queries(sandbox), key=lambda query: int(query["page"])) == [
        {"page": str(page), "per_page": "200"} | sent for page in range(1, pages + 1)
    ]
    (account,) = imagedf.certificate(frame).accounts
    assert account.filters == {name: text for name, text in sent.items() if name != "per_page"}


@pytest.mark.parametrize("per_page", [1, 200])
def test_per_page_is_1_to_200(per_page: int) -> None:
    with Sandbox(listing_of(3)) as sandbox:
        frame = fetched(sandbox, per_page=per_page)
    assert names_of(frame) == [image["name"] for image in sandbox.accounts["default"]]
    assert {query["per_page"] for query in queries(sandbox)} == {str(per_page)}


@pytest.mark.parametrize(
    ("arguments", "error", "says"),
    [
        ({"per_page": 0}, ValueError, "per_page must be a whole number from 1 to 200, not 0"),
        ({"per_page": 201}, ValueError, "per_page must be a whole number from 1 to 200, not 201"),
        ({"per_page": "200"}, ValueError, "per_page must be a whole number"),
        ({"per_page": True}, ValueError, "per_page must be a whole number"),
        ({"per_page": 20.0}, ValueError, "per_page must be a whole number"),
        ({"type": "snapshot"}, ValueError, "type must be 'application' or 'distribution'"),
        ({"type": ""}, ValueError, "type must be 'application' or 'distribution'"),
        ({"type": ["application"]}, ValueError, "type must be 'application' or 'distribution'"),
        ({"private": "true"}, ValueError, "private must be True, False or None"),
        ({"private": 1}, ValueError, "private must be True, False or None"),
        ({"tag_name": ""}, ValueError, "tag_name must be non-empty text"),
        ({"tag_name": " "}, ValueError, "tag_name must be non-empty text"),
        ({"tag_name": ["a"]}, ValueError, "tag_name must be non-empty text"),
        ({"max_workers": 0}, ValueError, "max_workers must be a whole number from 1 to 256"),
        ({"max_retries": -1}, ValueError, "max_retries must be a whole number from 0"),
        ({"timeout": 0}, ValueError, "timeout must be seconds"),
        ({"timeout": (1, 2, 3)}, ValueError, "timeout must be seconds"),
        ({"timeout": "5"}, ValueError, "timeout must be seconds"),
        ({"limits": {"max_pages": 1}}, TypeError, "limits must be imagedf.Limits"),
        ({"verify": "always"}, ValueError, "verify must be 'auto', 'twice' or 'totals'"),
        ({"session": "s"}, TypeError, "session must be a requests.Session"),
        ({"on_incomplete": "ignore"}, ValueError, "on_incomplete must be 'raise' or 'warn'"),
        ({"accounts": {"a": "b"}}, ValueError, "token or accounts, not both"),
        ({"token": None, "accounts": {}}, ValueError, "accounts must map at least one name"),
        ({"token": None, "accounts": {"": "b"}}, ValueError, "names in accounts must be non-empty"),
        ({"token": None, "accounts": {"a": ""}}, ValueError, "the token of a is empty"),
        ({"token": None, "accounts": {"a": None}}, TypeError, "the token of a must be text"),
        (
            {"token": None, "accounts": {"a": "t", "b": " t"}},
            ValueError,
            "'a' and 'b' have the same",
        ),
        ({"token": ""}, ValueError, "the token is empty"),
        ({"token": "two words"}, ValueError, "the token contains blanks"),
        ({"token": 5}, TypeError, "the token must be text"),
        ({"base_url": "ftp://127.0.0.1"}, ValueError, "base_url must look like https"),
        ({"base_url": "127.0.0.1:80"}, ValueError, "base_url must look like https"),
        ({"base_url": "https://exa mple"}, ValueError, "base_url must look like https"),
        ({"base_url": "https://*"}, ValueError, "base_url must look like https"),
        ({"base_url": "https://a\tb"}, ValueError, "base_url must look like https"),
        ({"base_url": "http://example.com"}, ValueError, "base_url must be https"),
        ({"base_url": ""}, ValueError, "base_url must look like https"),
        ({"base_url": " "}, ValueError, "base_url must look like https"),
        ({"base_url": "https://me:word@127.0.0.1"}, ValueError, "user name or password"),
    ],
)
def test_a_wrong_argument_is_an_error_before_anything_is_sent(
    sandbox: Sandbox, arguments: dict[str, Any], error: type[Exception], says: str
) -> None:
    with pytest.raises(error, match=says):
        imagedf.fetch_images(**{"token": sandbox.token, "base_url": sandbox.url} | arguments)
    assert sandbox.requests == []


@pytest.mark.parametrize(
    ("variables", "account"),
    [
        ({"DIGITALOCEAN_TOKEN": 0}, "prod"),
        ({"DIGITALOCEAN_ACCESS_TOKEN": 1}, "dev"),
        ({"DIGITALOCEAN_TOKEN": 0, "DIGITALOCEAN_ACCESS_TOKEN": 1}, "prod"),
        ({"DIGITALOCEAN_TOKEN": None, "DIGITALOCEAN_ACCESS_TOKEN": 1}, "dev"),
    ],
)
def test_token_and_address_come_from_the_environment(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, int | None],
    account: str,
) -> None:
    tokens = list(sandbox.tokens.values())
    for name, place in variables.items():
        monkeypatch.setenv(name, " " if place is None else f"{tokens[place]}\n")
    monkeypatch.setenv("DIGITALOCEAN_API_URL", sandbox.url)
    frame = imagedf.fetch_images(private=True)
    assert {request.account for request in sandbox.requests} == {account}
    assert set(frame["account"]) == {"default"}


def test_arguments_win_over_the_environment(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DIGITALOCEAN_TOKEN", "another")
    monkeypatch.setenv("DIGITALOCEAN_API_URL", "http://127.0.0.1:9")
    imagedf.fetch_images(sandbox.token, base_url=f"{sandbox.url}/v2/", private=True)
    assert {request.account for request in sandbox.requests} == {"prod"}


def test_without_a_token_nothing_is_sent(sandbox: Sandbox) -> None:
    with pytest.raises(imagedf.AuthenticationError, match="no token: set DIGITALOCEAN_TOKEN") as e:
        imagedf.fetch_images(base_url=sandbox.url)
    assert (e.value.status, e.value.attempts, sandbox.requests) == (None, 0, [])


def on_every_page(change: Callable[[dict[str, Any]], Any]) -> Fault:
    return lambda _request, answer: answer.with_json(change)


NO_LINKS = {
    "missing": lambda page: page.pop("links"),
    "null": lambda page: page.update(links=None),
    "{}": lambda page: page.update(links={}),
    "pages {}": lambda page: page.update(links={"pages": {}}),
    "pages null": lambda page: page.update(links={"pages": None}),
    "next null": lambda page: page.update(links={"pages": {"next": None, "last": None}}),
    "next empty": lambda page: page.update(links={"pages": {"next": ""}}),
}


@pytest.mark.parametrize("change", NO_LINKS.values(), ids=NO_LINKS.keys())
def test_links_may_be_missing_in_every_way_when_there_is_a_total(
    change: Callable[[dict[str, Any]], Any],
) -> None:
    with Sandbox(listing_of(25), faults=[on_every_page(change)]) as sandbox:
        frame = fetched(sandbox, per_page=10, verify="totals")
    assert names_of(frame) == [image["name"] for image in sandbox.accounts["default"]]
    assert imagedf.certificate(frame).pages == len(sandbox.requests) == 3


@pytest.mark.parametrize("name", [name for name in NO_LINKS if name not in ("missing", "null")])
@pytest.mark.parametrize(("verify", "proof"), [("auto", "read twice"), ("totals", "page chain")])
def test_a_page_without_a_next_link_is_the_last_when_there_is_no_total(
    name: str, verify: str, proof: str
) -> None:
    def last_page(page: dict[str, Any]) -> None:
        page.pop("meta")
        NO_LINKS[name](page)

    faults = [on_every_page(lambda page: page.update(meta={})), on_page(2, _changed(last_page))]
    with Sandbox(listing_of(20), faults=faults) as sandbox:
        frame = fetched(sandbox, per_page=10, verify=verify)
    (account,) = imagedf.certificate(frame).accounts
    assert (account.images, account.pages, account.proof) == (20, 2, proof)
    assert (account.total_first, account.total_last, account.complete) == (None, None, True)


def _changed(change: Callable[[dict[str, Any]], Any]) -> Fault:
    return lambda _request, answer: answer.with_json(change)


def test_a_server_may_cut_the_pages_shorter() -> None:
    with Sandbox(listing_of(450), max_per_page=100) as sandbox:
        frame = fetched(sandbox, verify="totals")
    assert sorted(request.page for request in sandbox.requests) == [1, 2, 3, 4, 5]
    assert names_of(frame) == [image["name"] for image in sandbox.accounts["default"]]


def test_an_account_in_one_page_takes_one_request() -> None:
    with Sandbox(listing_of(200)) as sandbox:
        frame = fetched(sandbox)
    assert len(sandbox.requests) == 1
    assert imagedf.certificate(frame).images == 200


@examples(25)
@given(listing=strategies.listings, per_page=st.integers(1, 5), cut=st.integers(1, 5))
def test_the_frame_does_not_depend_on_where_the_pages_are_cut(
    shared: Sandbox, listing: Listing, per_page: int, cut: int
) -> None:
    shared.accounts["prod"], before = listing, shared.accounts["prod"]
    shared.max_per_page = cut
    try:
        frame = fetched(shared, per_page=per_page)
    finally:
        shared.accounts["prod"], shared.max_per_page = before, 200
    pd.testing.assert_frame_equal(frame, strategies.frame_of(listing), check_flags=False)


def test_page_1_comes_first_and_the_rest_in_flight_together() -> None:
    first_answered = threading.Event()
    together = threading.Barrier(8, timeout=10)

    def meet(request: Request, answer: Answer) -> Answer:
        if request.page == 1:
            time.sleep(0.1)
            assert [seen.page for seen in server.requests] == [1]
            first_answered.set()
        elif request.page <= 9:
            assert first_answered.is_set()
            together.wait()
        return answer

    with Sandbox(listing_of(90), faults=[meet]) as server:
        frame = fetched(server, per_page=10, verify="totals")
    assert not together.broken
    assert len(server.requests) == 9
    assert imagedf.certificate(frame).accounts[0].retries == 0


def test_no_more_requests_are_in_flight_than_max_workers_and_connections_are_kept() -> None:
    flying, most, lock = [0], [0], threading.Lock()

    def count(_request: Request, answer: Answer) -> Answer:
        with lock:
            flying[0] += 1
            most[0] = max(most[0], flying[0])
        time.sleep(0.01)
        with lock:
            flying[0] -= 1
        return answer

    with Sandbox(listing_of(60), faults=[count]) as sandbox:
        fetched(sandbox, per_page=2, max_workers=3, verify="totals")
    assert len(sandbox.requests) == 30
    assert most == [3]
    assert 1 <= sandbox.connections <= 3


def test_rows_come_in_the_order_of_the_pages_whatever_answers_first() -> None:
    def slow_even(request: Request, answer: Answer) -> Answer:
        return replace(answer, delay=0.05 if request.page % 2 == 0 else 0.0)

    with Sandbox(listing_of(40), faults=[slow_even]) as sandbox:
        frame = fetched(sandbox, per_page=5)
    assert names_of(frame) == [image["name"] for image in sandbox.accounts["default"]]


def test_a_session_of_the_caller_carries_the_requests_and_stays_open(sandbox: Sandbox) -> None:
    with requests.Session() as session:
        session.headers["x-team"] = "storage"
        fetched(sandbox, session=session)
        assert {request.headers["x-team"] for request in sandbox.requests} == {"storage"}
        assert "authorization" not in {name.lower() for name in session.headers}
        assert session.get(sandbox.url, timeout=5).status_code == 401


def test_several_accounts_come_in_one_frame_each_with_its_own_certificate(
    sandbox: Sandbox,
) -> None:
    frame = imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)
    certified = {account.account: account for account in imagedf.certificate(frame).accounts}
    assert {name: account.images for name, account in certified.items()} == {
        name: len(listing) for name, listing in sandbox.accounts.items()
    }
    assert list(frame["account"].drop_duplicates()) == list(certified) == ["prod", "dev"]
    for name, token in sandbox.tokens.items():
        alone = imagedf.fetch_images(accounts={name: token}, base_url=sandbox.url)
        part = frame[frame["account"] == name].reset_index(drop=True)
        pd.testing.assert_frame_equal(part, alone)


def test_accounts_are_fetched_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(request: Request, answer: Answer) -> Answer:
        if request.page == 1:
            both.wait()
        return answer

    with Sandbox({"a": list(many_images(3)), "b": []}, faults=[meet]) as sandbox:
        frame = imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)
    assert not both.broken
    assert set(frame["account"]) == {"a"}
    assert [account.images for account in imagedf.certificate(frame).accounts] == [3, 0]


def test_one_wrong_token_among_several_is_named(sandbox: Sandbox) -> None:
    tokens = {"prod": sandbox.token, "old": "revoked"}
    with pytest.raises(imagedf.AuthenticationError, match=r"account old: page 1: .* 401") as caught:
        imagedf.fetch_images(accounts=tokens, base_url=sandbox.url)
    assert "revoked" not in str(caught.value)


def test_progress_is_shown_on_standard_error_alone(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched(sandbox, progress=True)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "fetching page 1" in shown.err
    assert "1 of 3 pages" in shown.err


def test_without_progress_nothing_is_written(
    sandbox: Sandbox, capsys: pytest.CaptureFixture[str]
) -> None:
    fetched(sandbox)
    assert capsys.readouterr() == ("", "")


FULL = {
    "id": 3, "name": "n", "distribution": "AlmaLinux", "slug": "s", "public": True,
    "regions": ["atl1", "nyc3", "atl1"], "created_at": "2026-02-03T04:05:06Z",
    "min_disk_size": 20, "type": "application", "size_gigabytes": 3.0, "description": "d",
    "tags": ["a", "b"], "status": "new", "error_message": "e",
}  # fmt: skip


@pytest.mark.parametrize(
    ("images", "rows"),
    [([], 0), ([{}], 1), ([dict.fromkeys(FULL)], 1), ([FULL], 2), ([FULL, {}], 3)],
    ids=["empty account", "no fields", "all null", "all fields", "mixed"],
)
def test_the_dtypes_are_always_the_same(images: Listing, rows: int) -> None:
    with Sandbox({"default": images}) as sandbox:
        frame = fetched(sandbox)
    assert {name: str(dtype) for name, dtype in frame.dtypes.items()} == EXPLODED
    assert list(frame.columns) == list(EXPLODED)
    assert frame.index.equals(pd.RangeIndex(rows))


def test_a_full_image_arrives_as_it_is_and_unlisted_values_untouched() -> None:
    with Sandbox({"default": [FULL]}) as sandbox:
        frame = fetched(sandbox)
    moment = pd.Timestamp("2026-02-03T04:05:06", tz="UTC")
    rows = [
        ["default", 3, "n", "application", "AlmaLinux", "s", True, region, 2, moment, 20, 3.0, 1.5,
         "new", ["a", "b"], "d", "e"]
        for region in ("atl1", "nyc3")
    ]  # fmt: skip
    expected = pd.DataFrame(rows, columns=list(EXPLODED)).astype(EXPLODED)
    pd.testing.assert_frame_equal(frame, expected)


def test_a_page_of_nulls_is_a_row_of_missing_values() -> None:
    with Sandbox({"default": [dict.fromkeys(FULL)]}) as sandbox:
        frame = fetched(sandbox)
    present = {"account": "default", "region_count": 0}
    row = [[present.get(name) for name in EXPLODED]]
    expected = pd.DataFrame(row, columns=list(EXPLODED)).astype(EXPLODED)
    pd.testing.assert_frame_equal(frame, expected)


def test_unknown_fields_are_dropped_and_named() -> None:
    images = [FULL, FULL | {"id": 4, "gpu_info": {"count": 1}, "sha256": "0"}]
    with Sandbox({"default": images}) as sandbox:
        frame = fetched(sandbox)
    assert list(frame.columns) == list(EXPLODED)
    (account,) = imagedf.certificate(frame).accounts
    assert account.unknown_fields == ("gpu_info", "sha256")


def test_the_certificate_states_what_was_received_and_when() -> None:
    before = pd.Timestamp.now("UTC").floor("s")
    with Sandbox(listing_of(25)) as sandbox:
        frame = fetched(sandbox, per_page=10, private=True)
    certificate = imagedf.certificate(frame)
    (account,) = certificate.accounts
    images = sum(not image["public"] for image in sandbox.accounts["default"])
    assert account == imagedf.AccountCertificate(
        account="default",
        filters={"private": "true"},
        pages=-(-images // 10),
        images=images,
        own_images=images,
        total_first=images,
        total_last=images,
        readings=2,
        proof="read twice",
        started=account.started,
        finished=account.finished,
    )
    assert before <= pd.Timestamp(account.started or "") <= pd.Timestamp(account.finished or "")
    assert (certificate.complete, certificate.source) == (True, "api")
    assert frame.attrs["imagedf"] == certificate.to_dict()
    assert sandbox.token not in repr(frame.attrs)


@pytest.mark.parametrize(
    ("fault", "error", "says"),
    [
        (_changed(lambda page: page["images"][1].update(size_gigabytes="2.3")), imagedf.PageError,
         r"page 2, image 1 \(id \d+\): size_gigabytes must be a finite number, got the text '2.3'"),
        (_changed(lambda page: page["images"][0].update(regions="nyc1")), imagedf.PageError,
         r"page 2, image 0 \(id \d+\): regions must be a list of text values, got the text 'nyc1'"),
        (_changed(lambda page: page.pop("images")), imagedf.PageError,
         "page 2 is not a page of images: expected an object with one list `images`"),
        (lambda _request, answer: replace(answer, body=b"<html>"), imagedf.PageError,
         r"page 2 is not a page of images: it is not JSON .* begins '<html>'"),
        (lambda _request, answer: replace(answer, status=404), imagedf.RequestError,
         "page 2: the API returned 404"),
    ],
)  # fmt: skip
def test_a_response_that_is_not_a_page_is_one_clear_error(
    fault: Fault, error: type[Exception], says: str
) -> None:
    with (
        Sandbox(listing_of(20), faults=[on_page(2, fault)]) as sandbox,
        pytest.raises(error, match=says) as caught,
    ):
        fetched(sandbox, per_page=10)
    assert type(caught.value) is error
    assert caught.value.__cause__ is caught.value.__context__ is None


def test_a_wrong_token_is_reported_but_not_shown(sandbox: Sandbox) -> None:
    with pytest.raises(imagedf.AuthenticationError, match=r"401.*Check the token") as caught:
        imagedf.fetch_images("dop_v1_wrong", base_url=sandbox.url)
    assert (caught.value.status, caught.value.error_id) == (401, "unauthorized")
    assert caught.value.request_id == "sandbox"
    assert "dop_v1_wrong" not in str(caught.value)


def test_the_id_of_a_request_may_be_in_a_header_only() -> None:
    faults = [status(404, x_request_id="7b0a")]
    with Sandbox(faults=faults) as sandbox, pytest.raises(imagedf.RequestError) as caught:
        fetched(sandbox)
    assert (caught.value.status, caught.value.request_id) == (404, "7b0a")


def test_an_error_has_a_short_traceback(sandbox: Sandbox) -> None:
    with pytest.raises(imagedf.AuthenticationError) as caught:
        imagedf.fetch_images("dop_v1_wrong", base_url=sandbox.url)
    places = traceback.extract_tb(caught.value.__traceback__)
    assert [place.name for place in places] == [
        "test_an_error_has_a_short_traceback",
        "fetch_images",
    ]


@pytest.mark.parametrize(
    ("url", "cause"),
    [("https://unknown-host.invalid", "resolved"), ("http://127.0.0.1:9", "refused")],
)
def test_an_unreachable_host_is_one_clear_error(url: str, cause: str) -> None:
    with pytest.raises(imagedf.RequestError, match=cause) as caught:
        imagedf.fetch_images("token", base_url=url, max_retries=0)
    assert caught.value.__cause__ is caught.value.__context__ is None


def ignoring_filters(*images: dict[str, Any]) -> Fault:
    """Return a fault that sends these images for any request."""
    return _changed(lambda page: page.update(images=list(images), meta={"total": len(images)}))


TAGGED = FULL | {"tags": ["Env:Prod"]}


@pytest.mark.parametrize(
    ("arguments", "images", "mismatches"),
    [
        ({"private": True}, [FULL, FULL | {"id": 4}, FULL | {"id": 5, "public": False}], 2),
        ({"private": True}, [FULL | {"public": None}], 0),
        ({"private": False}, [FULL], 0),
        ({"tag_name": "env:prod"}, [TAGGED, FULL | {"id": 4}], 1),
        ({"tag_name": "env:prod"}, [TAGGED, FULL | {"id": 4, "tags": []}], 1),
        ({"tag_name": "env:prod"}, [TAGGED, FULL | {"id": 4, "tags": None}], 0),
        ({"tag_name": "env:prod"}, [FULL | {"tags": []}, FULL | {"id": 4, "tags": []}], 0),
    ],
)
def test_images_outside_the_filters_are_counted(
    arguments: dict[str, Any], images: Listing, mismatches: int
) -> None:
    with (
        Sandbox({"default": []}, faults=[ignoring_filters(*images)]) as sandbox,
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        frame = fetched(sandbox, **arguments)
    (account,) = imagedf.certificate(frame).accounts
    assert account.filter_mismatches == mismatches
    assert [str(one.message).split(":")[0] for one in caught] == ["default"] * (mismatches > 0)


@pytest.mark.parametrize(
    "tags", [[[], ["other"], ["env:prod"], []], [["env:prod"], [], [], []]], ids=str
)
def test_mismatches_of_all_pages_and_filters_are_counted(tags: list[list[str]]) -> None:
    def other_images(page: dict[str, Any]) -> None:
        for image in page["images"]:
            image.update(public=image["id"] <= 2, tags=tags[image["id"] - 1])

    images = [
        FULL | {"id": number, "public": False, "tags": ["env:prod"]} for number in range(1, 5)
    ]
    with (
        Sandbox({"default": images}, faults=[_changed(other_images)]) as sandbox,
        pytest.warns(UserWarning, match="5 images"),
    ):
        frame = fetched(sandbox, per_page=1, private=True, tag_name="env:prod")
    (account,) = imagedf.certificate(frame).accounts
    # Two images are public, the others have another tag or none.
    assert (account.pages, account.filter_mismatches) == (4, 5)


def test_threads_do_not_grow_with_the_accounts() -> None:
    most = [0]

    def count(_request: Request, answer: Answer) -> Answer:
        names = [thread.name for thread in threading.enumerate()]
        most[0] = max(most[0], sum(name.startswith("imagedf") for name in names))
        return answer

    accounts = {f"account {n}": list(many_images(1, seed=n)) for n in range(120)}
    with Sandbox(accounts, faults=[count]) as sandbox:
        frame = imagedf.fetch_images(
            accounts=sandbox.tokens, base_url=sandbox.url, max_workers=64, private=True
        )
    assert len(imagedf.certificate(frame).accounts) == 120
    assert 0 < most[0] <= 4 + 256
