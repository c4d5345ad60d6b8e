"""This machine: the real code on trees of files in place of ``/sys`` and ``/proc``."""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psutil
import pytest

from miner_agent.assembly.parts import build
from miner_agent.collectors.host import disks
from miner_agent.collectors.host.machine import HostCollector
from miner_agent.config import loading
from miner_agent.config.configuration import Config
from miner_agent.config.rendered import render
from miner_agent.errors import BadPayload, ConfigError, SourceError
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState
from miner_agent.model.readings import HostReading, TemperatureReading
from tests.collectors.test_amdgpu import ADDRESS, Tree
from tests.collectors.test_rapl import Powercap
from tests.waiting import until

MEMINFO = """\
MemTotal:       16384000 kB
MemFree:         2048000 kB
MemAvailable:   12288000 kB
Buffers:          102400 kB
Cached:          4096000 kB
SReclaimable:     204800 kB
Shmem:             10240 kB
Active:          3000000 kB
Inactive:        2000000 kB
SwapTotal:       8192000 kB
SwapFree:        8182000 kB
"""
STAT = """\
cpu  {user} 0 0 {idle} 0 0 0 0 0 0
cpu0 {user} 0 0 {idle} 0 0 0 0 0 0
btime 1767000000
"""


class Machine:
    """A ``/sys`` and a ``/proc``, and a clock."""

    def __init__(self, root: Path) -> None:
        self.now = 1000.0
        self.sysfs, self.procfs = root / "sys", root / "proc"
        self.powercap = Powercap(self.sysfs)
        (self.procfs / "self").mkdir(parents=True)
        (self.procfs / "meminfo").write_text(MEMINFO)
        (self.procfs / "vmstat").write_text("pswpin 0\npswpout 0\n")
        (self.procfs / "loadavg").write_text("1.50 0.75 0.25 2/345 6789\n")
        (self.procfs / "cpuinfo").write_text("processor\t: 0\nmodel name\t: Example CPU  9000\n")
        (self.procfs / "filesystems").write_text("nodev\tproc\n\text4\n")
        (self.procfs / "self/mountinfo").write_text("")
        self.spend(user=0, idle=0)

    def spend(self, *, user: int, idle: int) -> None:
        """Hundredths of a second since the machine started."""
        (self.procfs / "stat").write_text(STAT.format(user=user, idle=idle))

    def chip(self, number: int, name: str, **files: str) -> None:
        directory = self.sysfs / f"class/hwmon/hwmon{number}"
        directory.mkdir(parents=True)
        for file, text in {"name": name, **files}.items():
            (directory / file).write_text(f"{text}\n")

    def sit(self, number: int, place: str, **files: str) -> None:
        """Put a chip of that number on a device."""
        device = self.sysfs / "devices/pci0000:00" / place
        device.mkdir(parents=True)
        for file, text in files.items():
            (device / file).write_text(f"{text}\n")
        (self.sysfs / f"class/hwmon/hwmon{number}/device").symlink_to(device)

    def collector(self) -> HostCollector:
        return HostCollector(sysfs=self.sysfs, procfs=self.procfs, monotonic=lambda: self.now)

    def tick(self, collector: HostCollector, seconds: float = 10.0) -> HostReading:
        self.now += seconds
        return collector.parse(collector.read(disk_deadline_seconds=5.0))


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    before = psutil.PROCFS_PATH
    yield Machine(tmp_path)
    psutil.PROCFS_PATH = before


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


def test_the_boards_sensors_keep_their_names_and_cards_are_left_to_their_collectors(machine: Machine) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="41850")
    machine.chip(1, "amdgpu", temp1_label="edge", temp1_input="70000")
    machine.chip(2, "nvme", temp1_label="Composite", temp1_input="-5000")
    machine.chip(3, "acpitz", temp1_input="garbage", temp2_input="27800")

    reading = machine.tick(machine.collector())

    assert reading.temperatures == (
        TemperatureReading(chip="nvme", sensor="Composite", temperature_celsius=41.85),
        TemperatureReading(chip="nvme", sensor="Composite #2", temperature_celsius=-5.0),
        TemperatureReading(chip="acpitz", sensor="temp2", temperature_celsius=27.8),
    )


