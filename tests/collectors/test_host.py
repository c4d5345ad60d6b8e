"""This machine: the real code on trees of files in place of ``/sys`` and ``/proc``."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import Mock

import pytest

from miner_agent.assembly.parts import build
from miner_agent.collectors.host import disks, rapl
from miner_agent.collectors.host.disks import Disks
from miner_agent.collectors.host.kernel_files import read_attribute
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.rendered import render
from miner_agent.errors import BadPayload, ConfigError, SourceError
from miner_agent.model.devices import DeviceKind, DeviceReading
from tests.collectors.amdgpu_tree import ADDRESS, Tree
from tests.collectors.host_trees import MEMINFO, Machine
from tests.requires import require_tool


def test_a_machine_is_read_from_the_trees_it_is_given(machine: Machine) -> None:
    collector = machine.collector()
    machine.spend(user=300, idle=100)

    reading = machine.tick(collector)

    assert reading.cpu_model == "Example CPU 9000"
    assert reading.cpu_utilization_ratio == 0.75
    assert (reading.load1, reading.load5, reading.load15) == (1.5, 0.75, 0.25)
    assert (reading.memory_size_bytes, reading.memory_available_bytes) == (16384000 << 10, 12288000 << 10)
    assert reading.swap_used_bytes == 10000 << 10
    assert reading.booted_at is not None
    assert reading.booted_at.timestamp() == 1767000000
    assert reading.filesystems == ()


def test_processors_have_temperature_power_and_energy(machine: Machine) -> None:
    for number, celsius in ((0, "51000"), (1, "62000")):
        machine.chip(number, "coretemp", temp1_label=f"Package id {number}", temp1_input=celsius)
        machine.powercap.add(f"intel-rapl:{number}", f"package-{number}", 0)
    collector = machine.collector()
    for number in range(2):
        (machine.powercap.directory / f"intel-rapl:{number}/energy_uj").write_text(str((number + 1) * 10**9))

    reading = machine.tick(collector)

    assert reading.devices == tuple(
        DeviceReading(
            index=number,
            kind=DeviceKind.CPU,
            name="Example CPU 9000",
            core_temperature_celsius=celsius,
            power_watts=watts,
            energy_joules_total=10 * watts,
        )
        for number, celsius, watts in ((0, 51.0, 100.0), (1, 62.0, 200.0))
    )


def test_a_processor_without_a_sensor_has_its_power_all_the_same(machine: Machine) -> None:
    counter = machine.powercap.add("intel-rapl:1", "package-1", 0)
    collector = machine.collector()
    counter.write_text("650000000")

    reading = machine.tick(collector)

    assert [(device.index, device.power_watts) for device in reading.devices] == [(0, None), (1, 65.0)]


def test_a_machine_that_tells_nothing_of_its_processor_still_has_one(machine: Machine) -> None:
    reading = machine.tick(machine.collector())

    assert reading.devices == (DeviceReading(index=0, kind=DeviceKind.CPU, name="Example CPU 9000"),)
    assert reading.read_errors == ()


def test_energy_that_cannot_be_read_is_told_with_the_first_reading_and_once(machine: Machine) -> None:
    counter = machine.powercap.add("intel-rapl:0", "package-0", 0)
    counter.unlink()
    counter.symlink_to("/proc/self/mem")  # gives an input error to whoever reads it
    collector = machine.collector()

    reading = machine.tick(collector)

    assert reading.devices[0].power_watts is None
    assert [(error.device, error.quantity) for error in reading.read_errors] == [
        ("cpu0", "energy_joules_total"),
        ("cpu0", "power_watts"),
    ]


def test_a_load_is_a_difference_and_a_moment_has_none(machine: Machine) -> None:
    collector = machine.collector()

    assert machine.tick(collector, 0.01).cpu_utilization_ratio is None
    assert machine.tick(collector).cpu_utilization_ratio is None  # the kernel counted nothing at all
    machine.spend(user=50, idle=150)
    assert machine.tick(collector).cpu_utilization_ratio == 0.25
    machine.spend(user=50, idle=350)
    assert machine.tick(collector).cpu_utilization_ratio == 0.0


@pytest.mark.parametrize("text", ["", "x y z", "1.0"])
def test_a_load_average_that_is_none_is_absent(machine: Machine, text: str) -> None:
    (machine.procfs / "loadavg").write_text(text)

    assert machine.tick(machine.collector()).load1 is None


@pytest.mark.parametrize("text", ["", "MemTotal:       16384000 kB\n", "MemTotal:\n", "MemTotal: x kB\n"])
def test_a_table_of_memory_that_is_cut_short_is_said_so(machine: Machine, text: str) -> None:
    collector = machine.collector()
    (machine.procfs / "meminfo").write_text(text)

    with pytest.raises(BadPayload, match=r"what was made of .*meminfo is .*; expected the kernel's own lines"):
        machine.tick(collector)

    (machine.procfs / "meminfo").write_text(MEMINFO)
    assert machine.tick(collector).filesystems == ()


@pytest.mark.parametrize("name", ["meminfo", "stat"])
def test_a_table_that_is_gone_is_said_so_and_making_a_collector_does_not_fail(machine: Machine, name: str) -> None:
    kept = (machine.procfs / name).read_text()
    (machine.procfs / name).unlink()
    collector = machine.collector()

    with pytest.raises(SourceError, match=rf"{name} cannot be read: .*Is the kernel's /proc mounted there\?"):
        machine.tick(collector)

    (machine.procfs / name).write_text(kept)
    assert machine.tick(collector).booted_at is not None


def test_when_the_machine_started_is_not_known_where_the_kernel_does_not_say(machine: Machine) -> None:
    (machine.procfs / "stat").write_text("cpu  1 0 0 1 0 0 0 0 0 0\n")

    assert machine.tick(machine.collector()).booted_at is None


def configured(machine: Machine, folder: Path) -> Config:
    """The configuration of an agent that sees these trees."""
    file = folder / "config.toml"
    file.write_text(
        f'[collectors]\nsysfs = "{machine.sysfs}"\nprocfs = "{machine.procfs}"\n[collectors.nvml]\nenabled = false\n'
    )
    return loading.load([file], environment={}, known_drivers=())


def test_the_whole_agent_sees_the_trees_that_are_configured(machine: Machine, tmp_path: Path) -> None:
    Tree(machine.sysfs).plug()
    parts = build(configured(machine, tmp_path), {})

    snapshot = parts.pipeline.tick(datetime(2026, 1, 2, tzinfo=UTC))
    parts.close()

    by_label = {device.label: device.reading for device in snapshot.inventory.devices}
    assert by_label[ADDRESS].power_watts == 118.0
    assert by_label["cpu0"].name == "Example CPU 9000"


def test_energy_that_may_not_be_read_is_logged_once_with_what_to_do(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    counter = machine.powercap.add("intel-rapl:0", "package-0", 0)

    def guarded(file: Path) -> bytes:
        if file == counter:
            raise PermissionError(13, "Permission denied")
        return read_attribute(file)

    monkeypatch.setattr(rapl, "read_attribute", guarded)
    parts = build(configured(machine, tmp_path), {})

    snapshots = [parts.pipeline.tick(datetime(2026, 1, 2, tzinfo=UTC)) for _ in range(3)]
    parts.close()

    said = [message for message in caplog.messages if "only root" in message]
    assert len(said) == 1
    assert said[0].startswith("cpu0: energy_joules_total: the kernel lets only root read its energy.")
    counted = {status.device: status.read_errors_total for status in snapshots[-1].devices}
    assert {quantity: count for (quantity, _), count in counted["cpu0"].items()} == {
        "energy_joules_total": 1,
        "power_watts": 1,
    }


def test_a_tree_that_is_none_is_refused_with_where_it_was_written(machine: Machine, tmp_path: Path) -> None:
    (machine.procfs / "stat").unlink()

    with pytest.raises(ConfigError, match=r'\[collectors\]: procfs = ".*" holds no file "stat"'):
        build(configured(machine, tmp_path), {})


def test_the_trees_that_are_shown_load_again(machine: Machine, tmp_path: Path) -> None:
    loaded = configured(machine, tmp_path)
    shown = tmp_path / "shown.toml"
    shown.write_text(render(loaded))

    again = loading.load([shown], environment={}, known_drivers=())

    assert (again.collectors.sysfs, again.collectors.procfs) == (machine.sysfs, machine.procfs)
    assert (again.collectors.nvml.enabled, again.collectors.amdgpu.enabled) == (False, None)


MOUNTINFO = """\
24 1 254:0 / / ro,relatime shared:1 - ext4 /dev/vda rw,discard
25 24 254:0 /var/lib /var/lib/agent rw,relatime shared:1 - ext4 /dev/vda rw,discard
26 24 0:22 / /dev/shm rw,nosuid - tmpfs tmpfs rw
27 24 8:17 / /mnt/usb\\040stick rw,relatime - vfat /dev/sdb1 ro,errors=remount-ro
28 24 7:1 / /snap/core/1 ro,nodev - squashfs /dev/loop1 ro
29 24 0:40 / /tank rw - zfs tank/data rw,xattr
nonsense
"""


def test_a_disk_that_is_read_only_for_the_service_alone_is_not_read_only() -> None:
    mounts = {mount.mountpoint: mount.read_only for mount in disks.parse(MOUNTINFO)}

    assert mounts == {"/": False, "/mnt/usb stick": True, "/tank": False}


def test_disks_whose_names_only_look_alike_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "self").mkdir()
    names = ["/mnt/stick", "/mnt/stick\u200b", "/mnt/sti\\012ck", "/mnt/sti ck"]
    lines = [f"{at} 1 8:{at} / {name} rw - vfat /dev/sd{at} rw\n" for at, name in enumerate(names)]
    (tmp_path / "self/mountinfo").write_text("".join(lines), encoding="utf-8")

    read = Disks(tmp_path / "self" / "mountinfo").read() or ()

    assert len({one.mountpoint for one in read}) == len(names)
    assert read[0].mountpoint == "/mnt/stick"


IN_MOUNTS_OF_ITS_OWN = ["unshare", "--map-root-user", "--mount", "--propagation", "private"]
REMOUNT = "mount --options-source disable -o remount"  # of itself it names an owner that there is outside alone
LOOK_AFTER_EACH = """
import subprocess, sys
from pathlib import Path
from miner_agent.collectors.host.disks import Disks

