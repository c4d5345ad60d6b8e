"""A mistake of the agent itself costs the source that it is made for; everything else of the tick is there."""

import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload, Mistake, SourceError
from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.model.readings import SensorReading
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.sources.driver import HttpGet
from miner_agent.tick.counters import Counters
from miner_agent.tick.energy_counters import EnergyMeter
from miner_agent.tick.inventory import _Taking
from miner_agent.tick.mistakes import LOGGED_MAX, Mistakes
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.proof import Proof
from miner_agent.tick.restarts import Restarts
from miner_agent.tick.tally import Tally
from miner_agent.tick.watch import Watch
from miner_agent.tick.whole_machine import WholeMachine
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from miner_agent.transport.wire import Connection
from tests.captured import own
from tests.fake_http import FakeMiner

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
XMRIG, TREX = (next(iter(own(name))) for name in ("xmrig", "trex"))


class Recorded:
    """Answers with what was recorded, at once."""

    def __init__(self, answers: Mapping[str, Mapping[str, bytes]]) -> None:
        self.answers = answers

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        found = [(ask.source, dict(self.answers[ask.source])) for ask in asks]
        done.set_result([Answer(source=name, raw=raw, error=None, duration_seconds=0.1) for name, raw in found])
        return done


class Cards:
    """Two cards that answer, and what makes readings of them."""

    restarts_total = 0

    def request(self, deadline_monotonic_seconds: float) -> None: ...

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Mapping[str, Any] | SourceError]:
        return {"nvml": {}}

    def stuck(self, name: str) -> bool:
        return False

    def follow(self, raw: Mapping[str, Any], now: datetime, /) -> SensorReading:
        cards = (DeviceReading(index=i, uuid=f"GPU-{i}", state=DeviceState.OK, power_watts=100.0) for i in range(2))
        return SensorReading(devices=tuple(cards))


class Rig:
    """Two miners and two cards, tick by tick."""

    def __init__(self) -> None:
        self.fetcher, self.cards = Recorded({"good": TREX, "bad": XMRIG}), Cards()
        place = Endpoint(scheme="http", host="127.0.0.1", port=1)
        self.pipeline = Pipeline(
            rig="left",
            miners=[
                MinerSource(name="good", driver=drivers.load("trex"), endpoint=place),
                MinerSource(name="bad", driver=drivers.load("xmrig"), endpoint=place),
            ],
            fetcher=self.fetcher,
            host=None,
            sensors=self.cards,
            trackers={"nvml": self.cards},
            deadline_seconds=1.0,
            monotonic=lambda: self.seconds,
        )
        self.seconds = 0.0

    def tick(self) -> RigSnapshot:
        self.seconds += 10
        clock = TickClock(boot_id="b", monotonic_seconds=self.seconds, interval_seconds=10, clock_ok=True)
        return self.pipeline.tick(NOW, clock=clock)


def failed(snapshot: RigSnapshot) -> dict[str, str]:
    return {one.source: str(one.error) for one in snapshot.outcomes if one.error is not None}


def labels(snapshot: RigSnapshot) -> set[str]:
    return {device.label for device in snapshot.inventory.devices if device.source == "nvml"}


def test_the_rig_of_these_tests_is_well() -> None:
    snapshot = Rig().tick()

    assert failed(snapshot) == {}
    assert labels(snapshot) == {"GPU-0", "GPU-1"}
    assert {entry.miner for entry in snapshot.inventory.workloads} == {"good", "bad"}


def breaking(real: Any, about: str) -> Any:
    """A function that fails where one of its arguments speaks of that source."""

    def broken(*arguments: Any, **named: Any) -> Any:
        if any(
            about in {getattr(one, name, None) for name in ("source", "miner")} or one == about for one in arguments
        ):
            raise ZeroDivisionError("a bug")
        return real(*arguments, **named)

    return broken


PLACES = (
    (_Taking, "devices_of"),
    (_Taking, "workloads_of"),
    (_Taking, "workers_of"),
    (Counters, "_book"),
    (Counters, "_steady"),
    (Restarts, "_seen"),
    (Proof, "_proved"),
    (Watch, "_compared"),
)


