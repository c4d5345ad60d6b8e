"""The package for Debian, in a system that has nothing but what the package asks for."""

import filecmp
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent import __version__
from tests.packages.clean_root import Root, fresh
from tests.packages.wheels import ROOT, require_wheelhouse, wheel_of
from tests.requires import require_tool
from tests.waiting import until
from tools import deb

pytestmark = pytest.mark.root

OF_DPKG = re.compile(
    r"(Selecting previously|\(Reading database|Preparing to|Unpacking|Setting up|Removing|Purging|Processing"
    r"|Created symlink /etc/systemd/system/multi-user\.target\.wants/miner-agent\.service) .*\n"
)
STATE = ("telemetry.db", "telemetry.db-wal", "alerts.db", "state.db", "lock", "feeds/ecb.json")
CARDS = {"0000:01:00.0": ("0x030000", "0x10de"), "0000:02:00.0": ("0x020000", "0x1002")}  # of NVIDIA, and no card


def dpkg(root: Root, *arguments: str, options: tuple[str, ...] = ()) -> str:
    """What our scripts said in it, beside what dpkg itself tells."""
    done = root.run("dpkg", *arguments, options=options)
    assert done.exit_code == 0, done.said
    return OF_DPKG.sub("", done.said)


def install(root: Root, package: Path) -> str:
    return dpkg(root, "--install", "/package.deb", options=(f"--bind-ro={package}:/package.deb",))


def configure_beside_cards(root: Root, earlier_version: str, devices: Path) -> str:
    """As dpkg does, on a machine that has these on its bus."""
    mounted = "mount --bind /devices /sys/bus/pci/devices"
    command = f'{mounted} && exec /var/lib/dpkg/info/miner-agent.postinst configure "$0"'
    options = (f"--bind-ro={devices}:/devices", "--setenv=DPKG_MAINTSCRIPT_PACKAGE=miner-agent")
    done = root.run("sh", "-c", command, earlier_version, options=options)
    assert done.exit_code == 0, done.said
    return done.said


def write(root: Root, *names: str) -> None:
    """Files in the state directory, as the service leaves them."""
    for name in names:
        path = root.path / "var/lib/miner-agent" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("kept")


def built(folder: Path) -> Path:
    """The package, made without any haste to be small."""
    require_tool("dpkg-deb", package="dpkg")
    wheelhouse = require_wheelhouse()
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("SOURCE_DATE_EPOCH", "1700000000")
        return deb.build(wheel=wheel_of(ROOT, folder), wheelhouse=wheelhouse, out=folder, compression="none")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(tmp_path_factory.mktemp("package"))


