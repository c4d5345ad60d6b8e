"""The configuration in force as TOML, which loads to the same one."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from miner_agent.config.configuration import Config
from miner_agent.config.key_types import Table
from miner_agent.config.named_files import SecretFile, shown_file
from miner_agent.config.toml_text import written
from miner_agent.text import marked_account


def render(config: Config) -> str:
    """Every key that has a value. Secrets stand in files and are named, not shown."""
    return _rendered(config, str)


def shown_config(config: Config) -> str:
    """The same for people's eyes.

    An account at a pool, which a pool has to be asked by, is its fingerprint. What stands for the file of a secret and
    is none is not shown.
    """
    payouts = tuple(replace(entry, account=marked_account(entry.account) or "…") for entry in config.payouts)
    return _rendered(replace(config, payouts=payouts), lambda file: shown_file(file.path))


def _rendered(config: Config, named: Callable[[SecretFile], str]) -> str:
    sources = [f"# from: {source}" for source in config.sources] or ["# no file: defaults"]
    return "\n".join([*sources, "", written(_plain(config, named))])


def _plain(value: Any, named: Callable[[SecretFile], str]) -> Any:
    if isinstance(value, Table):
        held = {name: getattr(value, name) for name in value.__struct_fields__ if name not in value.asides}
        return {name: _plain(each, named) for name, each in held.items() if each not in (None, (), {})}
    if isinstance(value, tuple):
        return [_plain(each, named) for each in value]
    if isinstance(value, SecretFile):
        return named(value)
    return value if isinstance(value, bool | int | float | date | Mapping) else str(value)
