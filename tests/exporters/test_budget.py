"""What one source makes up costs itself: on the page, over many ticks, and whoever asks for the page."""

import json
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporters.budget import SERIES_A_SOURCE
from exporters.prometheus import Page, Renderer
from miner_agent import drivers
from miner_agent.model.devices import DeviceReading, DeviceState, ReadErrorReason
from miner_agent.model.readings import MinerSnapshot, Outcome, Workload
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.model.status import DeviceStatus, SourceStatus
from miner_agent.tick.inventory import DEVICES_A_SOURCE, take_inventory
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint
from tests.grown import GrownRig

START = datetime(2026, 5, 4, tzinfo=UTC)
IMPOSSIBLE = {"temperature": 511, "memory_temperature": 511, "fan_speed": 900, "power": 1e9}


def samples(page: Page, name: str) -> dict[tuple[str, ...], float]:
    """The samples of one metric by the values of their labels, in the order of these."""
    return {
        tuple(value for _, value in sorted(sample.labels.items())): sample.value
        for family in parse_text(page.text.decode())
        for sample in family.samples
        if sample.name == name
    }


class Answers:
    """One miner whose every answer names 120 cards that nobody has seen; one whose card has a broken sensor."""

    def __init__(self) -> None:
        self._numbers = count()

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        good: list[dict[str, object]] = [{"gpu_id": 0, "temperature": 511, "hashrate": 7}]
        said = {"evil": self._evil(), "good": good}
        done.set_result(
            [
                Answer(source=ask.source, raw={"summary": _trex(said[ask.source])}, error=None, duration_seconds=0.0)
                for ask in asks
            ]
        )
        return done

    def _evil(self) -> list[dict[str, object]]:
        number = next(self._numbers)
        return [{"gpu_id": n, "uuid": f"{number:016x}{n:016x}", "hashrate": -1, **IMPOSSIBLE} for n in range(120)]


def _trex(cards: list[dict[str, object]]) -> bytes:
    return json.dumps({"version": "1", "algorithm": "kawpow", "uptime": 5, "hashrate": 9, "gpus": cards}).encode()


@pytest.mark.thorough
def test_beside_a_source_that_makes_up_names_everything_of_a_good_one_goes_on_being_told() -> None:
    endpoint = Endpoint(scheme="http", host="127.0.0.1", port=1)
    pipeline = Pipeline(
        rig="rig",
        miners=[
            MinerSource(name=name, driver=drivers.load("trex"), endpoint=endpoint, wanted=Destination())
            for name in ("evil", "good")
        ],
        fetcher=Answers(),
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=4.0,
        monotonic=count(0.0, 600.0).__next__,
    )
    renderer = Renderer(process=False)
    dropped = 0.0
    for tick in range(1, 21):
        page = renderer.render(pipeline.tick(START + timedelta(seconds=10 * tick)))
        errors = samples(page, "rig_device_read_errors_total")
        assert errors["good/0", "core_temperature_celsius", "implausible"] == tick
        assert samples(page, "rig_miner_device_hashrate_hashes_per_second")["kawpow", "good/0", "good"] == 7
        assert sum(not line.startswith(b"#") for line in page.text.splitlines()) <= SERIES_A_SOURCE
        left_out = samples(page, "rig_agent_collector_series_dropped_total")
        assert left_out["good",] == 0
        assert left_out["evil",] > dropped
        dropped = left_out["evil",]


def over_budget() -> RigSnapshot:
    """One source with errors of 100 devices that are gone; another with nothing but a workload."""
    outcomes = tuple(
        Outcome(source=source, kind="miner", asked_at=START, duration_seconds=0, reading=reading)
        for source, reading in {
            "evil": MinerSnapshot(software="x", devices=(DeviceReading(index=0, state=DeviceState.OK),)),
            "good": MinerSnapshot(software="y", workloads=(Workload(algorithm="a", hashes_per_second=1.0),)),
        }.items()
    )
    counted = tuple(
        DeviceStatus(
            device=f"gone {device}",
            source="evil",
            read_errors_total={(f"q{n}", ReadErrorReason.OTHER): 1 for n in range(64)},
        )
        for device in range(100)
    )
    return RigSnapshot(
        taken_at=START,
        rig="rig",
        outcomes=outcomes,
        inventory=take_inventory(outcomes),
        sources=tuple(SourceStatus(source=name, kind="miner", series_dropped_total=5) for name in ("evil", "good")),
        devices=counted,
    )


def test_what_is_counted_of_devices_that_are_gone_is_held_to_the_budget_of_their_source() -> None:
    page = Renderer(process=False).render(over_budget())

    assert len(samples(page, "rig_device_read_errors_total")) < SERIES_A_SOURCE
    assert samples(page, "rig_miner_hashrate_hashes_per_second") == {("a", "good"): 1.0}
    left_out = samples(page, "rig_agent_collector_series_dropped_total")
    assert left_out["good",] == 5
    assert left_out["evil",] > 5 + 100 * 64 - SERIES_A_SOURCE


@pytest.mark.thorough
def test_a_page_without_readings_tells_the_same_of_what_was_left_out() -> None:
    renderer, snapshot = Renderer(process=False), over_budget()
    for _ in range(2):
        whole = renderer.render(snapshot)
        unread = replace(snapshot, outcomes=(), devices=())

        name = "rig_agent_collector_series_dropped_total"
        assert samples(renderer.render_agent_only(unread), name) == samples(whole, name)
        assert samples(renderer.render_unread(unread), name) == samples(whole, name)


def test_a_source_with_as_many_cards_as_it_may_have_is_told_whole() -> None:
    rig, renderer = GrownRig(cards=DEVICES_A_SOURCE, miners=1), Renderer(process=False)
    for _ in range(2):
        page = renderer.render(rig.ticked(1))

    assert len(samples(page, "rig_device_power_watts")) == DEVICES_A_SOURCE
    assert len(samples(page, "rig_device_energy_joules_total")) == DEVICES_A_SOURCE
    assert set(samples(page, "rig_agent_collector_series_dropped_total").values()) == {0}
