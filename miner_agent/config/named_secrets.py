"""Every file of a secret that a configuration names."""

from collections.abc import Iterator

from miner_agent.config.key_types import Table
from miner_agent.config.named_files import SecretFile


def named_secrets(table: Table, place: str = "") -> Iterator[tuple[str, SecretFile]]:
    """Each with the key that names it, such as ``feeds.key_file``."""
    for name in table.__struct_fields__:
        if name in table.asides:
            continue
        key = f"{place}.{name}" if place else name
        value = getattr(table, name)
        for each in value if isinstance(value, tuple) else (value,):
            if isinstance(each, SecretFile):
                yield key, each
            elif isinstance(each, Table):
                yield from named_secrets(each, key)
