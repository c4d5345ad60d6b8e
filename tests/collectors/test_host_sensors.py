"""This machine's sensors: their names, their faults, and those that do not answer."""

import os
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from miner_agent.collectors.host import aside, hwmon
from miner_agent.collectors.host.machine import HostCollector
from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.model.readings import TemperatureReading
from tests.collectors.host_trees import Machine
from tests.waiting import let_pass, until


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
        assert threading.active_count() <= threads + 1  # what asks the disks from now on
    until(lambda: not collector.disks_stuck)

    counter.write_text("1000000")
    reading = collector.parse(collector.read(disk_deadline_seconds=5.0))
    collector.close()

    assert [one.temperature_celsius for one in reading.temperatures] == [51.0, 40.0]
    assert reading.devices[0].energy_joules_total == 1.0


def test_threads_that_hung_end_when_they_wake_and_one_goes_on(machine: Machine) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="40000")
    before = threading.active_count()
    collector = HostCollector(sysfs=machine.sysfs, procfs=machine.procfs, monotonic=time.monotonic)

    for _ in range(2):
        with silent(machine.sysfs / "class/hwmon/hwmon0/temp1_input"), silent(machine.procfs / "self/mountinfo"):
            for _ in range(2):
                collector.read(disk_deadline_seconds=0.2)
        until(lambda: not collector.disks_stuck)
        reading = collector.parse(collector.read(disk_deadline_seconds=5.0))
        assert reading.filesystems == ()
        assert [one.temperature_celsius for one in reading.temperatures] == [40.0]
    until(lambda: threading.active_count() == before + 1)
    collector.close()


def test_while_no_thread_can_be_begun_a_disk_that_hangs_takes_the_board_with_it_and_nothing_else(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="40000")
    collector, unclosed = (
        HostCollector(sysfs=machine.sysfs, procfs=machine.procfs, monotonic=time.monotonic) for _ in range(2)
    )

    def none_can_be(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with silent(machine.procfs / "self/mountinfo"):
        with monkeypatch.context() as full:
            full.setattr(threading.Thread, "start", none_can_be)
            for _ in range(2):
                raw = collector.read(disk_deadline_seconds=0.2)
                assert (raw.filesystems, raw.memory_size_bytes) == (None, 16384000 << 10)
                assert set(raw.temperatures.values()) == {""}
                unclosed.read(disk_deadline_seconds=0.2)
            unclosed.close()
        until(lambda: list(collector.read(disk_deadline_seconds=0.2).temperatures.values()) == ["40000"])
    until(lambda: not collector.disks_stuck)
    assert collector.read(disk_deadline_seconds=5.0).filesystems == ()
    collector.close()


def test_a_collector_can_be_closed_while_a_thread_is_begun(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    before, start = threading.active_count(), threading.Thread.start
    collector = HostCollector(sysfs=machine.sysfs, procfs=machine.procfs, monotonic=time.monotonic)
    closed: list[threading.Thread] = []

    def closed_meanwhile(thread: threading.Thread) -> None:
        collector.close()
        closed.append(thread)
        start(thread)

    with silent(machine.procfs / "self/mountinfo"):
        monkeypatch.setattr(threading.Thread, "start", closed_meanwhile)
        collector.read(disk_deadline_seconds=0.2)
        assert closed
    until(lambda: threading.active_count() == before)


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


def test_sensors_that_take_long_at_every_tick_are_read_by_the_same_thread(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.chip(0, "nvme", temp1_label="Composite", temp1_input="40000")
    collector, read = machine.collector(), hwmon.read
    machine.tick(collector)
    threads = set(threading.enumerate())

    def slowly(sensors: Iterable[hwmon.Sensor]) -> dict[hwmon.Sensor, str]:
        let_pass(2 * aside.LONG_SECONDS)
        return read(sensors)

    monkeypatch.setattr(hwmon, "read", slowly)
    for _ in range(3):
        reading = machine.tick(collector)
        assert (reading.filesystems, len(reading.temperatures)) == ((), 1)
        assert set(threading.enumerate()) == threads
    collector.close()


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
        assert len(set(threading.enumerate()) - before) == 1
        collector.close()

    assert set(threading.enumerate()) <= before
    begun = time.monotonic()
    assert collector.read(disk_deadline_seconds=5.0).filesystems is None  # a last tick on its way is not held up
    assert time.monotonic() - begun < 4.0
    assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("chip", "label", "critical", "celsius"),
    [
        ("coretemp", "Package id 0", "100000", 100.0),
        ("k10temp", "Tctl", "90000", 90.0),
        ("coretemp", "Package id 0", "0", None),
        ("coretemp", "Package id 0", "no number", None),
        ("cpu_thermal", "temp1", "110000", None),  # an ARM board goes off there
    ],
)
def test_a_processor_slows_down_where_its_chip_says(
    machine: Machine, chip: str, label: str, critical: str, celsius: float | None
) -> None:
    machine.chip(0, chip, temp1_label=label, temp1_input="51000", temp1_crit=critical)

    assert machine.tick(machine.collector()).devices[0].slowdown_temperature_celsius == celsius
