"""The whole agent as a process where it cannot start: a sentence and an exit code."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent import Agent
from tests.requires import as_an_ordinary_user
from tests.service.daemon_asked import configured

pytestmark = pytest.mark.e2e


def refused(folder: Path, config: str) -> "subprocess.CompletedProcess[str]":
    file = folder / "refused.toml"
    file.write_text(config)
    return subprocess.run(
        [sys.executable, "-m", "miner_agent", "run", "--config", str(file)],
        capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip


def test_a_port_in_use_ends_with_75_and_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = refused(tmp_path, f'[agent]\nstate_directory = "{tmp_path}/s"\n[http]\nlisten = "127.0.0.1:{port}"')

    assert done.returncode == 75
    assert f"127.0.0.1:{port}" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_second_agent_on_one_state_directory_ends_with_75_and_a_sentence(tmp_path: Path) -> None:
    with Agent(tmp_path, configured()) as agent:
        done = refused(tmp_path, f'[agent]\nstate_directory = "{agent.state}"\n[http]\nlisten = "127.0.0.1:0"')

    assert done.returncode == 75
    assert f"state directory {agent.state}: another agent uses it" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_state_directory_that_cannot_be_ends_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = refused(tmp_path, f'[agent]\nstate_directory = "{tmp_path}/file/state"\n[http]\nlisten = "127.0.0.1:0"')

    assert done.returncode == 74
    assert f"state directory {tmp_path}/file/state: not a directory" in done.stderr


@as_an_ordinary_user
def test_a_state_directory_that_may_not_be_written_ends_with_77(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    done = refused(tmp_path, f'[agent]\nstate_directory = "{closed}/state"\n[http]\nlisten = "127.0.0.1:0"')

    assert done.returncode == 77
    assert "permission denied; let this user write there" in done.stderr


@pytest.mark.root
def test_a_read_only_disk_ends_with_74(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "tmpfs", str(disk)], check=True)
    try:
        done = refused(tmp_path, f'[agent]\nstate_directory = "{disk}/state"\n[http]\nlisten = "127.0.0.1:0"')
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert done.returncode == 74
    assert "read-only file system" in done.stderr
