"""What was fetched of one account or of several: a frame for each endpoint."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from imagedf._certificates import Certificate

FRAMES = (
    "images",
    "droplet_snapshots",
    "volume_snapshots",
    "droplets",
    "backup_policies",
    "autoscale_pools",
    "volumes",
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Account:
    """Images, and what else an account stores: one typed frame for each endpoint.

    A frame is ``None`` where no token can read the endpoint, which means unknown, never
    empty. The columns are those of ``imagedf.schema.ACCOUNT_FRAMES``.

    Attributes
    ----------
    images : pandas.DataFrame
        The account's own images, as ``fetch_images`` returns them.
    certificate : Certificate
        The proof for each account and endpoint.
    droplet_snapshots, volume_snapshots : pandas.DataFrame or None
        ``/v2/snapshots``, by what they were taken of.
    droplets : pandas.DataFrame or None
        All Droplets, those with GPUs too.
    backup_policies, autoscale_pools, volumes : pandas.DataFrame or None
        One row per Droplet, pool and volume.

    See Also
    --------
    imagedf.fetch_images : Fetch only the images.

    Examples
    --------
    >>> import imagedf
    >>> images = imagedf.read_images("data/documented_page.json")
    >>> imagedf.Account(images, imagedf.certificate(images))
    <Account: 10 rows of images; not read: droplet_snapshots, volume_snapshots, droplets, …>
    """

    images: pd.DataFrame
    certificate: Certificate
    droplet_snapshots: pd.DataFrame | None = None
    volume_snapshots: pd.DataFrame | None = None
    droplets: pd.DataFrame | None = None
    backup_policies: pd.DataFrame | None = None
    autoscale_pools: pd.DataFrame | None = None
    volumes: pd.DataFrame | None = None

    def __repr__(self) -> str:
        frames = {name: getattr(self, name) for name in FRAMES}
        parts = [f"{len(frame):,} rows of {name}" for name, frame in frames.items()
                 if frame is not None]  # fmt: skip
        missing = [name for name, frame in frames.items() if frame is None]
        text = f"<Account: {', '.join(parts)}"
        if missing:
            more = ", …" if len(missing) > 3 else ""
            text += f"; not read: {', '.join(missing[:3])}{more}"
        return f"{text}>"
