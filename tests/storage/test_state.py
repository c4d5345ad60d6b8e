"""What must survive a restart does, and nothing is done twice."""

import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.state import state_store
from miner_agent.storage.state.counter_book import CounterPage, RigCounterKey
from miner_agent.storage.state.state_store import COUNTERS_A_SOURCE, StateStore
from tests import databases
from tests.log_ticks import START, ask, integrity

A: RigCounterKey = ("", "GPU-a", "hardware")
B: RigCounterKey = ("rig-1", "GPU-a", "hardware")
NORMAL, FULL = 1, 2  # as SQLite counts how much it waits for the disk
NOTE_AND_DIE = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from miner_agent.storage.state.state_store import StateStore
store = StateStore.open(Path(sys.argv[1]), now=datetime(2026, 1, 1, tzinfo=UTC))
store.note_done("report", "2026-01-01")
os.kill(os.getpid(), 9)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_state(tmp_path)


@pytest.fixture
def store(path: Path) -> Iterator[StateStore]:
    store = StateStore.open(path, now=START)
    yield store
    store.close()


def page(counts: Mapping[RigCounterKey, KeptCounter], *, synced: bool = True) -> CounterPage:
    return CounterPage(dict(counts), synced)


@pytest.mark.parametrize("synced", [True, False])
def test_counters_survive_to_the_last_digit(store: StateStore, path: Path, synced: bool) -> None:
    large = KeptCounter(2**62 - 1, 7, 2**62)
    store.begin_run("boot")
    store.save_counters(page({A: KeptCounter(1500, 0, 9), B: large}, synced=synced))
    store.save_counters(page({A: KeptCounter(2125, 3, 4000)}, synced=synced))
    store.save_counters(page({}, synced=synced))
    store.close()
    again = StateStore.open(path, now=START)

    assert again.begin_run("boot") == {A: KeptCounter(2125, 3, 4000), B: large}
    again.close()


def counts_of(path: Path, told_by: str) -> set[str]:
    return {name for (name,) in ask(path, f"SELECT device FROM counters WHERE told_by IS '{told_by}'")}


def test_a_source_with_other_names_at_each_start_fills_no_disk_and_costs_no_other_source_a_counter(path: Path) -> None:
    def run(number: int, *, card: bool) -> None:
        store = StateStore.open(path, now=START)
        store.begin_run("boot")
        hostile = {("", f"name-{number}-{n}", "integrated"): KeptCounter(10**15, 0, 10**15) for n in range(256)}
        cards = {A: KeptCounter(1500, 0, 1500), B: KeptCounter(1500, 0, 1500)} if card else {}
        told_by = dict.fromkeys(hostile, "bad") | dict.fromkeys(cards, "nvml")
        store.save_counters(CounterPage(hostile | cards, synced=True, told_by=told_by))
        store.close()

    for number in range(20):
        run(number, card=number == 0)
    store = StateStore.open(path, now=START)
    counters = store.begin_run("boot")
    store.close()

    assert counters.keys() >= {A, B}
    assert counts_of(path, "bad") == {f"name-{number}-{n}" for number in range(16, 20) for n in range(256)}
    assert len(counters) == COUNTERS_A_SOURCE + 2


def test_a_counter_that_is_only_written_again_was_not_counted_again(store: StateStore, path: Path) -> None:
    store.begin_run("boot")
    store.save_counters(CounterPage({A: KeptCounter(1500)}, synced=True, told_by={A: "nvml"}))
    store.begin_run("boot")
    store.save_counters(page({A: KeptCounter(1500, 0, 7)}))

    assert ask(path, "SELECT told_by, run, ceiling FROM counters") == [("nvml", 1, 7)]


def test_of_what_an_earlier_version_wrote_the_most_is_kept(store: StateStore) -> None:
    store.begin_run("boot")
    many = {("", f"name-{n}", "integrated"): KeptCounter(n) for n in range(COUNTERS_A_SOURCE + 300)}
    store.save_counters(page(many))

    assert {kept.counted for kept in store.begin_run("boot").values()} == set(range(300, COUNTERS_A_SOURCE + 300))


@pytest.mark.parametrize("boot_id", ["another", None])
def test_after_another_boot_whatever_may_have_been_shown_is_the_least(store: StateStore, boot_id: str | None) -> None:
    store.begin_run("boot")
    store.save_counters(page({A: KeptCounter(1500, 0, 4000)}))

    assert store.begin_run("boot") == {A: KeptCounter(1500, 0, 4000)}
    assert store.begin_run(boot_id) == {A: KeptCounter(1500, 4000, 4000)}
    assert store.begin_run("boot") == {A: KeptCounter(1500, 4000, 4000)}
    assert store.all_pinned() == {}


def test_a_run_that_ends_well_leaves_counters_as_they_were_shown(store: StateStore) -> None:
    store.begin_run("boot")
    store.save_counters(page({A: KeptCounter(1500, 0, 4000), B: KeptCounter(1500, 2000, 4000)}))
    store.end_run()

    assert store.begin_run("another") == {A: KeptCounter(1500, 1500, 1500), B: KeptCounter(1500, 2000, 2000)}


def test_a_write_that_waits_for_no_disk_leaves_the_others_waiting(
    store: StateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def level() -> int:
        with store._database.writing() as connection:
            return int(connection.execute("PRAGMA synchronous").fetchone()[0])

    assert level() == FULL
    with store._database.writing(synced=False) as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (NORMAL,)
    assert level() == FULL


def test_a_pinned_fact_replaces_the_one_before(store: StateStore) -> None:
    store.pin({("pool", "left-rack"): "a.example:3333"})
    store.pin({("pool", "left-rack"): "b.example:3333", ("driver", "left-rack"): "xmrig"})

    assert store.all_pinned() == {"pool": {"left-rack": "b.example:3333"}, "driver": {"left-rack": "xmrig"}}

    store.pin({("pool", "left-rack"): None, ("driver", "left-rack"): "trex", ("pool", "never known"): None})
    assert store.all_pinned() == {"driver": {"left-rack": "trex"}}


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


@pytest.mark.usefixtures("copied")
def test_a_damaged_store_is_set_aside_and_that_is_said(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])
    store = StateStore.open(path, now=START)
    assert store.set_aside is not None
    assert store.set_aside.stat().st_size == 5000
    store.note_done("report", "today")
    store.close()

    assert integrity(path) == "ok"


def test_every_statement_fits_the_tables(path: Path) -> None:
    words = ("SELECT ", "INSERT ", "UPDATE ", "DELETE ")
    texts = [text for text in vars(state_store).values() if isinstance(text, str) and text.strip().startswith(words)]
    for text in texts:
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute(f"EXPLAIN {text}", [None] * text.count("?")).fetchall(), text
    assert len(texts) > 8
