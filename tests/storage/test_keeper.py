"""The state's keeper: nothing waits for it, nothing ends it, and what it is asked is done in its own thread."""

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.state.state_keeper import StateKeeper
from miner_agent.storage.state.state_store import StateStore
from tests.log_ticks import START, ask

A, B = ("GPU-a", "hardware"), ("GPU-b", "hardware")


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "state.db"
    StateStore.open(path, now=START).close()
    return path


@pytest.fixture
def path(tmp_path: Path, empty: Path) -> Path:
    return Path(shutil.copyfile(empty, tmp_path / "state.db"))


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(path: Path, said: list[str]) -> Iterator[StateKeeper]:
    keeper = StateKeeper(path, say=said.append, pause_seconds=0.01)
    keeper.start(START)
    yield keeper
    keeper.close(5)


def until(holds: Callable[[], bool], *, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it did not come about in time"
        time.sleep(0.002)


def stored(path: Path) -> dict[str, float]:
    return dict(ask(path, "SELECT device, millijoules_total FROM energy"))


def test_what_is_saved_is_there_after_closing(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.loaded_joules == {})
    keeper.save({A: 1.5}, START)
    keeper.close(5)

    assert stored(path) == {"GPU-a": 1500}


def test_what_is_pinned_is_there_for_the_next_run(keeper: StateKeeper, path: Path, said: list[str]) -> None:
    until(lambda: keeper.pinned("pool") == {})
    keeper.pin("pool", {"xmrig randomx": "one", "trex kawpow": "two"})
    keeper.pin("pool", {"xmrig randomx": "three"})
    keeper.close(5)

    after = StateKeeper(path, say=said.append)
    assert after.pinned("pool") is None
    after.start(START)
    until(lambda: after.pinned("pool") is not None)
    assert after.pinned("pool") == {"xmrig randomx": "three", "trex kawpow": "two"}
    after.close(5)


def test_only_what_moved_is_written(keeper: StateKeeper, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[Any, float]] = []
    save_energy = StateStore.save_energy

    def noting(store: StateStore, totals: Any) -> None:
        written.append(dict(totals))
        save_energy(store, totals)

    monkeypatch.setattr(StateStore, "save_energy", noting)
    for number, totals in enumerate(({A: 1.0, B: 2.0}, {A: 1.0, B: 3.0}, {A: 1.0, B: 3.0}), start=1):
        keeper.save(totals, START)
        until(lambda number=number: len(written) == number)  # type: ignore[misc]

    assert written == [{A: 1.0, B: 2.0}, {B: 3.0}, {}]
    until(lambda: stored(path) == {"GPU-a": 1000, "GPU-b": 3000})


def test_two_who_save_lose_nothing_of_each_other(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.loaded_joules is not None)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        keeper.save({A: 1.0}, START)
        keeper.save({B: 2.0}, START)
        keeper.save({B: 3.0}, START)

    until(lambda: stored(path) == {"GPU-a": 1000, "GPU-b": 3000})


def test_a_store_that_is_begun_anew_gets_everything_again(keeper: StateKeeper, path: Path, said: list[str]) -> None:
    keeper.save({A: 1.0, B: 2.0}, START)
    until(lambda: stored(path) == {"GPU-a": 1000, "GPU-b": 2000})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("DROP TABLE energy")
    keeper.save({A: 1.5, B: 2.0}, START)
    until(lambda: keeper.status.write_failures_total >= 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(
            "CREATE TABLE energy (device TEXT NOT NULL, source TEXT NOT NULL, millijoules_total INTEGER NOT NULL, "
            "PRIMARY KEY (device, source))"
        )
    until(lambda: stored(path) == {"GPU-a": 1500, "GPU-b": 2000})
    until(lambda: len(said) == 2)

    assert "kept again" in said[1]


def test_a_store_that_is_begun_anew_gets_what_was_pinned_in_this_run_and_before(path: Path, said: list[str]) -> None:
    facts = "SELECT key, value FROM facts WHERE kind = 'pool'"
    with closing(StateStore.open(path, now=START)) as earlier:
        earlier.pin("pool", "xmrig randomx", "one")
    keeper = StateKeeper(path, say=said.append, pause_seconds=0.01)
    keeper.start(START)
    keeper.pin("pool", {"trex kawpow": "two"})
    until(lambda: len(ask(path, facts)) == 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        ((table,),) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'facts'")
        other.execute("DROP TABLE facts")
        keeper.pin("pool", {"srbminer ethash": "three"})
        until(lambda: keeper.status.write_failures_total >= 1)
        other.execute(table)
    until(lambda: dict(ask(path, facts)) == {"xmrig randomx": "one", "trex kawpow": "two", "srbminer ethash": "three"})
    keeper.close(5)


def test_a_bug_ends_no_keeping_and_is_said_once(path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    load_energy, calls = StateStore.load_energy, []

    def failing(store: StateStore) -> dict[tuple[str, str], float]:
        calls.append(store)
        if len(calls) <= 3:
            raise RuntimeError("a bug")
        return load_energy(store)

    monkeypatch.setattr(StateStore, "load_energy", failing)
    keeper = StateKeeper(path, say=said.append, pause_seconds=0.01)
    keeper.start(START)
    keeper.save({A: 1.0}, START)
    until(lambda: stored(path) == {"GPU-a": 1000})
    keeper.close(5)

    assert keeper.status.write_failures_total == 3
    assert len(said) == 2
    assert "RuntimeError('a bug')" in said[0]


def test_what_is_asked_is_called_in_the_keepers_thread_until_it_is_done(keeper: StateKeeper, path: Path) -> None:
    called: list[str] = []

    def then() -> None:
        called.append(threading.current_thread().name)

    for number in (1, 2):
        keeper.unless_done("prune", "monday", then)
        until(lambda number=number: len(called) == number)  # type: ignore[misc]
    keeper.note_done("prune", "monday")
    keeper.unless_done("prune", "monday", then)
    until(lambda: keeper._asked == {})
    keeper.close(5)

    assert called == ["state-keeper"] * 2
    assert ask(path, "SELECT job, period FROM job_runs") == [("prune", "monday")]


def test_what_was_done_is_known_after_a_restart(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.loaded_joules is not None)
    keeper.note_done("prune", "monday")
    keeper.close(5)
    called: list[str] = []
    again = StateKeeper(path, say=called.append)
    again.start(START)
    again.unless_done("prune", "monday", lambda: called.append("monday"))
    until(lambda: again._asked == {})
    again.unless_done("prune", "tuesday", lambda: called.append("tuesday"))
    until(lambda: called != [])
    again.close(5)

    assert called == ["tuesday"]


def test_asking_a_locked_store_takes_no_time_and_is_answered_later(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.loaded_joules is not None)
    called = threading.Event()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        keeper.save({A: 1.0}, START)
        keeper.unless_done("prune", "monday", called.set)
        assert time.monotonic() - before < 0.1
        assert not called.wait(0.1)

    assert called.wait(10)


def test_a_call_that_fails_is_counted_and_not_repeated(keeper: StateKeeper, path: Path) -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise RuntimeError

    keeper.unless_done("prune", "monday", fail)
    until(lambda: keeper.status.write_failures_total == 1)
    keeper.save({A: 1.0}, START)
    until(lambda: stored(path) == {"GPU-a": 1000})

    assert calls == [1]


def test_the_size_has_the_log_beside_the_file_in_it(keeper: StateKeeper, path: Path) -> None:
    keeper.save({A: 1.0}, START)
    until(lambda: stored(path) != {})
    until(lambda: keeper.status.size_bytes == sqlite_file.size_bytes(path))

    assert (keeper.status.size_bytes or 0) > path.stat().st_size
