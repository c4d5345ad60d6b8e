"""Graphics cards that have no collector of their own, by the kernel's hwmon: Intel's, and those of older drivers.

A card that sleeps is left alone: reading its sensors would wake it. Drivers tell energy, power, or neither of them; the
mean power between two readings follows from energy. Of several sensors the whole card's comes before its package's.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from calculators.units import MICRO_PER_UNIT, MILLI_PER_UNIT
from miner_agent.collectors.card_limits import AMD_VENDOR, ASLEEP, CARDS_MAX
from miner_agent.collectors.host.kernel_files import read_attribute
from miner_agent.collectors.host.rapl import SECONDS_MIN
from miner_agent.model.devices import DeviceReading, DeviceState
from miner_agent.pci import pci_address
from miner_agent.text import clean_text

DRIVERS = frozenset({"xe", "i915", "nouveau", "radeon"})
VENDORS = {"0x8086": "intel", "0x10de": "nvidia", AMD_VENDOR: "amd"}
DIGITS_MAX = 20

_CHANNELS = 10
_FILE = re.compile(r"(?:temp|energy|power|fan|in)\d_(?:input|average|label)", re.ASCII)
_OF_CARD = ("card", "", "pkg")  # labels, best first; a driver with one sensor gives it none


class HwmonCard(NamedTuple):
    """Where one card's sensors are."""

    pci_address: str
    hwmon: Path
    device: Path
    vendor: str | None
    name: str | None
    files: tuple[str, ...]


class HwmonCardSample(NamedTuple):
    """What the files of one card said: by the kernel's names, and the labels that it gives them."""

    card: HwmonCard
    asleep: bool
    files: Mapping[str, str]


def find(sysfs: Path) -> tuple[HwmonCard, ...]:
    """Each card that is there, by its address."""
    found: dict[str, HwmonCard] = {}
    for hwmon in sysfs.glob("class/hwmon/hwmon*"):
        if _text(hwmon / "name") not in DRIVERS:
            continue
        try:
            device = (hwmon / "device").resolve(strict=True)
        except (OSError, RuntimeError):
            continue
        address = pci_address(device.name)
        if address is not None:
            vendor, model = VENDORS.get(_text(device / "vendor")), _text(device / "device").removeprefix("0x")
            name = clean_text(f"{vendor.capitalize()} GPU {model}") if vendor and model else None
            found[address] = HwmonCard(address, hwmon, device, vendor, name, _files(hwmon))
    return tuple(found[address] for address in sorted(found))[:CARDS_MAX]


def _files(hwmon: Path) -> tuple[str, ...]:
    try:
        return tuple(sorted(file.name for file in hwmon.iterdir() if _FILE.fullmatch(file.name)))
    except OSError:
        return ()


def read(cards: Iterable[HwmonCard]) -> tuple[HwmonCardSample, ...]:
    """The text of each card's files; a card that sleeps is not asked."""
    return tuple(_sample(card) for card in cards)


def _sample(card: HwmonCard) -> HwmonCardSample:
    if _text(card.device / "power/runtime_status") in ASLEEP:
        return HwmonCardSample(card, asleep=True, files={})
    files = {name: text for name in card.files if (text := _text(card.hwmon / name))}
    return HwmonCardSample(card, asleep=False, files=files)


@dataclass(frozen=True, slots=True)
class _Before:
    at_seconds: float
    joules: float


class HwmonCards:
    """Makes devices of samples. It touches nothing."""

    def __init__(self) -> None:
        self._before: dict[str, _Before] = {}
        self._power: dict[str, float | None] = {}

    def follow(
        self, samples: Iterable[HwmonCardSample], at_seconds: float, *, first_index: int
    ) -> tuple[DeviceReading, ...]:
        """The cards at that moment of a monotonic clock; numbered from ``first_index`` on."""
        return tuple(self._device(sample, at_seconds, index) for index, sample in enumerate(samples, first_index))

    def _device(self, sample: HwmonCardSample, at_seconds: float, index: int) -> DeviceReading:
        card, files = sample.card, sample.files
        joules = _whole(files, "energy", "input", MICRO_PER_UNIT)
        power = _whole(files, "power", "average", MICRO_PER_UNIT) or _whole(files, "power", "input", MICRO_PER_UNIT)
        drawn = self._drawn(card.pci_address, joules, at_seconds)
        answers = any(not name.endswith("_label") for name in files)
        return DeviceReading(
            index=index,
            state=DeviceState.ASLEEP if sample.asleep else DeviceState.OK if answers else None,
            vendor=card.vendor,
            name=card.name,
            pci_address=card.pci_address,
            core_temperature_celsius=_whole(files, "temp", "input", MILLI_PER_UNIT),
            memory_temperature_celsius=_labelled(files, "temp", "vram", MILLI_PER_UNIT),
            fan_speed_rpm=_whole(files, "fan", "input", 1),
            voltage_volts=_whole(files, "in", "input", MILLI_PER_UNIT),
            power_watts=power if power is not None else drawn,
            energy_joules_total=joules,
        )

    def _drawn(self, address: str, joules: float | None, at_seconds: float) -> float | None:
        """The mean power since the last reading; that of the last one where this is too soon after it."""
        before = self._before.get(address)
        if joules is None:
            self._before.pop(address, None)
            self._power.pop(address, None)
            return None
        if before is not None and 0 <= at_seconds - before.at_seconds < SECONDS_MIN:
            return self._power.get(address)
        seconds = 0.0 if before is None else at_seconds - before.at_seconds
        went_on = before is not None and joules >= before.joules and seconds > 0
        self._power[address] = (joules - before.joules) / seconds if before is not None and went_on else None
        self._before[address] = _Before(at_seconds, joules)
        return self._power[address]


def _whole(files: Mapping[str, str], kind: str, what: str, per_unit: float) -> float | None:
    """What stands for the whole card: of several sensors the one with the best label, the first of those."""
    ranked = [
        (_OF_CARD.index(label), channel)
        for channel in range(_CHANNELS)
        if f"{kind}{channel}_{what}" in files and (label := files.get(f"{kind}{channel}_label", "")) in _OF_CARD
    ]
    return _number(files[f"{kind}{min(ranked)[1]}_{what}"], per_unit) if ranked else None


def _labelled(files: Mapping[str, str], kind: str, label: str, per_unit: float) -> float | None:
    channels = [channel for channel in range(_CHANNELS) if files.get(f"{kind}{channel}_label") == label]
    return _number(files.get(f"{kind}{channels[0]}_input", ""), per_unit) if channels else None


def _number(text: str, per_unit: float) -> float | None:
    digits = text.removeprefix("-")
    return int(text) / per_unit if digits.isascii() and digits.isdecimal() and len(digits) <= DIGITS_MAX else None


def _text(file: Path) -> str:
    try:
        return read_attribute(file).decode("ascii", "replace").strip()
    except OSError:
        return ""
