"""What was found out of a model is found again at the next start, unless it is damaged, another's, or of other rows."""

from __future__ import annotations

import json
import logging
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from inference.engines.cache import Cache
from inference.engines.identity import Identity
from inference.engines.lean.engine import LeanEngine
from inference.engines.onnx.kept import Kept
from inference.engines.options import EngineOptions
from inference.engines.plain import PlainEngine
from inference.engines.proof import check_same
from inference.info import Limits
from inference.loader import load_models
from tests.inference.engines.test_lean_forms import SlowWithArrays

if TYPE_CHECKING:
    from inference.model import LoadedModel
    from tests.conftest import ModelsFolder

ROWS = pd.DataFrame(np.random.default_rng(0).normal(size=(60, 2)), columns=["a", "b"])
LINE = LogisticRegression().fit(ROWS, ROWS["a"] > 0)


def load(folder: Path, cache: Path) -> LoadedModel:
    """Load the only model of a folder natively."""
    limits = Limits(max_rows=10, deadline_seconds=9)
    (model,) = load_models(folder, limits, engines=EngineOptions("native", Cache(cache))).loaded
    return model


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    Cache(tmp_path).keep("key", {"reason": "why", "rows": 5}, b"graph\nof two lines")
    assert Cache(tmp_path).find("key") == ({"reason": "why", "rows": 5}, b"graph\nof two lines")
    assert Cache(tmp_path).find("other") is None
    assert [file.name for file in tmp_path.iterdir()] == ["key.engine"]


def test_a_conversion_is_the_same_after_it_was_written_as_json() -> None:
    outputs = (("predict", "label", "<f8", (2,), False),)
    kept = Kept("why", taken=True, rows=5, outputs=outputs, domain=((0.0,), (1.5,)))
    assert Kept.of(json.loads(json.dumps(kept.said()))) == kept
    assert kept.said() == asdict(kept)


@pytest.mark.parametrize("damage", [b"", b"x", b"0\n{}\n"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, damage: bytes, caplog: pytest.LogCaptureFixture) -> None:
    Cache(tmp_path).keep("key", {"reason": "why"})
    (tmp_path / "key.engine").write_bytes(damage)
    assert Cache(tmp_path).find("key") is None
    assert "is damaged, and made anew" in caplog.text


def test_a_file_that_was_cut_short_is_as_good_as_none(tmp_path: Path) -> None:
    Cache(tmp_path).keep("key", {"reason": "why"}, b"graph" * 100)
    whole = (tmp_path / "key.engine").read_bytes()
    for length in (10, 64, 65, 100, len(whole) - 1):
        (tmp_path / "key.engine").write_bytes(whole[:length])
        assert Cache(tmp_path).find("key") is None


def test_a_file_of_another_key_is_not_taken(tmp_path: Path) -> None:
    Cache(tmp_path).keep("key", {"reason": "why"})
    (tmp_path / "key.engine").rename(tmp_path / "other.engine")
    assert Cache(tmp_path).find("other") is None


@pytest.mark.parametrize("what", [".", "key.engine"])
def test_what_others_can_write_to_is_not_trusted(tmp_path: Path, what: str, caplog: pytest.LogCaptureFixture) -> None:
    Cache(tmp_path).keep("key", {"reason": "why"})
    (tmp_path / what).chmod(0o777)
    assert Cache(tmp_path).find("key") is None
    assert f"chmod -R go-w {tmp_path}" in caplog.text


def test_where_nothing_can_be_kept_one_line_says_so_for_all_models(
    models_folder: ModelsFolder, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("first", "second", "third"):
        models_folder.add(name, LINE)
    folder = tmp_path / "file"
    folder.write_text("no folder")
    options = EngineOptions("native", Cache(folder))
    with caplog.at_level(logging.WARNING):
        models = load_models(models_folder.path, Limits(max_rows=10, deadline_seconds=9), engines=options)
    assert len(models.loaded) == 3
    (record,) = caplog.records
    assert record.getMessage() == (
        f"Conversions and proofs cannot be kept in {folder}: File exists. Set PREDICTQL_CACHE_DIR to a folder that "
        "this user may write to, or each start makes them anew"
    )


def keep(folder: Path, key: str, *, days: float, size: int = 0) -> Path:
    """Keep something that was used so many days ago, of about this size."""
    Cache(folder).keep(key * 64, {}, bytes(size))
    path = folder / f"{key * 64}.engine"
    return aged(path, days)


def aged(path: Path, days: float) -> Path:
    used = time.time() - days * 24 * 3600
    os.utime(path, (used, used))
    return path


def test_what_was_not_used_for_90_days_is_removed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    old, young = keep(tmp_path, "a", days=91, size=1_000_000), keep(tmp_path, "b", days=89)
    others = [tmp_path / "notes.txt", tmp_path / "diesel.engine"]
    for path in others:
        path.write_text("of somebody else")
        aged(path, 1000)
    with caplog.at_level(logging.INFO):
        Cache(tmp_path).prune()
    assert not old.exists()
    assert {*tmp_path.iterdir()} == {young, *others}
    assert f"{tmp_path}: conversions and proofs that nobody has used lately are removed (1.0 MB)" in caplog.text


def test_reading_is_using(tmp_path: Path) -> None:
    path = keep(tmp_path, "a", days=91)
    assert Cache(tmp_path).find("a" * 64) is not None
    Cache(tmp_path).prune()
    assert path.exists()


def test_beyond_a_size_what_was_used_longest_ago_goes_but_nothing_of_today(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inference.engines.cache._MOST_BYTES", 3_500)
    ages = {"a": 0.0, "b": 0.5, "c": 2, "d": 3, "e": 4}
    paths = [keep(tmp_path, key, days=days, size=1_000) for key, days in ages.items()]
    Cache(tmp_path).prune()
    assert [path.exists() for path in paths] == [True, True, True, False, False]
    monkeypatch.setattr("inference.engines.cache._MOST_BYTES", 500)
    Cache(tmp_path).prune()
    assert [path.exists() for path in paths] == [True, True, False, False, False]


def test_what_a_killed_process_left_half_written_is_removed_a_day_later(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.engine.part").write_bytes(b"half")
    aged(tmp_path / "a.engine.part", 1.1)
    Cache(tmp_path).prune()
    assert [path.name for path in tmp_path.iterdir()] == ["b.engine.part"]


def test_what_is_used_while_it_is_about_to_be_removed_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = [keep(tmp_path, key, days=91) for key in "abc"]
    unlink = Path.unlink

    def unlink_beside_another(path: Path) -> None:
        unlink(path)
        for other in paths:  # as a process that starts
            Cache(tmp_path).find(other.stem)

    monkeypatch.setattr(Path, "unlink", unlink_beside_another)
    Cache(tmp_path).prune()
    assert sum(path.exists() for path in paths) == 2


def test_a_folder_that_is_not_there_or_that_others_can_write_to_is_left_alone(tmp_path: Path) -> None:
    Cache(tmp_path / "none").prune()
    assert not (tmp_path / "none").exists()
    path = keep(tmp_path, "a", days=91)
    tmp_path.chmod(0o777)
    Cache(tmp_path).prune()
    assert path.exists()


def test_loading_removes_what_other_models_left_and_keeps_its_own(models_folder: ModelsFolder, tmp_path: Path) -> None:
    models_folder.add("m", LINE, sample=ROWS)
    load(models_folder.path, tmp_path / "cache")
    (own,) = (tmp_path / "cache").iterdir()
    aged(own, 91)
    others = keep(tmp_path / "cache", "a", days=91)
    load(models_folder.path, tmp_path / "cache")
    assert own.exists()
    assert not others.exists()


def test_a_lean_call_is_proved_and_measured_once(models_folder: ModelsFolder, tmp_path: Path) -> None:
    models_folder.add("m", LINE, sample=ROWS)
    first, second = (load(models_folder.path, tmp_path / "cache") for _ in range(2))
    # A time that was measured twice is not the same twice.
    assert second.serving.engine == first.serving.engine
    assert isinstance(second.engine, LeanEngine)
    assert isinstance(first.engine, LeanEngine)
    assert second.engine.domain is not None
    assert first.engine.domain is not None
    assert (second.engine.domain.least, second.engine.methods) == (first.engine.domain.least, first.engine.methods)
    columns, methods = [ROWS[name].tolist() for name in ROWS], second.engine.methods
    expected = PlainEngine(second.estimator, second.signature).ask(columns, 60, methods)
    check_same(expected, second.ask(columns, 60, methods))


def test_that_there_is_no_lean_call_is_kept_too(models_folder: ModelsFolder, tmp_path: Path) -> None:
    models_folder.add("m", SlowWithArrays().fit(ROWS, ROWS["a"]), sample=ROWS)
    first, second = (load(models_folder.path, tmp_path / "cache") for _ in range(2))
    assert isinstance(second.engine, PlainEngine)
    assert second.serving.engine == first.serving.engine


def test_damage_costs_a_proof_and_nothing_else(models_folder: ModelsFolder, tmp_path: Path) -> None:
    models_folder.add("m", LINE, sample=ROWS)
    load(models_folder.path, tmp_path / "cache")
    (kept,) = (tmp_path / "cache").iterdir()
    key = kept.stem
    Cache(tmp_path / "cache").keep(key, {"way": "forms"})  # whole, but not what was written
    assert isinstance(load(models_folder.path, tmp_path / "cache").engine, LeanEngine)
    found = Cache(tmp_path / "cache").find(key)
    assert found is not None
    assert found[0]["rows"] == 256


def test_another_artifact_sample_or_method_has_another_key(models_folder: ModelsFolder) -> None:
    models_folder.add("m", LINE, sample=ROWS)
    (model,) = models_folder.load().loaded
    keys = {
        Identity(sha256, model.signature, sample, methods).key(what)
        for sha256 in ("a", "b")
        for sample in (None, ROWS, ROWS + 1)
        for methods in (["predict"], ["predict", "predict_proba"])
        for what in ("native", "onnx")
    }
    assert len(keys) == 24
    assert Identity("a", model.signature, ROWS, ["predict"]).key("native") in keys
