"""The drivers against real captured answers of real miners, and what a correct program must report of them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from miner_agent.drivers import xmrig
from miner_agent.errors import BadPayload
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import ConnectedWorker, MinerSnapshot, Workload
from miner_agent.sources.payload import Payloads
from miner_agent.text import account_and_worker
from tests import cuts, tolerance
from tests.captured import DRIVER_OF_FOLDER, WITH_SUMMARY, Case, cases
from tests.requires import captured_cases, captured_folder

FOLDER = captured_folder()
CASES = list(cases(FOLDER)) if FOLDER else []
for_each_case = pytest.mark.parametrize("case", captured_cases(CASES), ids=lambda case: case.name)
for_each_good_case = pytest.mark.parametrize(
    "case", captured_cases(case for case in CASES if not case.expected.get("parse_error")), ids=lambda case: case.name
)


def read(case: Case, raw: dict[str, bytes] | None = None) -> MinerSnapshot:
    snapshot = case.driver.read(Payloads(case.raw if raw is None else raw))
    assert isinstance(snapshot, MinerSnapshot)
    return snapshot


def test_every_folder_is_read(captured: Path) -> None:
    given = {file.parent.name for file in captured.glob("miner-apis/*/*.expected.json")}

    assert {case.name.partition("/")[0] for case in CASES} == set(DRIVER_OF_FOLDER) == given


@for_each_case
def test_every_case_gives_what_a_correct_program_must_report(case: Case) -> None:
    if case.expected.get("parse_error"):
        with pytest.raises(BadPayload):
            read(case)
    elif case.name in WITH_SUMMARY:
        check_optional(case, read(case))
    else:
        check(case.name, read(case), case.expected)


@pytest.mark.thorough
@cuts.at_some_places
@for_each_good_case
def test_every_case_cut_short_anywhere_is_right_or_refused(case: Case, most: int | None) -> None:
    whole = tolerance.read(case.driver, case.raw)
    for name, answer in case.raw.items():
        without = tolerance.read(case.driver, {asked: said for asked, said in case.raw.items() if asked != name})
        for length in cuts.lengths(answer, most=most):
            cut = tolerance.read(case.driver, {**case.raw, name: answer[:length]})
            assert cut in (None, whole, without), f"{name} cut at byte {length}"


def test_the_sum_over_shares_proves_the_hashrate_that_is_told(captured: Path) -> None:
    proven = {}
    for case in CASES:
        for workload, told, uptime in worked(case):
            if workload.accepted_difficulty_total and workload.hashes_per_difficulty and workload.accepted_shares_total:
                hashes = workload.accepted_difficulty_total * workload.hashes_per_difficulty
                luck = 4 / workload.accepted_shares_total**0.5  # four deviations of how many shares are found
                proven[case.name] = hashes / uptime / told
                assert proven[case.name] == pytest.approx(1, rel=0.1 + luck), case.name

    assert len(proven) >= 9
    assert {"antminer/d3-blissz-broken-json", "antminer/s21-2024", "whatsminer/m20s-2019"} <= set(proven)


def test_the_difficulty_of_now_tells_how_many_hashes_one_stands_for(captured: Path) -> None:
    proven = {}
    for case in CASES:
        for workload, told, uptime in worked(case):
            shares = workload.accepted_shares_total
            if shares and shares >= 10 and workload.share_difficulty and workload.hashes_per_difficulty:
                hashes = shares * workload.share_difficulty * workload.hashes_per_difficulty
                proven[case.name] = hashes / uptime / told
                assert 1 / 8 < proven[case.name] < 8, case.name  # pools adjust it; units differ by 256 and more

    assert {"t-rex/v0.19.9-rtx3080", "t-rex/v0.13.2-unnamed-gpus", "rigel/v1.23.2-xelishashv3"} <= set(proven)


def worked(case: Case) -> list[tuple[Workload, float, float]]:
    """The workloads of a case that has run for a while, with the hashrate it tells, over as long as it tells it."""
    if case.expected.get("parse_error"):
        return []
    if case.name in WITH_SUMMARY:
        return []
    snapshot = read(case)
    mean = case.expected.get("hashrate_hs_average")
    rates = [(workload, mean or workload.hashes_per_second) for workload in snapshot.workloads]
    return [(workload, rate, uptime) for workload, rate in rates if rate and (uptime := snapshot.uptime_seconds)]


def test_what_xmrig_sums_up_is_the_difficulty_of_its_shares(captured: Path) -> None:
    (case,) = (case for case in CASES if case.name == "xmrig/v2.6.0-summary")
    (workload,) = read(case).workloads

    assert workload.accepted_shares_total == 30
    assert workload.share_difficulty == 9990
    assert workload.accepted_difficulty_total == pytest.approx(30 * 9990, rel=0.1)


def check_optional(case: Case, snapshot: MinerSnapshot) -> None:
    """What an optional answer adds to its summary, which was captured at another moment."""
    summary = case.driver.requests[0].name
    alone = case.driver.read(Payloads({summary: case.raw[summary]}))
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
        "paused": snapshot.paused,
        "model": snapshot.product,
        "power_watts": snapshot.power_watts or power_of_cards(snapshot),
        "fans_rpm": list(snapshot.fan_speeds_rpm),
        "fan_percent": highest(None if d.fan_ratio is None else 100 * d.fan_ratio for d in snapshot.devices),
        "workers_connected": snapshot.workers_connected,
        "inlet_temperature_celsius": highest(device.inlet_temperature_celsius for device in snapshot.devices),
        "temperature_max_celsius": highest(device.hotspot_temperature_celsius for device in snapshot.devices),
        "chip_temperature_max_celsius": highest(device.hotspot_temperature_celsius for device in snapshot.devices),
    }
    if "pool_user" in expected:
        assert (workload.account_hash, workload.worker) == account_and_worker(expected["pool_user"]), case
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
            if "pci_bus_id" in wanted:
                assert reported["pci_bus"] == bus(case, wanted["pci_bus_id"]), f"{case}: device {device.index}"
    if "boards" in expected:
        works = {work.device_index: work for work in workload.devices}
        boards = [device_fields(device, works.get(device.index)) for device in snapshot.devices]
        assert len(boards) == len(expected["boards"]), case
        for board, wanted in zip(boards, expected["boards"], strict=True):
            check_fields(f"{case}: board {board['index']}", board, wanted)


def bus(case: str, told: int | str | None) -> int | None:
    """The number of a card's bus: ``1``, ``0000:02:00.0``, ``0b:0``, and of lolMiner in decimal ``16:0``."""
    if not isinstance(told, str):
        return told
    before_device = told.removeprefix("0000:").partition(":")[0]
    return int(before_device, 10 if case.startswith("lolminer/") else 16)


