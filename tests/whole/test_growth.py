"""Nothing takes more than its share as a rig grows: no line runs more often than in proportion to cards, miners and rigs.

Lines are counted, not time. What C does in one call, such as sorting, is not seen: ``bench/growth_table.py`` measures that.
"""

import sqlite3
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from types import FrameType
from typing import Any, Literal, TypeAlias
from unittest.mock import MagicMock

import pytest
from rich.console import Console

from exporters.alerts import ALERTS
from exporters.prometheus import Renderer
from miner_agent.alarms.alert_book import AlertBook
from miner_agent.cli.support.fleet_answers import fleet_state
from miner_agent.cli.support.fleet_sums import fleet_energy, fleet_profit
from miner_agent.cli.support.fleet_worst import worst_rigs
from miner_agent.cli.support.reading_tables import show
from miner_agent.config.configuration import Config
from miner_agent.face.known import Known
from miner_agent.face.page.now_page import NOW
from miner_agent.face.told_rigs import rig_views
from miner_agent.look.asked_prometheus import ToldCourse, ToldValue
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.service.face_service import beside_ticks
from miner_agent.service.gateway import Gateway
from miner_agent.service.keeping import Keeping
from miner_agent.storage.state.counter_book import CounterBook
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.tick.known_devices import KnownDevices
from miner_agent.tick.known_fans import KnownFans
from miner_agent.tick.known_xids import KnownXids
from miner_agent.views.figures import Circumstances
from tests import databases
from tests.alarms.simulated import LOST, SLOW, Simulation
from tests.counted_lines import Lines, faster_than_linear, lines_run
from tests.face.test_api import HERE
from tests.grown import START, GrownRig, keep
from tests.grown_gateway import go_round, grown_gateway
from tests.waiting import until

TICKS = 3  # devices that were told of so often are kept on disk
SIZES = {"cards": (3, 6, 12), "miners": (2, 4, 8), "rigs": (2, 4, 8)}
Kind: TypeAlias = Literal["cards", "miners"]


def rig_of(kind: Kind, size: int) -> GrownRig:
    return GrownRig(cards=size, miners=1) if kind == "cards" else GrownRig(cards=1, miners=size)


@dataclass(frozen=True)
class Grown:
    """Ticks of rigs of three sizes, and what making them took."""

    lines: dict[int, Lines]
    snapshots: dict[int, list[RigSnapshot]]


@pytest.fixture(scope="module", params=["cards", "miners"])
def grown(request: pytest.FixtureRequest) -> Grown:
    kind: Kind = request.param
    rig_of(kind, SIZES[kind][-1]).ticked(1)  # what is made of a device for good is made once
    lines: dict[int, Lines] = {size: Counter() for size in SIZES[kind]}
    snapshots: dict[int, list[RigSnapshot]] = {size: [] for size in SIZES[kind]}
    for size in SIZES[kind]:
        rig = rig_of(kind, size)

        def tick(size: int = size, rig: GrownRig = rig) -> None:
            snapshots[size].append(rig.tick())
            keep(rig.memory)

        for _ in range(TICKS):
            rig.prepare()
            lines[size] += lines_run(tick)
    return Grown(lines, snapshots)


def test_a_line_that_is_quadratic_is_found() -> None:
    def quadratic(size: int) -> None:
        numbers = list(range(size))
        assert [number for number in numbers if any(other == number + size for other in numbers)] == []

    def linear(size: int) -> None:
        assert sum(number for number in range(size)) >= 0

    sizes = (4, 8, 16)
    assert faster_than_linear({size: lines_run(partial(linear, size)) for size in sizes}) == []
    (found,) = faster_than_linear({size: lines_run(partial(quadratic, size)) for size in sizes})
    assert "test_growth.py" in found


def test_a_tick_and_what_outlives_it(grown: Grown) -> None:
    assert faster_than_linear(grown.lines) == []


def in_proportion(grown: Grown, work: Callable[[Sequence[RigSnapshot]], object]) -> None:
    """Nothing in ``work`` runs more often than the sizes ask for."""
    found = {size: lines_run(partial(work, told)) for size, told in grown.snapshots.items()}
    assert faster_than_linear(found) == []


def test_pages_of_metrics(grown: Grown) -> None:
    def render(snapshots: Sequence[RigSnapshot]) -> None:
        renderer = Renderer(process=False)  # how this process does changes from one page to the next
        for snapshot in snapshots[-2:]:
            page = renderer.render(snapshot)
        assert page.text
        assert page.openmetrics
        assert page.public

    in_proportion(grown, render)


def test_looks_for_alerts(grown: Grown) -> None:
    def look(snapshots: Sequence[RigSnapshot]) -> None:
        families, book = Renderer(process=False).families_of(snapshots[-1]), AlertBook(ALERTS)
        simulated = Simulation(book=book)
        for _ in range(2):
            book.look("grown", families, simulated.at, interval_seconds=10.0)
            book.tell(simulated.at)
            simulated.seconds += 10.0
        assert book.kept()

    in_proportion(grown, look)


def test_documents_and_the_page_for_people(grown: Grown) -> None:
    at = Circumstances(taken_at=START, sees_money=True)

    def tell(snapshots: Sequence[RigSnapshot]) -> None:
        known = None
        for snapshot in snapshots:
            known = Known.after(known, snapshot, Config())
        assert known is not None
        for endpoint in HERE:
            endpoint.make(known, at, {"rig": known.snapshot.rig})
        NOW.make(known, at, {})

    in_proportion(grown, tell)


