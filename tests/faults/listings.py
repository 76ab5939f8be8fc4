"""Faults of the listing: it changes, its totals are wrong, its links mislead."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from imagedf.errors import IncompleteListingError, PageError, RequestError
from imagedf.sandbox import Answer, Fault, Request, Sandbox, on_page, status
from tests.faults.kinds import (
    Change,
    Fails,
    Faults,
    Named,
    Whole,
    body_of,
    every,
    json_of,
    on,
    on_each,
)
from tests.hostile import LISTING

NEW = LISTING[4] | {"id": 9, "name": "created later"}
TWIN = LISTING[0] | {"id": LISTING[0]["id"] + sys.hash_info.modulus}


def set_total(page: dict[str, Any], change: int) -> None:
    page["meta"]["total"] += change


def set_links(**links: Any) -> Change:
    def change(page: dict[str, Any]) -> None:
        page["links"]["pages"] = links

    return change


def without(*names: str) -> Change:
    def change(page: dict[str, Any]) -> None:
        for name in names:
            page.pop(name, None)

    return change


def empty(page: dict[str, Any]) -> None:
    page["images"] = []


def shared_link(template: str) -> Faults:
    """Return faults that link to pages 2 and 3 in this form."""

    def fault(request: Request, answer: Answer) -> Answer:
        number = request.page + 1
        links = {"next": template.format(page=number)} if number <= 3 else {}
        return answer.with_json(lambda page: page.update(links={"pages": links}, meta={}))

    return every(fault)


def between_pages(change: Callable[[list[dict[str, Any]]], Any]) -> Faults:
    """Return a fault that changes the account after page 1 was read for the first time."""

    def make(sandbox: Sandbox) -> Sequence[Fault]:
        def fault(_request: Request, answer: Answer) -> Answer:
            change(sandbox.accounts["default"])
            return answer

        return [on_page(1, fault, times=1)]

    return make


def cut_pages(sandbox: Sandbox) -> Sequence[Fault]:
    sandbox.max_per_page = 1
    return []


MOVED = {"readings": 3, "pages": 3}
INCOMPLETE = "the listing is incomplete"

COMPLETENESS = [
    Named("an image is deleted between two pages", between_pages(lambda images: images.pop(0)),
          Whole({"readings": 3, "images": 4, "pages": 2}, tuple(LISTING[1:]))),
    Named("an image is created between two pages",
          between_pages(lambda images: images.insert(0, NEW)),
          Whole({"readings": 3, "images": 6}, (NEW, *LISTING))),
    Named("the total moves once", on(1, json_of(lambda page: set_total(page, 1)), 1), Whole(MOVED)),
    Named("the total of a middle page moves once",
          on(2, json_of(lambda page: set_total(page, -1)), 1), Whole(MOVED)),
    Named("the total of the last page moves once",
          on(3, json_of(lambda page: set_total(page, 1)), 1), Whole(MOVED)),
    Named("the total is one more than the images",
          on_each(lambda page: set_total(page, 1)),
          Fails(IncompleteListingError, INCOMPLETE, {"readings": 5, "total_first": 6})),
    Named("more images than the total", on_each(lambda page: set_total(page, -1)),
          Fails(IncompleteListingError, INCOMPLETE, {"readings": 5, "total_last": 4})),
    Named("the total of a middle page always differs",
          on(2, json_of(lambda page: set_total(page, 1))),
          Fails(IncompleteListingError, r"total changed from 5 to 6", {"readings": 5})),
    Named("the first and the last total always differ",
          on(3, json_of(lambda page: set_total(page, 1))),
          Fails(IncompleteListingError, INCOMPLETE, {"total_first": 5, "total_last": 6})),
    Named("a total of 0 over images", on_each(lambda page: set_total(page, -5)),
          Fails(IncompleteListingError, INCOMPLETE, {"readings": 5, "total_first": 0})),
    Named("an empty page in the middle once", on(2, json_of(empty), 1), Whole(MOVED)),
    Named("an empty page in the middle forever", on(2, json_of(empty)),
          Fails(IncompleteListingError, INCOMPLETE, {"readings": 5, "images": 3})),
    Named("an empty first page forever", on(1, json_of(empty)),
          Fails(IncompleteListingError, INCOMPLETE, {"readings": 5, "images": 3})),
    Named("an image is missing in a page", on(2, json_of(lambda page: page["images"].pop())),
          Fails(IncompleteListingError, INCOMPLETE, {"images": 4, "total_first": 5})),
    Named("a page repeats the one before once",
          on(2, json_of(lambda page: page.update(images=LISTING[:2])), 1), Whole(MOVED)),
    Named("a page repeats the one before forever",
          on(2, json_of(lambda page: page.update(images=LISTING[:2]))),
          Fails(IncompleteListingError, INCOMPLETE, {"duplicates_dropped": 2, "images": 3})),
    Named("a page begins with the last image of the page before",
          on(2, json_of(lambda page: page["images"].insert(0, LISTING[1]))),
          Whole({"duplicates_dropped": 1, "images": 5, "readings": 2})),
    Named("a page begins with the last image of the page before, changed",
          on(2, json_of(lambda page: page["images"].insert(0, LISTING[1] | {"status": "new"}))),
          Fails(IncompleteListingError, "different values", {"readings": 5, "images": 5})),
    Named("one id on two images of one page",
          on(1, json_of(lambda page: page["images"].__setitem__(1, LISTING[0] | {"name": "b"}))),
          Whole({"duplicates_dropped": 0}, (LISTING[0], LISTING[0] | {"name": "b"}, *LISTING[2:]))),
    Named("one image twice in one page",
          on(1, json_of(lambda page: page["images"].__setitem__(1, LISTING[0]))),
          Fails(IncompleteListingError, INCOMPLETE, {"duplicates_dropped": 1, "images": 4})),
    Named("one image twice in one page, with different values",
          on(1, json_of(lambda page: page["images"].__setitem__(1, LISTING[0] | {"status": "x"}))),
          Fails(PageError, "twice", {"page": 1, "image_id": 1, "field": "status"})),
    Named("images without an id",
          on_each(lambda page: [image.update(id=None, name="import") for image in page["images"]]),
          Whole({"duplicates_dropped": 0, "proof": "read twice"},
                tuple(image | {"id": None, "name": "import"} for image in LISTING))),
    Named("two ids with the same Python hash, without totals",
          lambda _sandbox: [json_of(without("meta")),
                            on_page(3, json_of(lambda page: page.update(images=[TWIN])))],
          Whole({"duplicates_dropped": 0}, (*LISTING[:4], TWIN))),
    Named("no meta", on_each(without("meta")), Whole({"proof": "read twice", "total_last": None})),
    Named("meta is null", on_each(lambda page: page.update(meta=None)),
          Whole({"proof": "read twice"})),
    Named("no total", on_each(lambda page: page.update(meta={})), Whole({"proof": "read twice"})),
    Named("a total only in the last page",
          lambda _sandbox: [on_page(page, json_of(without("meta"))) for page in (1, 2)],
          Whole({"proof": "read twice", "total_first": None, "total_last": 5})),
    Named("a total only in the first page",
          lambda _sandbox: [on_page(page, json_of(without("meta"))) for page in (2, 3)],
          Whole({"proof": "read twice", "total_first": 5})),
    Named("no links", on_each(without("links")), Whole({"proof": "read twice"})),
    Named("neither links nor meta", on_each(without("links", "meta")),
          Whole({"proof": "read twice", "pages": 3})),
    Named("neither links nor meta, and the first page for every page",
          every(lambda _request, answer: replace(
              answer, body=json.dumps({"images": LISTING[:2]}).encode())),
          Whole({"proof": "page chain", "pages": 1, "duplicates_dropped": 0}, tuple(LISTING[:2]))),
    Named("neither links nor meta, and no page beyond the last",
          lambda _sandbox: [json_of(without("links", "meta")), on_page(4, status(404))],
          Whole({"proof": "read twice", "pages": 3})),
    Named("neither links nor meta, and no response beyond the last",
          lambda _sandbox: [json_of(without("links", "meta")), on_page(4, status(500))],
          Fails(RequestError, "500", {})),
    Named("no meta, and no links after the first page",
          lambda _sandbox: [json_of(without("meta")), on_page(2, json_of(without("links"))),
                            on_page(3, json_of(without("links")))],
          Whole({"proof": "read twice", "pages": 3})),
]  # fmt: skip


def ever_new(request: Request, answer: Answer) -> Answer:
    """Return new images and a next page on every request."""
    images = [LISTING[0] | {"id": 1000 + request.page}]
    link = f"https://api.digitalocean.com/v2/images?page={request.page + 1}"
    return answer.with_json(
        lambda page: page.update(images=images, links={"pages": {"next": link}}, meta={})
    )


def next_of(number: str) -> Change:
    return lambda page: page.update(links={"pages": {"next": f"?page={number}"}})


def chain(*changes: Fault) -> Faults:
    """Return faults without totals and without a link to the last page, then with changes."""

    def bare(page: dict[str, Any]) -> None:
        page["meta"] = {}
        page["links"].get("pages", {}).pop("last", None)

    return lambda _sandbox: [json_of(bare), *changes]


def never_last(page: dict[str, Any]) -> None:
    page["links"].setdefault("pages", {})["next"] = "?page=99"


PAGING = [
    Named("next never ends", on_each(never_last),
          Whole({"pages": 4, "readings": 2})),
    Named("next never ends, without totals",
          chain(json_of(never_last)),
          Fails(IncompleteListingError, "nothing new", {"images": 5})),
    Named("next never ends and always adds new images", every(ever_new),
          Fails(IncompleteListingError, r"more than max_pages \(7\)", {"pages": 7, "readings": 1})),
    Named("next points to a page already read", on(3, json_of(next_of("1"))),
          Whole({"pages": 3})),
    Named("next points to a page already read, without totals",
          chain(on_page(3, json_of(next_of("1")))),
          Fails(IncompleteListingError, "nothing new", {"images": 5})),
    Named("next points to its own page, without totals", chain(on_page(2, json_of(next_of("2")))),
          Fails(IncompleteListingError, "nothing new", {"images": 4})),
    Named("next skips a page, without totals", chain(on_page(1, json_of(next_of("3")))),
          Whole({"pages": 3, "proof": "read twice"})),
    Named("next on http", shared_link("http://127.0.0.1/v2/images?page={page}"),
          Whole({"pages": 3, "proof": "read twice"})),
    Named("next on another path", shared_link("/v3/other/../secret?x=1&page={page}"),
          Whole({"pages": 3, "proof": "read twice"})),
    Named("next with a user name and another scheme", shared_link("ftp://u:p@h:1/?page={page}#x"),
          Whole({"pages": 3, "proof": "read twice"})),
    Named("next without a page number", on(1, json_of(set_links(next="https://x/v2/images"))),
          Fails(PageError, "page 1: links.pages.next", {"page": 1, "field": "links.pages.next"})),
    Named("next with page 0", on(1, json_of(next_of("0"))),
          Fails(PageError, "page 1: links.pages.next", {"page": 1, "field": "links.pages.next"})),
    Named("next with an invalid number", on(2, json_of(next_of("²"))),
          Fails(PageError, "page 2: links.pages.next", {"page": 2, "field": "links.pages.next"})),
    Named("next is not a URL", on(2, json_of(set_links(next="http://[x?page=3"))),
          Fails(PageError, "page 2: links.pages.next", {"page": 2, "field": "links.pages.next"})),
    Named("next appears twice",
          on(1, body_of(lambda body: body.replace(b'"next"', b'"next": "?page=9", "next"'))),
          Fails(PageError, "page 1: links.pages.next", {"page": 1, "field": "links.pages.next"})),
    Named("last is too high, without totals",
          on_each(lambda page: page.update(meta={}, links={"pages": {"last": "?page=6"}})),
          Whole({"pages": 6, "proof": "read twice"})),
    Named("last is too low, without totals",
          on(1, json_of(lambda page: page["links"]["pages"].update(last="?page=1"))),
          Whole({"pages": 3})),
    Named("last is beyond the cap, without totals",
          on_each(lambda page: page.update(meta={}, links={"pages": {"last": "?page=123456789"}})),
          Fails(IncompleteListingError, r"more than max_pages \(7\)", {"pages": 1, "readings": 1})),
    Named("a total beyond the cap", on_each(lambda page: page.update(meta={"total": 10**18})),
          Fails(IncompleteListingError, r"more than max_pages \(7\)", {"pages": 1, "readings": 1})),
    Named("the server ignores the page number",
          on_each(lambda page: page.update(images=LISTING[:2])),
          Fails(IncompleteListingError, INCOMPLETE, {"images": 2, "duplicates_dropped": 4})),
    Named("the server ignores per_page", on_each(lambda page: page.update(images=LISTING)),
          Whole({"images": 5})),
    Named("the server reduces per_page to 1", cut_pages, Whole({"pages": 5})),
]  # fmt: skip
