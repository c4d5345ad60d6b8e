"""Values that cannot be true are taken out and counted; nothing is clamped."""

import json
import math
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from miner_agent.drivers import gminer
from miner_agent.model.devices import DeviceReading, DeviceWork
from miner_agent.model.readings import MinerSnapshot, Outcome, SensorReading, Workload
from miner_agent.sources.payload import Payloads
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.plausibility import range_of, without_impossible

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SENTINELS = {
    "core_temperature_celsius": [511.0, -273.0, 65535.0],
    "fan_ratio": [-0.01, 655.35],
    "power_watts": [-1.0, 4294967.295, math.inf],
    "core_clock_hertz": [-1e6, math.nan],
    "utilization_ratio": [1.01, 42949672.95],
}


@pytest.mark.parametrize(
    ("field", "value"), [(field, value) for field, values in SENTINELS.items() for value in values]
)
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
    stat = {"miner": "GMiner 3.06", "algorithm": "ethash", "devices": [{**card, "speed": 3e7} for card in cards]}
    told = gminer.DRIVER.read(Payloads({"stat": json.dumps(stat).encode()}))

    cleaned, dropped = without_impossible(told, source="m")
    outcome = Outcome(source="m", kind="miner", asked_at=NOW, duration_seconds=0.0, reading=cleaned, dropped=dropped)
    found = take_inventory([outcome])

    assert [device.label for device in found.devices] == ["m/0", "m/1", "m/2"]
    assert sum(device.reading.power_watts or 0.0 for device in found.devices) == 333.0
    assert [(error.device_index, error.quantity) for error in dropped] == [(card, "pci_address") for card in range(3)]
    assert not found.left_out


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(sorted(SENTINELS)))
def test_whatever_passes_lies_in_its_range(value: float, field: str) -> None:
    cleaned, dropped = without_impossible(DeviceReading(index=0, **{field: value}), source="x")  # type: ignore[arg-type]
    kept = getattr(cleaned, field)
    limits = range_of(field)

    assert limits is not None
    assert (kept is None) == bool(dropped)
    assert kept is None or limits[0] <= kept <= limits[1]
