"""What never answers is waited for beside the signals: no disk keeps the agent from ending, or from its old configuration."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.errors import ConfigError, TimedOut
from miner_agent.service import preparing as preparing_module
from miner_agent.service.preparing import Preparing
from miner_agent.service.signals import EndAsked, Signals
from tests.agent import Agent
from tests.service.daemon_asked import configured
from tests.waiting import until

ENDS_WITHIN_SECONDS = 5.0


@pytest.fixture
def signals() -> Iterator[Signals]:
    with Signals() as signals:
        yield signals


def refused() -> int:
    raise ConfigError("config.toml: no")


def test_an_answer_and_an_error_come_through(signals: Signals) -> None:
    preparing = Preparing(signals)

    for ask in (preparing.needed, lambda work: preparing.in_time(work, undo=lambda _: None)):
        assert [ask(lambda: 7), ask(lambda: 8)] == [7, 8]
        with pytest.raises(ConfigError, match="no"):
            ask(refused)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_end_is_told_at_once_while_a_disk_hangs(signals: Signals, number: signal.Signals) -> None:
    hung = threading.Event()
    preparing = Preparing(signals)
    for ask in (preparing.needed, lambda work: preparing.in_time(work, undo=lambda _: None)):
        os.kill(os.getpid(), number)
        with pytest.raises(EndAsked):
            ask(hung.wait)
        assert next(signals) == number
    hung.set()


def test_a_reload_that_is_asked_for_meanwhile_comes_next(signals: Signals) -> None:
    os.kill(os.getpid(), signal.SIGHUP)

    assert Preparing(signals).needed(lambda: 7) == 7
    assert next(signals) == signal.SIGHUP


def test_what_is_late_is_given_up_undone_and_not_asked_twice(signals: Signals, monkeypatch: pytest.MonkeyPatch) -> None:
    hung, undone = threading.Event(), list[str]()
    preparing = Preparing(signals)
    monkeypatch.setattr(preparing_module, "LATE_SECONDS", 0.05)

    def late() -> str:
        hung.wait()
        return "late"

    with pytest.raises(TimedOut, match="has not answered for"):
        preparing.in_time(late, undo=undone.append)
    with pytest.raises(TimedOut, match="still does not answer"):
        preparing.in_time(lambda: "never asked", undo=undone.append)
    hung.set()
    until(lambda: undone == ["late"])

    assert until(lambda: preparing.in_time(lambda: "now", undo=undone.append), passing_over=(TimedOut,)) == "now"
    assert undone == ["late"]


HUNG = """
import os, signal, sys, threading
from miner_agent.config import named_files
opened, hung = os.open, os.path.join(os.path.dirname(sys.argv[-1]), "hung")
def open(path, *arguments, **named):
    if str(path).endswith((".toml", "token")) and os.path.exists(hung):
        print("a disk hangs", file=sys.stderr, flush=True)
        threading.Event().wait()
    return opened(path, *arguments, **named)
