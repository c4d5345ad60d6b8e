"""The page of metrics: the real pipeline on recorded answers and a fixed clock, compared whole."""

import itertools
import json
import re
import subprocess
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics.exposition import generate_latest as generate_openmetrics
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from exporters.budget import SERIES_A_SOURCE
from exporters.prometheus import Renderer
from exporters.sections import SECTIONS
from miner_agent import drivers
from miner_agent.collectors.host.hwmon import Sensor
from miner_agent.collectors.host.machine import HostFacts, RawHost, parse
from miner_agent.collectors.nvml import nvml_cards
from miner_agent.errors import MINER_REASONS, SourceError, TimedOut, Unreachable
from miner_agent.model.alerts_status import AlertsStatus
from miner_agent.model.devices import DeviceReading, DeviceState, DeviceWork
from miner_agent.model.readings import ConnectedWorker, FilesystemReading, MinerSnapshot, Outcome, Reading, Workload
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.model.status import AgentStatus, DatabaseStatus, SourceStatus
from miner_agent.tables.spellings import load_algorithms
from miner_agent.tick.inventory import take_inventory
from miner_agent.tick.memory import Memory
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint
from tests import kept_at_once
from tests.for_each import for_each
from tests.requires import require_tool

HERE = Path(__file__).parents[1]
START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
ENDPOINT = Endpoint(scheme="http", host="127.0.0.1", port=1)
FOLDERS = {
    "cards": ("trex", "0.26__2x-gpu__dual"),
    "mixed": ("xmrig", "6.21__2x-gpu__mining"),
    "starting": ("xmrig", "6.21__cpu__starting"),
    "s9": ("bosminer", "0.1__s9__mining"),
    "wall": ("shelly", "1.4__plus-plug__one-socket"),
}


class Recorded:
    """Answers for miners and a meter from the captures; one is down."""

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result([self._answer(ask) for ask in asks])
        return done

    def _answer(self, ask: Ask) -> Answer:
        if ask.source == "down":
            error = Unreachable(f"{ask.endpoint}: no connection (connection refused)")
            return Answer(source=ask.source, raw=None, error=error, duration_seconds=0.001)
        driver, case = FOLDERS[ask.source]
        folder = HERE / "captures" / driver / case
        raw = {request.name: (folder / f"{request.name}.raw").read_bytes() for request in ask.requests}
        return Answer(source=ask.source, raw=raw, error=None, duration_seconds=0.001)


class RecordedSensors:
    """Answers for NVML: two cards, then one of them lost, then silence."""

    restarts_total = 0

    def __init__(self) -> None:
        healthy = json.loads((HERE / "captures" / "nvml" / "two-cards.json").read_text())
        lost = json.loads(json.dumps(healthy))
        lost["cards"][1] |= {"values": {}, "errors": {}, "fault": 15}
        self._answers: list[Mapping[str, Any] | SourceError] = [healthy, lost, TimedOut("no answer after 4.0 s")]
        self._now: Mapping[str, Any] | SourceError = healthy

    def request(self, deadline_monotonic_seconds: float) -> None:
        self._now = self._answers.pop(0)

    def collect(self, deadline_monotonic_seconds: float) -> dict[str, Mapping[str, Any] | SourceError]:
        return {"nvml": self._now}

    def stuck(self, name: str) -> bool:
        return isinstance(self._now, SourceError)


def board_sensor(chip: str, label: str) -> Sensor:
    return Sensor(chip, label, Path("temp1_input"), None, label=label, place="", position=0)


class RecordedHost:
    """A machine that is always the same."""

    disks_stuck = False

    def read(self, *, disk_deadline_seconds: float) -> RawHost:
        return RawHost(
            boot_timestamp_seconds=1_767_000_000,
            cpu_percent=12.5,
            load=(0.5, 0.25, 0.125),
            memory_size_bytes=16 * 2**30,
            memory_available_bytes=12 * 2**30,
            swap_used_bytes=0,
            filesystems=(
                FilesystemReading(mountpoint="/", size_bytes=100 * 2**30, available_bytes=40 * 2**30, read_only=False),
                FilesystemReading(mountpoint='/mnt/"odd"\\disk', size_bytes=None, available_bytes=None, read_only=True),
            ),
            temperatures={
                board_sensor("coretemp", "Package id 0"): "51000",
                board_sensor("nvme", "Composite"): "-273150",
            },
        )

    def parse(self, raw: RawHost) -> Any:
        return parse(
            raw,
            HostFacts(operating_system="Debian GNU/Linux 12", kernel="6.1.0", cpu_model="Example CPU", cpu_count=8),
        )


