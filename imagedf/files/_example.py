"""The sample response of the API documentation, as a frame."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from imagedf.files._sources import read_images

if TYPE_CHECKING:
    import pandas as pd

_NAME = "documented_page.json"


def example() -> pd.DataFrame:
    """Return the sample response of the API documentation as a frame, without a network.

    Returns
    -------
    pandas.DataFrame
        6 images in 10 image-region rows, as ``fetch_images`` would return them: one row per
        image and region, with a complete certificate. Four of the images share an id, as in the
        documentation (https://docs.digitalocean.com/reference/api/reference/images/).

    See Also
    --------
    read_images : Read saved responses.
    fetch_images : Fetch the images of an account.

    Examples
    --------
    >>> import imagedf
    >>> frame = imagedf.example()
    >>> len(frame), imagedf.total_size(frame)
    (10, 14.06)
    """
    return read_images(_path())


def _path() -> Path:
    """Return the path of the file: in the installed package, or next to it in a checkout."""
    package = Path(str(files("imagedf")))
    installed = package / _NAME
    return installed if installed.exists() else package.parent / "data" / _NAME
