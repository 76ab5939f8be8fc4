"""Render a chart as SVG inside a page: no style, no script, colors by class."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from xml.etree import ElementTree as ET

import matplotlib.style
from matplotlib.axes import Axes

from imagedf.charts._save import image_of
from imagedf.charts._style import ACCENT, NEUTRAL, PALE, fit

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_CLASSES = {ACCENT: "accent", NEUTRAL: "neutral", PALE: "pale"}
"""The colors that the page sets itself, for light and dark mode."""

_KEPT = (
    "fill",
    "stroke",
    "stroke-width",
    "stroke-dasharray",
    "stroke-linecap",
    "stroke-linejoin",
    "font-size",
    "font-weight",
    "text-anchor",
)
_DRAWN = ("g", "defs", "path", "use", "text", "clipPath", "rect")
_FONT = re.compile(r"(?:(bold|\d{3}) )?([\d.]+px)")
_REFERENCE = re.compile(r"#([\w-]+)")
_INK = ("#000000", "black")


@contextmanager
def plain_style() -> Iterator[None]:
    """Draw in matplotlib's default style, regardless of the session's style."""
    with matplotlib.style.context("default", after_reset=True):
        yield


class Inline(NamedTuple):
    """A chart for a page: its finding, and the ``svg`` element."""

    finding: str
    svg: str


def inline(axes: Axes, name: str, *, width: float = 4.4) -> Inline:
    """Render Axes that were drawn in the plain style as SVG for a page.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        A chart with its own figure; it is resized to ``width`` and loses its title, which the
        page shows as text.
    name : str
        The prefix of its ids, since all charts of a page share one space of ids.
    width : float, default 4.4
        Width [inches].

    Returns
    -------
    Inline
        The title, and an ``svg`` element with ``role="img"`` that is labeled by it. Text has the
        page's own color; bars and lines have classes such as ``fill-accent``.
    """
    finding = " ".join(axes.get_title(loc="left").split())
    axes.set_title("", loc="left")
    figure: Any = axes.get_figure(root=True)
    figure.supxlabel("")  # the page states scope and day itself
    figure.set_size_inches(width, figure.get_size_inches()[1])
    fit(axes)
    drawn = ET.fromstring(image_of(axes, "svg", transparent=True))  # noqa: S314 # our own drawing
    used = {found for element in drawn.iter() for found in _references(element)}
    root = ET.Element("svg", role="img", viewBox=drawn.attrib["viewBox"])
    root.set("aria-label", finding)
    ET.SubElement(root, "title").text = finding
    parts = (_cleaned(part, name, used) for part in drawn)
    root.extend(part for part in parts if part is not None)
    return Inline(finding, ET.tostring(root, encoding="unicode"))


def _references(element: ET.Element) -> list[str]:
    values = [element.get(_LINK, ""), element.get("clip-path", "")]
    return [name for value in values for name in _REFERENCE.findall(value)]


def _cleaned(element: ET.Element, name: str, used: set[str]) -> ET.Element | None:
    """Return a copy of an element without what a page doesn't need; None if nothing is left."""
    tag = str(element.tag).removeprefix(_SVG)
    if tag not in _DRAWN:
        return None
    given = _properties(element.get("style", ""))
    if tag == "path" and given.get("fill") == "none" and given.get("stroke", "none") == "none":
        return None
    result = ET.Element(tag, _attributes(element, name, used) | _colored(given))
    if tag == "text":
        result.text = "".join(element.itertext())
        return result
    children = (_cleaned(child, name, used) for child in element)
    result.extend(child for child in children if child is not None)
    if tag in ("g", "defs") and not len(result):
        return None
    if tag == "g" and not result.attrib and len(result) == 1:
        return result[0]
    return result


def _attributes(element: ET.Element, name: str, used: set[str]) -> dict[str, str]:
    """Return the attributes for position and shape, and ids only if something refers to them."""
    result = {}
    for key, value in element.attrib.items():
        if key == "id" and value in used:
            result["id"] = f"{name}-{value}"
        elif key == _LINK:
            result["href"] = value.replace("#", f"#{name}-")
        elif key == "clip-path":
            result[key] = value.replace("#", f"#{name}-")
        elif key == "d":
            result[key] = _shortened(value)
        elif key == "transform" and value.startswith("rotate(-0 "):
            continue
        elif key not in ("id", "style"):
            result[key] = value
    return result


def _shortened(path: str) -> str:
    """Return a path with one decimal per number and without unnecessary blanks."""
    numbers = re.sub(r"-?\d+\.\d+", lambda found: f"{float(found[0]):.1f}", path)
    return " ".join(numbers.split())


def _properties(style: str) -> dict[str, str]:
    """Return the properties in a style attribute; ``font`` is split into size and weight."""
    pairs = (part.partition(":") for part in style.split(";") if ":" in part)
    result = {key.strip(): value.strip() for key, _, value in pairs}
    if found := _FONT.match(result.get("font", "")):
        result["font-size"] = found[2]
        if found[1]:
            result["font-weight"] = found[1]
    return {key: value for key, value in result.items() if key in _KEPT}


def _colored(given: dict[str, str]) -> dict[str, str]:
    """Replace palette colors by classes, and the text color by the page's own."""
    result = dict(given)
    classes: list[str] = []
    for key in ("fill", "stroke"):
        color = given.get(key, "")
        if color in _CLASSES:
            result.pop(key)
            classes.append(f"{key}-{_CLASSES[color]}")
        elif color in _INK:
            result[key] = "currentColor"
    return result | ({"class": " ".join(classes)} if classes else {})