@pytest.mark.parametrize(("kind", "name"), PLACES, ids=[f"{kind.__name__}.{name}" for kind, name in PLACES])
def test_a_mistake_in_digesting_costs_its_source_and_no_other(
    kind: type, name: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rig = Rig()
    rig.tick()
    monkeypatch.setattr(kind, name, breaking(getattr(kind, name), "bad"))
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            snapshot = rig.tick()

    assert failed(snapshot) == {"bad": "bad: a mistake in the agent itself: ZeroDivisionError; its log says where"}
    assert isinstance(snapshot.outcomes[-1].error, Mistake)
    assert labels(snapshot) == {"GPU-0", "GPU-1"}
    assert {entry.miner for entry in snapshot.inventory.workloads} == {"good"}
    assert {one.miner for one in snapshot.pools} <= {"good"}
    assert {one.device for one in snapshot.energy} >= {"GPU-0", "GPU-1"}
    assert {status.source: status.failures_total for status in snapshot.sources} == {"nvml": 0, "good": 0, "bad": 3}
    assert len([record for record in caplog.records if record.exc_info]) == 1
    assert rig.pipeline.memory.mistakes.total >= 3


def test_a_mistake_with_a_cards_energy_costs_the_cards_and_no_miner(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()
    monkeypatch.setattr(EnergyMeter, "_follow", breaking(EnergyMeter._follow, "nvml"))
    snapshot = rig.tick()

    assert failed(snapshot).keys() == {"nvml"}
    assert labels(snapshot) == set()
    assert {entry.miner for entry in snapshot.inventory.workloads} == {"good", "bad"}


@pytest.mark.parametrize(("kind", "name"), [(Tally, "count"), (WholeMachine, "added_to")])
def test_a_mistake_beside_all_sources_costs_none_of_them(
    kind: type, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(kind, name, broken)
    rig = Rig()
    snapshot = rig.tick()

    assert failed(snapshot) == {}
    assert labels(snapshot) == {"GPU-0", "GPU-1"}
    assert rig.pipeline.memory.mistakes.total == 1


@pytest.mark.parametrize("name", ["request", "collect"])
def test_sensors_that_cannot_even_be_asked_cost_the_cards_and_no_miner(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig()

    def broken(*_: Any) -> None:
        raise OSError("no process is to be had")

    monkeypatch.setattr(rig.cards, name, broken)
    snapshot = rig.tick()

    assert failed(snapshot).keys() == {"nvml"}
    assert {entry.miner for entry in snapshot.inventory.workloads} == {"good", "bad"}


@pytest.mark.parametrize("when", ["asking", "answering"])
def test_miners_that_cannot_even_be_asked_cost_no_card(when: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()

    def broken(_asks: Sequence[Ask]) -> "Future[list[Answer]]":
        if when == "asking":
            raise RuntimeError("no thread is to be had")
        answers: Future[list[Answer]] = Future()
        answers.set_exception(ValueError("a bug"))
        return answers

    monkeypatch.setattr(rig.fetcher, "fetch", broken)
    snapshot = rig.tick()

    assert failed(snapshot).keys() == {"good", "bad"}
    assert labels(snapshot) == {"GPU-0", "GPU-1"}


def test_a_transport_that_has_ended_is_no_mistake() -> None:
    rig, transport = Rig(), Transport()
    transport.close()
    rig.pipeline._fetcher = transport
    snapshot = rig.tick()

    assert failed(snapshot) == {name: f"{name}: the transport has been closed" for name in ("good", "bad")}
    assert rig.pipeline.memory.mistakes.total == 0


@pytest.mark.parametrize(
    "reading",
    [
        DeviceReading(index=0, power_watts="100"),  # type: ignore[arg-type]
        DeviceReading(index=0, uuid=7),  # type: ignore[arg-type]
        DeviceReading(index=0, fan_ratios=("0.5",)),  # type: ignore[arg-type]
        DeviceReading(index=0, state="ok"),  # type: ignore[arg-type]
        DeviceReading(index=0, core_temperature_celsius=True),
        DeviceReading(index=0, throttle_reasons=None, xid_errors=[]),  # type: ignore[arg-type]
    ],
)
def test_a_value_of_another_type_than_its_fields_goes_no_further(
    reading: DeviceReading, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = Rig()
    monkeypatch.setattr(rig.cards, "follow", lambda _raw, _now: SensorReading(devices=(reading,)))
    snapshot = rig.tick()

    assert "TypeError" in failed(snapshot)["nvml"]
    assert {entry.miner for entry in snapshot.inventory.workloads} == {"good", "bad"}


def test_a_mistake_in_one_conversation_costs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    body = Connection.masked

    def broken(line: Connection, answer: bytes) -> bytes:
        if line.endpoint.port == bad.port:
            raise UnicodeDecodeError("ascii", b"\xff", 0, 1, "a bug")
        return body(line, answer)

    monkeypatch.setattr(Connection, "masked", broken)
    transport = Transport()
    try:
        with FakeMiner({"/summary": b"{}"}) as good, FakeMiner({"/summary": b"{}"}) as bad:
            asks = [
                Ask(
                    source=name,
                    endpoint=Endpoint(scheme="http", host="127.0.0.1", port=fake.port),
                    requests=(HttpGet("x", "/summary"),),
                    deadline_seconds=5,
                )
                for name, fake in (("good", good), ("bad", bad))
            ]
            answers = transport.fetch(asks).result(10)
    finally:
        transport.close()

    assert answers[0].raw == {"x": b"{}"}
    assert isinstance(answers[1].error, Mistake)
    assert isinstance(answers[1].error.__cause__, UnicodeDecodeError)


def test_what_is_no_mistake_is_not_counted_as_one(monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig()

    def refuses(_raw: Any, _now: datetime) -> SensorReading:
        raise BadPayload("cards", "nothing", "a list")

    monkeypatch.setattr(rig.cards, "follow", refuses)

    assert failed(rig.tick()).keys() == {"nvml"}
    assert rig.pipeline.memory.mistakes.total == 0


def test_each_mistake_is_logged_once_and_no_more_than_there_is_room_for(caplog: pytest.LogCaptureFixture) -> None:
    mistakes = Mistakes()
    with caplog.at_level(logging.ERROR):
        for number in range(2 * LOGGED_MAX):
            for _ in range(3):
                mistakes.note(f"m{number}", ValueError(number))

    assert mistakes.total == 6 * LOGGED_MAX
    assert len(caplog.records) == LOGGED_MAX
