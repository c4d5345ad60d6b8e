"""Who answers is told by the shape of an answer: a version that cannot be read costs the version, and no more."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests.captured import OWN, raw_of
from tests.configured import driver_of
from tests.tolerance import is_json, read

CAPTURES = [
    (f"{name}/{folder.name}", driver_of(folder), raw_of(folder))
    for name in drivers.names()
    for folder in sorted((OWN / name).glob("*/"))
]
UNREADABLE: dict[str, object] = {
    "a number": 7,
    "a list": [],
    "an object": {"x": 1},
    "null": None,
    "truth": True,
    "empty": "",
}
SAYS_THE_UNIT = {"claymore", "iceriver"}
"""Of these the version names the coin or the model, and that the unit of a hashrate: without it none is told."""


def texts(value: Any, held: str) -> Iterator[tuple[Any, Any]]:
    """The places that hold this text, each as its holder and its key."""
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(inner, str) and held in inner:
                yield value, key
            else:
                yield from texts(inner, held)


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_version_that_cannot_be_read_costs_the_version(kind: str) -> None:
    tried = 0
    for name, driver, raw in CAPTURES:
        first = driver.requests[0].name
        whole = read(driver, raw)
        if not isinstance(whole, MinerSnapshot) or whole.software_version is None or not is_json(raw.get(first, b"")):
            continue
        said = json.loads(raw[first].rstrip(b"\0"))
        for holder, key in list(texts(said, whole.software_version)):
            held, holder[key] = holder[key], UNREADABLE[kind]
            payloads = Payloads({**raw, first: json.dumps(said).encode()})
            left = driver.read(payloads)
            holder[key] = held
            tried += 1
            assert isinstance(left, MinerSnapshot), name
            assert left.uptime_seconds == whole.uptime_seconds, name
            assert len(left.devices) == len(whole.devices), name
            if driver.name not in SAYS_THE_UNIT and left.software == whole.software:
                assert replace(left, software_version=whole.software_version) == whole, name
            if left.software_version is None and kind not in {"null", "empty"}:
                assert len(tuple(payloads.defects)) > 0, name

    assert tried > 60


KIN = (
    frozenset({"xmrig", "wildrig"}),  # WildRig took over XMRig's summary as it was
    frozenset({"claymore", "ethminer", "ttminer"}),  # one remote API
    frozenset({"dstm", "ewbf", "miniz"}),
    frozenset({"json", "bitaxe"}),  # takes whatever its configuration names
)
"""Whose answers cannot be told apart."""


def test_no_program_s_answer_is_taken_for_another_s() -> None:
    over_http = [(name, driver, raw) for name, driver, raw in CAPTURES if driver.scheme == "http"]
    taken = {
        (name, other.name)
        for name in drivers.names()
        for _, other, raw in over_http
        if name != other.name and not any({name, other.name} <= kin for kin in KIN)
        for answer in raw.values()
        if read(drivers.load(name), {drivers.load(name).requests[0].name: answer}) is not None
    }

    assert taken == set()