def test_the_tables_of_one_look(grown: Grown) -> None:
    def print_tables(snapshots: Sequence[RigSnapshot]) -> None:
        shown = StringIO()
        show(snapshots[-1], Console(file=shown, width=200))
        assert shown.getvalue()

    in_proportion(grown, print_tables)


def test_counters_that_outlive_the_agent(grown: Grown) -> None:
    def keep_counters(snapshots: Sequence[RigSnapshot]) -> None:
        book = CounterBook()
        for number, snapshot in enumerate(snapshots):
            book.tell("", {(one.device, one.source): number for one in snapshot.energy})
            book.written(book.next_page(60.0 * number), 60.0 * number)
        assert book.kept("")

    in_proportion(grown, keep_counters)


def test_writing_the_log(grown: Grown, tmp_path: Path) -> None:
    lines: dict[int, Lines] = {}
    statements: dict[int, int] = {}
    for size, (*earlier, last) in grown.snapshots.items():
        with closing(TelemetryLog.open(databases.empty_log(tmp_path / str(size)), now=START)) as log:
            for snapshot in earlier:  # what a device is called is written once
                log.append(snapshot)
            with counted_statements() as counted:
                lines[size] = lines_run(partial(log.append, last))
            statements[size] = counted.total()

    assert faster_than_linear(lines) == []
    assert len(set(statements.values())) == 1, "a tick of any size is as many statements, of many rows each"


@contextmanager
def counted_statements() -> Iterator[Counter[str]]:
    """How often SQLite is asked in this thread, by the name of the method."""
    counted: Counter[str] = Counter()

    def call(_: FrameType, event: str, called: Any) -> None:
        if event == "c_call" and isinstance(called.__self__, sqlite3.Connection | sqlite3.Cursor):
            counted[called.__name__] += called.__name__.startswith("execute")

    before = sys.getprofile()
    sys.setprofile(call)
    try:
        yield counted
    finally:
        sys.setprofile(before)


@contextmanager
def gateway_of(folder: Path, rigs: int) -> Iterator[Gateway]:
    """One with databases of its own, that has not begun."""
    keeping = Keeping(databases.begun(folder), boot_id="grown")
    keeping.start(START)
    until(lambda: keeping.counters_kept)
    yield grown_gateway(keeping, rigs)
    keeping.close(20)


def test_a_round_of_a_gateway_and_what_is_told_of_its_rigs(tmp_path: Path) -> None:
    round_: dict[int, Lines] = {}
    told: dict[int, Lines] = {}
    at = Circumstances(taken_at=START)
    for size in (SIZES["rigs"][-1], *SIZES["rigs"]):  # first what is made of each device once
        with gateway_of(tmp_path / f"{size}-{len(round_)}", size) as gateway:
            round_[size] = lines_run(partial(go_round, gateway))
            own = next(iter(gateway.snapshots.values()))
            known = Known(snapshot=own, loaded=Config(), beside=beside_ticks(gateway, MagicMock()))
            told[size] = lines_run(partial(rig_views, known, at))

    assert faster_than_linear(round_) == []
    assert faster_than_linear(told) == []


def test_alerts_of_many_devices_and_of_many_rigs() -> None:
    def look(devices: int, rigs: int) -> None:
        names = [f"card-{number}" for number in range(devices)]
        simulated = Simulation(LOST, SLOW)
        values = {"rig_lost": dict.fromkeys(names, 1.0), "rig_slow": dict.fromkeys(names, 1.0)}
        for _ in range(3):
            simulated.look(values, rigs=[f"rig-{number}" for number in range(rigs)])
        assert simulated.told

    sizes = SIZES["rigs"]
    assert faster_than_linear({size: lines_run(partial(look, size, 1)) for size in sizes}) == []
    assert faster_than_linear({size: lines_run(partial(look, 1, size)) for size in sizes}) == []


class Recorded:
    """In the place of a Prometheus: it says the same of each of so many sites and rigs."""

    def __init__(self, many: int) -> None:
        told = [f"{number:02d}" for number in range(many)]
        self._labels = [
            {"site": one, "rig": one, "instance": one, "algorithm": one, "currency": "EUR", "severity": "info"}
            for one in told
        ]

    def answered(self, _query: str) -> tuple[ToldValue, ...]:
        return tuple(ToldValue(labels, 1.0) for labels in self._labels)

    def over(self, _query: str, *, seconds: float, steps: int) -> tuple[ToldCourse, ...]:
        return tuple(ToldCourse(labels, (1.0,) * steps) for labels in self._labels)


def test_what_is_told_of_a_fleet() -> None:
    def tell(many: int) -> None:
        prometheus: Any = Recorded(many)
        assert len(fleet_state(prometheus).sites) == many
        assert worst_rigs(prometheus)[0] == many
        assert len(fleet_profit(prometheus, days=1)) == many
        assert all(site.costs for site in fleet_energy(prometheus, days=1))

    assert faster_than_linear({size: lines_run(partial(tell, size)) for size in SIZES["rigs"]}) == []


def test_what_the_last_run_left_of_all_rigs_is_held_once() -> None:
    facts = {f"asic-{number}": "{}" for number in range(1000)}
    tracemalloc.start()
    try:
        held = [kind() for kind in (KnownDevices, KnownFans, KnownXids) for _ in range(50)]
        for of_rig in held:
            of_rig.see(facts)
        held_bytes, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert held_bytes / len(held) < sys.getsizeof(facts) / 10
