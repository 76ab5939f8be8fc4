"""The report in a browser: no overflow, no console messages, no requests."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

import imagedf
from tests.browser import Browser, browser, chromium
from tests.hostile import image

pytestmark = pytest.mark.chromium

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = ["<script>alert(1)</script>", "x" * 500, "صورة الخادم 🚀", "日本語" * 60, "\u202eexe", "\n"]
AXE = os.environ.get("IMAGEDF_AXE", "")
VIEWS = [(width, scheme) for width in (1280, 360) for scheme in ("light", "dark")]
OUTSIDE = """[...document.querySelectorAll('body *')].filter(one => {
    const box = one.getBoundingClientRect();
    return box.width && box.right > innerWidth + 1 && !one.closest('.scroll > *');
}).map(one => one.outerHTML.slice(0, 80))"""


def frame_of(count: int) -> pd.DataFrame:
    """Return images, some of them with hostile names, distributions and tags."""
    images = [
        image(
            number,
            name=f"{NAMES[number % 6]} {number}" if number % 2 == 0 else f"web {number}",
            distribution=NAMES[number % 6] if number % 5 == 0 else "Ubuntu",
            type=("snapshot", "backup", "custom")[number % 3],
            tags=[NAMES[number % 6]] if number % 7 == 0 else [],
            size_gigabytes=None if number % 11 == 0 else number / 7,
            created_at=f"{NOW - timedelta(days=number * 3):%Y-%m-%dT%H:%M:%SZ}",
        )
        for number in range(count)
    ]
    return imagedf.read_images({"images": images, "meta": {"total": count}})


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with every section and every kind of text."""
    folder = tmp_path_factory.mktemp("report")
    for count, day in ((90, "2026-11-01"), (100, "2026-11-02"), (100, "2026-11-20")):
        imagedf.record(frame_of(count), folder / "history", on=day)
    return imagedf.write_report(
        frame_of(120), folder / "report.html", title=NAMES[0], now=NOW, history=folder / "history"
    )


@pytest.fixture(scope="module")
def tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A tab of a headless Chromium."""
    program = chromium()
    if program is None:
        pytest.skip("needs a Chromium browser")
    with browser(program, tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.mark.parametrize(("width", "scheme"), VIEWS)
def test_nothing_overflows_and_the_page_logs_and_requests_nothing(
    tab: Browser, page: Path, width: int, scheme: str
) -> None:
    tab.show(width=width, scheme=scheme)
    tab.open(page)
    assert tab.run("document.querySelectorAll('table').length") >= 13
    assert tab.run("document.documentElement.scrollWidth") == width
    assert tab.run(OUTSIDE) == []
    assert tab.said == []
    assert tab.asked == [page.as_uri()]


def test_colors_follow_the_reader(tab: Browser, page: Path) -> None:
    shades = []
    for scheme in ("light", "dark"):
        tab.show(width=1280, scheme=scheme)
        tab.open(page)
        shades.append(tab.run("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(255, 255, 255)", "rgb(18, 22, 28)"]


def test_the_content_policy_blocks_other_styles_scripts_and_images(
    tab: Browser, page: Path
) -> None:
    tab.show(width=1280)
    tab.open(page)
    tab.run("""document.body.insertAdjacentHTML('beforeend',
        '<p id=probe style="color: rgb(1, 2, 3)"></p><img src="https://192.0.2.1/x.png">')""")
    color = tab.run("getComputedStyle(document.getElementById('probe')).color")
    assert color != "rgb(1, 2, 3)"
    assert len(tab.said) >= 1


def test_it_prints_on_paper_without_a_cut_off_column(tab: Browser, page: Path) -> None:
    tab.show(width=700)
    tab.open(page)
    tab.call("Emulation.setEmulatedMedia", media="print")
    # 180 mm of A4 are 680 pixels.
    tab.call(
        "Emulation.setDeviceMetricsOverride",
        width=680, height=960, deviceScaleFactor=1, mobile=False,
    )  # fmt: skip
    wide = tab.run("[...document.querySelectorAll('table')].map(one => one.scrollWidth)")
    assert max(wide) <= 680
    pdf = tab.pdf()
    tab.call("Emulation.setEmulatedMedia", media="")
    assert pdf.startswith(b"%PDF-")
    assert 5 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 30


@pytest.mark.skipif(not AXE, reason="needs axe-core: IMAGEDF_AXE names its axe.min.js")
@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (360, "dark")])
def test_axe_finds_no_violation(tab: Browser, page: Path, width: int, scheme: str) -> None:
    tab.show(width=width, scheme=scheme)
    tab.open(page)
    tab.run(f"{Path(AXE).read_text(encoding='utf-8')};0")
    found = tab.run("""axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa',
        'best-practice']}).then(result => result.violations.map(one =>
            [one.id, one.help, one.nodes.slice(0, 3).map(node => node.html.slice(0, 120))]))""")
    assert found == []
