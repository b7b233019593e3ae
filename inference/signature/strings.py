"""Strings in frames, stored in one way whatever is installed.

Where pyarrow can be imported, pandas takes it for strings: their regular expressions are another engine's then, so a
transformer could answer otherwise on a machine that has it.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd

# A dtype, not its name ("str"), which pandas would parse again for each column.
STRING: Final[Any] = pd.StringDtype("python", na_value=np.nan)


def with_plain_strings(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with all columns of strings as Python's own."""
    strings = [name for name, dtype in frame.dtypes.items() if isinstance(dtype, pd.StringDtype)]
    return frame.astype(dict.fromkeys(strings, STRING))
