"""The drivers against real captured answers of real miners, and what a correct program must report of them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.driver import Driver, FileRead, FramedCommand, HttpGet, Request
from miner_agent.drivers import xmrig
from miner_agent.errors import BadPayload
from miner_agent.model import ConnectedWorker, DeviceReading, DeviceWork, MinerSnapshot, Workload
from miner_agent.payload import Payloads

DRIVER_OF_FOLDER = {
    "antminer": "antminer",
    "avalon": "avalon",
    "bitaxe": "bitaxe",
    "bminer": "bminer",
    "bosminer": "bosminer",
    "braiins-os": "braiins",
    "ccminer": "ccminer",
    "claymore": "claymore",
    "cpuminer-opt": "ccminer",
    "ethminer": "ethminer",
    "gminer": "gminer",
    "lolminer": "lolminer",
    "miniz": "miniz",
    "nanominer": "nanominer",
    "nbminer": "nbminer",
    "phoenixminer": "claymore",
    "rigel": "rigel",
    "srbminer": "srbminer",
    "srbminer-multi": "srbminer",
    "t-rex": "trex",
    "teamredminer": "teamredminer",
    "whatsminer": "whatsminer",
    "wildrig": "wildrig",
    "xmrig": "xmrig",
    "xmrig-proxy": "xmrig_proxy",
}
"""The captured data's folder names, and which driver of ours reads them."""

DRIVER_OF_CASE = {
    "t-rex/v0.9.2-ccminer-format": "ccminer",
    "whatsminer/m60s-api3": "whatsminer3",
}
"""Cases in another protocol than the rest of their folder."""

WITH_SUMMARY = {
    "xmrig/v2.6.0-threads": "v2.6.0-summary.json",
    "xmrig/v5.11.1-cpu-backends": "v5.11.1-cpu-summary.json",
    "xmrig-proxy/workers": "v2.4.5-summary.json",
}
"""Cases that hold only an answer to an optional request, and the summary without which a driver reads nothing."""


JOINED = ("summary", "stats", "pools")
COMMAND = re.compile(r'\{"command":"(\w+)"\}')


def asked(request: Request) -> tuple[str, ...]:
    """How the captured data names what a request asks."""
    match request:
        case HttpGet():
            return tuple(f"GET {path}" for path in (request.path, *request.aliases))
        case FramedCommand():
            return (request.payload.decode(),)
        case FileRead():
            return (request.path,)
        case _:
            return (request.command.decode().strip().rstrip("|"),)


def spelled(key: str) -> str:
    """A key of the captured data, spelled as ``asked`` does."""
    text = key.replace("\\n", "").strip().rstrip("|")
    return re.sub(r',\s*"psw":\s*"[^"]*"', "", text)


def joined(answers: dict[str, bytes]) -> dict[str, bytes]:
    """The answers, and what cgminer's API gives to their commands joined with "+", where it was not recorded so."""
    single = {found[1]: answer for key, answer in answers.items() if (found := COMMAND.fullmatch(key))}
    members = b",".join(b'"%s":[%s]' % (name.encode(), single[name]) for name in JOINED if name in single)
    key = f'{{"command":"{"+".join(JOINED)}"}}'
    return {key: b'{%s,"id":1}' % members, **answers} if members else answers


@dataclass(frozen=True)
class Case:
    """One captured case: its driver, the answers by the name of their request, and what must be reported of them."""

    name: str
    driver: Driver
    raw: dict[str, bytes]
    expected: dict[str, Any]


def cases(captured: Path, folder: str) -> Iterator[Case]:
    for file in sorted((captured / "miner-apis" / folder).glob("*.expected.json")):
        name = f"{folder}/{file.name.removesuffix('.expected.json')}"
        driver = drivers.load(DRIVER_OF_CASE.get(name, DRIVER_OF_FOLDER[folder]))
        expected = json.loads(file.read_text())
        answers = joined(
            {spelled(key): file.with_name(answer).read_bytes() for key, answer in expected["files"].items()}
        )
        raw = {request.name: answers[key] for request in driver.requests for key in asked(request) if key in answers}
        assert raw, f"{name}: the driver asks for nothing of it"
        if name in WITH_SUMMARY:
            raw[driver.requests[0].name] = file.with_name(WITH_SUMMARY[name]).read_bytes()
        yield Case(name, driver, raw, expected)


READ = sorted(folder for folder, name in DRIVER_OF_FOLDER.items() if name in drivers.names())


@pytest.mark.parametrize("folder", READ)
def test_every_case_gives_what_a_correct_program_must_report(captured: Path, folder: str) -> None:
    seen = 0
    for case in cases(captured, folder):
        seen += 1
        if case.expected.get("parse_error"):
            with pytest.raises(BadPayload):
                case.driver.parse(Payloads(case.raw))
        else:
            snapshot = case.driver.parse(Payloads(case.raw))
            assert isinstance(snapshot, MinerSnapshot)
            if case.name in WITH_SUMMARY:
                check_optional(case, snapshot)
            else:
                check(case.name, snapshot, case.expected)
    assert seen


@pytest.mark.parametrize("folder", READ)
def test_every_case_cut_short_anywhere_is_right_or_refused(captured: Path, folder: str) -> None:
    for case in cases(captured, folder):
        if case.expected.get("parse_error"):
            continue
        whole = case.driver.parse(Payloads(case.raw))
        for name, answer in case.raw.items():
            for length in range(0, len(answer), 3):
                try:
                    cut = case.driver.parse(Payloads({**case.raw, name: answer[:length]}))
                except BadPayload:
                    continue
                assert cut == whole, f"{case.name}: {name} cut at byte {length}"


