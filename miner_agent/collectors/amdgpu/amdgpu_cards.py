"""AMD cards, the parent's half: makes a reading of the files that ``amdgpu_reader`` saw in the sensor child.

A card is followed by its PCI address, which is also its name: its serial number cannot be read while it sleeps. A
card that sleeps is ``asleep`` and has no values; that is no error. One that was seen and is not there any more is
``lost``. One whose sensors all fail three times in a row is ``hung``, and so is one of which a file does not answer.

Power is the mean that the driver gives, else the moment's value. What slows a card down is known where the driver
writes ``gpu_metrics`` of revision 1.3 (Navi 1x to 3x, Arcturus, Aldebaran), and not otherwise.
"""

import errno
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from calculators.units import MICRO_PER_UNIT
from miner_agent.collectors.card_limits import AMD_VENDOR
from miner_agent.collectors.child.card_threads import Waiting
from miner_agent.collectors.displays import has_display
from miner_agent.collectors.quantities import Convert, from_micro, from_milli, from_percent, said_once
from miner_agent.collectors.unanswered import Unanswered, waiting_of
from miner_agent.errors import BadPayload, DriverNotLoaded
from miner_agent.model.devices import DeviceReading, DeviceState, ReadError, ReadErrorReason, ThrottleReason
from miner_agent.model.readings import SensorReading
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none, clean_text

SOURCE, VENDOR = "amdgpu", "amd"
CELSIUS_MAX = 150.0
"""Above it a driver tells of its own trouble: 511 °C is what a card off the bus reads."""

_DIGITS = 20
_SENTINELS = frozenset({0xFFFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF, 0xFFFF * MICRO_PER_UNIT})

_NUMBERS: dict[str, tuple[str, Convert]] = {
    "power1_average": ("power_watts", from_micro),
    "power1_input": ("power_watts", from_micro),
    "power1_cap": ("power_limit_watts", from_micro),
    "power1_cap_default": ("power_limit_default_watts", from_micro),
    "power1_cap_min": ("power_limit_min_watts", from_micro),
    "power1_cap_max": ("power_limit_max_watts", from_micro),
    "fan1_input": ("fan_speed_rpm", float),
    "freq1_input": ("core_clock_hertz", float),
    "freq2_input": ("memory_clock_hertz", float),
    "gpu_busy_percent": ("utilization_ratio", from_percent),
    "mem_busy_percent": ("memory_utilization_ratio", from_percent),
    "mem_info_vram_used": ("memory_used_bytes", int),
    "mem_info_vram_total": ("memory_size_bytes", int),
    "current_link_width": ("pcie_link_width", int),
    "max_link_width": ("pcie_link_width_max", int),
}
_SENSORS = {
    "edge": "core_temperature_celsius",
    "junction": "hotspot_temperature_celsius",
    "mem": "memory_temperature_celsius",
}
_SLOWDOWNS = {
    "core_temperature_celsius": "slowdown_temperature_celsius",
    "hotspot_temperature_celsius": "hotspot_slowdown_temperature_celsius",
    "memory_temperature_celsius": "memory_slowdown_temperature_celsius",
}
_SHUTDOWN = {"temp1_emergency": "shutdown_temperature_celsius"}
_PWM, _PWM_MAX, _SPEED, _METRICS = "pwm1", "pwm1_max", "current_link_speed", "gpu_metrics"
_LANES_ABOVE = "max_link_width_above"
_PWM_FULL = 255
_MEASURING, _FAULT, _NO_FAULT = frozenset({"input", "average"}), "_fault", "0"
_GENERATIONS = {"2.5": 1, "5.0": 2, "5": 2, "8.0": 3, "8": 3, "16.0": 4, "16": 4, "32.0": 5, "64.0": 6}
"""By the speed of a lane in GT/s."""

_MEASURED = frozenset(
    {*_SENSORS.values(), "power_watts", "core_clock_hertz", "memory_clock_hertz", "utilization_ratio", "fan_speed_rpm"}
)
"""What the card's own controller answers: without any of these it does not answer."""

