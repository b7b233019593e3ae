"""Settings: where they come from, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from server.settings import Settings, SettingsError, describe


def refusal(flags: dict[str, object], environ: dict[str, str]) -> str:
    with pytest.raises(SettingsError) as caught:
        Settings.load(flags, environ)
    return str(caught.value)


def test_without_flags_and_variables_everything_has_its_default() -> None:
    assert Settings.load({}, {}) == Settings()
    assert Settings().models == Path("models")


def test_making_settings_by_hand_reads_no_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREDICTQL_PORT", "9")
    assert Settings().port == 8000
    assert Settings.load({}).port == 9


@pytest.mark.parametrize(
    ("flags", "environ", "port"),
    [
        ({"port": "1"}, {"PREDICTQL_PORT": "2", "PORT": "3"}, 1),
        ({"port": None}, {"PREDICTQL_PORT": "2", "PORT": "3"}, 2),
        ({}, {"PORT": "3"}, 3),
        ({}, {"PREDICTQL_PORT": "", "PORT": "3"}, 3),
        ({}, {"PORT": ""}, 8000),
    ],
)
def test_flags_win_over_variables_and_variables_over_port(
    flags: dict[str, object], environ: dict[str, str], port: int
) -> None:
    assert Settings.load(flags, environ).port == port


def test_every_setting_can_be_given_as_its_variable() -> None:
    values = {
        "models": "other",
        "host": "0.0.0.0",  # noqa: S104  # not listened on here
        "port": "9000",
        "keep_going": "true",
        "formats": "joblib,pickle",
        "allow_writable": "true",
        "graphiql": "false",
        "metrics": "false",
        "cors_origins": "https://shop.example",
        "max_rows": "5",
        "max_body_bytes": "2048",
        "deadline_ms": "7",
        "drain_seconds": "5",
        "max_queued_rows": "9",
        "max_tokens": "10",
        "max_depth": "11",
        "max_fields": "12",
        "max_root_fields": "13",
        "workers": "2",
        "threads": "3",
        "processes": "4",
        "engine": "onnx",
        "cache_dir": "kept",
        "log_level": "debug",
    }
    settings = Settings.load({}, {setting.variable: values[setting.name] for setting in describe()})
    assert {name: str(value).lower() for name, value in settings.model_dump().items()} == values


def kept_in(settings: Settings) -> Path:
    """Return the folder for what is found out of models."""
    assert settings.engines.cache
    return settings.engines.cache.folder


def test_conversions_are_kept_where_caches_of_this_user_are() -> None:
    assert kept_in(Settings()) == Path.home() / ".cache" / "predictql"
    environ = {"XDG_CACHE_HOME": "/var/cache/me"}
    assert kept_in(Settings.load({}, environ)) == Path("/var/cache/me/predictql")
    assert kept_in(Settings.load({}, environ | {"PREDICTQL_CACHE_DIR": "kept"})) == Path("kept")


def test_a_misspelt_variable_is_refused_with_the_nearest_known_one() -> None:
    assert (
        refusal({}, {"PREDICTQL_PROT": "1"}) == "PREDICTQL_PROT is no setting; the nearest known is 'PREDICTQL_PORT'."
    )
    assert "the nearest known is 'PREDICTQL_PORT'" in refusal({}, {"predictql_port": "1"})


@pytest.mark.parametrize(
    ("flags", "environ", "sentence"),
    [
        ({"port": "80a"}, {}, "--port cannot be '80a'; expected a whole number from 0 to 65535."),
        ({}, {"PREDICTQL_PORT": "70000"}, "PREDICTQL_PORT cannot be '70000'; expected a whole number from 0 to 65535."),
        ({}, {"PORT": "-1"}, "PORT cannot be '-1'; expected a whole number from 0 to 65535."),
        ({"max_rows": "0"}, {}, "--max-rows cannot be '0'; expected a whole number from 1 up."),
        ({}, {"PREDICTQL_KEEP_GOING": "maybe"}, "PREDICTQL_KEEP_GOING cannot be 'maybe'; expected true or false."),
        (
            {"log_level": "loud"},
            {},
            "--log-level cannot be 'loud'; expected one of debug, info, warning, error, critical.",
        ),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_its_name_and_what_is_expected(
    flags: dict[str, object], environ: dict[str, str], sentence: str
) -> None:
    assert refusal(flags, environ) == sentence


def test_formats_that_nobody_knows_are_refused_with_those_that_are_known() -> None:
    said = refusal({"formats": "joblib,h5"}, {})
    assert said.startswith("--formats cannot be 'joblib,h5'; expected some of joblib,pickle")
    assert Settings.load({"formats": " pickle, joblib "}, {}).formats == " pickle, joblib "


def test_a_bad_variable_does_no_harm_where_a_flag_replaces_it() -> None:
    assert Settings.load({"port": "1"}, {"PREDICTQL_PORT": "bad"}).port == 1


def test_the_variables_that_kubernetes_makes_for_a_service_of_this_name_are_left_alone() -> None:
    environ = {
        "PREDICTQL_SERVICE_HOST": "10.0.0.7",
        "PREDICTQL_SERVICE_PORT": "80",
        "PREDICTQL_SERVICE_PORT_HTTP": "80",
        "PREDICTQL_PORT": "tcp://10.0.0.7:80",
        "PREDICTQL_PORT_80_TCP": "tcp://10.0.0.7:80",
        "PREDICTQL_PORT_80_TCP_ADDR": "10.0.0.7",
        "PREDICTQL_PORT_80_TCP_PORT": "80",
        "PREDICTQL_PORT_80_TCP_PROTO": "tcp",
    }
    assert Settings.load({}, environ) == Settings()


def test_settings_cannot_be_changed_once_made() -> None:
    settings = Settings()
    with pytest.raises(ValidationError, match="frozen"):
        settings.port = 1


def test_each_setting_has_a_sentence_of_help() -> None:
    for setting in describe():
        assert setting.help.endswith("."), setting.name
        assert setting.help[0].isupper(), setting.name
