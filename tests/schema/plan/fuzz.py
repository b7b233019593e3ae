"""Compare the lanes for as long as you like: `python -m tests.schema.plan.fuzz --cases 1000000`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

import uvloop

from server.garbage import keep_what_is_loaded
from tests.schema.plan.lanes import ACCEPTS, Lanes, lanes_of
from tests.schema.plan.models import save_models
from tests.schema.plan.requests import Maker

EACH = 50
"""How many requests are made for a document: to validate one costs as much as they all."""
_STEP = 100


async def compared(lanes: Lanes, first: int, count: int, each: int = EACH) -> tuple[Counter[str], list[str]]:
    """Compare the lanes on the documents of some seeds. Return how often each lane answered, and the differences."""
    answered: Counter[str] = Counter()
    differences: list[str] = []
    for seed in range(first, first + count):
        for body in Maker(lanes.schema.core, seed).bodies(each):
            lane, difference = await lanes.difference(body, ACCEPTS[seed % len(ACCEPTS)])
            answered[lane] += 1
            if difference:
                differences.append(f"seed {seed}: {difference}")
    return answered, differences


def main() -> None:
    """Compare, and say what differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--models", type=Path, help="a models folder; small models of every kind by default")
    given = parser.parse_args()
    logging.disable()  # of rows that a model raises on
    warnings.simplefilter("ignore")  # overflows, on rows of huge numbers
    with tempfile.TemporaryDirectory() as folder:
        lanes = lanes_of(given.models or save_models(Path(folder) / "models"))
    keep_what_is_loaded()
    answered: Counter[str] = Counter()
    different = 0
    began = time.monotonic()
    for first in range(given.first, given.first + given.cases // EACH, _STEP):
        counted, differences = uvloop.run(compared(lanes, first, _STEP))
        answered += counted
        different += len(differences)
        for difference in differences:
            print(difference, flush=True)  # noqa: T201  # a command tells what it found
        done = answered.total()
        rate = done / (time.monotonic() - began)
        print(f"\r{done} cases, {answered['plan']} by plans, {different} different, {rate:.0f}/s", end="", flush=True)  # noqa: T201  # its progress
    print()  # noqa: T201  # the end of the progress
    lanes.service.close()
    sys.exit(different > 0)


if __name__ == "__main__":
    main()
