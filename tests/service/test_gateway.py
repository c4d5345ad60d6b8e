"""The gateway on fake machines: a page for each, no old reading on any, and what was counted stays counted."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pytest
from prometheus_client.parser import text_string_to_metric_families

from miner_agent import drivers
from miner_agent.assembly import configured, looks, miner_sources
from miner_agent.config.planned_keys import NO_PLANS, Maintenance, PlannedOff, Plans
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.service.gateway import Gateway, GatewayConfig
from miner_agent.service.keeping import Keeping
from miner_agent.sources.driver import Driver
from miner_agent.storage.sqlite.file_names import STATE_FILE, TELEMETRY_FILE
from miner_agent.tick.mistakes import Mistakes
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Endpoint, Transport
from tests import databases
from tests.fake_http import FakeMiner
from tests.fake_sockets import FakeTcpMiner
from tests.fakes import LoopbackFake, Mode
from tests.log_ticks import START, ask
from tests.waiting import dwell, until

CAPTURES = Path(__file__).parents[1] / "captures"
ANTMINER = CAPTURES / "antminer" / "1.0__s19__mining"
TREX = CAPTURES / "trex" / "0.26__2x-gpu__dual"
INTERVAL_SECONDS = 0.4
HASHRATE = "rig_miner_hashrate_hashes_per_second"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return databases.begun(tmp_path / "state")


@pytest.fixture
def antminer() -> Iterator[FakeTcpMiner]:
    commands = ("version", "stats", "summary", "pools")
    answers = {b'{"command":"%s"}' % name.encode(): (ANTMINER / f"{name}.raw").read_bytes() for name in commands}
    with FakeTcpMiner(answers) as miner:
        yield miner


@pytest.fixture
def trex() -> Iterator[FakeMiner]:
    with FakeMiner({"/summary": (TREX / "summary.raw").read_bytes()}) as miner:
        yield miner


def source(name: str, driver: str, fake: LoopbackFake) -> MinerSource:
    known: Driver = drivers.load(driver)
    endpoint = Endpoint.parse(fake.address, default_scheme=known.scheme, default_port=None)
    return MinerSource(name=name, driver=known, endpoint=endpoint, wanted=Destination())


class Running:
    """A started gateway, with databases of its own."""

    def __init__(
        self, folder: Path, rigs: Mapping[str, Sequence[MinerSource]], *, interval_seconds: float = INTERVAL_SECONDS
    ) -> None:
        self.keeping = Keeping(folder, boot_id="boot")
        config = GatewayConfig(rigs=rigs, interval_seconds=interval_seconds)
        self.gateway = Gateway(
            config, keeping=self.keeping, boot_id="test", asker=Transport(at_once=64), mistakes=Mistakes()
        )

    def __enter__(self) -> Self:
        self.keeping.start(START)
        until(lambda: self.keeping.counters_kept)
        self.gateway.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.gateway.stop()
        self.keeping.close(5)

    def take(
        self,
        rigs: Mapping[str, Sequence[MinerSource]],
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        plans: Plans = NO_PLANS,
    ) -> None:
        self.gateway.take(GatewayConfig(rigs=rigs, interval_seconds=interval_seconds, plans=plans))

    def page(self, rig: str) -> dict[str, float]:
        """The samples of a rig's page by name and labels; empty before the first."""
        page = self.gateway.pages.current(rig) if rig in self.gateway.pages.names else None
        return {} if page is None else samples(page.text)

    def wait(self, rig: str, holds: Callable[[dict[str, float]], object]) -> dict[str, float]:
        found: dict[str, float] = {}

        def there() -> bool:
            nonlocal found
            found = self.page(rig)
            return bool(found) and bool(holds(found))

        until(there)
        return found


def samples(page: bytes) -> dict[str, float]:
    return {
        f"{sample.name}{{{','.join(f'{key}={value}' for key, value in sorted(sample.labels.items()))}}}": sample.value
        for family in text_string_to_metric_families(page.decode())
        for sample in family.samples
    }


def asked_times(page: Mapping[str, float], miner: str) -> float:
    return page[f"rig_agent_collector_requests_total{{collector={miner}}}"]


