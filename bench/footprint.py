"""Memory and CPU of the agent with 12 cards and 2 miners (B1, B2), beside an exporter as most are written."""

import sys
import time
from pathlib import Path

from bench.alert_tick import tick_seconds
from bench.figure import Figure
from bench.process import children, cpu_seconds, rss_mebibytes
from bench.rig import agent_on, peer, rig

TICKS = 60
PEER_PORT = 19_998
IDLE_SECONDS = 10
TYPICAL = Path(__file__).with_name("typical.py")


def measure() -> list[Figure]:
    with rig() as parts:
        with agent_on(parts, interval_seconds=1) as agent:
            a_tick_seconds = tick_seconds(agent, TICKS)
            main, child = (rss_mebibytes(pid) for pid in (agent.process.pid, *children(agent.process.pid)))
        with agent_on(parts, interval_seconds=3600) as agent:
            agent.wait_until(lambda page: page)
            time.sleep(1)
            before = cpu_seconds(agent.process.pid)
            time.sleep(IDLE_SECONDS)
            idle_seconds = cpu_seconds(agent.process.pid) - before
        urls = [f"{parts.xmrig}/2/summary", f"{parts.trex}/summary"]
        arguments = [sys.executable, str(TYPICAL), str(PEER_PORT), "1", *urls]
        with peer(arguments, f"http://127.0.0.1:{PEER_PORT}/metrics", parts.stub.environment()) as process:
            time.sleep(3)
            before = cpu_seconds(process.pid)
            time.sleep(TICKS / 2)
            typical_seconds = (cpu_seconds(process.pid) - before) / (TICKS / 2)
            typical_rss = rss_mebibytes(process.pid)
    return [
        Figure(name="main process, memory", unit="MiB", ours=main, limit=68, peer="typical exporter, one process", peers=typical_rss),
        Figure(name="sensor child, memory", unit="MiB", ours=child, limit=18),
        Figure(
            name="one tick, CPU of both processes", unit="ms", ours=1000 * a_tick_seconds, limit=8,
            peer="typical exporter", peers=1000 * typical_seconds,
        ),
        Figure(name=f"idle between ticks, CPU in {IDLE_SECONDS} s", unit="ms", ours=1000 * idle_seconds, limit=5),
    ]  # fmt: skip
