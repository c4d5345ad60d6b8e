"""Thirty days of a rig in compressed time, or more: the real pipeline, page and keeping on a clock that is told.

``python -m tests.thirty_days FOLDER DAYS INTERVAL_SECONDS DAYS_A_RUN`` prints a line of JSON for each day and ends with the last.
"""

import gc
import json
import os
import random
import sqlite3
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exporters.prometheus import Renderer
from miner_agent import drivers
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.model.snapshot import TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.service.keeping import Keeping
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint
from tests.waiting import until

CAPTURES = Path(__file__).parent / "captures"
START = datetime(2026, 3, 1, tzinfo=UTC)
CARDS = 4
QUEUED = 200  # ticks that wait for the disk at most


class Miner:
    """A T-Rex whose numbers move, that is down now and then and starts again."""

    def __init__(self, dice: random.Random, interval_seconds: int) -> None:
        self._dice, self._interval_seconds = dice, interval_seconds
        self._answer = json.loads((CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes())
        self._accepted = 0

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        self._accepted = 0 if self._dice.random() < 1e-4 else self._accepted + (self._dice.random() < 0.3)
        self._answer["accepted_count"] = self._accepted
        self._answer["hashrate"] = 86_000_000 + self._dice.randrange(200_000)
        self._answer["uptime"] += self._interval_seconds
        raw = {"summary": json.dumps(self._answer).encode()}
        done: Future[list[Answer]] = Future()
        done.set_result([Answer(source=ask.source, raw=raw, error=None, duration_seconds=0.001) for ask in asks])
        return done


class Cards:
    """NVML's answers of cards whose numbers move; one is lost for an hour now and then."""

    restarts_total = 0

    def __init__(self, dice: random.Random, interval_seconds: int) -> None:
        self._dice, self._interval_seconds = dice, interval_seconds
        template = json.loads((CAPTURES / "nvml" / "two-cards.json").read_text())
        self._raw = {**template, "cards": [self._card(template["cards"][0], number) for number in range(CARDS)]}
        self._away_until = dict.fromkeys(range(CARDS), 0)
        self._tick = 0

    def _card(self, template: dict[str, Any], number: int) -> dict[str, Any]:
        card: dict[str, Any] = json.loads(json.dumps(template))
        card["index"] = number
        card["uuid"] = f"GPU-5b0b0000-0000-0000-0000-0000000000{number:02x}"
        card["pci_address"] = f"00000000:{number + 1:02x}:00.0"
        return card

    def request(self, deadline_monotonic_seconds: float) -> None:
        self._tick += 1
        for number, card in enumerate(self._raw["cards"]):
            if self._dice.random() < 2e-5:
                self._away_until[number] = self._tick + 3600 // self._interval_seconds
            card["fault"] = 15 if self._tick < self._away_until[number] else None
            values = card["values"]
            values["power_milliwatts"] = 120_000 + self._dice.randrange(8000)
            values["energy_millijoules"] += values["power_milliwatts"] * self._interval_seconds
            values["core_temperature_celsius"] = 55 + self._dice.randrange(12)
            values["core_clock_megahertz"] = 1400 + self._dice.randrange(60)
            values["utilization_percents"] = [95 + self._dice.randrange(6), 60 + self._dice.randrange(10)]

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Mapping[str, Any]]:
        return {"nvml": self._raw}

    def stuck(self, name: str) -> bool:
        return False


class Run:
    """One run of the agent, ticked by hand."""

    def __init__(self, folder: Path, miner: Miner, cards: Cards, interval_seconds: int, begun_seconds: float) -> None:
        self.seconds, self._interval_seconds = begun_seconds, interval_seconds
        self._pipeline = Pipeline(
            rig="soak",
            miners=[
                MinerSource(
                    name="cards",
                    driver=drivers.load("trex"),
                    endpoint=Endpoint(scheme="http", host="127.0.0.1", port=1),
                    wanted=Destination(),
                )
            ],
            fetcher=miner,
            host=None,
            sensors=cards,
            trackers={"nvml": nvml_cards.NvmlTracker()},
            deadline_seconds=4.0,
            monotonic=lambda: self.seconds,
        )
        self.keeping = Keeping(folder, boot_id="soak")
        self.keeping.start(self.now)
        self._renderer = Renderer()
        self._agent = AgentStatus(version="0", python_version="3", config_loaded_at=START)
        until(lambda: self.keeping.counters_kept)

    @property
    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def tick(self) -> None:
        self.seconds += self._interval_seconds
        clock = TickClock(
            boot_id="soak",
            monotonic_seconds=self.seconds,
            interval_seconds=self._interval_seconds,
            clock_ok=self.keeping.see_clock(self.now, self.seconds),
        )
        memory = self._pipeline.memory
        self.keeping.restore(memory.energy, memory.watch)
        snapshot = self._pipeline.tick(self.now, self._agent, clock)
        self._renderer.render(snapshot)
        self.keeping.keep(snapshot, memory.energy, memory.watch)
        if self.queued > QUEUED:
            until(lambda: self.queued < QUEUED / 2)

    def maintain(self) -> None:
        """As the calendar asks for it once an hour."""
        self.keeping._ask_for_maintenance()
        state, writer = self.keeping._state, self.keeping._log_writer
        until(lambda: not state._asked and writer._maintenance is None and not state._done, seconds=600)

    @property
    def queued(self) -> int:
        return self.keeping.databases[0].queue_length or 0

    def end(self) -> None:
        until(lambda: not self.queued, seconds=60)
        self.keeping.close(60)


def main(folder: Path, days: int, interval_seconds: int, days_a_run: int) -> None:
    dice, run = random.Random(7), None
    miner, cards, seconds = Miner(dice, interval_seconds), Cards(dice, interval_seconds), 0.0
    for day in range(days):
        if run is None:
            run = Run(folder, miner, cards, interval_seconds, seconds)
        for number in range(86_400 // interval_seconds):
            run.tick()
            if number * interval_seconds % 3600 == 0:
                run.maintain()
        if (day + 1) % days_a_run == 0 or day + 1 == days:
            run.end()
            seconds, run = run.seconds, None
        gc.collect()
        print(json.dumps(measured(day, folder / TELEMETRY_FILE)), flush=True)


def measured(day: int, log: Path) -> dict[str, float]:
    resident = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    with closing(sqlite3.connect(log)) as connection:
        ((oldest, newest),) = connection.execute("SELECT min(taken_at), max(taken_at) FROM ticks_raw")
    return {
        "day": day,
        "rss_kibibytes": int(resident.split()[1]),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "size_bytes": sqlite_file.size_bytes(log),
        "raw_days": (newest - oldest) / 86_400_000,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(int(argument) for argument in sys.argv[2:5]))
