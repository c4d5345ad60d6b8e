"""Sources that are files: what is read, what is refused, and a disk that never answers."""

import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent import drivers
from miner_agent.errors import BadPayload, Refused, SourceError, TimedOut, Unreachable
from miner_agent.model.readings import MinerSnapshot
from miner_agent.sources.driver import ANSWER_BYTES, FileRead
from miner_agent.sources.payload import Payloads
from miner_agent.transport import files
from miner_agent.transport.polls import Answer, Ask, Endpoint, Transport
from tests.for_each import for_each
from tests.requires import as_an_ordinary_user
from tests.waiting import until

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
PEERS = FileRead("p2p", "local/p2p", fresh_seconds=180.0)
STRATUM = FileRead("stratum", "local/stratum", fresh_seconds=180.0)
BODY = b'{"connections":3}'
MOST_BYTES = ANSWER_BYTES


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    written(tmp_path / "local" / "p2p", BODY)
    return tmp_path


def written(file: Path, content: bytes, *, age_seconds: float = 10.0) -> None:
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    at = (NOW - timedelta(seconds=age_seconds)).timestamp()
    os.utime(file, (at, at))


def endpoint_of(directory: Path) -> Endpoint:
    return Endpoint.parse(f"file://{directory}", default_scheme="file", default_port=None)


def ask_of(directory: Path, *requests: FileRead, deadline_seconds: float = 5.0) -> Ask:
    return Ask(
        source="pool",
        endpoint=endpoint_of(directory),
        requests=requests or (PEERS,),
        deadline_seconds=deadline_seconds,
        now=NOW,
    )


def answer_of(transport: Transport, ask: Ask) -> Answer:
    (answer,) = transport.fetch([ask]).result(20)
    return answer


def error_of(transport: Transport, ask: Ask) -> SourceError:
    error = answer_of(transport, ask).error
    assert error is not None
    return error


# Addresses


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("/var/lib/p2pool/api", "file:///var/lib/p2pool/api"),
        ("file:///var/lib/p2pool/api/", "file:///var/lib/p2pool/api"),
        ("FILE:///srv/with blanks/ä", "file:///srv/with blanks/ä"),
        ("/", "file:///"),
    ],
)
def test_a_directory_is_an_address_on_this_machine(address: str, expected: str) -> None:
    endpoint = Endpoint.parse(address, default_scheme="file", default_port=None)
    assert str(endpoint) == expected
    assert endpoint.is_loopback


@for_each("address", ["var/lib", "file://rig/var/lib", "", "file:///a\x1b[31mb", "/a\nb", "/a\0b"])
def test_what_is_no_whole_path_of_a_directory_is_refused(address: str) -> None:
    with pytest.raises(ValueError) as refusal:
        Endpoint.parse(address, default_scheme="file", default_port=None)
    assert str(refusal.value).isprintable()


def test_files_take_no_token() -> None:
    with pytest.raises(ValueError, match="without a token") as refusal:
        Endpoint(scheme="file", host="localhost", port=0, directory="/srv", token="canary-7c1f")
    assert "canary" not in str(refusal.value)


# Reading


def test_a_file_is_read_as_it_is_and_an_optional_one_may_be_missing(transport: Transport, directory: Path) -> None:
    assert answer_of(transport, ask_of(directory, PEERS, STRATUM)).raw == {"p2p": BODY}
    written(directory / "local" / "stratum", b"{}")
    assert answer_of(transport, ask_of(directory, PEERS, STRATUM)).raw == {"p2p": BODY, "stratum": b"{}"}


def test_a_file_that_must_be_there_is_missed_by_its_name(transport: Transport, directory: Path) -> None:
    error = error_of(transport, ask_of(directory, STRATUM))
    assert type(error) is Unreachable
    assert str(error) == f"file://{directory}/local/stratum: no such file"
    assert type(error_of(transport, ask_of(directory / "elsewhere"))) is Unreachable


