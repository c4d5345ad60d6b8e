"""Answers that are far too much work: whatever a driver's own captures list, listed again and again."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from miner_agent.sources.driver import Driver
from tests.captured import own

SEPARATORS = re.compile(r"[;|,]")
Fill = Callable[[Any], Any]


def excessive(driver: Driver) -> Iterator[dict[str, bytes]]:
    """What ``driver`` may be answered at its worst, each as long as its answers may be."""
    for raw in own(driver.name):
        for fill in (_again, _hollow, _nothing):
            room = driver.most_bytes // len(raw)
            yield {name: _filled(answer, fill, room) for name, answer in raw.items()}


def _filled(answer: bytes, fill: Fill, room: int) -> bytes:
    """The answer with so many of everything that it lists as ``room`` bytes hold."""
    try:
        document = json.loads(answer.rstrip(b"\0"))
    except ValueError:
        return _text_filled(answer, room)
    once, twice = (len(_dumped(_multiplied(document, fill, times))) for times in (1, 2))
    return _dumped(_multiplied(document, fill, 1 + max(0, room - once) // max(1, twice - once)))


def _text_filled(answer: bytes, room: int) -> bytes:
    record = answer.rstrip(b"\0\n")
    return record * max(1, room // max(1, len(record)))


def _multiplied(value: Any, fill: Fill, times: int) -> Any:
    if isinstance(value, dict):
        return {key: _multiplied(held, fill, times) for key, held in value.items()}
    if isinstance(value, list) and value:
        if isinstance(value[0], dict | list):
            return [_multiplied(value[0], _again, 1), *[fill(value[0])] * (times - 1)]
        return [*value, *[fill(value[0])] * (times - 1)]
    if isinstance(value, str) and SEPARATORS.search(value):
        return ";".join([value] * times) if ";" in value else value
    return value


def _again(value: Any) -> Any:
    return value


def _hollow(value: Any) -> Any:
    """The same shape with nothing in it."""
    return {} if isinstance(value, dict) else [] if isinstance(value, list) else 0


def _nothing(_value: Any) -> Any:
    return None


def _dumped(document: Any) -> bytes:
    return json.dumps(document, separators=(",", ":")).encode()
