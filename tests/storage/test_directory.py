"""The state directory: one agent at a time holds it."""

import shutil
from pathlib import Path

import pytest

from miner_agent.errors import AlreadyRunning, StorageError
from miner_agent.storage.sqlite.directory import StateDirectory


def test_a_directory_that_was_removed_is_held_again_and_by_one_agent(tmp_path: Path) -> None:
    with StateDirectory.open(tmp_path / "state") as directory:
        shutil.rmtree(directory.path)
        directory.make_again()
        with pytest.raises(AlreadyRunning):
            StateDirectory.open(directory.path)
        shutil.rmtree(directory.path)
        with StateDirectory.open(directory.path), pytest.raises(AlreadyRunning):
            directory.make_again()
        directory.make_again()


def test_one_that_is_removed_once_the_agent_has_ended_stays_removed_whoever_still_writes(tmp_path: Path) -> None:
    with StateDirectory.open(tmp_path / "state") as directory:
        pass
    shutil.rmtree(directory.path)

    with pytest.raises(StorageError, match="the agent has ended"):
        directory.make_again()
    assert not directory.path.exists()
