"""A good file gives a configuration; a bad one gives a sentence that says where and what to do."""

import os
import stat
from pathlib import Path

import pytest

from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.entries import Miner, read_token
from miner_agent.config.named_files import SecretFile
from miner_agent.config.rendered import render, shown_config
from miner_agent.errors import ConfigError, NotPermitted
from miner_agent.storage.sqlite.directory import StateDirectory
from tests.for_each import for_each
from tests.requires import as_an_ordinary_user

DRIVERS = ("trex", "xmrig")


def load(path: Path, text: str, environment: dict[str, str] | None = None) -> Config:
    file = path / "config.toml"
    file.write_text(text)
    return loading.load([file], environment=environment or {}, known_drivers=DRIVERS)


@for_each(
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
        ('[http]\nnames = ["a b"]', '[http]: names has "a b"; write a name as rig.example, without a port'),
        ('[http]\ntrusted_proxies = "10.0.0.1/8"', "is no address or network; write"),
        ('[http]\nlisten = "9877"', '[http]: listen = "9877" is not possible; write "127.0.0.1:9877"'),
        ('[http]\nlisten = "127.0.0.1:99999"', "is not possible"),
        ("miners = 3", "miners = 3 is not possible; expected a list, got a whole number"),
        ("[collectors.nvml]\nenabled = 1", "[collectors.nvml]: enabled = 1 is not possible; expected true or false"),
        ("[nope]\na = 1", 'key "nope" is not known; known: agent, '),
        ('sources = ["x"]', 'key "sources" is not known; known: agent'),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\nplace = "x"', 'miner 1 (a): key "place" is not known; known: account'),
        ("miners = [3]", "miner 1: expected a table, got a whole number"),
        ("miners = [nan]", "miner 1: expected a table, got a number"),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\npool = 5', "miner 1 (a): pool = 5 is not possible; expected a list, got a whole"),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\npool = ["x", 5]', "miner 1 (a): pool has 5; expected text in quotes, got a whole"),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\npool = "tcp://"', 'pool = "tcp://" is not possible; write "stratum+tcp://'),
        ('[[miners]]\nname = "a"\ndriver = "xmrig"\nrig = "../b"', 'rig = "../b" is not possible; use up to 64 letters'),
        ('[[feeds]]\nfeed = "ecb"\nparameters = { a = inf }', "feed 1 (ecb): [parameters]: a = inf is not a number"),
        ("agent = 3", "config.toml: agent = 3 is not possible; expected a table, got a whole number"),
        ('[[tariff.bands]]\nname = "x"\nprice_per_kilowatt_hour = "0"\ndays = ["mondy"]', '[tariff]: band 1 (x): days has "mondy"; did you mean "monday"?'),
        ("[agent", "not TOML"),
        ("a = " + "[" * 5000, "nested too deep"),
        ("a = " + "{a = " * 5000, "nested too deep"),
        ("[agent]\n" + "a." * 5000 + "b = 1", "nested too deep"),
        ("[agent]\ninterval_seconds = " + "9" * 5000, "more digits than anything here needs"),
        ("[agent]\ninterval_seconds = 0x" + "f" * 5000, "[agent]: interval_seconds = a huge number is not possible"),
        ('"\\u001b\\n" = 1', 'key "\\u001b\\n" is not known'),
        ('[[miners]]\nname = "a\\n\\u001b"\ndriver = "xmrig"', 'miner 1 (a): name = "a\\n\\u001b" is not possible'),
        ('[agent]\nstate_directory = "~no-such-user/x"', '[agent]: state_directory = "~no-such-user/x": that home directory is'),
        ('[agent]\nstate_directory = "/a\\u0000b"', 'state_directory = "/a\\u0000b" holds a NUL character'),
        (f'[agent]\nstate_directory = "/{"a" * 256}"', "is too long for a path; write a shorter one"),
        ('[collectors]\nsysfs = "/a\\u0000b"', '[collectors]: sysfs = "/a\\u0000b" holds a NUL character'),
        ('[collectors]\nprocfs = "/a\\u0000b"', '[collectors]: procfs = "/a\\u0000b" holds a NUL character'),
        (
            '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "~no-such-user/x"',
            "miner 1 (a): token_file: that home directory is not known; write the whole path",
        ),
        (
            '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "a\\u0000b"',
            "miner 1 (a): token_file holds a NUL character, and no path does; leave it away",
        ),
        *(
            (
                f'[[miners]]\nname = "{name}"\ndriver = "xmrig"',
                f'name = "{name}" is the name of a collector, as are amdgpu, host, nvml; write another one, such as "{name}-miner"',
            )
            for name in ("host", "nvml", "amdgpu")
        ),
    ],
)  # fmt: skip
def test_a_bad_file_ends_with_where_and_what_to_do(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        load(tmp_path, text)

    assert str(refusal.value).startswith(f"{tmp_path}/config.toml: ")
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_nothing_configured_is_a_configuration() -> None:
    loaded = loading.load([], environment={}, known_drivers=DRIVERS)

    assert (loaded.http.listen.host, loaded.http.listen.port, loaded.agent.interval_seconds) == (
        "127.0.0.1",
        9877,
        10.0,
    )
    assert loaded.miners == ()


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"absent\.toml: no such file or directory; write it, or leave --config"):
        loading.load([tmp_path / "absent.toml"], environment={}, known_drivers=DRIVERS)


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    loaded = load(
        tmp_path,
        "[agent]\ninterval_seconds = 5",
        {"MINER_AGENT__AGENT__INTERVAL_SECONDS": "7", "MINER_AGENT__AGENT__RIG": "left", "HOME": "/x"},
    )

    assert (loaded.agent.interval_seconds, loaded.agent.rig) == (7, "left")


