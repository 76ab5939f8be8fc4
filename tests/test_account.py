"""An account: the columns of its frames, and its repr."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import imagedf
from tests.conftest import DOCUMENTED_PAGE

pytestmark = pytest.mark.fast

TIME, LIST = "datetime64[us, UTC]", "object"
COLUMNS = {
    "droplet_snapshots": {
        "account": "str",
        "id": "Int64",
        "name": "str",
        "created_at": TIME,
        "regions": LIST,
        "min_disk_size": "Int64",
        "size_gigabytes": "float64",
        "resource_id": "Int64",
        "tags": LIST,
    },
    "volume_snapshots": {
        "account": "str",
        "id": "str",
        "name": "str",
        "created_at": TIME,
        "regions": LIST,
        "min_disk_size": "Int64",
        "size_gigabytes": "float64",
        "resource_id": "str",
        "tags": LIST,
        "source_name": "str",
        "source": "str",
    },
    "droplets": {
        "account": "str",
        "id": "Int64",
        "name": "str",
        "status": "str",
        "created_at": TIME,
        "region": "str",
        "gpu": "boolean",
        "size_slug": "str",
        "price_monthly": "float64",
        "disk": "Int64",
        "image_id": "Int64",
        "backup_ids": LIST,
        "snapshot_ids": LIST,
        "volume_ids": LIST,
        "features": LIST,
        "tags": LIST,
    },
    "backup_policies": {
        "account": "str",
        "droplet_id": "Int64",
        "backup_enabled": "boolean",
        "plan": "str",
        "weekday": "str",
        "hour": "Int64",
        "window_length_hours": "Int64",
        "retention_period_days": "Int64",
    },
    "autoscale_pools": {
        "account": "str",
        "id": "str",
        "name": "str",
        "status": "str",
        "created_at": TIME,
        "active_resources_count": "Int64",
        "image": "str",
        "size": "str",
        "region": "str",
    },
    "volumes": {
        "account": "str",
        "id": "str",
        "name": "str",
        "created_at": TIME,
        "region": "str",
        "size_gigabytes": "float64",
        "droplet_ids": LIST,
        "tags": LIST,
    },
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_columns_of_each_frame(name: str) -> None:
    found = {column.name: column.dtype for column in imagedf.schema.ACCOUNT_FRAMES[name]}
    assert list(found.items()) == list(COLUMNS[name].items())


def test_the_repr_of_an_account_names_what_it_has_and_what_was_not_read() -> None:
    images = imagedf.read_images(DOCUMENTED_PAGE)
    account = imagedf.Account(
        images, imagedf.certificate(images), volumes=pd.DataFrame({"id": ["a"]})
    )
    text = repr(account)
    assert "5 own images" in text
    assert len(text) <= 200
    assert "droplets" in text


@pytest.mark.parametrize("name", ["volume_snapshots", "droplets", "backup_policies", "volumes"])
def test_a_resource_that_appears_twice_is_refused(name: str) -> None:
    account = imagedf.example_account()
    frame = getattr(account, name)
    again = pd.concat([frame, frame.head(1)], ignore_index=True)
    with pytest.raises(imagedf.FrameError, match=name):
        dataclasses.replace(account, **{name: again})