_METRICS_1_3 = (1, 3)
_METRICS_HEADER, _METRICS_SIZE = struct.Struct("<HBB"), 120
_THROTTLE_MASK, _THROTTLE_AT = struct.Struct("<Q"), 112  # indep_throttle_status, the same on all cards
_MASK_UNKNOWN = 2**64 - 1
_THROTTLING = (
    (range(8), ThrottleReason.POWER_CAP),
    (range(16, 24), ThrottleReason.OTHER),  # limits of current
    (range(32, 44), ThrottleReason.SW_THERMAL),
    (range(44, 48), ThrottleReason.HW_THERMAL),  # a voltage regulator's or the board's own alarm
    (range(56, 58), ThrottleReason.OTHER),
)
"""Bits SMU_THROTTLER_*_BIT of the kernel's amdgpu_smu.h."""

_REASONS = {
    errno.EPERM: ReadErrorReason.PERMISSION,
    errno.EACCES: ReadErrorReason.PERMISSION,
    errno.EOPNOTSUPP: ReadErrorReason.UNSUPPORTED,
    errno.ENOSYS: ReadErrorReason.UNSUPPORTED,
    errno.ETIME: ReadErrorReason.TIMEOUT,
    errno.ETIMEDOUT: ReadErrorReason.TIMEOUT,
    errno.ENODEV: ReadErrorReason.LOST,
    errno.ENXIO: ReadErrorReason.LOST,
}
_LASTING = frozenset({ReadErrorReason.UNSUPPORTED, ReadErrorReason.PERMISSION})
_STALLING = frozenset({ReadErrorReason.OTHER, ReadErrorReason.TIMEOUT, ReadErrorReason.IMPLAUSIBLE})


