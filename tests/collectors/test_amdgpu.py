"""AMD cards: what the real reader tells of trees of files, and of cards that come, go and answer garbage."""

import errno
import os
import random
import shutil
import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from miner_agent.collectors import card_limits
from miner_agent.collectors.amdgpu import amdgpu_reader
from miner_agent.collectors.amdgpu.amdgpu_cards import AmdgpuTracker, present
from miner_agent.collectors.amdgpu.amdgpu_reader import AmdgpuReader
from miner_agent.collectors.card_limits import TICKS_UNTIL_HUNG
from miner_agent.errors import BadPayload, DriverNotLoaded
from miner_agent.model.devices import DeviceReading, DeviceState, ReadErrorReason, ThrottleReason
from miner_agent.tick.plausibility import without_impossible
from tests import examples
from tests.collectors.amdgpu_tree import (
    ADDRESS,
    ANSWERED_BY_CONTROLLER,
    DEVICE,
    HWMON,
    Rig,
    Tree,
    only,
    refusing,
    sensors,
    told,
    write,
)


@pytest.fixture
def rig(tree: Tree) -> Rig:
    return Rig(tree)


def test_a_card_tells_all_its_quantities_in_base_units(tree: Tree, rig: Rig) -> None:
    tree.plug()

    reading = rig.tick()

    assert reading.read_errors == ()
    assert only(reading) == DeviceReading(
        index=0,
        state=DeviceState.OK,
        name="Radeon RX 6700 XT",
        vendor="amd",
        pci_address=ADDRESS,
        serial="a1b2c3d4e5f60718",
        firmware_version="113-D5121100-101",
        core_temperature_celsius=54.0,
        hotspot_temperature_celsius=68.0,
        memory_temperature_celsius=74.0,
        slowdown_temperature_celsius=100.0,
        memory_slowdown_temperature_celsius=100.0,
        hotspot_slowdown_temperature_celsius=110.0,
        shutdown_temperature_celsius=105.0,
        fan_ratio=0.4,
        fan_speed_rpm=1480.0,
        power_watts=118.0,
        power_limit_watts=135.0,
        power_limit_default_watts=203.0,
        power_limit_min_watts=0.0,
        power_limit_max_watts=233.0,
        core_clock_hertz=1305e6,
        memory_clock_hertz=1000e6,
        utilization_ratio=0.99,
        memory_utilization_ratio=0.7,
        memory_used_bytes=5368709120,
        memory_size_bytes=12868124672,
        pcie_link_width=16,
        pcie_link_width_max=16,
        pcie_link_generation=4,
    )
    assert without_impossible(reading, source="amdgpu") == (reading, ())


@pytest.mark.parametrize(
    ("file", "text", "quantity"),
    [
        ("gpu_busy_percent", "4294967295", "utilization_ratio"),
        ("mem_busy_percent", "65535", "memory_utilization_ratio"),
        ("hwmon/hwmon3/fan1_input", "65535", "fan_speed_rpm"),
        ("hwmon/hwmon3/freq1_input", "65535000000", "core_clock_hertz"),
        ("hwmon/hwmon3/power1_average", "65535000000", "power_watts"),
        ("current_link_width", "255", "pcie_link_width"),
        ("gpu_busy_percent", "101", "utilization_ratio"),
    ],
)
def test_sentinels_are_absent_and_counted(tree: Tree, rig: Rig, file: str, text: str, quantity: str) -> None:
    write(tree.plug() / file, text)

    reading, dropped = without_impossible(rig.tick(), source="amdgpu")

    assert getattr(only(reading), quantity) is None
    errors = (*reading.read_errors, *dropped)
    assert [(error.quantity, error.reason) for error in errors] == [(quantity, ReadErrorReason.IMPLAUSIBLE)]
    assert all(error.device == ADDRESS or error.device_index == only(reading).index for error in errors)


@pytest.mark.parametrize("text", ["N/A", "1.5", "0x10", "\u0663", "9" * 5000, "-"])
def test_a_file_that_holds_no_number_is_a_parse_error_of_its_quantity(tree: Tree, rig: Rig, text: str) -> None:
    write(sensors(tree.plug()) / "fan1_input", text)

    reading = rig.tick()

    assert only(reading).fan_speed_rpm is None
    assert told(reading) == {("fan_speed_rpm", "parse")}


