"""Whether a model's batches run in threads of this process, or in processes of their own.

Threads cost nothing, and share all. A process costs what it takes to send a batch there and its answers back. It is
worth that for a model

- that keeps the interpreter's lock for itself while it works: in a thread, two batches of it would never run side by
  side, and all other models, probes and connections would wait for it;
- whose batches last long, though it lets the lock go: it wants it back again and again, and then waits for the event
  loop, most of all where much is asked and the loop is busy. Short batches of it stay in threads, and all of them where
  there is no processor to spare.
"""

from __future__ import annotations

import logging
import math
import pickle
import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

import threadpoolctl

from inference.cost import Cost, Result, result_and_seconds, timed
from inference.engines.probes import example_rows
from inference.execution.lock import TRIAL_SECONDS, lock_share
from inference.info import EngineKind, ExecutionInfo, Place
from inference.loader import Models
from inference.model import LoadedModel
from inference.processes.child import answers_of, question, reply
from inference.processors import processors_beside, usable_processors
from inference.scheduler.batch_size import most_batch_rows
from inference.side_by_side import side_by_side

logger = logging.getLogger(__name__)

LOCK_SHARE: Final = 0.5
"""A model that keeps the lock for this part of its time runs in processes."""
SENDING_SHARE: Final = 0.25
"""But not where sending takes this part of what a batch takes."""
LONG_SECONDS: Final = 0.02
LITTLE_SHARE: Final = 0.03
"""So does one whose largest batches last this long, where sending takes no more than this part."""
SEVERAL: Final = 1.5
"""One batch at a time, with all processors, for a model that takes so many times as long with one of them."""
SHORT_SECONDS: Final = 0.005
"""Where the largest batches take no longer than this, nobody waits for them: Python's threads wait so long anyway."""
_CERTAIN_SECONDS: Final = 0.05
"""A busy machine does not make a short batch last this long."""
_REPEATS: Final = 4


@dataclass(frozen=True, slots=True)
class ExecutionOptions:
    """What an operator says of where batches run. A model's card may say otherwise."""

    threads: int = 1
    """How many batches of a version run at once, in threads."""
    processes: int | None = None
    """How many at once where they run in processes; 0 for no processes, None for as many as are of use."""
    servers: int = 1
    """How many processes serve the port, and share the machine's processors."""


_NO_COPIES: Final = (
    "But loading the models left threads behind, or the system does not tell, so the server's process is not copied."
)


def with_execution(models: Models, options: ExecutionOptions, copyable: Callable[[], bool]) -> Models:
    """Say of each model where its batches run; where nobody has said it, batches are tried, one model after the other.

    `copyable` tells whether this process can be copied with what it has loaded; it is asked once, and only where
    something is to run in processes. To be called while no other thread works.
    """
    # A thread of its own, since OpenMP keeps others for each that it was called from: those of this one end with it.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what an estimator says of the example row was said when it was loaded
        chosen = side_by_side(partial(_wanted, options=options), models.loaded, 1, "try")
    if any(info.place is Place.PROCESSES for info in chosen) and not copyable():
        chosen = [_without_copies(info, model, options) for info, model in zip(chosen, models.loaded, strict=True)]
    for model, info in zip(models.loaded, chosen, strict=True):
        if info.place is Place.PROCESSES:
            logger.info("%s: runs in processes, of which there are up to %d. %s", model.title, info.count, info.reason)
    return replace(models, loaded=tuple(map(_with, models.loaded, chosen)))


def _with(model: LoadedModel, execution: ExecutionInfo) -> LoadedModel:
    warned = model.serving.warnings
    if model.info.card.processes and execution.place is Place.THREADS:
        warned = (*warned, f"{model.title}: its card asks for processes, and it has threads. {execution.reason}")
    serving = replace(model.serving, execution=execution, warnings=warned)
    return replace(model, info=replace(model.info, serving=serving), serving=serving)


