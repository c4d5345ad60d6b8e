"""What ``nvml_reader`` saw of NVIDIA cards in the sensor child, by the model's names and in its units."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import call
from typing import Any, TypeGuard

from miner_agent.collectors.card_limits import CARDS_MAX
from miner_agent.collectors.child.card_threads import Waiting
from miner_agent.collectors.quantities import Convert, from_mega, from_milli, from_percent
from miner_agent.collectors.unanswered import waiting_of
from miner_agent.errors import (
    DeviceLost,
    DriverLibraryMismatch,
    DriverNotLoaded,
    LibraryNotFound,
    SensorPermission,
    SourceError,
    TimedOut,
)
from miner_agent.model.devices import ThrottleReason
from miner_agent.model.made_in_c import made_in_c
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import LOG_LENGTH, clean_or_none

LIBRARY = "libnvidia-ml.so.1"
XIDS_MAX = 32
"""Different XIDs told of one card; there are some 150, and a card that had so many is known to be ill."""

_NAME_OF_CODE = {
    1: "uninitialized",
    2: "invalid argument",
    3: "not supported",
    4: "no permission",
    6: "not found",
    7: "insufficient size",
    8: "insufficient external power",
    9: "driver not loaded",
    10: "timeout",
    11: "interrupt request issue",
    12: "library not found",
    13: "function not found",
    14: "corrupted infoROM",
    15: "GPU is lost",
    16: "reset required",
    17: "blocked by the operating system",
    18: "driver and library version mismatch",
    19: "in use",
    20: "out of memory",
    21: "no data",
    23: "insufficient resources",
    27: "not ready",
    28: "GPU not found",
    29: "invalid state",
    999: "unknown error",
}

_INIT_ERRORS: dict[int, tuple[type[SourceError], str]] = {
    4: (
        SensorPermission,
        "NVML may not be used by this user. Is it allowed to read and write /dev/nvidiactl?",
    ),
    9: (
        DriverNotLoaded,
        "NVIDIA's kernel module is not loaded. Try: modprobe nvidia; dmesg says why it fails",
    ),
    10: (
        TimedOut,
        "NVIDIA's driver did not answer in time when NVML started. dmesg may tell which card hangs",
    ),
    12: (LibraryNotFound, f"{LIBRARY} is not installed. Install NVIDIA's driver for this machine's cards"),
    15: (
        DeviceLost,
        "NVML does not start because a card fell off the bus. Reboot, and check risers and power",
    ),
    17: (
        SensorPermission,
        "The operating system keeps NVML from /dev/nvidia*. Check DeviceAllow= and cgroups",
    ),
    18: (DriverLibraryMismatch, "NVIDIA's library and kernel module are of different versions. Reboot"),
}

_THROTTLING = {
    0x004: ThrottleReason.POWER_CAP,
    0x010: ThrottleReason.SYNC,
    0x020: ThrottleReason.SW_THERMAL,
    0x040: ThrottleReason.HW_THERMAL,
    0x080: ThrottleReason.HW_POWER_BRAKE,
    0x200: ThrottleReason.OTHER,  # board limit
    0x400: ThrottleReason.OTHER,  # reliability
}
"""Bits that mean "slower than it could be". Idle (1) and chosen clocks (2, 0x100) are no throttling."""
_HW_SLOWDOWN, _HW_SLOWDOWN_CAUSES = 0x008, 0x0C0  # said along with its cause where the card knows it

_NUMBERS: dict[str, tuple[str, Convert]] = {
    "core_temperature_celsius": ("core_temperature_celsius", float),
    "memory_temperature_celsius": ("memory_temperature_celsius", float),
    "power_milliwatts": ("power_watts", from_milli),
    "power_limit_milliwatts": ("power_limit_watts", from_milli),
    "energy_millijoules": ("energy_joules_total", from_milli),
    "core_clock_megahertz": ("core_clock_hertz", from_mega),
    "memory_clock_megahertz": ("memory_clock_hertz", from_mega),
    "slowdown_temperature_celsius": ("slowdown_temperature_celsius", float),
    "memory_slowdown_temperature_celsius": ("memory_slowdown_temperature_celsius", float),
    "shutdown_temperature_celsius": ("shutdown_temperature_celsius", float),
    "power_limit_default_milliwatts": ("power_limit_default_watts", from_milli),
    "pcie_link_width": ("pcie_link_width", int),
    "pcie_link_width_max": ("pcie_link_width_max", int),
    "pcie_link_generation": ("pcie_link_generation", int),
    "performance_state": ("performance_state", int),
    "throttle_mask": ("throttle_reasons", int),
    "pcie_replays": ("pcie_replays_total", int),
    "ecc_corrected_errors": ("ecc_corrected_errors_total", int),
    "ecc_uncorrected_errors": ("ecc_uncorrected_errors_total", int),
    "remapped_rows_corrected": ("remapped_rows_corrected", int),
    "remapped_rows_uncorrected": ("remapped_rows_uncorrected", int),
    "remapped_rows_pending": ("remapped_rows_pending", bool),
    "remapped_rows_failed": ("remapped_rows_failed", bool),
}
_PAIRS: dict[str, tuple[tuple[str, Convert], tuple[str, Convert]]] = {
    "utilization_percents": (
        ("utilization_ratio", from_percent),
        ("memory_utilization_ratio", from_percent),
    ),
    "memory_bytes": (("memory_used_bytes", int), ("memory_size_bytes", int)),
    "power_limit_range_milliwatts": (
        ("power_limit_min_watts", from_milli),
        ("power_limit_max_watts", from_milli),
    ),
}
_OF_FACTS = ("uuid", "pci_address", "facts")
_TEXTS = {"name": "name", "serial": "serial", "vbios_version": "firmware_version"}
_FANS = {f"fan_percent_{fan}": fan for fan in range(8)}
_FAN_SPEEDS = {f"fan_speed_rpm_{fan}": fan for fan in range(8)}

_FIELD_OF: dict[str, str] = {
    **{raw: name for raw, (name, _) in _NUMBERS.items()},
    **{raw: pair[0][0] for raw, pair in _PAIRS.items()},
    **_TEXTS,
    **{raw: f"fan_ratios[{fan}]" for raw, fan in _FANS.items()},
    **{raw: f"fan_speeds_rpm[{fan}]" for raw, fan in _FAN_SPEEDS.items()},
    "xid_errors": "xid_errors",
}
"""The reader's name of a quantity to the model's. Any other name is a newer reader's, and is skipped."""

