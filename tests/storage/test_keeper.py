"""The state's keeper: nothing waits for it, nothing ends it, and what it is asked is done in its own thread."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from miner_agent.model.clock_mark import ClockMark
from miner_agent.model.kept_counter import KeptCounter
from miner_agent.storage.sqlite import sqlite_file
from miner_agent.storage.state.counter_book import LEAST_LEAD_MILLIJOULES, CounterPage, RigCounterKey
from miner_agent.storage.state.state_keeper import STALE_SECONDS, StateKeeper
from miner_agent.storage.state.state_store import StateStore
from tests import databases
from tests.log_ticks import START, ask
from tests.requires import require_tool
from tests.waiting import until

KEEP_SOME = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from miner_agent.storage.state.state_keeper import StateKeeper
from tests.waiting import until
now_seconds = 0.0
keeper = StateKeeper(Path(sys.argv[1]), boot_id="boot", say=print, monotonic=lambda: now_seconds)
keeper.start(datetime(2026, 1, 1, tzinfo=UTC))
until(lambda: keeper.kept("") is not None, every_seconds=0.001)
for number in range(int(sys.argv[2])):
    now_seconds += 10
    counted = {("GPU-a", "hardware"): 1_500_000 * number}
    keeper.save({"": counted}, datetime(2026, 1, 1, tzinfo=UTC))
    until(lambda: {key: kept.counted for key, kept in (keeper.kept("") or {}).items()} == counted, every_seconds=0.001)
keeper.close(5)
"""
A, B = ("GPU-a", "hardware"), ("GPU-b", "hardware")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_state(tmp_path)


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def keeper(path: Path, said: list[str]) -> Iterator[StateKeeper]:
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01)
    keeper.start(START)
    yield keeper
    keeper.close(5)


def stored(path: Path) -> dict[str, int]:
    return dict(ask(path, "SELECT device, counted FROM counters WHERE rig = ''"))


def test_what_is_saved_is_there_after_closing(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.kept("") == {})
    keeper.save({"": {A: 1500}}, START)
    keeper.close(5)

    assert stored(path) == {"GPU-a": 1500}


def test_what_is_pinned_is_there_for_the_next_run(keeper: StateKeeper, path: Path, said: list[str]) -> None:
    until(lambda: keeper.pinned("pool") == {})
    keeper.pin("pool", {"xmrig randomx": "one", "trex kawpow": "two"})
    keeper.pin("pool", {"xmrig randomx": "three"})
    keeper.close(5)

    after = StateKeeper(path, boot_id="boot", say=said.append)
    assert after.pinned("pool") is None
    after.start(START)
    until(lambda: after.pinned("pool") is not None)
    assert after.pinned("pool") == {"xmrig randomx": "three", "trex kawpow": "two"}
    after.close(5)


def test_facts_of_a_thousand_machines_are_one_wait_for_the_disk(
    keeper: StateKeeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    pin = StateStore.pin

    def noting(store: StateStore, facts: Mapping[tuple[str, str], str | None]) -> None:
        pin(store, facts)
        written.append(len(facts))

    monkeypatch.setattr(StateStore, "pin", noting)
    until(lambda: keeper.pinned("start") == {})
    keeper.pin("start", {f"machine {number}": "2026-11-01" for number in range(1000)})
    until(lambda: not keeper._pins)

    assert written == [1000]


def test_only_what_moved_is_written(keeper: StateKeeper, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[dict[str, int]] = []
    save_counters = StateStore.save_counters

    def noting(store: StateStore, page: CounterPage) -> None:
        written.append({device: row.counted for (_, device, _), row in page.rows.items()})
        save_counters(store, page)

    monkeypatch.setattr(StateStore, "save_counters", noting)
    until(lambda: keeper.kept("") is not None)
    for counted in ({A: 1000, B: 2000}, {A: 1000, B: 3000}, {A: 1000, B: 3000}, {A: 1001, B: 3000}):
        keeper.save({"": counted}, START)
        until(lambda: not keeper._book.is_behind)

    assert written == [{"GPU-a": 1000, "GPU-b": 2000}, {"GPU-b": 3000}, {"GPU-a": 1001}]


def test_what_is_on_disk_is_never_lowered(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.kept("") is not None)
    keeper.save({"": {A: 2000}}, START)
    until(lambda: stored(path) == {"GPU-a": 2000})
    keeper.save({"": {A: 1999, B: 1}}, START)
    until(lambda: stored(path) == {"GPU-a": 2000, "GPU-b": 1})


def test_counters_are_known_once_they_could_be_read_and_it_says_why_not(
    path: Path, said: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0.02))  # a lock is given up sooner
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01)
        keeper.start(START)
        until(lambda: keeper.status.write_failures_total >= 1)
        assert keeper.kept("") is None
        assert not keeper.status.counters_kept
    until(lambda: keeper.status.counters_kept)
    assert keeper.kept("") == {}
    keeper.close(5)

    assert "counters that outlive the agent are shown only once it can be read" in said[0]
    assert said[1:] == [f"{path}: kept again"]


