"""What goes wrong while Python objects are read, said so that it can be mended."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from inference.errors import ArtifactError

# What unpickling says depends on the pickle's protocol.
_LACKING = re.compile(
    r"Can't get attribute '(?P<name>[^']+)' on <module '(?P<module>[^']+)'"
    r"|module '(?P<old_module>[^']+)' has no attribute '(?P<old_name>[^']+)'"
)


@contextmanager
def explained(path: Path, damaged: str) -> Iterator[None]:
    """Let whatever is raised while a file is read be an ArtifactError; `damaged` mends a file that is no such file."""
    try:
        yield
    except ArtifactError:
        raise
    except ModuleNotFoundError as error:
        raise _missing_module(path, error.name or str(error)) from error
    except AttributeError as error:
        raise _missing_class(path, error) from error
    except ImportError as error:
        raise ArtifactError(
            path,
            f"importing what it is made of failed: {error}",
            "Install the library versions that it was trained with",
        ) from error
    except MemoryError as error:
        raise ArtifactError(path, "memory ran out while it was read", "Give the process more memory") from error
    except Exception as error:  # a damaged file can raise anything
        raise ArtifactError(
            path, f"it cannot be read: {type(error).__name__}: {_first_line(error)}", damaged
        ) from error


def library(name: str, package: str, path: Path) -> Any:
    """Import a library that only some formats need. Raises ArtifactError with the command that installs it."""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise ArtifactError(
            path,
            f"{package} is needed to read it, and is not installed",
            f"Run where the server runs: pip install {package}",
        ) from error


def _missing_module(path: Path, module: str) -> ArtifactError:
    top = module.split(".", maxsplit=1)[0]
    return ArtifactError(
        path,
        f"it needs the module {module!r}, which cannot be imported",
        f"Install the package that has it, or put {top}.py, or the folder {top}, into {path.parent / 'code'}/",
    )


def _missing_class(path: Path, error: AttributeError) -> ArtifactError:
    """Explain an object whose class is not where the pickle says, most often in the script that trained it."""
    found = _LACKING.search(str(error))
    if found is None:
        return ArtifactError(
            path,
            f"its objects do not fit the installed libraries: {_first_line(error)}",
            "Install the library versions that it was trained with",
        )
    name, module = found["name"] or found["old_name"], found["module"] or found["old_module"]
    if module.endswith("__main__"):  # `python -m pytest` calls it pytest.__main__
        why = f"it needs {name!r}, which was defined in the script or notebook that saved it"
        mend = f"Move {name!r} into a module, import it from there, save again and put the module into"
        return ArtifactError(path, why, f"{mend} {path.parent / 'code'}/")
    return ArtifactError(
        path,
        f"it needs {name!r} from the module {module!r}, which has none",
        f"Install the version of {module.split('.')[0]!r} that it was trained with",
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or ["no reason given"])[0]
