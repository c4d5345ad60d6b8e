"""Every driver against everything it was recorded answering, and against garbage."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload
from miner_agent.model import MeterReading, MinerSnapshot
from miner_agent.payload import Payloads
from miner_agent.plausibility import without_impossible
from tests.configured import driver_of

CAPTURES = Path(__file__).parent / "captures"
DRIVERS = {name: drivers.load(name) for name in drivers.names()}
FOLDERS = sorted(folder for name in DRIVERS for folder in (CAPTURES / name).glob("*/"))
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


def raw_of(folder: Path) -> dict[str, bytes]:
    return {file.stem: file.read_bytes() for file in folder.glob("*.raw")}


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


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_capture_parses_to_its_expected_snapshot(folder: Path, update_golden: bool) -> None:
    snapshot = driver_of(folder).parse(Payloads(raw_of(folder)))

    expected = folder / "expected.json"
    if update_golden:
        expected.write_text(shown(snapshot))
    assert expected.exists(), "new capture: run pytest --update-golden and read the diff"
    assert shown(snapshot) == expected.read_text()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_capture_says_where_it_comes_from(folder: Path) -> None:
    meta = tomllib.loads((folder / "meta.toml").read_text())

    assert meta["origin"] in {"recorded", "documentation"}
    assert {"written", "source", "masked"} <= meta.keys()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_capture_cut_short_anywhere_is_right_or_refused(folder: Path) -> None:
    driver, raw = driver_of(folder), raw_of(folder)
    whole = driver.parse(Payloads(raw))
    for name, answer in raw.items():
        for length in range(len(answer)):
            try:
                cut = driver.parse(Payloads({**raw, name: answer[:length]}))
            except BadPayload:
                continue
            assert cut == whole, f"{name} cut at byte {length}"


@pytest.mark.parametrize("name", DRIVERS)
@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbage_is_a_bad_payload_and_nothing_else(name: str, garbage: bytes) -> None:
    driver = DRIVERS[name]
    with pytest.raises(BadPayload):
        driver.parse(Payloads({request.name: garbage for request in driver.requests}))


@pytest.mark.parametrize("name", DRIVERS)
def test_no_answer_at_all_is_a_bad_payload(name: str) -> None:
    with pytest.raises(BadPayload):
        DRIVERS[name].parse(Payloads({}))


@pytest.mark.parametrize("name", DRIVERS)
def test_every_driver_has_a_capture_and_tells_how_to_switch_its_api_on(name: str) -> None:
    driver = DRIVERS[name]

    assert any(folder.parent.name == name for folder in FOLDERS)
    assert driver.enable_api
    assert driver.documentation.startswith("https://")


def mutated(raw: bytes, seed: int) -> bytes:
    """The answer with a few bytes changed, repeated or taken out: always the same ones for a seed."""
    import random

    dice = random.Random(seed)
    text = bytearray(raw)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(text))
        match dice.randrange(6):
            case 0:
                text[at] = dice.randrange(256)
            case 1:
                del text[at : at + dice.randint(1, 20)]
            case 2:
                text[at:at] = text[at : at + dice.randint(1, 40)]
            case 3:
                text[at:at] = dice.choice([b"null", b"-1", b"1e308", b"[]", b"{}", b'"x"', b"true", b"NaN", b"1e999"])
            case 4:
                digits = [i for i, c in enumerate(text) if 0x30 <= c <= 0x39]
                if digits:
                    text[dice.choice(digits)] = dice.choice(b"0123456789-.e")
            case _:
                text[at : at + 1] = dice.choice([b'"', b",", b":", b"\\u0000", b"\\ud800", b"\x00"])
        if not text:
            return b""
    return bytes(text)


def all_numbers(value: object) -> list[float]:
    """Every number in it but temperatures, which may be below zero."""
    if isinstance(value, bool) or value is None:
        return []
    if isinstance(value, int | float):
        return [float(value)]
    if isinstance(value, dict):
        return [number for key, held in value.items() if not key.endswith("_celsius") for number in all_numbers(held)]
    if isinstance(value, list | tuple):
        return [number for held in value for number in all_numbers(held)]
    return []


def check_mutated(folder: Path, seeds: range) -> None:
    driver, raw = driver_of(folder), raw_of(folder)
    lowest = -1e5 if driver.kind == "meter" else 0  # what is fed in is below zero
    names = sorted(raw)
    for seed in seeds:
        name = names[seed % len(names)]
        try:
            snapshot = driver.parse(Payloads({**raw, name: mutated(raw[name], seed)}))
        except BadPayload:
            continue
        cleaned, _ = without_impossible(snapshot, device="x")
        found = msgspec.to_builtins(cleaned)
        assert all(lowest <= number < 1e31 for number in all_numbers(found)), seed


@pytest.mark.parametrize("name", DRIVERS)
def test_mutated_answers_give_possible_numbers_or_a_bad_payload(name: str) -> None:
    folders = [folder for folder in FOLDERS if folder.parent.name == name]
    for folder in folders:
        check_mutated(folder, range(2000 // len(folders)))