@pytest.mark.parametrize("fault", ["1", "3"])
def test_a_sensor_that_its_chip_calls_broken_has_no_temperature(machine: Machine, fault: str) -> None:
    machine.chip(0, "nct6775", temp1_input="127500", temp1_fault=fault, temp2_input="34000", temp2_fault="0")
    machine.chip(1, "coretemp", temp1_label="Package id 0", temp1_input="127500", temp1_fault=fault)
    collector = machine.collector()

    reading = machine.tick(collector)

    assert [(one.sensor, one.temperature_celsius) for one in reading.temperatures] == [("temp2", 34.0)]
    assert [device.core_temperature_celsius for device in reading.devices] == [None]
    (machine.sysfs / "class/hwmon/hwmon0/temp1_fault").write_text("0\n")  # it was plugged in
    (machine.sysfs / "class/hwmon/hwmon0/temp1_input").write_text("31000\n")
    assert [one.temperature_celsius for one in machine.tick(collector).temperatures] == [31.0, 34.0]


def test_a_mark_of_a_fault_that_cannot_be_read_says_nothing(machine: Machine) -> None:
    machine.chip(0, "nct6775", temp1_input="34000", temp1_fault="")

    assert [one.temperature_celsius for one in machine.tick(machine.collector()).temperatures] == [34.0]


@pytest.mark.parametrize("text", ["", "x y z", "1.0"])
def test_a_load_average_that_is_none_is_absent(machine: Machine, text: str) -> None:
    (machine.procfs / "loadavg").write_text(text)

    assert machine.tick(machine.collector()).load1 is None


@pytest.mark.parametrize(
    ("chip", "labels", "expected"),
    [
        ("coretemp", ("Package id 0", "Package id 1"), [None, 62.0]),
        ("coretemp", ("Package id 1", "Package id 0"), [62.0, None]),
        ("k10temp", ("Tctl", "Tctl"), [None, 62.0]),
        ("cpu_thermal", (None, None), [None, 62.0]),
    ],
)
def test_a_socket_whose_sensor_is_silent_does_not_give_its_number_away(
    machine: Machine, chip: str, labels: tuple[str | None, ...], expected: list[float | None]
) -> None:
    for number, (label, text) in enumerate(zip(labels, ("", "62000"), strict=True)):
        named = {} if label is None else {"temp1_label": label}
        machine.chip(number, chip, temp1_input=text, **named)

    reading = machine.tick(machine.collector())

    assert [device.core_temperature_celsius for device in reading.devices] == expected


def test_what_moves_from_one_hwmon_number_to_another_keeps_its_name(machine: Machine, tmp_path: Path) -> None:
    drives = {"0000:03:00.0/nvme/nvme{0}": ("S1", "41000"), "0000:04:00.0/nvme/nvme{1}": ("S2", "52000")}
    sockets = {"0000:00:18.3": "61000", "0000:00:19.3": "72000"}
    found = []
    for start, order in enumerate(((0, 1, 2, 3), (3, 2, 1, 0))):
        booted = Machine(tmp_path / f"start{start}")
        for number, (place, (serial, text)) in zip(order, drives.items(), strict=False):
            booted.chip(number, "nvme", temp1_label="Composite", temp1_input=text)
            booted.sit(number, place.format(*order), serial=serial)
        for number, (place, text) in zip(order[2:], sockets.items(), strict=True):
            booted.chip(number, "k10temp", temp1_label="Tctl", temp1_input=text)
            booted.sit(number, place)
        reading = booted.tick(booted.collector())
        found.append(
            (
                {(one.chip, one.sensor): one.temperature_celsius for one in reading.temperatures},
                [device.core_temperature_celsius for device in reading.devices],
            )
        )

    names, processors = found[0]
    assert found[1] == found[0]
    assert names == {
        ("nvme", "Composite S1"): 41.0,
        ("nvme", "Composite S2"): 52.0,
        ("k10temp", "Tctl 0000:00:18.3"): 61.0,
        ("k10temp", "Tctl 0000:00:19.3"): 72.0,
    }
    assert processors == [61.0, 72.0]


def test_memory_modules_are_named_by_their_bus_and_address(machine: Machine) -> None:
    for number, place in enumerate(("0000:00:1f.4/i2c-3/3-0050", "0000:00:1f.4/i2c-3/3-0051")):
        machine.chip(number, "spd5118", temp1_input="40000")
        machine.sit(number, place)

    reading = machine.tick(machine.collector())

    assert [one.sensor for one in reading.temperatures] == ["temp1 0000:00:1f.4-0050", "temp1 0000:00:1f.4-0051"]


