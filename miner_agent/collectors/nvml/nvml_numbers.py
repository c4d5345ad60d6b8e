"""The numbers that NVML tells of a card: what each is called in the model, in which unit, and which stand for none."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import call
from typing import Any, TypeGuard

from miner_agent.collectors.quantities import Convert, from_mega, from_milli, from_percent
from miner_agent.model.devices import ThrottleReason
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none

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
TEXTS = {"name": "name", "serial": "serial", "vbios_version": "firmware_version"}
_FANS = {f"fan_percent_{fan}": fan for fan in range(8)}
_FAN_SPEEDS = {f"fan_speed_rpm_{fan}": fan for fan in range(8)}

FIELD_OF: dict[str, str] = {
    **{raw: name for raw, (name, _) in _NUMBERS.items()},
    **{raw: pair[0][0] for raw, pair in _PAIRS.items()},
    **TEXTS,
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
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


class CardNumbers:
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
        return value if _is_integer(value) else integer_at(self._card.at(self._name, name))

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
            found["fan_speed_rpm"] = slowest(speeds, ratios)
        return found

    def _each_fan(
        self, fans: Mapping[str, int], failed: Mapping[str, Any], convert: Convert
    ) -> tuple[float | None, ...]:
        of_fan: dict[int, float | None] = {}
        for name in (name for name in fans if name in self.raw or name in failed):
            kept: dict[str, float] = {}
            if name in self.raw:
                self._keep(kept, FIELD_OF[name], convert, self.integer(name))
            of_fan[fans[name]] = kept.get(FIELD_OF[name])
        return tuple([of_fan.get(fan) for fan in range(max(of_fan) + 1)]) if of_fan else ()

    def _pair(self, name: str) -> tuple[int, int]:
        pair = self.raw[name]
        if type(pair) is not list or len(pair) != 2:
            self._card.at(self._name, name).expected("a pair of integers")
        first, second = pair
        if _is_integer(first) and _is_integer(second):
            return first, second
        first, second = (integer_at(self._card.at(self._name, name, at)) for at in (0, 1))
        return first, second

    def _keep(self, found: dict[str, Any], name: str, convert: Convert, number: int) -> None:
        if _is_sentinel(number):
            self.implausible.append(name)
        else:
            found[name] = convert(number)


@dataclass(frozen=True, slots=True)
class MeantNumbers:
    """What the names in one object of plain numbers say. Those that no table knows are a newer reader's."""

    pairs: tuple[str, ...]
    numbers: tuple[str, ...]
    converts: tuple[Convert, ...]  # of both of each pair, then of each number
    fields: tuple[str, ...]  # in the same order, but for fans, which stand behind them
    fans: int
    fan_speeds: int

    def numbers_in(self, raw: Mapping[str, Any]) -> Sequence[Any] | None:
        """In the order of ``converts``; ``None`` where a pair is none."""
        told: list[Any] = []
        for name in self.pairs:
            pair = raw[name]
            if type(pair) is not list or len(pair) != 2:
                return None
            told += pair
        told += map(raw.__getitem__, self.numbers)
        return told

    def readings(self, told: Sequence[Any]) -> dict[str, Any] | None:
        """What these numbers stand for; ``None`` where one is no whole number, or may stand for "not available"."""
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
            found["fan_speed_rpm"] = slowest(speeds, ratios) if 0 in ratios else min(speeds)
        return found


@lru_cache(maxsize=256)  # cards tell the same things at each tick
def meant_by(names: tuple[str, ...]) -> MeantNumbers | None:
    """``None`` where a fan is missing between others."""
    pairs, numbers = (tuple(name for name in names if name in table) for table in (_PAIRS, _NUMBERS))
    fans, speeds = (tuple(name for name in table if name in names) for table in (_FANS, _FAN_SPEEDS))
    if fans != tuple(_FANS)[: len(fans)] or speeds != tuple(_FAN_SPEEDS)[: len(speeds)]:
        return None
    known = [*(one for name in pairs for one in _PAIRS[name]), *(_NUMBERS[name] for name in numbers)]
    converts = (*(convert for _, convert in known), *(from_percent for _ in fans), *(float for _ in speeds))
    return MeantNumbers(
        pairs=pairs,
        numbers=(*numbers, *fans, *speeds),
        converts=converts,
        fields=tuple(name for name, _ in known),
        fans=len(fans),
        fan_speeds=len(speeds),
    )


def _known(numbers: Sequence[float | None]) -> Sequence[float]:
    return [number for number in numbers if number is not None]


def slowest(speeds: Sequence[float | None], ratios: Sequence[float | None]) -> float | None:
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


def integer_at(place: Doc) -> int:
    if not _is_integer(place.value):
        place.expected("an integer of 64 bits")
    return place.value


def _is_integer(value: object) -> TypeGuard[int]:
    return type(value) is int and _INT64_MIN <= value <= _UINT64_MAX


def _is_sentinel(number: int) -> bool:
    return number in _SENTINELS or number >> 4 == _BLANK_PREFIX
