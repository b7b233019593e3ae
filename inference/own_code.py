"""A model's own modules: importable while it loads and by its own code ever after, and never by anything else.

Python keeps modules in one table for the whole process, so two models' modules of one name cannot both stand in it.
They are put there only while something of the model is being imported. Afterwards the model keeps them itself, and the
import statements in them, inside functions too, look there first: Python asks the builtins of the module in which a
statement stands for `__import__` (https://docs.python.org/3/library/functions.html#import__), and each module of a
model has builtins with an `__import__` of the model's own.
"""

from __future__ import annotations

import builtins
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from importlib.abc import MetaPathFinder
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from importlib.util import resolve_name
from pathlib import Path
from types import ModuleType
from typing import Any, Final

_ONE_AT_A_TIME: Final = threading.RLock()
"""The module table is the process's, so its lock is, too."""


class OwnCode(MetaPathFinder):
    """The modules in a model's code folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = str(folder.resolve())
        self._names = {entry.name.partition(".")[0] for entry in folder.iterdir()}
        self._modules: dict[str, ModuleType] = {}
        self._open = False
        self._builtins = {**vars(builtins), "__import__": self._import}

    @contextmanager
    def importable(self) -> Iterator[None]:
        """Let these modules be imported within the block by anything, before any others of their names.

        Blocks of several models wait for each other.
        """
        with _ONE_AT_A_TIME:
            if self._open:  # by this thread: a module of the folder imports another
                yield
                return
            aside = self._taken_out()
            sys.modules.update(self._modules)
            sys.meta_path.insert(0, self)
            self._open = True
            try:
                yield
            finally:
                self._open = False
                sys.meta_path.remove(self)
                self._modules = self._taken_out()
                sys.modules.update(aside)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the folder, as the import system asks its finders."""
        if not self._has(fullname):
            return None
        found = (self._finder(place).find_spec(fullname, target) for place in path or [self._folder])
        return next(filter(None, found), None)

    def _finder(self, place: str) -> FileFinder:
        source: Any = partial(_Source, builtins=self._builtins)
        return FileFinder(
            place,
            (ExtensionFileLoader, EXTENSION_SUFFIXES),
            (source, SOURCE_SUFFIXES),
            (SourcelessFileLoader, BYTECODE_SUFFIXES),
        )

    def _import(
        self,
        name: str,
        globals: Mapping[str, Any] | None = None,  # noqa: A002  # as __import__
        locals: Mapping[str, Any] | None = None,  # noqa: A002  # as above
        fromlist: Sequence[str] = (),
        level: int = 0,
    ) -> ModuleType:
        """Import for a statement in one of these modules."""
        own = resolve_name("." * level + name, (globals or {}).get("__package__") or "") if level else name
        if self._has(own):
            known = self._known(own, fromlist)
            if known is not None:
                return known
            with self.importable():
                return builtins.__import__(name, globals, locals, fromlist or (), level)
        return builtins.__import__(name, globals, locals, fromlist or (), level)

    def _known(self, name: str, fromlist: Sequence[str]) -> ModuleType | None:
        """Return what a statement of modules that were all imported before gives, None where one was not."""
        module = self._modules.get(name)
        if module is None:
            return None
        if not fromlist:
            return self._modules.get(name.partition(".")[0])
        return module if all(hasattr(module, item) for item in fromlist) else None

    def _has(self, name: str) -> bool:
        return name.partition(".")[0] in self._names

    def _taken_out(self) -> dict[str, ModuleType]:
        """Take the modules of these names, and all below them, out of the module table and return them."""
        return {name: sys.modules.pop(name) for name in [*sys.modules] if self._has(name)}


class _Source(SourceFileLoader):
    """Runs a module with other builtins than everyone's; its functions keep them."""

    def __init__(self, fullname: str, path: str, builtins: Mapping[str, Any]) -> None:
        super().__init__(fullname, path)
        self._builtins = builtins

    def exec_module(self, module: ModuleType) -> None:
        """Run a module."""
        module.__dict__["__builtins__"] = self._builtins
        super().exec_module(module)


@contextmanager
def importable(code: Path | None) -> Iterator[None]:
    """Let the modules in a code folder, if there is one, be imported within the block, and by each other afterwards."""
    if code is None:
        yield
        return
    with OwnCode(code).importable():
        yield
