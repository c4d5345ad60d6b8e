"""Keys that stand in the environment, such as ``MINER_AGENT__AGENT__RIG``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from miner_agent.config.configuration import ENTRY_LISTS, Config
from miner_agent.config.shape import shape_of
from miner_agent.config.toml_text import value_of
from miner_agent.config.words import printable
from miner_agent.errors import ConfigError
from miner_agent.text import legible

PREFIX = "MINER_AGENT__"


def overrides(environment: Mapping[str, str]) -> dict[str, Any]:
    """What the environment says, in the form of a file.

    Raises:
        ConfigError: a variable names no key, or two contradict each other.
    """
    found: dict[str, Any] = {}
    for variable in sorted(name for name in environment if name.startswith(PREFIX)):
        *tables, key = path = variable.removeprefix(PREFIX).lower().split("__")
        if not tables or not all(path) or tables[0] in ENTRY_LISTS:
            raise _refusal(variable, f"names no key; write it as {PREFIX}AGENT__RIG")
        value = legible(environment[variable])
        if not (_is_utf8(variable) and _is_utf8(value)):
            raise _refusal(variable, "is not UTF-8 text; write it in UTF-8")
        table: Any = found
        for name in tables:
            table = table.setdefault(name, {}) if isinstance(table, dict) else None
        if not isinstance(table, dict) or key in table:
            raise _refusal(variable, "contradicts another variable on the same key; unset one of them")
        table[key] = value if shape_of(Config).at(path).takes_text else value_of(value)
    return found


def whole_path_in(environment: Mapping[str, str], variable: str) -> Path | None:
    """Where a variable such as ``XDG_CONFIG_HOME`` points to. One that is no whole path says nothing, as XDG has it.

    What lies in the folder where somebody stands is not his configuration.
    """
    path = Path(environment.get(variable, ""))
    return path if path.is_absolute() else None


def _is_utf8(text: str) -> bool:
    """False where bytes of the environment that are no UTF-8 came through as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _refusal(variable: str, sentence: str) -> ConfigError:
    return ConfigError(f"environment: {printable(variable)} {sentence}")
