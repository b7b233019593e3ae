"""Command line flags, made from the settings: one source of names, defaults and help."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from server.settings import Setting, Settings, SettingsError, describe

Command = Callable[..., Any]


def settings_flags(command: Command) -> Command:
    """Give a click command the argument PATH and a flag for each setting, all passed to it as keywords."""
    for setting in reversed([one for one in describe() if one.name != "models"]):
        command = _flag(setting)(command)
    return click.argument("models", metavar="[PATH]", required=False)(command)


def load_settings(**flags: object) -> Settings:
    """Make the settings from flags and the environment; what cannot be used is wrong use of the command."""
    try:
        return Settings.load(flags)
    except SettingsError as error:
        raise click.UsageError(str(error), click.get_current_context(silent=True)) from None


def _flag(setting: Setting) -> Callable[[Command], Command]:
    """Make the click option of a setting. Its value stays text: flags and variables are checked in one place."""
    shown = f"{setting.help} [default: {setting.default}]"
    if setting.is_switch:
        pair = setting.flag.replace("[no-]", "") + "/" + setting.flag.replace("[no-]", "no-")
        return click.option(pair, setting.name, default=None, help=shown)
    return click.option(setting.flag, setting.name, metavar=setting.name.split("_")[-1].upper(), help=shown)
