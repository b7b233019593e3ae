"""What the documentation shows is what the server does: its examples run, its excerpts stand in the schema."""

from __future__ import annotations

import asyncio
import datetime as dt
import importlib.util
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from graphql import DocumentNode, OperationDefinitionNode, parse, print_ast

from inference.card import Card
from inference.cards import read_card
from inference.errors import ErrorCode
from inference.signature.checks import WarningCode
from resolvers.context import Context
from schema import errors as schema_errors
from schema.names import enum_value_name, field_name, type_name
from server.app import Loaded, load
from server.cli import COMMANDS
from server.settings import Settings, describe

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
OWN_MODELS = ROOT / "docs" / "model-folders.md"
"""The page whose excerpts are of the models that its own code trains; all others show the example models."""

FENCE = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Fence:
    """A block of code on a page."""

    page: Path
    line: int
    language: str
    text: str

    def __str__(self) -> str:
        """Name it in a test's name."""
        return f"{self.page.name}:{self.line}"


@dataclass(frozen=True)
class Example:
    """An operation, and the variables and the answer that are shown below it."""

    query: Fence
    variables: dict[str, Any] | None
    answer: dict[str, Any] | None


def fences(page: Path, language: str | None = None) -> list[Fence]:
    text = page.read_text(encoding="utf-8")
    found = [
        Fence(page, text.count("\n", 0, match.start()) + 1, match["language"], match["text"])
        for match in FENCE.finditer(text)
    ]
    return [fence for fence in found if language in {None, fence.language}]


def is_operation(fence: Fence) -> bool:
    return any(isinstance(node, OperationDefinitionNode) for node in parse(fence.text).definitions)


def examples() -> Iterator[Example]:
    for page in PAGES:
        below: list[Fence] = []
        for fence in reversed(fences(page)):
            if fence.language == "json":
                below.insert(0, fence)
                continue
            if fence.language == "graphql" and is_operation(fence):
                said = [json.loads(json_fence.text) for json_fence in below]
                answers = [value for value in said if {"data", "errors"} & value.keys()]
                variables = [value for value in said if value not in answers]
                assert len(answers) <= 1, f"{fence} has two answers"
                assert len(variables) <= 1, f"{fence} has variables twice"
                yield Example(fence, *variables or [None], *answers or [None])
            below = []


EXAMPLES = list(examples())
EXCERPTS = [fence for page in PAGES for fence in fences(page, "graphql") if not is_operation(fence)]


@pytest.fixture(scope="module")
def demo(demo_models: Path) -> Iterator[Loaded]:
    """Load the example models."""
    loaded = load(Settings(models=demo_models, engine="native"))
    yield loaded
    loaded.service.close()


def loaded_by(page: Path, folder: Path) -> Loaded:
    """Do in a folder what a page says, block by block, and load the models that are there then."""
    namespace: dict[str, Any] = {}
    for fence in fences(page):
        if fence.language == "python":
            exec(compile(fence.text, str(fence), "exec"), namespace)  # noqa: S102  # what the page is for
        elif fence.language == "yaml":
            comment, text = fence.text.split("\n", 1)
            (folder / comment.removeprefix("# ")).write_text(text, encoding="utf-8")
    return load(Settings(models=folder / "models", engine="native"))


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Loaded]]:
    """Do what the page about model folders says: with its cards, and with empty ones."""
    folder = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        with_cards = loaded_by(OWN_MODELS, folder)
    sys.modules.pop("cleaning")
    (folder / "cleaning.py").unlink()
    for card in folder.glob("models/churn/card.yaml"):
        card.unlink()
    loaded = [load(Settings(models=folder / "models", engine="native")), with_cards]
    yield loaded
    for one in loaded:
        one.service.close()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: str(example.query))
def test_an_example_is_answered_as_the_page_says(demo: Loaded, example: Example) -> None:
    context = Context(demo.service, dt.datetime.now(dt.UTC))
    asked = demo.schema.execute(example.query.text, variable_values=example.variables, context_value=context)
    result = asyncio.run(asked)
    if example.answer is None:
        assert result.errors is None
        return
    if example.answer.get("data") is not None:
        assert alike(example.answer["data"], result.data) == []
    errors = [error.formatted for error in result.errors or ()]
    shown = example.answer.get("errors", [])
    assert len(shown) == len(errors)
    for expected, error in zip(shown, errors, strict=True):
        assert expected.items() <= error.items()


def alike(shown: Any, real: Any, place: str = "data") -> list[str]:
    """Say where an answer differs from the one that is shown; floats may differ a little."""
    if isinstance(shown, dict) and isinstance(real, dict) and list(shown) == list(real):
        return [difference for key in shown for difference in alike(shown[key], real[key], f"{place}.{key}")]
    if isinstance(shown, list) and isinstance(real, list) and len(shown) == len(real):
        pairs = zip(shown, real, strict=True)
        return [difference for i, pair in enumerate(pairs) for difference in alike(*pair, f"{place}[{i}]")]
    if isinstance(real, float) and isinstance(shown, int | float):
        return [] if real == pytest.approx(shown, rel=2e-3) else [f"{place} is {real}, not {shown}"]
    return [] if shown == real and type(shown) is type(real) else [f"{place} is {real!r}, not {shown!r}"]