def test_a_mistake_in_the_environment_is_said_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'environment: \[agent\]: key "interval" is not known'):
        load(tmp_path, "", {"MINER_AGENT__AGENT__INTERVAL": "7"})


@for_each("text", ["7", "true", "[1]", "1979-05-27", '"left"', "[" * 5000])
def test_a_key_for_text_takes_the_environments_value_as_it_is(text: str) -> None:
    environment = {"MINER_AGENT__AGENT__RIG": text, "MINER_AGENT__COLLECTORS__NVML__ENABLED": "false"}

    loaded = loading.load([], environment=environment, known_drivers=DRIVERS) if len(text) < 4096 else None

    assert loaded is None or (loaded.agent.rig, loaded.collectors.nvml.enabled) == (text, False)


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"MINER_AGENT__AGENT__": "7"}, "MINER_AGENT__AGENT__ names no key; write it as MINER_AGENT__AGENT__RIG"),
        ({"MINER_AGENT____RIG": "7"}, "MINER_AGENT____RIG names no key"),
        ({"MINER_AGENT__AGENT__RIG": "x", "MINER_AGENT__AGENT__RIG__FOO": "y"}, "RIG__FOO contradicts another variable"),
        ({"MINER_AGENT__AGENT__RIG": "x", "MINER_AGENT__AGENT__RIG__A__B": "y"}, "RIG__A__B contradicts another"),
        ({"MINER_AGENT__AGENT__rig": "x", "MINER_AGENT__AGENT__RIG__FOO": "y"}, "rig contradicts another variable"),
        ({"MINER_AGENT__AGENT__rig": "x", "MINER_AGENT__AGENT__RIG": "y"}, "rig contradicts another variable"),
        ({"MINER_AGENT__" + "A__" * 5000 + "B": "y"}, "environment: lists or tables are nested too deep"),
        ({"MINER_AGENT__AGENT__INTERVAL_SECONDS": "[" * 5000}, "expected a number, got text"),
        ({"MINER_AGENT__AGENT__INTERVAL_SECONDS": "9" * 5000}, "expected a number, got text"),
        ({"MINER_AGENT__AGENT__RIG": "\udcff"}, "MINER_AGENT__AGENT__RIG is not UTF-8 text"),
        ({"MINER_AGENT__AGENT__\udcff": "x"}, "is not UTF-8 text"),
    ],
)  # fmt: skip
def test_a_bad_variable_ends_with_where_and_what_to_do(environment: dict[str, str], sentence: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        loading.load([], environment=environment, known_drivers=DRIVERS)

    assert str(refusal.value).startswith("environment: ")
    assert sentence in str(refusal.value)


def test_a_path_of_a_file_that_cannot_be_is_refused() -> None:
    with pytest.raises(ConfigError, match="holds a NUL character"):
        loading.load([Path("/a\0b.toml")], environment={}, known_drivers=DRIVERS)
    with pytest.raises(ConfigError, match="holds a NUL character"):
        loading.search(given=None, environment={"XDG_CONFIG_HOME": "/a\0b"})


@pytest.mark.parametrize("variable", ["XDG_CONFIG_HOME", "HOME"])
def test_what_lies_where_somebody_stands_is_not_his_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for folder in ("miner-agent", ".config/miner-agent"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "config.toml").write_text("[agent]\n")
    monkeypatch.chdir(tmp_path)

    assert loading.search(given=None, environment={variable: str(tmp_path)})[0].is_relative_to(tmp_path)
    found = loading.search(given=None, environment={variable: "."})
    assert all(path.is_relative_to("/etc/miner-agent") for path in found)


def test_drop_ins_change_scalars_and_add_miners(tmp_path: Path) -> None:
    home = tmp_path / "miner-agent"
    (home / "conf.d").mkdir(parents=True)
    (home / "config.toml").write_text('[agent]\nrig = "a"\n[[miners]]\nname = "one"\ndriver = "trex"')
    (home / "conf.d" / "10-more.toml").write_text('[agent]\nrig = "b"\n[[miners]]\nname = "two"\ndriver = "xmrig"')
    paths = loading.search(given=None, environment={"XDG_CONFIG_HOME": str(tmp_path)})

    loaded = loading.load(paths, environment={}, known_drivers=DRIVERS)

    assert loaded.agent.rig == "b"
    assert [miner.name for miner in loaded.miners] == ["one", "two"]


SAME = [
    ('[[miners]]\nname = "a"\ndriver = "trex"\n', '[[miners]]\nname = "b"\ndriver = "trex"\nboards = 3\n'),
    (
        '[[miners]]\nname = "a"\ndriver = "trex"\naddress = "10.0.0.1:4067"\n',
        '[[miners]]\nname = "b"\ndriver = "trex"\naddress = "10.0.0.1:4067"\n',
    ),
    (
        '[[meters]]\nname = "a"\ndriver = "xmrig"\naddress = "10.0.0.2"\nchannel = 1\n',
        '[[meters]]\nname = "b"\ndriver = "xmrig"\naddress = "10.0.0.2"\nchannel = 1\n',
    ),
]
APART = [
    SAME[0][0] + SAME[1][1],
    SAME[0][0] + SAME[0][1] + 'rig = "other"\n',
    SAME[2][0] + SAME[2][1].replace("channel = 1", "channel = 2"),
]


@for_each(("first", "second"), SAME)
def test_what_would_be_read_and_counted_twice_is_refused(tmp_path: Path, first: str, second: str) -> None:
    (tmp_path / "config.toml").write_text(first + second)

    with pytest.raises(ConfigError, match=r'"b" reads the same as "a" .* counted twice; leave one of them away'):
        loading.load([tmp_path / "config.toml"], environment={}, known_drivers=DRIVERS)


@for_each("text", APART)
def test_what_stands_at_one_address_and_is_told_apart_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.toml").write_text(text)

    loaded = loading.load([tmp_path / "config.toml"], environment={}, known_drivers=DRIVERS)

    assert [one.name for one in (*loaded.miners, *loaded.meters)] == ["a", "b"]


def test_a_given_file_comes_before_the_environment_and_the_home(tmp_path: Path) -> None:
    (tmp_path / "miner-agent").mkdir()
    (tmp_path / "miner-agent" / "config.toml").touch()
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "MINER_AGENT_CONFIG": "/b.toml"}

    assert loading.search(given=Path("/a.toml"), environment=environment) == (Path("/a.toml"),)
    assert loading.search(given=None, environment=environment) == (Path("/b.toml"),)
    del environment["MINER_AGENT_CONFIG"]
    assert loading.search(given=None, environment=environment) == (tmp_path / "miner-agent" / "config.toml",)