@pytest.mark.parametrize(
    ("chips", "expected"),
    [
        ([("k10temp", "", {"temp1_input": "61000"})], [61.0]),  # older kernels give it no label
        ([("k10temp", "", {"temp1_input": "61000", "temp3_label": "Tccd1", "temp3_input": "66000"})], [66.0]),
        (
            [
                ("coretemp", "coretemp.1", {"temp2_label": "Core 0", "temp2_input": "70000"}),
                (
                    "coretemp",
                    "coretemp.0",
                    {
                        "temp2_label": "Core 0",
                        "temp2_input": "50000",
                        "temp3_label": "Core 1",
                        "temp3_input": "55000",
                    },
                ),
            ],
            [55.0, 70.0],
        ),
        (
            [
                (
                    "k8temp",
                    "0000:00:18.3",
                    {
                        "temp1_label": "Core0 Temp",
                        "temp1_input": "40000",
                        "temp2_label": "Core0 Temp",
                        "temp2_input": "43000",
                        "temp3_label": "Core1 Temp",
                        "temp3_input": "41000",
                    },
                )
            ],
            [43.0],
        ),
        ([("soc_thermal", "", {"temp1_input": "48000"})], [48.0]),
        (
            [
                ("soc_thermal", "", {"temp1_input": "48000"}),
                ("bigcore0_thermal", "", {"temp1_input": "57000"}),
                ("gpu_thermal", "", {"temp1_input": "90000"}),
            ],
            [57.0],
        ),
    ],
)
def test_a_processor_is_as_hot_as_its_hottest_core(
    machine: Machine, chips: list[tuple[str, str, dict[str, str]]], expected: list[float]
) -> None:
    for number, (name, place, files) in enumerate(chips):
        machine.chip(number, name, **files)
        if place:
            machine.sit(number, place)

    reading = machine.tick(machine.collector())

    assert [device.core_temperature_celsius for device in reading.devices] == expected


def test_a_package_that_cannot_be_read_is_as_hot_as_its_hottest_core(machine: Machine) -> None:
    machine.chip(0, "coretemp", temp1_label="Package id 0", temp1_input="", temp2_label="Core 0", temp2_input="58000")

    assert [one.core_temperature_celsius for one in machine.tick(machine.collector()).devices] == [58.0]


def test_an_intel_arc_is_a_card_with_temperature_fan_and_power(machine: Machine) -> None:
    machine.chip(
        0,
        "xe",
        energy1_label="card",
        energy1_input="5000000",
        energy2_label="pkg",
        energy2_input="4000000",
        fan1_input="1450",
        temp2_label="pkg",
        temp2_input="62000",
        temp3_label="vram",
        temp3_input="70000",
    )
    machine.sit(0, "0000:03:00.0", vendor="0x8086", device="0x56a0")
    collector = machine.collector()
    (machine.sysfs / "class/hwmon/hwmon0/energy1_input").write_text("1905000000")

    (_, card) = machine.tick(collector).devices

    assert card == DeviceReading(
        index=1,
        state=DeviceState.OK,
        vendor="intel",
        name="Intel GPU 56a0",
        pci_address="0000:03:00.0",
        core_temperature_celsius=62.0,
        memory_temperature_celsius=70.0,
        fan_speed_rpm=1450.0,
        power_watts=190.0,
        energy_joules_total=1905.0,
    )


@pytest.mark.parametrize(
    ("driver", "files", "expected"),
    [
        (
            "i915",
            {"temp1_input": "55000", "in0_input": "950"},
            {"core_temperature_celsius": 55.0, "voltage_volts": 0.95},
        ),
        ("nouveau", {"temp1_input": "44000", "power1_input": "31000000"}, {"power_watts": 31.0}),
        ("radeon", {"temp1_input": "garbage"}, {"core_temperature_celsius": None}),
    ],
)
def test_cards_of_other_drivers_tell_what_they_have(
    machine: Machine, driver: str, files: dict[str, str], expected: dict[str, float | None]
) -> None:
    machine.chip(0, driver, **files)
    machine.sit(0, "0000:03:00.0", vendor="0x8086", device="0x56a0")

    card = machine.tick(machine.collector()).devices[1]

    assert {name: getattr(card, name) for name in expected} == expected


def test_a_card_that_sleeps_is_left_asleep(machine: Machine) -> None:
    machine.chip(0, "xe", temp2_label="pkg", temp2_input="62000")
    machine.sit(0, "0000:03:00.0", vendor="0x8086", device="0x56a0")
    (machine.sysfs / "devices/pci0000:00/0000:03:00.0/power").mkdir()
    (machine.sysfs / "devices/pci0000:00/0000:03:00.0/power/runtime_status").write_text("suspended\n")

    card = machine.tick(machine.collector()).devices[1]

    assert (card.state, card.core_temperature_celsius) == (DeviceState.ASLEEP, None)


def test_a_label_that_names_no_socket_makes_no_million_processors(machine: Machine) -> None:
    machine.chip(0, "coretemp", temp1_label="Package id 4000000000", temp1_input="50000")

    assert len(machine.tick(machine.collector()).devices) == 1


