"""Thirty days of a rig in compressed time: the real pipeline, page, log and state on a clock that is told.

``python -m tests.thirty_days FOLDER DAYS INTERVAL_SECONDS`` prints a line of JSON for each day and ends with the last.
"""

import gc
import json
import os
import random
import sys
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from exporters.prometheus import Renderer
from miner_agent import drivers
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.model.snapshot import TickClock
from miner_agent.model.status import AgentStatus
from miner_agent.service.clock import ClockWatch
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint

CAPTURES = Path(__file__).parent / "captures"
START = datetime(2026, 3, 1, tzinfo=UTC)
CARDS = 4


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

    def request(self) -> None:
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


def main(folder: Path, days: int, interval_seconds: int) -> None:
    dice = random.Random(7)
    seconds = 0.0
    pipeline = Pipeline(
        rig="soak",
        miners=[
            MinerSource(
                name="cards",
                driver=drivers.load("trex"),
                endpoint=Endpoint(scheme="http", host="127.0.0.1", port=1),
                wanted=Destination(),
            )
        ],
        fetcher=Miner(dice, interval_seconds),
        host=None,
        sensors=Cards(dice, interval_seconds),
        trackers={"nvml": nvml_cards.NvmlTracker()},
        deadline_seconds=4.0,
        monotonic=lambda: seconds,
    )
    log = TelemetryLog.open(folder / "telemetry.db", now=START)
    renderer, watch = Renderer(), ClockWatch()
    agent = AgentStatus(version="0", python_version="3", config_loaded_at=START)
    for day in range(days):
        for _ in range(86_400 // interval_seconds):
            seconds += interval_seconds
            now = START + timedelta(seconds=seconds)
            clock = TickClock(
                boot_id="soak",
                monotonic_seconds=seconds,
                interval_seconds=interval_seconds,
                clock_ok=watch.see(now, seconds),
            )
            snapshot = pipeline.tick(now, agent, clock)
            renderer.render(snapshot)
            log.append(snapshot)
        if watch.trusted:
            log.prune(now, plausible_since=now - timedelta(seconds=watch.even_seconds))
        gc.collect()
        print(json.dumps(measured(day, log)), flush=True)
    log.close()


def measured(day: int, log: TelemetryLog) -> dict[str, float]:
    resident = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
    return {
        "day": day,
        "rss_kibibytes": int(resident.split()[1]),
        "threads": threading.active_count(),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "size_bytes": log.size_bytes,
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