def test_what_a_file_names_is_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "config.toml").write_text('[agent]\nstate_directory = "state"\n[collectors]\nsysfs = "~/sys"')
    monkeypatch.setenv("HOME", "/somewhere")
    monkeypatch.chdir(tmp_path / "elsewhere")

    loaded = loading.load([Path("../config.toml")], environment={}, known_drivers=DRIVERS)

    assert loaded.agent.state_directory == tmp_path / "elsewhere" / ".." / "state"
    assert loaded.collectors.sysfs == Path("/somewhere/sys")


def test_a_path_beside_a_directory_that_is_gone_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    with pytest.raises(ConfigError, match=r'state_directory = "state": this directory is gone; write the whole path'):
        loading.load([], environment={"MINER_AGENT__AGENT__STATE_DIRECTORY": "state"}, known_drivers=DRIVERS)


def miner_with_token(tmp_path: Path, mode: int, text: str = "s3cret\n") -> Miner:
    token = tmp_path / "token"
    token.write_text(text)
    token.chmod(mode)
    loaded = load(tmp_path, '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "token"')
    return loaded.miners[0]


def test_a_token_is_read_from_beside_the_file(tmp_path: Path) -> None:
    assert read_token(miner_with_token(tmp_path, 0o600)) == "s3cret"