@pytest.mark.usefixtures("copied")
def test_a_state_that_cannot_be_read_is_waited_for_from_the_start_on(path: Path, said: list[str]) -> None:
    now_seconds = 1000.0
    path.unlink(missing_ok=True)
    path.mkdir()
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01, monotonic=lambda: now_seconds)
    assert keeper.status.waiting_seconds == 0
    keeper.start(START)
    now_seconds += 130
    assert keeper.status.waiting_seconds == 130
    until(lambda: keeper.status.last_error)
    path.rmdir()
    until(lambda: keeper.status.counters_kept)
    assert (keeper.status.waiting_seconds, keeper.status.files_lost_total) == (0, 0)
    keeper.close(5)


@pytest.mark.usefixtures("copied")
def test_a_state_that_is_found_damaged_is_counted(path: Path, said: list[str]) -> None:
    path.write_bytes(b"damaged" * 1000)
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01)
    keeper.start(START)
    until(lambda: keeper.status.counters_kept)
    keeper.close(5)

    assert keeper.status.files_lost_total == 1
    assert "was damaged, lies now at" in said[0]


@pytest.mark.parametrize("state", ["an old copy", "none"])
def test_a_state_that_knows_less_than_was_shown_goes_on_from_what_was_shown(
    path: Path, said: list[str], state: str
) -> None:
    shown: dict[RigCounterKey, int] = {("", *A): 9_000_000, ("asic", *A): 5, ("", *B): 1000}
    if state == "an old copy":
        with closing(StateStore.open(path, now=START)) as store:
            store.begin_run("boot")
            rows = {("", *A): KeptCounter(2_000_000, 0, 2_000_000), ("", *B): KeptCounter(7000, 0, 7000)}
            store.save_counters(CounterPage(rows, synced=True))
    keeper = StateKeeper(path, boot_id="boot", say=said.append, last_shown=lambda: shown, pause_seconds=0.01)
    keeper.start(START)
    until(lambda: keeper.kept(""))
    first = {key: kept.shown for key, kept in (keeper.kept("") or {}).items()}
    keeper.save({"": {A: 9_000_500}}, START)
    until(lambda: (keeper.kept("") or {})[A].counted == 9_000_500)
    keeper.close(5)

    assert first == {A: 9_000_000, B: 7000 if state == "an old copy" else 1000}
    assert said == [
        f"{path}: knows less than was shown of {2 if state == 'an old copy' else 3} counters; they go on from what the log tells"
    ]
    asked = "SELECT rig, device, counted FROM counters ORDER BY rig, device"
    assert ask(path, asked)[0] == ("", "GPU-a", 9_000_500)
    assert ("asic", "GPU-a", 5) in ask(path, asked)


