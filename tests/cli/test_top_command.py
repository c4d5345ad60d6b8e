"""``top`` at a real terminal: it shows what the agent says, quits as it should, and never shows what is of the past."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from miner_agent.views.figures import Circumstances
from miner_agent.views.snapshot_view import snapshot_view
from miner_agent.web.app import build_app
from miner_agent.web.inquiry import Inquiry, Reply
from miner_agent.web.pages import Pages
from tests.agent_pages import WELL, agent_pages, own
from tests.cli.every_command import ended
from tests.log_ticks import full_tick
from tests.terminal import Terminal, at, terminal
from tests.waiting import until
from tests.web.web_agent import serving

NEW_SCREEN, OLD_SCREEN, CURSOR = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h"


def page(*, stale_because: str | None = None, rig: str = "left") -> bytes:
    tick = replace(full_tick(0), rig=rig)
    return msgspec.json.encode(snapshot_view(tick, Circumstances(taken_at=tick.taken_at, stale_because=stale_because)))


class FakeAgent:
    """An agent's server that says of its rig what it is told to. ``body`` of ``None``: it has no such page."""

    def __init__(self, body: bytes) -> None:
        self.body: bytes | None = body
        self.paths: list[str] = []

    def answer(self, asked: Inquiry) -> Reply:
        self.paths.append(asked.path)
        if self.body is None or asked.path != "/api/v1/snapshot":
            return Reply(status=404, media_type="text/plain", body=b"")
        return Reply(status=200, media_type="application/json", body=self.body)

    def late(self, asked: Inquiry) -> Reply:
        raise AssertionError(asked.path)


@contextmanager
def agent(body: bytes | None = None) -> Iterator[tuple[FakeAgent, str]]:
    """One that runs, and its address."""
    fake = FakeAgent(page() if body is None else body)
    with serving(build_app(Pages(lambda: None), face=fake)) as host:
        yield fake, f"127.0.0.1:{host.port}"


@contextmanager
def watching(folder: Path, address: str, *, columns: int = 100, rows: int = 30) -> Iterator[Terminal]:
    arguments = ("top", "--agent", address, "--every", "0.5")
    with terminal(*arguments, environment=at(folder), columns=columns, rows=rows) as seen:
        seen.until_shown("q quit")
        yield seen


def is_left_as_it_was(seen: Terminal) -> bool:
    return seen.settings() == seen.before and seen.shown.rstrip().endswith(f"{CURSOR}{OLD_SCREEN}")


def test_without_a_terminal_it_is_told_once() -> None:
    with agent_pages(own(WELL)) as port:
        done = ended("top", "--agent", f"127.0.0.1:{port}")

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("left  unknown")
    assert "q quit" not in done.stdout
    assert "\x1b" not in done.stdout


def test_where_no_agent_answers_a_sentence_says_so() -> None:
    done = ended("top", "--agent", "127.0.0.1:1")

    assert (done.returncode, done.stdout) == (69, "")
    assert "Is the agent running? systemctl status miner-agent" in done.stderr


def test_an_agent_without_readings_is_told_so() -> None:
    with agent_pages(None) as port:
        done = ended("top", "--agent", f"127.0.0.1:{port}")

    assert (done.returncode, done.stdout) == (69, "")
    assert "Traceback" not in done.stderr


def test_another_server_is_no_agent() -> None:
    with agent(b'{"rig": 7}') as (_, address):
        done = ended("top", "--agent", address)

    assert done.returncode == 69
    assert "expected" in done.stderr


@pytest.mark.e2e
def test_it_shows_sorts_and_quits(tmp_path: Path) -> None:
    with agent() as (there, address), watching(tmp_path, address) as seen:
        assert NEW_SCREEN in seen.shown
        assert "sorted by worst" in seen.shown
        seen.type(b"t")
        assert "hash" in seen.until_shown("sorted by temperature")
        seen.type(b"r")
        seen.until_shown("sorted by temperature (turned)")
        there.body = page(rig="renamed")
        seen.until_shown("renamed")
        seen.type(b"q")
        assert seen.ended() == 0
        assert is_left_as_it_was(seen)


@pytest.mark.e2e
@pytest.mark.parametrize(("key", "code"), [(b"\x03", 130), (b"Q", 0)])
def test_the_terminal_is_as_it_was_however_it_ends(tmp_path: Path, key: bytes, code: int) -> None:
    with agent() as (_, address), watching(tmp_path, address) as seen:
        seen.type(key)
        assert seen.ended() == code
        assert is_left_as_it_was(seen)
        assert "Traceback" not in seen.shown


@pytest.mark.e2e
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_it_ends_when_it_is_asked_to(tmp_path: Path, number: signal.Signals) -> None:
    with agent() as (_, address), watching(tmp_path, address) as seen:
        seen.process.send_signal(number)
        assert seen.ended() == 0
        assert is_left_as_it_was(seen)


@pytest.mark.e2e
def test_a_window_that_is_closed_leaves_no_process(tmp_path: Path) -> None:
    with agent() as (_, address), watching(tmp_path, address) as seen:
        seen.close()
        assert until(lambda: seen.process.poll() is not None)
        assert seen.process.returncode == 0


@pytest.mark.e2e
def test_it_takes_another_size_at_once(tmp_path: Path) -> None:
    with agent() as (_, address), watching(tmp_path, address, columns=200) as seen:
        assert "\x1b[30;1H" in seen.shown
        seen.resize(60, 18)
        again = seen.until_shown("\x1b[18;1H")
        again = again[again.index("\x1b[1;1H") :]
        assert "\x1b[19;1H" not in again.rpartition("\x1b[1;1H")[2]
        seen.type(b"q")
        assert seen.ended() == 0


@pytest.mark.e2e
def test_what_is_of_the_past_is_never_shown(tmp_path: Path) -> None:
    with agent() as (there, address), watching(tmp_path, address) as seen:
        there.body = page(stale_because="the last tick is 40 s old")
        told = seen.until_shown("has no fresh reading since").rpartition("\x1b[1;1H")[2]
        assert "MH/s" not in told
        there.body = page()
        seen.until_shown("sorted by worst")
        there.body = None
        told = seen.until_shown("does not answer since").rpartition("\x1b[1;1H")[2]
        assert "MH/s" not in told
        there.body = json.dumps(["no snapshot"]).encode()
        seen.until_shown("expected")
        there.body = page()
        seen.until_shown("sorted by worst")
        seen.type(b"q")
        assert seen.ended() == 0


@pytest.mark.e2e
def test_ctrl_z_gives_the_shell_its_screen_back_and_it_goes_on(tmp_path: Path) -> None:
    with agent() as (_, address), watching(tmp_path, address) as seen:
        seen.process.send_signal(signal.SIGTSTP)
        seen.until(lambda: is_stopped(seen.process.pid))
        seen.until(lambda: is_left_as_it_was(seen))
        seen.process.send_signal(signal.SIGCONT)
        seen.until_shown(NEW_SCREEN)
        seen.until_shown("sorted by")
        seen.type(b"q")
        assert seen.ended() == 0


def is_stopped(pid: int) -> bool:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


@pytest.mark.e2e
def test_nothing_but_the_agent_is_asked(tmp_path: Path) -> None:
    with agent() as (there, address), watching(tmp_path, address) as seen:
        seen.until(lambda: len(there.paths) > 4)
        assert set(there.paths) == {"/api/v1/snapshot"}
        seen.type(b"q")
        assert seen.ended() == 0
    assert os.listdir(tmp_path) == []
