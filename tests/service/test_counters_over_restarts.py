"""The agent and its gateway, ended and killed at random moments, while a real Prometheus and a quick reader look on.

A card counts up to a thousand kilowatt-hours before the first run, and so do the meters. No reader may ever see a counter
fall, or see one before it is known; what Prometheus books over all of it is what was drawn, to the millijoule.
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from urllib.request import urlopen

import pytest

from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.sqlite.file_names import STATE_FILE
from miner_agent.storage.state.counter_book import CounterPage
from miner_agent.storage.state.state_store import StateStore
from tests.fake_http import FakeMiner
from tests.log_ticks import START
from tests.nvml_stub import NvmlStub, uuid_of
from tests.requires import require_tool
from tests.service.daemon_asked import free_port
from tests.waiting import let_pass, until

pytestmark = pytest.mark.e2e
TREX = Path(__file__).parents[1] / "captures" / "trex" / "0.26__2x-gpu__dual" / "summary.raw"
LIFETIME_MILLIJOULES = 3_600_000_000_333  # a thousand kilowatt-hours, and what no rounding holds
CARDS = 2
LUMP_TICKS = 1  # of the stub's, 1.2 kJ each: what a card can draw between two readings
LUMP_JOULES = 1e6 + 1 / 3
DRIP_JOULES = 0.1 + 0.2
OWN, LEFT = "/metrics", "/rigs/left/metrics"
METER = 'rig_host_energy_joules_total{source="meter"}'


def card(number: int) -> str:
    return f'rig_device_energy_joules_total{{device="{uuid_of(number)}",source="hardware"}}'


class CountingMeter(FakeMiner):
    """A meter that has counted a little more each time that it is asked."""

    def __init__(self, joules: float) -> None:
        super().__init__({"/rpc/Shelly.GetStatus": b""})
        self.answers: list[float] = []  # [J]
        self.joules = joules

    async def _answer(self, reader: Any, writer: Any, body: bytes) -> None:
        self.joules += DRIP_JOULES
        self.answers.append(self.joules)
        await super()._answer(reader, writer, json.dumps({"watts": 1500.0, "joules": self.joules}).encode())

    def counted_joules(self, first: int) -> tuple[float, float]:
        """By the run that began at that answer, at least and at most: it may not have read the last one."""
        answers = self.answers[first:] or [0.0]
        return answers[max(len(answers) - 2, 0)] - answers[0], answers[-1] - answers[0]


class Reader:
    """Looks at pages all the time, and notes every counter of energy that it has seen fall."""

    def __init__(self, url: str, paths: tuple[str, ...]) -> None:
        self._url, self._paths = url, paths
        self._stop = threading.Event()
        self.first: dict[tuple[str, str], float] = {}
        self.seen: dict[tuple[str, str], float] = {}
        self.fell: list[str] = []
        self.pages = self.pages_without_counters = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join(10)

    def _run(self) -> None:
        while not self._stop.wait(0.05):
            for path in self._paths:
                page = look(self._url + path)
                counters = {name: value for name, value in page.items() if "_energy_joules_total" in name}
                self.pages += bool(page)
                self.pages_without_counters += bool(page) and not counters
                for name, value in counters.items():
                    before = self.seen.get((path, name), 0.0)
                    if value < before:
                        self.fell.append(f"{path} {name}: {before} {value}")
                    self.first.setdefault((path, name), value)
                    self.seen[path, name] = value


def look(url: str) -> dict[str, float]:
    """The samples of a page by name and labels; nothing where nobody serves it."""
    try:
        with urlopen(url, timeout=2) as answer:
            lines = answer.read().decode().splitlines()
    except (OSError, HTTPException):
        return {}
    samples = (line.rpartition(" ") for line in lines if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


class Prometheus:
    """A real one, which scrapes both pages ten times a second: what it makes up around an increase is small then."""

    def __init__(self, folder: Path, target: str) -> None:
        self._program = require_tool("prometheus", package="prometheus")
        self._folder, self._address = folder, f"127.0.0.1:{free_port()}"
        jobs = "".join(
            f"  - job_name: {name}\n    metrics_path: {path}\n    static_configs:\n      - targets: ['{target}']\n"
            for name, path in (("own", OWN), ("left", LEFT))
        )
        timing = "global:\n  scrape_interval: 100ms\n  scrape_timeout: 100ms\n"
        (folder / "prometheus.yml").write_text(f"{timing}scrape_configs:\n{jobs}")

    def __enter__(self) -> Self:
        arguments = (
            f"--config.file={self._folder}/prometheus.yml",
            f"--storage.tsdb.path={self._folder}/tsdb",
            f"--web.listen-address={self._address}",
        )
        quiet = subprocess.DEVNULL
        self._process = subprocess.Popen([self._program, *arguments], stdout=quiet, stderr=quiet)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait(20)

    def ask(self, query: str) -> dict[str, float]:
        """By job and what tells series of it apart."""
        try:
            with urlopen(f"http://{self._address}/api/v1/query?query={quote(query)}", timeout=5) as answer:
                found = json.load(answer)["data"]["result"]
        except (OSError, HTTPException):
            return {}
        named = ("job", "device", "source")
        return {
            " ".join(one["metric"][name] for name in named if name in one["metric"]): float(one["value"][1])
            for one in found
        }


class Trial:
    """An agent that is started again and again on one state."""

    def __init__(self, folder: Path, stub: NvmlStub, meters: dict[str, CountingMeter], trex: FakeMiner) -> None:
        self.folder, self.stub, self.meters = folder, stub, meters
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.lumps = 0
        self.least, self.most = Counter[str](), Counter[str]()  # [J] that each meter gave to runs
        self._config, self._state = folder / "config.toml", folder / "state"
        self._state.mkdir(mode=0o700)
        text = f'[agent]\ninterval_seconds = 1\nstate_directory = "{self._state}"\n[gateway]\ninterval_seconds = 1\n'
        text += f'[http]\nlisten = "127.0.0.1:{self.port}"\n[collectors.host]\nenabled = false\n'
        for name, rig in (("wall", ""), ("far", 'rig = "left"\n')):
            text += f'[[meters]]\nname = "{name}"\ndriver = "json"\naddress = "{meters[name].address}"\n{rig}'
            text += 'request = "/rpc/Shelly.GetStatus"\npower = "watts W"\nenergy = "joules J"\n'
        text += f'[[miners]]\nname = "cards"\nrig = "left"\ndriver = "trex"\naddress = "{trex.address}"\n'
        self._config.write_text(text)
        self._have_lived()

    def _have_lived(self) -> None:
        """As if an earlier run had counted a thousand kilowatt-hours of each, and ended well."""
        store = StateStore.open(self._state / STATE_FILE, now=START)
        life = KeptCounter(LIFETIME_MILLIJOULES, LIFETIME_MILLIJOULES, LIFETIME_MILLIJOULES)
        keys = [("", uuid_of(number), "hardware") for number in range(CARDS)]
        keys += [(rig, "host", "meter") for rig in ("", "left")]
        keys += [("", "meter/wall", "hardware"), ("left", "meter/far", "hardware")]
        store.save_counters(CounterPage(dict.fromkeys(keys, life), synced=True))
        store.close()

    def start(self) -> "subprocess.Popen[bytes]":
        self._begun = {name: len(meter.answers) for name, meter in self.meters.items()}
        with (self.folder / "agent.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "miner_agent", "run", "--config", str(self._config)],
                stdout=log, stderr=log, env={**os.environ, **self.stub.environment()},
            )  # fmt: skip

    def end(self, process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
        process.send_signal(number)
        process.wait(20)
        for name, meter in self.meters.items():
            least, most = meter.counted_joules(self._begun[name])
            self.least[name] += least  # type: ignore[assignment]
            self.most[name] += most  # type: ignore[assignment]

    def until_all_were_read(self, times: int) -> None:
        """Every source, so often from now on."""

        def reads() -> list[int]:
            return [self.stub.calls(0)["energy"], *(len(meter.answers) for meter in self.meters.values())]

        before = reads()
        until(lambda: all(now >= then + times for now, then in zip(reads(), before, strict=True)))

    def draw(self) -> None:
        """Let all of them draw a good deal between two readings of one run, and let that be read."""
        until(lambda: card(0) in look(self.url + OWN) and METER in look(self.url + LEFT))
        self.until_all_were_read(2)
        self.stub.tick += LUMP_TICKS
        for meter in self.meters.values():
            meter.joules += LUMP_JOULES
        self.lumps += 1
        self.until_all_were_read(2)  # the first of them is done when the second begins


@pytest.fixture
def trial(library: Path, tmp_path: Path) -> Iterator[Trial]:
    with ExitStack() as stack:
        stub = stack.enter_context(NvmlStub(library, tmp_path / "control", cards=CARDS))
        stub.tick = 1
        meters = {name: stack.enter_context(CountingMeter(3.6e9 + 1 / 3)) for name in ("wall", "far")}
        trex = stack.enter_context(FakeMiner({"/summary": TREX.read_bytes()}))
        yield Trial(tmp_path, stub, meters, trex)


@pytest.mark.parametrize("restarts", [6, pytest.param(50, marks=pytest.mark.soak)])
def test_no_restart_and_no_kill_makes_a_counter_fall_or_books_anything_twice(
    trial: Trial, tmp_path: Path, restarts: int
) -> None:
    chance = random.Random(restarts)
    ends = Counter[str]()
    target = trial.url.removeprefix("http://")
    with Reader(trial.url, (OWN, LEFT)) as reader, Prometheus(tmp_path, target) as prometheus:
        process = trial.start()
        until(lambda: len(prometheus.ask("rig_host_energy_joules_total{source='meter'}")) == 2)
        for _ in range(restarts):
            number = chance.choice((signal.SIGTERM, signal.SIGKILL, signal.SIGKILL))
            if chance.random() < 0.6:
                trial.draw()
                let_pass(chance.uniform(0, 1.2))  # the moment in a tick at which it ends
                ends[f"{number.name} while it ran"] += 1
            else:
                let_pass(chance.uniform(0, 2.5))  # or of its start
                ends[f"{number.name} while it started"] += 1
            trial.end(process, number)
            process = trial.start()
        trial.draw()
        cards = (LIFETIME_MILLIJOULES + trial.lumps * LUMP_TICKS * 1_200_000) / 1000
        meters = LIFETIME_MILLIJOULES / 1000 + trial.lumps * LUMP_JOULES
        until(lambda: all(reader.seen.get((OWN, card(one))) == cards for one in range(CARDS)))
        until(lambda: all(reader.seen.get((path, METER), 0.0) >= meters for path in (OWN, LEFT)))
        until(lambda: prometheus.ask("rig_device_energy_joules_total").get(f"own {uuid_of(0)} hardware") == cards)
        until(lambda: min(prometheus.ask("rig_host_energy_joules_total{source='meter'}").values(), default=0) >= meters)
        trial.end(process, signal.SIGTERM)
        span = "[1h]"
        resets = prometheus.ask(f"resets({{__name__=~'.*_energy_joules_total'}}{span})")
        booked = {
            name: prometheus.ask(f"max_over_time({name}{span}) - min_over_time({name}{span})")
            for name in ("rig_device_energy_joules_total", "rig_host_energy_joules_total")
        }
        increase = prometheus.ask(f"increase(rig_device_energy_joules_total{span})")

    print(f"{dict(ends)}; {reader.pages} pages read, {reader.pages_without_counters} without counters")
    assert reader.fell == []
    for lived in ((OWN, card(0)), (OWN, METER), (LEFT, METER)):
        assert reader.first[lived] == LIFETIME_MILLIJOULES / 1000, "shown before it was known"
    expected = {f"own {uuid_of(one)} hardware" for one in range(CARDS)} | {"own meter", "left meter", "own estimate"}
    assert resets.keys() >= expected
    assert set(resets.values()) == {0.0}
    drawn = trial.lumps * LUMP_TICKS * 1200
    for one in range(CARDS):
        assert booked["rig_device_energy_joules_total"][f"own {uuid_of(one)} hardware"] == pytest.approx(
            drawn, abs=1e-3
        )
    for name, job in (("wall", "own"), ("far", "left")):
        least, most = trial.least[name], trial.most[name]
        total = booked["rig_host_energy_joules_total"][f"{job} meter"]
        print(f"{name}: {total} J booked, drawn {least} to {most}")
        assert least - 0.001 * restarts <= total <= most + 0.001
        assert most - least < 0.001 * least
    if restarts >= 50:
        for one in range(CARDS):
            print(f"card {one}: increase() says {increase[f'own {uuid_of(one)} hardware']} J, drawn {drawn}")
            assert increase[f"own {uuid_of(one)} hardware"] == pytest.approx(drawn, rel=1e-3)
