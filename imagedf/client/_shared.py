"""Find own images that two accounts list: their tokens belong to one team, so sums count twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from imagedf._text import counted

if TYPE_CHECKING:
    import pandas as pd


def shared_images(frame: pd.DataFrame) -> tuple[str, ...]:
    """Return a note for the certificate if accounts list the same own images."""
    from imagedf.frame import own_images

    if frame["account"].nunique() < 2:
        return ()
    own = own_images(frame)[["account", "id", "name"]].dropna(subset=["id"]).drop_duplicates()
    shared = own[own.duplicated(["id", "name"], keep=False)]
    if shared.empty:
        return ()
    images = counted(len(shared[["id", "name"]].drop_duplicates()), "own image")
    names = _joined(shared["account"].drop_duplicates().tolist())
    return (
        f"{images} listed by {names}, which seem to be one team: sums count them more than once",
    )


def _joined(names: list[str]) -> str:
    if len(names) > 3:
        return f"{len(names):,} accounts ({', '.join(names[:3])}, …)"
    return " and ".join(names)
