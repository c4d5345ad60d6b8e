"""What a configuration says that only this machine can judge."""

import socket
from pathlib import Path

import pytest

from miner_agent.assembly.configured import load_config, read_named_files
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


NAMING = {
    "file": '[[feeds]]\nfeed = "file"\nfile = "gone"\n',
    "key_file of a feed": '[[feeds]]\nfeed = "coingecko"\nkey_file = "gone"\n',
    "key_file of a pool": '[[payouts]]\npool = "braiins"\ncoin = "BTC"\naccount = "me"\nwallet = "w"\nkey_file = "gone"\n',
    "key_file": '[[books.rigs]]\nname = "b"\nbase_url = "https://b:1"\nkey_file = "gone"\n',
    "ca_file": '[[books.rigs]]\nname = "b"\nbase_url = "https://b:1"\nca_file = "gone"\n',
    "catalog_file": '[profit]\ncatalog_file = "gone"\n',
}


@pytest.mark.parametrize("key", NAMING)
def test_a_file_that_a_key_names_is_there(tmp_path: Path, key: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(NAMING[key])
    loaded = load_config(path, {})

    for make in (lambda: None, (tmp_path / "gone").mkdir):
        make()
        with pytest.raises(ConfigError) as refusal:
            read_named_files(loaded)
        assert str(tmp_path) in str(refusal.value)


def test_a_file_of_prices_that_can_be_read_is_good(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(NAMING["file"])
    (tmp_path / "gone").write_text("coin,price,currency\n")

    read_named_files(load_config(path, {}))
