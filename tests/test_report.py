"""The report: its figures equal those of the functions, and its text is escaped."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.style
import pandas as pd
import pytest
from hypothesis import given, settings

import imagedf
from imagedf.sandbox import many_images
from tests.conftest import DOCUMENTED_PAGE, THOROUGH
from tests.hostile import image
from tests.strategies import frames

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
LARGEST = "Images by size, largest first"
VOID = {"meta", "link", "br", "hr", "img", "input"}
HOSTILE = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "{{ 7 * 7 }} & $\\frac{ \\LaTeX",
    "صورة الخادم 🚀",
    "x" * 500,
    "two\nlines",
    "</style></title><svg onload=alert(1)>",
]


class Page(HTMLParser):
    """A parsed page: elements, texts and tables by caption."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._open: list[str] = []
        self._parts: dict[str, list[list[str]]] = {}
        self._rows: list[list[str]] = []
        self.feed(page)
        self.close()
        assert self._open == []
        self.texts = {tag: ["".join(parts) for parts in all_] for tag, all_ in self._parts.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag in VOID or (self._open and "svg" in self._open and tag in ("path", "use", "rect")):
            return
        self._open.append(tag)
        self._parts.setdefault(tag, []).append([])
        if tag == "table":
            self._rows = []
        if tag == "tr":
            self._rows.append([])
        if tag in ("td", "th"):
            self._rows[-1].append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self._open.pop() == tag
        if tag == "table":
            self.tables["".join(self._parts["caption"][-1])] = self._rows

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self._parts[tag][-1].append(data)
        if "td" in self._open or "th" in self._open:
            self._rows[-1][-1] += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


def page_of(frame: pd.DataFrame | imagedf.Account, **given: Any) -> Page:
    """Render a frame and parse the page."""
    return Page(imagedf.render_report(frame, **({"now": NOW} | given)))


def unknown_lines(page: Page) -> list[str]:
    """Return the list of what is not known, after the contents."""
    contents = [link for link in page.all("a") if str(link["href"]).startswith("#")]
    return page.texts["li"][len(contents) :]


def listed(*images: dict[str, Any], account: str = "default") -> pd.DataFrame:
    """Read images as a complete listing."""
    answer = {"images": list(images), "meta": {"total": len(images)}}
    return imagedf.read_images(answer, account=account)


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    """The sandbox's accounts, fetched."""
    with imagedf.sandbox.Sandbox() as sandbox:
        return imagedf.fetch_images(accounts=sandbox.tokens, base_url=sandbox.url)


@pytest.fixture(scope="module")
def sample_text(sample: pd.DataFrame) -> str:
    """The report of the sandbox's accounts."""
    return imagedf.render_report(sample, now=NOW)


@pytest.fixture(scope="module")
def sample_page(sample_text: str) -> Page:
    """The parsed report of the sandbox's accounts."""
    return Page(sample_text)


@pytest.fixture(scope="module")
def documented() -> imagedf.ReportPage:
    """The report of the documented page."""
    return imagedf.render_report(imagedf.read_images(DOCUMENTED_PAGE), now=NOW)


def test_the_documented_page_in_four_numbers(documented: str) -> None:
    page = Page(documented)
    assert page.texts["strong"] == ["5", "11.70", "$0.70", "$0.00"]
    assert page.texts["p"][0] == (
        "5 own images, plus 1 free public image of DigitalOcean. "
        "Complete: 6 of 6 images, 1 page, 1 account, from saved responses."
    )
    assert "Ubuntu makes up 40% of 11.70 GB" in page.texts["figcaption"]


def test_without_any_date_savings_are_unknown_and_the_report_says_why() -> None:
    undated = listed(image(1, created_at=None), image(2, created_at=None))
    page = page_of(undated)
    assert page.texts["strong"] == ["2", "5.00", "$0.30", "unknown"]
    assert "Potential savings by series" not in page.tables
    assert [line for line in unknown_lines(page) if "can be deleted is unknown" in line]
    assert "No known age" in page.texts["figcaption"]


def test_a_policy_that_is_passed_must_be_applicable() -> None:
    undated = listed(image(1, created_at=None))
    with pytest.raises(imagedf.PolicyError, match="created_at"):
        page_of(undated, policy=imagedf.Policy([imagedf.Select(older_than="90d")]))


@pytest.mark.parametrize("by", ["account", "type", "distribution", "status", "age"])
def test_tables_equal_the_results_of_summarize(
    sample: pd.DataFrame, sample_page: Page, by: str
) -> None:
    own = imagedf.own_images(sample)
    summary = imagedf.summarize(own, by, now=NOW).set_index(by)
    _, *rows, total = sample_page.tables[f"Images by {by}"]
    shown = {row[0]: [row[1], row[2], row[4]] for row in rows}
    shares = [f"{share * 100:.1f}%" for share in summary["share"]]
    shares = [
        re.sub("^0.0", "<0.1", text) if share else text
        for text, share in zip(shares, summary["share"], strict=True)
    ]
    sizes = [f"{size:,.2f}" for size in summary["size_gigabytes"]]
    counts = [f"{count:,}" for count in summary["images"]]
    wanted = zip(counts, sizes, shares, strict=True)
    assert shown == dict(zip(summary.index, map(list, wanted), strict=True))
    whole = imagedf.totals(own).iloc[0]
    assert total[:3] == [
        "All images",
        f"{whole.images:,}",
        f"{whole.size_gigabytes:,.2f}",
    ]


def test_regions_are_present_and_allocated(sample: pd.DataFrame, sample_page: Page) -> None:
    head, *rows, total = sample_page.tables["Images by region"]
    summary = imagedf.by_region(imagedf.own_images(sample))
    assert head[:3] == ["Region", "Images", "Allocated, GB"]
    assert head[4] == "Present, GB"
    allocated = summary.loc[summary["region"].notna(), "allocated_gigabytes"]
    ordered = sorted(allocated, reverse=True)  # as in the chart
    assert [row[2] for row in rows] == [*(f"{gb:,.2f}" for gb in ordered), "unknown"]
    assert total[2] == f"{imagedf.total_size(imagedf.own_images(sample)):,.2f}"


def test_printed_parts_add_up_to_the_printed_total() -> None:
    images = [
        image(n, name=f"n{n}", type="snapshot", public=False, size_gigabytes=0.25, regions=[*"abc"])
        for n in range(3)
    ]
    policy = imagedf.Policy([imagedf.Select(larger_than=0)])
    page = page_of(listed(*images), policy=policy, now="2026-11-24")
    head, *rows = page.tables["Images by region"]
    column = head.index("Allocated, USD per month")
    assert [row[column] for row in rows] == ["0.02", "0.02", "0.01", "0.05"]
    head, *rows = page.tables["Potential savings by series"]
    column = head.index("Saves, USD per month")
    assert [row[column] for row in rows] == ["0.02", "0.02", "0.01", "0.05"]


def test_money_is_that_of_the_functions(sample: pd.DataFrame, sample_page: Page) -> None:
    costs = imagedf.estimate_cost(sample, on=NOW.date())
    spending = imagedf.cost_summary(costs)
    savings = imagedf.savings_summary(imagedf.find_savings(costs, now=NOW))
    saved = f"{savings.in_cents(savings.deletable):,.2f}"
    assert sample_page.texts["strong"][2:] == [
        f"${spending.known:,.2f}",
        f"${saved}",
    ]
    *_, cost = sample_page.tables["Known cost per month by billing class"]
    assert cost == [
        "All images",
        "675",
        "7,876.36",
        f"{spending.known:,.2f}",
        "92",
    ]
    *_, rules = sample_page.tables["The effect of each rule"]
    assert rules[1] == f"{savings.deletable.images:,}"
    assert rules[2] == saved
    assert str(savings) in sample_page.texts["p"]
    assert str(imagedf.certificate(sample))[1:] in sample_page.texts["p"][0]
    rates = sample_page.tables["Rates as of 2026-11-24"]
    assert rates[1][:5] == ["custom", "0.06", "USD", "GB-month", "2022-07-01"]


def test_a_group_without_known_values_is_not_zero(sample_page: Page) -> None:
    rows = {row[0]: row for row in sample_page.tables["Images by type"]}
    assert rows["backup"][3] == "unknown"
    lines = unknown_lines(sample_page)
    assert lines[0].startswith("The cost of 92 images (")
    assert "6 images have no size and add nothing to the totals." in lines


def test_the_page_is_well_built(sample_page: Page) -> None:
    names = [name for name, _ in sample_page.elements]
    assert names.count("h1") == names.count("main") == 1
    assert sample_page.all("html") == [{"lang": "en"}]
    assert names.count("table") == names.count("caption") == len(sample_page.tables)
    assert all(one["scope"] in ("row", "col") for one in sample_page.all("th"))
    ids = [one["id"] for _, one in sample_page.elements if "id" in one]
    assert len(ids) == len(set(ids))
    named = {one["aria-labelledby"] for _, one in sample_page.elements if "aria-labelledby" in one}
    anchors = {str(one["href"])[1:] for one in sample_page.all("a") if str(one["href"])[0] == "#"}
    assert named | anchors <= set(ids)


def test_every_chart_states_its_finding(sample_page: Page) -> None:
    charts = sample_page.all("svg")
    assert len(charts) == 9
    assert [chart["aria-label"] for chart in charts] == sample_page.texts["figcaption"]
    assert all(chart["role"] == "img" for chart in charts)
    assert any("% of 7,876 GB is older than" in text for text in sample_page.texts["figcaption"])


def test_the_page_needs_no_other_file_and_runs_no_script(
    sample_text: str, sample_page: Page
) -> None:
    text, page = sample_text, sample_page
    (policy,) = [m["content"] for m in page.all("meta") if m.get("http-equiv")]
    style = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style[0].encode()).digest()).decode()
    assert len(style) == 1
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )
    assert "url(" not in style[0]
    assert "@import" not in style[0]
    attributes = {name for _, given in page.elements for name in given}
    assert not [name for name in attributes if name.startswith("on") or name in ("style", "src")]
    assert not {"script", "img", "iframe", "object"} & {name for name, _ in page.elements}
    assert [link["href"] for link in page.all("link")] == ["data:,"]


