"""From what every source gave in one tick to one snapshot, through everything that is kept from tick to tick.

A mistake that is made for one source costs that source: its outcome becomes an error, and what it had said by then is
taken out again. Everything else stays.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from miner_agent.errors import Mistake, said_of
from miner_agent.model.devices import ReadError
from miner_agent.model.expected import NOTHING_EXPECTED, ExpectedRig
from miner_agent.model.hashrate_expectations import NO_HASHRATES, HashrateExpectations
from miner_agent.model.kept_counter import RESTARTS
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.model.readings import Outcome, Reading
from miner_agent.model.snapshot import DeviceEnergy, Inventory, RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.model.temperature_limits import NO_LIMITS, TemperatureLimits, TemperatureThreshold
from miner_agent.tick.expectations import devices_expected, power_limits_desired, with_expected
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.memory import Memory
from miner_agent.tick.mistakes import Costs
from miner_agent.tick.verdict import judge
from miner_agent.tick.watch import Destination


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """What is known of one tick beside what the sources gave."""

    rig: str
    now: datetime
    begun_seconds: float  # on a monotonic clock
    wanted: Mapping[str, Destination]  # where each miner should mine, of all that are configured
    workers_shown: Mapping[str, int] = field(default_factory=dict)  # by miner, of those that mine through it
    sensor_restarts: Mapping[str, int]  # of the process that reads them, by collector
    agent: AgentStatus | None = None
    expected: ExpectedRig = NOTHING_EXPECTED
    hashrates: HashrateExpectations = NO_HASHRATES  # that are to be expected, beside what is learnt
    limits: TemperatureLimits = NO_LIMITS  # above which temperatures are to be told of
    clock: TickClock | None = None  # without one energy is not counted


def digest(outcomes: Sequence[Outcome[Reading]], tick: Tick, memory: Memory, costs: Costs) -> RigSnapshot:
    """Take one tick in. ``costs``: what mistakes have cost in it by now, and what they cost in here."""
    elapsed_seconds = 0.0 if memory.last_begun is None else tick.begun_seconds - memory.last_begun
    memory.last_begun = tick.begun_seconds
    steady_seconds = tick.begun_seconds if tick.clock is None else tick.clock.monotonic_seconds
    outcomes = memory.uptimes.follow(outcomes, at_seconds=steady_seconds, costs=costs)
    inventory = take_inventory(outcomes, memory.names, costs, tick.workers_shown)
    inventory = memory.course.xids.follow(inventory, at_seconds=steady_seconds, now=tick.now, costs=costs)
    fell = memory.counters.fell_together(inventory, costs)
    runs = memory.restarts.follow(outcomes, fell, at_seconds=steady_seconds, costs=costs)
    restarts_total = _restarts_counted(outcomes, memory)
    inventory = memory.counters.follow(inventory, runs, tick.wanted, costs, at_seconds=steady_seconds)
    inventory = memory.difficulties.follow(inventory, tick.wanted, costs)
    for leaps in filter(None, (memory.counters.leaps, memory.difficulties.leaps)):
        outcomes = [_with_errors(outcome, leaps) for outcome in outcomes]
    memory.proof.follow(inventory.workloads, memory.counters.gains, configured=tick.wanted, costs=costs)
    memory.shares.follow(
        inventory.workloads,
        memory.counters.gains,
        runs,
        memory.energy.counters,
        at_seconds=steady_seconds,
        interval_seconds=0.0 if tick.clock is None else tick.clock.interval_seconds,
        now=tick.now,
        configured=tick.wanted,
        costs=costs,
    )
    memory.watch.follow(inventory.workloads, tick.wanted, costs)
    past = memory.course.follow(
        outcomes,
        inventory,
        memory.counters.gains,
        memory.restarts,
        at_seconds=steady_seconds,
        now=tick.now,
        costs=costs,
    )
    outcomes = with_expected(outcomes, tick.expected, memory.course.fans)
    energy: tuple[DeviceEnergy, ...] = ()
    if tick.clock is not None:
        energy = memory.energy.follow(
            inventory.devices,
            at_seconds=steady_seconds,
            interval_seconds=tick.clock.interval_seconds,
            costs=costs,
        )
    proven, awaited, pools, started_at = (
        memory.proof.proven,
        memory.shares.awaited,
        memory.watch.watched,
        memory.restarts.started_at,
    )
    if costs.errors:
        outcomes = [_held(outcome, costs.errors) for outcome in outcomes]
        inventory = _without(inventory, costs.errors)
        proven = tuple(one for one in proven if one.miner not in costs.errors)
        awaited = tuple(one for one in awaited if one.miner not in costs.errors)
        pools = tuple(one for one in pools if one.miner not in costs.errors)
        started_at = {name: moment for name, moment in started_at.items() if name not in costs.errors}
        there = {device.label for device in inventory.devices}
        energy = tuple(one for one in energy if one.device in there)
    with costs.of(f"{tick.rig}: counts of sources and devices"):
        memory.tally.count(
            outcomes,
            inventory,
            elapsed_seconds=elapsed_seconds,
            restarts=tick.sensor_restarts,
            reading_seconds=costs.reading_seconds,
        )
    of_devices: tuple[TemperatureThreshold, ...] = ()
    of_miners: tuple[TemperatureThreshold, ...] = ()
    with costs.of(f"{tick.rig}: limits of temperatures"):
        of_devices, of_miners = memory.thresholds.of(outcomes, inventory, tick.limits, rig=tick.rig)
    snapshot = RigSnapshot(
        taken_at=tick.now,
        rig=tick.rig,
        outcomes=tuple(outcomes),
        inventory=inventory,
        sources=memory.tally.sources,
        devices=memory.tally.devices,
        miners_started_at=started_at,
        miner_restarts_total=restarts_total,
        devices_expected=devices_expected(memory.tally.devices_expected, memory.course.devices, tick.expected),
        power_limits_desired_watts=power_limits_desired(inventory, tick.expected),
        proven=proven,
        awaited=awaited,
        pools=pools,
        energy=energy,
        past=past,
        device_thresholds=of_devices,
        miner_thresholds=of_miners,
        clock=tick.clock,
        agent=tick.agent,
    )
    with costs.of(f"{tick.rig}: power of the whole machine"):
        snapshot = memory.machine.added_to(snapshot, memory.energy)
    with costs.of(f"{tick.rig}: verdict"):
        snapshot = copied_with(snapshot, verdict=judge(snapshot))
    with costs.of(f"{tick.rig}: expected hashrates"):
        expected = memory.expected.of(snapshot, memory.usual, tick.hashrates)
        snapshot = copied_with(snapshot, expected_hashrates=expected)
    return snapshot  # noqa: RET504 - what fails above leaves it as it was


def _restarts_counted(outcomes: Sequence[Outcome[Reading]], memory: Memory) -> dict[str, int]:
    """How often each miner was started anew, whether it answers now or not; nothing while the disk has not told."""
    counters, begun = memory.energy.counters, memory.restarts.begun
    totals = {}
    for outcome in outcomes:
        if outcome.kind == "miner":
            key = (outcome.source, RESTARTS)
            counters.count(key, begun.count(outcome.source), outcome.source)
            totals[outcome.source] = counters.shown(key)
    return {miner: total for miner, total in totals.items() if total is not None}


def _with_errors(outcome: Outcome[Reading], found: Mapping[str, Sequence[ReadError]]) -> Outcome[Reading]:
    errors = found.get(outcome.source)
    return replace(outcome, dropped=(*outcome.dropped, *errors)) if errors else outcome


def _held(outcome: Outcome[Reading], errors: Mapping[str, Mistake]) -> Outcome[Reading]:
    error = errors.get(outcome.source)
    if error is None or outcome.error is not None:
        return outcome
    return replace(outcome, reading=None, dropped=(), error=said_of(outcome.source, error))


def _without(inventory: Inventory, sources: Mapping[str, Mistake]) -> Inventory:
    """What the other sources said."""
    devices = tuple(device for device in inventory.devices if device.source not in sources)
    there = {device.label for device in devices}
    return copied_with(
        inventory,
        devices=devices,
        workloads=tuple(one for one in inventory.workloads if one.miner not in sources),
        contributions=tuple(one for one in inventory.contributions if one.miner not in sources and one.device in there),
        workers=tuple(one for one in inventory.workers if one.miner not in sources),
        other_workers=tuple(one for one in inventory.other_workers if one.miner not in sources),
        faults=tuple(one for one in inventory.faults if one.miner not in sources),
        pools=tuple(one for one in inventory.pools if one.miner not in sources),
        labels={key: label for key, label in inventory.labels.items() if key[0] not in sources and label in there},
    )
