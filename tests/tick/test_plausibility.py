"""Values that cannot be true are taken out and counted; nothing is clamped."""

import dataclasses
import json
import math
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.drivers import gminer
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceWork
from miner_agent.model.readings import (
    FilesystemReading,
    HostReading,
    MeterReading,
    MinerSnapshot,
    Outcome,
    SensorReading,
    Workload,
)
from miner_agent.sources.payload import Payloads
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.market_of_one_day import builtin_market
from miner_agent.tick import plausibility
from miner_agent.tick.ceilings import OF_MACHINES, hashrate_of
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.plausibility import range_of, without_impossible
from miner_agent.tick.zeros import NEVER_ZERO
from tests.for_each import for_each

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SENTINELS = {
    "core_temperature_celsius": [511.0, -273.0, 65535.0],
    "fan_ratio": [-0.01, 655.35],
    "power_watts": [-1.0, 4294967.295, math.inf],
    "core_clock_hertz": [-1e6, math.nan],
    "utilization_ratio": [1.01, 42949672.95],
}


@for_each(("field", "value"), [(field, value) for field, values in SENTINELS.items() for value in values])
def test_a_sentinel_becomes_absent_and_is_counted(field: str, value: float) -> None:
    reading = SensorReading(devices=(DeviceReading(index=3, uuid="GPU-1", **{field: value}),))  # type: ignore[arg-type]

    cleaned, dropped = without_impossible(reading, source="nvml")

    assert getattr(cleaned.devices[0], field) is None
    assert [(error.device_index, error.quantity, error.reason.value) for error in dropped] == [
        (3, field, "implausible")
    ]


def test_possible_values_are_left_as_they_are() -> None:
    reading = SensorReading(
        devices=(DeviceReading(index=0, core_temperature_celsius=71.0, fan_ratio=0.0, fan_ratios=(0.5, 1.2)),)
    )

    assert without_impossible(reading, source="nvml") == (reading, ())


def test_a_power_above_what_the_card_can_draw_is_impossible() -> None:
    card = DeviceReading(index=0, power_watts=593.0, power_limit_max_watts=115.0)

    cleaned, dropped = without_impossible(card, source="nvml")

    assert cleaned.power_watts is None
    assert dropped[0].quantity == "power_watts"


def test_each_workload_and_each_card_of_it_is_looked_at() -> None:
    workload = Workload(hashes_per_second=-1.0, devices=(DeviceWork(device_index=4, hashes_per_second=1e25),))

    cleaned, dropped = without_impossible(MinerSnapshot(software="x", workloads=(workload,)), source="m")

    assert cleaned.workloads[0].hashes_per_second is None
    assert cleaned.workloads[0].devices[0].hashes_per_second is None
    assert [(error.device, error.device_index) for error in dropped] == [("m", None), ("m", 4)]


def test_a_whole_number_that_no_float_holds_is_impossible() -> None:
    cleaned, dropped = without_impossible(Workload(accepted_shares_total=10**400), source="m")

    assert cleaned.accepted_shares_total is None
    assert [error.quantity for error in dropped] == ["accepted_shares_total"]


def test_three_cards_on_one_bus_are_three_cards_and_their_address_is_counted_as_wrong() -> None:
    cards = [{"gpu_id": card, "bus_id": "0000:01:00.0", "power_usage": 110 + card} for card in range(3)]
    speeds = [{**card, "speed": 3e7} for card in cards]
    stat = {"miner": "GMiner 3.06", "server": "a.example:1", "algorithm": "ethash", "devices": speeds}
    told = gminer.DRIVER.read(Payloads({"stat": json.dumps(stat).encode()}))

    cleaned, dropped = without_impossible(told, source="m")
    outcome = Outcome(source="m", kind="miner", asked_at=NOW, duration_seconds=0.0, reading=cleaned, dropped=dropped)
    found = take_inventory([outcome])

    assert [device.label for device in found.devices] == ["m/0", "m/1", "m/2"]
    assert sum(device.reading.power_watts or 0.0 for device in found.devices) == 333.0
    assert [(error.device_index, error.quantity) for error in dropped] == [(card, "pci_address") for card in range(3)]
    assert not found.left_out


def kept(value: object) -> Any:
    """What is left of a value."""
    return without_impossible(value, source="x")[0]


@for_each(
    ("kind", "field", "true", "doubled"),
    [
        (DeviceKind.GPU, "power_watts", 341.0, 91_341.0),
        (DeviceKind.GPU, "power_limit_watts", 450.0, 4_450.0),
        (DeviceKind.GPU, "fan_speed_rpm", 5_400.0, 54_000.0),
        (DeviceKind.GPU, "voltage_volts", 0.9, 900.0),
        (DeviceKind.CPU, "power_watts", 280.0, 2_280.0),
        (DeviceKind.HASHBOARD, "power_watts", 1_080.0, 11_080.0),
        (DeviceKind.HASHBOARD, "core_clock_hertz", 525e6, 5.525e9),
        (DeviceKind.GPU, "memory_clock_hertz", 10.501e9, 110.501e9),
        (DeviceKind.HASHBOARD, "voltage_volts", 13.25, 113.25),
        (DeviceKind.HASHBOARD, "chips", 114, 1114),
    ],
)
def test_a_doubled_digit_is_seen_by_the_kind_of_device(
    kind: DeviceKind, field: str, true: float, doubled: float
) -> None:
    assert getattr(kept(DeviceReading(index=0, kind=kind, **{field: true})), field) == true  # type: ignore[arg-type]
    assert getattr(kept(DeviceReading(index=0, kind=kind, **{field: doubled})), field) is None  # type: ignore[arg-type]


