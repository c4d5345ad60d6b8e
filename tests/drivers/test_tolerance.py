"""Every number of every recorded answer, damaged one at a time: it costs itself, and nothing wrong is said."""

import itertools
import os
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.model.readings import MeterReading, MinerSnapshot
from miner_agent.sources.driver import Driver
from tests.captured import OWN, cases, raw_of
from tests.configured import driver_of
from tests.tolerance import KINDS, MISSING, is_json, key_of, one_of_each, places, read, wrong
from tests.tolerance import damaged as damage

FLAGS = {("bitaxe", "isUsingFallbackStratum"), ("bitaxe", "overheat_mode"), ("iceriver", "connect")}
"""Told as 0 or 1, so that ``true`` says something."""

STANDS_IN = {
    "the next window of a hashrate, or the same hashrate with fewer digits": {
        *((driver, "MHS #s") for driver in ("auradine", "avalon", "bosminer", "cgminer", "goldshell", "luxos")),
        *((driver, "MHS #s") for driver in ("volcminer", "whatsminer")),
        *((driver, "GHS #s") for driver in ("antminer", "luxos")),
        *(("nbminer", f"{of}_raw") for of in ("hashrate", "hashrate#", "total_hashrate", "total_hashrate#")),
        *(("whatsminer", key) for key in ("HS RT", "MHS #m")),
        *(("sealminer", key) for key in ("MHS #m", "# MHS(#m)")),
        ("braiins", "gigahash_per_second"),
        ("cgminer", "KHS #s"),
    },
    "the sum over the pools": {
        *((driver, "Accepted") for driver in ("antminer", "auradine", "bosminer", "goldshell", "volcminer")),
    },
    "the hottest of the other sensors, one of several under one key": {
        ("epic", "Data"),
        ("goldshell", "tstemp-#"),
        ("hammer", "temp#"),
        ("jasminer", "asic#_temp"),
        ("luxos", "BottomLeft"),
        ("luxos", "TopRight"),
        ("sealminer", "# Temp #"),
    },
    "a pool without its port": {
        ("bitaxe", "stratumPort"),
        ("bitaxe", "fallbackStratumPort"),
        *((driver, "port") for driver in ("dstm", "rigel", "teamblackminer")),
    },
    "what versions mean that do not say it": {
        ("avalon", "Elapsed"),
        ("bitaxe", "isUsingFallbackStratum"),
        ("cgminer", "GPU"),
        ("teamredminer", "Fan Percent"),
        ("whatsminer", "POOL"),
    },
}
"""Where a number is not said, by null or by no key: what is shown instead of it."""

NOT_SAID = {"null", MISSING}

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
ONE_OF_FIVE, ONE_OF_FOUR, ALL = (
    "a fifth of the kinds for each key of a driver",
    "a quarter of the kinds for each number",
    "all",
)
HOW_MANY = {ONE_OF_FIVE: (False, 5), ONE_OF_FOUR: (True, 4), ALL: (True, 1)}
"""Whether each number is damaged, and in which part of the ways to do so."""
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


def has_its_own_meaning(driver: str, key: str, kind: str) -> bool:
    if kind in NOT_SAID:
        return any((driver, key) in keys for keys in STANDS_IN.values())
    return (driver, key) in FLAGS if kind == "true" else (driver, kind) in WITHOUT_A_SENSOR