_NOT_AVAILABLE = 0xFFFFFFFF
_SENTINELS = frozenset({_NOT_AVAILABLE, 0xFFFFFFFFFFFFFFFF})
_BLANK_PREFIX = 0x7FFFFFFFFFFFFFF  # 0x7FFFFFFFFFFFFFFx are the blanks of DCGM and of 64-bit counters
_LEAST_BLANK = _BLANK_PREFIX << 4
_INTEGERS = frozenset({int})  # no bool
_XID_DIGITS = 10
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCard:
    """One card of one tick, by the model's names and in its units."""

    index: int
    uuid: str | None
    pci_address: str | None
    identity: dict[str, Any]
    limits: dict[str, Any]
    values: dict[str, Any]
    answered: bool  # it told something, if only that it does not know
    failed: dict[str, int]  # quantity to NVML's code
    implausible: tuple[str, ...]
    implausible_limits: tuple[str, ...]  # read once, so the same at every tick
    fault: int | None  # the code that took the whole card
    codes: frozenset[int]  # all of NVML's, this one too
    waiting: Waiting | None = None  # for its call that has not come back


def init_error(answer: Doc) -> SourceError:
    """Why NVML does not start, as an error that says what to do."""
    code = answer.count("init_error")
    kernel_module = clean_or_none(answer.text_or_none("kernel_module"), length=LOG_LENGTH)
    if code not in _INIT_ERRORS:
        name = _NAME_OF_CODE.get(code, "a code that is not known here")
        return SourceError(f"NVML does not start: error {code} ({name}). nvidia-smi and dmesg may tell more")
    error, sentence = _INIT_ERRORS[code]
    return error(f"{sentence}. Loaded: {kernel_module}" if kernel_module else sentence)


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a card tells of itself, and what that means."""

    told: tuple[Any, ...]  # what stood under ``_OF_FACTS``
    uuid: str | None
    pci_address: str | None
    identity: dict[str, Any]
    limits: dict[str, Any]
    implausible: tuple[str, ...]


class CardAnswers:
    """Understands answers, each for itself. What a card tells of itself is looked at again where it has changed."""

    __slots__ = ("_facts",)

    def __init__(self) -> None:
        self._facts: tuple[_Facts, ...] = ()  # of the last answer's cards, in its order

    def cards(self, answer: Doc) -> tuple[SeenCard, ...]:
        """The cards of one answer."""
        if not answer.at("cards").is_list():
            answer.at("cards").expected("a list")
        known = itertools.chain(self._facts, itertools.repeat(None))
        understood = [
            (last and _healthy(raw, last)) or _understood(answer.at("cards", position), last)
            for position, (raw, last) in enumerate(zip(answer.value_at("cards"), known, strict=False))
        ]
        self._facts = tuple(facts for facts, _ in understood)
        return tuple(card for _, card in understood)


def _healthy(raw: Any, facts: _Facts) -> tuple[_Facts, SeenCard] | None:
    """A card that tells the same of itself, and else plain numbers without an error; ``None`` of any other."""
    if type(raw) is not dict or raw.get("errors") != {} or raw.get("fault") is not None:
        return None
    index, values = raw.get("index"), raw.get("values")
    if type(index) is not int or not 0 <= index < CARDS_MAX or type(values) is not dict or not values:
        return None
    meant = _meant(tuple(values)) if tuple(map(raw.get, _OF_FACTS)) == facts.told else None
    readings = None if meant is None else meant.readings(values)
    if readings is None:
        return None
    card = SeenCard(
        index=index,
        uuid=facts.uuid,
        pci_address=facts.pci_address,
        identity=facts.identity,
        limits=facts.limits,
        values=readings,
        answered=True,
        failed={},
        implausible=(),
        implausible_limits=facts.implausible,
        fault=None,
        codes=_NONE,
    )
    return facts, card


_NONE: frozenset[int] = frozenset()


def _understood(place: Doc, last: _Facts | None) -> tuple[_Facts, SeenCard]:
    facts = _facts(place, last)
    return facts, _card(place, facts)


def _facts(place: Doc, last: _Facts | None) -> _Facts:
    told = tuple(map(place.value.get, _OF_FACTS)) if isinstance(place.value, dict) else ()
    if last is not None and last.told == told:
        return last
    names = place.text_or_none("uuid"), place.text_or_none("pci_address")
    numbers = _Numbers(place, "facts")
    return _Facts(
        told=told,
        uuid=clean_or_none(names[0]),
        pci_address=pci_address(names[1]),
        identity={name: text for raw, name in _TEXTS.items() if (text := numbers.text(raw)) is not None},
        limits=numbers.in_base_units(),
        implausible=tuple(numbers.implausible),
    )


def _card(place: Doc, facts: _Facts) -> SeenCard:
    fault = None if place.value_at("fault") is None else _integer(place.at("fault"))
    values, errors = _Numbers(place, "values"), _Numbers(place, "errors")
    readings: dict[str, Any] = {}
    if fault is None:
        readings = values.readings(failed=errors.raw)
    failed = {_FIELD_OF[raw]: errors.integer(raw) for raw in errors.raw if raw in _FIELD_OF}
    codes = frozenset(failed.values())
    return SeenCard(
        index=place.count("index"),
        uuid=facts.uuid,
        pci_address=facts.pci_address,
        identity=facts.identity,
        limits=facts.limits,
        values=readings,
        answered=fault is None and bool(values.raw),
        failed=failed,
        implausible=tuple(values.implausible),
        implausible_limits=facts.implausible,
        fault=fault,
        codes=codes if fault is None else codes | {fault},
        waiting=None if fault is None else waiting_of(place),
    )


def xids_of(answer: Doc) -> dict[str, dict[int, int]]:
    """By the reader's name of a card and by XID, how many errors it has counted since it started."""
    told = answer.value_at("xids")
    if type(told) is dict and all(counts == {} for counts in told.values()):
        return told
    found: dict[str, dict[int, int]] = {}
    for name, place in answer.entries("xids"):
        if not place.is_object():
            place.expected("an object")
        found[name] = {}
        if not place.value:
            continue
        for xid, count in place.entries():
            if not (xid.isascii() and xid.isdecimal() and len(xid) <= _XID_DIGITS):
                count.expected("an XID")
            if len(found[name]) < XIDS_MAX:
                found[name][int(xid)] = count.count()
    return found


