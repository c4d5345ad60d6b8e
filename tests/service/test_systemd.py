"""The unit and what belongs to it: systemd understands all of it, it is tight, and it is installed where it says."""

import itertools
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner

from miner_agent import drivers
from miner_agent.cli.first_level import cli
from miner_agent.config import configuration, loading
from miner_agent.config.environment import PREFIX
from miner_agent.config.state_folder import state_directory
from miner_agent.config.tariff_terms import APPLIES, TARIFF_KEYS
from miner_agent.errors import ConfigError, NotPermitted
from tests.requires import require_tool

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "systemd"
UNIT = FOLDER / "miner-agent.service"
DROP_INS = sorted(path.stem for path in (FOLDER / "drop-ins").glob("*.conf"))
RIGS = [tuple(rig) for size in range(len(DROP_INS) + 1) for rig in itertools.combinations(DROP_INS, size)]
SCORE_MAX = 2.0
USAGE_ERROR = 2
SYSEXITS_OF_THE_OWNER = {64, 65, 66}  # usage, data, no input: sysexits.h

every_rig = pytest.mark.parametrize("rig", RIGS, ids=lambda rig: "+".join(rig) or "processor")


def settings(name: str, *files: Path) -> list[str]:
    """The values of one key in these files, in their order."""
    return [
        line.partition("=")[2]
        for file in files
        for line in file.read_text().splitlines()
        if line.startswith(f"{name}=")
    ]