@pytest.mark.thorough
def test_each_rig_has_a_page_with_its_own_readings_and_no_rig_label(
    folder: Path, antminer: FakeTcpMiner, trex: FakeMiner
) -> None:
    rigs = {"asic-7": [source("s19", "antminer", antminer)], "left": [source("cards", "trex", trex)]}
    with Running(folder, rigs) as running:
        asic = running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])
        left = running.wait("left", lambda page: page["rig_miner_up{miner=cards}"])
        status = running.gateway.status

    assert asic[f"{HASHRATE}{{algorithm=sha256,miner=s19}}"] > 1e13
    assert {name for name in asic if name.startswith("rig_device_up")} == {
        "rig_device_up{device=s19/1}",
        "rig_device_up{device=s19/2}",
        "rig_device_up{device=s19/3}",
    }
    assert left[f"{HASHRATE}{{algorithm=etchash,miner=cards}}"] == 86_100_000
    assert not [name for name in asic if "cards" in name or "rig=" in name or name.startswith("rig_gateway")]
    assert "rig_agent_last_tick_timestamp_seconds{}" in asic
    assert status is not None
    assert status.rigs_configured == 2


def test_two_miners_of_one_rig_are_on_its_one_page(folder: Path, antminer: FakeTcpMiner, trex: FakeMiner) -> None:
    trex.mode = Mode.REFUSE
    with Running(folder, {"rack": [source("s19", "antminer", antminer), source("cards", "trex", trex)]}) as running:
        page = running.wait("rack", lambda page: page["rig_miner_up{miner=s19}"])

    assert page["rig_miner_up{miner=cards}"] == 0
    assert page["rig_miner_error{miner=cards,reason=unreachable}"] == 1


@pytest.mark.thorough
def test_a_silent_rig_keeps_its_reason_and_no_reading_and_comes_back(folder: Path, antminer: FakeTcpMiner) -> None:
    with Running(folder, {"asic-7": [source("s19", "antminer", antminer)]}) as running:
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])
        antminer.mode = Mode.HANG
        page = running.wait("asic-7", lambda page: page["rig_miner_error{miner=s19,reason=timeout}"])
        assert page["rig_miner_up{miner=s19}"] == 0
        counters = "rig_device_lost_total"
        readings = ("rig_device_", HASHRATE, "rig_miner_shares")
        assert not [name for name in page if name.startswith(readings) and not name.startswith(counters)]

        until(lambda: running.gateway.status is not None and running.gateway.status.rigs_dead == 1)
        antminer.mode = Mode.NORMAL
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])
        until(lambda: running.gateway.status is not None and running.gateway.status.rigs_dead == 0)


def test_a_rig_that_is_not_asked_in_its_time_shows_no_old_reading(
    folder: Path, antminer: FakeTcpMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Running(folder, {"asic-7": [source("s19", "antminer", antminer)]}, interval_seconds=30) as running:
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])
        monkeypatch.setattr(running.gateway.pages, "_monotonic", lambda: time.monotonic() + 80)
        page = running.page("asic-7")

    assert page["rig_miner_up{miner=s19}"] == 0
    assert page["rig_miner_error{miner=s19,reason=other}"] == 1
    assert asked_times(page, "s19") == 1
    assert not [name for name in page if name.startswith(("rig_device_", HASHRATE))]