def test_a_fan_of_a_machine_that_turns_54_000_times_a_minute_is_none() -> None:
    assert kept(MinerSnapshot(software="x", fan_speeds_rpm=(5_400.0, 54_000.0))).fan_speeds_rpm == (5_400.0, None)


@pytest.mark.parametrize("algorithm", ["rx/0", "RandomX", "randomx"])
def test_no_processor_makes_1_2e15_hashes_of_rx_0(algorithm: str) -> None:
    work = Workload(
        algorithm=algorithm,
        hashes_per_second=1.2e15,
        hashrate_window_seconds=10.0,
        devices=(
            DeviceWork(device_index=0, hashes_per_second=1.2e12),
            DeviceWork(device_index=1, hashes_per_second=9e3),
        ),
    )

    found = kept(MinerSnapshot(software="xmrig", workloads=(work,))).workloads[0]

    assert (found.hashes_per_second, found.hashrate_window_seconds) == (None, None)
    assert [device.hashes_per_second for device in found.devices] == [None, 9e3]


def test_a_farm_behind_a_proxy_makes_more_than_one_machine() -> None:
    work = Workload(algorithm="rx/0", hashes_per_second=5e9)

    assert kept(MinerSnapshot(software="x", workloads=(work,))).workloads[0].hashes_per_second is None
    farm = MinerSnapshot(software="x", workloads=(work,), workers_connected=4000)
    assert kept(farm).workloads[0].hashes_per_second == 5e9


@for_each(
    ("kind", "algorithm", "true", "doubled"),
    [
        (DeviceKind.GPU, "ethash", 61e6, 661e6),
        (DeviceKind.GPU, "kawpow", 55e6, 555e6),
        (DeviceKind.GPU, "autolykos2", 270e6, 2270e6),
        (DeviceKind.GPU, "kheavyhash", 2.4e9, 22.4e9),
        (DeviceKind.GPU, "scrypt", 0.9e6, 990e6),
        (DeviceKind.CPU, "rx/0", 151e3, 1151e3),
        (DeviceKind.HASHBOARD, "ethash", 61e8, 661e8),  # a machine that is built for it makes more
    ],
)
def test_a_card_makes_less_than_a_machine_that_is_built_for_it(
    kind: DeviceKind, algorithm: str, true: float, doubled: float
) -> None:
    def of_card(hashes: float) -> float | None:
        work = Workload(algorithm=algorithm, devices=(DeviceWork(device_index=3, hashes_per_second=hashes),))
        told = MinerSnapshot(software="x", workloads=(work,), devices=(DeviceReading(index=3, kind=kind),))
        found: float | None = kept(told).workloads[0].devices[0].hashes_per_second
        return found

    assert of_card(true) == true
    assert of_card(doubled) == (doubled if kind is DeviceKind.HASHBOARD else None)


def test_no_machine_makes_five_times_what_it_is_built_for() -> None:
    work = Workload(
        hashes_per_second=9.95e14,
        nominal_hashes_per_second=9.5e13,
        devices=(
            DeviceWork(device_index=0, hashes_per_second=3.2e13, nominal_hashes_per_second=3.17e13),
            DeviceWork(device_index=1, hashes_per_second=3.32e14, nominal_hashes_per_second=3.17e13),
        ),
    )

    cleaned, dropped = without_impossible(MinerSnapshot(software="x", workloads=(work,)), source="m")

    assert cleaned.workloads[0].hashes_per_second is None
    assert [device.hashes_per_second for device in cleaned.workloads[0].devices] == [3.2e13, None]
    assert [(error.device_index, error.quantity) for error in dropped] == [
        (1, "hashes_per_second"),
        (None, "hashes_per_second"),
    ]


def test_the_hottest_chip_is_not_far_below_its_board_and_no_more_chips_answer_than_there_are() -> None:
    board = DeviceReading(
        index=0,
        kind=DeviceKind.HASHBOARD,
        core_temperature_celsius=64.5,
        hotspot_temperature_celsius=8.0,
        chips=663,
        chips_expected=63,
    )

    left = kept(board)

    assert (left.core_temperature_celsius, left.hotspot_temperature_celsius) == (64.5, None)
    assert (left.chips, left.chips_expected) == (None, None)
    assert kept(replace(board, hotspot_temperature_celsius=60.0, chips=63)) == replace(
        board, hotspot_temperature_celsius=60.0, chips=63
    )