def ran(*command: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The end of a program; a ``make`` above this one must not speak to one below."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        [str(word) for word in command],
        env=inherited | environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def analyzed(tmp_path: Path, rig: Iterable[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """``systemd-analyze`` on the unit with these drop-ins and with a program that is there."""
    tool = require_tool("systemd-analyze", package="systemd")
    program, units = tmp_path / "miner-agent", tmp_path / "units"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    (units / "miner-agent.service.d").mkdir(parents=True)
    (installed,) = settings("ExecStart", UNIT)
    copy = units / UNIT.name
    copy.write_text(UNIT.read_text().replace(installed.split()[0], str(program)))
    for name in rig:
        shutil.copy(FOLDER / "drop-ins" / f"{name}.conf", units / "miner-agent.service.d")
    return ran(tool, *arguments, copy, SYSTEMD_UNIT_PATH=f"{units}:")


@pytest.mark.thorough
@every_rig
def test_systemd_finds_nothing_to_say_about_the_unit(tmp_path: Path, rig: tuple[str, ...]) -> None:
    verified = analyzed(tmp_path, rig, "verify", "--man=no")

    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")


def test_systemd_would_say_that_a_key_of_a_drop_in_is_unknown(tmp_path: Path) -> None:
    (tmp_path / "units" / "miner-agent.service.d").mkdir(parents=True)
    (tmp_path / "units" / "miner-agent.service.d" / "wrong.conf").write_text("[Service]\nPrivateDevice=no\n")
    shutil.copy(UNIT, tmp_path / "units")
    tool = require_tool("systemd-analyze", package="systemd")

    verified = ran(tool, "verify", tmp_path / "units" / UNIT.name, SYSTEMD_UNIT_PATH=f"{tmp_path / 'units'}:")

    assert "Unknown key" in verified.stderr


@every_rig
def test_the_sandbox_is_tight_and_the_page_says_how_tight(tmp_path: Path, rig: tuple[str, ...]) -> None:
    scored = analyzed(tmp_path, rig, "security", "--offline=true", "--no-pager")

    found = re.search(r"Overall exposure level for miner-agent\.service: ([0-9.]+)", scored.stdout)
    assert found, scored.stderr
    assert scored.stderr == ""
    assert float(found[1]) <= SCORE_MAX
    rows = [
        [cell.strip(" `") for cell in line.split("|")[1:-1]]
        for line in (ROOT / "docs" / "service.md").read_text().splitlines()
        if re.fullmatch(r"\|.*\| [0-9]\.[0-9] \|", line)
    ]
    assert {tuple(sorted(row[1].split())) for row in rows} == {(), *((name,) for name in DROP_INS), tuple(DROP_INS)}
    stated = {tuple(sorted(row[1].split())): row[3] for row in rows}.get(rig)
    if stated and ran("systemd-analyze", "--version").stdout.startswith("systemd 252 "):
        assert stated == found[1]


def test_it_is_not_started_again_where_only_its_owner_can_help() -> None:
    (listed,) = settings("RestartPreventExitStatus", UNIT)
    prevented = {int(code) for code in listed.split()}

    assert prevented - SYSEXITS_OF_THE_OWNER - {USAGE_ERROR} == {77, 78}
    assert {77, 78} == {NotPermitted.exit_code, ConfigError.exit_code}
    assert not prevented & {1, 69, 70, 74, 75}


def test_the_program_is_where_make_puts_it() -> None:
    (command,) = settings("ExecStart", UNIT)
    program, *arguments = command.split()
    makefile = (ROOT / "Makefile").read_text()

    assert arguments == ["run"]
    assert f"ln -sfn {program} " in makefile
    assert f"OPT = $(STAGE){Path(program).parents[1]}\n" in makefile


def test_the_directories_of_the_unit_are_those_of_the_other_files() -> None:
    (mode,) = settings("ConfigurationDirectoryMode", UNIT)
    (user,) = settings("User", UNIT)

    assert (
        f"d /etc/{settings('ConfigurationDirectory', UNIT)[0]} {mode} root {user}\n"
        in (FOLDER / "miner-agent.tmpfiles.conf").read_text()
    )
    assert settings("EnvironmentFile", UNIT) == ["-/etc/miner-agent/environment"]
    assert settings("StateDirectoryMode", UNIT) == ["0700"]


def test_the_user_and_every_group_are_made(tmp_path: Path) -> None:
    tool = require_tool("systemd-sysusers", package="systemd")
    (tmp_path / "etc").mkdir()

    made = ran(tool, f"--root={tmp_path}", FOLDER / "miner-agent.sysusers.conf")

    assert made.returncode == 0, made.stderr
    users = [line.split(":") for line in (tmp_path / "etc" / "passwd").read_text().splitlines()]
    assert [[user[0], *user[5:]] for user in users] == [["miner-agent", "/nonexistent", "/usr/sbin/nologin"]]
    groups = {line.split(":")[0] for line in (tmp_path / "etc" / "group").read_text().splitlines()}
    wanted = settings("SupplementaryGroups", *(FOLDER / "drop-ins").glob("*.conf"))
    assert groups >= {"miner-agent", *(group for line in wanted for group in line.split())}


def test_the_energy_counter_is_opened_to_the_agent_alone(tmp_path: Path) -> None:
    tool = require_tool("systemd-tmpfiles", package="systemd")
    zone = tmp_path / "sys" / "devices" / "virtual" / "powercap" / "intel-rapl" / "intel-rapl:0"
    zone.mkdir(parents=True)
    for name, mode in (("energy_uj", 0o400), ("name", 0o444)):
        (zone / name).write_text("1\n")
        (zone / name).chmod(mode)
    (tmp_path / "sys" / "class" / "powercap").mkdir(parents=True)
    (tmp_path / "sys" / "class" / "powercap" / zone.name).symlink_to(
        f"../../devices/virtual/powercap/intel-rapl/{zone.name}"
    )
    (tmp_path / "etc").mkdir()  # its own group stands for the agent's, so that nobody has to be root here
    (tmp_path / "etc" / "passwd").write_text(f"miner-agent:x:{os.getuid()}:{os.getgid()}::/:/\n")
    (tmp_path / "etc" / "group").write_text(f"miner-agent:x:{os.getgid()}:\n")

    applied = ran(tool, "--create", "--prefix=/sys", f"--root={tmp_path}", FOLDER / "miner-agent.tmpfiles.conf")

    assert (applied.returncode, applied.stderr) == (0, "")
    assert stat.S_IMODE((zone / "energy_uj").stat().st_mode) == 0o440
    assert stat.S_IMODE((zone / "name").stat().st_mode) == 0o444


@pytest.mark.root
def test_the_configuration_is_for_the_agent_to_read_and_for_root_to_write(tmp_path: Path) -> None:
    tool = require_tool("systemd-tmpfiles", package="systemd")
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text("root:x:0:0::/:/\nminer-agent:x:4321:4322::/:/\n")
    (tmp_path / "etc" / "group").write_text("root:x:0:\nminer-agent:x:4322:\n")

    assert ran(tool, "--create", f"--root={tmp_path}", FOLDER / "miner-agent.tmpfiles.conf").returncode == 0

    made = (tmp_path / "etc" / "miner-agent").stat()
    assert (stat.S_IMODE(made.st_mode), made.st_uid, made.st_gid) == (0o750, 0, 4322)


def uncommented(example: Path) -> str:
    """The file with every setting that it shows in force; a comment in words has a space after its ``#``."""
    return re.sub(r"^#(?! |$)", "", example.read_text(), flags=re.MULTILINE)


def loaded(*paths: Path, **environment: str) -> configuration.Config:
    return loading.load(paths, environment=environment, known_drivers=drivers.names())


def test_the_example_configuration_is_good_and_says_only_where_the_service_keeps_its_state() -> None:
    example = FOLDER / "config.example.toml"

    checked = CliRunner().invoke(cli, ["config", "check", "--config", str(example)])

    assert checked.exit_code == 0, checked.output
    (name,) = settings("StateDirectory", UNIT)
    assert loaded(example).agent.state_directory == Path("/var/lib", name)
    assert msgspec.structs.replace(loaded(example), sources=(), agent=configuration.AgentTable()) == loaded()


def test_the_log_of_the_service_is_found_without_what_systemd_sets() -> None:
    environment = {"HOME": "/nonexistent"}  # as `sudo -u miner-agent` runs it

    assert state_directory(loaded(FOLDER / "config.example.toml"), environment) == Path("/var/lib/miner-agent")
    for page in ("log.md", "service.md"):
        text = " ".join((ROOT / "docs" / page).read_text().split())
        assert "sudo -u miner-agent miner-agent log stats" in text
        assert "state_directory" in text


def with_a_tariff(text: str, kind: str) -> str:
    """The example as somebody leaves it who has such a tariff: without what the other kinds take."""
    lines, section = [], ""
    for line in text.splitlines():
        section = line if line.startswith("[") else section
        of = section.strip("[]").removeprefix("tariff.") if section.startswith("[[") else line.partition(" = ")[0]
        if section.strip("[]").partition(".")[0] != "tariff" or of not in TARIFF_KEYS - APPLIES[kind]:
            lines.append(f'kind = "{kind}"' if line.startswith('kind = "flat"') else line)
    return "\n".join(lines)


@pytest.mark.parametrize("kind", APPLIES)
def test_the_example_configuration_shows_every_key(kind: str, tmp_path: Path) -> None:
    text = uncommented(FOLDER / "config.example.toml")
    (tmp_path / "config.toml").write_text(with_a_tariff(text, kind))

    example = loaded(tmp_path / "config.toml")
    assert (len(example.miners), len(example.meters)) == (3, 2)
    assert example.tariff is not None
    assert example.tariff.kind == kind
    keys = [key.rpartition(".")[2] for key in list(configuration.keys())]
    assert set(keys) <= set(re.findall(r"^(\w+) =", text, re.MULTILINE))


def test_the_example_environment_is_good_and_changes_nothing() -> None:
    example = FOLDER / "environment.example"
    shown = dict(line.split("=", 1) for line in uncommented(example).splitlines() if line and not line.startswith("#"))

    assert all(line.startswith("#") or not line for line in example.read_text().splitlines())
    assert all(name.startswith(PREFIX) for name in shown)
    assert loaded(**shown).agent.rig == "left-rack"


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()}


INSTALLED = {
    "etc/miner-agent/config.toml",
    "etc/miner-agent/environment",
    "etc/systemd/system/miner-agent.service",
    "etc/sysusers.d/miner-agent.conf",
    "etc/tmpfiles.d/miner-agent.conf",
    "usr/local/bin/miner-agent",
}


@pytest.mark.e2e
def test_make_installs_what_the_page_names_and_takes_it_away_again(tmp_path: Path) -> None:
    make, stage = require_tool("make", package="make"), tmp_path / "stage"
    drop_ins = "etc/systemd/system/miner-agent.service.d"

    def made(target: str, *variables: str) -> None:
        done = ran(make, target, f"DESTDIR={stage}", "PROGRAM=no", *variables)
        assert done.returncode == 0, done.stderr

    made("install-service", "RIG=nvidia amd")
    assert files_below(stage) == INSTALLED | {f"{drop_ins}/nvidia.conf", f"{drop_ins}/amd.conf"}
    assert str((stage / "usr/local/bin/miner-agent").readlink()) == settings("ExecStart", UNIT)[0].split()[0]
    assert stat.S_IMODE((stage / "etc/miner-agent").stat().st_mode) == 0o750

    # an upgrade: the owner's configuration and choice stay, and what is ours is renewed
    owned = [stage / "etc/miner-agent" / name for name in ("config.toml", "environment")]
    for file in (*owned, stage / "etc/systemd/system/miner-agent.service", stage / drop_ins / "amd.conf"):
        file.write_text("# mine\n")
    (stage / drop_ins / "override.conf").write_text("# mine\n")
    made("install-service")
    assert {file.read_text() for file in owned} == {"# mine\n"}
    assert (stage / "etc/systemd/system/miner-agent.service").read_text() == UNIT.read_text()
    assert (stage / drop_ins / "amd.conf").read_text() == (FOLDER / "drop-ins" / "amd.conf").read_text()
    assert not (stage / drop_ins / "asic-gateway.conf").exists()

    made("uninstall-service")
    assert files_below(stage) == {
        "etc/miner-agent/config.toml", "etc/miner-agent/environment", f"{drop_ins}/override.conf"
    }  # fmt: skip


@pytest.mark.e2e
def test_make_installs_the_manual_and_completion_and_takes_them_away_again(tmp_path: Path) -> None:
    make, stage = require_tool("make", package="make"), tmp_path / "stage"
    python = stage / "opt/miner-agent/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    share = stage / "usr/local/share"
    installed = ran(make, "install-service", f"DESTDIR={stage}", "PROGRAM=no")

    assert installed.returncode == 0, installed.stderr
    assert {
        "man/man1/miner-agent.1",
        "man/man1/miner-agent-once.1",
        "bash-completion/completions/miner-agent",
        "zsh/site-functions/_miner-agent",
        "fish/vendor_completions.d/miner-agent.fish",
    } <= files_below(share)
    assert ran(make, "uninstall-service", f"DESTDIR={stage}", "PROGRAM=no").returncode == 0
    assert files_below(share) == set()


@pytest.mark.e2e
def test_make_refuses_a_rig_that_it_does_not_know(tmp_path: Path) -> None:
    make = require_tool("make", package="make")

    refused = ran(make, "install-service", f"DESTDIR={tmp_path}", "PROGRAM=no", "RIG=nvidai")

    assert refused.returncode != 0
    assert "RIG=nvidai is not known; it is one or more of: " + " ".join(DROP_INS) in refused.stderr
    assert not files_below(tmp_path)