def test_what_is_planned_of_a_rig_is_on_its_page_whether_it_is_read_or_not(
    folder: Path, antminer: FakeTcpMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    rigs = {rig: [source(f"{rig}-miner", "antminer", antminer)] for rig in ("a", "b")}
    dust, night = Maintenance(place="here", reason="dust", rig="a"), PlannedOff(place="here", rig="b")
    with Running(folder, rigs) as running:
        assert running.wait("a", lambda page: page["rig_miner_up{miner=a-miner}"])["rig_planned_off{}"] == 0
        running.take(rigs, plans=Plans(maintenance=(dust,), planned_off=(night,)))
        running.wait("b", lambda page: page["rig_planned_off{}"] == page["rig_miner_up{miner=b-miner}"] == 1)
        monkeypatch.setattr(running.gateway.pages, "_monotonic", lambda: time.monotonic() + 80)
        page = running.wait("a", lambda page: not page["rig_miner_up{miner=a-miner}"])

    assert (page["rig_planned_off{}"], page["rig_maintenance{reason=dust}"]) == (0, 1)


def test_a_program_that_refuses_or_makes_no_sense_is_no_dead_rig(folder: Path, trex: FakeMiner) -> None:
    trex.pages["/summary"] = b"<html>"
    with Running(folder, {"left": [source("cards", "trex", trex)]}) as running:
        running.wait(
            "left", lambda page: asked_times(page, "cards") >= 3 and page["rig_miner_error{miner=cards,reason=parse}"]
        )
        status = running.gateway.status

    assert status is not None
    assert status.rigs_dead == 0


@pytest.mark.thorough
def test_many_hung_rigs_delay_no_other(folder: Path, antminer: FakeTcpMiner) -> None:
    with ExitStack() as stack:
        hung = [stack.enter_context(FakeTcpMiner(mode=Mode.HANG)) for _ in range(32)]
        rigs = {f"hung-{number}": [source(f"h{number}", "antminer", fake)] for number, fake in enumerate(hung)}
        running = stack.enter_context(
            Running(folder, rigs | {"good": [source("s19", "antminer", antminer)]}, interval_seconds=1)
        )
        page = running.wait("good", lambda page: asked_times(page, "s19") >= 3)
        until(lambda: running.gateway.status is not None and running.gateway.status.rigs_dead == 32)
        failing = running.page("hung-7")

    assert page["rig_agent_collector_failures_total{collector=s19}"] == 0
    assert failing["rig_miner_up{miner=h7}"] == 0
    assert asked_times(failing, "h7") < asked_times(page, "s19")


def test_rigs_on_one_host_are_asked_one_after_the_other(folder: Path) -> None:
    talking = most = 0

    class Counting(FakeMiner):
        async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal talking, most
            with lock:
                talking += 1
                most = max(most, talking)
            await dwell()
            with lock:
                talking -= 1
            await super()._serve(reader, writer)

    pages, lock = {"/summary": (TREX / "summary.raw").read_bytes()}, threading.Lock()
    with ExitStack() as stack:
        fakes = [stack.enter_context(Counting(pages, host="127.0.0.9")) for _ in range(4)]
        rigs = {f"rig-{number}": [source(f"m{number}", "trex", fake)] for number, fake in enumerate(fakes)}
        running = stack.enter_context(Running(folder, rigs))
        for number in range(4):
            running.wait(f"rig-{number}", lambda page, n=number: asked_times(page, f"m{n}") >= 2)  # type: ignore[misc]

    assert most == 1


@pytest.mark.thorough
def test_a_reload_keeps_what_was_counted_and_takes_away_what_is_not_named(
    folder: Path, antminer: FakeTcpMiner, trex: FakeMiner
) -> None:
    s19, cards = source("s19", "antminer", antminer), source("cards", "trex", trex)
    with Running(folder, {"asic-7": [s19], "left": [cards]}) as running:
        running.wait("asic-7", lambda page: asked_times(page, "s19") >= 2)
        running.take({"asic-7": [s19]})
        until(lambda: running.gateway.pages.names == ("asic-7",))
        before = asked_times(running.page("asic-7"), "s19")
        assert before >= 2
        running.wait("asic-7", lambda page: asked_times(page, "s19") > before)
        running.take({"asic-7": [s19], "left": [cards]}, interval_seconds=0.6)  # at another pace, all are asked anew
        page = running.wait("left", lambda page: page["rig_miner_up{miner=cards}"])
        assert asked_times(page, "cards") >= 2
        with FakeMiner(trex.pages) as moved:
            running.take({"asic-7": [s19], "left": [source("cards", "trex", moved)]}, interval_seconds=0.6)
            running.wait(
                "left", lambda found: moved.received and asked_times(found, "cards") > asked_times(page, "cards")
            )
        running.take({})
        until(lambda: running.gateway.status is None)

    assert running.gateway.pages.names == ()


def test_a_configuration_that_is_loaded_again_unchanged_remakes_no_rig(
    folder: Path, tmp_path: Path, antminer: FakeTcpMiner, trex: FakeMiner
) -> None:
    file = tmp_path / "config.toml"

    def loaded(*, channel: int) -> Mapping[str, Sequence[MinerSource]]:
        file.write_text(
            f"""
[[miners]]
name = "s19"
driver = "antminer"
address = "{antminer.address}"
rig = "asic-7"
[[miners]]
name = "cards"
driver = "trex"
address = "{trex.address}"
rig = "left"
[[meters]]
name = "plug"
driver = "shelly"
address = "{trex.address}"
channel = {channel}
rig = "left"
[[meters]]
name = "cupboard"
driver = "json"
address = "{trex.address}"
request = "/summary"
power = "uptime W"
rig = "cellar"
"""
        )
        return miner_sources.rigs(configured.load_config(file, {}))

    with Running(folder, loaded(channel=0)) as running:

        def pipelines() -> dict[str, Pipeline]:
            return {name: rig.pipeline for name, rig in running.gateway._rigs.items()}

        before = pipelines()
        running.take(loaded(channel=0))
        running.take({**loaded(channel=0), "last": [source("more", "trex", trex)]})
        until(lambda: "last" in pipelines())
        unchanged = pipelines()
        running.take(loaded(channel=1))
        until(lambda: "last" not in pipelines())
        changed = pipelines()

    assert before.keys() == {"asic-7", "left", "cellar"}
    assert {name for name in before if unchanged[name] is not before[name]} == set()
    assert {name for name in before if changed[name] is not before[name]} == {"left"}


def test_a_gateway_without_rigs_waits_for_some(folder: Path, antminer: FakeTcpMiner) -> None:
    with Running(folder, {}) as running:
        assert running.gateway.status is None
        running.take({"asic-7": [source("s19", "antminer", antminer)]})
        until(lambda: running.gateway.pages.names == ("asic-7",))
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])


