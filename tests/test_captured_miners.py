"""The drivers against real captured answers of real miners, and what a correct program must report of them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.driver import HttpGet
from miner_agent.model import DeviceReading, MinerSnapshot
from miner_agent.payload import Payloads

DRIVER_OF_FOLDER = {"xmrig": "xmrig", "t-rex": "trex"}
"""The captured data's folder names, and which driver of ours reads them."""

OTHER_REQUESTS = {"GET /1/threads", "GET /2/backends", "summary"}
"""Cases that hold only an answer which the driver does not ask for first, or in another protocol."""


def cases(captured: Path) -> Iterator[tuple[str, dict[str, bytes], dict[str, Any]]]:
    for folder, name in DRIVER_OF_FOLDER.items():
        for file in sorted((captured / "miner-apis" / folder).glob("*.expected.json")):
            expected = json.loads(file.read_text())
            if set(expected["files"]) & OTHER_REQUESTS:
                continue
            raw = {}
            for request in drivers.load(name).requests:
                assert isinstance(request, HttpGet)
                for path in (request.path, *request.aliases):
                    if (answer := expected["files"].get(f"GET {path}")) is not None:
                        raw[request.name] = file.with_name(answer).read_bytes()
            yield f"{folder}/{file.name}", raw, expected


def test_every_case_gives_what_a_correct_program_must_report(captured: Path) -> None:
    seen = 0
    for case, raw, expected in cases(captured):
        driver = drivers.load(DRIVER_OF_FOLDER[case.partition("/")[0]])
        check(case, driver.parse(Payloads(raw)), expected)
        seen += 1
    assert seen >= 9


def test_every_case_cut_short_anywhere_is_right_or_refused(captured: Path) -> None:
    from miner_agent.errors import BadPayload

    for case, raw, _ in cases(captured):
        driver = drivers.load(DRIVER_OF_FOLDER[case.partition("/")[0]])
        whole = driver.parse(Payloads(raw))
        for name, answer in raw.items():
            for length in range(0, len(answer), 3):
                try:
                    cut = driver.parse(Payloads({**raw, name: answer[:length]}))
                except BadPayload:
                    continue
                assert cut == whole, f"{case}: {name} cut at byte {length}"


def test_the_backends_of_a_processor_are_no_cards(captured: Path) -> None:
    folder = captured / "miner-apis" / "xmrig"
    raw = {
        "summary": (folder / "v5.11.1-cpu-summary.json").read_bytes(),
        "backends": (folder / "v5.11.1-cpu-backends.json").read_bytes(),
    }

    assert drivers.load("xmrig").parse(Payloads(raw)).devices == ()


def check(case: str, snapshot: MinerSnapshot, expected: dict[str, Any]) -> None:
    workload = snapshot.workloads[0]
    reported = {
        "version": snapshot.software_version,
        "algorithm": workload.algorithm,
        "hashrate_hs": workload.hashes_per_second,
        "accepted": workload.accepted_shares_total,
        "rejected": workload.rejected_shares_total,
        "invalid": workload.invalid_shares_total,
        "uptime_seconds": snapshot.uptime_seconds,
        "pool": workload.pool,
        "difficulty": workload.share_difficulty,
        "pool_connection_uptime_seconds": snapshot.pool_connection_seconds,
    }
    for field, value in reported.items():
        if field in expected:
            assert value == same(expected[field]), f"{case}: {field}"
    if "devices" in expected:
        works = {work.device_index: work for work in workload.devices}
        assert len(snapshot.devices) == len(expected["devices"])
        for device, wanted in zip(snapshot.devices, expected["devices"], strict=True):
            check_device(case, device, works.get(device.index), wanted)


def check_device(case: str, device: DeviceReading, work: Any, wanted: dict[str, Any]) -> None:
    reported = {
        "index": device.index,
        "name": device.name,
        "temperature_celsius": device.core_temperature_celsius,
        "fan_percent": None if device.fan_ratio is None else 100 * device.fan_ratio,
        "power_watts": device.power_watts,
        "hashrate_hs": work and work.hashes_per_second,
        "accepted": work and work.accepted_shares_total,
        "rejected": work and work.rejected_shares_total,
        "invalid": work and work.invalid_shares_total,
        "pci_bus": device.pci_address and int(device.pci_address.split(":")[1], 16),
    }
    for field, value in wanted.items():
        assert reported[field] == same(value), f"{case}: device {device.index}: {field}"


def same(value: Any) -> Any:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return pytest.approx(value, rel=1e-9) if number else value
