"""What says nothing, or cannot be, beside what else is told goes with it."""

import dataclasses
import re
from typing import Any, get_type_hints

import pytest

from miner_agent.model.devices import DeviceKind, DevicePart, DeviceReading, DeviceWork
from miner_agent.model.readings import FilesystemReading, HostReading, MeterReading, MinerSnapshot, Workload
from miner_agent.tick.consistency import DROPPED_WITH, NO_MORE_THAN, SUMS
from miner_agent.tick.plausibility import without_impossible
from tests.for_each import for_each

NEEDED: dict[type, dict[str, Any]] = {
    DeviceReading: {"index": 0},
    DevicePart: {"number": 0},
    DeviceWork: {"device_index": 0},
    MinerSnapshot: {"software": "x"},
    FilesystemReading: {"mountpoint": "/", "read_only": False},
}
STANDS_ALONE: dict[type, str] = {
    DeviceReading: "core_temperature_celsius memory_temperature_celsius vrm_temperature_celsius inlet_temperature_celsius "
    "outlet_temperature_celsius slowdown_temperature_celsius memory_slowdown_temperature_celsius "
    "hotspot_slowdown_temperature_celsius shutdown_temperature_celsius fan_ratio fan_ratios "
    "fan_speed_rpm voltage_volts energy_joules_total core_clock_hertz memory_clock_hertz utilization_ratio "
    "memory_utilization_ratio pcie_link_width pcie_link_width_max fan_speeds_rpm pcie_link_generation performance_state pcie_replays_total "
    "ecc_corrected_errors_total ecc_uncorrected_errors_total remapped_rows_corrected remapped_rows_uncorrected",
    DeviceWork: "accepted_shares_total rejected_shares_total stale_shares_total invalid_shares_total hardware_errors_total",
    Workload: "accepted_shares_total rejected_shares_total stale_shares_total invalid_shares_total hardware_errors_total "
    "found_blocks_total share_difficulty hashes_per_difficulty accepted_difficulty_total",
    MinerSnapshot: "uptime_seconds pool_connection_seconds fan_speeds_rpm ambient_temperature_celsius "
    "liquid_temperature_celsius boards_expected fans_expected workers_connected",
    MeterReading: "power_watts energy_joules_total voltage_volts current_amperes",
    HostReading: "cpu_count cpu_utilization_ratio load1 load5 load15 swap_used_bytes",
    FilesystemReading: "",
}
"""What means the same whatever else is told. A new number belongs here, or into one of the tables."""
BESIDE_ANOTHER: dict[type, set[str]] = {
    DeviceReading: {"power_watts", "hotspot_temperature_celsius"},
    DeviceWork: {"hashes_per_second", "nominal_hashes_per_second"},
}
NAMES = {"index", "device_index", "number"}


def left_of(value: Any) -> tuple[Any, list[str]]:
    cleaned, dropped = without_impossible(value, source="m")
    return cleaned, [error.quantity for error in dropped]


def numbers(kind: type) -> set[str]:
    return {name for name, hint in get_type_hints(kind).items() if re.search(r"\b(float|int)\b", str(hint))}


@for_each("kind", STANDS_ALONE, ids=lambda kind: kind.__name__)
def test_of_each_number_it_is_known_whether_it_stands_alone(kind: type) -> None:
    beside = {name for row in NO_MORE_THAN.get(kind, ()) for name in row} | set(SUMS.get(kind, ()))
    beside |= {name for gone, names in DROPPED_WITH.items() for name in (gone, *names)} | BESIDE_ANOTHER.get(
        kind, set()
    )
    alone = set(STANDS_ALONE[kind].split())
    fields = numbers(kind) - NAMES

    assert alone <= fields
    assert not alone & beside
    assert fields <= alone | beside


@pytest.mark.parametrize(
    ("kind", "gone", "name"),
    [
        (kind, gone, name)
        for kind in (*STANDS_ALONE, DevicePart)
        for gone, names in DROPPED_WITH.items()
        for name in names
        if {gone, name} <= numbers(kind)
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_what_says_nothing_alone_goes_with_what_it_stands_beside(kind: type, gone: str, name: str) -> None:
    value = kind(**NEEDED.get(kind, {}), **{gone: -5, name: 1})

    cleaned, dropped = left_of(value)

    assert (getattr(cleaned, gone), getattr(cleaned, name), dropped) == (None, None, [gone])


@for_each(
    ("kind", "part", "whole"),
    [(kind, *row) for kind, rows in NO_MORE_THAN.items() for row in rows],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_a_part_above_its_whole_leaves_neither(kind: type, part: str, whole: str) -> None:
    def told(least: int, most: int | None) -> Any:
        return kind(**NEEDED.get(kind, {}), **{part: least, whole: most})

    assert left_of(told(110, 11)) == (kind(**NEEDED.get(kind, {})), [part, whole])
    for possible in (told(11, 11), told(11, 110), told(11, None)):
        assert left_of(possible) == (possible, [])


def test_a_part_that_cannot_be_costs_no_whole() -> None:
    board = DeviceReading(index=0, kind=DeviceKind.HASHBOARD, chips=10**7, chips_expected=88)

    assert left_of(board) == (dataclasses.replace(board, chips=None), ["chips"])


def cards(*rates: float | None) -> tuple[DeviceWork, ...]:
    return tuple(DeviceWork(device_index=index, hashes_per_second=rate) for index, rate in enumerate(rates))


@pytest.mark.parametrize(
    ("whole", "kept"),
    [
        (300e6, True),  # the miner's own, and right
        (5_600e6, False),  # the sum over all three
        (200e6, True),
    ],
)
def test_a_sum_over_a_card_that_cannot_make_that_much_goes_with_it(whole: float, kept: bool) -> None:
    rates = cards(100e6, 100e6, 5_400e6)
    work = Workload(algorithm="ethash", hashes_per_second=whole, hashrate_window_seconds=60.0, devices=rates)
    devices = tuple(DeviceReading(index=index) for index in range(3))

    cleaned, dropped = left_of(MinerSnapshot(software="x", devices=devices, workloads=(work,)))

    (left,) = cleaned.workloads
    assert [one.hashes_per_second for one in left.devices] == [100e6, 100e6, None]
    assert (left.hashes_per_second, left.hashrate_window_seconds) == ((whole, 60.0) if kept else (None, None))
    assert dropped == ["hashes_per_second"] * (1 if kept else 2)


def test_the_power_of_a_machine_goes_with_a_board_that_cannot_draw_its_part() -> None:
    def machine(whole: float, *boards: float) -> MinerSnapshot:
        parts = tuple(
            DeviceReading(index=index, kind=DeviceKind.HASHBOARD, power_watts=watts)
            for index, watts in enumerate(boards)
        )
        return MinerSnapshot(software="x", power_watts=whole, devices=parts)

    assert left_of(machine(13_300.0, 1_100.0, 1_100.0, 11_100.0))[0].power_watts is None
    assert left_of(machine(3_400.0, 1_100.0, 1_100.0, 11_100.0))[0].power_watts == 3_400.0
    assert left_of(machine(3_400.0, 1_100.0, 1_100.0, 0.0))[0].power_watts == 3_400.0  # a board without a sensor