def test_the_figures_of_a_round_are_those_of_the_last_one_that_ended(folder: Path, antminer: FakeTcpMiner) -> None:
    with FakeTcpMiner(mode=Mode.HANG) as hung:
        rigs = {"good": [source("s19", "antminer", antminer)], "bad": [source("dead", "antminer", hung)]}
        with Running(folder, rigs, interval_seconds=1) as running:
            until(lambda: running.gateway.status is not None and running.gateway.status.round_ended_at is not None)
            status = running.gateway.status

    assert status is not None
    assert (status.rigs_configured, status.rigs_answered) == (2, 1)
    assert status.round_duration_seconds is not None
    assert status.round_duration_seconds >= 0.8  # the deadline of the one that hangs


def test_ticks_are_logged_by_rig_and_those_of_one_moment_together(
    folder: Path, antminer: FakeTcpMiner, trex: FakeMiner
) -> None:
    rigs = {"asic-7": [source("s19", "antminer", antminer)], "left": [source("cards", "trex", trex)]}
    with Running(folder, rigs, interval_seconds=30) as running:
        for rig in rigs:
            running.wait(rig, len)

    log = folder / TELEMETRY_FILE
    assert ask(log, "SELECT interval_ms, clock_ok, boot_id FROM ticks_raw") == [(30_000, 1, "test")]
    found = ask(log, "SELECT d.rig, d.device FROM device_raw r JOIN devices d ON d.id = r.device ORDER BY 1, 2")
    assert found[:3] == [("asic-7", "s19/1"), ("asic-7", "s19/2"), ("asic-7", "s19/3")]
    assert [rig for rig, _ in found[3:]] == ["left"] * 2
    assert ("left", "cards", "etchash") in ask(log, "SELECT rig, miner, algorithm FROM workloads WHERE device IS NULL")


@pytest.mark.thorough
def test_energy_of_the_same_card_in_two_rigs_is_two_counters_that_survive_a_restart(
    folder: Path, trex: FakeMiner
) -> None:
    with FakeMiner(trex.pages) as other:
        rigs = {"left": [source("cards", "trex", trex)], "right": [source("others", "trex", other)]}

        def joules(page: Mapping[str, float]) -> dict[str, float]:
            return {name: value for name, value in page.items() if name.startswith("rig_device_energy_joules_total")}

        with Running(folder, rigs) as running:
            first = {rig: joules(running.wait(rig, lambda page: sum(joules(page).values()) > 100)) for rig in rigs}
            running.take({"right": rigs["right"]})
            until(lambda: running.gateway.pages.names == ("right",))
        with Running(folder, rigs) as running:
            second = {rig: joules(running.wait(rig, joules)) for rig in rigs}

    shared = first["left"].keys() & first["right"].keys()
    assert shared
    assert all(second[rig][name] >= first[rig][name] for rig in ("left", "right") for name in first[rig])
    assert ask(folder / STATE_FILE, "SELECT DISTINCT rig FROM counters ORDER BY rig") == [("left",), ("right",)]


