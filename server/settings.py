"""Everything that can be set: one frozen value, made from flags, environment variables and defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from inference.engines.cache import Cache
from inference.engines.options import EngineName, EngineOptions
from inference.errors import nearest
from inference.formats.names import FORMAT_NAMES
from inference.limits import MOST_QUEUED_ROWS
from inference.trust import Trust
from schema.plan.limits import MOST_DEPTH, OperationLimits

PREFIX = "PREDICTQL_"

# Kubernetes puts these into the containers beside a Service that is named `predictql`. They are nobody's mistake.
_SERVICE_LINK = re.compile(r"PREDICTQL_(SERVICE_(HOST|PORT(_\w+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)")
_SERVICE_ADDRESS = re.compile(r"(tcp|udp|sctp)://.*")


class SettingsError(Exception):
    """A flag or a variable that is unknown, or whose value cannot be used: which, what it holds, what is expected."""


class Settings(BaseModel):
    """What one server is told. `Settings(...)` reads nothing but its arguments; `Settings.load` reads variables too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    models: Path = Field(
        default=Path("models"),
        description="The folder of models to serve; an argument of `serve`, not a flag.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address to listen on; 0.0.0.0 lets other machines in.",
    )
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        description="The port to listen on; 0 takes a free one. The variable PORT is honoured too.",
    )
    keep_going: bool = Field(
        default=False,
        description="Serve the good models when others cannot be loaded, and show those as FAILED.",
    )
    formats: str = Field(
        default="",
        description="The formats of artifacts that may be loaded, separated by commas; to load skops or onnx runs no"
        " code of the artifact's author.",
        json_schema_extra={"default": "all", "expected": f"some of {','.join(FORMAT_NAMES)}"},
    )
    allow_writable: bool = Field(
        default=False,
        description="Load models that every user of the machine can write to, where the rights of files say nothing.",
    )
    graphiql: bool = Field(
        default=True,
        description="Answer browsers at /graphql with GraphiQL.",
    )
    metrics: bool = Field(
        default=True,
        description="Answer Prometheus at /metrics.",
    )
    cors_origins: str = Field(
        default="",
        description="The origins of web pages that may call from other hosts, separated by commas; * lets all in.",
        json_schema_extra={"default": "none"},
    )
    max_rows: int = Field(
        default=100_000,
        ge=1,
        description="The most rows that one call may ask a model to predict; a card may say otherwise.",
    )
    max_body_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=1024,
        description="The largest request body that is read, in bytes.",
    )
    deadline_ms: int = Field(
        default=30_000,
        ge=1,
        description="How long a call may take, in milliseconds; a card may say otherwise.",
    )
    drain_seconds: int = Field(
        default=1,
        ge=0,
        le=3600,
        description="How long the port stays open after SIGTERM while /readyz says 503, in seconds; Ctrl+C closes it at"
        " once.",
    )
    max_queued_rows: int = Field(
        default=MOST_QUEUED_ROWS,
        ge=1,
        description="The most rows that may wait for a model version; more are refused. A card may say otherwise.",
    )
    max_tokens: int = Field(
        default=OperationLimits.tokens,
        ge=1,
        description="The most names, numbers, texts and signs that a GraphQL document may have, and a twentieth of the"
        " most characters.",
    )
    max_depth: int = Field(
        default=OperationLimits.depth,
        ge=1,
        le=MOST_DEPTH,
        description="How deep selections may stand in one another in a document, those of fragments among them.",
    )
    max_fields: int = Field(
        default=OperationLimits.fields,
        ge=1,
        description="The most fields that a document may select, those of a fragment counted wherever it is spread.",
    )
    max_root_fields: int = Field(
        default=OperationLimits.root_fields,
        ge=1,
        description="The most fields that an operation may have at its root, where each may be a prediction.",
    )
    workers: int = Field(
        default=1,
        ge=1,
        le=256,
        description="How many processes serve the port. They share the memory of the models where that can be.",
    )
    threads: int = Field(
        default=1,
        ge=1,
        description="How many batches of one model version may run at once, each in a thread; more than one is of use"
        " only where the model lets threads run side by side. A card may say otherwise.",
    )
    processes: int | None = Field(
        default=None,
        ge=0,
        le=256,
        description="How many batches may run at once, each in a process, of a model that keeps Python's lock to itself"
        " while it computes, or has long batches, which is tried at the start; 0 for no processes. A card may say"
        " otherwise.",
        json_schema_extra={
            "default": "one for each processor but one",
            "expected": "a whole number from 0 to 256",
        },
    )
    engine: EngineName = Field(
        default="auto",
        description="What computes predictions: native is the estimator itself, onnx its conversion, which must answer"
        " the same, and auto is onnx where that is proved and faster. A card may say otherwise.",
    )
    cache_dir: Path = Field(
        default=Path("~/.cache/predictql"),
        description="Where conversions to ONNX and proofs of engines are kept for the next start. The variable"
        " XDG_CACHE_HOME is honoured too.",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info",
        description="The least severe events that are logged: debug, info, warning, error or critical.",
    )

    @field_validator("formats")
    @classmethod
    def _formats_are_known(cls, names: str) -> str:
        if unknown := set(listed(names)) - {*FORMAT_NAMES}:
            raise ValueError(f"no such format: {', '.join(sorted(unknown))}")
        return names

    @property
    def trust(self) -> Trust:
        """What models may be loaded."""
        return Trust(frozenset(listed(self.formats)) or None, self.allow_writable)

    @property
    def operation_limits(self) -> OperationLimits:
        """How much one GraphQL document may ask for."""
        return OperationLimits(self.max_tokens, self.max_depth, self.max_fields, self.max_root_fields)

    @property
    def engines(self) -> EngineOptions:
        """What computes predictions, and where conversions are kept."""
        return EngineOptions(self.engine, Cache(self.cache_dir.expanduser()))

    @classmethod
    def load(cls, flags: Mapping[str, object], environ: Mapping[str, str] | None = None) -> Settings:
        """Take each setting from `flags`, else from its variable, else its default.

        `flags` is by setting name; None means that the flag was not given. `environ` is the process's own if left out.
        Raises SettingsError.
        """
        given = {name: _Given(f"--{_dashed(name)}", value) for name, value in flags.items() if value is not None}
        given = _from_environment(os.environ if environ is None else environ) | given
        try:
            return cls.model_validate({name: one.value for name, one in given.items()})
        except ValidationError as error:
            name = str(error.errors()[0]["loc"][0])
            raise SettingsError(given[name].cannot_be(_expected(cls.model_fields[name]))) from None


