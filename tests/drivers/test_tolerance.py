"""Every number of every recorded answer, damaged one at a time: it costs itself, and nothing wrong is said."""

import itertools
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.sources.driver import Driver
from tests.captured import OWN, cases, raw_of
from tests.configured import driver_of
from tests.tolerance import OF_NUMBERS, is_json, one_of_each, places, read, wrong

OWN_MEANING = {"null": "not said", "true": "of a flag that is told as 0 or 1"}
"""Damage that says something else than that a number cannot be read: it costs no more, and may change what is meant."""

WITHOUT_A_SENSOR = {
    ("luxos", "minus one"),  # the hottest of four sensors is that of the three that are there
    ("miniz", "minus one"),  # three zeros are a card without sensors, and then there are two
    ("iceriver", "minus one"),  # a pool that is not connected
    ("json", "minus one"),  # a meter that feeds in
    ("shelly", "minus one"),
    ("tasmota", "minus one"),
}
"""Where -1 is a number like any other, or another sensor stands in."""

PARTS_OF_A_WHOLE = 0.01
pytestmark = pytest.mark.xdist_group("tolerance")  # what is damaged is damaged once


def answers() -> list[tuple[str, Driver, dict[str, bytes]]]:
    found = [
        (f"{name}/{folder.name}", driver_of(folder), raw_of(folder))
        for name in drivers.names()
        for folder in sorted((OWN / name).glob("*/"))
    ]
    if given := os.environ.get("MINER_AGENT_TEST_DATA"):
        found += [(case.name, case.driver, case.raw) for case in cases(Path(given))]
    return found


@pytest.fixture(
    scope="module", params=["two kinds of each key of a driver", pytest.param("all", marks=pytest.mark.thorough)]
)
def damaged(request: pytest.FixtureRequest) -> tuple[Counter[str], Counter[str], list[str]]:
    """How often a number was damaged, how often that cost the machine, and what was said that is not so."""
    tried, lost, said = Counter[str](), Counter[str](), list[str]()
    kinds, turn = list(OF_NUMBERS.items()), itertools.count()
    keys: defaultdict[tuple[str, str], set[bytes]] = defaultdict(set)
    for name, driver, raw in answers():
        whole = read(driver, raw)
        if whole is None:
            continue
        for asked, answer in raw.items():
            found = list(places(answer)) if is_json(answer) else []
            for start, end in found if request.param == "all" else one_of_each(answer, found, keys[driver.name, asked]):
                for kind, damage in kinds if request.param == "all" else kinds[next(turn) % 3 :: 3]:
                    reading = read(driver, {**raw, asked: answer[:start] + damage(answer[start:end]) + answer[end:]})
                    tried[kind] += 1
                    lost[kind] += reading is None
                    if reading is not None and kind not in OWN_MEANING and (driver.name, kind) not in WITHOUT_A_SENSOR:
                        there = answer[max(0, start - 40) : end].decode()
                        said += [f"{name}: {asked}: ...{there} as {kind}: {one}" for one in wrong(whole, reading)]
    return tried, lost, said


def test_a_number_that_cannot_be_read_costs_itself_and_not_the_machine(
    damaged: tuple[Counter[str], Counter[str], list[str]],
) -> None:
    tried, lost, _ = damaged

    assert min(tried.values()) > 300
    assert {kind: lost[kind] / count for kind, count in tried.items() if lost[kind] > PARTS_OF_A_WHOLE * count} == {}
    assert lost["text"] == lost["padded text"] == 0


def test_a_number_that_cannot_be_read_makes_nothing_else_wrong(
    damaged: tuple[Counter[str], Counter[str], list[str]],
) -> None:
    assert damaged[2] == []


OPTIONAL = {
    "html": b"<html><body>404</body></html>",
    "error": b'{"error": {"code": -32601, "message": "no such method"}, "id": 0}',
    "not utf-8": b"\xff\xfe\x00",
    "empty": b"",
    "a list": b"[[]]",
}


@pytest.mark.parametrize("kind", ["half", *OPTIONAL])
def test_an_optional_answer_that_cannot_be_read_costs_that_answer(kind: str) -> None:
    for name, driver, raw in answers():
        whole = read(driver, raw)
        if whole is None:
            continue
        for asked in [request.name for request in driver.requests[1:] if request.name in raw]:
            answer = raw[asked][: len(raw[asked]) // 2] if kind == "half" else OPTIONAL[kind]
            without = read(driver, {key: said for key, said in raw.items() if key != asked})
            if without is None:
                continue  # it is this answer that tells what the machine is
            assert read(driver, {**raw, asked: answer}) in (without, whole), f"{name}: {asked}"