def test_all_that_is_known_of_devices_and_networks_lies_within_the_bounds() -> None:
    for device in load_hardware().values():
        for benchmark in device.benchmarks:
            kind = DeviceKind.HASHBOARD if device.kind == "asic" else DeviceKind(device.kind)
            limits = hashrate_of(benchmark.algorithm, devices=1, kind=kind)
            assert limits is None or benchmark.hashes_per_second <= limits[1] / 2, device.slug
            assert benchmark.power_watts is None or benchmark.power_watts <= OF_MACHINES["power_watts"][1] / 2
    for quote in builtin_market():
        limits = hashrate_of(quote.algorithm, devices=None)
        assert limits is None or (quote.network_hashes_per_second or 0.0) < limits[1], quote.coin


@for_each(
    "told",
    [
        DeviceReading(index=0, memory_temperature_celsius=0.0),  # temp3_input of an AMD card
        DeviceReading(index=0, kind=DeviceKind.HASHBOARD, power_watts=0.0),  # a Bitaxe at 1.2 TH/s
        DeviceReading(index=0, core_clock_hertz=0.0, voltage_volts=0.0),
        DeviceReading(index=0, memory_size_bytes=0, memory_used_bytes=0),
        HostReading(memory_size_bytes=0, memory_available_bytes=0),  # MemTotal: 0 kB
        FilesystemReading(mountpoint="/", read_only=False, size_bytes=0, available_bytes=0),
        Workload(share_difficulty=0.0),
    ],
)
def test_zero_that_cannot_be_is_absent_and_no_error(told: Any) -> None:
    cleaned, dropped = without_impossible(told, source="x")

    numbers = [getattr(cleaned, field.name) for field in dataclasses.fields(cleaned) if field.name != "index"]
    assert 0 not in [number for number in numbers if not isinstance(number, bool)]
    assert dropped == ()


def test_zero_that_can_be_stays() -> None:
    card = DeviceReading(
        index=0,
        fan_ratio=0.0,
        fan_speed_rpm=0.0,
        utilization_ratio=0.0,
        memory_used_bytes=0,
        inlet_temperature_celsius=0.0,
    )

    assert kept(card) == card
    assert kept(MeterReading(power_watts=0.0)).power_watts == 0.0


def machine(hashes_per_second: float | None, *fans: float | None, watts: float | None = 0.0) -> MinerSnapshot:
    board = DeviceReading(index=0, kind=DeviceKind.HASHBOARD, fan_speed_rpm=fans[0])
    work = Workload(algorithm="sha256", hashes_per_second=hashes_per_second)
    return MinerSnapshot(software="x", power_watts=watts, fan_speeds_rpm=fans, workloads=(work,), devices=(board,))


def test_a_machine_in_oil_that_hashes_has_no_fans_and_no_machine_hashes_without_power() -> None:
    cleaned, dropped = without_impossible(machine(2e14, 0.0, 0.0), source="x")

    assert (cleaned.fan_speeds_rpm, cleaned.devices[0].fan_speed_rpm, cleaned.power_watts) == ((), None, None)
    assert dropped == ()


@pytest.mark.parametrize(
    "said",
    [
        machine(0.0, 0.0, 0.0),  # it is paused, and so are its fans
        machine(1e14, 0.0, 5400.0, watts=3000.0),  # one of two stands still
        machine(1.2e12, 0.0, watts=15.0),  # the only one stands still
    ],
)
def test_fans_that_stand_still_are_told(said: MinerSnapshot) -> None:
    assert kept(said) == said


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(sorted(SENTINELS)))
def test_whatever_passes_lies_in_its_range(value: float, field: str) -> None:
    cleaned, dropped = without_impossible(DeviceReading(index=0, **{field: value}), source="x")  # type: ignore[arg-type]
    kept = getattr(cleaned, field)
    limits = range_of(field)

    assert limits is not None
    assert (kept is None) == (bool(dropped) or (value == 0 and field in NEVER_ZERO[DeviceReading]))
    assert kept is None or limits[0] <= kept <= limits[1]


OF_A_CARD = [
    field.name for field in dataclasses.fields(DeviceReading) if "float" in str(field.type) or "int" in str(field.type)
]
ODD = [
    None,
    -1,
    -1.0,
    0,
    0.0,
    math.nan,
    math.inf,
    -math.inf,
    10**400,
    -(10**400),
    511,
    511.0,
    1e30,
    2**53,
    150.0,
    -60.0,
    71,
    True,
]


@given(
    st.dictionaries(st.sampled_from(OF_A_CARD), st.sampled_from(ODD)),
    st.lists(st.sampled_from([*ODD, 0.5, 1, "x"])),
    st.sampled_from(DeviceKind),
)
def test_one_look_at_all_finds_what_a_look_at_each_finds(
    told: dict[str, Any], fans: list[Any], kind: DeviceKind
) -> None:
    reading = SensorReading(devices=(DeviceReading(**{"index": 0, **told, "fan_ratios": tuple(fans), "kind": kind}),))

    def found() -> str:
        try:
            return repr(without_impossible(reading, source="nvml"))
        except TypeError as refusal:
            return str(refusal)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plausibility._Look, "in_doubt", lambda _, told: range(len(told)))
        patch.setattr(plausibility._Look, "fits", lambda *_: False)
        by_each = found()

    assert found() == by_each
