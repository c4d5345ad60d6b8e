"""The board's temperature sensors, from the kernel's hwmon tree.

Graphics cards are left out: their own collectors read them, and reading a sleeping card wakes it.
"""

from collections.abc import Mapping
from pathlib import Path

from calculators.units import MILLI_PER_UNIT
from miner_agent.model import TemperatureReading
from miner_agent.text import clean_text

CARD_CHIPS = frozenset({"amdgpu", "nouveau", "radeon", "i915", "xe"})
CPU_SENSORS = (
    ("coretemp", "Package id"),
    ("k10temp", "Tdie"),
    ("k10temp", "Tctl"),
    ("zenpower", "Tdie"),
    ("cpu_thermal", ""),
)
"""Chip and start of the sensor's name that stand for a whole processor, best first."""


def find(sysfs: Path) -> tuple[tuple[str, str, Path], ...]:
    """Chip, sensor and input file of each temperature sensor that is there."""
    found: list[tuple[str, str, Path]] = []
    seen: dict[tuple[str, str], int] = {}
    for directory in sorted(sysfs.glob("class/hwmon/hwmon*"), key=_number):
        chip = _text(directory / "name")
        if chip is None or chip in CARD_CHIPS:
            continue
        for file in sorted(directory.glob("temp*_input"), key=_number):
            stem = file.name.removesuffix("_input")
            label = _text(directory / f"{stem}_label") or stem
            count = seen[chip, label] = seen.get((chip, label), 0) + 1
            found.append((chip, label if count == 1 else f"{label} #{count}", file))
    return tuple(found)


def read(sensors: tuple[tuple[str, str, Path], ...]) -> dict[tuple[str, str], str]:
    """The text of each input file that can be read now."""
    return {(chip, sensor): text for chip, sensor, file in sensors if (text := _text(file)) is not None}


def parse(texts: Mapping[tuple[str, str], str]) -> tuple[TemperatureReading, ...]:
    """Readings from the text of the input files; a file that holds no number gives none."""
    return tuple(
        TemperatureReading(chip=chip, sensor=sensor, temperature_celsius=int(text) / MILLI_PER_UNIT)
        for (chip, sensor), text in texts.items()
        if text.removeprefix("-").isdecimal()
    )


def processor_temperatures(readings: tuple[TemperatureReading, ...]) -> tuple[float | None, ...]:
    """The temperature of each processor, in the order of the sockets; empty where no sensor stands for one."""
    for chip, start in CPU_SENSORS:
        found = [r for r in readings if r.chip == chip and r.sensor.startswith(start)]
        if found:
            return tuple(reading.temperature_celsius for reading in found)
    return ()


def _text(file: Path) -> str | None:
    try:
        return clean_text(file.read_text(encoding="utf-8", errors="replace")) or None
    except OSError:
        return None


def _number(path: Path) -> tuple[int, str]:
    digits = "".join(character for character in path.name if character.isdecimal())
    return int(digits or 0), path.name
