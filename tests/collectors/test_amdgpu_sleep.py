"""AMD cards: those that sleep are not woken, and are told apart from those that fail."""

import errno
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from miner_agent.collectors.amdgpu import amdgpu_reader
from miner_agent.collectors.card_limits import TICKS_UNTIL_HUNG
from miner_agent.model.devices import DeviceReading, DeviceState
from tests.collectors.amdgpu_tree import (
    ADDRESS,
    ANSWERED_BY_CONTROLLER,
    HWMON,
    Rig,
    Tree,
    only,
    refusing,
    sensors,
    spoil,
    told,
    write,
)


@pytest.fixture
def rig(tree: Tree) -> Rig:
    return Rig(tree)


listening: list[list[str]] = []


def note_open(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open":
        for opened in listening:
            opened.append(str(arguments[0]))


@cache
def hooked() -> None:
    """For good: Python takes no such hook back, and calls it for much. It is there from the first test that wants it."""
    sys.addaudithook(note_open)


@pytest.fixture
def opens() -> Iterator[list[str]]:
    """Every file that this process opens from now on."""
    hooked()
    opened: list[str] = []
    listening.append(opened)
    yield opened
    listening.clear()


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("power/runtime_status", "suspended"),
        ("power/runtime_status", "suspending"),
        ("power/runtime_status", "resuming"),
        ("power_state", "D3hot"),
        ("power_state", "D3cold"),
    ],
)
def test_a_card_that_sleeps_is_asleep_and_no_file_that_wakes_it_is_opened(
    tree: Tree, rig: Rig, opens: list[str], file: str, text: str
) -> None:
    device = tree.plug()
    write(device / file, text)
    opens.clear()

    reading = rig.tick()

    of_card = {name.removeprefix(f"{device}/") for name in opens if name.startswith(str(device))}
    assert of_card == {"power/runtime_status", "power_state"}
    assert reading.read_errors == ()
    assert only(reading) == DeviceReading(index=0, state=DeviceState.ASLEEP, vendor="amd", pci_address=ADDRESS)


def test_a_card_that_falls_asleep_keeps_its_name_and_loses_its_values(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    awake = only(rig.tick())
    write(device / "power/runtime_status", "suspended")

    asleep = only(rig.tick())

    assert (asleep.state, asleep.name, asleep.serial) == (DeviceState.ASLEEP, awake.name, awake.serial)
    assert (asleep.power_watts, asleep.memory_size_bytes, asleep.core_temperature_celsius) == (None, None, None)
    write(device / "power/runtime_status", "active")
    assert only(rig.tick()) == awake


def test_a_card_whose_sleep_cannot_be_told_is_not_read(tree: Tree, rig: Rig, opens: list[str]) -> None:
    device = tree.plug()
    spoil(device / "power/runtime_status")
    opens.clear()

    reading = rig.tick()

    assert only(reading).state is None
    assert told(reading) == {("power/runtime_status", "other")}
    assert not any("hwmon" in name or "busy" in name for name in opens)


def test_a_kernel_without_power_management_has_no_sleeping_cards(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    (device / "power/runtime_status").unlink()
    (device / "power_state").unlink()

    assert only(rig.tick()).state is DeviceState.OK


def test_refused_by_all_sensors_a_card_is_asleep_and_that_is_no_error(
    tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.plug()
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.EPERM, *ANSWERED_BY_CONTROLLER))

    for _ in range(5):
        reading = rig.tick()

    assert only(reading).state is DeviceState.ASLEEP
    assert only(reading).power_limit_watts is None
    assert reading.read_errors == ()


def test_what_this_user_may_not_read_is_said_once_and_is_no_sleep(
    tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree.plug()
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.EACCES, "power1_average"))

    first, second = rig.tick(), rig.tick()

    assert only(first).state is DeviceState.OK
    assert told(first) == {("power_watts", "permission")}
    assert second.read_errors == ()


def test_no_permission_for_any_sensor_is_no_hang(tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.plug()
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.EACCES, *ANSWERED_BY_CONTROLLER))

    states = [only(rig.tick()).state for _ in range(5)]

    assert states == [None] * 5


@pytest.mark.parametrize("code", [errno.EINVAL, errno.EIO, errno.EBUSY, errno.ETIME])
def test_a_controller_that_fails_three_times_in_a_row_hangs_and_one_answer_ends_it(
    tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    tree.plug()
    rig.tick()
    with monkeypatch.context() as broken:
        broken.setattr(amdgpu_reader, "_read", refusing(code, *ANSWERED_BY_CONTROLLER))
        readings = [rig.tick() for _ in range(TICKS_UNTIL_HUNG + 1)]

    assert [only(reading).state for reading in readings] == [None, None, DeviceState.HUNG, DeviceState.HUNG]
    assert only(readings[2]).power_watts is None
    assert "power_watts" in {quantity for quantity, _ in told(readings[3])}
    assert only(rig.tick()).state is DeviceState.OK


def test_files_that_give_an_input_error_are_counted_each_time(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    for name in ("temp1_input", "power1_average"):
        spoil(sensors(device) / name)

    for _ in range(4):
        reading = rig.tick()

    assert told(reading) == {("core_temperature_celsius", "other"), ("power_watts", "other")}
    assert only(reading).state is DeviceState.OK
    assert only(reading).hotspot_temperature_celsius == 68.0


def test_files_that_are_empty_are_a_controller_that_does_not_answer(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    for name in (*HWMON, "gpu_busy_percent", "mem_busy_percent"):
        if name.endswith(("_input", "_average", "_percent")):
            (sensors(device) / name if name in HWMON else device / name).write_text("")

    states = [only(rig.tick()).state for _ in range(3)]

    assert states == [None, None, DeviceState.HUNG]


@pytest.mark.parametrize("celsius", ["511000", "460000", "65535000"])
def test_a_temperature_that_cannot_be_is_a_card_that_hangs_and_never_a_hot_one(
    tree: Tree, rig: Rig, celsius: str
) -> None:
    device = tree.plug()
    write(sensors(device) / "temp1_input", celsius)

    readings = [rig.tick() for _ in range(3)]

    assert only(readings[2]).state is DeviceState.HUNG
    assert only(readings[2]).core_temperature_celsius is None
    assert told(readings[0]) == {("core_temperature_celsius", "implausible")}


def test_an_ordinary_tick_opens_few_files_of_a_card(tree: Tree, rig: Rig, opens: list[str]) -> None:
    device = tree.plug()
    rig.tick()
    opens.clear()
    rig.tick()

    assert len([name for name in opens if name.startswith(str(device))]) <= 22