def test_newer_cards_tell_the_moments_power(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    (sensors(device) / "power1_average").rename(sensors(device) / "power1_input")

    assert only(rig.tick()).power_watts == 118.0


def test_a_mean_that_the_card_refuses_gives_way_to_the_moments_power(
    tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(sensors(tree.plug()) / "power1_input", "97000000")
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.EOPNOTSUPP, "power1_average"))

    reading = rig.tick()

    assert only(reading).power_watts == 97.0
    assert reading.read_errors == ()


def test_what_a_card_does_not_support_is_said_once(tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.plug()
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.EOPNOTSUPP, "mem_busy_percent", "temp1_crit"))

    first, second = rig.tick(), rig.tick()

    assert told(first) == {
        ("memory_utilization_ratio", "unsupported"),
        ("slowdown_temperature_celsius", "unsupported"),
    }
    assert second.read_errors == ()


def test_an_old_card_has_one_sensor_without_a_label(tree: Tree, rig: Rig) -> None:
    directory = sensors(tree.plug())
    for name in HWMON:
        if name.startswith(("temp2", "temp3")) or name.endswith("_label"):
            (directory / name).unlink()

    found = only(rig.tick())

    assert (found.core_temperature_celsius, found.hotspot_temperature_celsius) == (54.0, None)


def test_a_card_without_a_product_name_goes_by_its_number(tree: Tree, rig: Rig) -> None:
    (tree.plug() / "product_name").write_text("\n")

    assert only(rig.tick()).name == "AMD GPU 73df"


def test_a_card_keeps_its_name_when_the_kernel_numbers_it_anew(tree: Tree, rig: Rig) -> None:
    first = tree.plug("0000:03:00.0", number=0, hwmon=3)
    second = tree.plug("0000:0a:00.0", number=1, hwmon=4)
    write(sensors(second) / "power1_average", "90000000")
    before = rig.tick()
    tree.renumber(first, card=(0, 7), hwmon=(3, 9))
    tree.renumber(second, card=(1, 0), hwmon=(4, 3))

    after = rig.tick()

    assert after == before
    assert [(d.pci_address, d.power_watts) for d in after.devices] == [("0000:03:00.0", 118.0), ("0000:0a:00.0", 90.0)]


def test_a_card_that_is_gone_is_lost_until_it_is_back(tree: Tree, rig: Rig) -> None:
    tree.plug("0000:03:00.0", number=0)
    tree.plug("0000:0a:00.0", number=1)
    before = rig.tick()
    tree.unplug(1)

    reading = rig.tick()

    assert [device.state for device in reading.devices] == [DeviceState.OK, DeviceState.LOST]
    assert reading.devices[1] == DeviceReading(
        index=1,
        state=DeviceState.LOST,
        name="Radeon RX 6700 XT",
        vendor="amd",
        pci_address="0000:0a:00.0",
        serial="a1b2c3d4e5f60718",
        firmware_version="113-D5121100-101",
    )
    (tree.root / "class/drm/card1/device").symlink_to(tree.root / "bus/pci/devices/0000:0a:00.0")
    assert rig.tick() == before


