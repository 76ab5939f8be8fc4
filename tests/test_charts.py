"""Charts: bars as long as the figures, correct titles, and no trace in pyplot."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

import imagedf
from imagedf.charts import image_of, inline, plain_style
from tests.conftest import DOCUMENTED_PAGE, ROOT, THOROUGH, examples, sample
from tests.hostile import image
from tests.strategies import frames

NOW = datetime(2026, 11, 24, tzinfo=UTC)
HOSTILE = [
    "$\\frac{", "$x_1$", "\\LaTeX {", "<script>", "two\nlines", "صورة", "x" * 500,
    "日本語" * 40, "\x00\x07", "\u202eexe",
]  # fmt: skip


def listed(*images: dict[str, Any]) -> pd.DataFrame:
    """Read images as a listing."""
    return imagedf.read_images({"images": list(images)})


def documented() -> pd.DataFrame:
    """Read the documented page."""
    return imagedf.read_images(DOCUMENTED_PAGE)


def title(axes: Axes) -> str:
    """Return the title on one line."""
    return " ".join(axes.get_title(loc="left").split())


def shown(axes: Axes) -> dict[str, tuple[float, str]]:
    """Return the length and the text of each bar by its label."""
    labels = [tick.get_text() for tick in axes.get_yticklabels()]
    lengths = [round(float(bar.get_width()), 6) for bar in axes.containers[0]]
    notes = [text.get_text() for text in axes.texts]
    return dict(zip(labels, zip(lengths, notes, strict=True), strict=True))


def all_plots(frame: pd.DataFrame) -> list[Axes]:
    """Draw every chart of a frame."""
    return [
        *(imagedf.plot_sizes(frame, by) for by in ("type", "distribution", "region", "tag")),
        imagedf.plot_sizes(frame, ["region", "type"]),
        imagedf.plot_regions(frame),
        imagedf.plot_ages(frame, now=NOW),
        imagedf.plot_cost(frame),
        imagedf.plot_cost(frame, "region"),
        imagedf.plot_savings(frame, now=NOW),
    ]


def test_bars_are_as_long_as_the_sums_and_the_title_states_the_share() -> None:
    axes = imagedf.plot_sizes(documented(), "distribution")
    assert shown(axes) == {
        "Ubuntu": (7.04, "7.04"),
        "Arch Linux": (2.34, "2.34"),
        "CentOS": (2.34, "2.34"),
        "Fedora": (2.34, "2.34"),
    }
    assert title(axes) == "Ubuntu makes up 50% of 14.06 GB"
    assert axes.get_xlabel() == "Size (GB)"
    assert axes.get_ylim() == (3.5, -0.5)


def test_the_title_names_missing_keys_if_they_are_the_largest() -> None:
    axes = imagedf.plot_sizes(documented(), "tag")
    assert title(axes) == "Images without a tag: 83% of 14.06 GB"
    assert shown(axes) == {"simple-image": (2.34, "2.34"), "(missing)": (11.72, "11.72")}
    assert [to_hex(bar.get_facecolor()) for bar in axes.patches] == ["#8593a2", "#0069c8"]


def test_unknown_values_are_not_zero() -> None:
    frame = listed(image(1), image(2, type="custom", size_gigabytes=None), image(3, type="backup"))
    assert shown(imagedf.plot_sizes(frame, "type"))["custom"] == (0.0, "unknown")
    axes = imagedf.plot_cost(imagedf.estimate_cost(frame, on=NOW.date()))
    assert shown(axes)["backup"] == (0.0, "unknown")
    assert shown(axes)["snapshot"] == (0.15, "0.15")
    assert axes.get_xlabel() == "Known cost (USD per month); 2 images with unknown cost"


def test_twelve_groups_and_the_others_include_everything() -> None:
    frame = listed(*(image(n, type=f"type {n}", size_gigabytes=n) for n in range(1, 10_001)))
    axes = imagedf.plot_sizes(frame, "type")
    bars = shown(axes)
    assert list(bars)[:2] == ["type 10000", "type 9999"]
    assert list(bars)[12:] == ["other (9,988)"]
    assert sum(length for length, _ in bars.values()) == 10_000 * 10_001 / 2
    assert title(axes) == "Images of type type 10000 make up <1% of 50,005,000 GB"


def test_others_count_an_image_once_however_many_regions_it_is_in() -> None:
    regions = [f"r{n:02}" for n in range(14)]
    frame = listed(
        *(image(n, regions=[slug], size_gigabytes=100 - n) for n, slug in enumerate(regions)),
        image(50, regions=regions[12:], size_gigabytes=0.5),
    )
    for axes in (imagedf.plot_sizes(frame, "region"), imagedf.plot_regions(frame, top=12)):
        assert shown(axes)["other (2)"][0] == 88 + 87 + 0.5
    both = imagedf.plot_sizes(frame, ["region", "type"])
    assert sum(length for length, _ in shown(both).values()) == imagedf.total_size(frame)


def test_regions_show_what_is_present_and_what_is_allocated() -> None:
    axes = imagedf.plot_regions(documented())
    present, allocated = axes.containers
    assert [round(bar.get_width(), 2) for bar in present] == [11.72, 11.72]
    assert [round(bar.get_width(), 2) for bar in allocated] == [7.03, 7.03]
    assert axes.texts[0].get_text() == "7.03 of 11.72"
    assert title(axes) == "Regions nyc2 and nyc3: 50% of 14.06 GB each"


def test_ages_stand_in_their_order_and_the_undated_apart() -> None:
    frame = listed(image(1), image(2, created_at="2026-11-01T00:00:00Z"), image(3, created_at=None))
    axes = imagedf.plot_ages(frame, now=NOW)
    assert list(shown(axes)) == ["≤1 d", "1–30 d", "30–90 d", "90–365 d", ">365 d", "(missing)"]
    assert [length for length, _ in shown(axes).values()] == [0, 2.5, 0, 2.5, 0, 2.5]
    assert title(axes) == "33% of 7.50 GB is known to be older than 90 days"


def test_unknown_ages_are_never_young() -> None:
    undated = listed(image(1, created_at=None), image(2, created_at=None))
    assert title(imagedf.plot_ages(undated, now=NOW)) == "No known age"
    dated = listed(image(1), image(2, created_at="2026-11-20T00:00:00Z"))
    assert title(imagedf.plot_ages(dated, now=NOW)) == "50% of 5.00 GB is older than 90 days"


def test_the_largest_age_bands_can_be_selected_and_the_others_combined() -> None:
    frame = listed(
        image(1, size_gigabytes=5),
        image(2, size_gigabytes=1, created_at="2026-11-20T00:00:00Z"),
        image(3, size_gigabytes=2, created_at="2026-10-10T00:00:00Z"),
        image(4, size_gigabytes=3, created_at=None),
    )
    axes = imagedf.plot_ages(frame, now=NOW, top=2)
    assert shown(axes) == {
        "30–90 d": (2.0, "2.00"),
        "90–365 d": (5.0, "5.00"),
        "other (3)": (1.0, "1.00"),
        "(missing)": (3.0, "3.00"),
    }
    assert title(axes) == "45% of 11.00 GB is known to be older than 90 days"


def test_charts_are_written_if_no_age_is_known(tmp_path: Path) -> None:
    undated = listed(image(1, created_at=None), image(2, created_at=None))
    with pytest.raises(imagedf.PolicyError):
        imagedf.plot_savings(undated, now=NOW)
    *others, savings = imagedf.save_charts(undated, tmp_path, format="svg", now=NOW)
    assert len(others) == 6
    texts = [element.text for element in ET.parse(savings).iter() if element.tag.endswith("text")]
    assert texts.count("unknown") == 2
    assert "0.30" in texts
    assert not [text for text in texts if text and "0.00" in text]


def test_savings_fall_from_now_to_what_remains() -> None:
    frame = listed(image(1, tags=["x"]), image(2, size_gigabytes=10), image(3, status="retired"))
    policy = imagedf.Policy([imagedf.Select(untagged=True), imagedf.Select(larger_than=5)])
    axes = imagedf.plot_savings(frame, policy, now=NOW, prices=imagedf.PriceBook.load())
    assert shown(axes) == {
        "now": (0.75, "0.75"),
        "can be deleted": (0.6, "−0.60"),
        "remains": (0.15, "0.15"),
    }
    starts = [round(bar.get_x(), 6) for bar in axes.containers[0]]
    assert starts == [0.0, 0.15, 0.0]
    assert title(axes) == "$0.60 of $0.75 per month can be saved"


def test_savings_of_unknown_cost_are_unknown_and_not_zero() -> None:
    old = {"created_at": "2026-01-01T00:00:00Z"}
    backup = imagedf.plot_savings(listed(image(1, type="backup")), now=NOW)
    assert [text.get_text() for text in backup.texts] == ["unknown", "0.00", "unknown"]
    assert title(backup) == "No known cost"
    unsized = [image(n, size_gigabytes=None, **old) for n in (1, 2)]
    frame = listed(*unsized, image(3, name="db", size_gigabytes=10))
    axes = imagedf.plot_savings(frame, imagedf.Policy([imagedf.Select(name="image *")]), now=NOW)
    assert [text.get_text() for text in axes.texts] == ["0.60", "unknown", "0.60"]
    assert title(axes) == "The cost of what can be deleted is unknown"
    by_series = imagedf.plot_savings(listed(*unsized), now=NOW, by="series")
    assert title(by_series) == "No known cost remains"


def test_what_would_remain_of_each_series() -> None:
    old = {"created_at": "2026-01-01T00:00:00Z", "size_gigabytes": 10}
    frame = listed(
        image(1, name="web-2026-01-01", **old),
        image(2, name="web-2026-01-02", **old),
        image(3, name="db", **old),
        image(4, name="web (backup)", type="backup"),
    )
    axes = imagedf.plot_savings(frame, now=NOW, by="series", prices=imagedf.PriceBook.load())
    costs, kept = ([round(bar.get_width(), 2) for bar in drawn] for drawn in axes.containers[:2])
    assert [label.get_text() for label in axes.get_yticklabels()] == ["web", "db"]
    assert (costs, kept) == ([1.2, 0.6], [0.6, 0.6])
    assert [text.get_text() for text in axes.texts] == ["0.60 of 1.20", "0.60"]
    assert title(axes) == "$1.20 per month would remain"
    with pytest.raises(ValueError, match="series"):
        imagedf.plot_savings(frame, by="rule")  # type: ignore[arg-type] # on purpose


def test_the_savings_of_an_account_leave_out_what_is_in_use() -> None:
    account = imagedf.example_account()
    policy = imagedf.Policy([imagedf.Select(older_than=90)])
    in_use, whole = (imagedf.plot_savings(one, policy) for one in (account, account.images))
    assert in_use.containers[0][1].get_width() < whole.containers[0][1].get_width()


def test_growth_has_dates_gaps_and_a_value_at_each_end() -> None:
    days = pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-05"] * 2)
    kinds = ["snapshot"] * 3 + ["custom"] * 3
    grown = pd.DataFrame(
        {"snapshot_date": days, "type": kinds, "size_gigabytes": [10, 12.5, 20, 10, 12, 19.9]}
    )
    axes = imagedf.plot_growth(grown)
    assert title(axes) == "Grew from 20.00 to 39.90 GB in 4 days"
    dotted, line, *_ = axes.lines
    assert np.asarray(line.get_ydata()).tolist()[:2] == [10, 12.5]
    assert np.isnan(np.asarray(line.get_ydata(), dtype=float)[2:4]).all()
    assert len(np.asarray(dotted.get_ydata())) == 3
    assert pd.DatetimeIndex(np.asarray(line.get_xdata(orig=True))).equals(
        pd.date_range("2026-11-01", "2026-11-05")
    )
    assert {text.get_text() for text in axes.texts} == {"snapshot 20.00", "custom 19.90"}
    low, high = sorted(float(text.xy[1]) for text in axes.texts)  # type: ignore[attr-defined] # annotations
    assert high - low > 0.05 * axes.get_ylim()[1]
    assert axes.get_ylim()[0] == 0


def entries(axes: Axes) -> list[Any]:
    """Return the texts of the legend."""
    legend = axes.get_legend()
    assert legend is not None
    return legend.get_texts()


def test_growth_does_not_sum_overlapping_groups() -> None:
    grown = pd.DataFrame(
        {
            "snapshot_date": pd.to_datetime(["2026-11-01"] * 8 + ["2026-11-02"] * 8),
            "region": [f"r{n}" for n in range(8)] * 2,
            "size_gigabytes": [10.0 - n for n in range(8)] * 2,
            "allocated_gigabytes": [1.0] * 8 + [2.0] * 8,
        }
    )
    axes = imagedf.plot_growth(grown)
    assert title(axes) == "Grew from 8.00 to 16.00 GB in 1 day"
    assert axes.get_xlabel() == "Day; 2 smaller groups not drawn"
    assert "r0" in [text.get_text() for text in entries(axes)]
    by_type = imagedf.plot_growth(grown.rename(columns={"region": "type"}))
    assert "other (2)" in [text.get_text() for text in entries(by_type)]
    first = imagedf.plot_growth(grown.rename(columns={"region": "type"}), top=1)
    assert {text.get_text() for text in first.texts} == {"r0 10.00", "other (7) 42.00"}
    with pytest.raises(ValueError, match="top"):
        imagedf.plot_growth(grown, top=0)


@pytest.mark.parametrize("color", [None, "#c24e00", "black"])
def test_lines_of_growth_never_look_the_same(color: str | None) -> None:
    grown = pd.DataFrame(
        {
            "snapshot_date": pd.to_datetime(["2026-11-01"] * 14 + ["2026-11-02"] * 14),
            "type": [f"t{n}" for n in range(14)] * 2,
            "size_gigabytes": [20.0 - n for n in range(14)] * 2,
        }
    )
    axes = imagedf.plot_growth(grown, top=12, color=color)
    lines = axes.lines[1::2]
    assert [str(line.get_label()) for line in lines][-2:] == ["t11", "other (2)"]
    looks = {(to_hex(line.get_color()), line.get_linestyle(), line.get_marker()) for line in lines}
    assert len(looks) == len(lines) == 13
    with pytest.raises(ValueError, match="12"):
        imagedf.plot_growth(grown, top=13)


def test_text_from_users_is_never_a_formula() -> None:
    frame = listed(*(image(n, type=text, tags=[text]) for n, text in enumerate(HOSTILE)))
    axes = imagedf.plot_sizes(frame, "type")
    labels = set(shown(axes))
    assert {"$\\frac{", "$x_1$", "\\LaTeX {", "<script>", "two lines", "صورة", "exe"} <= labels
    assert "(empty)" in labels
    assert "x" * 29 + "…" in labels
    assert "日本語" * 4 + "日本…" in labels
    for drawn in (axes, imagedf.plot_sizes(frame, ["type", "tag"]), imagedf.plot_cost(frame)):
        assert image_of(drawn, "png").startswith(b"\x89PNG")
        assert b"<text" in image_of(drawn, "svg")


FEW = ["no rows", "one row", "all missing"]


@pytest.mark.parametrize("kind", FEW)
def test_few_or_no_data_make_charts(kind: str) -> None:
    frame = listed(image(1)) if kind == "one row" else listed()
    if kind == "all missing":
        frame = listed(dict.fromkeys(image(1)), {"id": 2})
    plots = all_plots(frame)
    assert all(map(title, plots))
    # By default, each chart is drawn with one kind of data, as that takes its time.
    for axes in plots if THOROUGH else plots[FEW.index(kind) :: 3]:
        assert image_of(axes, "svg").startswith(b"<?xml")
    titles = {"no rows": "No images", "one row": "Images of type snapshot make up 100% of 2.50 GB"}
    assert title(imagedf.plot_sizes(frame, "type")) == titles.get(kind, "No known size")


def test_every_region_has_its_bar() -> None:
    regions = [f"r{number:02}" for number in range(15)]
    image = {"id": 1, "name": "a", "type": "snapshot", "size_gigabytes": 15.0, "regions": regions}
    axes = imagedf.plot_regions(imagedf.read_images([image]))
    assert sorted(label.get_text() for label in axes.get_yticklabels()) == regions


@examples(15)
@given(frame=frames)
def test_no_image_is_lost_or_drawn_twice(frame: pd.DataFrame) -> None:
    whole = imagedf.total_size(frame)
    for axes in (imagedf.plot_sizes(frame, "type"), imagedf.plot_ages(frame, now=NOW)):
        lengths = [float(bar.get_width()) for bar in axes.containers[0]]
        assert sum(lengths) == pytest.approx(whole)
    allocated = [float(bar.get_width()) for bar in imagedf.plot_regions(frame).containers[1]]
    assert sum(allocated) == pytest.approx(whole)


def test_the_axes_given_are_used_and_no_others() -> None:
    left, right = Figure().subplots(1, 2)
    drawn = imagedf.plot_sizes(documented(), "type", ax=left)
    assert drawn is left
    assert not right.has_data()
    for plot in (imagedf.plot_regions, imagedf.plot_ages, imagedf.plot_cost, imagedf.plot_savings):
        assert plot(documented(), ax=right) is right


def test_settings_of_the_session_stay_and_any_style_will_do() -> None:
    before = dict(mpl.rcParams)
    for style in sample(("dark_background", "ggplot", "grayscale", "fast", "bmh"), 2):
        with matplotlib.style.context(style):
            assert image_of(imagedf.plot_regions(documented()), "png").startswith(b"\x89PNG")
    with mpl.rc_context({"axes.grid": True, "axes.titlelocation": "right", "font.size": 20}):
        image_of(imagedf.plot_ages(documented(), now=NOW), "pdf")
    assert dict(mpl.rcParams) == before


def test_files_are_the_same_bytes_again_and_pyplot_is_never_loaded(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib, imagedf\n"
        "from imagedf.charts import image_of\n"
        "frame = imagedf.read_images('data/documented_page.json')\n"
        f"folder = pathlib.Path({str(tmp_path)!r}, sys.argv[1])\n"
        "imagedf.save_charts(frame, folder, format='svg', now='2026-11-24')\n"
        "chart = imagedf.plot_regions(frame)\n"
        "for kind in ('png', 'pdf'): (folder / kind).write_bytes(image_of(chart, kind))\n"
        "assert 'matplotlib.pyplot' not in sys.modules\n"
    )
    for name, backend in (("one", "agg"), ("two", "svg")):
        command = [sys.executable, "-W", "error", "-c", script, name]
        hashed = {"PYTHONHASHSEED": "1" if name == "one" else "2", "MPLBACKEND": backend}
        subprocess.run(command, check=True, cwd=ROOT, env={"PYTHONPATH": str(ROOT), **hashed})
    digests = [
        {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()}
        for folder in (tmp_path / "one", tmp_path / "two")
    ]
    assert len(digests[0]) == 7 + 2
    assert digests[0] == digests[1]


def test_an_unknown_format_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="png, svg or pdf, not 'gif'"):
        imagedf.save_charts(documented(), tmp_path / "charts", format="gif")  # type: ignore[arg-type] # the point
    assert not (tmp_path / "charts").exists()


def test_a_chart_for_a_page_has_classes_for_colors_and_ids_of_its_own() -> None:
    with plain_style():
        finding, svg = inline(imagedf.plot_sizes(documented(), "distribution"), "one")
    root = ET.fromstring(svg)
    assert finding == "Ubuntu makes up 50% of 14.06 GB"
    assert root.attrib["aria-label"] == root[0].text == finding
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not attributes & {"style", "onload"}
    assert all(one.attrib["id"].startswith("one-") for one in root.iter() if "id" in one.attrib)
    classes = [one.attrib["class"] for one in root.iter("path") if "class" in one.attrib]
    assert classes == ["fill-accent", *["fill-neutral"] * 3]
    assert "#" not in "".join(one.get("fill", "") for one in root.iter())


@pytest.mark.parametrize(
    ("start", "days", "labels"),
    [
        ("2026-10-11", 21, ["11 Oct\n2026", "15 Oct", "19 Oct", "23 Oct", "27 Oct", "31 Oct"]),
        (
            "2026-12-20",
            15,
            ["20 Dec\n2026", "24 Dec", "28 Dec", "1 Jan\n2027"],
        ),
        (
            "2025-03-01",
            400,
            ["1 Mar\n2025", "1 Jun", "1 Sep", "1 Dec", "1 Mar\n2026"],
        ),
        ("2026-11-01", 1, ["1 Nov\n2026"]),
    ],
)
def test_the_days_under_a_chart_are_days_of_the_data(
    start: str, days: int, labels: list[str]
) -> None:
    moments = pd.date_range(start, periods=days)
    axes = imagedf.plot_growth(pd.DataFrame({"snapshot_date": moments, "size_gigabytes": 1.0}))
    assert [text.get_text() for text in axes.get_xticklabels()] == labels


def test_a_lone_group_costs_all_of_it() -> None:
    axes = imagedf.plot_cost(listed(image(1, size_gigabytes=0.75)))
    assert title(axes) == "Images of type snapshot cost 100% of $0.05 per month"
    assert shown(axes) == {"snapshot": (0.045, "0.05")}


def test_a_price_book_overrides_the_costs_in_a_frame() -> None:
    book = imagedf.PriceBook.load()
    costs = imagedf.estimate_cost(documented()).assign(monthly_cost_usd=99.0)
    assert (
        title(imagedf.plot_cost(costs, prices=book))
        == "Images of type snapshot cost 80% of $0.70 per month"
    )


def test_options_set_size_title_color_and_the_number_of_groups() -> None:
    frame = listed(*(image(n, type=f"t{n}", size_gigabytes=n + 1) for n in range(6)))
    axes = imagedf.plot_sizes(frame, "type", top=2, figsize=(5, 2), title="Ours", color="#123456")
    assert list(shown(axes)) == ["t5", "t4", "other (4)"]
    assert title(axes) == "Ours"
    figure: Any = axes.get_figure()
    assert figure.get_size_inches().tolist() == [5, 2]
    assert to_hex(axes.patches[0].get_facecolor()) == "#123456"


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ({"top": 0}, ValueError),
        ({"color": "no color"}, ValueError),
        ({"title": 3}, TypeError),
        ({"ax": "left"}, TypeError),
    ],
)
def test_an_option_that_is_not_valid_is_refused(
    options: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind, match=next(iter(options))):
        imagedf.plot_sizes(documented(), "type", **options)


@pytest.mark.parametrize(
    "plot",
    [lambda frame: imagedf.plot_sizes(frame, "type"), imagedf.plot_regions, imagedf.plot_ages],
)
def test_a_frame_of_another_engine_is_refused(plot: Any) -> None:
    for frame in (pl.DataFrame({"id": [1]}), pl.LazyFrame({"id": [1]})):
        with pytest.raises(TypeError, match="pandas"):
            plot(frame)


def footer(axes: Axes) -> str:
    """Return the footer of a separate chart."""
    figure: Any = axes.get_figure()
    return str(figure.get_supxlabel())


def test_a_separate_chart_states_scope_accounts_and_day() -> None:
    own = listed(image(1), image(2))
    assert footer(imagedf.plot_sizes(own, "type")) == "Your own images · default"
    both = listed(image(1), image(2, public=True, type="base"))
    assert footer(imagedf.plot_ages(both, now=NOW)) == (
        "Your own and public images · default · 2026-11-24"
    )
    account = imagedf.example_account()
    whose = "Your own and public images · dev, prod · 2026-11-01"
    assert footer(imagedf.plot_sizes(account.images, "type")) == whose
    assert footer(imagedf.plot_ages(account.images, now="2026-11-01T23:00:00Z")) == whose
    judged = imagedf.plot_ages(account.images, now="2026-12-01")
    assert footer(judged) == f"{whose}, ages as of 2026-12-01"
    left, _ = Figure().subplots(1, 2)
    assert footer(imagedf.plot_sizes(own, "type", ax=left)) == ""


def test_a_grid_of_four_keeps_labels_and_values_inside() -> None:
    figure = Figure(figsize=(10, 7), layout="constrained")
    frame = listed(
        *(image(n, regions=[f"r{n}"], size_gigabytes=1000 + n, type=f"t{n}") for n in range(9))
    )
    grid = [axes for row in figure.subplots(2, 2) for axes in row]
    imagedf.plot_sizes(frame, "type", ax=grid[0])
    imagedf.plot_regions(frame, ax=grid[1])
    imagedf.plot_ages(frame, now=NOW, ax=grid[2])
    imagedf.plot_cost(frame, ax=grid[3])
    canvas = FigureCanvasAgg(figure)
    canvas.draw()  # type: ignore[no-untyped-call] # matplotlib's own
    renderer = canvas.get_renderer()  # type: ignore[no-untyped-call] # matplotlib's own
    for axes in grid:
        right = axes.get_window_extent(renderer).x1
        assert all(text.get_window_extent(renderer).x1 <= right + 4 for text in axes.texts)
        boxes = [tick.get_window_extent(renderer) for tick in axes.get_yticklabels()]
        assert all(below.y1 <= above.y0 + 2 for above, below in pairwise(boxes))


def test_days_with_fewer_accounts_are_marked_and_left_out_of_the_title() -> None:
    grown = pd.DataFrame(
        {
            "snapshot_date": pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-03"]),
            "accounts": [2, 2, 1],
            "size_gigabytes": [100.0, 120.0, 50.0],
        }
    )
    axes = imagedf.plot_growth(grown)
    assert title(axes) == "Grew from 100.0 to 120.0 GB in 1 day"
    assert "1 day with fewer accounts" in axes.get_xlabel()
    marked = axes.lines[-1]
    assert np.asarray(marked.get_ydata()).tolist() == [50.0]
    assert marked.get_linestyle() == "None"


@pytest.mark.parametrize(
    ("unknown", "expected"),
    [
        ([0, 0, 1], "Known GB: 120.0, 2 days later 50.0 with more unknown"),
        ([2, 0, 1], "Known GB: 120.0, 2 days later 50.0 with less unknown"),
        ([1, 0, 1], "Fell from 120.0 to 50.0 GB in 2 days"),
    ],
)
def test_sums_that_leave_out_different_images_have_not_fallen(
    unknown: list[int], expected: str
) -> None:
    grown = pd.DataFrame(
        {
            "snapshot_date": pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-03"]),
            "images": [3, 3, 3],
            "size_gigabytes": [120.0, 110.0, 50.0],
            "unknown_size": unknown,
            "unknown_cost": [0, 1, 2],
        }
    )
    assert title(imagedf.plot_growth(grown)) == expected
    assert title(imagedf.plot_growth(grown, "images")) == "Stayed at 3 images for 2 days"


def test_unknown_amounts_are_gaps_and_never_zero() -> None:
    grown = pd.DataFrame(
        {
            "snapshot_date": pd.to_datetime(["2026-11-01", "2026-11-02", "2026-11-03"]),
            "monthly_cost_usd": pd.array([None, 3.0, None], dtype="Float64"),
            "size_gigabytes": [1.0, 2.0, 3.0],
        }
    )
    axes = imagedf.plot_growth(grown, "monthly_cost_usd")
    assert title(axes) == "3.00 USD per month on one day"
    line = np.asarray(axes.lines[1].get_ydata(), dtype=float)
    assert np.isfinite(line).tolist() == [False, True, False]


def test_the_footer_of_savings_names_own_images_only() -> None:
    pages = {
        "images": [
            {"id": 1, "name": "a", "type": "snapshot", "public": False, "size_gigabytes": 1.0},
            {"id": 2, "name": "b", "type": "base", "public": True, "size_gigabytes": 1.0},
        ]
    }
    frame = imagedf.read_images(pages, account="prod")
    policy = imagedf.Policy([imagedf.Select(larger_than=0.5)])
    (footer,) = imagedf.plot_savings(frame, policy, now="2026-11-26").figure.texts
    assert footer.get_text() == "Your own images · prod · 2026-11-26"