def check_optional(case: Case, snapshot: MinerSnapshot) -> None:
    """What an optional answer adds to its summary, which was captured at another moment."""
    summary = case.driver.requests[0].name
    alone = case.driver.parse(Payloads({summary: case.raw[summary]}))
    assert isinstance(alone, MinerSnapshot)
    assert snapshot.workloads == alone.workloads, case.name
    assert snapshot.devices == alone.devices == (), case.name
    if case.name.startswith("xmrig/"):
        answer = Payloads(case.raw).json("backends")
        threads = list(answer.items() if answer.is_list() else answer.items("threads"))
        working = [thread for thread in threads if thread.at("hashrate").value is not None]
        assert {thread.text("algo") for thread in working} == {case.expected["algorithm"]}, case.name
        assert xmrig.hashes_per_second(working) == pytest.approx(case.expected["hashrate_hs"], rel=1e-9), case.name
    else:
        reported = [worker_fields(worker) for worker in snapshot.workers]
        assert len(reported) == len(case.expected["workers"]), case.name
        for worker, wanted in zip(reported, case.expected["workers"], strict=True):
            check_fields(case.name, worker, wanted)


def check(case: str, snapshot: MinerSnapshot, expected: dict[str, Any]) -> None:
    rates = expected.get("hashrate_hs")
    if isinstance(rates, list):
        assert len(snapshot.workloads) == len(rates), case
        for workload, wanted in zip(snapshot.workloads, rates, strict=True):
            check_fields(case, workload_fields(workload), wanted)
        expected = {key: value for key, value in expected.items() if key not in {"hashrate_hs", "algorithm"}}
    workload = snapshot.workloads[0]
    whole = {
        "version": snapshot.software_version,
        "uptime_seconds": snapshot.uptime_seconds,
        "pool_connection_uptime_seconds": snapshot.pool_connection_seconds,
        "model": snapshot.product,
        "power_watts": snapshot.power_watts or power_of_cards(snapshot),
        "fans_rpm": list(snapshot.fan_speeds_rpm),
    }
    check_fields(case, {**workload_fields(workload), **whole}, expected)
    if "devices" in expected:
        works = {work.device_index: work for work in workload.devices}
        assert len(snapshot.devices) == len(expected["devices"]), case
        for device, wanted in zip(snapshot.devices, expected["devices"], strict=True):
            reported = device_fields(device, works.get(device.index))
            if isinstance(wanted.get("hashrate_hs"), list):
                dual = [rate["hashrate_hs"] for rate in wanted.pop("hashrate_hs")]
                assert rates_of_card(snapshot, device.index) == pytest.approx(dual, rel=1e-9), (
                    f"{case}: device {device.index}"
                )
            check_fields(f"{case}: device {device.index}", reported, wanted)
    if "boards" in expected:
        works = {work.device_index: work for work in workload.devices}
        boards = [device_fields(device, works.get(device.index)) for device in snapshot.devices]
        assert len(boards) == len(expected["boards"]), case
        for board, wanted in zip(boards, expected["boards"], strict=True):
            check_fields(f"{case}: board {board['index']}", board, wanted)


def rates_of_card(snapshot: MinerSnapshot, index: int) -> list[float | None]:
    """What one card does for each algorithm."""
    works = [work for workload in snapshot.workloads for work in workload.devices if work.device_index == index]
    return [work.hashes_per_second for work in works]


def power_of_cards(snapshot: MinerSnapshot) -> float | None:
    """What a miner of cards calls its power; no reading of ours holds this sum."""
    known = [device.power_watts for device in snapshot.devices if device.power_watts is not None]
    return sum(known) if known else None


def check_fields(case: str, reported: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field == "pool":
            assert (reported[field] or "").rpartition("://")[2] == (value or "").rpartition("://")[2], f"{case}: pool"
        elif field in reported:
            assert reported[field] == same(value), f"{case}: {field}"


def workload_fields(workload: Workload) -> dict[str, Any]:
    return {
        "algorithm": workload.algorithm,
        "hashrate_hs": workload.hashes_per_second,
        "accepted": workload.accepted_shares_total,
        "rejected": workload.rejected_shares_total,
        "stale": workload.stale_shares_total,
        "invalid": workload.invalid_shares_total,
        "hardware_errors": workload.hardware_errors_total,
        "pool": workload.pool,
        "difficulty": workload.share_difficulty,
    }


def device_fields(device: DeviceReading, work: DeviceWork | None) -> dict[str, Any]:
    return {
        "index": device.index,
        "id": device.index,
        "name": device.name,
        "temperature_celsius": device.core_temperature_celsius,
        "memory_temperature_celsius": device.memory_temperature_celsius,
        "fan_percent": None if device.fan_ratio is None else 100 * device.fan_ratio,
        "fan_rpm": device.fan_speed_rpm,
        "power_watts": device.power_watts,
        "hashrate_hs": work and work.hashes_per_second,
        "accepted": work and work.accepted_shares_total,
        "rejected": work and work.rejected_shares_total,
        "invalid": work and work.invalid_shares_total,
        "stale": work and work.stale_shares_total,
        "hardware_errors": work and work.hardware_errors_total,
        "chip_temperature_celsius": device.hotspot_temperature_celsius,
        "junction_temperature_celsius": device.hotspot_temperature_celsius,
        "pci_bus": device.pci_address and int(device.pci_address.split(":")[1], 16),
    }


def worker_fields(worker: ConnectedWorker) -> dict[str, Any]:
    return {
        "name": worker.name,
        "hashrate_hs_1m": worker.hashes_per_second,
        "accepted": worker.accepted_shares_total,
        "rejected": worker.rejected_shares_total,
    }


def same(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return pytest.approx(value, rel=1e-9) if number else value
