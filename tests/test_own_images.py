"""Your own images and DigitalOcean's, and which part of its listing a frame contains."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import imagedf
from imagedf import frame as frames
from tests import strategies

pytestmark = pytest.mark.fast


def listing(*images: dict[str, Any], total: int | None = None) -> pd.DataFrame:
    meta = {} if total is None else {"meta": {"total": total}}
    return imagedf.read_images({"images": list(images), **meta})


OWN = {"id": 1, "name": "web", "type": "snapshot", "public": False, "regions": ["a", "b"]}
BACKUP = {"id": 2, "name": "web", "type": "backup", "public": False, "regions": ["a"]}
UNMARKED = {"id": 3, "name": "old", "type": "snapshot", "regions": []}
PUBLIC = {"id": 4, "name": "24.04", "type": "snapshot", "public": True, "regions": ["a"]}
RETIRED = {"id": 5, "name": "22.10", "type": "base", "public": False, "regions": []}
ONE_CLICK = {"id": 6, "name": "docker", "type": "application", "public": None, "regions": ["a"]}
ALL = (OWN, BACKUP, UNMARKED, PUBLIC, RETIRED, ONE_CLICK)


@pytest.mark.parametrize("dtype", ["boolean", "object"])
@pytest.mark.parametrize("convert", [imagedf.explode_regions, imagedf.collapse_regions])
def test_an_image_is_your_own_unless_public_or_of_a_type_of_digitaloceans(
    convert: Any, dtype: str
) -> None:
    frame = convert(listing(*ALL)).astype({"public": dtype})
    own = imagedf.own_images(frame)
    assert own["id"].unique().tolist() == [1, 2, 3]
    assert own.index.tolist() == list(range(len(own)))
    assert len(frame) > len(own)


@pytest.mark.parametrize("convert", [imagedf.explode_regions, imagedf.collapse_regions])
def test_two_listings_in_which_an_image_changed_are_refused(convert: Any) -> None:
    grown = convert(listing(BACKUP, {**OWN, "size_gigabytes": 2.0}))
    both = pd.concat([convert(listing(BACKUP, {**OWN, "size_gigabytes": 1.0})), grown])
    with pytest.raises(imagedf.FrameError, match=r"image 1 .*size_gigabytes"):
        imagedf.own_images(both)


def test_the_certificate_counts_your_own_images() -> None:
    (account,) = imagedf.certificate(listing(*ALL)).accounts
    assert (account.images, account.own_images) == (6, 3)


def test_a_frame_of_all_own_images_is_complete_with_scope_own() -> None:
    frame = listing(*ALL, total=6)
    whole, own = frames.coverage(frame), frames.coverage(imagedf.own_images(frame))
    assert whole == frames.Coverage(6, 6, "all", complete=True)
    assert own == frames.Coverage(3, 6, "own", complete=True)
    assert str(own) == "complete: 3 own images"


def test_a_filtered_frame_never_looks_complete() -> None:
    frame = listing(*ALL, total=6)
    backups = frame[frame["type"] == "backup"]
    part = frames.coverage(backups)
    assert part == frames.Coverage(1, 6, "part", complete=False)
    assert str(part) == "1 of 6 listed images"
    with pytest.raises(imagedf.FrameError, match="1 of 6 listed images"):
        frames.require_complete(backups)
    found = imagedf.certificate(backups)
    assert (found.complete, found.present) == (False, 1)
    assert str(found).startswith("1 of 6 listed images")
    for whole in (frame, imagedf.own_images(frame)):
        assert imagedf.certificate(whole).present is None
        assert imagedf.certificate(whole).complete


def test_as_many_other_images_as_own_ones_are_only_a_part() -> None:
    frame = listing(*ALL, total=6)
    three = frame[frame["id"].isin([1, 2, 4])]
    assert str(frames.coverage(three)) == "3 of 6 listed images"


def test_a_listing_without_a_total_is_unverified() -> None:
    frame = listing(OWN, BACKUP)
    covered = frames.coverage(frame)
    assert covered is not None
    assert (covered.complete, str(covered).partition(":")[0]) == (None, "unverified")
    with pytest.raises(imagedf.IncompleteListingError, match="unverified") as caught:
        frames.require_complete(frame)
    assert caught.value.certificate == imagedf.certificate(frame)
    assert frames.require_complete(frame, allow_unverified=True).images == 2


def test_an_account_that_the_certificate_does_not_name_makes_a_part() -> None:
    frame = listing(OWN, total=1)
    other = strategies.frame_of([BACKUP], account="dev")
    both = pd.concat([frame, other])
    both.attrs = dict(frame.attrs)
    assert str(frames.coverage(both)) == "2 of 1 listed image"


def test_without_a_certificate_there_is_nothing_to_compare_with() -> None:
    frame = listing(OWN)
    frame.attrs = {}
    assert frames.coverage(frame) is None
    with pytest.raises(imagedf.FrameError, match="certificate"):
        frames.require_complete(frame)