@pytest.fixture(scope="module")
def odd_page() -> Page:
    """The report of images with every kind of text, and with missing text."""
    images = [
        image(number, name=text, distribution=text, tags=[text], size_gigabytes=100 - number)
        for number, text in enumerate(HOSTILE)
    ]
    images.append(image(50, name="&" * 5000, distribution="<" * 5000, size_gigabytes=3))
    images.append(image(51, name="nul\x00 bell\x07 end", size_gigabytes=2))
    images.append(image(52, name=" ", size_gigabytes=1))
    return page_of(listed(*images, dict.fromkeys(image(1)), account=HOSTILE[0]), title=HOSTILE[0])


def biggest(page: Page) -> list[list[str]]:
    """Return the rows of the largest images."""
    return page.tables[LARGEST][1:]


def test_hostile_texts_come_out_as_texts(odd_page: Page) -> None:
    assert [row[0] for row in biggest(odd_page)][: len(HOSTILE)] == HOSTILE
    assert set(HOSTILE) < {row[0] for row in odd_page.tables["Images by distribution"]}
    assert odd_page.texts["h1"] == odd_page.texts["title"][:1] == [HOSTILE[0]]
    assert "script" not in odd_page.texts
    assert not odd_page.all("img")


def test_characters_that_html_cannot_contain_are_replaced(odd_page: Page) -> None:
    assert [row[0] for row in biggest(odd_page)][-3:-1] == ["nul� bell� end", "empty"]