@pytest.fixture(
    scope="module",
    params=[
        ONE_OF_FIVE,
        pytest.param(ONE_OF_FOUR, marks=pytest.mark.thorough),
        pytest.param(ALL, marks=pytest.mark.soak),
    ],
)
def damaged(request: pytest.FixtureRequest) -> tuple[Counter[str], Counter[str], list[str]]:
    """How often a number was damaged, how often that cost the machine, and what was said that is not so."""
    tried, lost, said = Counter[str](), Counter[str](), list[str]()
    turn, (every_number, step) = itertools.count(), HOW_MANY[request.param]
    keys: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, driver, raw in answers():
        whole = read(driver, raw)
        if whole is None:
            continue
        for asked, answer in raw.items():
            found = list(places(answer)) if is_json(answer) else []
            for start, end in found if every_number else one_of_each(answer, found, keys[driver.name, asked]):
                for kind in KINDS[next(turn) % step :: step]:
                    changed = damage(answer, start, end, kind)
                    if changed is None:
                        continue
                    reading = read(driver, {**raw, asked: changed})
                    tried[kind] += 1
                    lost[kind] += reading is None
                    if reading is not None and not has_its_own_meaning(driver.name, key_of(answer, start), kind):
                        there = answer[max(0, start - 40) : end].decode()
                        said += [f"{name}: {asked}: ...{there} as {kind}: {one}" for one in wrong(whole, reading)]
    return tried, lost, said


@pytest.mark.thorough
def test_a_number_that_cannot_be_read_costs_itself_and_not_the_machine(
    damaged: tuple[Counter[str], Counter[str], list[str]],
) -> None:
    tried, lost, _ = damaged

    assert min(tried.values()) > 250
    assert {kind: lost[kind] / count for kind, count in tried.items() if lost[kind] > PARTS_OF_A_WHOLE * count} == {}
    assert lost["text"] == lost["padded text"] == 0


@pytest.mark.thorough
def test_a_number_that_cannot_be_read_makes_nothing_else_wrong(
    damaged: tuple[Counter[str], Counter[str], list[str]],
) -> None:
    assert damaged[2] == []


DAMAGE_OF_ANSWERS = {
    "html": b"<html><body>404</body></html>",
    "error": b'{"error": {"code": -32601, "message": "no such method"}, "id": 0}',
    "not utf-8": b"\xff\xfe\x00",
    "empty": b"",
    "a list": b"[[]]",
}
WHAT_IT_IS = {("antminer", "stats"), ("antminer", "summary")}
"""Answers after a driver's first without which it may not be known what the machine is or does."""


Read = MinerSnapshot | MeterReading


def optional(driver: Driver) -> list[str]:
    return [request.name for request in driver.requests[1:]]


def test_every_answer_that_a_driver_asks_for_stands_in_a_capture() -> None:
    asked = {(name, request.name) for name in drivers.names() for request in drivers.load(name).requests}
    recorded = {
        (name, said) for name in drivers.names() for folder in (OWN / name).glob("*/") for said in raw_of(folder)
    }

    assert asked - recorded == set()


def test_silence_on_an_optional_question_costs_its_answer() -> None:
    lost = {
        (driver.name, asked)
        for _, driver, raw in answers()
        if read(driver, raw) is not None
        for asked in optional(driver)
        if asked in raw and read(driver, {name: said for name, said in raw.items() if name != asked}) is None
    }

    assert lost <= WHAT_IT_IS


@cache
def with_optional_answers() -> list[tuple[str, Driver, dict[str, bytes], Read, dict[str, Read | None]]]:
    """What is read of them all, and without each that could be left out."""
    return [
        (
            name,
            driver,
            raw,
            whole,
            {
                asked: read(driver, {key: said for key, said in raw.items() if key != asked})
                for asked in optional(driver)
                if asked in raw
            },
        )
        for name, driver, raw in answers()
        if (whole := read(driver, raw)) is not None
    ]


@pytest.mark.thorough
@pytest.mark.parametrize("kind", ["half", *DAMAGE_OF_ANSWERS])
def test_an_optional_answer_that_cannot_be_read_costs_that_answer(kind: str) -> None:
    for name, driver, raw, whole, withouts in with_optional_answers():
        for asked, without in withouts.items():
            answer = raw[asked][: len(raw[asked]) // 2] if kind == "half" else DAMAGE_OF_ANSWERS[kind]
            assert read(driver, {**raw, asked: answer}) in (without, whole), f"{name}: {asked}"
