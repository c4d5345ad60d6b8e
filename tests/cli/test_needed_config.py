"""A configuration that this user may not read: commands that can do without go on, the others say so."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.cli.support.needed_config import NEEDS, Need
from tests import databases, ordinary_user
from tests.cli.every_command import LEAVES, SERVICES, World, required, world
from tests.cli.ordinary_asked import OrdinaryUser, environment_of
from tests.examples import few_and_all

pytestmark = pytest.mark.xdist_group("ordinary-user")  # whom one process stands for


NOTE = "note: this goes on without the configuration: "
OF = {need: [name for name, needed in NEEDS.items() if needed is need and name not in SERVICES] for need in Need}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("needed")) as made:
        yield made


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """The folder of configurations of a user, in which root's cannot be seen."""
    folder = tmp_path / "config" / "miner-agent"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text("this is never read")
    folder.chmod(0)
    yield tmp_path / "config"
    folder.chmod(0o700)


def test_every_command_says_what_it_needs() -> None:
    takes = {name for name, command in LEAVES.items() if any("--config" in param.opts for param in command.params)}

    assert set(NEEDS) == set(LEAVES)
    assert takes == {name for name, need in NEEDS.items() if need is not Need.NOTHING}


@pytest.mark.parametrize("name", few_and_all(OF[Need.SETTINGS]))
def test_what_can_do_without_goes_on_with_one_note(
    user: OrdinaryUser, everything: World, tmp_path: Path, closed: Path, name: str
) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "miner-agent").symlink_to(everything.folder)
    rig = ("--rig", "left") if name == "log show" else ()
    out = [word for option in required(name) for word in (option, str(tmp_path / "out"))]
    done = user.told(*everything.arguments(name), *rig, *out, config=closed, state=tmp_path / "state")

    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert done.stderr.count(NOTE) == 1
    assert f"{closed}/miner-agent/config.toml: permission denied" in done.stderr


@pytest.mark.parametrize("name", few_and_all([*OF[Need.WHOLE], *OF[Need.SECRETS]]))
def test_what_is_nothing_without_says_so(
    user: OrdinaryUser, everything: World, tmp_path: Path, closed: Path, name: str
) -> None:
    done = user.told(*everything.arguments(name), config=closed, state=tmp_path / "state")

    assert (done.returncode, done.stdout) == (77, "")
    assert done.stderr == (
        f"miner-agent: {closed}/miner-agent/config.toml: permission denied; "
        "ask as a user who may read it, or name a file with --config\n"
    )


@pytest.mark.e2e
def test_a_demo_whose_file_cannot_be_read_does_not_begin(tmp_path: Path) -> None:
    named = tmp_path / "config.toml"
    named.write_text("")
    named.chmod(0)
    done = ordinary_user.told("demo", "--config", str(named), environment=environment_of(tmp_path, tmp_path))

    assert (done.returncode, done.stdout) == (77, "")
    assert done.stderr.splitlines()[-1].startswith(f"miner-agent: {named}: permission denied; ask as a user")


@pytest.mark.e2e
def test_the_service_is_nothing_without_its_configuration(tmp_path: Path, closed: Path) -> None:
    named = tmp_path / "config.toml"
    named.write_text("")
    named.chmod(0)
    searched = ordinary_user.told("run", environment=environment_of(closed, tmp_path))
    given = ordinary_user.told("run", "--config", str(named), environment=environment_of(closed, tmp_path))

    assert (searched.returncode, given.returncode) == (77, 77)
    assert searched.stderr.startswith(
        f"miner-agent: {closed}/miner-agent/config.toml: permission denied; ask as a user"
    )
    assert given.stderr.startswith(f"miner-agent: {named}: permission denied; ask as a user")


@pytest.mark.parametrize("name", OF[Need.EXAMINED])
def test_to_whom_looks_for_what_is_wrong_it_is_one_finding(
    user: OrdinaryUser, everything: World, tmp_path: Path, closed: Path, name: str
) -> None:
    named = tmp_path / "config.toml"
    named.write_text("")
    named.chmod(0)
    for options in ((), ("--config", str(named))):
        done = user.told(*everything.arguments(name, "--json"), *options, config=closed, state=tmp_path / "state")
        mends = {check["area"]: check["mend"] for check in json.loads(done.stdout)}

        assert done.returncode == 3, done.stderr
        assert mends["configuration"].startswith(f"{options[1] if options else closed}")
        assert "permission denied; ask as a user who may read it" in mends["configuration"]
        assert {"disk", "clock", "version", "agent"} <= set(mends)


@pytest.mark.parametrize("name", OF[Need.NOTHING])
def test_what_needs_nothing_does_not_look(
    user: OrdinaryUser, everything: World, tmp_path: Path, closed: Path, name: str
) -> None:
    out = [word for option in required(name) for word in (option, str(tmp_path / "out"))]
    done = user.told(*everything.arguments(name), *out, config=closed, state=tmp_path / "state")

    assert done.returncode in everything.rows[name].codes, done.stderr
    assert "permission denied" not in done.stderr


