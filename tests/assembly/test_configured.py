"""What a configuration says that only this machine can judge."""

import socket
from pathlib import Path

import pytest

from miner_agent.assembly.configured import load_config
from miner_agent.errors import ConfigError

CHANNEL = '[[alerts.channels]]\nname = "log"\nkind = "journal"\nrigs = ["%s"]\n'
OTHER = '[[miners]]\nname = "a"\ndriver = "antminer"\naddress = "127.0.0.1"\nrig = "asic-7"\n'


@pytest.fixture(autouse=True)
def _called_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "left")


def told_rigs(folder: Path, text: str) -> list[str]:
    path = folder / "config.toml"
    path.write_text(text)
    return [rig for channel in load_config(path, {}).alerts.channels for rig in channel.rigs]


@pytest.mark.parametrize(
    ("rig", "beside"),
    [("left", ""), ("left", OTHER), ("asic-7", OTHER), ("right", '[agent]\nrig = "right"\n')],
)
def test_a_channel_tells_of_rigs_that_are_read(tmp_path: Path, rig: str, beside: str) -> None:
    assert told_rigs(tmp_path, beside + CHANNEL % rig) == [rig]


@pytest.mark.parametrize(
    ("beside", "hint"),
    [("", 'this machine is called "left"'), (OTHER, 'did you mean "left"?'), ('[agent]\nrig = "lef-t"\n', '"lef-t"')],
)
def test_a_channel_for_a_rig_that_there_is_not_is_refused(tmp_path: Path, beside: str, hint: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        told_rigs(tmp_path, beside + CHANNEL % "lef")

    assert '[[alerts.channels]] log: rigs: "lef" is none that is read' in str(refusal.value)
    assert hint in str(refusal.value)
