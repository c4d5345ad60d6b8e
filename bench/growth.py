"""What 3,000 ticks leave behind in memory, threads and descriptors (B1, growth).

The agent's own parts in one process, as fast as they go, each tick 10 s after the one before by a clock of its own:
the pipeline on 12 stub cards and 2 fake miners, the pages, the log, the state and the calendar. No web server and no
scrape. The first 3,000 ticks after the warm-up fill what may fill: SQLite's page cache of the log, up to 512 KiB, and the
1,024 numbers that the page keeps spelled. The next 3,000 tell whether anything grows for ever.
"""

import gc
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path

from bench.figure import Figure
from bench.process import children, rss_mebibytes
from bench.rig import config_on, rig
from exporters.prometheus import Renderer
from miner_agent.assembly import configured
from miner_agent.assembly.parts import agent_status, build
from miner_agent.model.snapshot import TickClock
from miner_agent.service.keeping import Keeping
from miner_agent.web.pages import MetricsPage, Pages
from tests import log_ticks

INTERVAL_SECONDS = 10.0
WARM_UP_TICKS, TICKS = 300, 3000
DRAIN_SECONDS = 10.0


def measure() -> list[Figure]:
    with rig() as parts:
        config = parts.folder / "growth.toml"
        config.write_text(config_on(parts, interval_seconds=INTERVAL_SECONDS))
        state = parts.folder / "growth"
        state.mkdir()
        answer = subprocess.run(
            [sys.executable, "-m", "bench.growth", str(config), str(state)],
            env={**os.environ, **parts.stub.environment()}, stdout=subprocess.PIPE, check=True,
        ).stdout  # fmt: skip
    warm, full, later = (Held(**held) for held in json.loads(answer))
    return [
        Figure(
            name=f"growth over {TICKS} ticks, SQLite's page cache included", unit="MiB",
            ours=full.main_mebibytes - warm.main_mebibytes, limit=1,
        ),
        Figure(
            name=f"growth over the {TICKS} ticks after those", unit="MiB",
            ours=later.main_mebibytes - full.main_mebibytes, limit=1,
        ),
        Figure(
            name=f"growth of the sensor child over {2 * TICKS} ticks", unit="MiB",
            ours=later.child_mebibytes - warm.child_mebibytes, limit=1,
        ),
        Figure(
            name=f"threads and descriptors more after {2 * TICKS} ticks", unit="",
            ours=abs(later.threads - warm.threads) + abs(later.descriptors - warm.descriptors), limit=0,
        ),
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What the process and its child hold at one moment."""

    main_mebibytes: float
    child_mebibytes: float
    threads: int
    descriptors: int


class Loop:
    """The sampling loop's parts, ticked by hand."""

    def __init__(self, config: Path, state: Path) -> None:
        loaded = configured.load_config(config, os.environ)
        self.parts = build(loaded, os.environ)
        self.keeping = Keeping(state, boot_id="bench")
        self.keeping.start(log_ticks.START)
        self._renderer = Renderer()
        self._pages = Pages(lambda: None)
        self._status = agent_status(log_ticks.START)
        self._number = 0

    def tick(self) -> None:
        self._number += 1
        seconds = INTERVAL_SECONDS * self._number
        now = log_ticks.START + timedelta(seconds=seconds)
        clock = TickClock(
            boot_id="a boot", monotonic_seconds=seconds, interval_seconds=INTERVAL_SECONDS,
            clock_ok=self.keeping.see_clock(now, seconds),
        )  # fmt: skip
        memory = self.parts.pipeline.memory
        self.keeping.restore(memory.energy, memory.watch)
        snapshot = self.parts.pipeline.tick(now, replace(self._status, databases=self.keeping.databases), clock)
        self.keeping.keep(snapshot, memory.energy, memory.watch)
        self._pages.publish(MetricsPage.of(self._renderer.render(snapshot)))

    def drain(self) -> None:
        """Wait until the log is written."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while self.keeping.databases[0].queue_length and time.monotonic() < deadline:
            time.sleep(0.01)

    def close(self) -> None:
        self.parts.close()
        self.keeping.close(DRAIN_SECONDS)


def main(config: Path, state: Path) -> None:
    """In a process of its own: what is held after the warm-up, and after each round of ticks."""
    loop = Loop(config, state)
    gc.collect()
    gc.freeze()  # as the agent does
    held = []
    for ticks in (WARM_UP_TICKS, TICKS, TICKS):
        for _ in range(ticks):
            loop.tick()
        loop.drain()
        held.append(asdict(_held()))
    loop.close()
    print(json.dumps(held))


def _held() -> Held:
    return Held(
        main_mebibytes=rss_mebibytes(os.getpid()),
        child_mebibytes=sum(map(rss_mebibytes, children(os.getpid()))),
        threads=threading.active_count(),
        descriptors=len(list(Path("/proc/self/fd").iterdir())),
    )


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