def test_a_file_that_is_too_old_is_not_read_and_its_age_is_told(transport: Transport, directory: Path) -> None:
    written(directory / "local" / "p2p", BODY, age_seconds=180)
    assert answer_of(transport, ask_of(directory)).raw == {"p2p": BODY}
    written(directory / "local" / "p2p", BODY, age_seconds=412)
    error = error_of(transport, ask_of(directory))
    assert type(error) is Unreachable
    assert str(error) == f"file://{directory}/local/p2p: last written 412 s ago; expected within 180 s"


def test_a_file_from_the_future_is_not_believed(transport: Transport, directory: Path) -> None:
    written(directory / "local" / "p2p", BODY, age_seconds=-86_400)
    error = error_of(transport, ask_of(directory))
    assert str(error) == f"file://{directory}/local/p2p: written 86400 s from now; was the clock set back?"


def test_without_the_time_no_file_is_read(transport: Transport, directory: Path) -> None:
    ask = Ask(source="pool", endpoint=endpoint_of(directory), requests=(PEERS,), deadline_seconds=5)
    assert isinstance(error_of(transport, ask), Refused)


def test_a_file_of_exactly_the_cap_is_taken_and_one_byte_more_is_not(transport: Transport, directory: Path) -> None:
    written(directory / "local" / "p2p", b"x" * MOST_BYTES)
    assert answer_of(transport, ask_of(directory)).raw == {"p2p": b"x" * MOST_BYTES}
    written(directory / "local" / "p2p", b"x" * (MOST_BYTES + 1))
    error = error_of(transport, ask_of(directory))
    assert isinstance(error, BadPayload)
    assert str(error).endswith("length of the file is 262145; expected at most 262144")


def test_a_huge_file_is_refused_without_being_read(transport: Transport, directory: Path) -> None:
    file = directory / "local" / "p2p"
    with file.open("wb") as sparse:
        sparse.truncate(1 << 40)
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    assert isinstance(error_of(transport, ask_of(directory)), BadPayload)


# What only looks like a file


def as_link(file: Path) -> None:
    secret = file.parents[1] / "secret"
    written(secret, b"canary")
    file.symlink_to(secret)


def as_link_out(file: Path) -> None:
    file.symlink_to("/etc/passwd")


def as_directory(file: Path) -> None:
    file.mkdir()


