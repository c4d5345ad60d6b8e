"""Every driver against everything it was recorded answering, and against garbage."""

import json
import tomllib
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.model.readings import MeterReading, MinerSnapshot
from miner_agent.sources.payload import Payloads
from tests import cuts
from tests.captured import raw_of
from tests.configured import driver_of
from tests.for_each import for_each
from tests.tolerance import is_json, read

CAPTURES = Path(__file__).parents[1] / "captures"
DRIVERS = {name: drivers.load(name) for name in drivers.names()}
FOLDERS = sorted(folder for name in DRIVERS for folder in (CAPTURES / name).glob("*/"))
IN_JSON = [
    folder for folder in FOLDERS if is_json(raw_of(folder).get(DRIVERS[folder.parent.name].requests[0].name, b""))
]
GARBAGE = {
    "empty": b"",
    "html": b"<html><h1>502 Bad Gateway</h1></html>",
    "null": b"null",
    "list": b"[]",
    "object": b"{}",
    "number": b"42",
    "truth": b"true",
    "nan": b'{"version": NaN}',
    "infinity": b'{"hashrate": Infinity}',
    "too large": b'{"hashrate": 1e999}',
    "too many digits": b'{"uptime": ' + b"9" * 5000 + b"}",
    "not utf-8": b'{"version": "\xff\xfe"}',
    "deep": b"[" * 100_000,
    "deep object": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "same key twice": b'{"version": "1", "version": "2"}',
    "unclosed": b'{"version": "6.2',
    "escapes": b'"' + b"\\" * 100_001,
}


def shown(snapshot: MinerSnapshot | MeterReading) -> str:
    """The snapshot as JSON, without what its source did not say."""
    found = msgspec.to_builtins(snapshot)
    return msgspec.json.format(msgspec.json.encode(_said(found)), indent=2).decode() + "\n"


def _said(value: object) -> object:
    if isinstance(value, dict):
        return {key: _said(held) for key, held in value.items() if held is not None and held not in ([], ())}
    if isinstance(value, list | tuple):
        return [_said(held) for held in value]
    return value


@for_each("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_capture_parses_to_its_expected_snapshot(folder: Path, update_golden: bool) -> None:
    snapshot = driver_of(folder).read(Payloads(raw_of(folder)))

    expected = folder / "expected.json"
    if update_golden:
        expected.write_text(shown(snapshot))
    assert expected.exists(), "new capture: run pytest --update-golden and read the diff"
    assert shown(snapshot) == expected.read_text()


@for_each("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_capture_says_where_it_comes_from(folder: Path) -> None:
    meta = tomllib.loads((folder / "meta.toml").read_text())

    assert meta["origin"] in {"recorded", "documentation"}
    assert {"written", "source", "masked"} <= meta.keys()


@pytest.mark.thorough
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
@cuts.at_some_places
def test_a_capture_cut_short_anywhere_is_right_or_refused(folder: Path, most: int | None) -> None:
    driver, raw = driver_of(folder), raw_of(folder)
    whole = driver.read(Payloads(raw))
    for name, answer in raw.items():
        without = read(driver, {asked: said for asked, said in raw.items() if asked != name})
        for length in cuts.lengths(answer, most=most):
            cut = read(driver, {**raw, name: answer[:length]})
            assert cut in (None, whole, without), f"{name} cut at byte {length}"


@for_each("name", DRIVERS)
def test_garbage_is_a_bad_payload_and_nothing_else(name: str) -> None:
    driver = DRIVERS[name]
    taken = [kind for kind, raw in GARBAGE.items() if read(driver, {request.name: raw for request in driver.requests})]

    assert taken == []


def names_in(value: object, names: list[str]) -> object:
    """The texts that hold one of these names, where they stand; everything else is left out."""
    if isinstance(value, dict):
        return {key: kept for key, held in value.items() if (kept := names_in(held, names)) is not None} or None
    if isinstance(value, list):
        return [kept for held in value if (kept := names_in(held, names)) is not None] or None
    return value if isinstance(value, str) and any(name in value.lower() for name in names) else None


@for_each("folder", IN_JSON, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_an_answer_of_which_only_names_are_understood_is_none(folder: Path) -> None:
    driver, raw = driver_of(folder), raw_of(folder)
    whole = driver.read(Payloads(raw))
    told = (getattr(whole, field, None) for field in ("software", "software_version", "product"))
    names = [name.lower() for name in told if name]
    left = {
        asked: json.dumps(names_in(json.loads(answer.rstrip(b"\0")), names) or {}).encode()
        for asked, answer in raw.items()
        if is_json(answer)
    }

    assert read(driver, left) is None


@for_each("name", DRIVERS)
def test_no_answer_at_all_is_a_bad_payload(name: str) -> None:
    with pytest.raises(BadPayload):
        DRIVERS[name].read(Payloads({}))


@for_each("name", DRIVERS)
def test_every_driver_has_a_capture_and_tells_how_to_switch_its_api_on(name: str) -> None:
    driver = DRIVERS[name]

    assert any(folder.parent.name == name for folder in FOLDERS)
    assert driver.enable_api
    assert driver.documentation.startswith("https://")


@for_each("name", DRIVERS)
def test_a_driver_says_what_it_was_tried_on(name: str) -> None:
    driver = DRIVERS[name]

    assert driver.seen or driver.only_read_about
    assert driver.old == (name in {"bminer", "dstm", "ewbf"})


@for_each("name", DRIVERS)
def test_what_tells_a_running_miner_is_spelled_as_it_is_compared(name: str) -> None:
    driver = DRIVERS[name]

    names = (*driver.processes, *driver.shared_processes)
    assert all(process == process.lower() and "/" not in process for process in names)
    assert all(option.startswith("-") and "=" not in option for option in (*driver.port_options, *driver.own_options))
    assert bool(names) or not driver.port_options


def test_no_process_goes_by_a_name_that_is_said_to_be_anothers_own() -> None:
    own = Counter(name for driver in DRIVERS.values() for name in driver.processes)
    shared = {name for driver in DRIVERS.values() for name in driver.shared_processes}

    assert [name for name, count in own.items() if count > 1 or name in shared] == []