def _wanted(model: LoadedModel, options: ExecutionOptions) -> ExecutionInfo:
    card = model.info.card
    if card.processes:
        return ExecutionInfo(Place.PROCESSES, card.processes, "Its card says so.")
    threads = _threads(model, options)
    if card.threads:
        return replace(threads, reason="Its card says so.")
    if options.processes == 0:
        return replace(threads, reason="The setting `processes` is 0.")
    if model.serving.engine.kind is EngineKind.ONNX:
        return replace(threads, reason="ONNX Runtime computes without the interpreter's lock.")
    try:
        return _tried(model, threads, options)
    except Exception as error:
        logger.exception("%s: where its batches run best cannot be tried", model.title)
        return replace(threads, reason=f"Trying a batch raised {type(error).__name__}.")


def _threads(model: LoadedModel, options: ExecutionOptions) -> ExecutionInfo:
    return ExecutionInfo(Place.THREADS, model.info.card.threads or options.threads, "")


def _without_copies(wanted: ExecutionInfo, model: LoadedModel, options: ExecutionOptions) -> ExecutionInfo:
    if wanted.place is Place.THREADS:
        return wanted
    threads = _threads(model, options)
    return replace(threads, lock_share=wanted.lock_share, reason=f"{wanted.reason} {_NO_COPIES}")


def _tried(model: LoadedModel, threads: ExecutionInfo, options: ExecutionOptions) -> ExecutionInfo:
    """Try a batch as large as the model may be given, or of one row where a call alone takes long."""
    output = model.serving.outputs[0]
    methods = output.calls(output.request({}))
    rows = most_batch_rows(model.cost) if model.cost.call_seconds < TRIAL_SECONDS else 1
    columns = example_rows(model.signature, rows).columns
    ask = partial(model.ask, columns, rows, methods)
    answers, seconds = _shortest(ask)
    if seconds < SHORT_SECONDS:
        return replace(threads, reason=f"Its largest batches take {seconds * 1000:.1f} ms: too short to wait for.")
    share = lock_share(ask)
    threads = replace(threads, lock_share=share)
    kept = f"It keeps the interpreter's lock for {share:.0%} of its time"
    has_one_to_spare = usable_processors() > options.servers
    if share < LOCK_SHARE and (seconds < LONG_SECONDS or not has_one_to_spare):
        return replace(threads, reason=f"{kept}, so others work beside it.")
    _, spent = result_and_seconds(lambda: (pickle.loads(question(columns, rows, methods)), answers_of(reply(answers))))
    sending = spent / seconds
    if sending > (SENDING_SHARE if share >= LOCK_SHARE else LITTLE_SHARE):
        return replace(threads, reason=f"{kept}, and to send it a batch would take {sending:.0%} of that.")
    of_use = min(processors_beside(options.servers, 1), int(1 / sending))
    sent = f"to send it a batch takes {sending:.1%} of that"
    if share >= LOCK_SHARE:
        return ExecutionInfo(Place.PROCESSES, options.processes or of_use, f"{kept}; {sent}.", share)
    if of_use > 1 and _by_one_processor(ask) > SEVERAL * seconds:
        of_use, sent = 1, f"{sent}, and by one processor alone they would take much longer"
    processes = ExecutionInfo(Place.PROCESSES, options.processes or of_use, "", share)
    fewest = _fewest_rows(model.cost)
    small = f" Batches of fewer than {fewest} rows stay in threads." if fewest > 1 else ""
    long = f"Its largest batches take {seconds * 1000:.0f} ms; {sent}.{small}"
    return replace(processes, reason=long, fewest_rows=fewest)


def _by_one_processor(work: Callable[[], object]) -> float:
    """Return how many seconds some work takes where the libraries of numbers have one processor."""
    with threadpoolctl.threadpool_limits(1):
        return _shortest(work)[1]


def _fewest_rows(cost: Cost) -> int:
    """Return how many rows make a long batch."""
    left = LONG_SECONDS - cost.call_seconds
    return max(1, math.ceil(left / cost.row_seconds)) if cost.row_seconds > 0 else 1


def _shortest(work: Callable[[], Result]) -> tuple[Result, float]:
    """Return what some work returns, and how many seconds it took at least: a longer time is tried some times."""
    result, seconds = result_and_seconds(work)
    for _ in range(_REPEATS):
        if not SHORT_SECONDS <= seconds < _CERTAIN_SECONDS:
            break
        seconds = min(seconds, timed(work))
    return result, seconds
