"""Made-up images and frames for property tests, with every oddity that the API shows."""

from __future__ import annotations

from typing import Any

import pandas as pd
from hypothesis import strategies as st

import imagedf

TYPES = ("base", "snapshot", "backup", "custom", "admin", "application", None)
STATUSES = ("available", "NEW", "new", "pending", "deleted", "retired", "queued", None)
DISTRIBUTIONS = ("Ubuntu", "Debian", "AlmaLinux", "Unknown OS", "", None)
REGIONS = ("nyc1", "nyc3", "ams3", "sgp1", "atl1")
TAGS = ("env:prod", "env:dev", "keep", "größe", "web")

names = st.sampled_from(["web", "db 2026-01-02", "", "Größe", "日本", "a,b", "=1+1", None])
sizes = st.one_of(st.none(), st.integers(0, 100_000).map(lambda hundredths: hundredths / 100))
dates = st.one_of(
    st.none(),
    st.datetimes(
        min_value=pd.Timestamp("2014-01-01").to_pydatetime(),
        max_value=pd.Timestamp("2026-11-20").to_pydatetime(),
    ).map(lambda moment: f"{moment:%Y-%m-%dT%H:%M:%SZ}"),
)

images = st.fixed_dictionaries(
    {
        # Few different ids, so that an id stands on several images, as it really does.
        "id": st.integers(1, 6),
        "name": names,
        "type": st.sampled_from(TYPES),
        "distribution": st.sampled_from(DISTRIBUTIONS),
        "slug": st.none(),
        "public": st.sampled_from([True, False, False, None]),
        "regions": st.one_of(st.none(), st.lists(st.sampled_from(REGIONS), max_size=4)),
        "created_at": dates,
        "min_disk_size": st.one_of(st.none(), st.integers(0, 500)),
        "size_gigabytes": sizes,
        "description": st.none(),
        "tags": st.one_of(st.none(), st.lists(st.sampled_from(TAGS), max_size=3, unique=True)),
        "status": st.sampled_from(STATUSES),
        "error_message": st.none(),
    }
)


def _key(image: dict[str, Any]) -> tuple[Any, Any]:
    return image["id"], image["name"]


listings = st.lists(images, max_size=12, unique_by=_key)
"""Listings in which account, id and name identify an image."""


def frame_of(listing: list[dict[str, Any]], account: str = "default") -> pd.DataFrame:
    """Return the exploded frame of a listing."""
    return imagedf.read_images({"images": listing}, account=account)


frames = listings.map(frame_of)
"""Exploded frames, also without rows."""


@st.composite
def shuffled(draw: st.DrawFn, of: st.SearchStrategy[pd.DataFrame] = frames) -> pd.DataFrame:
    """Draw a frame with its rows in another order, some of them twice."""
    frame = draw(of)
    order = draw(st.permutations(range(len(frame))))
    again = draw(st.lists(st.sampled_from(range(len(frame))), max_size=5)) if len(frame) else []
    return frame.iloc[[*order, *again]].reset_index(drop=True)
