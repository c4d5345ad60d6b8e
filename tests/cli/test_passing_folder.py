"""The folder of a demo goes with it, whoever still writes."""

import shutil
import signal
from pathlib import Path

import pytest

from miner_agent.cli.support.passing_folder import passing_folder


def test_it_is_gone_though_something_is_written_while_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    remove = shutil.rmtree
    looked_at: list[Path] = []

    def beside_a_writer(folder: Path, *, ignore_errors: bool) -> None:
        remove(folder / "state", ignore_errors=ignore_errors)
        if not looked_at:
            (folder / "state").mkdir()
            (folder / "state" / "alerts.db-wal").write_bytes(b"late")
        looked_at.append(folder)
        if not (folder / "state").exists():
            remove(folder)

    monkeypatch.setattr(shutil, "rmtree", beside_a_writer)
    with passing_folder("miner-agent-test-") as folder:
        (folder / "state").mkdir()

    assert not folder.exists()
    assert len(looked_at) == 2


def test_it_is_gone_after_a_failure_too() -> None:
    with pytest.raises(KeyError), passing_folder("miner-agent-test-") as folder:
        raise KeyError
    assert not folder.exists()


def test_it_is_gone_where_a_service_manager_ends_the_program_before_the_agent_runs() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with pytest.raises(SystemExit) as ended, passing_folder("miner-agent-test-") as folder:
        signal.raise_signal(signal.SIGTERM)
    assert ended.value.code == 128 + signal.SIGTERM
    assert not folder.exists()
    assert signal.getsignal(signal.SIGTERM) is before