def test_systemds_credentials_come_before_the_files_neighbour(tmp_path: Path) -> None:
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "token").touch(0o400)
    text = '[[miners]]\nname = "a"\ndriver = "xmrig"\ntoken_file = "token"'

    loaded = load(tmp_path, text, {"CREDENTIALS_DIRECTORY": str(credentials)})

    assert loaded.miners[0].token_file == SecretFile(credentials / "token", from_systemd=True)
    (credentials / "token").chmod(0o600)
    (credentials / "token").write_text("s3cret")
    (credentials / "token").chmod(0o440)  # as systemd 257 hands them out
    assert read_token(loaded.miners[0]) == "s3cret"


def test_a_token_that_others_can_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can be read by others; run: chmod 600"):
        read_token(miner_with_token(tmp_path, 0o644))


@pytest.mark.parametrize("text", ["", "\n", "two\nlines", "ümlaut", "abc def", "abc\x01def", "abc\0def"])
def test_a_token_file_without_a_token_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError, match="holds no token") as refusal:
        read_token(miner_with_token(tmp_path, 0o600, text))

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
    shown = render(loaded)

    assert load(tmp_path, shown).miners[0].token_file == loaded.miners[0].token_file
    assert load(tmp_path, shown).http.listen.host == "::1"
    assert load(tmp_path, shown).agent.rig == 'a "quoted" rig'


SECRET = "zQ7hunter"
WALLET = "4zQ7hunter" + 85 * "A"
A_MINER = '[[miners]]\nname = "a"\ndriver = "xmrig"\n'
A_FEED = '[[feeds]]\nfeed = "ecb"\n'
TOLD_SECRETS = [
    f'{A_MINER}address = "http://user:{SECRET}@127.0.0.1:1"',
    f'{A_MINER}pool = "stratum+tcp://{WALLET}.rig:{SECRET}@pool.example:3333"',
    f'{A_MINER}pool = ["pool.example:3333", "{WALLET}"]',
    f'{A_MINER}account = "{WALLET}"',
    f'{A_MINER}account = ["{WALLET}.rig:{SECRET}", "x"]',
    f'{A_MINER}worker = "rig:{SECRET}"',
    f'{A_MINER}worker = "{WALLET}"',
    f'{A_MINER}token = "{SECRET}"',
    f'{A_MINER}token_file = ["{SECRET}"]',
    f'{A_MINER}token_file = {{ token = "{SECRET}" }}',
    f'{A_FEED}base_url = "http://user:{SECRET}@127.0.0.1:1"',
    f'{A_FEED}base_url = "https://feed.example/?key={SECRET}"',
    f'[[payouts]]\npool = "ocean"\ncoin = "BTC"\naccount = "x"\nwallet = "w"\nbase_url = "http://user:{SECRET}@10.0.0.1"',
    f'{A_FEED}parameters = {{ securityToken = "{SECRET}" }}',
    f'[[meters]]\nname = "m"\ndriver = "xmrig"\naddress = "user:{SECRET}@10.0.0.1"',
]