def present(*, sysfs: Path) -> bool:
    """Whether this machine has an AMD card; the graphics of a processor count."""
    return has_display(sysfs, vendor=AMD_VENDOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One card of one tick, by the model's names and in its units."""

    pci_address: str
    asleep: bool
    identity: dict[str, Any]
    values: dict[str, Any]
    failed: dict[str, ReadErrorReason]
    refused: bool  # EPERM: what a card says that sleeps, or is being reset
    waiting: Waiting | None  # for its file that does not answer

    @property
    def stalled(self) -> bool:
        """Whether its controller was asked and did not answer as a controller does."""
        return self.silent and not _STALLING.isdisjoint(self.failed.values())

    @property
    def silent(self) -> bool:
        """Whether its controller gave nothing that can be believed."""
        core = _SENSORS["edge"]
        return not self.values.keys() & _MEASURED or self.failed.get(core) is ReadErrorReason.IMPLAUSIBLE


@dataclass(slots=True, kw_only=True)
class _Followed:
    """What is remembered of one card from tick to tick."""

    identity: dict[str, Any] = field(default_factory=dict)
    unanswered: Unanswered = field(default_factory=Unanswered)
    told: set[str] = field(default_factory=set)  # quantities of which to say once what is wrong


class AmdgpuTracker:
    """Follows the cards from tick to tick. It touches nothing. A refused answer leaves it as it was."""

    def __init__(self) -> None:
        self._followed: dict[str, _Followed] = {}

    def follow(self, raw: Mapping[str, Any], _now: object = None, /) -> SensorReading:
        """The reading that this tick's raw answer gives.

        Raises:
            DriverNotLoaded: there is no card, and has been none.
            BadPayload: this is no answer of ``amdgpu_reader``.
        """
        answer = Doc(dict(raw), SOURCE)
        cards = _parsed(answer)
        driver_version = clean_or_none(answer.text_or_none("driver_version"))
        if not cards and not self._followed:
            raise DriverNotLoaded(
                "no card is held by AMD's kernel module. Try: modprobe amdgpu; dmesg says why it fails"
            )
        errors: list[ReadError] = []
        for address in cards:
            self._followed.setdefault(address, _Followed())
        devices = [
            self._device(index, address, cards.get(address), errors)
            for index, address in enumerate(sorted(self._followed))
        ]
        return SensorReading(driver_version=driver_version, devices=tuple(devices), read_errors=tuple(errors))

    def _device(self, index: int, address: str, seen: _Seen | None, errors: list[ReadError]) -> DeviceReading:
        card = self._followed[address]
        state: DeviceState | None = DeviceState.LOST
        values: dict[str, Any] = {}
        if seen is not None:
            card.identity.update(seen.identity)
            if seen.stalled:
                card.unanswered.take(seen.waiting)
            else:
                card.unanswered.end()
            state = _state(card, seen)
            if state is DeviceState.ASLEEP:
                card.unanswered.end()
            else:
                errors.extend(_read_errors(address, seen, card.told))
            if state not in {DeviceState.ASLEEP, DeviceState.LOST}:
                values = seen.values
        return DeviceReading(index=index, state=state, vendor=VENDOR, pci_address=address, **card.identity, **values)


def _state(card: _Followed, seen: _Seen) -> DeviceState | None:
    """The worst that holds; ``None`` where nothing could be read and nothing is proven yet."""
    if seen.asleep or (seen.silent and seen.refused):
        return DeviceState.ASLEEP
    if seen.silent and ReadErrorReason.LOST in seen.failed.values():
        return DeviceState.LOST
    if card.unanswered.state is not None:
        return card.unanswered.state
    if seen.silent:
        return None
    return DeviceState.THROTTLED if seen.values.get("throttle_reasons") else DeviceState.OK


def _read_errors(device: str, seen: _Seen, told: set[str]) -> Iterator[ReadError]:
    """What of a card failed this tick. What will fail at every tick is said once, and added to ``told``."""
    return said_once(
        [ReadError(device=device, quantity=quantity, reason=reason) for quantity, reason in seen.failed.items()],
        told,
        lambda error: error.reason in _LASTING,
    )


def _parsed(answer: Doc) -> dict[str, _Seen]:
    if not answer.at("cards").is_list():
        answer.at("cards").expected("a list")
    cards: dict[str, _Seen] = {}
    for place in answer.items("cards"):
        card = _card(place)
        if card.pci_address in cards:
            place.expected("each card once")
        cards[card.pci_address] = card
    return cards


def _card(place: Doc) -> _Seen:
    address = pci_address(place.text_or_none("pci_address"))
    if address is None:
        place.at("pci_address").expected("a PCI address")
    files = _texts(place)
    codes = {name: at.count() for name, at in place.entries("errors")}
    asleep = place.truth_or_none("asleep") or False
    texts = _Files(files)
    values = {} if asleep else texts.values()
    failed = {
        **{_quantity(name, files): _REASONS.get(code, ReadErrorReason.OTHER) for name, code in codes.items()},
        **texts.failed,
    }
    return _Seen(
        pci_address=address,
        asleep=asleep,
        identity=_identity(files),
        values=values,
        failed=failed,
        refused=errno.EPERM in codes.values(),
        waiting=waiting_of(place),
    )


def _texts(card: Doc) -> dict[str, str]:
    told = card.value_at("files")
    if isinstance(told, dict) and all(type(text) is str for text in told.values()):
        return told
    return {name: _text(place) for name, place in card.entries("files")}


def _text(place: Doc) -> str:
    if not isinstance(place.value, str):
        place.expected("text")
    return place.value


def _identity(files: Mapping[str, str]) -> dict[str, str]:
    device = files.get("device", "").removeprefix("0x")
    told = {
        "name": files.get("product_name") or (device and f"AMD GPU {device}"),
        "serial": files.get("unique_id"),
        "firmware_version": files.get("vbios_version"),
    }
    return {name: clean for name, text in told.items() if (clean := clean_or_none(text))}


def _quantity(name: str, files: Mapping[str, str]) -> str:
    """The model's name of what a file holds, for errors; the file's own where the model has none."""
    if name in _NUMBERS:
        return _NUMBERS[name][0]
    if (limit := _limit(name, files)) is not None:
        return limit
    if name.startswith("temp") and name.endswith("_input"):
        return _sensor(name, files) or name
    others = {_PWM: "fan_ratio", _SPEED: "pcie_link_generation", _METRICS: "throttle_reasons"}
    return others.get(name) or clean_text(name)


def _sensor(name: str, files: Mapping[str, str]) -> str | None:
    """The quantity behind ``temp1_input``; older drivers give their only sensor no label."""
    stem = name.removesuffix("_input")
    return _SENSORS.get(files.get(f"{stem}_label", "edge" if stem == "temp1" else ""))


def _limit(name: str, files: Mapping[str, str]) -> str | None:
    """The limit behind ``temp2_crit``, by the sensor that it is of."""
    stem, _, what = name.rpartition("_")
    sensor = _sensor(f"{stem}_input", files) if what == "crit" and stem.startswith("temp") else None
    return _SHUTDOWN.get(name) if sensor is None else _SLOWDOWNS[sensor]


class _Files:
    """The text of one card's files. Collects what is there and cannot be read as a value."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self._files = files
        self.failed: dict[str, ReadErrorReason] = {}

    def values(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        broken = self._broken()
        for name, text in self._files.items():
            if name in broken:
                self.failed[_quantity(name, self._files)] = ReadErrorReason.OTHER
            elif name in _NUMBERS:
                quantity, convert = _NUMBERS[name]
                number = self._number(quantity, text)
                if number is not None:
                    found[quantity] = convert(number)
            elif name.startswith("temp"):
                read = name.endswith("_input")
                celsius = _sensor(name, self._files) if read else _limit(name, self._files)
                if celsius is not None:
                    self._keep_celsius(found, celsius, text)
        self._keep_fan(found)
        if "pcie_link_width_max" in found and _LANES_ABOVE in self._files:
            above = self._number("pcie_link_width_max", self._files[_LANES_ABOVE])
            found["pcie_link_width_max"] = min(found["pcie_link_width_max"], above or found["pcie_link_width_max"])
        if (generation := _GENERATIONS.get(self._files.get(_SPEED, "").partition(" ")[0])) is not None:
            found["pcie_link_generation"] = generation
        if (reasons := _throttle_reasons(self._files.get(_METRICS, ""))) is not None:
            found["throttle_reasons"] = reasons
        return found

    def _broken(self) -> set[str]:
        """The measured values of which the chip says that the sensor behind them is broken."""
        stems = [
            name.removesuffix(_FAULT)
            for name, text in self._files.items()
            if name.endswith(_FAULT) and text not in {_NO_FAULT, ""}
        ]
        return {f"{stem}_{what}" for stem in stems for what in _MEASURING}

    def _keep_celsius(self, found: dict[str, Any], quantity: str, text: str) -> None:
        number = self._number(quantity, text)
        if number is None:
            return
        celsius = from_milli(number)
        if celsius > CELSIUS_MAX:
            self.failed[quantity] = ReadErrorReason.IMPLAUSIBLE
        else:
            found[quantity] = celsius

    def _keep_fan(self, found: dict[str, Any]) -> None:
        if _PWM not in self._files:
            return
        level = self._number("fan_ratio", self._files[_PWM])
        full = self._number("fan_ratio", self._files.get(_PWM_MAX, str(_PWM_FULL)))
        if level is not None and full:
            found["fan_ratio"] = level / full

    def _number(self, quantity: str, text: str) -> int | None:
        """A whole number; an empty file is what a controller gives that does not answer."""
        if not text:
            self.failed[quantity] = ReadErrorReason.OTHER
            return None
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdecimal() and len(digits) <= _DIGITS):
            self.failed[quantity] = ReadErrorReason.PARSE
            return None
        number = int(text)
        if number in _SENTINELS:
            self.failed[quantity] = ReadErrorReason.IMPLAUSIBLE
            return None
        return number


def _throttle_reasons(digits: str) -> tuple[ThrottleReason, ...] | None:
    """What slows the card down, from ``gpu_metrics``; ``None`` where its revision or the card does not tell."""
    try:
        metrics = bytes.fromhex(digits)
    except ValueError:
        raise BadPayload(f"{SOURCE}.cards.{_METRICS}", digits, "hexadecimal digits") from None
    if len(metrics) < _METRICS_SIZE:
        return None
    size, *revision = _METRICS_HEADER.unpack_from(metrics)
    (mask,) = _THROTTLE_MASK.unpack_from(metrics, _THROTTLE_AT)
    if tuple(revision) != _METRICS_1_3 or size < _METRICS_SIZE or mask == _MASK_UNKNOWN:
        return None
    reasons = [reason for bits, reason in _THROTTLING if any(mask >> bit & 1 for bit in bits)]
    return tuple(dict.fromkeys(reasons))
