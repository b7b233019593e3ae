"""The server about itself."""

from __future__ import annotations

import datetime as dt
import platform
from dataclasses import dataclass
from importlib import metadata

from inference.info import LibraryVersion, ModelInfo
from resolvers.context import Context


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What is known of the running server."""

    version: str
    python_version: str
    libraries: tuple[LibraryVersion, ...]
    started_at: dt.datetime
    uptime_seconds: float
    models: tuple[ModelInfo, ...]


def server_info(context: Context) -> ServerInfo:
    """Describe the server as it is now."""
    infos = context.service.models()
    used = {
        library.name: library.running for info in infos if info.serving for library in info.serving.estimator.libraries
    }
    return ServerInfo(
        version=metadata.version("predictql"),
        python_version=platform.python_version(),
        libraries=tuple(LibraryVersion(name, running, None) for name, running in sorted(used.items())),
        started_at=context.started_at,
        uptime_seconds=(dt.datetime.now(dt.UTC) - context.started_at).total_seconds(),
        models=infos,
    )
