"""A good file gives a configuration; a bad one gives a sentence that says where and what to do."""

import os
from pathlib import Path

import pytest

from miner_agent import config
from miner_agent.errors import ConfigError, NotPermitted

DRIVERS = ("trex", "xmrig")


def load(path: Path, text: str, environment: dict[str, str] | None = None) -> config.Config:
    file = path / "config.toml"
    file.write_text(text)
    return config.load([file], environment=environment or {}, known_drivers=DRIVERS)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[agent]\ninterval_secnds = 3", '[agent]: key "interval_secnds" is not known; did you mean "interval_seconds"?'),
        ('[agent]\ninterval_seconds = "x"', '[agent]: interval_seconds = "x" is not possible; expected a number, got text'),
        ("[agent]\ninterval_seconds = nan", "[agent]: interval_seconds = nan is not a number; write a finite one"),
        ("[agent]\ninterval_seconds = inf", "[agent]: interval_seconds = inf is not a number; write a finite one"),
        ("[agent]\ninterval_seconds = 0.1", "[agent]: interval_seconds = 0.1 is not possible; expected a number >= 1.0"),
        ("[agent]\ninterval_seconds = true", "[agent]: interval_seconds = True is not possible; expected a number"),
        (
            '[[miners]]\nname = "a"\ndriver = "trex"\n[[miners]]\nname = "left-rack"\ndriver = "xmirg"',
            'miner 2 (left-rack): driver = "xmirg" is not known; did you mean "xmrig"?',
        ),
        ('[[miners]]\nname = "a"', 'miner 1 (a): key "driver" is missing'),
        ('[[miners]]\ndriver = "trex"', 'miner 1: key "name" is missing'),
        (
            '[[miners]]\nname = "a"\ndriver = "xmrig"\nadress = "x"',
            'miner 1 (a): key "adress" is not known; did you mean "address"?',
        ),
        ('[[miners]]\nname = "../a"\ndriver = "xmrig"', 'miner 1 (../a): name = "../a" is not possible; use up to 64'),
        (
            '[[miners]]\nname = "a"\ndriver = "xmrig"\n[[miners]]\nname = "a"\ndriver = "trex"',
            'miner 2 (a): name "a" is taken by',
        ),
        ('[http]\nlisten = "0.0.0.0:9877"', "is open to others, and there is no access control yet; write"),
        ('[http]\nlisten = "9877"', '[http]: listen = "9877" is not possible; write "127.0.0.1:9877"'),
        ('[http]\nlisten = "127.0.0.1:99999"', "is not possible"),
        ("miners = 3", "miners = 3 is not possible; expected a list, got a whole number"),
        ("[collectors.nvml]\nenabled = 1", "[collectors.nvml]: enabled = 1 is not possible; expected true or false"),
        ("[nope]\na = 1", 'key "nope" is not known; known: agent, collectors, http, miners'),
        ("[agent", "not TOML"),
    ],
)  # fmt: skip
def test_a_bad_file_ends_with_where_and_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path, text)

    assert str(refusal.value).startswith(f"{tmp_path}/config.toml: ")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_nothing_configured_is_a_configuration() -> None:
    loaded = config.load([], environment={}, known_drivers=DRIVERS)

    assert (loaded.listen_host, loaded.listen_port, loaded.interval_seconds) == ("127.0.0.1", 9877, 10.0)
    assert loaded.miners == ()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file"):
        config.load([tmp_path / "absent.toml"], environment={}, known_drivers=DRIVERS)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "[agent]\ninterval_seconds = 5",
        {"MINER_AGENT__AGENT__INTERVAL_SECONDS": "7", "MINER_AGENT__AGENT__RIG": "left", "HOME": "/x"},
    )

    assert (loaded.interval_seconds, loaded.rig) == (7, "left")


def test_a_mistake_in_the_environment_is_said_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'environment: \[agent\]: key "interval" is not known'):
        load(tmp_path, "", {"MINER_AGENT__AGENT__INTERVAL": "7"})


