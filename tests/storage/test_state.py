"""What must survive a restart does, and nothing is done twice."""

import math
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.storage.state.state_store import METADATA, StateStore
from tests.log_ticks import START, ask, integrity

NOTE_AND_DIE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from miner_agent.storage.state.state_store import StateStore
store = StateStore.open(Path(sys.argv[1]), now=datetime(2026, 1, 1, tzinfo=UTC))
store.note_done("report", "2026-01-01")
os.kill(os.getpid(), 9)
"""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("empty") / "state.db"
    StateStore.open(path, now=START).close()
    return path.read_bytes()


@pytest.fixture
def path(tmp_path: Path, empty: bytes) -> Path:
    path = tmp_path / "state.db"
    path.write_bytes(empty)
    return path


@pytest.fixture
def store(path: Path) -> Iterator[StateStore]:
    store = StateStore.open(path, now=START)
    yield store
    store.close()


def test_energy_counters_survive_to_the_millijoule(store: StateStore, path: Path) -> None:
    store.save_energy({("GPU-a", "hardware"): 1.5, ("GPU-b", "integrated"): 9e12 + 0.001})
    store.save_energy({("GPU-a", "hardware"): 2.125})
    store.close()
    again = StateStore.open(path, now=START)

    assert again.load_energy() == {("GPU-a", "hardware"): 2.125, ("GPU-b", "integrated"): 9e12 + 0.001}
    again.close()


@pytest.mark.parametrize("bad", [math.nan, math.inf, -1.0, 1e300])
def test_an_impossible_counter_costs_itself_only(store: StateStore, bad: float) -> None:
    store.save_energy({("GPU-a", "hardware"): bad, ("GPU-b", "hardware"): 1.0})
    store.save_energy({("GPU-a", "hardware"): bad})

    assert store.load_energy() == {("GPU-b", "hardware"): 1.0}


def test_a_pinned_fact_replaces_the_one_before(store: StateStore) -> None:
    store.pin("pool", "left-rack", "a.example:3333")
    store.pin("pool", "left-rack", "b.example:3333")
    store.pin("driver", "left-rack", "xmrig")

    assert store.all_pinned() == {"pool": {"left-rack": "b.example:3333"}, "driver": {"left-rack": "xmrig"}}


def test_what_is_done_for_a_period_stays_done_over_a_restart(store: StateStore, path: Path) -> None:
    store.note_done("report", "2026-01-01")
    store.note_done("report", "2026-01-01")
    store.close()
    again = StateStore.open(path, now=START)

    assert again.is_done("report", "2026-01-01")
    assert not again.is_done("report", "2026-01-02")
    assert not again.is_done("bill", "2026-01-01")
    again.close()


def test_what_is_done_outlives_a_process_that_dies_right_after_it(path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", NOTE_AND_DIE, str(path)], check=False)

    assert ended.returncode == -signal.SIGKILL
    assert ask(path, "SELECT job, period FROM job_runs") == [("report", "2026-01-01")]


def test_a_damaged_store_is_set_aside_and_that_is_said(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])
    store = StateStore.open(path, now=START)
    assert store.set_aside is not None
    assert store.set_aside.stat().st_size == 5000
    store.note_done("report", "today")
    store.close()

    assert integrity(path) == "ok"


def test_the_schema_is_what_the_code_thinks_it_is(path: Path) -> None:
    for table in METADATA.sorted_tables:
        columns = [name for _, name, *_ in ask(path, f"PRAGMA table_info({table.name})")]
        assert columns == [column.name for column in table.columns]
