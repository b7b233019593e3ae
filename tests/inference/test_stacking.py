"""Numbers are laid out as NumPy would do it, and what is made shares nothing with what was given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from inference.stacking import joined, stacked

MATRICES = arrays_of.arrays(np.float64, arrays_of.array_shapes(min_dims=2, max_dims=2, max_side=40))


@given(MATRICES)
def test_lists_arrays_and_lists_of_arrays_become_the_same_matrix(matrix: Any) -> None:
    ways: list[Any] = [matrix.tolist(), matrix, [*matrix], np.asfortranarray(matrix)]
    for lines in ways:
        made = stacked(lines, matrix.shape[1])
        assert made.tobytes() == matrix.tobytes()
        assert made.shape == matrix.shape
        assert made.flags.writeable
        assert not np.shares_memory(made, matrix)


@given(st.lists(MATRICES, min_size=1, max_size=4))
def test_arrays_are_laid_below_each_other(matrices: list[Any]) -> None:
    width = min(matrix.shape[1] for matrix in matrices)
    cut = [matrix[:, :width] for matrix in matrices]
    assert joined(cut).tobytes() == np.concatenate(cut).tobytes()
    flat = [matrix[:, 0] for matrix in matrices]
    assert joined(flat).tobytes() == np.concatenate(flat).tobytes()


@pytest.mark.parametrize("length", [2, 20])
def test_what_is_missing_is_nan(length: int) -> None:
    assert np.isnan(stacked([[1.0] * length, [None] * length], length)).tolist() == [[False] * length, [True] * length]


@pytest.mark.parametrize("bad", ["words", [1.0, {}], [10**400] * 20])
def test_what_is_no_number_is_refused(bad: Any) -> None:
    with pytest.raises((ValueError, TypeError, OverflowError)):
        stacked([bad], len(bad))