def listed(text: str) -> list[str]:
    """Take apart a setting that lists things, separated by commas."""
    return [part.strip() for part in text.split(",") if part.strip()]


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as people are told of it."""

    name: str
    variable: str
    default: str
    expected: str
    help: str
    is_switch: bool
    """It is true or false, and has two flags: `--name` and `--no-name`."""

    @property
    def flag(self) -> str:
        """How it is given on the command line."""
        if self.name == "models":
            return "PATH"
        return f"--{'[no-]' if self.is_switch else ''}{_dashed(self.name)}"


def describe() -> Iterator[Setting]:
    """Yield all settings, in their order."""
    for name, field in Settings.model_fields.items():
        extra = field.json_schema_extra
        shown = extra["default"] if isinstance(extra, dict) else field.default
        yield Setting(
            name=name,
            variable=_variable(name),
            default=str(shown).lower() if isinstance(shown, bool) else str(shown),
            expected=_expected(field),
            help=field.description or "",
            is_switch=field.annotation is bool,
        )


@dataclass(frozen=True, slots=True)
class _Given:
    """A value, and where it was given."""

    where: str
    value: object

    def cannot_be(self, expected: str) -> str:
        return f"{self.where} cannot be {str(self.value)!r}; expected {expected}."


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def _from_environment(environ: Mapping[str, str]) -> dict[str, _Given]:
    """Find the settings among the variables; an empty variable is one that is not set."""
    names = {_variable(name): name for name in Settings.model_fields}
    given = {"port": _Given("PORT", environ["PORT"])} if environ.get("PORT") else {}
    if environ.get("XDG_CACHE_HOME"):
        given["cache_dir"] = _Given("XDG_CACHE_HOME", Path(environ["XDG_CACHE_HOME"], "predictql"))
    for variable, value in environ.items():
        if not variable.upper().startswith(PREFIX) or _is_service_link(variable, value):
            continue
        if variable not in names:
            raise SettingsError(f"{variable} is no setting{nearest(variable.upper(), names)}.")
        if value:
            given[names[variable]] = _Given(variable, value)
    return given


def _is_service_link(variable: str, value: str) -> bool:
    if variable == _variable("port"):
        return bool(_SERVICE_ADDRESS.fullmatch(value))
    return bool(_SERVICE_LINK.fullmatch(variable))


def _expected(field: FieldInfo) -> str:
    """Say in words what values a setting takes."""
    if isinstance(field.json_schema_extra, dict) and "expected" in field.json_schema_extra:
        return str(field.json_schema_extra["expected"])
    if field.annotation is bool:
        return "true or false"
    if get_origin(field.annotation) is Literal:
        return f"one of {', '.join(get_args(field.annotation))}"
    if field.annotation is int:
        bounds = {name: getattr(rule, name) for rule in field.metadata for name in ("ge", "le") if hasattr(rule, name)}
        return f"a whole number from {bounds['ge']}" + (f" to {bounds['le']}" if "le" in bounds else " up")
    return "a path" if field.annotation is Path else "a text"
