"""Puts beside what was read what should be there, as configured or learnt. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from miner_agent.model.devices import DeviceKind
from miner_agent.model.expected import ExpectedRig
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import Inventory
from miner_agent.tick.known_devices import MISSED_KINDS, KnownDevices
from miner_agent.tick.known_fans import KnownFans


def with_expected(
    outcomes: Sequence[Outcome[Reading]], expected: ExpectedRig, fans: KnownFans
) -> list[Outcome[Reading]]:
    """The same, and of each machine how many boards and fans it should have."""
    return [_machine(outcome, expected, fans) for outcome in outcomes]


def _machine(outcome: Outcome[Reading], expected: ExpectedRig, fans: KnownFans) -> Outcome[Reading]:
    reading = outcome.reading
    if not isinstance(reading, MinerSnapshot):
        return outcome
    boards = expected.boards_expected.get(outcome.source, reading.boards_expected)
    turned = expected.fans_expected.get(outcome.source, fans.expected(outcome.source))
    if (boards, turned) == (reading.boards_expected, reading.fans_expected):
        return outcome
    return replace(outcome, reading=replace(reading, boards_expected=boards, fans_expected=turned))


def devices_expected(
    counted: Mapping[DeviceKind, int], known: KnownDevices, expected: ExpectedRig
) -> dict[DeviceKind, int]:
    """How many devices of each kind there should be: as configured, else all that are remembered.

    Args:
        counted: the most that there were at once since the agent started.
        known: those that are remembered, where they are missed at all.
        expected: as configured.
    """
    remembered = known.expected
    learnt = {
        kind: remembered[kind] if kind in MISSED_KINDS else counted.get(kind, 0)
        for kind in DeviceKind
        if kind in counted or kind in remembered
    }
    return {**learnt, **expected.devices_expected}


def power_limits_desired(inventory: Inventory, expected: ExpectedRig) -> dict[str, float]:
    """By device, of those of which that is said."""
    if not expected.power_limits:
        return {}
    wanted = {one.label: expected.power_limit_watts(one.label, one.reading) for one in inventory.devices}
    return {label: watts for label, watts in wanted.items() if watts is not None}
