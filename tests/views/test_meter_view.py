"""A meter: what it measures, its own counter, and what the agent has followed of that."""

from datetime import UTC, datetime

from miner_agent.errors import TimedOut
from miner_agent.model.readings import MeterReading, Outcome
from miner_agent.model.snapshot import DeviceEnergy, RigSnapshot
from miner_agent.views.figures import Circumstances
from miner_agent.views.meter_view import NO_COUNTER, NO_ENERGY, NO_READING, MeterView, meter_views

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def seen(
    reading: MeterReading | None, error: TimedOut | None = None, energy: tuple[DeviceEnergy, ...] = ()
) -> MeterView:
    asked = Outcome(source="wall", kind="meter", asked_at=NOON, duration_seconds=0.1, reading=reading, error=error)
    snapshot = RigSnapshot(taken_at=NOON, rig="r", outcomes=(asked,), meter_energy=energy)
    (view,) = meter_views(snapshot, Circumstances(taken_at=NOON))
    return view


def test_one_look_tells_the_meters_own_counter_and_no_total_that_nobody_followed() -> None:
    view = seen(MeterReading(power_watts=150.0, energy_joules_total=360_000.0))

    assert (view.counter_energy_joules_total.value, view.counter_energy_joules_total.unit) == (360_000.0, "joules")
    assert view.counter_energy_joules_total.source == "wall"
    assert (view.energy_joules_total.value, view.energy_joules_total.reason) == (None, NO_ENERGY)


def test_what_the_agent_followed_is_another_figure_than_the_counter() -> None:
    followed = DeviceEnergy(device="meter/wall", source="hardware", joules_total=5.0, joules_since_last_tick=None)
    view = seen(MeterReading(energy_joules_total=360_000.0), energy=(followed,))

    assert (view.energy_joules_total.value, view.counter_energy_joules_total.value) == (5.0, 360_000.0)


def test_a_meter_without_a_counter_and_one_that_does_not_answer_say_so() -> None:
    assert seen(MeterReading(power_watts=1.0)).counter_energy_joules_total.reason == NO_COUNTER
    assert seen(None, TimedOut("no answer")).counter_energy_joules_total.reason == NO_READING