class _Numbers:
    """One object of numbers in a card's answer. Collects those that stand for "not available"."""

    __slots__ = ("_card", "_name", "implausible", "raw")

    def __init__(self, card: Doc, name: str) -> None:
        raw = card.value_at(name)
        if not isinstance(raw, dict):
            card.at(name).expected("an object")
        self.raw: dict[str, Any] = raw
        self.implausible: list[str] = []
        self._card, self._name = card, name

    def text(self, name: str) -> str | None:
        return clean_or_none(self._card.text_or_none(self._name, name)) if name in self.raw else None

    def integer(self, name: str) -> int:
        value = self.raw[name]
        return value if _is_integer(value) else _integer(self._card.at(self._name, name))

    def in_base_units(self) -> dict[str, Any]:
        """The numbers that the tables know, under the model's names."""
        found: dict[str, Any] = {}
        for name in self.raw:
            if name in _NUMBERS:
                self._keep(found, *_NUMBERS[name], self.integer(name))
            elif name in _PAIRS:
                for one, (field_name, convert) in zip(self._pair(name), _PAIRS[name], strict=True):
                    self._keep(found, field_name, convert, one)
        if "throttle_reasons" in found:
            found["throttle_reasons"] = _throttle_reasons(found["throttle_reasons"])
        return found

    def readings(self, *, failed: Mapping[str, Any]) -> dict[str, Any]:
        """The same, with each fan's target and speed, ``None`` for one that could not be read."""
        found = self.in_base_units()
        if ratios := self._each_fan(_FANS, failed, from_percent):
            found["fan_ratios"] = ratios
            found["fan_ratio"] = max(_known(ratios), default=None)
        if speeds := self._each_fan(_FAN_SPEEDS, failed, float):
            found["fan_speeds_rpm"] = speeds
            found["fan_speed_rpm"] = _slowest(speeds, ratios)
        return found

    def _each_fan(
        self, fans: Mapping[str, int], failed: Mapping[str, Any], convert: Convert
    ) -> tuple[float | None, ...]:
        of_fan: dict[int, float | None] = {}
        for name in (name for name in fans if name in self.raw or name in failed):
            kept: dict[str, float] = {}
            if name in self.raw:
                self._keep(kept, _FIELD_OF[name], convert, self.integer(name))
            of_fan[fans[name]] = kept.get(_FIELD_OF[name])
        return tuple([of_fan.get(fan) for fan in range(max(of_fan) + 1)]) if of_fan else ()

    def _pair(self, name: str) -> tuple[int, int]:
        pair = self.raw[name]
        if type(pair) is not list or len(pair) != 2:
            self._card.at(self._name, name).expected("a pair of integers")
        first, second = pair
        if _is_integer(first) and _is_integer(second):
            return first, second
        first, second = (_integer(self._card.at(self._name, name, at)) for at in (0, 1))
        return first, second

    def _keep(self, found: dict[str, Any], name: str, convert: Convert, number: int) -> None:
        if _is_sentinel(number):
            self.implausible.append(name)
        else:
            found[name] = convert(number)


