"""A rig of any size, ticked by hand: real drivers, ticks and counters on answers that were made beforehand.

All of its cards say the same, and all of its ASICs: what is different in a larger rig is its size alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from miner_agent import drivers
from miner_agent.assembly.parts import agent_status
from miner_agent.collectors.nvml.nvml_cards import NvmlTracker
from miner_agent.errors import SourceError
from miner_agent.model.kept_counter import LARGEST, KeptCounter
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.temperature_limits import TemperatureLimits
from miner_agent.simulate.profiles import ANTMINER, RTX_3080, TREX, Profile
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.simulate.stand_ins import SimulatedSources
from miner_agent.tick.memory import Memory
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.transport.polls import Answer, Ask, Endpoint

INTERVAL_SECONDS = 10.0
START = datetime(2026, 1, 5, tzinfo=UTC)
COLLECTOR = "nvml"


class _Prepared:
    """Gives out what was made beforehand, in the place of network and cards."""

    restarts_total = 0

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.cards: Mapping[str, Mapping[str, Any] | SourceError] = {}

    def fetch(self, _asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result(self.answers)
        return done

    def request(self, deadline_monotonic_seconds: float) -> None:
        """It is there already."""

    def collect(self, deadline_monotonic_seconds: float) -> Mapping[str, Mapping[str, Any] | SourceError]:
        return self.cards

    def stuck(self, name: str) -> bool:
        return False


class GrownRig:
    """So many cards, with which the first miner works, and so many miners: the others are ASICs."""

    def __init__(self, *, cards: int, miners: int) -> None:
        profile = Profile(
            name="grown",
            cards=(RTX_3080,),
            programs=(replace(TREX, cards=(0,)),),
            machines=(ANTMINER,),
            has_meter=False,
        )
        self._seconds, self._numbers = 0.0, range(cards)
        self._sources = SimulatedSources(
            SimulatedRig(profile, step_seconds=INTERVAL_SECONDS), lambda: self._seconds, now=lambda: self._now
        )
        self._prepared, self._status = _Prepared(), agent_status(START)
        names = {TREX.driver: TREX.driver} | {f"asic-{number}": ANTMINER.driver for number in range(1, miners)}
        self._pipeline = Pipeline(
            rig="grown",
            miners=[_source(name, driver) for name, driver in names.items()],
            fetcher=self._prepared,
            host=None,
            sensors=self._prepared,
            trackers={COLLECTOR: NvmlTracker()},
            deadline_seconds=INTERVAL_SECONDS,
            monotonic=lambda: self._seconds,
            limits=TemperatureLimits(),  # that remember nothing of another rig
        )

    @property
    def memory(self) -> Memory:
        return self._pipeline.memory

    @property
    def _now(self) -> datetime:
        return START + timedelta(seconds=self._seconds)

    def prepare(self) -> None:
        """Go on to the next moment, and have everything answer as of then; what was counted is on disk."""
        self._seconds += INTERVAL_SECONDS
        self._sources.request(0.0)
        self._prepared.cards = {COLLECTOR: self._cards()}
        program, *machines = self._pipeline.asks(self._now)
        (said,) = self._sources.fetch([program]).result()
        (machine_said,) = self._sources.fetch(
            [replace(ask, source=ANTMINER.name) for ask in machines[:1]]
        ).result() or [said]
        self._prepared.answers = [
            replace(said, raw={"summary": self._summary((said.raw or {})["summary"])}),
            *(replace(machine_said, source=ask.source) for ask in machines),
        ]
        counters = self.memory.energy.counters
        counters.see({key: KeptCounter(count, ceiling=LARGEST) for key, count in (counters.counted or {}).items()})
        keep(self.memory)

    def _cards(self) -> Mapping[str, Any]:
        said = self._sources.collect(0.0)[COLLECTOR]
        assert isinstance(said, Mapping)
        (card,) = said["cards"]
        cards = [
            card | {"index": number, "uuid": _uuid(number), "pci_address": f"00000000:{number + 1:02x}:00.0"}
            for number in self._numbers
        ]
        return {**said, "cards": cards}

    def _summary(self, said: bytes) -> bytes:
        """What T-Rex says of one card, said of all."""
        summary = json.loads(said)
        (card,) = summary["gpus"]
        totals = ("hashrate", "accepted_count", "rejected_count", "invalid_count")
        cards = [
            card
            | {"gpu_id": number, "uuid": _uuid(number).removeprefix("GPU-").replace("-", ""), "pci_bus": number + 1}
            for number in self._numbers
        ]
        told = {name: summary[name] * len(cards) for name in totals}
        return json.dumps(summary | told | {"gpus": cards}).encode()

    def tick(self) -> RigSnapshot:
        """What is to be measured."""
        clock = TickClock(
            boot_id="grown",
            monotonic_seconds=self._seconds,
            interval_seconds=INTERVAL_SECONDS,
            clock_ok=True,
        )
        return self._pipeline.tick(self._now, self._status, clock)

    def ticked(self, ticks: int) -> RigSnapshot:
        """The last of so many."""
        for _ in range(ticks):
            self.prepare()
            snapshot = self.tick()
        return snapshot


def keep(memory: Memory) -> Iterable[Mapping[str, str | None]]:
    """Tell that nothing was left on disk, and take what is new, as the agent does with each tick."""
    course = memory.course
    memory.watch.restore({})
    memory.restarts.see({})
    for facts in (memory.shares, memory.usual):
        facts.see({})
    for known in (course.devices, course.fans, course.xids):
        known.see({})
    kept = (memory.restarts, memory.shares, memory.usual, course.devices, course.fans, course.xids, memory.watch)
    return [one.unsaved_facts() for one in kept]


def _uuid(number: int) -> str:
    return f"GPU-5b0b0000-0000-0000-0000-0000000000{number:02x}"


def _source(name: str, driver: str) -> MinerSource:
    return MinerSource(
        name=name, driver=drivers.load(driver), endpoint=Endpoint(scheme="http", host="127.0.0.1", port=1)
    )