os.open = open
sys.argv[0] = "miner-agent"
from miner_agent.cli import main
main()
"""
"""An agent whose files are on a network disk that hangs, once there is a file "hung" beside its configuration."""

MINER = '[[miners]]\nname = "x"\ndriver = "trex"\naddress = "127.0.0.1:1"\ntoken_file = "token"\n'
FEED = '[[feeds]]\nfeed = "minerstat"\nbase_url = "http://127.0.0.1:9"\nkey_file = "key"\n'


def only(file: str) -> str:
    """That agent, where this file alone is on such a disk."""
    return HUNG.replace('(".toml", "token")', repr((file,)))


def private(file: Path) -> Path:
    file.touch(0o600)
    return file


@pytest.mark.e2e
def test_a_configuration_on_a_disk_that_hangs_is_refused_and_holds_up_no_end(tmp_path: Path) -> None:
    impatient = "from miner_agent.service import preparing\npreparing.LATE_SECONDS = 0.5\n"
    with Agent(tmp_path, configured(), program=("-c", impatient + HUNG)) as agent:
        agent.wait_until(lambda page: page.get("rig_agent_config_last_reload_successful") == 1)
        (tmp_path / "hung").touch()
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile("the old one holds: a disk that it lies on or names has not answered for 0.5 s"))
        agent.wait_until(lambda page: page["rig_agent_config_last_reload_successful"] == 0)
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < ENDS_WITHIN_SECONDS


@pytest.mark.e2e
@pytest.mark.parametrize("file", ["config.toml", "token"])
def test_sigterm_ends_a_reload_that_hangs(tmp_path: Path, file: str) -> None:
    private(tmp_path / "token").write_text("invented\n")
    with Agent(tmp_path, MINER, program=("-c", only(file))) as agent:
        agent.wait_until(lambda page: page.get("rig_agent_config_last_reload_successful") == 1)
        (tmp_path / "hung").touch()
        agent.process.send_signal(signal.SIGHUP)
        agent.wait_for_line(re.compile("a disk hangs"))
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < ENDS_WITHIN_SECONDS


@pytest.mark.e2e
@pytest.mark.parametrize("file", ["config.toml", "token"])
def test_sigterm_ends_a_start_that_hangs(tmp_path: Path, file: str) -> None:
    (tmp_path / "config.toml").write_text(MINER)
    (tmp_path / "hung").touch()
    private(tmp_path / "token").write_text("invented\n")
    command = [sys.executable, "-c", only(file), "run", "--config", str(tmp_path / "config.toml")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "a disk hangs\n"
        process.terminate()
        assert process.wait(ENDS_WITHIN_SECONDS) == 0


@pytest.mark.e2e
def test_a_token_that_is_a_pipe_refuses_the_start_and_holds_nothing_up(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "token", 0o600)
    (tmp_path / "config.toml").write_text(MINER)
    command = [sys.executable, "-m", "miner_agent", "run", "--config", str(tmp_path / "config.toml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == ConfigError.exit_code
    assert f"token_file {tmp_path / 'token'}: is no file but a pipe or the like" in done.stderr


@pytest.mark.e2e
def test_a_key_of_a_feed_that_is_a_pipe_costs_that_feed_alone(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "key", 0o600)
    with Agent(tmp_path, configured() + FEED) as agent:
        agent.wait_for_line(re.compile(r"key_file .*/key: is no file but a pipe or the like"))
        agent.wait_until(lambda page: page.get('rig_market_feed_up{feed="minerstat"}') == 0)
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < ENDS_WITHIN_SECONDS


HUNG_FOR_CHILDREN = """
import os, threading
opened = os.open
def open(path, *arguments, **named):
    if str(path).endswith("/key"):
        opened(f"{path}.asked", os.O_CREAT | os.O_WRONLY)
        threading.Event().wait()
    return opened(path, *arguments, **named)
os.open = open
"""
"""Loaded by every Python that starts: a file "key" is on a disk that hangs, and beside it is seen that it was opened."""


@pytest.mark.e2e
def test_a_key_of_a_feed_on_a_disk_that_hangs_holds_up_neither_start_nor_end(tmp_path: Path) -> None:
    private(tmp_path / "key").write_text("invented\n")
    (tmp_path / "loaded").mkdir()
    (tmp_path / "loaded" / "sitecustomize.py").write_text(HUNG_FOR_CHILDREN)
    with Agent(tmp_path, configured() + FEED, environment={"PYTHONPATH": str(tmp_path / "loaded")}) as agent:
        until((tmp_path / "key.asked").exists, seconds=20)
        first = agent.wait_until(lambda page: page)
        agent.process.send_signal(signal.SIGHUP)
        for newer in (
            "rig_agent_last_tick_timestamp_seconds",
            "rig_agent_config_last_reload_success_timestamp_seconds",
        ):
            agent.wait_until(lambda page, newer=newer: page[newer] > first[newer])  # type: ignore[misc]
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < ENDS_WITHIN_SECONDS
