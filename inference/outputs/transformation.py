"""What a transformer answers."""

from __future__ import annotations

from inference.outputs.answers import TRANSFORM
from inference.outputs.estimator_outputs import EstimatorOutputs, members, rows_of
from inference.outputs.output import FLOAT, ListOf, Output, Record

MOST_NAMED_COLUMNS = 32
"""More columns than this make no object with one field per column."""


def transformation_outputs(source: EstimatorOutputs) -> tuple[Output, ...]:
    """Return what a fitted transformer answers."""
    width = source.trial(TRANSFORM).shape[1]
    outputs = [
        Output(
            name="vector",
            type=ListOf(FLOAT, width),
            methods=(TRANSFORM,),
            column=rows_of(TRANSFORM),
            description=f"The row transformed, as {width} numbers.",
        )
    ]
    names = _column_names(source, width)
    if names and width <= MOST_NAMED_COLUMNS:
        record = Record("transformed", members(source, names, "columns"), "The row transformed, column by column.")
        outputs.insert(
            0,
            Output(
                name="transformed",
                type=record,
                methods=(TRANSFORM,),
                column=rows_of(TRANSFORM),
                description="The row transformed, column by column.",
            ),
        )
    return tuple(outputs)


def _column_names(source: EstimatorOutputs, width: int) -> list[str]:
    if source.card.outputs:
        return [f"column_{i}" for i in range(width)]
    try:
        names = [str(name) for name in source.estimator.get_feature_names_out()]
    except (AttributeError, ValueError, NotImplementedError):
        return []  # not every transformer can name its columns
    return names if len(names) == width else []