def test_a_state_of_a_run_that_lost_its_power_is_no_old_one(path: Path, said: list[str]) -> None:
    """What it may have shown is its floor: going on from there would count the reserve as drawn."""
    with closing(StateStore.open(path, now=START)) as store:
        store.begin_run("boot before")
        store.save_counters(CounterPage({("", *A): KeptCounter(2_000_000, 0, 3_000_000)}, synced=True))
    keeper = StateKeeper(
        path, boot_id="boot", say=said.append, last_shown=lambda: {("", *A): 2_900_000}, pause_seconds=0.01
    )
    keeper.start(START)
    until(lambda: keeper.kept(""))
    kept = (keeper.kept("") or {})[A]
    keeper.close(5)

    assert (kept.counted, kept.floor, said) == (2_000_000, 3_000_000, [])


def test_counters_that_no_disk_takes_are_shown_as_they_were_for_a_while_and_then_not(
    path: Path, said: list[str]
) -> None:
    now_seconds = 1000.0
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01, monotonic=lambda: now_seconds)
    keeper.start(START)
    until(lambda: keeper.kept("") is not None)
    keeper.save({"": {A: 1000}}, START)
    until(lambda: keeper.kept("") == {A: KeptCounter(1000, 0, 1000 + LEAST_LEAD_MILLIJOULES)})
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        keeper.save({"": {A: 5000}}, START)
        now_seconds += STALE_SECONDS - 1
        keeper.save({"": {A: 6000}}, START)
        assert (keeper.kept("") or {})[A].shown == 1000
        now_seconds += 1
        assert keeper.kept("") is None
        assert not keeper.status.counters_kept
    until(lambda: keeper.status.counters_kept)
    assert (keeper.kept("") or {})[A].shown == 6000
    keeper.close(5)


def test_a_clean_end_leaves_no_more_than_was_shown(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.kept("") is not None)
    keeper.save({"": {A: 1500}, "rig-1": {A: 2500}}, START)
    keeper.close(5)

    rows = ask(path, "SELECT rig, counted, ceiling FROM counters ORDER BY rig")
    assert rows == [("", 1500, 1500), ("rig-1", 2500, 2500)]


def test_two_who_save_lose_nothing_of_each_other(keeper: StateKeeper, path: Path) -> None:
    until(lambda: keeper.kept("") is not None)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        keeper.save({"": {A: 1000}}, START)
        keeper.save({"": {B: 2000}}, START)
        keeper.save({"": {B: 3000}}, START)

    until(lambda: stored(path) == {"GPU-a": 1000, "GPU-b": 3000})


def test_a_store_that_is_begun_anew_gets_everything_again(keeper: StateKeeper, path: Path, said: list[str]) -> None:
    until(lambda: keeper.kept("") is not None)
    keeper.save({"": {A: 1000, B: 2000}}, START)
    until(lambda: stored(path) == {"GPU-a": 1000, "GPU-b": 2000})
    noted = threading.Event()
    keeper.unless_done("noted", "once", noted.set)
    assert noted.wait(10)  # what lies there: it would take what another does meanwhile for its own
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        ((table,),) = other.execute("SELECT sql FROM sqlite_master WHERE name = 'counters'")
        other.execute("DROP TABLE counters")
    keeper.save({"": {A: 1500, B: 2000}}, START)
    until(lambda: keeper.status.write_failures_total >= 2)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute(table)
    until(lambda: stored(path) == {"GPU-a": 1500, "GPU-b": 2000})
    until(lambda: len(said) == 3)

    assert "had a file beside it cut or written into" in said[0]
    assert "kept again" in said[2]


