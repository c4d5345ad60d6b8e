"""The board's temperature sensors, from the kernel's hwmon tree.

Graphics cards are left out: their own collectors read them, and reading a sleeping card wakes it.
"""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from calculators.units import MILLI_PER_UNIT
from miner_agent.model.readings import TemperatureReading
from miner_agent.text import clean_text

CARD_CHIPS = frozenset({"amdgpu", "nouveau", "radeon", "i915", "xe"})
NO_FAULT = "0"
DIGITS_MAX = 10  # a 32 bit number of thousandths has no more
CPU_SENSORS = (
    ("coretemp", "Package id "),
    ("k10temp", "Tdie"),
    ("k10temp", "Tctl"),
    ("zenpower", "Tdie"),
    ("cpu_thermal", ""),
)
"""Chip and start of the sensor's name that stand for a whole processor, best first."""

_PACKAGE = re.compile(r"Package id (\d{1,3})(?: #\d+)?", re.ASCII)
_REPEATED = re.compile(r".* #(\d{1,3})", re.ASCII)


class Sensor(NamedTuple):
    """One temperature sensor. ``fault_file``: where its chip says that it is broken or not connected, if it can."""

    chip: str
    name: str
    input_file: Path
    fault_file: Path | None


def find(sysfs: Path) -> tuple[Sensor, ...]:
    """Each temperature sensor that is there."""
    found: list[Sensor] = []
    seen: dict[tuple[str, str], int] = {}
    for directory in sorted(sysfs.glob("class/hwmon/hwmon*"), key=_number):
        chip = _text(directory / "name")
        if chip is None or chip in CARD_CHIPS:
            continue
        for file in sorted(directory.glob("temp*_input"), key=_number):
            stem = file.name.removesuffix("_input")
            label = _text(directory / f"{stem}_label") or stem
            count = seen[chip, label] = seen.get((chip, label), 0) + 1
            fault = directory / f"{stem}_fault"
            name = label if count == 1 else f"{label} #{count}"
            found.append(Sensor(chip, name, file, fault if fault.exists() else None))
    return tuple(found)


def read(sensors: Iterable[Sensor]) -> dict[tuple[str, str], str]:
    """The text of each input file; empty where its sensor cannot be read now, or is broken.

    A disk that dies takes minutes to say so.
    """
    return {(one.chip, one.name): "" if _is_broken(one) else _text(one.input_file) or "" for one in sensors}


def parse(texts: Mapping[tuple[str, str], str]) -> tuple[TemperatureReading, ...]:
    """Readings from the text of the input files; a file that holds no number gives none."""
    return tuple(
        TemperatureReading(chip=chip, sensor=sensor, temperature_celsius=celsius)
        for (chip, sensor), text in texts.items()
        if (celsius := _celsius(text)) is not None
    )


def processor_temperatures(texts: Mapping[tuple[str, str], str]) -> tuple[float | None, ...]:
    """The temperature of each processor, by the number of its socket; empty where no sensor stands for one.

    ``None`` is a socket whose sensor cannot be read. Of two sensors of one socket the hotter one counts.
    """
    for chip, start in CPU_SENSORS:
        by_socket: dict[int, float | None] = {}
        for (its_chip, sensor), text in texts.items():
            socket = _socket(sensor) if its_chip == chip and sensor.startswith(start) else None
            if socket is not None:
                known = [celsius for celsius in (by_socket.get(socket), _celsius(text)) if celsius is not None]
                by_socket[socket] = max(known, default=None)
        if by_socket:
            return tuple(by_socket.get(socket) for socket in range(max(by_socket) + 1))
    return ()


def _socket(sensor: str) -> int | None:
    """Intel's sensors name their socket; of those that do not, ``find`` has numbered the second and later ones."""
    if sensor.startswith("Package id "):
        named = _PACKAGE.fullmatch(sensor)
        return int(named[1]) if named else None
    repeated = _REPEATED.fullmatch(sensor)
    return int(repeated[1]) - 1 if repeated else 0


def _celsius(text: str) -> float | None:
    digits = text.removeprefix("-")
    return int(text) / MILLI_PER_UNIT if digits.isdecimal() and len(digits) <= DIGITS_MAX else None


def _is_broken(sensor: Sensor) -> bool:
    """Such as a diode that is not connected, which reads 127.5 °C or -128 °C."""
    return sensor.fault_file is not None and (_text(sensor.fault_file) or NO_FAULT) != NO_FAULT


def _text(file: Path) -> str | None:
    try:
        return clean_text(file.read_text(encoding="utf-8", errors="replace")) or None
    except OSError:
        return None


def _number(path: Path) -> tuple[int, str]:
    digits = "".join(character for character in path.name if character.isdecimal())
    return int(digits or 0), path.name