@pytest.fixture(scope="module")
def next_package(package: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A later one, in which a module is no more."""
    folder = tmp_path_factory.mktemp("next")
    tree, next_one = folder / "tree", folder / "next.deb"
    subprocess.run(["dpkg-deb", "--raw-extract", package, tree], check=True)
    control = tree / "DEBIAN" / "control"
    control.write_text(re.sub("^Version: ", "Version: 9:", control.read_text(), flags=re.MULTILINE))
    (gone,) = tree.glob("opt/miner-agent/lib/python*/site-packages/mdurl")
    shutil.rmtree(gone)
    subprocess.run(["dpkg-deb", "-Znone", "--build", tree, next_one], check=True, capture_output=True)
    shutil.rmtree(tree)
    return next_one


@pytest.fixture
def root(clean_base: Path, tmp_path: Path) -> Iterator[Root]:
    with fresh(clean_base, tmp_path / "root") as one:
        yield one


@pytest.fixture(scope="module")
def installed_base(clean_base: Path, package: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Root]:
    with fresh(clean_base, tmp_path_factory.mktemp("installed")) as one:
        assert install(one, package) == ""
        yield one


@pytest.fixture
def installed(installed_base: Root, tmp_path: Path) -> Iterator[Root]:
    """A root with the package in it, for one test to change."""
    with fresh(installed_base.path, tmp_path / "root") as one:
        yield one


def test_it_is_the_same_to_the_byte_each_time_it_is_made(package: Path, tmp_path: Path) -> None:
    again = built(tmp_path)

    assert again.name == package.name
    assert filecmp.cmp(again, package, shallow=False)


def test_it_brings_nothing_compiled_and_no_place_of_the_machine_that_made_it(package: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "--extract", package, tmp_path], check=True)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and not path.is_symlink()]
    ours = [path for path in files if "site-packages" not in path.parts or path.name in {"RECORD", "direct_url.json"}]

    assert [path for path in files if path.suffix == ".pyc" or path.name == "direct_url.json"] == []
    assert [path for path in ours if str(ROOT).encode() in path.read_bytes() or b"/stage/" in path.read_bytes()] == []


def test_what_is_installed_runs_and_is_compiled_for_those_who_may_not_write_there(installed: Root) -> None:
    assert installed.run("miner-agent", "--version").said == f"miner-agent, version {__version__}\n"
    assert installed.run("miner-agent", "once", "--json").exit_code == 0
    asked = installed.run("miner-agent", "profit", "--hardware", "6x rtx3080", "--kwh-price", "0.1626")
    assert asked.exit_code == 0, asked.said  # numpy and its libraries are loaded for it
    assert installed.run("miner-agent", "rules", "export", "--out", "/rules").exit_code == 0
    modules = list(installed.path.glob("opt/miner-agent/lib/python*/site-packages/miner_agent/*.py"))
    compiled = list(installed.path.glob("opt/miner-agent/lib/python*/site-packages/miner_agent/__pycache__/*.pyc"))
    assert len(compiled) == len(modules)
    status = (installed.path / "etc/miner-agent").stat()
    group = installed.run("id", "--group", "miner-agent").said
    assert (oct(status.st_mode & 0o777), status.st_uid, str(status.st_gid)) == ("0o750", 0, group.strip())


def test_the_configuration_that_comes_with_it_is_sound(installed: Root) -> None:
    checked = installed.run("miner-agent", "config", "check")

    assert checked.exit_code == 0, checked.said


def test_an_upgrade_keeps_configuration_and_state_and_leaves_nothing_of_what_is_gone(
    installed: Root, next_package: Path
) -> None:
    write(installed, *STATE, "ledger.db")
    config = installed.path / "etc/miner-agent/config.toml"
    mine = config.read_text() + "interval_seconds = 30\n"
    config.write_text(mine)

    assert install(installed, next_package) == ""

    assert config.read_text() == mine
    assert all((installed.path / "var/lib/miner-agent" / name).exists() for name in (*STATE, "ledger.db"))
    assert not list(installed.path.glob("opt/miner-agent/lib/python*/site-packages/mdurl"))
    assert installed.run("miner-agent", "--version").exit_code == 0


def test_removing_it_keeps_what_is_its_owner_s(installed: Root) -> None:
    write(installed, *STATE, "ledger.db")

    assert dpkg(installed, "--remove", "miner-agent") == ""

    assert not (installed.path / "opt/miner-agent").exists()
    assert (installed.path / "etc/miner-agent/config.toml").exists()
    assert all((installed.path / "var/lib/miner-agent" / name).exists() for name in (*STATE, "ledger.db"))


def test_it_can_be_removed_where_its_program_was_taken_away_before(installed: Root) -> None:
    shutil.rmtree(installed.path / "opt/miner-agent")

    done = installed.run("dpkg", "--remove", "miner-agent")

    assert done.exit_code == 0, done.said


def test_purging_it_leaves_nothing_where_there_are_no_books(installed: Root) -> None:
    write(installed, *STATE)
    (installed.path / "etc/miner-agent/xmrig-token").write_text("secret")

    assert dpkg(installed, "--purge", "miner-agent") == ""

    left = [
        path
        for folder in ("etc", "opt", "usr", "var/lib")
        for path in installed.path.joinpath(folder).rglob("*miner-agent*")
    ]
    assert left == []
    assert installed.run("id", "miner-agent").exit_code != 0


@pytest.mark.parametrize("name", ["ledger.db", "ledger.db.before-restore", "backup-2025.db"])
def test_purging_it_never_takes_the_books_and_says_where_they_are(installed: Root, name: str) -> None:
    write(installed, *STATE, name)

    said = dpkg(installed, "--purge", "miner-agent")

    assert said == (
        "miner-agent: books and backups stay in /var/lib/miner-agent; "
        "once nobody asks for them any more: sudo rm -r /var/lib/miner-agent\n"
    )
    left = {path.name for path in installed.path.glob("var/lib/miner-agent/*")}
    assert left == {name, *(["state.db"] if name.startswith("ledger.db") else [])}
    assert {path.stat().st_uid for path in installed.path.glob("var/lib/miner-agent/*")} == {0}


def test_what_make_installed_is_not_overwritten(root: Root, package: Path) -> None:
    unit = root.path / "etc/systemd/system/miner-agent.service"
    unit.write_text("[Service]\n")

    done = root.run("dpkg", "--install", "/package.deb", options=(f"--bind-ro={package}:/package.deb",))

    assert done.exit_code != 0
    assert "sudo make uninstall-service" in done.said
    assert not (root.path / "opt/miner-agent/bin").exists()


def test_make_does_not_overwrite_what_the_package_installed(installed: Root) -> None:
    done = installed.run(
        "make", "--directory=/project", "install-program", options=(f"--bind-ro={ROOT / 'Makefile'}:/project/Makefile",)
    )

    assert done.exit_code != 0
    assert "sudo apt remove miner-agent" in done.said


def test_the_service_is_let_to_the_cards_that_are_there_when_it_is_first_installed(
    installed: Root, tmp_path: Path
) -> None:
    devices = tmp_path / "devices"
    for address, (kind, vendor) in CARDS.items():
        (devices / address).mkdir(parents=True)
        (devices / address / "class").write_text(f"{kind}\n")
        (devices / address / "vendor").write_text(f"{vendor}\n")
    drop_ins = installed.path / "etc/systemd/system/miner-agent.service.d"

    assert configure_beside_cards(installed, "", devices) == ""
    assert [path.name for path in drop_ins.iterdir()] == ["nvidia.conf"]
    assert (installed.path / str((drop_ins / "nvidia.conf").readlink()).lstrip("/")).is_file()

    (drop_ins / "nvidia.conf").unlink()  # its owner wants none
    assert configure_beside_cards(installed, "0.0.9-1", devices) == ""
    assert list(drop_ins.iterdir()) == []


def test_its_service_runs_under_systemd_and_is_begun_anew_by_an_upgrade(installed: Root, next_package: Path) -> None:
    shutil.copy(next_package, installed.path / "next.deb")
    with installed.booted() as booted:
        until(lambda: booted.run("systemctl", "is-active", "miner-agent").said == "active\n", seconds=90)
        first = booted.run("systemctl", "show", "--property=MainPID", "miner-agent").said
        assert ", as of " in booted.run("miner-agent", "status").said  # how this machine is, is not what is asked here
        owner = booted.run("stat", "--format=%U %a", "/var/lib/miner-agent").said
        assert owner == "miner-agent 700\n"

        upgraded = booted.run("dpkg", "--install", "/next.deb")
        assert (upgraded.exit_code, OF_DPKG.sub("", upgraded.said)) == (0, "")
        until(lambda: booted.run("systemctl", "is-active", "miner-agent").said == "active\n", seconds=90)
        assert booted.run("systemctl", "show", "--property=MainPID", "miner-agent").said != first

        removed = booted.run("dpkg", "--remove", "miner-agent")
        assert (removed.exit_code, OF_DPKG.sub("", removed.said)) == (0, "")
        assert booted.run("systemctl", "is-active", "miner-agent").said == "inactive\n"