def test_drop_ins_change_scalars_and_add_miners(tmp_path: Path) -> None:
    home = tmp_path / "miner-agent"
    (home / "conf.d").mkdir(parents=True)
    (home / "config.toml").write_text('[agent]\nrig = "a"\n[[miners]]\nname = "one"\ndriver = "trex"')
    (home / "conf.d" / "10-more.toml").write_text('[agent]\nrig = "b"\n[[miners]]\nname = "two"\ndriver = "trex"')
    paths = config.search(given=None, environment={"XDG_CONFIG_HOME": str(tmp_path)})

    loaded = config.load(paths, environment={}, known_drivers=DRIVERS)

    assert loaded.rig == "b"
    assert [miner.name for miner in loaded.miners] == ["one", "two"]


def test_a_given_file_comes_before_the_environment_and_the_home(tmp_path: Path) -> None:
    (tmp_path / "miner-agent").mkdir()
    (tmp_path / "miner-agent" / "config.toml").touch()
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "MINER_AGENT_CONFIG": "/b.toml"}

    assert config.search(given=Path("/a.toml"), environment=environment) == (Path("/a.toml"),)
    assert config.search(given=None, environment=environment) == (Path("/b.toml"),)
    del environment["MINER_AGENT_CONFIG"]
    assert config.search(given=None, environment=environment) == (tmp_path / "miner-agent" / "config.toml",)


def miner_with_token(tmp_path: Path, mode: int, text: str = "s3cret\n") -> config.Miner:
    token = tmp_path / "token"
    token.write_text(text)
    token.chmod(mode)
    loaded = load(tmp_path, '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "token"')
    return loaded.miners[0]


def test_a_token_is_read_from_beside_the_file(tmp_path: Path) -> None:
    assert config.read_token(miner_with_token(tmp_path, 0o600)) == "s3cret"


def test_systemds_credentials_come_before_the_files_neighbour(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "token").touch(0o400)
    text = '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "token"'

    loaded = load(tmp_path, text, {"CREDENTIALS_DIRECTORY": str(credentials)})

    assert loaded.miners[0].token_file == credentials / "token"
    (credentials / "token").chmod(0o600)
    (credentials / "token").write_text("s3cret")
    (credentials / "token").chmod(0o440)  # as systemd 257 hands them out
    assert config.read_token(loaded.miners[0]) == "s3cret"


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can be read by others; run: chmod 600"):
        config.read_token(miner_with_token(tmp_path, 0o644))


@pytest.mark.parametrize("text", ["", "\n", "two\nlines", "ümlaut"])
def test_a_token_file_without_a_token_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="holds no token") as refusal:
        config.read_token(miner_with_token(tmp_path, 0o600, text))

    assert not text.strip() or text not in str(refusal.value)


def test_what_is_shown_loads_again_and_holds_no_secret(tmp_path: Path) -> None:
    text = """
    [agent]
    rig = "a \\"quoted\\" rig"
    state_directory = "/var/lib/x"
    [http]
    listen = "[::1]:9878"
    [collectors.nvml]
    enabled = false
    [[miners]]
    name = "a"
    driver = "xmrig"
    address = "127.0.0.1:18080"
    token_file = "/run/token"
    """
    loaded = load(tmp_path, text)
    shown = config.render(loaded)

    assert load(tmp_path, shown).miners[0].token_file == loaded.miners[0].token_file
    assert load(tmp_path, shown).listen_host == "::1"
    assert load(tmp_path, shown).rig == 'a "quoted" rig'


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_directory_that_may_not_be_read_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "miner-agent").mkdir(mode=0)

    with pytest.raises(NotPermitted, match=r"miner-agent.*: permission denied; ask as a user who may"):
        config.search(given=None, environment={"XDG_CONFIG_HOME": str(tmp_path)})