@contextmanager
def silent(file: Path) -> Iterator[None]:
    """While this lasts, who reads the file waits: nobody writes into the pipe that lies in its place."""
    kept = file.read_text()
    file.unlink()
    os.mkfifo(file)
    try:
        yield
    finally:
        pipe = os.open(file, os.O_RDWR | os.O_NONBLOCK)  # wakes whoever opens it
        os.write(pipe, b"1000\n")
        os.close(pipe)
        file.unlink()
        file.write_text(kept)


def test_a_sensor_that_does_not_answer_is_absent_and_holds_up_nothing(machine: Machine) -> None:
    machine.chip(0, "coretemp", temp1_label="Package id 0", temp1_input="51000")
    machine.chip(1, "nvme", temp1_label="Composite", temp1_input="40000")
    counter = machine.powercap.add("intel-rapl:0", "package-0", 0)
    collector = HostCollector(sysfs=machine.sysfs, procfs=machine.procfs, monotonic=time.monotonic)
    threads = threading.active_count()

    with silent(machine.sysfs / "class/hwmon/hwmon1/temp1_input"):
        for deadline, atleast in ((0.3, 0.3), (5.0, 0.0), (5.0, 0.0)):  # asked once, then never again
            begun = time.monotonic()
            reading = collector.parse(collector.read(disk_deadline_seconds=deadline))
            assert atleast <= time.monotonic() - begun < 4.0
            assert collector.disks_stuck
            assert reading.temperatures == ()
            assert [(device.index, device.power_watts) for device in reading.devices] == [(0, None)]
            assert reading.memory_size_bytes == 16384000 << 10
            assert reading.filesystems == ()
        assert threading.active_count() <= threads + 1  # the disks' own
    until(lambda: not collector.disks_stuck)

    counter.write_text("1000000")
    reading = collector.parse(collector.read(disk_deadline_seconds=5.0))
    collector.close()

    assert [one.temperature_celsius for one in reading.temperatures] == [51.0, 40.0]
    assert reading.devices[0].energy_joules_total == 1.0


def test_disks_and_board_share_one_deadline(machine: Machine) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="40000")
    collector = HostCollector(sysfs=machine.sysfs, procfs=machine.procfs, monotonic=time.monotonic)

    with silent(machine.sysfs / "class/hwmon/hwmon0/temp1_input"), silent(machine.procfs / "self/mountinfo"):
        begun = time.monotonic()
        raw = collector.read(disk_deadline_seconds=0.4)
        took_seconds = time.monotonic() - begun
        begun = time.monotonic()
        collector.close()
        closing_seconds = time.monotonic() - begun

    assert (raw.filesystems, raw.energy) == (None, ())
    assert 0.35 <= took_seconds < 0.8
    assert closing_seconds < 4.0


def test_a_machine_whose_sensor_hangs_from_the_start_is_read(machine: Machine) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="40000")

    with silent(machine.sysfs / "class/hwmon/hwmon0/temp1_input"):
        collector = machine.collector()
        assert machine.tick(collector).temperatures == ()
        collector.close()


def test_a_collector_that_is_closed_leaves_no_thread(machine: Machine) -> None:
    before = set(threading.enumerate())

    for _ in range(10):
        collector = machine.collector()
        machine.tick(collector)
        assert len(set(threading.enumerate()) - before) == 2
        collector.close()

    assert set(threading.enumerate()) <= before
    begun = time.monotonic()
    assert collector.read(disk_deadline_seconds=5.0).filesystems is None  # a last tick on its way is not held up
    assert time.monotonic() - begun < 4.0
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize("text", ["", "MemTotal:       16384000 kB\n", "MemTotal:\n", "MemTotal: x kB\n"])
def test_a_table_of_memory_that_is_cut_short_is_said_so(machine: Machine, text: str) -> None:
    collector = machine.collector()
    (machine.procfs / "meminfo").write_text(text)

    with pytest.raises(BadPayload, match=r"what psutil made of .*meminfo is .*; expected the kernel's own lines"):
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
    real = Path.read_text

    def guarded(self: Path, *arguments: str, **named: str) -> str:
        if self == counter:
            raise PermissionError(13, "Permission denied")
        return real(self, *arguments, **named)

    monkeypatch.setattr(Path, "read_text", guarded)
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


def test_in_a_container_the_root_is_a_disk() -> None:
    (mount,) = disks.parse("1 0 0:50 / / rw,relatime - overlay overlay rw,lowerdir=/l\n")

    assert mount.mountpoint == "/"
