"""Energy only grows, survives restarts, and is never made up over a gap."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from miner_agent.model.devices import DeviceReading
from miner_agent.model.snapshot import Device, DeviceEnergy
from miner_agent.tick.energy_counters import EnergyMeter
from tests import kept_at_once

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def tick(
    meter: EnergyMeter, at: float, *, watts: float | None = None, counter: float | None = None
) -> DeviceEnergy | None:
    reading = DeviceReading(index=0, power_watts=watts, energy_joules_total=counter)
    device = Device(label="GPU-1", source="nvml", read_at=NOW, answered=True, reading=reading)
    found = meter.follow([device], at_seconds=at, interval_seconds=10)
    return found[0] if found else None


def drawn(energy: DeviceEnergy | None) -> float | None:
    assert energy is not None
    return energy.joules_since_last_tick


def test_power_is_integrated_between_two_readings() -> None:
    meter = kept_at_once.energy_meter()
    assert drawn(tick(meter, 0, watts=100)) is None
    energy = tick(meter, 10, watts=200)

    assert energy == DeviceEnergy(
        device="GPU-1", source="integrated", joules_total=1500, joules_since_last_tick=1500, added_joules=1500
    )


def test_a_counter_comes_before_power() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, watts=100, counter=5000)

    assert tick(meter, 10, watts=100, counter=6100) == DeviceEnergy(
        device="GPU-1", source="hardware", joules_total=1100, joules_since_last_tick=1100, added_joules=1100
    )


def test_a_gap_in_power_stays_a_gap() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, watts=100)
    assert tick(meter, 10) is None
    assert drawn(tick(meter, 20, watts=100)) is None
    assert drawn(tick(meter, 60, watts=100)) is None  # the machine slept
    assert drawn(tick(meter, 70, watts=100)) == 1000


def test_a_counter_bridges_what_could_not_be_read_and_starts_again_with_the_driver() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, counter=5000)
    assert tick(meter, 10) == DeviceEnergy(
        device="GPU-1", source="hardware", joules_total=0, joules_since_last_tick=None
    )
    assert drawn(tick(meter, 20, watts=100)) is None
    bridged = tick(meter, 600, counter=65_000)
    assert bridged == DeviceEnergy(
        device="GPU-1", source="hardware", joules_total=60_000, joules_since_last_tick=None, added_joules=60_000
    )
    assert drawn(tick(meter, 610, counter=10)) is None
    assert drawn(tick(meter, 620, counter=1010)) == 1000


def test_a_counter_that_leaps_is_not_believed() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, counter=0)

    assert drawn(tick(meter, 10, counter=1e12)) is None


def test_a_counter_with_a_digit_too_many_is_not_believed_though_the_whole_rig_might_draw_that() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, counter=5_000)

    assert drawn(tick(meter, 10, counter=55_000)) is None
    assert drawn(tick(meter, 20, counter=7_000)) is None
    energy = tick(meter, 30, counter=8_000)
    assert energy is not None
    assert energy.joules_total == 1_000


def test_totals_go_on_after_a_restart() -> None:
    meter = kept_at_once.energy_meter()
    tick(meter, 0, watts=100)
    tick(meter, 10, watts=100)
    again = EnergyMeter()
    again.counters.see(kept_at_once.left_by(meter))
    tick(again, 0, watts=100)
    again.counters.see(kept_at_once.left_by(again))

    energy = tick(again, 10, watts=100)
    assert energy is not None
    assert energy.joules_total == 1000  # what is on disk
    assert again.counters.counted == {("GPU-1", "integrated"): 2_000_000}


POWER = st.one_of(st.none(), st.floats(0, 2000))


@given(st.lists(st.tuples(st.floats(0, 100), POWER, st.one_of(st.none(), st.floats(0, 1e9))), max_size=40))
def test_whatever_comes_a_total_never_falls_and_holds_all_its_parts(
    steps: list[tuple[float, float | None, float | None]],
) -> None:
    meter = kept_at_once.energy_meter()
    at, sums, before = 0.0, {"hardware": 0.0, "integrated": 0.0}, {"hardware": 0.0, "integrated": 0.0}
    for seconds, watts, counter in steps:
        at += seconds
        energy = tick(meter, at, watts=watts, counter=counter)
        if energy is not None:
            assert energy.joules_total is not None
            assert energy.joules_total >= before[energy.source]
            before[energy.source] = energy.joules_total
            sums[energy.source] += energy.joules_since_last_tick or 0.0
            assert energy.joules_total >= sums[energy.source] * (1 - 1e-9) - 0.001


def test_each_counter_says_whose_it_is() -> None:
    meter = EnergyMeter()
    tick(meter, 0, watts=100)
    meter.of_rig("estimate", [])

    assert meter.counters.told_by == {("GPU-1", "integrated"): "nvml", ("host", "estimate"): ""}
