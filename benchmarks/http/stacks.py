"""Sampled stacks: which stage of a request each belongs to, and a flame graph of them.

Stacks are as py-spy's `--format raw` writes them: frames from the outermost, between semicolons, and how often.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final
from xml.sax.saxutils import escape

STAGES: Final = {
    "HTTP": ("uvicorn", "server/", "asyncio", "uvloop", "starlette", "fastapi", "runners.py"),
    "find and read": tuple(f"schema/plan/{name}.py" for name in ("find", "frames", "mixed", "plan", "plans", "read")),
    "check": ("inference/row_checks.py", "inference/service.py", "resolvers/"),
    "queue": ("inference/scheduler/", "inference/statistics/", "inference/submitted.py"),
    "model": ("inference/model.py", "inference/engines/", "sklearn", "onnxruntime"),
    "columns": ("inference/outputs/", "inference/predictions.py"),
    "write": ("schema/plan/", "schema/"),
}
"""By what a frame's file begins with or holds; a stack belongs to the stage of its innermost frame that has one.

Where several stages fit, the longest of their texts decides. NumPy works for whoever calls it.
"""
OTHER: Final = "other"
_WIDTH: Final = 1200
_ROW: Final = 17
_LEAST: Final = 0.002
"""Frames that are narrower, as a share of all, are left out of the graph."""
_LETTER: Final = 6.6
_COLORS: Final = ("#f2c14e", "#f78154", "#b4dc7f", "#7fb7be", "#d3a4d8", "#e8998d", "#9fc2f0", "#cccccc")

Stacks = Mapping[tuple[str, ...], int]


def read(text: str) -> Stacks:
    """Read collapsed stacks."""
    stacks: Counter[tuple[str, ...]] = Counter()
    for line in text.splitlines():
        frames, _, count = line.rpartition(" ")
        stacks[tuple(frames.split(";"))] += int(count)
    return stacks


def stage_of(frames: Iterable[str]) -> str:
    """Return the stage that a stack belongs to."""
    for frame in reversed(list(frames)):
        stage = _of_frame(frame)
        if stage != OTHER:
            return stage
    return OTHER


def shares(stacks: Stacks) -> Mapping[str, float]:
    """Return the share of each stage, in the order of `STAGES`."""
    found = Counter[str]()
    for frames, count in stacks.items():
        found[stage_of(frames)] += count
    return {stage: found[stage] / found.total() for stage in (*STAGES, OTHER) if found[stage]}


def _of_frame(frame: str) -> str:
    file = frame.rpartition("(")[2]
    fits = [(len(text), stage) for stage, texts in STAGES.items() for text in texts if text in file]
    return max(fits)[1] if fits else OTHER


@dataclass
class _Frame:
    """A box of the graph."""

    count: int = 0
    below: dict[str, _Frame] = field(default_factory=dict)

    def depth(self) -> int:
        return 1 + max((each.depth() for each in self.below.values()), default=0)


def flame_graph(stacks: Stacks, title: str) -> str:
    """Draw a flame graph as SVG: the outermost frames at the top, colored by stage."""
    root = _Frame()
    for frames, count in stacks.items():
        root.count += count
        here = root
        for frame in frames:
            here = here.below.setdefault(_short(frame), _Frame())
            here.count += count
    boxes: list[str] = []
    _draw(root, 0.0, 0, root.count, boxes)
    height = (min(root.depth(), _deepest(boxes)) + 2) * _ROW
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="monospace"'
        f' font-size="11"><rect width="100%" height="100%" fill="#fff"/><text x="4" y="13">{escape(title)}</text>'
    )
    return "\n".join([head, _legend(), *boxes, "</svg>\n"])


def _short(frame: str) -> str:
    """Leave out what is before the package, and the line's number."""
    name, _, place = frame.partition(" (")
    file = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{name} ({file.rpartition('site-packages/')[2]})" if file else name


def _deepest(boxes: Iterable[str]) -> int:
    return max((int(box.partition(' y="')[2].partition('"')[0]) // _ROW for box in boxes), default=0) + 1


def _legend() -> str:
    parts = []
    for place, (stage, color) in enumerate(zip((*STAGES, OTHER), _COLORS, strict=True)):
        x = _WIDTH - 100 * (len(_COLORS) - place)
        parts.append(
            f'<rect x="{x}" y="3" width="11" height="11" fill="{color}"/><text x="{x + 15}" y="13">{stage}</text>'
        )
    return "".join(parts)


def _draw(frame: _Frame, start: float, depth: int, total: int, boxes: list[str]) -> None:
    for name, below in sorted(frame.below.items()):
        width = below.count / total
        if width >= _LEAST:
            boxes.append(_box(name, start, width, depth))
            _draw(below, start, depth + 1, total, boxes)
        start += width


def _box(name: str, start: float, width: float, depth: int) -> str:
    color = dict(zip((*STAGES, OTHER), _COLORS, strict=True))[_of_frame(name)]
    x, wide, y = start * _WIDTH, width * _WIDTH, (depth + 1) * _ROW
    shown = name[: int((wide - 4) / _LETTER)]
    text = f'<text x="{x + 2:.1f}" y="{y + 12}">{escape(shown)}</text>' if len(shown) > 2 else ""  # noqa: PLR2004  # fewer say nothing
    return (
        f'<g><rect x="{x:.1f}" y="{y}" width="{wide:.1f}" height="{_ROW - 1}" fill="{color}"/>{text}'
        f"<title>{escape(name)} {width:.1%}</title></g>"
    )