@dataclass(frozen=True, slots=True)
class _Meant:
    """What the names in one object of plain numbers say. Those that no table knows are a newer reader's."""

    pairs: tuple[str, ...]
    numbers: tuple[str, ...]
    converts: tuple[Convert, ...]  # of both of each pair, then of each number
    fields: tuple[str, ...]  # in the same order, but for fans, which stand behind them
    fans: int
    fan_speeds: int

    def readings(self, raw: Mapping[str, Any]) -> dict[str, Any] | None:
        """What they stand for; ``None`` where one is no whole number, or may stand for "not available"."""
        told: list[Any] = []
        for name in self.pairs:
            pair = raw[name]
            if type(pair) is not list or len(pair) != 2:
                return None
            told += pair
        told += map(raw.__getitem__, self.numbers)
        if not (
            told
            and _INTEGERS.issuperset(map(type, told))
            and min(told) >= 0
            and max(told) < _LEAST_BLANK
            and _NOT_AVAILABLE not in told
        ):
            return None
        values = tuple(map(call, self.converts, told))
        found = dict(zip(self.fields, values, strict=False))
        if "throttle_reasons" in found:
            found["throttle_reasons"] = _throttle_reasons(found["throttle_reasons"])
        begin = len(values) - self.fan_speeds
        if ratios := values[begin - self.fans : begin]:
            found["fan_ratios"], found["fan_ratio"] = ratios, max(ratios)
        if speeds := values[begin:]:
            found["fan_speeds_rpm"] = speeds
            found["fan_speed_rpm"] = _slowest(speeds, ratios) if 0 in ratios else min(speeds)
        return found


