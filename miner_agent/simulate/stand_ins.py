"""The simulated rig in the place of network and sensors: everything behind it is the real agent."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

from miner_agent.errors import SourceError, TimedOut
from miner_agent.simulate import answers
from miner_agent.simulate.simulated_rig import SimulatedRig
from miner_agent.transport.polls import Answer, Ask

METER = "plug"
HEAD_START_SECONDS = 30.0  # so that the first look sees cards at work


class SimulatedSources:
    """Answers for the miners, the meter and the cards of one simulated rig, as of the moment that it is asked at."""

    restarts_total = 0

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._rig, self._monotonic = SimulatedRig(), monotonic
        self._started = monotonic() - HEAD_START_SECONDS
        self._lock = threading.Lock()  # a new configuration is built while the old one ticks
        self._cards: Mapping[str, Any] = {}

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        with self._lock:
            self._advance()
            done.set_result([self._answer(ask) for ask in asks])
        return done

    def start(self) -> None:
        """Nothing takes a while."""

    def request(self, deadline_monotonic_seconds: float) -> None:  # noqa: ARG002
        with self._lock:
            self._advance()
            self._cards = answers.nvml(self._rig)

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Mapping[str, Any] | SourceError]:  # noqa: ARG002
        return {"nvml": self._cards}

    def stuck(self, name: str) -> bool:  # noqa: ARG002
        return False

    def close(self) -> None:
        """Nothing is held."""

    def _advance(self) -> None:
        self._rig.advance(self._monotonic() - self._started)

    def _answer(self, ask: Ask) -> Answer:
        said = self._said(ask.source)
        if said is None:
            error = TimedOut(f"{ask.endpoint}: no answer within {ask.deadline_seconds:g} s")
            return Answer(source=ask.source, raw=None, error=error, duration_seconds=ask.deadline_seconds)
        return Answer(source=ask.source, raw={ask.requests[0].name: said}, error=None, duration_seconds=0.001)

    def _said(self, source: str) -> bytes | None:
        """``None`` where it hangs."""
        if source == METER:
            return None if self._rig.meter_silent else answers.shelly(self._rig)
        program = next(program for program in self._rig.programs if program.name == source)
        if program.hangs:
            return None
        return answers.trex(self._rig, program) if source == "trex" else answers.lolminer(self._rig, program)
