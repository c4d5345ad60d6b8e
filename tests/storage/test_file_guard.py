"""A file that somebody removes, replaces or writes over while it is open: noticed at the next write, said once, mended."""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import StorageError
from miner_agent.storage.sqlite import file_guard, sqlite_file
from miner_agent.storage.sqlite.directory import StateDirectory
from miner_agent.storage.sqlite.kinds import TELEMETRY
from miner_agent.storage.state.state_keeper import StateKeeper
from miner_agent.storage.state.state_store import StateStore
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.writer import LogWriter
from tests import databases
from tests.log_ticks import START, ask, full_tick, integrity
from tests.waiting import until

CARD = ("GPU-a", "hardware")


@pytest.fixture(autouse=True)
def quick(copied: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy settles sooner."""
    monkeypatch.setattr(file_guard, "SETTLED_SECONDS", 0.05)


def test_to_look_at_a_file_once_a_tick_makes_no_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's table of names doubles, by a mebibyte, after some ten thousand that were made and dropped."""
    path, made = tmp_path / "x.db", list[str]()
    path.touch()
    guard = file_guard.FileGuard(path)
    guard.note_opened(sqlite_file.identity(path))

    def noting(name: str) -> str:
        made.append(name)
        return name

    monkeypatch.setattr(sys, "intern", noting)
    guard.note()
    assert guard.tampering() is None
    assert made == []


class Log:
    """The log, with a tick a write."""

    name, opener = "telemetry.db", TelemetryLog

    def __init__(self, directory: StateDirectory) -> None:
        self.path, self._next = directory.path / self.name, 0
        self.said: list[str] = []
        self._writer = LogWriter(
            self.path, say=self.said.append, make_folder=directory.make_again, first_pause_seconds=0.01
        )
        self._writer.start()

    def write(self) -> None:
        for _ in range(3):
            self.tell()
        until(lambda: self._writer.status.queue_length == 0)

    def tell(self) -> None:
        self._writer.put(full_tick(self._next, cards=2))
        self._next += 1

    def there(self) -> list[int]:
        first = int(START.timestamp() * 1000)
        return [(at - first) // 10_000 for (at,) in ask(self.path, "SELECT taken_at FROM ticks_raw ORDER BY taken_at")]

    @property
    def lost(self) -> int:
        return self._writer.status.files_lost_total

    @property
    def failures(self) -> int:
        return self._writer.status.write_failures_total

    def close(self) -> None:
        self._writer.close(5)

    def check(self, *, is_begun_anew: bool) -> None:
        assert self.there() == list(range(3, 6) if is_begun_anew else range(6))


class State:
    """The state, with a count a write."""

    name, opener = "state.db", StateStore

    def __init__(self, directory: StateDirectory) -> None:
        self.path, self._count = directory.path / self.name, 0
        self.said: list[str] = []
        self._keeper = StateKeeper(
            self.path, boot_id="boot", say=self.said.append, make_folder=directory.make_again, pause_seconds=0.01
        )
        self._keeper.start(START)
        until(lambda: self._keeper.is_read)
        self._keeper.pin("pool", {"m sha256": "pool.example"})

    def tell(self) -> None:
        self._count += 1500
        self._keeper.save({"": {CARD: self._count}}, START)

    def write(self) -> None:
        for _ in range(3):
            self.tell()
            until(lambda: (kept := self._keeper.kept("") or {}).keys() == {CARD} and kept[CARD].counted == self._count)

    @property
    def lost(self) -> int:
        return self._keeper.status.files_lost_total

    @property
    def failures(self) -> int:
        return self._keeper.status.write_failures_total

    def close(self) -> None:
        self._keeper.close(5)

    def check(self, *, is_begun_anew: bool) -> None:
        assert ask(self.path, "SELECT counted FROM counters") == [(self._count,)]
        assert ask(self.path, "SELECT key, value FROM facts") == [("m sha256", "pool.example")]


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[StateDirectory]:
    with StateDirectory.open(databases.begun(tmp_path / "state")) as directory:
        yield directory


@pytest.fixture(params=[Log, State])
def kept(request: pytest.FixtureRequest, directory: StateDirectory) -> Iterator[Log | State]:
    kept: Log | State = request.param(directory)
    kept.write()
    yield kept
    kept.close()


def copy_of(path: Path, target: Path) -> Path:
    """As a backup makes one."""
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
    return target


@pytest.mark.parametrize("kind", [Log, State])
def test_what_is_put_in_place_while_a_file_is_being_opened_is_noticed(
    kind: type[Log | State], directory: StateDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = kind.opener.open
    others = iter([shutil.copy(directory.path / kind.name, directory.path / "other")])

    def open_while_somebody_restores(path: Path, **named: Any) -> Any:
        found = opened(path, **named)
        for other in others:
            Path(other).rename(path)
        return found

    monkeypatch.setattr(kind.opener, "open", open_while_somebody_restores)
    kept = kind(directory)
    kept.write()
    kept.write()
    kept.close()

    assert kept.lost == 1
    assert "was replaced while the agent ran" in kept.said[0]
    kept.check(is_begun_anew=False)


def remove(path: Path) -> None:
    path.unlink()


def remove_with_what_is_beside_it(path: Path) -> None:
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()


def remove_directory(path: Path) -> None:
    shutil.rmtree(path.parent)


def move_directory(path: Path) -> None:
    path.parent.rename(path.parent.with_name("old"))


def replace_by_garbage(path: Path) -> None:
    beside = path.with_name("beside")
    beside.write_bytes(os.urandom(100_000))
    beside.rename(path)


def replace_by_copy(path: Path) -> None:
    copy_of(path, path.with_name("beside")).rename(path)


def truncate(path: Path) -> None:
    os.truncate(path, 0)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def write_garbage_over(path: Path) -> None:
    path.write_bytes(os.urandom(path.stat().st_size))


def write_garbage_into(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(os.urandom(4096 * 6))


def write_copy_over(path: Path) -> None:
    path.write_bytes(copy_of(path, path.with_name("beside")).read_bytes())


def use_with_sqlite(path: Path) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE theirs (a)")
        other.commit()
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def remove_log_beside_it(path: Path) -> None:
    path.with_name(f"{path.name}-wal").unlink()


def cut_log_beside_it(path: Path) -> None:
    os.truncate(f"{path}-wal", 0)


def cut_half_of_the_log_beside_it(path: Path) -> None:
    cut(Path(f"{path}-wal"))


def write_garbage_over_the_log_beside_it(path: Path) -> None:
    write_garbage_over(Path(f"{path}-wal"))


def cut_index_beside_it(path: Path) -> None:
    os.truncate(f"{path}-shm", 0)


BEGUN_ANEW = [
    (remove, "was removed while the agent ran; a new one is begun"),
    (remove_with_what_is_beside_it, "was removed while the agent ran; a new one is begun"),
    (remove_directory, "was removed while the agent ran; a new one is begun"),
    (move_directory, "was removed while the agent ran; a new one is begun"),
    (replace_by_garbage, "was replaced while the agent ran; what lies there now is used"),
    (truncate, "was written over while the agent ran; it lies at"),
    (cut, "was written over while the agent ran; it lies at"),
    (write_garbage_over, "was written over while the agent ran; it lies at"),
    (write_garbage_into, "was written over while the agent ran; it lies at"),
]
GOES_ON = [
    (replace_by_copy, "was replaced while the agent ran; what lies there now is used"),
    (write_copy_over, "was written over while the agent ran; what lies there now is used"),
    (use_with_sqlite, "was written over while the agent ran; what lies there now is used"),
    (remove_log_beside_it, "lost a file beside it while the agent ran; it is opened anew"),
]


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("tamper", "sentence", "is_begun_anew"),
    [(*one, True) for one in BEGUN_ANEW] + [(*one, False) for one in GOES_ON],
)
def test_whatever_somebody_does_to_a_file_the_next_write_lands_in_one_that_is_there(
    kept: Log | State, tamper: Callable[[Path], None], sentence: str, is_begun_anew: bool
) -> None:
    tamper(kept.path)
    kept.write()

    assert kept.lost == 1
    assert kept.failures == 0
    kept.check(is_begun_anew=is_begun_anew)
    assert f"{kept.path} {sentence}" in kept.said[0]
    assert len(kept.said) == 1 + (tamper is replace_by_garbage)  # which is said to be damaged
    kept.close()
    kept.check(is_begun_anew=is_begun_anew)
    assert integrity(kept.path) == "ok"


OF_THE_LOG = [cut_log_beside_it, cut_half_of_the_log_beside_it, write_garbage_over_the_log_beside_it]
CUT_SENTENCE = "had a file beside it cut or written into while the agent ran; what is whole of it is used on"


@pytest.mark.parametrize("tamper", OF_THE_LOG)
def test_a_log_beside_it_that_is_cut_or_written_over_is_never_written_back(
    kept: Log | State, tamper: Callable[[Path], None]
) -> None:
    """The file goes on with what it held before and with what of the log is whole; of the state all is known."""
    tamper(kept.path)
    kept.write()

    assert (kept.lost, kept.failures) == (1, 0)
    assert len(kept.said) == 1
    assert f"{kept.path} {CUT_SENTENCE}" in kept.said[0]
    if isinstance(kept, Log):
        assert set(range(3, 6)) <= set(kept.there())
    else:
        kept.check(is_begun_anew=False)
    kept.close()
    assert integrity(kept.path) == "ok"
    if isinstance(kept, State):
        kept.check(is_begun_anew=False)


def test_an_index_beside_it_that_is_cut_costs_nothing(kept: Log | State) -> None:
    cut_index_beside_it(kept.path)
    kept.write()

    assert (kept.lost, kept.failures) == (1, 0)
    kept.check(is_begun_anew=False)
    kept.close()
    assert integrity(kept.path) == "ok"


@pytest.mark.parametrize("tamper", [*OF_THE_LOG, cut_index_beside_it])
def test_what_was_done_after_the_last_write_is_noticed_before_the_end(
    kept: Log | State, tamper: Callable[[Path], None]
) -> None:
    tamper(kept.path)
    kept.close()

    assert (kept.lost, kept.failures) == (1, 0)
    assert f"{kept.path} {CUT_SENTENCE}" in kept.said[0]
    assert integrity(kept.path) == "ok"
    if isinstance(kept, State):
        kept.check(is_begun_anew=False)


def test_a_half_written_back_file_whose_log_is_cut_is_set_aside_and_a_new_one_is_begun(kept: Log | State) -> None:
    for _ in range(30):
        kept.write()
    kept.path.write_bytes(half_written(kept.path))
    (kept._writer if isinstance(kept, Log) else kept._keeper)._guard.note()
    cut_log_beside_it(kept.path)
    kept.write()

    assert (kept.lost, kept.failures) == (1, 0)
    assert "and a new one is begun" in kept.said[0]
    kept.close()
    assert integrity(kept.path) == "ok"
    if isinstance(kept, State):
        kept.check(is_begun_anew=False)


def put_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def put_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def take_away(path: Path) -> None:
    path.rmdir() if path.is_dir() else path.unlink()


@pytest.mark.parametrize("put", [put_pipe, put_directory])
def test_what_is_no_file_is_never_opened_and_once_removed_a_new_one_is_begun(
    kept: Log | State, put: Callable[[Path], None]
) -> None:
    put(kept.path)
    kept.tell()
    until(lambda: kept.failures >= 2)

    assert kept.lost == 1
    assert "what lies there now is not a file; remove it" in kept.said[0]
    assert f"{kept.path}: is not a file; remove it" in kept.said[1]
    assert len(kept.said) == 2
    take_away(kept.path)
    kept.write()
    kept.close()
    assert integrity(kept.path) == "ok"
    if isinstance(kept, State):
        kept.check(is_begun_anew=True)


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
@pytest.mark.parametrize("put", [os.mkfifo, os.mkdir])
def test_nothing_opens_what_is_no_file(directory: StateDirectory, put: Callable[[str], None], suffix: str) -> None:
    path = directory.path / Log.name
    there = Path(f"{path}{suffix}")
    there.unlink(missing_ok=True)
    put(str(there))
    for opens in (
        lambda: TelemetryLog.open(path, now=START),
        lambda: TelemetryLog.open_read_only(path),
        lambda: sqlite_file.find(path, TELEMETRY),
    ):
        with pytest.raises(StorageError, match=f"{there}: is not a file; remove it$"):
            opens()


def test_what_was_written_over_is_kept_aside(kept: Log | State) -> None:
    write_garbage_over(kept.path)
    damaged = kept.path.read_bytes()
    kept.write()
    (aside,) = kept.path.parent.glob("*.corrupt-*Z")

    assert aside.read_bytes() == damaged


def test_a_copy_of_last_week_that_is_put_in_place_goes_on_from_there(directory: StateDirectory) -> None:
    """Written over the file or moved to its place: nothing of the log beside the old one may get into it."""
    for put in (shutil.copy, os.replace):
        log = Log(directory)
        log.write()
        copy = copy_of(log.path, directory.path.with_name("copy"))
        for _ in range(40):
            log.write()
        before = log.there()
        put(copy, log.path)
        log.write()
        assert log.lost == 1
        assert log.there() == [0, 1, 2, *range(before[-1] + 1, before[-1] + 4)]
        log.close()
        assert integrity(log.path) == "ok"
        log.path.unlink()


def half_written(path: Path) -> bytes:
    """The file with one page of the log beside it written back, of those without which it makes no sense."""
    page_bytes, file = 4096, path.read_bytes()
    log, step = path.with_name(f"{path.name}-wal").read_bytes(), 24 + page_bytes
    for at in range(32, len(log) - step + 1, step):
        number = int.from_bytes(log[at : at + 4], "big")
        start = (number - 1) * page_bytes
        half = file[:start].ljust(start, b"\0") + log[at + 24 : at + step] + file[start + page_bytes :]
        probe = path.with_name("probe")
        probe.write_bytes(half)
        try:
            whole = integrity(probe) == "ok"
        except sqlite3.DatabaseError:
            whole = False
        if not whole:
            return half
    raise AssertionError("every page makes sense on its own")


def test_what_somebody_began_to_write_back_from_the_log_beside_it_is_used_with_that_log(
    directory: StateDirectory,
) -> None:
    log = Log(directory)
    for _ in range(30):
        log.write()
    before = log.there()
    log.path.write_bytes(half_written(log.path))
    log.write()

    assert log.there() == [*before, *range(before[-1] + 1, before[-1] + 4)]
    assert log.said == [
        f"{log.path} was written over while the agent ran; with what lay beside it, it is whole and is used on"
    ]
    log.close()
    assert integrity(log.path) == "ok"


def test_a_file_of_a_newer_agent_that_is_put_in_place_is_left_alone(kept: Log | State) -> None:
    copy = copy_of(kept.path, kept.path.with_name("beside"))
    ask(copy, "PRAGMA user_version = 999")
    copy.rename(kept.path)
    newer = kept.path.read_bytes()
    kept.tell()
    until(lambda: kept.failures >= 2)

    assert kept.path.read_bytes() == newer
    assert [line for line in kept.said if "a newer miner-agent wrote it" in line] == kept.said[1:]


def test_a_file_that_nobody_touches_is_never_lost(kept: Log | State) -> None:
    for _ in range(30):
        kept.write()
        ask(kept.path, "SELECT count(*) FROM sqlite_master")  # as a reader does

    assert kept.lost == 0
    assert kept.said == []
