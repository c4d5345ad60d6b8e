"""The process that reads YAML that a person writes: plain values, each key once, nothing by reference.

``python -m miner_agent.config.yaml_child``: a text and where it is from on stdin; on stdout what stands in it, or what
is wrong with it. It ends with whoever started it.
"""

import json
import sys
from typing import Any

import yaml

from miner_agent.config.toml_text import too_deep
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.interpreter import end_with_parent

MOST_LEVELS = 100
_WRITE = "write it as Prometheus' web.config.yml is written"


class _Flaw(Exception):
    """What cannot be, and the number of its line."""

    def __init__(self, said: str, node: Any) -> None:
        super().__init__(said)
        self.line = node.start_mark.line + 1


class _Loader(yaml.SafeLoader):  # type: ignore[misc]  # PyYAML tells no types
    """Gives up early: PyYAML goes through all lists that are open at each that opens."""

    _levels = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        self._levels += 1
        if self._levels > MOST_LEVELS:
            raise RecursionError
        node = super().compose_node(parent, index)
        self._levels -= 1
        return node


def parsed(text: str, origin: str) -> dict[str, Any]:
    """What stands in a text. A value that cannot be is told by its line, never by itself: it may be a secret.

    Raises:
        ConfigError: it is no YAML, or no table of it.
    """
    try:
        told = _plain(yaml.compose(text, Loader=_Loader), yaml.SafeLoader(""), set())
    except _Flaw as error:
        raise ConfigError(f"{origin}, line {error.line}: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = "" if error.problem_mark is None else f", line {error.problem_mark.line + 1}"
        raise ConfigError(f"{origin}{line}: not YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError):  # a character that does not print; a number with too many digits
        raise ConfigError(f"{origin}: not YAML; {_WRITE}") from None
    except RecursionError:
        raise too_deep(origin) from None
    if told is None:
        return {}
    if not isinstance(told, dict):
        raise ConfigError(f"{origin}: no table of settings; {_WRITE}")
    return told


def _plain(node: Any, loader: Any, seen: set[int]) -> Any:
    """What a node says. YAML itself takes the last of two equal keys, and text that stands for other text."""
    if node is None:
        return None
    if id(node) in seen:
        raise _Flaw("an alias stands for this; write the value itself in each place", node)
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        return [_plain(each, loader, seen) for each in node.value]
    if not isinstance(node, yaml.MappingNode):
        return loader.construct_object(node)
    table: dict[str, Any] = {}
    for key, value in node.value:
        name = _plain(key, loader, seen)
        if not isinstance(name, str):
            raise _Flaw(f"a key is no text; {_WRITE}", key)
        if name in table:
            raise _Flaw(f"{shown(name)} stands there twice; leave one away", key)
        table[name] = _plain(value, loader, seen)
    return table


def answer(errand: bytes) -> bytes:
    """As JSON: ``told``, or ``refused``, a sentence. What JSON has no word for, such as a date, is text."""
    try:
        return json.dumps({"told": parsed(**json.loads(errand))}, default=str).encode()
    except ConfigError as error:
        return json.dumps({"refused": str(error)}).encode()


if __name__ == "__main__":
    end_with_parent()
    sys.stdout.buffer.write(answer(sys.stdin.buffer.read()))
