"""What becomes of a command whose output finds no room, no reader or no letters for what it prints."""

import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.agent import Agent
from tests.cli.every_command import (
    LEAVES,
    SERVICES,
    TREX,
    World,
    files_written,
    printed,
    required,
    run_here,
    world,
)
from tests.examples import few_and_all
from tests.fake_http import FakeMiner
from tests.fakes import Mode
from tests.forks import Forks, forking
from tests.waiting import until

ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
NO_CONFIG = {"MINER_AGENT_CONFIG": ""}

FULL = Path("/dev/full")
COMMANDS = [name for name in LEAVES if name not in SERVICES]
FORMS = ("", "--json", "--csv")
ANSWERS = [
    (name, form)
    for name in COMMANDS
    for form in FORMS
    if not form or form in (word for param in LEAVES[name].params for word in param.opts)
]
LOST = "miner-agent: standard output: no space left on device; what was printed did not all arrive\n"


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("streams")) as made:
        yield made


@pytest.fixture(autouse=True)
def _configured(everything: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINER_AGENT_CONFIG", str(everything.folder / "config.toml"))


def whole(everything: World, name: str, folder: Path) -> list[str]:
    """The command with what it has to be given."""
    written = [word for option in required(name) for word in (option, str(folder / "new"))]
    return [*everything.arguments(name), *written]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "form"), few_and_all(ANSWERS))
def test_a_full_disk_is_one_sentence_and_74(everything: World, tmp_path: Path, name: str, form: str) -> None:
    with FULL.open("w", encoding="utf-8") as full:
        code, said = run_here([*whole(everything, name, tmp_path), *form.split()], full)

    assert code == 74
    assert said.endswith(LOST)
    assert "Traceback" not in said


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "form"), few_and_all(ANSWERS))
def test_a_reader_that_has_seen_enough_is_met_with_silence(
    everything: World, tmp_path: Path, name: str, form: str
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w", encoding="utf-8") as pipe:
        code, said = run_here([*whole(everything, name, tmp_path), *form.split()], pipe)

    assert code == 141
    assert "Traceback" not in said
    assert "standard output" not in said


class Interrupted(io.TextIOWrapper):
    """Standard output at which somebody presses Ctrl-C."""

    def write(self, text: str, /) -> int:
        raise KeyboardInterrupt


@pytest.mark.parametrize("name", few_and_all(COMMANDS))
def test_an_interrupt_is_130_and_nothing_more_is_said(everything: World, tmp_path: Path, name: str) -> None:
    code, said = run_here(whole(everything, name, tmp_path), Interrupted(io.BytesIO(), encoding="utf-8"))

    assert code == 130
    assert "Traceback" not in said
    assert "Aborted" not in said


@pytest.mark.parametrize(
    ("name", "option", "path"),
    few_and_all(
        [
            (name, option, str(path))
            for name, command in LEAVES.items()
            for option in files_written(command)
            for path in (FULL, FULL / "below", "/proc/nowhere/at/all")
        ]
    ),
)
def test_a_file_that_finds_no_room_is_one_sentence(everything: World, name: str, option: str, path: str) -> None:
    code, _, said = printed([*everything.arguments(name, option), path])
    last = said.splitlines()[-1]

    if name == "record" and path == str(FULL):  # of an export the folder may be there
        assert (code, "is there already; name a folder that is not" in last) == (2, True)
    else:
        assert code == 74
        assert last.startswith(f"miner-agent: {path}: ")
    assert "Traceback" not in said


FILLS_UP = """
import resource
from miner_agent.cli import main as command

def main(*arguments):
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))  # bytes of any file
    sys.dont_write_bytecode = True
    os.dup2(1, 2)
    sys.stderr = open(2, "w", buffering=1, closefd=False)
    sys.argv = ["miner-agent", *arguments]
    command()
"""


@pytest.fixture(scope="module")
def filling_up(everything: World) -> Iterator[Forks]:
    with forking(FILLS_UP, {**os.environ, "MINER_AGENT_CONFIG": str(everything.folder / "config.toml")}) as forks:
        yield forks


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("name", "option"), [(name, option) for name, command in LEAVES.items() for option in files_written(command)]
)
def test_a_disk_that_fills_up_keeps_no_half(
    everything: World, filling_up: Forks, tmp_path: Path, name: str, option: str
) -> None:
    path = tmp_path / "new"
    arguments = [*everything.arguments(name, option), str(path)]
    with closing(sqlite3.connect(everything.folder / "ledger.db")) as books:
        books.execute("SELECT count(*) FROM sqlite_master")  # else it is the file beside the books that finds no room
        *_, said, ended = filling_up.lines_of(*arguments)

    assert ended == "ended 74"
    assert said.startswith(f"miner-agent: {path}: file too large; name a f")
    assert not path.exists()


