"""Every command where nobody would run it of his own will: it does what it can, or says in a sentence why not."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.asked_here import FORBIDDEN, GONE
from tests.cli.every_command import LEAVES, SERVICES, World, files_written, of_books, required, world
from tests.cli.ordinary_asked import Asked, OrdinaryUser
from tests.examples import few_and_all

pytestmark = pytest.mark.xdist_group("ordinary-user")  # whom one process stands for


COMMANDS = [name for name in LEAVES if name not in SERVICES]
ILL = 3  # it has answered, and not well
NOT_KNOWN, NOTHING_THERE, NOT_WRITABLE, NOT_CONFIGURED = {2}, {74}, {77}, {78}
OF_ALERTS = {"alerts list", "alerts silence", "alerts silences", "alerts unsilence"}
ASKS_STATE = OF_ALERTS | {"devices forget", "devices list"}


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("hostile")) as made:
        yield made


def is_a_sentence(done: Asked) -> bool:
    said = done.stdout if done.returncode == ILL else done.stderr
    return "Traceback" not in done.stdout + done.stderr and bool(done.returncode == 0 or said.strip())


@pytest.mark.thorough
@pytest.mark.parametrize("name", few_and_all(COMMANDS))
def test_without_home_folder_time_zone_or_locale(
    user: OrdinaryUser, everything: World, tmp_path: Path, name: str
) -> None:
    folder = tmp_path / f"folder{GONE}"
    folder.mkdir()
    bare = {
        "PATH": os.environ["PATH"],
        "TZ": "Garbage/\udcff:99",
        "LANG": "xx_YY.no",
        "LC_ALL": "xx_YY.no",
        "COLUMNS": "x",
    }
    out = [word for option in required(name) for word in (option, str(tmp_path / "written"))]
    config = {"MINER_AGENT_CONFIG": str(everything.folder / "config.toml")}
    done = user.told_in(*everything.arguments(name), *out, environment=bare | config, folder=folder)

    assert done.returncode in everything.rows[name].codes, done.stderr
    assert is_a_sentence(done)

    folder.mkdir()
    done = user.told_in(*everything.arguments(name), environment=bare, folder=folder)
    assert done.returncode in everything.rows[name].codes | without_home_or_configuration(name), done.stderr
    assert is_a_sentence(done), done.stderr


def without_home_or_configuration(name: str) -> set[int]:
    """How a command may end where nobody says where anything lies; it is not told where to write either."""
    if required(name):
        return NOT_KNOWN
    asks_state = name in ASKS_STATE or name.startswith("log ") or of_books(name)
    return NOT_CONFIGURED if asks_state or name == "alerts test" else set()


@pytest.mark.thorough
@pytest.mark.parametrize("name", few_and_all(COMMANDS))
def test_with_folders_that_are_closed_or_not_whole(
    user: OrdinaryUser, everything: World, tmp_path: Path, name: str
) -> None:
    folder, state = tmp_path / f"folder{FORBIDDEN}", tmp_path / "state"
    folder.mkdir()
    state.mkdir(mode=0o500)
    out = [word for option in required(name) for word in (option, "written")]
    places = {"XDG_STATE_HOME": str(state), "XDG_CONFIG_HOME": ".", "HOME": "", "TMPDIR": str(state)}
    done = user.told_in(
        *everything.arguments(name), *out, environment={"PATH": os.environ["PATH"], **places}, folder=folder
    )
    folder.chmod(0o700)

    assert done.returncode in everything.rows[name].codes | with_an_empty_state(name), done.stderr
    assert is_a_sentence(done)


def with_an_empty_state(name: str) -> set[int]:
    """How a command may end where there is no state yet, no configuration, and nothing may be written."""
    if name in OF_ALERTS | {"alerts test", "payouts sync"}:
        return NOT_CONFIGURED
    if name == "devices forget":
        return NOT_KNOWN
    if of_books(name):
        return NOT_WRITABLE | NOTHING_THERE
    if required(name):
        return NOT_WRITABLE
    return NOTHING_THERE if name.startswith("log ") else set()


@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, command in LEAVES.items() for option in files_written(command)]
)
def test_a_file_that_this_user_may_not_write_is_77_and_stays_as_it_was(
    user: OrdinaryUser, everything: World, tmp_path: Path, name: str, option: str
) -> None:
    kept, closed = tmp_path / "kept", tmp_path / "closed"
    kept.write_text("it was here before")
    kept.chmod(0o400)
    closed.mkdir(mode=0o500)
    environment = {"PATH": os.environ["PATH"], "MINER_AGENT_CONFIG": str(everything.folder / "config.toml")}
    for path in [closed / "new"] if option == "--out" else [closed / "new", kept]:
        done = user.told_in(*everything.arguments(name, option), str(path), environment=environment)

        assert done.returncode == 77, done.stderr
        assert done.stderr.splitlines()[-1].startswith(f"miner-agent: {path}: permission denied; name a f")
    assert kept.read_text() == "it was here before"
    assert list(closed.iterdir()) == []
