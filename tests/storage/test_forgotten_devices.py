"""What a command lets go is heard of by the keeper of the agent that runs, and kept over its end."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent.errors import StorageError
from miner_agent.storage.state import forgotten_devices
from miner_agent.storage.state.forgotten_devices import DEVICES, let_go, remembered
from miner_agent.storage.state.state_keeper import StateKeeper
from tests import databases
from tests.waiting import until

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


def keeper(state: Path) -> StateKeeper:
    started = StateKeeper(state, boot_id="boot", say=lambda _: None)
    started.start(NOW)
    until(lambda: started.is_read)
    return started


def test_a_running_agent_hears_of_it_and_the_next_one_too(tmp_path: Path) -> None:
    state = databases.empty_state(tmp_path)
    running = keeper(state)
    running.pin(DEVICES, {"nvml": "{}"})
    until(lambda: remembered(state) == {"nvml": "{}"})
    assert running.forgotten == {}

    let_go(state, "GPU-1", now=NOW)
    running.pin("start", {"miner": "x"})  # whatever it has to write next
    until(lambda: running.forgotten == {"GPU-1": NOW.isoformat()})
    before = running.forgotten
    running.pin("start", {"miner": "y"})
    running.close(5)
    assert running.forgotten is before

    later = keeper(state)
    until(lambda: later.forgotten == {"GPU-1": NOW.isoformat()})
    later.close(5)


def test_only_the_last_ones_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forgotten_devices, "KEPT", 2)
    state = databases.empty_state(tmp_path)
    for number in range(4):
        let_go(state, f"GPU-{number}", now=NOW + timedelta(seconds=number))

    running = keeper(state)
    until(lambda: running.forgotten.keys() == {"GPU-2", "GPU-3"})
    running.close(5)


def test_where_no_agent_has_run_nothing_is_remembered_and_nothing_is_written(tmp_path: Path) -> None:
    state = tmp_path / "state.db"

    assert remembered(state) == {}
    with pytest.raises(StorageError, match="start it first"):
        let_go(state, "GPU-1", now=NOW)
    assert not state.exists()
