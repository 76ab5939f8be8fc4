"""Faults of the body: bodies that are not a page, and unusual ones that are."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from typing import Any

from imagedf.errors import PageError, RequestError
from tests.faults.kinds import Fails, Faults, Holds, Named, Whole, body_of, on
from tests.hostile import LISTING

ONCE = {"retries": 1, "readings": 2}


def raw_image(text: str) -> Faults:
    """Return a fault that replaces image 3, the first of page 2, by a text."""
    old = json.dumps(LISTING[2], separators=(",", ":"), ensure_ascii=False).encode()

    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, text.encode("utf-8", "surrogatepass"))

    return on(2, body_of(change))


def image_with(name: str, text: str) -> Faults:
    """Return a fault that sets a field of image 3 to this JSON text."""
    fields = {key: json.dumps(value) for key, value in LISTING[2].items()} | {name: text}
    return raw_image("{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}")


def body(
    name: str, change: Callable[[bytes], bytes], gives: Whole | Fails, **headers: str
) -> Named:
    return Named(name, on(2, body_of(change, **headers)), gives)


def no_page(match: str, **has: Any) -> Fails:
    return Fails(PageError, f"page 2.*{match}", {"page": 2, **has})


def bad_field(name: str, text: str, match: str) -> Named:
    shown = text if len(text) < 40 else f"{text[:20]}…"
    return Named(
        f"`{name}` is {shown}",
        image_with(name, text),
        no_page(f"image 0 .id 3.: {name} must be .*{match}", image_id=3, field=name),
    )


def moment(text: str, value: str) -> Named:
    return Named(f"created_at {text}", image_with("created_at", json.dumps(text)),
                 Holds("created_at", value))  # fmt: skip


BODIES = [
    body("an empty body", lambda _: b"", no_page("not JSON")),
    body("a body of blanks", lambda _: b" \n ", no_page("not JSON")),
    body("HTML with status 200", lambda _: b"<!doctype html><h1>Bad Gateway</h1>",
         no_page("not JSON .*<!doctype html>"), content_type="text/html"),
    body("a body of half a page", lambda body: body[: len(body) // 2], no_page("not JSON")),
    body("two pages in one body", lambda body: body + body, no_page("not JSON")),
    body("something after the page", lambda body: body + b"x", no_page("not JSON")),
    body("an error body with status 200", lambda _: b'{"id":"server_error","message":"no"}',
         no_page("one list `images`, got an object with the keys 'id, message'", field="images")),
    body("a list of images without a page", lambda _: b"[]", no_page("got a list", field="images")),
    body("null", lambda _: b"null", no_page("got null", field="images")),
    body("images is null", lambda _: b'{"images":null}', no_page("one list", field="images")),
    body("images is absent", lambda _: b'{"meta":{"total":5}}',
         no_page("one list", field="images")),
    body("images is an object", lambda _: b'{"images":{}}', no_page("one list", field="images")),
    body("images appears twice", lambda body: b'{"images":[],' + body[1:],
         no_page("one list", field="images")),
    body("an array of nulls", lambda _: b'{"images":[null,null]}',
         no_page("image 0 must be an object, got null", field="images")),
    body("an image is a list", lambda _: b'{"images":[[1]]}',
         no_page("must be an object, got a list")),
    body("meta is a list", lambda _: b'{"images":[],"meta":[5]}', no_page("meta", field="meta")),
    body("links is text", lambda _: b'{"images":[],"links":"x"}',
         no_page("links", field="links")),
    body("the total is text", lambda _: b'{"images":[],"meta":{"total":"5"}}',
         no_page("meta.total must be one whole number, got the text '5'", field="meta.total")),
    body("the total is negative", lambda _: b'{"images":[],"meta":{"total":-1}}',
         no_page("meta.total must be 0 or more", field="meta.total")),
    body("a body in UTF-16", lambda body: body.decode().encode("utf-16"), no_page("not UTF-8")),
    body("a body declared as Latin-1", lambda body: body.decode().encode("latin-1"),
         no_page("not UTF-8"), content_type="application/json; charset=latin-1"),
    body("invalid UTF-8 in a name", lambda body: body.replace("ö".encode(), b"\xff"),
         no_page("image 0 .id 3.: name must be text.*not UTF-8 .byte", image_id=3, field="name")),
    body("invalid UTF-8 in an unknown field",
         lambda body: body.replace(b'{"id":3,', b'{"id":3,"x":"\xff",'),
         no_page("not UTF-8 .byte")),
    body("a surrogate in UTF-8", lambda body: body.replace("ö".encode(), b"\xed\xa0\x80"),
         no_page("image 0 .id 3.: name must be text.*not UTF-8 .byte", image_id=3, field="name")),
    body("nesting 100,000 deep", lambda body: b"[" * 100_000 + b"]" * 100_000,
         no_page("nested too deeply")),
    body("nesting 900 deep instead of an object",
         lambda body: b'{"images":[],"meta":' + b"[" * 900 + b"]" * 900 + b"}", no_page("")),
    Named("invalid gzip", on(2, body_of(lambda body: body, content_encoding="gzip")),
          Fails(RequestError, "page 2: the body could not be decompressed.* after 3 attempts")),
    Named("gzip broken in the middle, once", on(2, body_of(
          lambda body: gzip.compress(body)[:60] + b"?" * 60, content_encoding="gzip"), 1),
          Whole(ONCE)),
    Named("gzip cut short, its length right", on(2, body_of(
          lambda body: gzip.compress(body)[:-30], content_encoding="gzip")),
          Fails(RequestError, "compressed body was cut short.* after 3 attempts")),
    Named("gzip cut short once, its length right", on(2, body_of(
          lambda body: gzip.compress(body)[:-30], content_encoding="gzip"), 1), Whole(ONCE)),
    Named("deflate cut short once, its length right", on(2, body_of(
          lambda body: zlib.compress(body)[:-30], content_encoding="deflate"), 1), Whole(ONCE)),
    Named("gzip without its last bytes", on(2, body_of(
          lambda body: gzip.compress(body)[:-1], content_encoding="gzip"), 1), Whole(ONCE)),
    Named("an encoding that was not requested", on(2, body_of(
          lambda body: body, content_encoding="br")),
          Fails(RequestError, "unknown encoding.* after 3 attempts")),
    body("gzip in two members", lambda body: gzip.compress(body[:60]) + gzip.compress(body[60:]),
         Whole(), content_encoding="gzip"),
    body("deflate without its header", lambda body: zlib.compress(body)[2:-4], Whole(),
         content_encoding="deflate"),
    Named("a body that unpacks to 64 MB", on(2, body_of(
          lambda _: gzip.compress(b" " * 64_000_000, 9), content_encoding="gzip")),
          no_page("body is larger than 1,000,000 bytes")),
    body("deflate instead of gzip", zlib.compress, Whole(), content_encoding="deflate"),
    body("no compression", lambda body: body, Whole(), content_encoding="identity"),
    body("a BOM", lambda body: b"\xef\xbb\xbf" + body, Whole()),
    body("a page pretty-printed", lambda body: json.dumps(json.loads(body), indent=4).encode(),
         Whole()),
    body("a page with carriage returns", lambda body:
         json.dumps(json.loads(body), indent=1).replace("\n", "\r\n").encode(), Whole()),
    body("a page escaped to ASCII, keys in another order",
         lambda body: json.dumps(json.loads(body), sort_keys=True).encode(), Whole()),
    body("UTF-8 declared as Latin-1", lambda body: body, Whole(),
         content_type="text/plain; charset=latin-1"),
    body("unknown fields full of junk", lambda body: body.replace(
         b'{"id":3,', b'{"id":3,"junk":[{"a":[[null,1e999,""]]}],"junk":0,'),
         Whole({"unknown_fields": "('junk',)"})),
    body("NaN in an unknown field", lambda body: body.replace(b'{"id":3,', b'{"id":3,"x":NaN,'),
         no_page("NaN is not a JSON number")),
    Named("a field appears twice", on(2, body_of(
          lambda body: body.replace(b'{"id":3,', b'{"id":3,"id":4,'))),
          no_page("image 0 .id 4.: id must be .*given twice", field="id")),
    Named("an empty image", raw_image("{}"),
          Whole({"images": 5}, (*LISTING[:2], {}, *LISTING[3:]))),
    bad_field("size_gigabytes", "NaN", "a finite number, got the number NaN; it is not JSON"),
    bad_field("size_gigabytes", "-Infinity", "a finite number, got the number -Infinity"),
    bad_field("name", "NaN", "text, got the number NaN"),
    bad_field("size_gigabytes", "1e999", "a finite number, got the number inf"),
    bad_field("size_gigabytes", '"2.5"', "a finite number, got the text '2.5'"),
    bad_field("size_gigabytes", "true", "a finite number, got True"),
    bad_field("min_disk_size", "20.5", "a whole number of 64 bits, got the number 20.5"),
    bad_field("regions", '"nyc3"', "a list of text values, got the text 'nyc3'"),
    bad_field("regions", '["nyc3",null]', "a list of text values"),
    bad_field("tags", "[7]", "a list of text values"),
    bad_field("name", "7", "text, got the number 7"),
    bad_field("name", '"\\ud800"', "text, got the text"),
    bad_field("name", '["' + "x" * 5000 + '"]', "text, got a list .{60}…$"),
    bad_field("public", '"true"', "true or false, got the text 'true'"),
    bad_field("public", "1", "true or false, got the number 1"),
    Named("`id` is text", image_with("id", '"3"'),
          no_page("id must be a whole number of 64 bits, got the text '3'", field="id")),
    Named("`id` beyond 2^63", image_with("id", str(2**63)),
          no_page("id must be a whole number of 64 bits, got the number 9223", field="id")),
    Named("`id` of 5,000 digits", image_with("id", "9" * 5000),
          no_page("id must be a whole number", field="id", image_id=None)),
    bad_field("created_at", '"yesterday"', "an ISO 8601 time, got the text 'yesterday'"),
    bad_field("created_at", '""', "an ISO 8601 time"),
    bad_field("created_at", '"2026-02-30T00:00:00Z"', "an ISO 8601 time"),
    bad_field("created_at", '"0000-01-01T00:00:00Z"', "an ISO 8601 time"),
    bad_field("created_at", '"9999-12-31T23:59:59-05:00"', "an ISO 8601 time"),
    bad_field("created_at", "1767323045", "an ISO 8601 time, got the number"),
    moment("2026-01-02T03:04:05.25Z", "2026-01-02 03:04:05.250000+00:00"),
    moment("2026-01-02T03:04:05.123456789Z", "2026-01-02 03:04:05.123457+00:00"),
    moment("2026-01-02T03:04:05+02:00", "2026-01-02 01:04:05+00:00"),
    moment("2026-01-02T03:04:05", "2026-01-02 03:04:05+00:00"),
    moment("2026-01-02", "2026-01-02 00:00:00+00:00"),
    *(Named(f"`id` {shown}", image_with("id", str(number)), Holds("id", number))
      for shown, number in (("beyond 2^31", 2**31 + 1), ("beyond 2^53", 2**53 + 1),
                            ("just below 2^63", 2**63 - 1))),
    Named("`min_disk_size` is 20.0", image_with("min_disk_size", "20.0"),
          Holds("min_disk_size", 20)),
]  # fmt: skip
