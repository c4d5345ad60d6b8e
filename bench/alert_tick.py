"""What it costs a tick that the agent looks for its own alerts: its CPU time, beside the same agent that leaves it to others."""

import statistics
import time

from bench.figure import Figure
from bench.process import children, cpu_seconds
from bench.rig import Rig, agent_on, rig
from tests.agent import Agent

TICKS, TURNS = 30, 2  # each of the two in turn, so that what else the machine does meets both
REQUESTS = 'rig_agent_collector_requests_total{collector="nvml"}'
LOCAL = '[alerts]\nowner = "local"\n\n[[alerts.channels]]\nname = "log"\nkind = "journal"\n'


def tick_seconds(agent: Agent, ticks: int) -> float:
    """CPU time of a tick, that of all its processes together. It ticks once a second, and nobody scrapes it meanwhile.

    A process that makes a database at the start and ends is none of them.
    """
    agent.wait_until(lambda page: page.get(REQUESTS, 0) >= 5)
    before, ticks_before = _spent_seconds(agent), agent.metrics()[REQUESTS]
    time.sleep(ticks)
    spent_seconds = sum(spent - before.get(process_id, 0.0) for process_id, spent in _spent_seconds(agent).items())
    return spent_seconds / (agent.metrics()[REQUESTS] - ticks_before)


def _spent_seconds(agent: Agent) -> dict[int, float]:
    """So far, by the number of each process."""
    ids = [agent.process.pid, *children(agent.process.pid)]
    return {process_id: cpu_seconds(process_id) for process_id in ids}


def one_turn(parts: Rig, more: str = "") -> float:
    """The same of an agent of its own, with these lines in its configuration too."""
    with agent_on(parts, interval_seconds=1, more=more) as agent:
        return tick_seconds(agent, TICKS)


def measure() -> list[Figure]:
    with rig() as parts:
        turns = [(one_turn(parts), one_turn(parts, LOCAL)) for _ in range(TURNS)]
    without, with_alerts = (1000 * statistics.median(figures) for figures in zip(*turns, strict=True))
    return [
        Figure(
            name="one tick with its own alerts, CPU of all processes", unit="ms", ours=with_alerts, limit=None,
            peer="the agent without them", peers=without,
        )
    ]  # fmt: skip