def as_socket(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(file.parent)  # the path of a socket may be 107 bytes long
        try:
            listener.bind(file.name)
        finally:
            os.chdir(here)


@pytest.mark.parametrize("make", [as_link, as_link_out, as_directory, as_socket, os.mkfifo])
def test_what_is_no_ordinary_file_is_refused_at_once(
    transport: Transport, directory: Path, make: Callable[[Path], None]
) -> None:
    file = directory / "local" / "p2p"
    file.unlink()
    make(file)
    error = error_of(transport, ask_of(directory))
    assert type(error) is Refused
    assert str(error).startswith(f"file://{directory}/local/p2p: ")


def test_a_folder_that_is_a_link_is_refused(transport: Transport, directory: Path) -> None:
    (directory / "local").rename(directory / "real")
    (directory / "local").symlink_to(directory / "real")
    assert type(error_of(transport, ask_of(directory))) is Refused


@as_an_ordinary_user
def test_a_file_that_may_not_be_read_says_what_to_do(transport: Transport, directory: Path) -> None:
    (directory / "local" / "p2p").chmod(0)
    assert "let the agent's user read it" in str(error_of(transport, ask_of(directory)))


def test_every_descriptor_is_closed_whatever_stands_there(transport: Transport, directory: Path) -> None:
    answer_of(transport, ask_of(directory))
    as_directory(directory / "local" / "stratum")
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        answer_of(transport, ask_of(directory, PEERS, STRATUM))
        answer_of(transport, ask_of(directory, STRATUM))
        answer_of(transport, ask_of(directory, FileRead("x", "nowhere/x", fresh_seconds=1.0)))
    assert len(os.listdir("/proc/self/fd")) == before


# A dead disk


def test_a_disk_that_never_answers_delays_nobody_and_costs_one_thread(
    transport: Transport, directory: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    released, read_file, dead = threading.Event(), files.read_file, tmp_path_factory.mktemp("dead")
    written(dead / "local" / "p2p", BODY)
    asked: list[str] = []

    def read(endpoint: Endpoint, request: FileRead, now: datetime, most_bytes: int) -> bytes:
        if endpoint.directory == str(dead):
            asked.append(request.name)
            released.wait(30)
        return read_file(endpoint, request, now, most_bytes)

    monkeypatch.setattr(files, "read_file", read)
    answer_of(transport, ask_of(directory))
    threads = threading.active_count()
    late, early = transport.fetch([ask_of(dead, PEERS, STRATUM, deadline_seconds=0.3), ask_of(directory)]).result(10)
    assert early.raw == {"p2p": BODY}
    assert isinstance(late.error, TimedOut)
    assert str(late.error) == f"file://{dead}: no answer of its disk within 0.3 s"
    for _ in range(5):
        error = error_of(transport, ask_of(dead))
        assert str(error) == f"file://{dead}: its disk has not answered since it was last asked"
    assert asked == ["p2p"]
    assert threading.active_count() == threads + 1
    released.set()
    until(lambda: answer_of(transport, ask_of(dead)).raw == {"p2p": BODY})


def test_closing_is_quick_while_a_disk_hangs(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()

    def read(endpoint: Endpoint, request: FileRead, now: datetime, most_bytes: int) -> bytes:
        released.wait(30)
        return b""

    monkeypatch.setattr(files, "read_file", read)
    transport = Transport()
    answer_of(transport, ask_of(directory, deadline_seconds=0.1))
    transport.close()
    assert not any(thread.name == "transport" for thread in threading.enumerate())
    released.set()


# P2Pool


def test_a_p2pool_is_read_from_end_to_end_and_is_stale_when_it_has_stopped(
    transport: Transport, tmp_path: Path
) -> None:
    driver = drivers.load("p2pool")
    folder = Path(__file__).parents[1] / "captures" / "p2pool" / "4.2__main__two-miners"
    requests = [request for request in driver.requests if isinstance(request, FileRead)]
    for request in requests:
        written(tmp_path / request.path, (folder / f"{request.name}.raw").read_bytes(), age_seconds=60)
    raw = answer_of(transport, ask_of(tmp_path, *requests)).raw
    assert raw is not None
    snapshot = driver.read(Payloads(raw))
    assert isinstance(snapshot, MinerSnapshot)
    assert snapshot.workers_connected == 3
    written(tmp_path / "local" / "stratum", raw["stratum"], age_seconds=200)
    raw = answer_of(transport, ask_of(tmp_path, *requests)).raw
    assert raw is not None
    alone = driver.read(Payloads(raw))
    assert isinstance(alone, MinerSnapshot)
    assert alone.uptime_seconds == snapshot.uptime_seconds
    assert alone.workers_connected is None
    assert alone.workloads[0].hashes_per_second is None
    written(tmp_path / "local" / "p2p", raw["p2p"], age_seconds=200)
    assert type(error_of(transport, ask_of(tmp_path, *requests))) is Unreachable


def test_a_thread_that_could_not_be_begun_costs_no_later_question(
    transport: Transport, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = threading.Thread.start

    def refused(thread: threading.Thread) -> None:
        if thread.name == "files":
            raise RuntimeError("can't start new thread")
        begin(thread)

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", refused)
        error = answer_of(transport, ask_of(directory)).error
    assert type(error) is Unreachable
    assert "no thread could be begun to read it" in str(error)
    assert answer_of(transport, ask_of(directory)).raw == {"p2p": BODY}