@pytest.mark.parametrize("excerpt", EXCERPTS, ids=str)
def test_an_excerpt_stands_in_the_schema(demo: Loaded, own: list[Loaded], excerpt: Fence) -> None:
    schemas = own if excerpt.page == OWN_MODELS else [demo]
    missing = [differences(parse(excerpt.text), parse(loaded.schema.as_str())) for loaded in schemas]
    assert min(missing, key=len) == []


def differences(excerpt: DocumentNode, schema: DocumentNode) -> list[str]:
    """Say what of an excerpt stands otherwise in a schema. An excerpt may leave out descriptions and fields."""
    whole: dict[str, Any] = {node.name.value: node for node in schema.definitions}  # type: ignore[attr-defined]  # all are named
    found = []
    for node in excerpt.definitions:
        shown: Any = node
        real = whole.get(shown.name.value)
        if real is None or real.kind != shown.kind:
            found.append(shown.name.value)
            continue
        parts = {part.name.value: part for part in members(real)}
        for part in members(shown):
            name = part.name.value
            if name not in parts or spelt(part) != spelt(parts[name]) or not described(part, parts[name]):
                found.append(f"{shown.name.value}.{name}")
    return found


def members(node: Any) -> list[Any]:
    return list(getattr(node, "fields", None) or node.values)


def spelt(part: Any) -> str:
    """Write a field, an argument or an enum value without its description."""
    arguments = ", ".join(map(spelt, getattr(part, "arguments", None) or ()))
    kind = f": {print_ast(part.type)}" if hasattr(part, "type") else ""
    default = f" = {print_ast(part.default_value)}" if getattr(part, "default_value", None) else ""
    return f"{part.name.value}{f'({arguments})' if arguments else ''}{kind}{default}"


def described(shown: Any, real: Any) -> bool:
    """Tell whether an excerpt's description, where it has one, is the real one."""
    return shown.description is None or (real.description and shown.description.value == real.description.value)


def test_the_card_page_is_made_from_the_code() -> None:
    generate = module(ROOT / "docs" / "generate.py")
    page = generate.PAGE.read_text(encoding="utf-8")
    assert page == generate.with_tables(page), "Run: python docs/generate.py"


def module(path: Path) -> Any:
    """Import a script."""
    specification = importlib.util.spec_from_file_location(path.stem, path)
    assert specification is not None
    assert specification.loader is not None
    made = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(made)
    return made


def test_the_examples_of_the_card_page_are_cards(tmp_path: Path) -> None:
    (whole,) = fences(ROOT / "docs" / "card.md", "yaml")
    (tmp_path / "card.yaml").write_text(whole.text, encoding="utf-8")
    assert read_card([tmp_path / "card.yaml"]).features["monthly charges"].unit == "CHF"
    tables = (ROOT / "docs" / "card.md").read_text(encoding="utf-8").split("## Keys of the card")[1].split("## ")[0]
    rows = [row.split("`")[-2] for row in tables.splitlines() if row.endswith("` |")]
    assert {key for row in rows for key in Card.model_validate(yaml.safe_load(row)).model_fields_set} >= {
        "tags",
        "open",
    }


def first_column(page: Path, heading: str) -> set[str]:
    """Return the code words in the first column of the tables below a heading."""
    below = page.read_text(encoding="utf-8").split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return set(re.findall(r"^\| `([^`]+)`", below, re.MULTILINE))


def test_every_error_code_is_explained() -> None:
    own = {value for name, value in vars(schema_errors).items() if name.isupper() and isinstance(value, str)}
    page = ROOT / "docs" / "errors.md"
    assert first_column(page, "Codes") == {*ErrorCode, *own}


def test_every_warning_code_is_explained() -> None:
    assert first_column(ROOT / "docs" / "schema.md", "Warnings") == {*WarningCode}


def test_names_are_made_as_the_schema_page_says() -> None:
    text = (ROOT / "docs" / "schema.md").read_text(encoding="utf-8").split("\n## Names\n")[1].split("\n## ")[0]
    rows = re.findall(r"^\| `(.+)` \| `(.+)` \| `(.+)` \| `(.+)` \|$", text, re.MULTILINE)
    assert rows
    assert rows == [(raw, field_name(raw), type_name(raw), enum_value_name(raw)) for raw, *_ in rows]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", FENCE.sub("", page.read_text(encoding="utf-8")))
    dead = []
    for link in links:
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if not target.exists() or (anchor and anchor not in anchors(target)):
            dead.append(link)
    assert dead == []


def anchors(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_and_variable_that_is_named_exists(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    code = "\n".join([*(fence.text for fence in fences(page)), *re.findall(r"`([^`\n]+)`", text)])
    assert set(re.findall(r"^predictql ([a-z]+)", code, re.MULTILINE)) <= {*COMMANDS}
    assert set(re.findall(r"PREDICTQL_[A-Z_]*[A-Z]", text)) <= {setting.variable for setting in describe()}


def test_every_yaml_is_yaml() -> None:
    documents = [list(yaml.safe_load_all(fence.text)) for page in PAGES for fence in fences(page, "yaml")]
    assert [type(document) for parts in documents for document in parts] == [dict] * sum(map(len, documents))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    folders = "inference|resolvers|schema|server|tests|docs|examples|web|requirements"
    named = re.findall(rf"`((?:{folders})/[\w./]*)`", page.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []
