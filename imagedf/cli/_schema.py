"""``imagedf schema``: the columns and their meaning."""

from __future__ import annotations

from imagedf.cli._options import command
from imagedf.cli._output import Output, emit, gives_data


@command(epilog="Example: imagedf schema --format csv")
@gives_data()
def schema(output: Output) -> None:
    """Print the columns of a frame and their meaning."""
    import pandas as pd

    from imagedf.schema import EXPLODED, IMAGE

    columns = dict.fromkeys([*EXPLODED, *IMAGE])
    rows = [(c.name, c.dtype, c.unit, c.meaning) for c in columns]
    emit(pd.DataFrame(rows, columns=["column", "dtype", "unit", "meaning"]), output)