@pytest.mark.parametrize("name", few_and_all([*OF[Need.SETTINGS], *OF[Need.WHOLE], *OF[Need.SECRETS]]))
def test_a_file_that_is_named_and_cannot_be_read_is_an_error(
    user: OrdinaryUser, everything: World, tmp_path: Path, name: str
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("")
    config.chmod(0)
    out = [word for option in required(name) for word in (option, str(tmp_path / "out"))]
    done = user.told(*everything.arguments(name, "--config", str(config)), *out, config=tmp_path, state=tmp_path)

    assert (done.returncode, done.stdout) == (77, ""), done.stderr
    assert done.stderr.startswith(f"miner-agent: {config}: permission denied; ask as a user who may read it, or name ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize("closed_part", ["config.toml", "conf.d", "conf.d/50-rig.toml"])
def test_a_configuration_that_can_be_read_in_part_is_not_taken_for_the_whole(
    user: OrdinaryUser, tmp_path: Path, closed_part: str
) -> None:
    folder = tmp_path / "miner-agent"
    (folder / "conf.d").mkdir(parents=True)
    for name in ("config.toml", "conf.d/50-rig.toml"):
        (folder / name).write_text("[agent]\ninterval_seconds = 7\n")
    (folder / closed_part).chmod(0)
    try:
        shown, coins = (
            user.told(*words, config=tmp_path, state=tmp_path) for words in (("config", "show"), ("coins", "RVN"))
        )
    finally:
        (folder / closed_part).chmod(0o700)

    assert (shown.returncode, shown.stdout) == (77, "")
    assert f"{folder}/{closed_part}: permission denied" in shown.stderr
    assert (coins.returncode, coins.stderr.count(NOTE)) == (0, 1)


def test_what_the_command_line_lacks_is_asked_for(
    user: OrdinaryUser, everything: World, tmp_path: Path, closed: Path
) -> None:
    rig = ("--hardware", "6x rtx3080")
    no_price = [
        user.told(*words, config=closed, state=tmp_path)
        for words in (
            ("profit", *rig),
            ("tariff", "show"),
            ("what-if", *rig),
            ("stress", *rig),
            ("backtest", *rig, str(everything.folder / "history.csv")),
            ("mine-or-buy", *rig, "--investment", "3000", "--months", "3"),
        )
    ]
    no_rig = user.told("profit", "--kwh-price", "0.1", config=closed, state=tmp_path)
    no_log = user.told("log", "stats", config=closed, state=tmp_path / "none")

    assert ([done.returncode for done in no_price], no_rig.returncode, no_log.returncode) == ([77] * 6, 77, 77)
    for done in no_price:
        assert "config.toml: permission denied; ask as a user who may read it" in done.stderr.splitlines()[-1]
        assert "Or say what a kilowatt-hour costs, with --kwh-price 0.1626" in done.stderr
    assert 'Or name a rig in place of this machine\'s, such as with --hardware "6x rtx3080"' in no_rig.stderr
    assert "telemetry.db: there is no log, and what may say where it is cannot be read: " in no_log.stderr
    assert "permission denied; ask as a user who may read it" in no_log.stderr


def test_without_a_home_the_reason_is_still_the_configuration(user: OrdinaryUser, tmp_path: Path, closed: Path) -> None:
    for question in ("stats", "market", "decisions", "show x"):
        done = user.told("log", *question.split(), config=closed, state=None)

        assert done.returncode == 77
        assert done.stderr.splitlines()[-1] == (
            f"miner-agent: what may say where the log is cannot be read: {closed}/miner-agent/config.toml: "
            "permission denied; ask as a user who may read it, or name a file with --config"
        )


def test_a_machine_without_a_home_is_examined_too(user: OrdinaryUser, tmp_path: Path) -> None:
    done = user.told("doctor", config=tmp_path, state=None)

    assert done.returncode == 3, done.stderr
    assert "  BROKEN state directory: there is no usual place for the log and the state" in done.stdout


@pytest.fixture
def with_secret(tmp_path: Path) -> Path:
    """A configuration that everybody may read, and a token that nobody may."""
    folder = tmp_path / "miner-agent"
    folder.mkdir()
    (folder / "token").write_text("canary")
    (folder / "token").chmod(0)
    (folder / "config.toml").write_text(
        f'[agent]\nstate_directory = "{tmp_path}"\n[[miners]]\nname = "a"\ndriver = "xmrig"\naddress = "127.0.0.1:9"\n'
        'token_file = "token"\n'
    )
    databases.empty_log(tmp_path)
    return folder / "token"


def test_a_token_is_read_by_what_asks_its_miner_and_by_nothing_else(
    user: OrdinaryUser, tmp_path: Path, with_secret: Path
) -> None:
    for words in (("log", "stats"), ("log", "show", "a"), ("coins",), ("config", "show")):
        done = user.told(*words, config=tmp_path, state=tmp_path)
        assert (done.returncode, NOTE in done.stderr) == (0, False), done.stderr
    for words in (("once",), ("doctor",), ("config", "check")):
        done = user.told(*words, config=tmp_path, state=tmp_path)
        said = done.stdout if words == ("doctor",) else done.stderr
        assert done.returncode == (3 if words == ("doctor",) else 77)
        assert f"miner 1 (a): token_file {with_secret}: permission denied; ask as a user who may read it\n" in said


def test_a_file_that_never_ends_is_too_large(user: OrdinaryUser, tmp_path: Path) -> None:
    done = user.told("config", "check", "--config", "/dev/zero", config=tmp_path, state=tmp_path)

    assert done.returncode == 78
    assert done.stderr.startswith("miner-agent: /dev/zero: file too large; ")
