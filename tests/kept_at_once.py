"""Counters whose disk takes no time: what is counted in a tick is shown in it."""

from miner_agent.model.kept_counter import CounterKey, KeptCounter
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.lasting_counters import LastingCounters


class _AtOnce(LastingCounters):
    def shown(self, key: CounterKey) -> int | None:
        return self._counted.get(key, 0)


def at_once(kept: dict[CounterKey, KeptCounter] | None) -> LastingCounters:
    """``kept``: what the last run has left; ``None``: that is still to be told."""
    counters = _AtOnce()
    counters.see(kept)
    return counters


def energy_meter() -> EnergyMeter:
    meter = EnergyMeter()
    meter.counters = at_once({})
    return meter


def left_by(meter: EnergyMeter) -> dict[CounterKey, KeptCounter]:
    """What the next run finds on disk after a clean end."""
    return {key: KeptCounter(counted, 0, counted) for key, counted in (meter.counters.counted or {}).items()}