def rates_of_card(snapshot: MinerSnapshot, index: int) -> list[float | None]:
    """What one card does for each algorithm."""
    works = [work for workload in snapshot.workloads for work in workload.devices if work.device_index == index]
    return [work.hashes_per_second for work in works]


def power_of_cards(snapshot: MinerSnapshot) -> float | None:
    """What a miner of cards calls its power; no reading of ours holds this sum."""
    known = [device.power_watts for device in snapshot.devices if device.power_watts is not None]
    return sum(known) if known else None


def highest(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def check_fields(case: str, reported: dict[str, Any], wanted: dict[str, Any]) -> None:
    for field, value in wanted.items():
        if field == "pool":
            assert (reported[field] or "").rpartition("://")[2] == (value or "").rpartition("://")[2], f"{case}: pool"
        elif field in reported:
            either = wanted.get("or", {}).get(field, value)
            assert reported[field] in (same(value), same(either)), f"{case}: {field}"


def workload_fields(workload: Workload) -> dict[str, Any]:
    return {
        "algorithm": workload.algorithm,
        "hashrate_hs": workload.hashes_per_second,
        "accepted": workload.accepted_shares_total,
        "rejected": workload.rejected_shares_total,
        "stale": workload.stale_shares_total,
        "invalid": workload.invalid_shares_total,
        "hardware_errors": workload.hardware_errors_total,
        "stale_accepted": workload.stale_shares_total,
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
        "vr_temperature_celsius": device.vrm_temperature_celsius,
        "inlet_temperature_celsius": device.inlet_temperature_celsius,
        "outlet_temperature_celsius": device.outlet_temperature_celsius,
        "voltage_volts": device.voltage_volts,
        "core_clock_hertz": device.core_clock_hertz,
        "chips": device.chips,
        "chips_expected": device.chips_expected,
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
