"""The writer: no tick waits for the disk, and whatever the disk does, writing goes on by itself."""

import itertools
import math
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.model.snapshot import RigSnapshot
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.writer import LogWriter
from tests import databases
from tests.forks import forking
from tests.log_ticks import START, ask, ask_one, device, full_tick, integrity, tick
from tests.requires import require_tool
from tests.waiting import until

ROOT = Path(__file__).parents[2]
WRITE_FOR_EVER = """
from pathlib import Path
from miner_agent.storage.telemetry.log import TelemetryLog
from tests.log_ticks import START, full_tick

def main(path, number):
    log = TelemetryLog.open(Path(path), now=START)
    number = int(number)
    while True:
        log.append(full_tick(number))
        print(number, flush=True)
        number += 1
"""
WRITE_SOME = """
import sys
from pathlib import Path
from miner_agent.storage.telemetry.writer import LogWriter
from tests.log_ticks import full_tick
from tests.waiting import let_pass, until
writer = LogWriter(Path(sys.argv[1]), say=lambda text: print(text, flush=True), first_pause_seconds=0.01)
writer.start()
for number in range(40):
    writer.put(full_tick(number))
    let_pass(0.001)  # so that not all are one batch
until(lambda: not writer.status.queue_length)
print("failures", writer.status.write_failures_total)
sys.exit(writer.close(5))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return databases.empty_log(tmp_path)


class Writing:
    """A started writer, and what it has said."""

    def __init__(
        self, path: Path, *, queue_length: int = 360, rigs_queue_length: int = 4000, started: bool = True
    ) -> None:
        self.said: list[str] = []
        self.writer = LogWriter(
            path,
            say=self.said.append,
            queue_length=queue_length,
            rigs_queue_length=rigs_queue_length,
            first_pause_seconds=0.01,
            busy_timeout_ms=20,
        )
        if started:
            self.writer.start()

    def put(self, *numbers: int) -> None:
        for number in numbers:
            self.writer.put(full_tick(number, cards=2))

    def until_taken(self) -> None:
        """Written, or failed to be."""
        until(lambda: self.writer.status.queue_length == 0 or self.writer.status.last_error is not None)

    def until_written(self) -> None:
        until(lambda: self.writer.status.queue_length == 0)


@pytest.fixture
def writing(path: Path) -> Iterator[Writing]:
    writing = Writing(path)
    yield writing
    writing.writer.close(1)


def ticks(path: Path) -> list[int]:
    first = int(START.timestamp() * 1000)
    return [(at - first) // 10_000 for (at,) in ask(path, "SELECT taken_at FROM ticks_raw ORDER BY taken_at")]


def child(code: str, *arguments: object, prefix: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [*prefix, sys.executable, "-c", code, *map(str, arguments)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)


def test_what_is_put_is_written_in_order(writing: Writing, path: Path) -> None:
    writing.put(*range(50))
    writing.until_written()
    status = writing.writer.status

    assert ticks(path) == list(range(50))
    assert (status.last_error, status.write_failures_total, status.dropped_total) == (None, 0, 0)
    assert status.written_at == START + timedelta(seconds=490)
    assert status.oldest_sample_at == START
    assert (status.size_bytes or 0) > 4096
    assert writing.said == []


@pytest.mark.thorough
def test_closing_writes_what_is_queued(writing: Writing, path: Path) -> None:
    writing.put(*range(200))

    assert writing.writer.close(5) == 0
    assert len(ticks(path)) == 200


def test_closing_a_writer_that_cannot_write_takes_no_longer_than_allowed(writing: Writing, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing.put(*range(5))
        until(lambda: writing.writer.status.last_error is not None)
        before = time.monotonic()
        left = writing.writer.close(0.3)

    assert left == 5
    assert time.monotonic() - before < 1


def test_a_writer_that_was_never_given_a_tick_touches_no_file(tmp_path: Path) -> None:
    writing = Writing(tmp_path / "telemetry.db")

    assert writing.writer.close(1) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_locked_log_delays_no_tick_and_loses_none(writing: Writing, path: Path) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        before = time.monotonic()
        writing.put(*range(100))
        assert time.monotonic() - before < 0.5
        until(lambda: writing.writer.status.write_failures_total >= 3)
        assert "locked" in (writing.writer.status.last_error or "")
    writing.until_written()

    assert ticks(path) == list(range(100))
    until(lambda: len(writing.said) == 2)
    assert "locked" in writing.said[0]
    assert "is written again; 0 ticks lost so far" in writing.said[1]
    assert writing.writer.status.last_error is None


def test_a_full_queue_drops_its_oldest_ticks_and_counts_them(path: Path) -> None:
    writing = Writing(path, queue_length=3)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing.put(*range(10))
        until(lambda: writing.writer.status.write_failures_total > 0)
        assert writing.writer.status.dropped_total == 7
    writing.until_written()
    writing.writer.close(1)

    assert ticks(path) == [7, 8, 9]


def of_rigs(seconds: float, *names: str) -> list[RigSnapshot]:
    return [replace(tick(seconds, [device("x/0")]), rig=name) for name in names]


def test_ticks_of_rigs_have_a_queue_of_their_own_and_take_no_room_of_this_machines(path: Path) -> None:
    writing = Writing(path, queue_length=3, rigs_queue_length=4)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing.put(0, 1, 2)
        until(lambda: writing.writer.status.write_failures_total > 0)
        for seconds in range(5):
            writing.writer.put_rigs(of_rigs(seconds, "a", "b"))
        assert (writing.writer.status.dropped_total, writing.writer.status.queue_length) == (6, 7)
    writing.until_written()
    writing.writer.close(1)

    rows = ask(path, "SELECT count(*), count(DISTINCT taken_at) FROM device_raw WHERE taken_at % 2 = 1")
    assert rows == [(4, 2)]
    own = ask(path, "SELECT count(*) FROM ticks_raw WHERE taken_at % 2 = 0")
    assert own == [(3,)]


def test_a_batch_larger_than_the_queue_is_still_written(path: Path) -> None:
    writing = Writing(path, rigs_queue_length=2)
    writing.writer.put_rigs(of_rigs(0, *"abcdef"))
    writing.writer.put_rigs([])
    writing.until_written()
    writing.writer.close(1)

    assert ask(path, "SELECT count(*) FROM device_raw") == [(6,)]


def test_what_came_first_is_written_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, datetime]] = []
    monkeypatch.setattr(TelemetryLog, "append", lambda _, one: written.append((one.rig, one.taken_at)))
    monkeypatch.setattr(TelemetryLog, "append_rigs", lambda _, some: written.append((some[0].rig, some[0].taken_at)))
    writing = Writing(path, started=False)
    for seconds in (0, 10, 20):
        writing.writer.put(tick(seconds))
    for seconds in (5, 15, 25):
        writing.writer.put_rigs(of_rigs(seconds, "a"))
    writing.writer.start()
    writing.until_written()
    writing.writer.close(1)

    assert [at for _, at in written] == sorted(at for _, at in written)
    assert len(written) == 6


def test_a_tick_that_is_being_written_is_not_dropped_and_no_count_ever_falls(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append, held, go = TelemetryLog.append, threading.Event(), threading.Event()

    def slowly(log: TelemetryLog, snapshot: RigSnapshot) -> None:
        held.set()
        assert go.wait(10)
        append(log, snapshot)

    monkeypatch.setattr(TelemetryLog, "append", slowly)
    writing = Writing(path, queue_length=2)
    writing.put(0)
    assert held.wait(10)
    writing.put(1, 2)
    assert (writing.writer.status.dropped_total, writing.writer.status.queue_length) == (0, 3)
    writing.put(3, 4, 5)
    assert writing.writer.status.dropped_total == 3
    go.set()
    writing.until_written()
    writing.writer.close(1)

    assert ticks(path) == [0, 4, 5]
    assert writing.writer.status.dropped_total == 3


def test_what_was_skipped_and_left_out_is_counted_over_a_log_that_is_opened_anew(writing: Writing, path: Path) -> None:
    bad = tick(0, [device("GPU-a", power_watts=math.nan, core_temperature_celsius=math.inf)])
    for _ in range(2):
        writing.writer.put(bad)
    writing.until_written()
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        writing.writer.put(bad)
        until(lambda: writing.writer.status.write_failures_total > 0)
    writing.until_written()

    status = writing.writer.status
    assert (status.skipped_rows_total, status.dropped_values_total) == (4, 6)


@pytest.mark.thorough
def test_a_folder_that_comes_back_is_written_to_again(tmp_path: Path) -> None:
    writing = Writing(tmp_path / "disk" / "telemetry.db")
    writing.put(0, 1)
    until(lambda: writing.writer.status.last_error is not None)
    databases.empty_log(tmp_path / "disk")
    writing.until_written()
    writing.writer.close(1)

    assert ticks(tmp_path / "disk" / "telemetry.db") == [0, 1]


@pytest.mark.usefixtures("copied")
def test_a_damaged_log_is_set_aside_and_said_once(tmp_path: Path) -> None:
    path = tmp_path / "telemetry.db"
    path.write_bytes(b"damaged" * 1000)
    writing = Writing(path)
    writing.put(0, 1, 2)
    writing.until_written()
    writing.writer.close(1)

    assert ticks(path) == [0, 1, 2]
    assert [text.partition(";")[0] for text in writing.said] == [f"{path} was damaged"]
    assert writing.writer.status.files_lost_total == 1


@pytest.mark.usefixtures("copied")
def test_ticks_that_no_file_takes_are_told_to_wait_and_why(writing: Writing, path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as somebody_elses:
        somebody_elses.execute("PRAGMA application_id = 7")
        somebody_elses.execute("CREATE TABLE invented (x)")
    writing.put(0)
    until(lambda: writing.writer.status.last_error)
    first = writing.writer.status.waiting_seconds
    writing.put(1)
    until(lambda: writing.writer.status.waiting_seconds > first > 0)
    assert "a database, but not the agent's" in str(writing.writer.status.last_error)

    path.unlink()
    writing.until_written()
    assert (writing.writer.status.waiting_seconds, writing.writer.status.last_error) == (0.0, None)
    assert ticks(path) == [0, 1]


def test_a_newer_log_is_left_alone_and_said_once(writing: Writing, path: Path) -> None:
    ask(path, "PRAGMA user_version = 999")
    writing.put(0, 1)
    until(lambda: writing.writer.status.write_failures_total >= 3)

    assert len(writing.said) == 1
    assert "a newer miner-agent wrote it" in writing.said[0]
    assert ticks(path) == []


def test_a_tick_that_can_never_be_written_costs_itself_only(writing: Writing, path: Path) -> None:
    writing.put(0)
    writing.writer.put(tick(10, start=START.replace(tzinfo=None)))
    writing.put(2)
    writing.until_written()

    assert ticks(path) == [0, 2]
    assert writing.writer.status.dropped_total == 1
    assert "was dropped" in writing.said[0]


def test_maintenance_runs_in_the_writers_thread_between_ticks(path: Path) -> None:
    log = TelemetryLog.open(path, now=START)
    for hour in range(24 * 16):
        log.append(tick(3600 * hour))
    log.close()
    writing = Writing(path)
    now = START + timedelta(days=16)
    writing.writer.maintain(now, plausible_since=START)
    writing.writer.put(tick(16 * 86_400))
    until(lambda: ask_one(path, "SELECT count(*) FROM ticks_raw") == 14 * 24 + 1)
    until(lambda: writing.writer.status.oldest_sample_at == START + timedelta(days=2))
    writing.writer.close(1)


def test_maintenance_tells_when_it_is_done_and_a_failing_one_is_given_up(
    writing: Writing, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_arguments: object, **_options: object) -> int:
        raise RuntimeError("a bug")

    done = threading.Event()
    now = START + timedelta(days=2)
    with monkeypatch.context() as patched:
        patched.setattr(TelemetryLog, "prune", failing)
        writing.writer.maintain(now, plausible_since=START, done=done.set)
        until(lambda: writing.said != [])
        writing.put(0)
        writing.until_written()
    assert not done.is_set()
    assert "maintenance: RuntimeError('a bug')" in writing.said[0]
    assert writing.writer.status.dropped_total == 0

    writing.writer.maintain(now, plausible_since=START, done=done.set)
    assert done.wait(10)


def test_putting_from_many_threads_loses_nothing(writing: Writing, path: Path) -> None:
    numbers = itertools.count()
    threads = [threading.Thread(target=lambda: writing.put(*(next(numbers) for _ in range(25)))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writing.until_written()

    assert ticks(path) == list(range(100))


# Faults of machine and disk


@pytest.mark.thorough
@pytest.mark.parametrize(
    "cycles", [3, pytest.param(30, marks=pytest.mark.thorough), pytest.param(500, marks=pytest.mark.soak)]
)
def test_a_killed_writer_loses_no_tick_that_it_wrote(path: Path, cycles: int) -> None:
    chance, written = random.Random(cycles), -1
    with forking(WRITE_FOR_EVER) as writers:
        for _ in range(cycles):
            said = writers.lines_of(path, written + 1)
            written = int(next(said))
            killing = threading.Timer(chance.uniform(0, 0.05), os.kill, (writers.child, signal.SIGKILL))
            killing.start()
            *_, last, ended = (str(written), *said)
            assert ended == f"ended {-signal.SIGKILL}"
            written = int(last)
            TelemetryLog.open(path, now=START).close()
            assert integrity(path) == "ok"
            there = ticks(path)
            assert there[-1] - written in {0, 1}  # one may be written and not said
            assert there == list(range(len(there)))
            written = there[-1]
    assert ask(path, "SELECT DISTINCT count(*) FROM device_raw GROUP BY taken_at") == [(12,)]
    assert ask(path, "SELECT max(n) FROM (SELECT count(*) AS n FROM ticks_1m GROUP BY taken_at)") == [(1,)]


FAULTS = [
    ("pwrite64:ENOSPC", 4),
    ("pwrite64:EIO", 15),
    ("fsync,fdatasync:EIO", 1),
    *(
        pytest.param(fault, number, marks=pytest.mark.thorough)
        for fault in ("pwrite64:ENOSPC", "pwrite64:EIO")
        for number in (1, 2, 3, 7, 30, 50)
    ),
    *(
        pytest.param(fault, number, marks=pytest.mark.soak)
        for fault in ("pwrite64:ENOSPC", "pwrite64:EIO", "fsync,fdatasync:EIO", "ftruncate,fallocate:ENOSPC")
        for number in range(1, 201)
    ),
]


@pytest.mark.thorough
@pytest.mark.parametrize(("fault", "number"), FAULTS)
def test_a_write_that_fails_once_costs_nothing(path: Path, fault: str, number: int) -> None:
    strace = require_tool("strace", package="strace")
    calls, _, error = fault.partition(":")
    injected = (strace, "-f", "-q", "--seccomp-bpf", "-o", "/dev/null", "-e", f"trace={calls}")
    with child(WRITE_SOME, path, prefix=(*injected, "-e", f"inject={calls}:error={error}:when={number}")) as process:
        said, _ = process.communicate(timeout=60)

    assert process.returncode == 0, said
    assert integrity(path) == "ok"
    assert ticks(path) == list(range(40))
    assert ask(path, "SELECT DISTINCT count(*) FROM device_raw GROUP BY taken_at") == [(12,)]


@pytest.mark.root
def test_a_disk_that_fills_up_is_written_to_again_once_there_is_room(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk], check=True)
    try:
        path = databases.empty_log(disk)
        (disk / "ballast").write_bytes(bytes(1 << 20))
        writing = Writing(path)
        numbers = itertools.count()
        while writing.writer.status.last_error is None:
            writing.put(next(numbers))
            writing.until_taken()
        assert "free some space" in (writing.writer.status.last_error or "")
        (disk / "ballast").unlink()
        writing.until_written()
        assert writing.writer.close(2) == 0
        assert ticks(path) == list(range(next(numbers)))
        assert integrity(path) == "ok"
    finally:
        subprocess.run(["umount", disk], check=True)


@pytest.mark.root
def test_a_read_only_disk_is_said_and_still_read(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", disk], check=True)
    try:
        path = databases.empty_log(disk)
        log = TelemetryLog.open(path, now=START)
        log.append(full_tick(0))
        log.close()
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        writing = Writing(path)
        writing.put(1)
        until(lambda: writing.writer.status.last_error is not None)
        reader = TelemetryLog.open_read_only(path)
        assert reader.immutable
        assert len(reader.stats(START, START + timedelta(hours=1))[0].devices) == 12
        reader.close()
        subprocess.run(["mount", "-o", "remount,rw", disk], check=True)
        writing.until_written()
        writing.writer.close(2)
        assert ticks(path) == [0, 1]
    finally:
        subprocess.run(["umount", disk], check=True)
