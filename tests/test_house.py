"""Rules of the house that no linter knows."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
ROOMS = ("server", "schema", "resolvers", "inference")
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PIN = re.compile(r"(?P<name>[a-z0-9-]+)(?:\[(?P<extras>[a-z0-9,-]+)\])?==(?P<version>[A-Za-z0-9.]+)( ; [^\\]+)? \\")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")
MOST_LINES = 300


@pytest.mark.parametrize("room", ROOMS)
def test_no_other_distribution_owns_the_name_of_a_room(room: str) -> None:
    assert set(packages_distributions().get(room, [])) <= {"predictql"}


def test_the_installed_rooms_are_those_of_this_checkout() -> None:
    for room in ROOMS:
        assert list(__import__(room).__path__) == [str(ROOT / room)]


@pytest.mark.parametrize("room", [*ROOMS, "tests", "examples", "benchmarks"])
def test_every_module_is_short(room: str) -> None:
    modules = [path for path in (ROOT / room).rglob("*.py") if "node_modules" not in path.parts]
    long = [f"{path.relative_to(ROOT)}: {n} lines" for path in modules if (n := _lines(path)) > MOST_LINES]
    assert modules
    assert long == []


def test_tests_are_no_packages_so_two_rooms_may_have_a_test_of_one_name() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_holds_pinned_hashed_packages_and_nothing_else(lock: Path) -> None:
    lines = _lines_of(lock)
    assert [line for line in lines if not PIN.fullmatch(line) and not HASH.fullmatch(line)] == []
    hashed = [
        bool(HASH.fullmatch(after)) for line, after in zip(lines, [*lines[1:], ""], strict=True) if PIN.match(line)
    ]
    assert hashed
    assert all(hashed)


def test_the_locks_agree_on_every_version() -> None:
    pins = {lock.name: {line for line in _lines_of(lock) if PIN.fullmatch(line)} for lock in LOCKS}
    assert pins.keys() == {"build.txt", "demo.txt", "dev.txt", "node.txt", "runtime.txt"}
    assert pins["runtime.txt"] < pins["demo.txt"] < pins["dev.txt"]
    assert pins["build.txt"] < pins["dev.txt"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_the_extras_with_which_its_packages_ask_for_each_other(lock: Path) -> None:
    """Where it does not, older versions of pip take the newest release of what is asked for, which has no hash."""
    pinned = {pin["name"]: set((pin["extras"] or "").split(",")) for pin in map(PIN.match, _lines_of(lock)) if pin}
    missing = [
        f"{name} asks for {wanted}"
        for name in pinned
        for wanted in map(Requirement, _requirements_of(name))
        if wanted.extras and (wanted.marker is None or wanted.marker.evaluate({"extra": ""}))
        if not wanted.extras <= pinned.get(canonicalize_name(wanted.name), set())
    ]
    assert missing == []


def _requirements_of(name: str) -> list[str]:
    """Return what a package needs; nothing where it is for other systems, and so not installed."""
    try:
        return requires(name) or []
    except PackageNotFoundError:
        return []


def _lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


def _lines(path: Path) -> int:
    return len(_lines_of(path))