def pipeline() -> Pipeline:
    moments = itertools.count(1000.0, 0.001)
    names = {**FOLDERS, "down": ("trex", "")}
    return Pipeline(
        rig="golden",
        miners=[
            MinerSource(name=name, driver=drivers.load(driver), endpoint=ENDPOINT, wanted=Destination())
            for name, (driver, _) in names.items()
        ],
        fetcher=Recorded(),
        host=RecordedHost(),
        sensors=RecordedSensors(),
        trackers={"nvml": nvml_cards.NvmlTracker()},
        deadline_seconds=4.0,
        monotonic=lambda: next(moments),
        busy=lambda: 0.0,
        memory=Memory(energy=kept_at_once.energy_meter()),
        algorithms=load_algorithms(),
    )


def ticks() -> list[RigSnapshot]:
    agent = AgentStatus(
        version="0.0.0",
        python_version="3.11.0",
        config_loaded_at=START,
        databases=(DatabaseStatus(database="telemetry", size_bytes=4096, queue_length=0),),
        alerts=AlertsStatus(
            owner="local",
            evaluated_at=START,
            counts={("firing", "critical"): 2, ("pending", "warning"): 1},
            firing={("DeviceLost", "critical"): 2},
            silences=1,
            unrecorded_total=3,
        ),
    )
    running = pipeline()
    return [
        running.tick(
            START + timedelta(seconds=10 * i),
            agent,
            TickClock(boot_id="golden", monotonic_seconds=10.0 * i, interval_seconds=10.0, clock_ok=True),
        )
        for i in range(3)
    ]


@pytest.mark.parametrize(("position", "name"), [(0, "healthy"), (1, "card-lost"), (2, "nvml-stuck")])
@pytest.mark.parametrize("kind", ["text", "openmetrics"])
def test_the_whole_page_is_the_expected_one(position: int, name: str, kind: str, update_golden: bool) -> None:
    page = getattr(Renderer(process=False).render(ticks()[position]), kind)

    golden = HERE / "golden" / f"{name}.{'prom' if kind == 'text' else 'om'}"
    if update_golden:
        golden.write_bytes(page)
    assert page.decode() == golden.read_text()


def samples(page: str) -> set[str]:
    return {line for line in page.splitlines() if not line.startswith("#")}


def test_both_formats_say_what_the_library_itself_would_say() -> None:
    for snapshot in ticks():
        page = Renderer(process=False).render(snapshot)
        registry = CollectorRegistry(auto_describe=False)

        class Families:
            def collect(self, page: str = page.openmetrics.decode()) -> Any:
                return parse_openmetrics(page)

        registry.register(Families())
        assert page.openmetrics == generate_openmetrics(registry)
        assert page.text == generate_latest(registry)


def test_a_value_is_spelled_as_the_library_spells_it() -> None:
    renderer = Renderer(process=False)
    for value in (0, 1, 0.1, 1e-9, 123456789, 2**53, 41250000.5, 1e21):
        snapshot = of_miner(MinerSnapshot(software="x", workloads=(Workload(algorithm="a", hashes_per_second=value),)))
        found = {
            sample.value
            for family in parse_text(renderer.render(snapshot).text.decode())
            for sample in family.samples
            if sample.name == "rig_miner_hashrate_hashes_per_second"
        }
        assert found == {value}


def test_a_device_that_went_is_forgotten() -> None:
    renderer = Renderer(process=False)
    miner = MinerSnapshot(software="x", devices=(DeviceReading(index=0, power_watts=1.0),))
    renderer.render(of_miner(miner))

    assert "m0/0" not in renderer.render(of_miner(MinerSnapshot(software="x"))).text.decode()


