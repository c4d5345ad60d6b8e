"""The board's temperature sensors, from the kernel's hwmon tree.

Graphics cards are left out: their own collectors read them, and reading a sleeping card wakes it.

The number in ``hwmon3`` is the order in which drivers were loaded, and another one after the next start. Of several
chips of one name each is named by the serial number of its drive, else by the device that it sits on.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from calculators.units import MILLI_PER_UNIT
from miner_agent.collectors.host.kernel_files import read_attribute
from miner_agent.collectors.host.processor_sensors import Kinds, by_socket, hottest
from miner_agent.model.readings import TemperatureReading
from miner_agent.text import clean_text, natural_key

CARD_CHIPS = frozenset({"amdgpu", "nouveau", "radeon", "i915", "xe"})
SLOWED_DOWN_CHIPS = frozenset({"coretemp", "k10temp", "zenpower"})
"""Those whose critical temperature is the one at which the processor slows down; of an ARM board it is the last one."""
NO_FAULT = "0"
DIGITS_MAX = 10  # a 32 bit number of thousandths has no more
PLACE_LENGTH = 40

_SERIALS = ("serial", "wwid")  # of an NVMe drive, of a disk
_PCI_DEVICE = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]", re.ASCII)
_NUMBERED_BY_LOADING = re.compile(r"(?:nvme|hwmon|host|card)\d+|\d+(?::\d+)+|i2c-\d+", re.ASCII)
_ON_I2C = re.compile(r"\d+-([0-9a-f]{4})", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)  # each is one of its own: they are keys at every reading
class Sensor:
    """One temperature sensor. ``fault_file``: where its chip says that it is broken or not connected, if it can."""

    chip: str
    name: str  # unique among its chip's
    input_file: Path
    fault_file: Path | None
    label: str  # the kernel's, or ``temp1``
    place: str  # the device that its chip sits on, however it was loaded; empty where that is not told
    position: int  # of its chip among those of one name, by their places
    slowdown_celsius: float | None = None  # of a processor: where it slows down, as its chip says


class _Chip(NamedTuple):
    name: str
    directory: Path
    place: str


def find(sysfs: Path) -> tuple[Sensor, ...]:
    """Each temperature sensor that is there."""
    chips = [
        _Chip(name, directory, _place(directory))
        for directory in sorted(sysfs.glob("class/hwmon/hwmon*"), key=_number)
        if (name := _text(directory / "name")) is not None and name not in CARD_CHIPS
    ]
    alike, places = Counter(chip.name for chip in chips), Counter((chip.name, chip.place) for chip in chips)
    by_place = sorted(chips, key=lambda chip: natural_key(chip.place))  # those without one as the kernel numbers them
    positions, before = {}, Counter[str]()
    for chip in by_place:
        positions[chip.directory] = before[chip.name]
        before[chip.name] += 1
    found: list[Sensor] = []
    seen: Counter[tuple[str, str]] = Counter()
    for chip in chips:
        is_told_apart = alike[chip.name] > 1 and bool(chip.place) and places[chip.name, chip.place] == 1
        for file in sorted(chip.directory.glob("temp*_input"), key=_number):
            stem = file.name.removesuffix("_input")
            label = _text(chip.directory / f"{stem}_label") or stem
            name = f"{label} {chip.place}" if is_told_apart else label
            seen[chip.name, name] += 1
            fault = chip.directory / f"{stem}_fault"
            found.append(
                Sensor(
                    chip=chip.name,
                    name=name if seen[chip.name, name] == 1 else f"{name} #{seen[chip.name, name]}",
                    input_file=file,
                    fault_file=fault if fault.exists() else None,
                    label=label,
                    place=chip.place,
                    position=positions[chip.directory],
                    slowdown_celsius=_slowdown(chip, stem),
                )
            )
    return tuple(found)


def read(sensors: Iterable[Sensor]) -> dict[Sensor, str]:
    """The text of each input file; empty where its sensor cannot be read now, or is broken.

    A disk that dies takes minutes to say so.
    """
    return {one: "" if _is_broken(one) else _text(one.input_file) or "" for one in sensors}


def parse(texts: Mapping[Sensor, str]) -> tuple[TemperatureReading, ...]:
    """Readings from the text of the input files; a file that holds no number gives none."""
    return tuple(
        TemperatureReading(chip=sensor.chip, sensor=sensor.name, temperature_celsius=celsius)
        for sensor, text in texts.items()
        if (celsius := _celsius(text)) is not None
    )


def processor_temperatures(texts: Mapping[Sensor, str]) -> tuple[float | None, ...]:
    """The temperature of each processor, by the number of its socket; empty where no sensor stands for one.

    ``None`` is a socket whose sensor cannot be read.
    """
    return tuple(hottest(kinds, lambda sensor: _celsius(texts[sensor])) for kinds in _sockets(tuple(texts)))


@lru_cache(maxsize=2)  # they are looked for once a minute
def processor_slowdowns(sensors: tuple[Sensor, ...]) -> tuple[float | None, ...]:
    """Where each processor slows down, by the number of its socket; empty where none says it."""
    return tuple(hottest(kinds, lambda sensor: sensor.slowdown_celsius) for kinds in _sockets(sensors))


@lru_cache(maxsize=2)
def _sockets(sensors: tuple[Sensor, ...]) -> tuple[Kinds[Sensor], ...]:
    return by_socket(sensors)


def _place(directory: Path) -> str:
    """What its device is called, whichever number it got at this start."""
    device = directory / "device"
    for name in _SERIALS:
        if (serial := _text(device / name)) is not None:
            return serial[:PLACE_LENGTH]
    try:
        parts = device.resolve(strict=True).parts
    except (OSError, RuntimeError):
        return ""
    stable = [part for part in parts if not _NUMBERED_BY_LOADING.fullmatch(part)]
    last = stable[-1]
    if _PCI_DEVICE.fullmatch(last) or not (found := _ON_I2C.fullmatch(last)):
        return clean_text(last)[:PLACE_LENGTH]
    bus = next((part for part in reversed(stable) if _PCI_DEVICE.fullmatch(part)), "i2c")
    return f"{bus}-{found[1]}"


def _slowdown(chip: _Chip, stem: str) -> float | None:
    if chip.name not in SLOWED_DOWN_CHIPS:
        return None
    return _celsius(_text(chip.directory / f"{stem}_crit") or "") or None


def _celsius(text: str) -> float | None:
    digits = text.removeprefix("-")
    return int(text) / MILLI_PER_UNIT if digits.isdecimal() and len(digits) <= DIGITS_MAX else None


def _is_broken(sensor: Sensor) -> bool:
    """Such as a diode that is not connected, which reads 127.5 °C or -128 °C."""
    return sensor.fault_file is not None and (_text(sensor.fault_file) or NO_FAULT) != NO_FAULT


def _text(file: Path) -> str | None:
    try:
        return clean_text(read_attribute(file).decode("utf-8", "replace").strip()) or None
    except OSError:
        return None


def _number(path: Path) -> tuple[int, str]:
    digits = "".join(character for character in path.name if character.isdecimal())
    return int(digits or 0), path.name
