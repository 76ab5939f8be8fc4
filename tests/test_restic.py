"""``Keep`` keeps the same as restic's ``forget`` with the options of the same names."""

from __future__ import annotations

import pytest

from imagedf import Keep, Policy, Select, find_savings
from tests.money import images
from tests.restic_forget import KEPT, TIMES

NOW = "2027-01-01T00:00:00+00:00"


@pytest.mark.parametrize("options", [str(options) for options, _ in KEPT])
def test_the_same_images_are_kept(options: str) -> None:
    keep, kept = next((keep, kept) for keep, kept in KEPT if str(keep) == options)
    frame = images(*({"name": f"web-{time}", "created_at": f"{time}Z"} for time in TIMES))
    policy = Policy([Select(older_than=0)], [Keep(**keep)])  # type: ignore[arg-type] # counts only
    found = find_savings(frame, policy)
    assert set(found["series"]) == {"web"}
    ours = set(found.loc[~found["deletable"], "name"])
    assert ours == {f"web-{TIMES[place]}" for place in kept}