@pytest.mark.parametrize("text", TOLD_SECRETS)
def test_a_secret_that_somebody_wrote_into_the_file_is_neither_shown_nor_quoted(tmp_path: Path, text: str) -> None:
    try:
        told = shown_config(load(tmp_path, text))
    except ConfigError as refusal:
        told = str(refusal)

    assert SECRET not in told


def test_the_account_that_a_pool_is_asked_by_is_shown_as_its_fingerprint_which_is_no_account(tmp_path: Path) -> None:
    text = '[[payouts]]\npool = "nanopool"\ncoin = "XMR"\nwallet = "w"\naccount = "{}"'
    shown = shown_config(load(tmp_path, text.format(WALLET)))

    assert WALLET not in shown
    assert 'account = "#' in shown
    with pytest.raises(ConfigError, match="no pool is asked by a fingerprint; write the account itself"):
        load(tmp_path, shown)


def test_an_account_is_kept_as_its_fingerprint_which_may_be_written_too(tmp_path: Path) -> None:
    loaded = load(tmp_path, f'{A_MINER}account = "43invented.rig1"\npool = "tcp://43invented:x@pool.example:1"')

    assert loaded.miners[0].account == ("#df3b89f3ae8f",)
    assert loaded.miners[0].pool == ("tcp://pool.example:1",)
    assert load(tmp_path, render(loaded)).miners == loaded.miners


def test_what_is_shown_turns_no_line_around_and_loads_again(tmp_path: Path) -> None:
    folder = tmp_path / "a\u202e\n\x1b[31m"
    folder.mkdir()
    loaded = load(folder, '[agent]\nrig = "\\u202e\\u007f\\u0085\\u001b\\U000e0001ü"')
    shown = render(loaded)

    assert all(line.isprintable() for line in shown.splitlines())
    assert load(tmp_path, shown).agent.rig == loaded.agent.rig == "\u202e\x7f\x85\x1b\U000e0001ü"


def modes(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("linked", [False, True])
@pytest.mark.parametrize("names", [(), ("lock", "state.db")])
def test_a_state_directory_that_is_open_to_others_is_closed(
    tmp_path: Path, names: tuple[str, ...], linked: bool
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(0o755)
    for name in names:
        (state / name).touch()
    if linked:
        (tmp_path / "link").symlink_to(state)

    StateDirectory.open(tmp_path / "link" if linked else state).close()

    assert modes(state) == 0o700


def test_a_directory_with_files_of_others_is_refused_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "theirs").touch()
    tmp_path.chmod(0o755)

    with pytest.raises(NotPermitted, match=r"holds files that are not the agent's; set another .*chmod 700"):
        StateDirectory.open(tmp_path)

    assert modes(tmp_path) == 0o755
    assert [path.name for path in tmp_path.iterdir()] == ["theirs"]


def test_an_open_state_directory_of_another_user_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o770)
    monkeypatch.setattr(os, "geteuid", lambda: tmp_path.stat().st_uid + 1)

    with pytest.raises(NotPermitted, match="belongs to another user and is open to others; give it to the user"):
        StateDirectory.open(tmp_path)

    assert modes(tmp_path) == 0o770


def test_a_state_directory_that_is_no_path_is_refused() -> None:
    with pytest.raises(ConfigError, match="set another"):
        StateDirectory.open(Path("/a\0b"))


@as_an_ordinary_user
def test_a_directory_that_may_not_be_read_is_said_to_be(tmp_path: Path) -> None:
    (tmp_path / "miner-agent").mkdir(mode=0)

    with pytest.raises(NotPermitted, match=r"miner-agent.*: permission denied; ask as a user who may"):
        loading.search(given=None, environment={"XDG_CONFIG_HOME": str(tmp_path)})
