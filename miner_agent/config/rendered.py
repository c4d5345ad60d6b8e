"""The configuration in force as TOML, which loads to the same one."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec.structs import replace

from miner_agent.config.configuration import Config
from miner_agent.config.key_types import Table
from miner_agent.config.toml_text import written
from miner_agent.text import marked_account


def render(config: Config) -> str:
    """Every key that has a value. Secrets stand in files and are named, not shown."""
    sources = [f"# from: {source}" for source in config.sources] or ["# no file: defaults"]
    return "\n".join([*sources, "", written(_plain(config))])


def shown_config(config: Config) -> str:
    """The same for people's eyes: an account at a pool, which a pool has to be asked by, is its fingerprint."""
    payouts = tuple(replace(entry, account=marked_account(entry.account) or "…") for entry in config.payouts)
    return render(replace(config, payouts=payouts))


def _plain(value: Any) -> Any:
    if isinstance(value, Table):
        told = {name: getattr(value, name) for name in value.__struct_fields__ if name not in value.asides}
        return {name: _plain(each) for name, each in told.items() if each not in (None, (), {})}
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return value if isinstance(value, bool | int | float | date | Mapping) else str(value)