def test_long_texts_are_cut_with_their_length(odd_page: Page) -> None:
    row = biggest(odd_page)[-4]
    assert row[0] == "&" * 500 + "… (5,000 characters)"
    assert row[5] == "<" * 100 + "… (5,000 characters)"


def test_missing_values_are_shown_as_missing(odd_page: Page) -> None:
    row = ["missing", *["unknown"] * 3, "missing", "missing", "0", "missing", "unknown"]
    assert biggest(odd_page)[-1] == row
    assert odd_page.tables["Images by type"][2][0] == "missing"
    assert "1 image has no creation date, so age rules don't apply." in odd_page.texts["li"]
    assert "1 image isn't marked public or private, so no rule selects it." in odd_page.texts["li"]


def test_no_images_and_no_certificate_make_a_report() -> None:
    frame = listed()
    frame.attrs.clear()
    page = page_of(frame)
    assert unknown_lines(page)[0].startswith("Whether images are missing")
    assert page.texts["strong"] == ["0", "0.00", "$0.00", "$0.00"]
    assert page.tables["Images by type"][1:] == [["none"]]


@settings(max_examples=3 if THOROUGH else 2)
@given(frame=frames)
def test_any_frame_makes_a_report_with_its_totals(frame: pd.DataFrame) -> None:
    before = frame.copy(deep=True)
    page = page_of(frame)
    own = imagedf.own_images(frame)
    counted = own if len(own) else frame
    assert page.texts["strong"][0] == f"{imagedf.totals(counted)['images'].iloc[0]:,}"
    known = counted["size_gigabytes"].notna().any() or not len(counted)
    assert page.texts["strong"][1] == (
        f"{imagedf.total_size(counted):,.2f}" if known else "unknown"
    )
    pd.testing.assert_frame_equal(frame, before)