@pytest.mark.parametrize(("name", "encoding"), few_and_all(list(product(COMMANDS, ["ascii", "latin-1"]))))
def test_a_terminal_that_lacks_letters_ends_no_command(
    everything: World, tmp_path: Path, name: str, encoding: str
) -> None:
    arguments = whole(everything, name, tmp_path)
    code, out, said = printed(arguments, encoding)

    assert code in everything.rows[name].codes, said
    assert out.strip()
    assert "–" not in out


@pytest.mark.parametrize(
    "name", few_and_all([name for name in COMMANDS if any("--json" in p.opts for p in LEAVES[name].params)])
)
def test_json_loses_no_letter_in_any_encoding(everything: World, tmp_path: Path, name: str) -> None:
    dry = ["--dry-run"] if any("--dry-run" in option.opts for option in LEAVES[name].params) else []

    def letters(encoding: str) -> list[str]:
        (tmp_path / encoding).mkdir()
        arguments = [*whole(everything, name, tmp_path / encoding), "--json", *dry]  # what is booked is no news then
        return re.findall(r"[^\x00-\x7f]", str(json.loads(printed(arguments, encoding)[1])))

    wide, *narrow = map(letters, ("utf-8", "latin-1", "ascii"))

    assert narrow == [wide, wide]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "ascii"])
def test_the_configuration_that_is_shown_is_the_one_in_force_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    directory = r'/invented/größe € 😀 "quoted" back\slash'
    config = tmp_path / "ä.toml"
    config.write_text(f"[agent]\nrig = 'größe'\nstate_directory = '{directory}'\n", encoding="utf-8")
    code, shown, _ = printed(["config", "show", "--config", str(config)], encoding)
    agent = tomllib.loads(shown)["agent"]

    assert code == 0
    assert (agent["rig"], agent["state_directory"]) == ("größe", directory)


def test_letters_give_way_to_the_nearest_ones(everything: World) -> None:
    stats, decisions = everything.arguments("log stats"), everything.arguments("log decisions")

    assert "asic-é" in printed(stats)[1]
    assert "asic-é" in printed(stats, "latin-1")[1]
    assert "asic-e" in printed(stats, "ascii")[1]
    assert "RVN – it is better by 1 €" in printed(decisions)[1]
    assert "RVN - it is better by 1 ?" in printed(decisions, "latin-1")[1]


def started(*arguments: str, environment: dict[str, str] | None = None, **streams: Any) -> "subprocess.Popen[str]":
    """The command in a process of its own, whose end writes what is left in buffers."""
    held = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.Popen(
        [sys.executable, "-m", "miner_agent", *arguments],
        env={**held, **(environment or {})}, text=True, errors="replace", start_new_session=True, **streams,
    )  # fmt: skip


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("arguments", "unbuffered"), [(("coins",), ""), (("coins",), "1"), (("once",), ""), (("--help",), "")]
)
def test_nothing_is_said_after_the_end_either(arguments: tuple[str, ...], unbuffered: str) -> None:
    environment = {"PYTHONUNBUFFERED": unbuffered}
    with FULL.open("w") as full:
        lost = started(*arguments, environment=environment, stdout=full, stderr=subprocess.PIPE)
        assert (lost.communicate(timeout=30)[1], lost.returncode) == (LOST, 74)
    reader, writer = os.pipe()
    os.close(reader)
    alone = started(*arguments, environment=environment, stdout=writer, stderr=subprocess.PIPE)
    os.close(writer)
    said = alone.communicate(timeout=30)[1]
    assert alone.returncode == 141
    assert "rror" not in said
    with FULL.open("w") as full:  # nobody is left to tell, and the answer is there
        mute = started(*arguments, environment=environment, stdout=subprocess.PIPE, stderr=full)
        assert mute.communicate(timeout=30)[0].strip()
    assert mute.returncode in {0, 69}


