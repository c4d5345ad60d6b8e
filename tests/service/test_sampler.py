"""What a mistake beside the readings costs, at the end of a tick."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from miner_agent.config.configuration import Config
from miner_agent.face.known import Known
from miner_agent.service.sampler import Sampler
from miner_agent.tick.memory import Memory
from tests.log_ticks import full_tick
from tests.waiting import until


def sampling(monkeypatch: pytest.MonkeyPatch) -> Sampler:
    """One that ticks at once, and for whom everybody else does nothing."""
    monkeypatch.setattr("miner_agent.service.sampler.SETTLE_SECONDS", 0.0)
    pipeline = SimpleNamespace(memory=Memory(), tick=lambda *_: full_tick(0))
    parts: Any = MagicMock(pipeline=pipeline)
    keeping: Any = MagicMock(clock_steps_total=0, clock_even_seconds=0.0, databases=())
    keeping.see_clock.return_value = True
    economy: Any = SimpleNamespace(see=lambda snapshot: snapshot)
    notifier: Any = MagicMock(watchdog_seconds=None)
    return Sampler(Config(), parts, keeping=keeping, economy=economy, boot_id="boot", notifier=notifier)


def test_a_mistake_in_what_pages_for_people_show_costs_no_page_of_metrics(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> Known:
        raise KeyError("a mistake")

    sampler = sampling(monkeypatch)
    sampler.newest = Known(snapshot=full_tick(0), loaded=Config())
    monkeypatch.setattr(Known, "after", breaks)
    sampler.start()
    try:
        until(lambda: sampler.pages.current is not None)
    finally:
        sampler.stop()

    assert sampler.newest is None  # nothing old
    assert sampler.mistakes.total == 1
