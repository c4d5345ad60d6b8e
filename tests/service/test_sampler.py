"""What the sampling loop publishes, and what a mistake beside the readings costs at the end of a tick."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest

from exporters.prometheus import Page
from miner_agent.alarms.handed_pages import Families
from miner_agent.config.configuration import Config
from miner_agent.face.known import Known
from miner_agent.model.snapshot import RigSnapshot
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


def test_a_page_is_made_once_a_tick_and_only_where_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampling(monkeypatch)
    rendered: list[RigSnapshot] = []
    render = sampler._renderer.render

    def counted(snapshot: RigSnapshot) -> Page:
        rendered.append(snapshot)
        return render(snapshot)

    monkeypatch.setattr(sampler._renderer, "render", counted)
    sampler.start()
    try:
        until(lambda: sampler.pages.current is not None)
    finally:
        sampler.stop()

    assert not rendered
    page = sampler.pages.current
    assert page is not None
    assert b"rig_device_power_watts{" in page.text
    assert page.openmetrics.endswith(b"# EOF\n")
    assert sampler.pages.current is page
    assert page.text is page.text
    assert len(rendered) == 1


def test_a_page_that_cannot_be_made_holds_no_readings_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampling(monkeypatch)
    monkeypatch.setattr(sampler._renderer, "render", MagicMock(side_effect=ZeroDivisionError))
    sampler.start()
    try:
        until(lambda: sampler.pages.current is not None)
    finally:
        sampler.stop()

    page = sampler.pages.current
    assert page is not None
    assert b"rig_device_power_watts{" not in page.text
    assert b"\nrig_agent_render_failures_total 1.0\n" in page.text


def test_what_alerts_look_at_is_made_when_they_look(monkeypatch: pytest.MonkeyPatch) -> None:
    sampler = sampling(monkeypatch)
    handed: list[Families] = []

    def taken(rig: str, families: Families, *, interval_seconds: float, fresh_seconds: float | None = None) -> None:
        assert (rig, interval_seconds, fresh_seconds) == ("left", 10.0, None)
        handed.append(families)

    sampler.hand_over = taken
    sampler.start()
    try:
        until(lambda: handed)
    finally:
        sampler.stop()

    made = handed[0]()
    assert "rig_device_power_watts" in {family.spec.name for family in made}
    assert handed[0]() is made