@pytest.mark.thorough
def test_a_standard_output_that_is_closed_is_told_as_a_full_one() -> None:
    code = 'import os, sys; os.close(1); os.execv(sys.executable, [sys.executable, "-m", "miner_agent", "coins"])'
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True, timeout=30, check=False)

    assert done.returncode == 74
    assert "miner-agent: standard output: it is closed" in done.stderr


@pytest.mark.e2e
@pytest.mark.parametrize("locale", [ASCII, {"PYTHONIOENCODING": "latin-1"}])
def test_an_old_locale_ends_no_command_and_no_argument_does(everything: World, locale: dict[str, str]) -> None:
    for arguments in (everything.arguments("log stats"), ["coins"], ["coins", "ä"], ["log", "show", "–"], ["ö"]):
        process = started(*arguments, environment=locale, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        _, said = process.communicate(timeout=30)
        assert process.returncode in {0, 2}, said
        assert "Traceback" not in said


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("config", "check"), "miner-agent: {home}/.config/miner-agent/config.toml: not TOML"),
        (("config", "check", "--config", "{home}/no-é.toml"), "miner-agent: {home}/no-e.toml: no such file"),
        (("log", "stats", "--config", "{home}/é.toml"), "miner-agent: {home}/a/telemetry.db: nothing is recorded here"),
        (("config", "show", "--config", "{home}/é.toml"), 'state_directory = "{home}/\\u00e4"'),
        (("doctor", "--config", "{home}/é.toml"), "{home}/a: can be written"),
        (
            ("tariff", "show", "--tariff", "{home}/ü.csv", "--config", "{home}/é.toml"),
            "miner-agent: {home}/u.csv: no such",
        ),
        (("replay", "{home}/ö"), "miner-agent: {home}/o"),
        (("öh",), "No such command 'oh'"),
    ],
)
def test_a_locale_of_ascii_shows_letters_of_paths_and_arguments(
    tmp_path: Path, arguments: tuple[str, ...], told: str
) -> None:
    home = tmp_path / "höme"
    (home / ".config" / "miner-agent").mkdir(parents=True)
    (home / ".config" / "miner-agent" / "config.toml").write_text("bad")
    (home / "é.toml").write_text('[agent]\nstate_directory = "ä"\n[collectors.nvml]\nenabled = false\n')
    (home / "ä").mkdir()
    words = [word.format(home=home) for word in arguments]
    process = started(
        *words, environment={**ASCII, **NO_CONFIG, "HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    said, _ = process.communicate(timeout=30)

    shown = "h\\u00f6me" if arguments[:2] == ("config", "show") else "home"
    assert told.format(home=tmp_path / shown) in said
    assert "udc" not in said
    assert "??" not in said


@pytest.mark.e2e
def test_what_is_written_for_programs_has_letters_too(tmp_path: Path) -> None:
    process = started(
        "doctor", "--json", environment={**ASCII, **NO_CONFIG, "HOME": f"{tmp_path}/ä"}, stdout=subprocess.PIPE
    )
    said, _ = process.communicate(timeout=30)

    assert f"{tmp_path}/ä/.local/state/miner-agent" in {check["subject"] for check in json.loads(said)}


@pytest.mark.e2e
def test_the_environment_may_hold_letters_in_a_locale_of_ascii(tmp_path: Path) -> None:
    variables = {**ASCII, **NO_CONFIG, "HOME": str(tmp_path), "MINER_AGENT__AGENT__RIG": "größe"}
    process = started("config", "show", environment=variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said, _ = process.communicate(timeout=30)

    assert 'rig = "gr\\u00f6\\u00dfe"' in said


@pytest.mark.e2e
@pytest.mark.parametrize("arguments", [("once",), ("doctor",)])
def test_an_interrupt_ends_a_command_in_silence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with FakeMiner(mode=Mode.HANG) as miner:
        (tmp_path / "config.toml").write_text(
            f'[agent]\nstate_directory = "{tmp_path}"\n[[miners]]\nname = "a"\ndriver = "trex"\naddress = "{miner.address}"\n'
        )
        process = started(
            *arguments, "--config", str(tmp_path / "config.toml"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        until(lambda: miner.received)
        os.killpg(process.pid, signal.SIGINT)
        out, said = process.communicate(timeout=30)

    assert (process.returncode, out, said.strip()) == (130, "", "")


BROKEN = """
import os, signal
from miner_agent.cli import first_level, main

def broken(**_):
    try:
        os.kill(os.getpid(), {number})
        signal.pause() if {number} else None
    except KeyboardInterrupt:
        raise RuntimeError("an import breaks in the middle")
    raise RuntimeError("a mistake of ours")

first_level.cli = broken
main()
"""


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (0, 1)])
def test_an_interrupt_is_quiet_whatever_it_breaks_and_a_mistake_shows_itself(number: int, code: int) -> None:
    broken = [sys.executable, "-c", BROKEN.format(number=int(number))]
    done = subprocess.run(broken, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == code
    assert ("a mistake of ours" in done.stderr, "Traceback" in done.stderr) == (number == 0, number == 0)


@pytest.mark.e2e
@pytest.mark.parametrize("encoding", ["latin-1", "ascii"])
def test_a_first_table_that_cannot_be_spelled_costs_no_tick(tmp_path: Path, encoding: str) -> None:
    environment = {"PYTHONIOENCODING": encoding, "MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0"}
    with Agent(tmp_path, environment=environment, command=("replay", str(TREX), "--table")) as agent:
        agent.wait_for_line(re.compile(r"^miner +software +algorithm"))
        assert not any("this tick failed" in line for line in agent.lines)


UNREAD = """
import os, sys
reader, writer = os.pipe()
os.set_inheritable(reader, True)
os.set_blocking(writer, False)
try:
    while os.write(writer, bytes(4096)):
        pass
except BlockingIOError:
    os.set_blocking(writer, True)
os.dup2(writer, 1)
os.execv(sys.executable, [sys.executable, "-m", "miner_agent", *sys.argv[1:]])
"""


@pytest.mark.e2e
@pytest.mark.parametrize("into", ["a pipe that nobody reads", "a full disk"])
def test_a_first_table_that_nobody_takes_costs_no_tick_and_no_end(tmp_path: Path, into: str) -> None:
    environment = {"MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0", "MINER_AGENT__AGENT__INTERVAL_SECONDS": "1"}
    full = 'import os, sys; os.dup2(os.open("/dev/full", os.O_WRONLY), 1)\n' + UNREAD.splitlines()[-1]
    program = ("-c", UNREAD if into == "a pipe that nobody reads" else full)
    last = "rig_agent_last_tick_timestamp_seconds"
    with Agent(tmp_path, environment=environment, program=program, command=("replay", str(TREX), "--table")) as agent:
        first = agent.wait_until(lambda page: last in page)[last]
        agent.wait_until(lambda page: page[last] > first + 1.5)
        code, seconds = agent.stop()

    assert code == 0
    assert seconds < 5
    assert not any("this tick failed" in line or "Traceback" in line for line in agent.lines)


@pytest.mark.e2e
def test_a_journal_that_stalls_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """Neither what is logged nor what is printed is read by anybody, and both pipes are full."""
    both = UNREAD.replace("os.dup2(writer, 1)", "os.dup2(writer, 1); os.dup2(writer, 2)")
    environment = {
        **{name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        "MINER_AGENT__HTTP__LISTEN": "127.0.0.1:0",
        "MINER_AGENT__AGENT__STATE_DIRECTORY": str(tmp_path / "state"),
    }
    process = subprocess.Popen([sys.executable, "-c", both, "run", "--table"], env=environment)
    try:
        until((tmp_path / "state" / "telemetry.db").exists)  # then signals are heard
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.e2e
def test_an_interrupt_at_a_terminal_reaches_no_child(tmp_path: Path) -> None:
    """A terminal interrupts a whole process group: the child that makes a database, and the one that reads cards."""
    (tmp_path / "config.toml").write_text(
        f'[agent]\nstate_directory = "{tmp_path}/state"\n[http]\nlisten = "127.0.0.1:0"\n[collectors.nvml]\nenabled = true\n'
    )
    process = started("run", "--config", str(tmp_path / "config.toml"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        until(lambda: groups_of_children(process.pid) - {process.pid}, every_seconds=0.002)
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=20)
    finally:
        process.kill()
        process.wait()

    assert process.returncode == 0
    assert "Interrupt" not in said


def groups_of_children(pid: int) -> set[int]:
    groups = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # a thread or a child that has just ended
            groups |= {os.getpgid(int(child)) for child in (task / "children").read_text().split()}
    return groups
