"""Lines of plain numbers become one array, as quickly as Python can.

NumPy lets the interpreter's lock go while it copies many numbers, and a thread that predicts has to wait until the
event loop lets it have the lock again, for up to 5 ms. So nothing is copied by NumPy here where there is another way.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

_FEW: Final = 16
"""Of fewer values in each, one call of NumPy is quicker than one of struct for each."""


def stacked(lines: Sequence[Any] | NDArray[np.float64], length: int) -> NDArray[np.float64]:
    """Lay lines of numbers of one length below each other; what is missing is NaN.

    Raises ValueError, TypeError or OverflowError for what is no number.
    """
    if isinstance(lines, np.ndarray):
        return joined([lines])
    if lines and isinstance(lines[0], np.ndarray):
        return joined(lines).reshape(len(lines), length)
    # struct takes a third of NumPy's time, but knows nothing missing.
    if length >= _FEW and lines:
        pack = struct.Struct(f"{length}d").pack
        try:
            # A bytearray, since what is made of bytes cannot be written to.
            packed = bytearray().join([pack(*line) for line in lines])
        except struct.error:
            pass
        else:
            return np.frombuffer(packed).reshape(len(lines), length)
    return np.array(lines, dtype=np.float64)


def joined(arrays: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """Lay arrays of floats of one width below each other; what is returned shares nothing with them."""
    packed = bytearray().join([np.ascontiguousarray(array, dtype=np.float64).data for array in arrays])
    return np.frombuffer(packed).reshape(-1, *arrays[0].shape[1:])