def test_a_store_that_is_begun_anew_gets_what_was_pinned_in_this_run_and_before(path: Path, said: list[str]) -> None:
    facts = "SELECT key, value FROM facts WHERE kind = 'pool'"
    with closing(StateStore.open(path, now=START)) as earlier:
        earlier.pin({("pool", "xmrig randomx"): "one"})
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01)
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
    begin_run, calls = StateStore.begin_run, []

    def failing(store: StateStore, boot_id: str | None) -> dict[RigCounterKey, KeptCounter]:
        calls.append(store)
        if len(calls) <= 3:
            raise RuntimeError("a bug")
        return begin_run(store, boot_id)

    monkeypatch.setattr(StateStore, "begin_run", failing)
    keeper = StateKeeper(path, boot_id="boot", say=said.append, pause_seconds=0.01)
    keeper.start(START)
    keeper.save({"": {A: 1000}}, START)
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
    until(lambda: keeper.kept("") is not None)
    keeper.note_done("prune", "monday")
    keeper.close(5)
    called: list[str] = []
    again = StateKeeper(path, boot_id="boot", say=called.append)
    again.start(START)
    again.unless_done("prune", "monday", lambda: called.append("monday"))
    until(lambda: again._asked == {})
    again.unless_done("prune", "tuesday", lambda: called.append("tuesday"))
    until(lambda: called != [])
    again.close(5)

    assert called == ["tuesday"]


def test_asking_a_locked_store_takes_no_time_and_is_answered_later(keeper: StateKeeper, path: Path) -> None:
    begun, called = threading.Event(), threading.Event()
    keeper.unless_done("begun", "once", begun.set)
    assert begun.wait(10)  # what it does at its start is over: it would hear of the next one in passing
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        keeper.save({"": {A: 1000}}, START)
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
    keeper.save({"": {A: 1000}}, START)
    until(lambda: stored(path) == {"GPU-a": 1000})

    assert calls == [1]


def test_the_size_has_the_log_beside_the_file_in_it(keeper: StateKeeper, path: Path) -> None:
    keeper.save({"": {A: 1000}}, START)
    until(lambda: stored(path) != {})
    until(lambda: keeper.status.size_bytes == sqlite_file.size_bytes(path))

    assert (keeper.status.size_bytes or 0) > path.stat().st_size


def test_where_the_clock_was_is_kept_once_a_minute_and_when_it_was_set_and_at_the_end(
    path: Path, said: list[str]
) -> None:
    now_seconds = 0.0

    def mark(seconds: float, even_seconds: float) -> ClockMark:
        at = START + timedelta(seconds=seconds)
        return ClockMark(boot_id="boot", at=at, steady_seconds=seconds, even_seconds=even_seconds)

    def kept() -> list[int]:
        return [even_ms // 1000 for (even_ms,) in ask(path, "SELECT even_ms FROM clock")]

    keeper = StateKeeper(path, boot_id="boot", say=said.append, monotonic=lambda: now_seconds)
    keeper.start(START)
    until(lambda: keeper.is_read)
    assert keeper.clock_left is None
    for seconds in range(0, 130, 10):
        now_seconds = seconds
        keeper.note_clock(mark(seconds, seconds))
        until(lambda s=seconds: kept() == [s // 60 * 60])  # type: ignore[misc]
    keeper.note_clock(mark(130, 0))
    until(lambda: kept() == [0])
    keeper.note_clock(mark(140, 10))
    keeper.close(5)
    assert kept() == [10]

    again = StateKeeper(path, boot_id="boot", say=said.append)
    again.start(START)
    until(lambda: again.is_read)
    again.close(5)
    assert again.clock_left == mark(140, 10)


@pytest.mark.thorough
def test_the_disk_is_waited_for_once_a_minute_and_at_the_end(path: Path, tmp_path: Path) -> None:
    strace = require_tool("strace", package="strace")
    trace = (strace, "-f", "-q", "-y", "-o", tmp_path / "trace", "-e", "trace=fsync,fdatasync")
    subprocess.run([*trace, sys.executable, "-c", KEEP_SOME, path, "30"], check=True)
    waits = [line for line in (tmp_path / "trace").read_text().splitlines() if "state.db" in line]

    assert stored(path) == {"GPU-a": 1_500_000 * 29}
    # of 30 ticks in 5 minutes: 5 by the minute, 2 while the pace is learnt, and what opening and closing the file takes
    assert 5 <= len(waits) <= 16, waits
