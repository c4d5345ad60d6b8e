"""The service as its files say: there, enabled, running, and to whom it may talk."""

from pathlib import Path

import pytest

from miner_agent.look.service_unit import NAME, read_unit
from tests.for_each import for_each

UNIT = Path(__file__).parents[2] / "systemd"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A machine with systemd and our unit as it is installed."""
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    written(tmp_path, f"etc/systemd/system/{NAME}", (UNIT / NAME).read_text())
    return tmp_path


def written(root: Path, path: str, text: str) -> None:
    (root / path).parent.mkdir(parents=True, exist_ok=True)
    (root / path).write_text(text)


def lets_out(root: Path, host: str) -> bool:
    unit = read_unit(root)
    assert unit is not None
    return unit.lets_out(host)


def test_without_systemd_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert read_unit(tmp_path) is None


def test_where_it_is_not_installed_nothing_else_is_known(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    unit = read_unit(tmp_path)

    assert unit is not None
    assert (unit.installed, unit.enabled, unit.running) == (False, False, False)


def test_it_is_there_enabled_and_running_as_the_files_say(root: Path) -> None:
    unit = read_unit(root)
    assert unit is not None
    assert (unit.installed, unit.enabled, unit.running) == (True, False, False)

    wants = root / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir()
    (wants / NAME).symlink_to(f"/etc/systemd/system/{NAME}")  # which leads nowhere from here, as in a chroot
    written(root, f"sys/fs/cgroup/system.slice/{NAME}/cgroup.procs", "4711\n")
    unit = read_unit(root)
    assert unit is not None
    assert (unit.installed, unit.enabled, unit.running) == (True, True, True)


def test_a_package_puts_it_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "run/systemd/system").mkdir(parents=True)
    written(tmp_path, f"usr/lib/systemd/system/{NAME}", "")
    unit = read_unit(tmp_path)

    assert unit is not None
    assert unit.installed


@for_each(
    ("host", "may"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("10.0.0.7", False), ("pool.example", False)],
)
def test_as_it_comes_it_talks_to_this_machine_alone(root: Path, host: str, may: bool) -> None:
    assert lets_out(root, host) is may


@for_each(
    ("drop_ins", "allowed", "refused"),
    [
        (
            {"asic-gateway": (UNIT / "drop-ins" / "asic-gateway.conf").read_text()},
            ["10.0.0.7"],
            ["8.8.8.8", "a.example"],
        ),
        ({"override": "[Service]\nIPAddressAllow=192.168.1.0/24 nonsense"}, ["192.168.1.9"], ["192.168.2.9"]),
        ({"override": "[Service]\nIPAddressDeny="}, ["8.8.8.8", "a.example"], []),
        ({"a": "[Service]\nIPAddressAllow=any", "b": "# IPAddressAllow="}, ["8.8.8.8", "a.example"], []),
        ({"a": "[Service]\nIPAddressAllow=any", "b": "[Service]\nIPAddressAllow="}, [], ["8.8.8.8", "127.0.0.1"]),
    ],
)
def test_drop_ins_say_the_rest(root: Path, drop_ins: dict[str, str], allowed: list[str], refused: list[str]) -> None:
    for old in (root / f"etc/systemd/system/{NAME}.d").glob("*"):
        old.unlink()
    for name, text in drop_ins.items():
        written(root, f"etc/systemd/system/{NAME}.d/{name}.conf", text)

    assert [host for host in allowed if not lets_out(root, host)] == []
    assert [host for host in refused if lets_out(root, host)] == []


def test_of_two_files_of_one_name_the_owner_s_holds(root: Path) -> None:
    written(root, f"usr/lib/systemd/system/{NAME}.d/x.conf", "[Service]\nIPAddressDeny=\n")
    written(root, f"etc/systemd/system/{NAME}.d/x.conf", "")

    assert not lets_out(root, "8.8.8.8")


def test_a_file_that_cannot_be_read_says_nothing(root: Path) -> None:
    (root / f"etc/systemd/system/{NAME}.d/x.conf").mkdir(parents=True)

    assert not lets_out(root, "8.8.8.8")
