"""What the whole machine draws: the right source, never a part of a sum, and energy that outlives its parts."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.prometheus import Renderer
from miner_agent.errors import TimedOut
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState
from miner_agent.model.readings import (
    HostReading,
    MeterReading,
    MinerSnapshot,
    Outcome,
    Reading,
    SensorReading,
    SourceKind,
    Workload,
)
from miner_agent.model.snapshot import (
    PartialPower,
    PowerSource,
    RigPower,
    RigSnapshot,
    TickClock,
    power_difference_watts,
    preferred_power,
)
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.lasting_counters import LastingCounters
from miner_agent.tick.whole_machine import WholeMachine
from tests import kept_at_once

START = datetime(2026, 1, 1, tzinfo=UTC)
INTERVAL_SECONDS = 10.0


def told(source: str, reading: Reading | None, kind: SourceKind = "miner", *, local: bool = True) -> Outcome[Reading]:
    return Outcome(
        source=source,
        kind=kind,
        asked_at=START,
        duration_seconds=0.0,
        reading=reading,
        error=TimedOut("no answer") if reading is None else None,
        local=local,
    )


def meter(watts: float | None = 1000.0, *, joules: float | None = None, name: str = "wall") -> Outcome[Reading]:
    return told(name, MeterReading(power_watts=watts, energy_joules_total=joules), "meter")


def silent(name: str = "wall", kind: SourceKind = "meter") -> Outcome[Reading]:
    return told(name, None, kind)


def cards(*watts: float | None) -> Outcome[Reading]:
    devices = tuple(
        DeviceReading(index=number, uuid=f"GPU-{number}", power_watts=power, core_temperature_celsius=60.0)
        for number, power in enumerate(watts)
    )
    return told("nvml", SensorReading(devices=devices), "collector")


def host(watts: float | None = None, joules: float | None = None) -> Outcome[Reading]:
    cpu = DeviceReading(index=0, kind=DeviceKind.CPU, power_watts=watts, energy_joules_total=joules)
    return told("host", HostReading(devices=(cpu,)), "collector")


def asic(watts: float | None = 3250.0, *, name: str = "asic", local: bool = False) -> Outcome[Reading]:
    boards = (DeviceReading(index=0, kind=DeviceKind.HASHBOARD),)
    snapshot = MinerSnapshot(software="x", power_watts=watts, workloads=(Workload(algorithm="sha256"),), devices=boards)
    return told(name, snapshot, local=local)


class Rig:
    """One machine, tick by tick."""

    def __init__(self) -> None:
        self.machine, self.energy, self.seconds = WholeMachine(), kept_at_once.energy_meter(), 0.0

    def tick(self, *outcomes: Outcome[Reading], after_seconds: float = INTERVAL_SECONDS) -> RigSnapshot:
        self.seconds += after_seconds
        inventory = take_inventory(outcomes)
        energy = self.energy.follow(inventory.devices, at_seconds=self.seconds, interval_seconds=INTERVAL_SECONDS)
        snapshot = RigSnapshot(
            taken_at=START + timedelta(seconds=self.seconds),
            rig="left",
            outcomes=outcomes,
            inventory=inventory,
            energy=energy,
            clock=TickClock(
                boot_id="x", monotonic_seconds=self.seconds, interval_seconds=INTERVAL_SECONDS, clock_ok=True
            ),
        )
        return self.machine.added_to(snapshot, self.energy)


def watts(snapshot: RigSnapshot) -> dict[PowerSource, float]:
    return {power.source: power.power_watts for power in snapshot.power}


def joules(snapshot: RigSnapshot) -> dict[PowerSource, float | None]:
    return {energy.source: energy.joules_total for energy in snapshot.rig_energy}


def test_all_meters_of_a_machine_are_one_power() -> None:
    found = Rig().tick(meter(700.0), meter(450.5, name="second"), cards(300.0, 310.0))

    assert watts(found) == {"meter": 1150.5, "estimate": 610.0}
    assert power_difference_watts(found.power) == 540.5


@pytest.mark.parametrize("second", [silent("second"), meter(None, name="second")])
def test_where_one_meter_says_nothing_the_wall_is_not_known(second: Outcome[Reading]) -> None:
    found = Rig().tick(meter(700.0), second, cards(300.0))

    assert watts(found) == {"estimate": 300.0}
    assert power_difference_watts(found.power) is None


def test_a_machine_that_feeds_in_draws_less_than_nothing() -> None:
    assert watts(Rig().tick(meter(-250.0))) == {"meter": -250.0}


POWERS = [RigPower(source=source, power_watts=1.0) for source in ("estimate", "psu", "meter")]


@pytest.mark.parametrize(
    ("power", "best"), [(POWERS, "meter"), (POWERS[:2], "psu"), (POWERS[:1], "estimate"), ([], None)]
)
def test_the_wall_comes_before_the_firmware_and_both_before_the_sum(
    power: Sequence[RigPower], best: PowerSource | None
) -> None:
    found = preferred_power(tuple(power))

    assert (found and found.source) == best


def test_the_firmware_speaks_for_its_machine() -> None:
    assert watts(Rig().tick(asic(3250.0), asic(3100.0, name="second"), host(9.0)))["psu"] == 6350.0


@pytest.mark.parametrize(
    "beside",
    [
        asic(None, name="mute"),
        told("gone", None, local=False),
        told("elsewhere", MinerSnapshot(software="x"), local=False),
        cards(200.0),
    ],
    ids=["without a figure", "no answer", "another program's machine", "cards of its own"],
)
def test_the_firmware_does_not_speak_for_what_it_does_not_know(beside: Outcome[Reading]) -> None:
    assert "psu" not in watts(Rig().tick(asic(3250.0), beside))


def test_a_firmware_that_spoke_once_must_speak_on() -> None:
    rig = Rig()
    here = asic(120.0, name="second", local=True)
    assert watts(rig.tick(asic(3250.0), here))["psu"] == 3370.0
    assert "psu" not in watts(rig.tick(asic(3250.0), silent("second", "miner")))
    assert watts(rig.tick(asic(3250.0)))["psu"] == 3250.0  # a new configuration does not name it


def test_the_estimate_is_the_sum_of_cards_and_processors() -> None:
    assert watts(Rig().tick(cards(200.0, 150.5), host(65.0))) == {"estimate": 415.5}


def test_a_processor_whose_power_cannot_be_read_is_left_out() -> None:
    assert watts(Rig().tick(cards(200.0), host())) == {"estimate": 200.0}
    assert watts(Rig().tick(host())) == {}


def test_a_card_that_is_left_asleep_is_left_out() -> None:
    asleep = DeviceReading(index=0, uuid="AMD-0", state=DeviceState.ASLEEP)
    idle = told("amdgpu", SensorReading(devices=(asleep,)), "collector")

    assert watts(Rig().tick(cards(200.0), idle)) == {"estimate": 200.0}


def test_a_processor_that_has_not_been_read_twice_yet_is_waited_for() -> None:
    rig = Rig()
    assert watts(rig.tick(cards(200.0), host(None, joules=1.0))) == {}
    assert watts(rig.tick(cards(200.0), host(65.0, joules=651.0))) == {"estimate": 265.0}


def test_an_estimate_without_one_card_is_none() -> None:
    assert watts(Rig().tick(cards(200.0, None))) == {}


def test_one_card_of_three_without_a_sensor_leaves_a_part_that_says_what_it_lacks() -> None:
    found = Rig().tick(cards(110.0, None, 112.0), host(65.0))

    assert watts(found) == {}
    assert found.partial_power == PartialPower(power_watts=287.0, lacks=("GPU-1",))
    page = Renderer(process=False).render(found).text.decode()
    assert "rig_host_power_part_watts 287.0" in page
    assert 'rig_host_power_lacks{part="GPU-1"} 1.0' in page
    assert "rig_host_power_watts{" not in page


def test_an_estimate_says_which_processor_and_which_lost_card_it_is_without() -> None:
    found = Rig().tick(cards(200.0), host())
    assert (watts(found), found.partial_power) == (
        {"estimate": 200.0},
        PartialPower(power_watts=200.0, lacks=("cpu0",)),
    )
    assert Rig().tick(cards(200.0), host(65.0)).partial_power is None

    gone = DeviceReading(index=0, uuid="GPU-9", state=DeviceState.LOST)
    lost = Rig().tick(told("amdgpu", SensorReading(devices=(gone,)), "collector"), cards(200.0))
    assert (watts(lost), lost.partial_power) == ({"estimate": 200.0}, PartialPower(power_watts=200.0, lacks=("GPU-9",)))


def test_a_collector_that_fails_is_what_a_part_lacks() -> None:
    rig = Rig()
    rig.tick(cards(200.0), host(65.0))

    found = rig.tick(silent("nvml", "collector"), host(65.0))

    assert found.partial_power == PartialPower(power_watts=65.0, lacks=("nvml",))


def numbered(*watts_told: float, name: str = "m") -> Outcome[Reading]:
    devices = tuple(DeviceReading(index=number, power_watts=power) for number, power in enumerate(watts_told))
    return told(name, MinerSnapshot(software="x", devices=devices))


def test_cards_that_a_miner_numbers_and_their_driver_names_are_counted_once() -> None:
    rig = Rig()
    rig.tick(cards(200.0, 150.0), numbered(199.0, 149.0))
    found = rig.tick(cards(200.0, 150.0), numbered(199.0, 149.0))

    assert watts(found) == {"estimate": 350.0}
    assert joules(found) == {"estimate": 3500.0}
    assert watts(Rig().tick(numbered(199.0, 149.0))) == {"estimate": 348.0}  # no driver reads them
    assert watts(Rig().tick(cards(200.0), numbered(100.0, 110.0))) == {"estimate": 410.0}  # more than the driver's


def test_a_collector_that_fails_takes_the_estimate_with_it() -> None:
    rig = Rig()
    assert watts(rig.tick(cards(200.0), host(65.0))) == {"estimate": 265.0}
    assert watts(rig.tick(silent("nvml", "collector"), host(65.0))) == {}


def test_a_lost_card_draws_what_nobody_knows_and_the_others_go_on() -> None:
    lost = told("nvml", SensorReading(devices=(DeviceReading(index=0, uuid="GPU-0"),)), "collector")

    assert watts(Rig().tick(lost, host(65.0))) == {"estimate": 65.0}


def test_a_miner_that_is_down_takes_its_cards_out_and_the_estimate_too() -> None:
    rig = Rig()
    alone = told("cards", MinerSnapshot(software="x", devices=(DeviceReading(index=0, power_watts=150.0),)))
    assert watts(rig.tick(alone, host(65.0))) == {"estimate": 215.0}
    assert watts(rig.tick(silent("cards", "miner"), host(65.0))) == {}
    assert watts(rig.tick(alone, host(65.0))) == {"estimate": 215.0}
    assert watts(rig.tick(host(65.0))) == {"estimate": 65.0}  # a new configuration does not name it


def test_a_miner_on_cards_that_their_driver_reads_may_be_down() -> None:
    rig = Rig()
    mined = told("cards", MinerSnapshot(software="x", devices=(DeviceReading(index=0, uuid="GPU-0", power_watts=9.0),)))
    rig.tick(cards(200.0), mined)

    assert watts(rig.tick(cards(200.0), silent("cards", "miner"))) == {"estimate": 200.0}


def test_energy_is_the_meters_counter_where_it_has_one() -> None:
    rig = Rig()
    assert joules(rig.tick(meter(1000.0, joules=5e6))) == {"meter": 0.0}
    assert joules(rig.tick(meter(9000.0, joules=5.01e6))) == {"meter": 10_000.0}


def test_a_meter_without_a_counter_is_integrated_and_its_gaps_stay_gaps() -> None:
    rig = Rig()
    rig.tick(meter(1000.0))
    assert joules(rig.tick(meter(1200.0))) == {"meter": 11_000.0}
    assert joules(rig.tick(silent(), after_seconds=300.0)) == {}
    assert joules(rig.tick(meter(1200.0), after_seconds=300.0)) == {"meter": 11_000.0}
    assert joules(rig.tick(meter(1200.0))) == {"meter": 23_000.0}


def test_a_counter_bridges_what_could_not_be_read() -> None:
    rig = Rig()
    rig.tick(meter(joules=0.0))
    assert joules(rig.tick(silent(), after_seconds=300.0)) == {}
    back = rig.tick(meter(joules=600_000.0), after_seconds=300.0)
    assert joules(back) == {"meter": 600_000.0}
    assert back.meter_energy[0].joules_since_last_tick is None


def test_what_is_fed_in_is_not_drawn() -> None:
    rig = Rig()
    rig.tick(meter(-500.0))
    assert joules(rig.tick(meter(-500.0))) == {"meter": 0.0}
    assert joules(rig.tick(meter(500.0))) == {"meter": 2500.0}


def test_a_meter_that_counts_whole_kilowatt_hours_is_believed() -> None:
    rig = Rig()
    rig.tick(meter(joules=3.6e6), after_seconds=1.0)

    assert joules(rig.tick(meter(joules=7.2e6), after_seconds=1.0)) == {"meter": 3.6e6}


def test_a_meter_that_is_reset_begins_anew() -> None:
    rig = Rig()
    rig.tick(meter(joules=5e6))
    rig.tick(meter(joules=5.01e6))
    assert joules(rig.tick(meter(joules=100.0))) == {"meter": 10_000.0}
    assert joules(rig.tick(meter(joules=1100.0))) == {"meter": 11_000.0}


def test_a_meter_that_is_taken_away_takes_nothing_back() -> None:
    rig = Rig()
    rig.tick(meter(joules=0.0), meter(joules=0.0, name="second"))
    assert joules(rig.tick(meter(joules=5000.0), meter(joules=3000.0, name="second"))) == {"meter": 8000.0}
    assert joules(rig.tick(meter(joules=6000.0))) == {"meter": 9000.0}


def test_the_energy_of_one_meter_of_two_is_not_shown_as_the_machines() -> None:
    rig = Rig()
    rig.tick(meter(joules=0.0), meter(joules=0.0, name="second"))
    assert joules(rig.tick(meter(joules=5000.0), silent("second"))) == {}
    assert joules(rig.tick(meter(joules=9000.0), meter(joules=9000.0, name="second"))) == {"meter": 18_000.0}


def test_each_source_has_a_total_of_its_own() -> None:
    rig = Rig()
    for _ in range(2):
        last = rig.tick(meter(1000.0), cards(300.0), host(50.0))
    assert joules(last) == {"meter": 10_000.0, "estimate": 3500.0}
    rig = Rig()
    for _ in range(2):
        last = rig.tick(asic(3000.0))
    assert joules(last) == {"psu": 30_000.0}


def test_totals_go_on_after_a_restart() -> None:
    rig = Rig()
    rig.tick(meter(1000.0), cards(300.0))
    rig.tick(meter(1000.0), cards(300.0))
    again = Rig()
    again.energy.counters = LastingCounters()
    again.tick(meter(1000.0), cards(300.0))
    assert joules(again.tick(meter(1000.0), cards(300.0))) == {"meter": None, "estimate": None}
    again.energy.counters.see(kept_at_once.left_by(rig.energy))  # the disk answers after the second tick
    assert joules(again.tick(meter(1000.0), cards(300.0))) == {"meter": 10_000.0, "estimate": 3000.0}
    again.energy.counters.see(kept_at_once.left_by(again.energy))

    assert joules(again.tick(meter(1000.0), cards(300.0))) == {"meter": 30_000.0, "estimate": 9000.0}


WATTS = st.one_of(st.none(), st.floats(-1e5, 1e6))
JOULES = st.one_of(st.none(), st.floats(0, 1e15))
ANSWER = st.one_of(st.none(), st.tuples(WATTS, JOULES))


@given(st.lists(st.tuples(st.floats(0, 100), ANSWER, ANSWER, st.booleans()), max_size=30))
def test_whatever_meters_say_no_total_falls_and_no_sum_lacks_a_part(
    ticks: list[tuple[float, tuple[float | None, float | None] | None, tuple[float | None, float | None] | None, bool]],
) -> None:
    rig, before = Rig(), 0.0
    for seconds, first, second, has_second in ticks:
        said = [first, second] if has_second else [first]
        outcomes = [
            silent(name) if answer is None else meter(answer[0], joules=answer[1], name=name)
            for name, answer in zip(("wall", "second"), said, strict=False)
        ]
        found = rig.tick(*outcomes, after_seconds=seconds)
        whole = all(answer is not None and answer[0] is not None for answer in said)
        assert ("meter" in watts(found)) == whole
        total = joules(found).get("meter")
        if total is not None:
            assert total >= before
            before = total


def test_the_page_tells_the_machine_from_its_parts() -> None:
    page = Renderer(process=False).render(Rig().tick(meter(700.0), silent("second"), cards(300.0))).text.decode()
    assert "rig_host_power_difference_watts" not in page
    assert 'rig_meter_up{meter="second"} 0.0' in page
    assert 'rig_meter_error{meter="second",reason="timeout"} 1.0' in page
    assert 'rig_meter_power_watts{meter="second"}' not in page

    page = Renderer(process=False).render(Rig().tick(meter(700.0), cards(300.0))).text.decode()
    assert 'rig_host_power_watts{source="meter"} 700.0' in page
    assert 'rig_host_power_watts{source="estimate"} 300.0' in page
    assert "rig_host_power_difference_watts 400.0" in page
    assert 'device="meter' not in page


@pytest.mark.parametrize("hostile", ["meter/wall", "meter/", "host"])
def test_no_device_can_pass_for_a_meter(hostile: str) -> None:
    lie = told("m", MinerSnapshot(software="x", devices=(DeviceReading(index=0, uuid=hostile, power_watts=1.0),)))
    rig = Rig()
    rig.tick(meter(1000.0), lie)
    found = rig.tick(meter(1000.0), lie)

    assert joules(found)["meter"] == 10_000.0
    assert [energy.device for energy in found.meter_energy] == ["meter/wall"]
    assert not any(device.label.startswith("meter/") for device in found.inventory.devices)