def test_a_card_that_goes_while_it_is_read_is_lost(tree: Tree, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    tree.plug()
    rig.tick()
    monkeypatch.setattr(amdgpu_reader, "_read", refusing(errno.ENODEV, *ANSWERED_BY_CONTROLLER))

    assert only(rig.tick()).state is DeviceState.LOST


def test_a_card_is_known_again_at_each_tick_and_is_another_with_other_sensors(tree: Tree) -> None:
    device, bare = tree.plug(), tree.plug("0000:04:00.0", number=1, hwmon=4)
    shutil.rmtree(bare / "hwmon")
    reader = AmdgpuReader(sysfs=str(tree.root))
    first = reader.begin(0.0, ())
    assert [card is known for card, known in zip(reader.begin(1.0, ()), first, strict=True)] == [True, True]

    tree.renumber(device, card=(0, 2), hwmon=(3, 5))
    write(bare / "hwmon/hwmon6/temp1_input", "41000")
    reader.begin(2.0, ())
    assert [card.place for card in reader._asked] == [
        (str(device), f"{device}/hwmon/hwmon5"),
        (str(bare), f"{bare}/hwmon/hwmon6"),
    ]


def test_a_link_leads_where_python_says_even_where_it_has_just_gone(tmp_path: Path) -> None:
    target = tmp_path / "a" / "target"
    target.mkdir(parents=True)
    (tmp_path / "on").symlink_to(target)
    (tmp_path / "link").symlink_to("on/../target")
    for link in (tmp_path / "link", target, tmp_path / "missing"):
        assert amdgpu_reader._real(str(link)) == os.path.realpath(link)


def test_cards_of_other_drivers_are_none_of_ours(tree: Tree, rig: Rig) -> None:
    tree.plug()
    other = tree.plug("0000:05:00.0", number=1)
    (other / "driver").unlink()
    (other / "driver").symlink_to(tree.root / "bus/pci/drivers/vfio-pci")

    assert only(rig.tick()).pci_address == ADDRESS


def test_without_any_card_the_kernel_module_is_missing(rig: Rig) -> None:
    with pytest.raises(DriverNotLoaded, match="modprobe amdgpu"):
        rig.tick()


def test_the_link_told_is_the_one_to_the_mainboard(tree: Tree, rig: Rig) -> None:
    tree.plug(behind="pci0000:00/0000:00:01.0/0000:01:00.0/0000:02:00.0")
    port = tree.root / "devices/pci0000:00/0000:00:01.0"
    for bridge, vendor, width in ((port, "0x1022", "8"), (port / "0000:01:00.0", "0x1002", "1")):
        write(bridge / "vendor", vendor)
        write(bridge / "current_link_width", width)
        write(bridge / "max_link_width", "16")
        write(bridge / "current_link_speed", "2.5 GT/s PCIe")
    write(port / "0000:01:00.0/0000:02:00.0/vendor", "0x1002")

    found = only(rig.tick())

    assert (found.pcie_link_width, found.pcie_link_width_max, found.pcie_link_generation) == (1, 16, 1)


def test_no_more_lanes_can_be_used_than_the_slot_has(tree: Tree, rig: Rig) -> None:
    device = tree.plug()
    write(device.parent / "max_link_width", "4")

    assert only(rig.tick()).pcie_link_width_max == 4


def metrics(mask: int, *, revision: tuple[int, int] = (1, 3), size: int = 120) -> bytes:
    """``gpu_metrics`` of that revision: all fields unknown but the mask, as ``struct gpu_metrics_v1_3`` has it."""
    return struct.pack("<HBB", size, *revision) + b"\xff" * 108 + struct.pack("<Q", mask)


@pytest.mark.parametrize(
    ("content", "reasons"),
    [
        (metrics(0), ()),
        (metrics(1 << 0), (ThrottleReason.POWER_CAP,)),
        (metrics(1 << 16), (ThrottleReason.OTHER,)),
        (metrics(1 << 36), (ThrottleReason.SW_THERMAL,)),
        (metrics(1 << 47), (ThrottleReason.HW_THERMAL,)),
        (metrics(1 << 2 | 1 << 34 | 1 << 57), (ThrottleReason.POWER_CAP, ThrottleReason.SW_THERMAL, ThrottleReason.OTHER)),
        (metrics(1 << 60), ()),
        (metrics(2**64 - 1), None),
        (metrics(1, revision=(1, 4)), None),
        (metrics(1, revision=(2, 3)), None),
        (metrics(1, size=104), None),
        (metrics(1)[:50], None),
        (b"", None),
    ],
)  # fmt: skip
def test_what_slows_a_card_down_is_known_from_one_revision_of_its_metrics(
    tree: Tree, rig: Rig, content: bytes, reasons: tuple[ThrottleReason, ...] | None
) -> None:
    (tree.plug() / "gpu_metrics").write_bytes(content)

    found = only(rig.tick())

    assert found.throttle_reasons == reasons
    assert found.state is (DeviceState.THROTTLED if reasons else DeviceState.OK)


def test_names_from_the_card_are_cleaned(tree: Tree, rig: Rig) -> None:
    (tree.plug() / "product_name").write_bytes(b"Evil\nCard\x1b[31m\xff\n")

    assert only(rig.tick()).name == "Evil Card [31m�"


GARBAGE: list[Any] = [None, True, -1, 2**70, 1.5, float("nan"), "text", "0000:03:00.0", [], [1], {}, {"a": 1}]


@pytest.mark.thorough
@given(data=st.data())
@settings(max_examples=examples.times(1.5))
def test_garbage_is_refused_and_leaves_what_is_known(data: st.DataObject) -> None:
    raw: Any = {
        "driver_version": None,
        "cards": [{"pci_address": ADDRESS, "asleep": False, "files": {**DEVICE, **HWMON}, "errors": {"pwm2": 5}}],
    }
    tracker = AmdgpuTracker()
    healthy = tracker.follow(raw)
    spoilt: Any = {**raw, "cards": [{**raw["cards"][0], "files": dict(raw["cards"][0]["files"]), "errors": {}}]}
    place = spoilt
    while True:
        key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
        if not isinstance(place[key], dict | list) or not place[key] or data.draw(st.booleans()):
            place[key] = data.draw(st.sampled_from(GARBAGE))
            break
        place = place[key]

    try:
        reading = tracker.follow(spoilt)
    except BadPayload:
        assert tracker.follow(raw) == healthy
    else:
        assert ADDRESS in {device.pci_address for device in reading.devices}


@pytest.mark.parametrize(
    "spoilt", [{}, {"cards": {}}, {"cards": [7]}, {"cards": None}, {"cards": [{"pci_address": "x"}]}]
)
def test_what_is_no_answer_is_a_bad_payload(spoilt: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        AmdgpuTracker().follow(spoilt)


WATTS = {f"0000:{bus:02x}:00.0": 100 + bus for bus in range(1, 5)}


class Slots:
    """Four cards, each of which can stand at any number or be away."""

    def __init__(self, root: Path) -> None:
        self.tree = Tree(root)
        self._cards = {
            address: self.tree.plug(address, number=number, hwmon=number) for number, address in enumerate(WATTS)
        }
        for address, card in self._cards.items():
            write(sensors(card) / "power1_average", str(WATTS[address] * 10**6))

    def hold(self, *addresses: str | None) -> None:
        """What stands at the numbers 0, 1, 2 and 3."""
        for number, address in enumerate(addresses):
            link = self.tree.root / f"class/drm/card{number}/device"
            link.unlink(missing_ok=True)
            if address is not None:
                link.symlink_to(self._cards[address])


@pytest.fixture(scope="module")
def slots(tmp_path_factory: pytest.TempPathFactory) -> Slots:
    return Slots(tmp_path_factory.mktemp("sys"))


@pytest.mark.thorough
@settings(max_examples=examples.times(0.6))
@given(seed=st.integers(0, 10**6))
def test_through_any_losses_each_card_keeps_its_own_values(slots: Slots, seed: int) -> None:
    chance = random.Random(seed)
    slots.hold(*WATTS)
    rig = Rig(slots.tree)
    rig.tick()
    for _ in range(4):
        there = chance.sample(list(WATTS), chance.randint(0, 4))
        slots.hold(*chance.sample([*there, *[None] * (4 - len(there))], 4))
        for device in rig.tick().devices:
            assert device.pci_address is not None
            expected = WATTS[device.pci_address] if device.pci_address in there else None
            assert device.power_watts == expected
            assert (device.state is DeviceState.LOST) == (expected is None)


def test_hardware_is_found_by_its_vendor(tree: Tree) -> None:
    assert not present(sysfs=tree.root)
    tree.plug()
    assert present(sysfs=tree.root)
    assert not present(sysfs=tree.root / "nothing")


def test_the_reader_imports_next_to_nothing() -> None:
    source = Path(amdgpu_reader.__file__).read_text()

    assert {line for line in source.splitlines() if line.startswith(("import ", "from "))} == {
        "import errno",
        "import os",
        "from collections.abc import Collection, Sequence",
        "from miner_agent.collectors.card_limits import AMD_VENDOR, ASLEEP, CARDS_MAX",
        "from miner_agent.collectors.child.card_threads import CardToRead, Raw, Said, Waiting",
    }
    assert "import" not in Path(card_limits.__file__).read_text()


@pytest.mark.parametrize(
    ("mark", "quantity"),
    [
        ("temp1_fault", "core_temperature_celsius"),
        ("temp2_fault", "hotspot_temperature_celsius"),
        ("temp3_fault", "memory_temperature_celsius"),
        ("fan1_fault", "fan_speed_rpm"),
        ("power1_fault", "power_watts"),
    ],
)
def test_a_sensor_that_its_card_calls_broken_gives_no_value(tree: Tree, mark: str, quantity: str) -> None:
    device = tree.plug()
    write(sensors(device) / mark, "0")
    rig = Rig(tree)
    healthy = only(rig.tick())
    write(sensors(device) / mark, "1")

    for _ in range(TICKS_UNTIL_HUNG + 1):
        reading = rig.tick()

    assert getattr(healthy, quantity) is not None
    without: dict[str, Any] = {quantity: None}
    assert only(reading) == replace(healthy, **without)
    assert told(reading) == {(quantity, "other")}
