"""A ``/sys`` with AMD cards, written as the kernel's documentation describes them, and the real reader on it."""

from collections.abc import Callable
from pathlib import Path

from miner_agent.collectors.amdgpu import amdgpu_reader
from miner_agent.collectors.amdgpu.amdgpu_cards import AmdgpuTracker
from miner_agent.collectors.amdgpu.amdgpu_reader import AmdgpuReader
from miner_agent.model.devices import DeviceReading
from miner_agent.model.readings import SensorReading
from tests.collectors.asked_cards import AskedCards

ADDRESS = "0000:03:00.0"
HWMON = {
    "name": "amdgpu",
    "temp1_label": "edge", "temp1_input": "54000", "temp1_crit": "100000", "temp1_emergency": "105000",
    "temp2_label": "junction", "temp2_input": "68000", "temp2_crit": "110000",
    "temp3_label": "mem", "temp3_input": "74000", "temp3_crit": "100000",
    "power1_average": "118000000", "power1_cap": "135000000", "power1_cap_default": "203000000",
    "power1_cap_min": "0", "power1_cap_max": "233000000",
    "pwm1": "102", "pwm1_max": "255", "fan1_input": "1480",
    "freq1_label": "sclk", "freq1_input": "1305000000", "freq2_label": "mclk", "freq2_input": "1000000000",
}  # fmt: skip
DEVICE = {
    "vendor": "0x1002", "device": "0x73df", "class": "0x030000",
    "unique_id": "a1b2c3d4e5f60718", "vbios_version": "113-D5121100-101", "product_name": "Radeon RX 6700 XT",
    "gpu_busy_percent": "99", "mem_busy_percent": "70", "mem_info_vram_total": "12868124672",
    "mem_info_vram_used": "5368709120", "current_link_width": "16", "max_link_width": "16", "current_link_speed": "16.0 GT/s PCIe",
    "power/runtime_status": "active", "power_state": "D0",
}  # fmt: skip


class Tree:
    """A ``/sys`` with AMD cards that a test puts in, changes and takes away."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "class/drm").mkdir(parents=True)
        (root / "bus/pci/drivers/amdgpu").mkdir(parents=True)
        (root / "bus/pci/devices").mkdir(parents=True)

    def plug(
        self, address: str = ADDRESS, *, number: int = 0, hwmon: int = 3, behind: str = "pci0000:00/0000:00:01.0"
    ) -> Path:
        """The directory of a healthy card's PCI device, on that number of ``cardN`` and ``hwmonN``."""
        device = self.root / "devices" / behind / address
        for name, text in DEVICE.items():
            write(device / name, text)
        for name, text in HWMON.items():
            write(device / f"hwmon/hwmon{hwmon}" / name, text)
        (device / "driver").symlink_to(self.root / "bus/pci/drivers/amdgpu")
        (self.root / "bus/pci/devices" / address).symlink_to(device)
        card = self.root / f"class/drm/card{number}"
        card.mkdir()
        (card / "device").symlink_to(device)
        (self.root / f"class/drm/card{number}-DP-1").mkdir()
        return device

    def unplug(self, number: int) -> None:
        (self.root / f"class/drm/card{number}/device").unlink()

    def renumber(self, device: Path, *, card: tuple[int, int], hwmon: tuple[int, int]) -> None:
        drm = self.root / "class/drm"
        (drm / f"card{card[0]}").rename(drm / f"card{card[1]}")
        (device / f"hwmon/hwmon{hwmon[0]}").rename(device / f"hwmon/hwmon{hwmon[1]}")


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"{text}\n")


def spoil(file: Path) -> None:
    """Make a read of that file fail with EIO: so does memory of this process that is not there."""
    file.unlink(missing_ok=True)
    file.symlink_to("/proc/self/mem")


class Rig:
    """The reader on a tree, and the tracker."""

    def __init__(self, tree: Tree) -> None:
        self.cards, self.tracker = AskedCards(AmdgpuReader(sysfs=str(tree.root))), AmdgpuTracker()

    def tick(self) -> SensorReading:
        return self.tracker.follow(self.cards.read(10.0))


def sensors(device: Path) -> Path:
    return next((device / "hwmon").iterdir())


def told(reading: SensorReading) -> set[tuple[str, str]]:
    return {(error.quantity, error.reason.value) for error in reading.read_errors}


def only(reading: SensorReading) -> DeviceReading:
    (device,) = reading.devices
    return device


def refusing(code: int, *names: str) -> Callable[..., str | None]:
    """The reader's way to read a file, but for some files that answer with an error."""
    real = amdgpu_reader._read

    def read(directory: str, name: str, files: dict[str, str], errors: dict[str, int]) -> str | None:
        if any(name.startswith(start) for start in names):
            errors[name] = code
            return None
        return real(directory, name, files, errors)

    return read


ANSWERED_BY_CONTROLLER = (
    "temp",
    "power1_average",
    "power1_input",
    "pwm1",
    "fan1",
    "freq",
    "gpu_busy",
    "mem_busy",
    "gpu_m",
)
