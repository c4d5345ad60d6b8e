"""What tests of commands may ask for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.ordinary_asked import OrdinaryUser


@pytest.fixture
def no_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[agent]\nstate_directory = "{tmp_path / "state"}"\n[collectors.nvml]\nenabled = false\n')
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(config))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="session")
def user() -> Iterator[OrdinaryUser]:
    made = OrdinaryUser()
    yield made
    made.close()