def test_the_same_frame_gives_the_same_text_in_any_style(documented: str) -> None:
    frame = imagedf.read_images(DOCUMENTED_PAGE)
    with matplotlib.style.context(["dark_background", "ggplot"]):
        assert imagedf.render_report(frame, now=NOW) == documented


def downloads(page: Page) -> dict[str | None, pd.DataFrame]:
    """Return the tables that the page has as downloads, by file name."""
    found = {}
    for link in page.all("a"):
        if "download" in link:
            kind, _, content = str(link["href"]).partition(",")
            assert kind == "data:text/csv;charset=utf-8;base64"
            found[link["download"]] = pd.read_csv(BytesIO(base64.b64decode(content)))
    return found


@pytest.fixture(scope="module")
def filtered_page() -> Page:
    """The report of 60 of 61 images, whose names are formulas and whose costs came along."""
    frame = listed(*(image(number, name=f"=1+{number}") for number in range(61)))
    costs = imagedf.estimate_cost(frame, on=NOW.date())
    return page_of(costs[costs["id"] < 60])


def test_the_first_line_of_a_filtered_frame_states_the_part(filtered_page: Page) -> None:
    assert filtered_page.texts["p"][0].startswith("60 of 61 listed images")


def test_a_long_table_is_complete_on_the_page_and_as_a_download(filtered_page: Page) -> None:
    tables = [filtered_page.tables[name][1:] for name in (LARGEST, f"{LARGEST}, continued")]
    names = {row[0] for rows in tables for row in rows}
    assert names == {f"=1+{number}" for number in range(60)}
    assert sum(map(len, tables)) == 60
    assert set(downloads(filtered_page)["images.csv"]["name"]) == {f"'{name}" for name in names}


def test_thousands_of_images_are_one_file_with_all_rows_to_download(tmp_path: Path) -> None:
    images = list(many_images(5000 if THOROUGH else 2500))
    frame = imagedf.read_images({"images": images, "meta": {"total": len(images)}})
    policy = imagedf.Policy([imagedf.Select(older_than=90)])
    path = imagedf.write_report(frame, tmp_path / "my report.html", now=NOW, policy=policy)
    assert path.stat().st_size < 8_000_000
    page = Page(path.read_text(encoding="utf-8"))
    assert list(tmp_path.iterdir()) == [path]
    assert len(page.tables[f"{LARGEST}, continued"]) == 1 + 2000 - 25
    assert len(downloads(page)["images.csv"]) == imagedf.totals(imagedf.own_images(frame)).images[0]
    assert any("all are in the download" in text for text in page.texts["summary"])


def test_a_notebook_shows_the_page(documented: imagedf.ReportPage) -> None:
    assert isinstance(documented, str)
    shown = Page(documented._repr_html_())
    assert [one["srcdoc"] for one in shown.all("iframe")] == [str(documented)]
    assert "allow-scripts" not in str(shown.all("iframe")[0]["sandbox"])
    assert len(repr(documented)) <= 200


