"""``devices``: what is remembered is listed, and only what is missing can be forgotten."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from miner_agent.cli.first_level import cli
from miner_agent.model.devices import DeviceKind
from miner_agent.model.remembered_devices import RememberedDevice, fact_of
from miner_agent.storage.state.forgotten_devices import DEVICES, FORGOTTEN
from miner_agent.storage.state.state_store import StateStore
from tests import databases

GONE = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    store = StateStore.open(databases.empty_state(tmp_path), now=GONE)
    there = RememberedDevice(label="GPU-[red]", kind=DeviceKind.GPU)
    gone = RememberedDevice(label="GPU-gone", kind=DeviceKind.GPU, missing_since=GONE)
    store.pin({(DEVICES, "nvml"): fact_of([there, gone])})
    store.close()
    file = tmp_path / "config.toml"
    file.write_text(f'[agent]\nstate_directory = "{tmp_path}"\n')
    return file


def asked(config: Path, *words: str) -> Result:
    return CliRunner().invoke(cli, ["devices", *words, "--config", str(config)])


def test_what_is_remembered_is_listed(config: Path) -> None:
    lines = asked(config, "list").output.splitlines()

    assert [line.split() for line in lines[1:]] == [
        ["GPU-[red]", "gpu", "nvml", "–"],
        ["GPU-gone", "gpu", "nvml", "2026-05-04", "12:00", "UTC"],
    ]
    assert json.loads(asked(config, "list", "--json").output)[1] == {
        "device": "GPU-gone",
        "kind": "gpu",
        "source": "nvml",
        "missing_since": "2026-05-04T12:00:00Z",
    }


def test_what_is_missing_is_forgotten(config: Path) -> None:
    done = asked(config, "forget", "GPU-gone")

    assert (done.exit_code, "is forgotten" in done.output) == (0, True)
    store = StateStore.open(config.parent / "state.db", now=GONE)
    assert list(store.pinned(FORGOTTEN)) == ["GPU-gone"]
    store.close()


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("GPU-gon", 'is not remembered; did you mean "GPU-gone"?'),
        ("GPU-[red]", "is there, as far as the agent has kept"),
    ],
)
def test_what_is_there_or_unknown_is_not_forgotten(config: Path, device: str, sentence: str) -> None:
    done = asked(config, "forget", device)

    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())