@lru_cache(maxsize=256)  # cards tell the same things at each tick
def _meant(names: tuple[str, ...]) -> _Meant | None:
    """``None`` where a fan is missing between others."""
    pairs, numbers = (tuple(name for name in names if name in table) for table in (_PAIRS, _NUMBERS))
    fans, speeds = (tuple(name for name in table if name in names) for table in (_FANS, _FAN_SPEEDS))
    if fans != tuple(_FANS)[: len(fans)] or speeds != tuple(_FAN_SPEEDS)[: len(speeds)]:
        return None
    known = [*(one for name in pairs for one in _PAIRS[name]), *(_NUMBERS[name] for name in numbers)]
    converts = (*(convert for _, convert in known), *(from_percent for _ in fans), *(float for _ in speeds))
    return _Meant(
        pairs=pairs,
        numbers=(*numbers, *fans, *speeds),
        converts=converts,
        fields=tuple(name for name, _ in known),
        fans=len(fans),
        fan_speeds=len(speeds),
    )


def _known(numbers: Sequence[float | None]) -> Sequence[float]:
    return [number for number in numbers if number is not None]


def _slowest(speeds: Sequence[float | None], ratios: Sequence[float | None]) -> float | None:
    """Of the fans that are to turn: one that is to stand still at this load has not stopped."""
    stand = {fan for fan, ratio in enumerate(ratios) if ratio == 0} if 0 in ratios else ()
    turning = _known([speed for fan, speed in enumerate(speeds) if fan not in stand] if stand else speeds)
    return min(turning or _known(speeds), default=None)


@lru_cache(maxsize=256)
def _throttle_reasons(mask: int) -> tuple[ThrottleReason, ...]:
    reasons = [reason for bit, reason in _THROTTLING.items() if mask & bit]
    if mask & _HW_SLOWDOWN and not mask & _HW_SLOWDOWN_CAUSES:
        reasons.append(ThrottleReason.OTHER)
    return tuple(dict.fromkeys(reasons))


def _integer(place: Doc) -> int:
    if not _is_integer(place.value):
        place.expected("an integer of 64 bits")
    return place.value


def _is_integer(value: object) -> TypeGuard[int]:
    return type(value) is int and _INT64_MIN <= value <= _UINT64_MAX


def _is_sentinel(number: int) -> bool:
    return number in _SENTINELS or number >> 4 == _BLANK_PREFIX