@pytest.mark.thorough
def test_a_mistake_with_one_rig_costs_no_other_and_leaves_no_old_page(
    folder: Path,
    antminer: FakeTcpMiner,
    trex: FakeMiner,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    take: Any = Pipeline.take
    broken = False

    def breaking(pipeline: Pipeline, *arguments: Any) -> RigSnapshot:
        snapshot: RigSnapshot = take(pipeline, *arguments)
        if broken and snapshot.rig == "asic-7":
            raise ZeroDivisionError
        return snapshot

    monkeypatch.setattr(Pipeline, "take", breaking)
    rigs = {"asic-7": [source("s19", "antminer", antminer)], "left": [source("cards", "trex", trex)]}
    with Running(folder, rigs) as running, caplog.at_level(logging.ERROR):
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])
        broken = True
        page = running.wait("asic-7", lambda page: not page["rig_miner_up{miner=s19}"])
        assert page["rig_miner_error{miner=s19,reason=other}"] == 1
        asked = asked_times(running.page("left"), "cards")
        running.wait("left", lambda page: asked_times(page, "cards") > asked + 1)
        broken = False
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])

    told = [record for record in caplog.records if record.getMessage().startswith("asic-7: a mistake in the agent")]
    assert len(told) == 1
    assert told[0].exc_info is not None
    assert running.gateway._mistakes.total >= 1


def test_a_page_that_cannot_be_built_holds_no_readings(
    folder: Path, antminer: FakeTcpMiner, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Running(folder, {"asic-7": [source("s19", "antminer", antminer)]}) as running:
        running.wait("asic-7", lambda page: page["rig_miner_up{miner=s19}"])

        def broken(_snapshot: RigSnapshot) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr(running.gateway._renderer, "render", broken)
        page = running.wait("asic-7", lambda page: not page["rig_miner_up{miner=s19}"])

    assert not [name for name in page if name.startswith(("rig_device_", HASHRATE))]


def test_the_end_keeps_what_has_been_read_and_waits_for_nobody(folder: Path, antminer: FakeTcpMiner) -> None:
    with FakeTcpMiner(mode=Mode.HANG) as hung:
        rigs = {"good": [source("s19", "antminer", antminer)], "bad": [source("dead", "antminer", hung)]}
        with Running(folder, rigs, interval_seconds=30) as running:
            running.wait("good", len)
            assert running.page("bad") == {}  # of one moment, and still being waited for

    assert {rig for (rig,) in ask(folder / TELEMETRY_FILE, "SELECT rig FROM devices")} == {"good"}


def test_a_gateway_that_was_never_started_stops(folder: Path) -> None:
    Gateway(
        GatewayConfig(rigs={}, interval_seconds=30),
        keeping=Keeping(folder, boot_id="boot"),
        boot_id="x",
        asker=Transport(at_once=8),
        mistakes=Mistakes(),
    ).stop()


def test_one_look_at_a_rig_waits_for_all_of_a_host_that_is_asked_one_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "ONCE_DEADLINE_SECONDS", 0.5)
    answers = {"/summary": (CAPTURES / "trex" / "0.26__2x-gpu__dual" / "summary.raw").read_bytes()}
    with (
        FakeMiner(answers, mode=Mode.HANG, host="127.0.0.2") as first,
        FakeMiner(answers, mode=Mode.HANG, host="127.0.0.2") as second,
        FakeMiner(answers, host="127.0.0.2") as third,
    ):
        (tmp_path / "config.toml").write_text(
            "".join(
                f'[[miners]]\nname = "{name}"\nrig = "hall"\ndriver = "trex"\naddress = "{miner.address}"\n'
                for name, miner in (("first", first), ("second", second), ("third", third))
            )
        )
        (snapshot,) = looks.look_at_rigs(configured.load_config(tmp_path / "config.toml", {}), datetime.now(UTC))

    assert {one.source: one.error is None for one in snapshot.outcomes} == {
        "first": False, "second": False, "third": True
    }  # fmt: skip