@pytest.fixture(scope="module")
def incomplete_page(tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The report of a part of a listing that is incomplete, next to a complete one in a history."""
    frame = listed(image(1), image(2), account="prod")
    history = tmp_path_factory.mktemp("incomplete") / "history"
    imagedf.record(frame, history, on="2026-11-01")
    frame.attrs["imagedf"]["complete"] = False
    entry = frame.attrs["imagedf"]["accounts"][0]
    entry |= {"complete": False, "error": "page 2 timed out", "filters": {"tag_name": "web"}}
    return page_of(frame[frame["id"] == 1], history=history)


def test_what_the_listing_lacks_is_said(incomplete_page: Page) -> None:
    assert incomplete_page.texts["p"][0].startswith("1 of 2 listed images")
    lines = [re.sub("[\u2068\u2069]", "", line) for line in unknown_lines(incomplete_page)]
    assert lines[:3] == [
        "Images of prod are missing: page 2 timed out.",
        "For prod, only images with tag_name=web were listed.",
        "The frame contains 1 of 2 listed images; the others are not in this report.",
    ]


def test_costs_that_came_along_stand_and_their_rates_are_named_only_when_known(
    filtered_page: Page,
) -> None:
    assert "Rates as of 2026-11-24" in filtered_page.tables
    costs = imagedf.estimate_cost(listed(image(1), image(2)), on=NOW.date())
    costs["monthly_cost_usd"] = 7.5
    page = page_of(costs)
    assert page.texts["strong"][2] == "$15.00"
    assert "Rates as of 2026-11-24" not in page.tables
    assert any("which differ from the published rates" in text for text in page.texts["p"])


def test_ones_own_rates_and_rules_stand(tmp_path: Path) -> None:
    book = tmp_path / "book.toml"
    book.write_text(
        'currency = "EUR"\n[[rate]]\nbilling_class = "snapshot"\neffective_from = 2026-01-01\n'
        'rate = "2"\nsource = "javascript:alert(1)"\nread_on = 2026-01-01\n',
        encoding="utf-8",
    )
    policy = imagedf.Policy([imagedf.Select(larger_than=1)], [imagedf.Keep(tag="keep")])
    frame = listed(image(1), image(2, tags=["keep"]))
    page = page_of(frame, prices=imagedf.PriceBook.load(book), policy=policy)
    assert page.texts["strong"][2:] == ["10.00 EUR", "5.00 EUR"]
    said = [re.sub("[\u2068\u2069]", "", text) for text in page.texts["p"]]
    assert any(text.startswith(str(policy)) for text in said)
    assert "keep" in str(policy)
    assert "Not known: whether 2 images are in use." in said
    assert page.tables["Rates as of 2026-11-24"][1][5] == "javascript:alert(1)"
    assert not [a for a in page.all("a") if "javascript" in str(a["href"])]


def test_the_changes_equal_those_of_diff(tmp_path: Path) -> None:
    old = listed(image(1), image(2), image(3, size_gigabytes=None))
    new = listed(image(1, size_gigabytes=4.0), image(3, size_gigabytes=None), image(4))
    for day in ("2026-11-01", "2026-11-20"):
        imagedf.record(old, tmp_path / "history", on=day)
    imagedf.record(new, tmp_path / "history", on="2026-11-24")
    page = page_of(new, history=tmp_path / "history")
    assert "What changed since 2026-11-20" in page.texts["h2"]
    assert any(
        text.startswith("1 added, 1 removed, 1 changed: +1.50 GB, +0.09 USD per month")
        for text in page.texts["p"]
    )
    rows = [(row[0], row[1], *row[2:]) for row in page.tables["Images that changed"][1:]]
    assert rows == [
        ("image 4", "added", "0.00", "2.50", "+2.50", "+0.15"),
        ("image 2", "removed", "2.50", "0.00", "-2.50", "-0.15"),
        ("image 1", "resized", "2.50", "4.00", "+1.50", "+0.09"),
    ]
    *_, total = page.tables["Before and after by type"]
    assert total == [
        "All images",
        "3",
        "3",
        "5.00",
        "6.50",
        "+1.50",
        "0.30",
        "0.39",
        "+0.09",
    ]
    assert [row[0] for row in page.tables["Recorded days, newest first"][1:]] == [
        "2026-11-24", "2026-11-20", "2026-11-01",
    ]  # fmt: skip
    assert "Grew from 5.00 to 6.50 GB in 23 days" in page.texts["figcaption"]


def test_a_day_that_is_not_recorded_is_an_error_or_said(tmp_path: Path) -> None:
    frame = listed(image(1))
    imagedf.record(frame, tmp_path / "history", on="2026-11-24")
    page = page_of(frame, history=tmp_path / "history")
    assert "No day before 2026-11-24 is recorded in the history." in page.texts["p"]
    with pytest.raises(imagedf.HistoryError, match="no record of 2026-11-03"):
        page_of(frame, history=tmp_path / "history", since="2026-11-03")
    with pytest.raises(imagedf.HistoryError):
        page_of(frame, history=tmp_path / "nothing")


def test_accounts_that_the_day_given_lacks_are_not_taken_for_new(tmp_path: Path) -> None:
    prod = listed(image(1), account="prod")
    for day in ("2026-11-01", "2026-11-20"):
        imagedf.record(prod, tmp_path / "history", on=day)
    dev = listed(image(2), account="dev")
    both = pd.concat([prod, dev], ignore_index=True)
    both.attrs["imagedf"] = prod.attrs["imagedf"] | {
        "accounts": [*prod.attrs["imagedf"]["accounts"], *dev.attrs["imagedf"]["accounts"]]
    }
    page = page_of(both, history=tmp_path / "history", since="2026-11-01")
    assert "What changed since 2026-11-01" in page.texts["h2"]
    assert any(text.startswith("0 added, 0 removed, 0 changed") for text in page.texts["p"])
    assert "Not recorded on that day, so not compared: dev." in page.texts["p"]


def test_an_incomplete_listing_is_not_compared(incomplete_page: Page) -> None:
    said = incomplete_page.texts["p"]
    assert any(text.startswith("Not compared: the listing of") for text in said)


def test_a_frame_that_cannot_be_reported_is_rejected(tmp_path: Path) -> None:
    frame = listed(image(1))
    with pytest.raises(imagedf.FrameError, match="lacks the column"):
        page_of(frame.drop(columns="tags"))
    with pytest.raises(imagedf.FrameError, match="lacks the columns billing_class"):
        page_of(frame.assign(monthly_cost_usd=1.0))
    days = pd.concat([frame.assign(snapshot_date=NOW - timedelta(days=back)) for back in (0, 1)])
    with pytest.raises(imagedf.FrameError, match="several days of a history"):
        page_of(days)
    with pytest.raises(imagedf.ImagedfError, match="it is a directory"):
        imagedf.write_report(frame, tmp_path, now=NOW)


@pytest.mark.parametrize("name", ["r.pdf", "r.csv", "."])
def test_the_suffix_of_another_format_is_refused(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=r"html|name of a file"):
        imagedf.write_report(imagedf.example(), name)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def account() -> imagedf.Account:
    """The example account."""
    return imagedf.example_account()


@pytest.fixture(scope="module")
def account_page(account: imagedf.Account) -> Page:
    """The report of the example account."""
    return page_of(account)


def test_an_account_adds_the_bill(account: imagedf.Account, account_page: Page) -> None:
    bill = imagedf.account_bill(account, on=NOW)
    _, *rows, total = account_page.tables["Everything stored, by kind"]
    assert [row[0] for row in rows] == bill["kind"].tolist()
    assert [row[3] for row in rows] == [f"{cost:,.2f}" for cost in bill["monthly_cost_usd"]]
    assert total[3] == f"{bill['monthly_cost_usd'].sum():,.2f}"
    assert account_page.texts["strong"][2] == f"${total[3]}"
    summary = imagedf.savings_summary(imagedf.find_savings(account, now=NOW))
    assert str(summary) in account_page.texts["p"]


def test_what_the_token_cannot_read_is_unknown_in_the_bill_and_so_are_undated_savings() -> None:
    account = imagedf.read_account({"images": [image(1, created_at=None)], "meta": {"total": 1}})
    page = page_of(account)
    assert page.texts["strong"][-1] == "unknown"
    rows = {row[0]: row for row in page.tables["Everything stored, by kind"]}
    assert rows["volume snapshots"][1] == "unknown"
    assert any("unknown" in line for line in unknown_lines(page))


def test_savings_by_series_are_those_of_the_summary(
    account: imagedf.Account, account_page: Page
) -> None:
    series = imagedf.savings_summary(imagedf.find_savings(account, now=NOW)).by_series()
    _, *rows, _ = account_page.tables["Potential savings by series"]
    assert [row[1] for row in rows] == [str(count) for count in series["deletable"].head(len(rows))]


def test_only_public_images_are_described_as_such_and_names_are_isolated_by_elements() -> None:
    text = imagedf.render_report(listed(image(1, public=True), account="صورة"), now=NOW)
    page = Page(text)
    assert not re.search("[\u2066-\u2069]", text)
    assert "صورة" in page.texts["bdi"]
    assert page.texts["p"][0].startswith("1 public image")
    assert "Public images" in page.texts["dt"]


def test_public_images_are_counted_on_demand() -> None:
    page = page_of(imagedf.example(), scope="all")
    assert page.texts["strong"][:2] == ["6", "14.06"]
    assert page.texts["p"][0].startswith("6 images. Complete: 6 of 6 images")