disk, reads = Path(sys.argv[1], "folder", "disk"), []
disk.mkdir(parents=True)
table = Path("/proc/self/mountinfo")
kept = Disks(table)
whole = kept._read_table
kept._read_table = lambda: (reads.append(1), whole())[1]
for change in sys.stdin.read().splitlines():
    subprocess.run(["sh", "-c", change, "sh", str(disk)], check=True)
    known, told = ([(one.mountpoint, one.size_bytes, one.read_only) for one in read()] for read in (kept.read, Disks(table).read))
    assert known == told, (change, known, told)
    (mount,) = [one for one in told if one[0].endswith("/disk")] or [None]
    read_again = len(reads)
    kept.read()
    print(mount and mount[2], len(reads) - read_again)
"""


def test_whatever_becomes_of_a_disk_shows_though_the_table_is_not_read_each_time(tmp_path: Path) -> None:
    require_tool("unshare", package="util-linux")
    if subprocess.run([*IN_MOUNTS_OF_ITS_OWN, "true"], check=False, capture_output=True).returncode:
        pytest.skip("needs to make mounts of its own, which this machine does not let this user do")
    changes = [
        ("mount -t tmpfs -o size=1m /dev/sdx $1", "False 0"),
        (f"unshare -m {REMOUNT},ro $1", "True 0"),  # no change of these mounts, and the kernel tells of none
        (f"unshare -m {REMOUNT},rw $1", "False 0"),
        (f"{REMOUNT},bind,ro $1", "False 1"),  # as for a service that may write nowhere
        (f"unshare -m {REMOUNT},ro $1", "True 1"),
        (f"{REMOUNT},bind,rw $1; {REMOUNT},rw $1", "False 0"),
        ("cd $1/../..; mv folder moved; mkdir -p folder/disk", "False 0"),
        ("umount $1/../../moved/disk", "None 0"),
    ]

    done = subprocess.run(
        [*IN_MOUNTS_OF_ITS_OWN, sys.executable, "-c", LOOK_AFTER_EACH, str(tmp_path)],
        input="\n".join(change for change, _ in changes),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [shown for _, shown in changes]


def test_a_look_at_disks_that_fails_half_way_costs_itself_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    table = Path("/proc/self/mountinfo")
    told, kept = Disks(table).read(), Disks(table)

    for _ in range(2):
        with monkeypatch.context() as full:
            full.setattr(os, "statvfs", Mock(side_effect=MemoryError))
            with pytest.raises(MemoryError):
                kept.read()
        assert [one.mountpoint for one in kept.read() or ()] == [one.mountpoint for one in told or ()] != []


def test_in_a_container_the_root_is_a_disk() -> None:
    (mount,) = disks.parse("1 0 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l\n")

    assert mount.mountpoint == "/"


@pytest.mark.parametrize(
    ("changed", "available_bytes", "swap_used_bytes"),
    [
        ("MemAvailable:   99999999 kB", 2048000 << 10, 10000 << 10),  # a container's: more than there is
        ("MemAvailable:          0 kB", None, 10000 << 10),
        ("Unknown:               0 kB", None, 10000 << 10),  # a kernel before 3.14
    ],
)
def test_what_an_odd_kernel_says_of_its_memory_is_made_good(
    machine: Machine, changed: str, available_bytes: int | None, swap_used_bytes: int
) -> None:
    (machine.procfs / "zoneinfo").write_text("Node 0, zone   Normal\n        low      4096\n")
    (machine.procfs / "meminfo").write_text(MEMINFO.replace("MemAvailable:   12288000 kB", changed))

    reading = machine.tick(machine.collector())

    assert reading.memory_size_bytes == 16384000 << 10
    assert reading.memory_available_bytes is not None
    assert reading.memory_available_bytes == available_bytes or 0 < reading.memory_available_bytes < 16384000 << 10
    assert reading.swap_used_bytes == swap_used_bytes


def test_a_table_of_processors_that_is_none_is_said_so(machine: Machine) -> None:
    collector = machine.collector()
    (machine.procfs / "stat").write_text("intr 1 2 3\n")

    with pytest.raises(BadPayload, match=r"what was made of .*stat is .*; expected the kernel's own lines"):
        machine.tick(collector)
