"""Whether the process lives, and whether it wants requests: for orchestrators and load balancers."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import JSONResponse


@dataclass(slots=True)
class Health:
    """The state that the probes report. All models are loaded before a door opens, so it starts ready."""

    models: int
    draining: bool = False

    def begin_draining(self) -> None:
        """Say from now on that requests are unwelcome."""
        self.draining = True

    def router(self) -> APIRouter:
        """Return the probes."""
        router = APIRouter(tags=["Health"])

        @router.get("/livez", summary="Whether the process answers")
        async def livez() -> dict[str, str]:
            return {"status": "alive"}

        @router.get(
            "/readyz",
            summary="Whether requests are welcome",
            responses={HTTPStatus.SERVICE_UNAVAILABLE.value: {"description": "The server is stopping."}},
        )
        async def readyz() -> JSONResponse:
            if self.draining:
                return JSONResponse({"status": "stopping"}, HTTPStatus.SERVICE_UNAVAILABLE)
            return JSONResponse({"status": "ready", "models": self.models})

        return router