def test_both_formats_parse_with_the_librarys_own_parsers() -> None:
    page = Renderer().render(ticks()[1])

    texts = list(parse_text(page.text.decode()))
    opens = list(parse_openmetrics(page.openmetrics.decode()))
    assert len(texts) == len(opens)
    assert {family.type for family in opens} == {"gauge", "counter", "info"}


def test_promtool_finds_nothing_to_say() -> None:
    promtool = require_tool("promtool", package="prometheus")
    for snapshot in ticks():
        page = Renderer().render(snapshot).text
        done = subprocess.run([promtool, "check", "metrics"], input=page, capture_output=True, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("name", ["prometheus.yml", "prometheus-gateway.yml"])
def test_promtool_accepts_the_shipped_configuration(name: str) -> None:
    promtool = require_tool("promtool", package="prometheus")
    config = HERE.parent / "deploy" / name
    done = subprocess.run([promtool, "check", "config", str(config)], capture_output=True, text=True, check=False)
    assert (done.returncode, "2 rule files found" in done.stdout) == (0, True), done.stderr


def test_victoriametrics_accepts_the_shipped_configuration() -> None:
    program = require_tool("victoria-metrics", package="victoria-metrics")
    config = HERE.parent / "deploy" / "victoriametrics.yml"
    subprocess.run([program, f"-promscrape.config={config}", "-dryRun"], check=True, capture_output=True)


def test_every_metric_of_the_page_stands_in_the_table() -> None:
    known = {spec.name for section in SECTIONS for spec in section.specs}
    for snapshot in ticks():
        for family in parse_text(Renderer(process=False).render(snapshot).text.decode()):
            assert {sample.name for sample in family.samples} <= known


def of_miner(*snapshots: MinerSnapshot) -> RigSnapshot:
    outcomes: list[Outcome[Reading]] = [
        Outcome(source=f"m{i}", kind="miner", asked_at=START, duration_seconds=0, reading=snapshot)
        for i, snapshot in enumerate(snapshots)
    ]
    return RigSnapshot(taken_at=START, rig="x", outcomes=tuple(outcomes), inventory=take_inventory(outcomes))


def test_no_sample_is_there_twice_whatever_a_miner_says() -> None:
    twice = MinerSnapshot(
        software="x",
        workloads=tuple(
            Workload(
                algorithm="a", hashes_per_second=1.0, devices=(DeviceWork(device_index=0, hashes_per_second=1.0),) * 2
            )
            for _ in range(2)
        ),
        devices=(DeviceReading(index=0, power_watts=1.0), DeviceReading(index=0, power_watts=2.0)),
    )
    page = Renderer(process=False).render(of_miner(twice, twice)).text.decode()

    names = [line.rpartition(" ")[0] for line in page.splitlines() if not line.startswith("#")]
    assert len(names) == len(set(names))


@for_each("text", ['"', "\\", "\n", 'a"} 1\nevil_metric{x="', "\ud800", "\x1b[31m", "# EOF", "=cmd()", "{}", "ü" * 300])
def test_a_hostile_name_stays_inside_its_quotes(text: str) -> None:
    from miner_agent.text import clean_text

    cleaned = clean_text(text)
    snapshot = of_miner(MinerSnapshot(software=cleaned, workloads=(Workload(algorithm=cleaned or None),)))
    page = Renderer(process=False).render(snapshot)

    found = {
        sample.labels["software"]
        for family in parse_text(page.text.decode())
        for sample in family.samples
        if "software" in sample.labels
    }
    assert found == {cleaned}
    assert list(parse_openmetrics(page.openmetrics.decode()))


def test_those_who_mine_through_a_proxy_have_their_own_samples() -> None:
    worker = ConnectedWorker(name='a"b', hashes_per_second=11_000.0, accepted_shares_total=300, rejected_shares_total=1)
    page = Renderer(process=False).render(of_miner(MinerSnapshot(software="x", workers_connected=2, workers=(worker,))))

    assert {
        'rig_miner_workers_connected{miner="m0"} 2.0',
        r'rig_miner_worker_hashrate_hashes_per_second{miner="m0",worker="a\"b"} 11000.0',
        r'rig_miner_worker_shares_accepted_total{miner="m0",worker="a\"b"} 300.0',
        r'rig_miner_worker_shares_rejected_total{miner="m0",worker="a\"b"} 1.0',
    } <= samples(page.text.decode())
    assert list(parse_openmetrics(page.openmetrics.decode()))


def test_a_source_gets_four_thousand_series_and_what_is_over_is_counted() -> None:
    greedy = MinerSnapshot(
        software="x",
        workloads=tuple(
            Workload(
                algorithm=f"a{algorithm}",
                hashes_per_second=1.0,
                devices=tuple(
                    DeviceWork(
                        device_index=index,
                        hashes_per_second=1.0,
                        accepted_shares_total=1,
                        rejected_shares_total=1,
                        stale_shares_total=1,
                        invalid_shares_total=1,
                    )
                    for index in range(64)
                ),
            )
            for algorithm in range(8)
        ),
        devices=tuple(
            DeviceReading(index=index, state=DeviceState.OK, power_watts=1.0, fan_ratios=(1.0,) * 20, xid_errors=())
            for index in range(64)
        ),
    )
    modest = MinerSnapshot(software="y", workloads=(Workload(algorithm="a", hashes_per_second=1.0),))
    snapshot = replace(
        of_miner(greedy, modest), sources=tuple(SourceStatus(source=f"m{i}", kind="miner") for i in (0, 1))
    )
    renderer = Renderer(process=False)
    ticks = snapshot, replace(snapshot)
    pages = [renderer.render(tick).text.decode() for tick in (*ticks, ticks[-1])]

    def dropped(page: str) -> list[float]:
        return [
            sample.value
            for family in parse_text(page)
            for sample in family.samples
            if sample.name == "rig_agent_collector_series_dropped_total"
        ]

    counted = sum(re.search(r'(miner="m0"|device="m0/)', line) is not None for line in pages[0].splitlines())
    unbounded = sum(len(family.samples) for section in SECTIONS for family in section.families(snapshot))
    assert counted == SERIES_A_SOURCE + 1 + len(MINER_REASONS)  # whether it is up is always said
    assert 'rig_miner_up{miner="m0"} 1.0' in pages[0]
    assert 'rig_miner_hashrate_hashes_per_second{algorithm="a",miner="m1"} 1.0' in pages[0]
    over = unbounded - sum(not line.startswith("#") for line in pages[0].splitlines())
    assert over > 0
    assert [dropped(page) for page in pages] == [[over, 0], [2 * over, 0], [2 * over, 0]]


def test_a_page_that_remembers_nothing_is_the_same_page() -> None:
    forgetful = Renderer(process=False, remembers=False)
    for snapshot in ticks():
        assert forgetful.render(snapshot).text == Renderer(process=False).render(snapshot).text
        assert forgetful._last is None


def test_a_page_owes_nothing_to_the_one_before() -> None:
    def of(*devices: tuple[int, float | None], algorithm: str = "a") -> RigSnapshot:
        readings = tuple(DeviceReading(index=index, power_watts=watts) for index, watts in devices)
        return of_miner(MinerSnapshot(software="x", devices=readings, workloads=(Workload(algorithm=algorithm),)))

    remembering = Renderer(process=False)
    changes = {
        "first": of((0, 1.0), (1, 2.0)),
        "nothing": of((0, 1.0), (1, 2.0)),
        "a value": of((0, 1.0), (1, 2.5)),
        "values change places": of((0, 2.5), (1, 1.0)),
        "a value is gone": of((0, None), (1, 1.0)),
        "of another device": of((0, 1.0), (1, None)),
        "a device more": of((0, 1.0), (1, 1.0), (2, 1.0)),
        "a label": of((0, 1.0), (1, 1.0), (2, 1.0), algorithm="b"),
        "all are gone": of(),
        "all are back": of((0, 1.0), (1, 2.0)),
    }
    for change, snapshot in changes.items():
        page, fresh = remembering.render(snapshot), Renderer(process=False).render(snapshot)
        assert (page.text, page.openmetrics) == (fresh.text, fresh.openmetrics), change


def test_the_agent_alone_shows_no_reading() -> None:
    page = Renderer(process=False).render_agent_only(ticks()[0]).text.decode()

    assert "rig_agent_render_failures_total" in page
    assert "rig_device_" not in page
    assert "rig_miner_" not in page
    assert "rig_host_" not in page
