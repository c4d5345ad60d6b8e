"""NVIDIA cards, the parent's half: makes a reading of what ``nvml_reader`` saw in the sensor child.

NVML numbers its cards anew whenever one is lost, so a card is followed by its UUID, else by its PCI address.
A card seen once stays in every later reading: ``lost`` and without values while it is missing. What NVML
calls a fan's speed is the speed it asks for. XID errors come as NVML's events only, not from the kernel's log: a card
that has none of them tells ``None``, and what happened while the agent was down is not known.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeGuard

from miner_agent.collectors.displays import has_display
from miner_agent.collectors.quantities import Convert, from_mega, from_milli, from_percent, said_once
from miner_agent.errors import (
    BadPayload,
    DeviceLost,
    DriverLibraryMismatch,
    DriverNotLoaded,
    LibraryNotFound,
    SensorPermission,
    SourceError,
    TimedOut,
)
from miner_agent.model.devices import (
    DeviceReading,
    DeviceState,
    ReadError,
    ReadErrorReason,
    ThrottleReason,
    XidErrors,
)
from miner_agent.model.readings import SensorReading
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import LOG_LENGTH, clean_or_none

SOURCE, VENDOR = "nvml", "nvidia"
LIBRARY = "libnvidia-ml.so.1"
LIBRARY_DIRECTORIES = tuple(
    Path(directory)
    for directory in (
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/usr/lib/x86_64-linux-gnu/nvidia/current",
        "/usr/lib64",
        "/usr/lib",
        "/usr/lib/wsl/lib",
        "/usr/local/nvidia/lib64",
        "/run/opengl-driver/lib",
    )
)
"""Where distributions, containers and WSL put NVIDIA's library."""

TICKS_UNTIL_LOST = 3
TICKS_UNTIL_HUNG = 3
XIDS_MAX = 32
"""Different XIDs told of one card; there are some 150, and a card that had so many is known to be ill."""

_NVIDIA_VENDOR = "0x10de"

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
_TIMEOUT, _RESET_REQUIRED, _UNKNOWN = 10, 16, 999
_LOST = frozenset({15, 28})
_DEGRADING = frozenset({8, 11, 14})  # a power cable, its interrupts, its own memory of itself

_REASONS = {
    -1: ReadErrorReason.PARSE,
    3: ReadErrorReason.UNSUPPORTED,
    4: ReadErrorReason.PERMISSION,
    10: ReadErrorReason.TIMEOUT,
    13: ReadErrorReason.UNSUPPORTED,
    15: ReadErrorReason.LOST,
    17: ReadErrorReason.PERMISSION,
    25: ReadErrorReason.UNSUPPORTED,
    26: ReadErrorReason.UNSUPPORTED,
    28: ReadErrorReason.LOST,
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
    "shutdown_temperature_celsius": ("shutdown_temperature_celsius", float),
    "power_limit_default_milliwatts": ("power_limit_default_watts", from_milli),
    "pcie_link_width": ("pcie_link_width", int),
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
_TEXTS = {"name": "name", "serial": "serial", "vbios_version": "firmware_version"}
_FANS = {f"fan_percent_{fan}": fan for fan in range(8)}

_FIELD_OF: dict[str, str] = {
    **{raw: name for raw, (name, _) in _NUMBERS.items()},
    **{raw: pair[0][0] for raw, pair in _PAIRS.items()},
    **_TEXTS,
    **{raw: f"fan_ratios[{fan}]" for raw, fan in _FANS.items()},
    "xid_errors": "xid_errors",
}
"""The reader's name of a quantity to the model's. Any other name is a newer reader's, and is skipped."""

_SENTINELS = frozenset({0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF})
_BLANK_PREFIX = 0x7FFFFFFFFFFFFFF  # 0x7FFFFFFFFFFFFFFx are the blanks of DCGM and of 64-bit counters
_XID_DIGITS = 10
_INT64_MIN, _UINT64_MAX = -(2**63), 2**64 - 1


def present(*, sysfs: Path, procfs: Path, library_directories: Sequence[Path] = LIBRARY_DIRECTORIES) -> bool:
    """Whether this machine has an NVIDIA card, its kernel module or its library."""
    return (
        (procfs / "driver" / "nvidia" / "version").exists()
        or any((directory / LIBRARY).exists() for directory in library_directories)
        or has_display(sysfs, vendor=_NVIDIA_VENDOR)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
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

    @property
    def codes(self) -> set[int]:
        return {*self.failed.values(), *(() if self.fault is None else (self.fault,))}


@dataclass(slots=True, kw_only=True)
class _Followed:
    """What is remembered of one card from tick to tick."""

    index: int
    uuid: str | None
    pci_address: str | None
    identity: dict[str, Any] = field(default_factory=dict)
    unknown_ticks: int = 0
    timeout_ticks: int = 0
    told: set[str] = field(default_factory=set)  # quantities of which to say once what is wrong
    tells_xids: bool = False
    xids: dict[int, XidErrors] = field(default_factory=dict)
    xids_of_reader: dict[int, int] = field(default_factory=dict)  # how many of them this reader has counted

    @property
    def xid_errors(self) -> tuple[XidErrors, ...] | None:
        return tuple(self.xids.values()) if self.tells_xids else None


class NvmlTracker:
    """Follows the cards from tick to tick. It touches nothing. A refused answer leaves it as it was."""

    def __init__(self) -> None:
        self._followed: dict[str, _Followed] = {}
        self._reader: int | None = None

    def follow(self, raw: Mapping[str, Any], now: datetime) -> SensorReading:
        """The reading that the raw answer to the tick at ``now`` gives.

        Raises:
            SourceError: NVML does not start; the class says why.
            BadPayload: this is no answer of ``nvml_reader``.
        """
        answer = Doc(dict(raw), SOURCE)
        if "init_error" in raw:
            raise _init_error(answer)
        driver_version = clean_or_none(answer.text_or_none("driver_version"))
        cards, strangers = self._recognised(_parsed(answer))
        reader, xids = answer.count("reader"), _xids(answer)
        for key, seen in cards.items():
            if seen.uuid is not None and seen.pci_address not in cards:
                self._followed.pop(seen.pci_address or "", None)  # it told its address only, so far
            self._remember(key, seen)
        self._count_xids(xids, reader, now)
        missing = [card for key, card in self._followed.items() if key not in cards]
        _number(missing, taken={seen.index for seen in (*cards.values(), *strangers)})
        errors: list[ReadError] = []
        devices = [self._device(key, cards.get(key), errors) for key in self._followed]
        # The strangers may be the missing cards: only those beyond them are cards that nobody has seen.
        devices.extend(_stranger(seen) for seen in strangers[len(missing) :])
        for seen in strangers:
            errors.extend(_read_errors(f"{SOURCE}/{seen.index}", seen, set()))
        return SensorReading(
            driver_version=driver_version,
            devices=tuple(sorted(devices, key=lambda device: device.index)),
            read_errors=tuple(errors),
        )

    def _recognised(self, seen: Iterable[_Seen]) -> tuple[dict[str, _Seen], list[_Seen]]:
        """Each card under the key it is followed by, and those that nothing identifies."""
        cards: dict[str, _Seen] = {}
        strangers: list[_Seen] = []
        for card in seen:
            key = card.uuid or self._key_at(card)
            if key is None:
                strangers.append(card)
            elif key in cards:
                raise BadPayload(f"{SOURCE}.cards", key, "each card once")
            else:
                cards[key] = card
        return cards, strangers

    def _key_at(self, card: _Seen) -> str | None:
        """The key of a card that told no UUID: its address, or for a mere fault the card last seen there."""
        if card.fault is None:
            return card.pci_address
        there = [key for key, known in self._followed.items() if known.pci_address == card.pci_address]
        return there[0] if card.pci_address and len(there) == 1 else None

    def _remember(self, key: str, seen: _Seen) -> None:
        card = self._followed.get(key)
        if card is None:
            card = self._followed[key] = _Followed(index=seen.index, uuid=seen.uuid, pci_address=seen.pci_address)
        card.index = seen.index
        card.pci_address = seen.pci_address or card.pci_address
        card.identity.update(seen.identity)
        card.unknown_ticks = card.unknown_ticks + 1 if seen.fault == _UNKNOWN else 0
        card.timeout_ticks = card.timeout_ticks + 1 if _TIMEOUT in seen.codes else 0

    def _count_xids(self, xids: Mapping[str, Mapping[int, int]], reader: int, now: datetime) -> None:
        """A reader counts from its own start: what a new one tells has all happened since the last answer."""
        if reader != self._reader:
            self._reader = reader
            for card in self._followed.values():
                card.xids_of_reader = {}
        for name, counts in xids.items():
            known = self._followed.get(name) or self._card_at(name)
            if known is None:
                continue
            known.tells_xids = True
            for xid, count in counts.items():
                new = count - known.xids_of_reader.get(xid, 0)
                if new > 0:
                    before = known.xids[xid].errors_total if xid in known.xids else 0
                    known.xids[xid] = XidErrors(xid=xid, errors_total=before + new, last_at=now)
                    known.xids_of_reader[xid] = count

    def _card_at(self, address: str) -> _Followed | None:
        spelled = pci_address(address)
        there = (card for card in self._followed.values() if card.pci_address == spelled)
        return None if spelled is None else next(there, None)

    def _device(self, key: str, seen: _Seen | None, errors: list[ReadError]) -> DeviceReading:
        card = self._followed[key]
        if seen is None:
            card.unknown_ticks = TICKS_UNTIL_LOST  # back with UNKNOWN only, it is not back
            state: DeviceState | None = DeviceState.LOST
        else:
            errors.extend(_read_errors(key, seen, card.told))
            state = _state(card, seen)
        values = {} if seen is None or state is DeviceState.LOST else {**seen.limits, **seen.values}
        return DeviceReading(
            index=card.index,
            state=state,
            vendor=VENDOR,
            uuid=card.uuid,
            pci_address=card.pci_address,
            xid_errors=card.xid_errors,
            **card.identity,
            **values,
        )


def _number(missing: Iterable[_Followed], *, taken: set[int]) -> None:
    """NVML gives the numbers of missing cards to others: let no two cards of a reading have the same."""
    for card in missing:
        card.index = next(number for number in itertools.count(card.index) if number not in taken)
        taken.add(card.index)


def _stranger(seen: _Seen) -> DeviceReading:
    """A card that was never seen well, so that nothing is known of it but that it should be there."""
    codes = seen.codes
    if codes & (_LOST | {_UNKNOWN}):
        state: DeviceState | None = DeviceState.LOST
    elif _RESET_REQUIRED in codes:
        state = DeviceState.RESET_REQUIRED
    else:
        state = DeviceState.DEGRADED if codes & _DEGRADING else None
    return DeviceReading(index=seen.index, state=state, vendor=VENDOR)


def _state(card: _Followed, seen: _Seen) -> DeviceState | None:
    """The worst that holds; ``None`` where nothing could be read and nothing is proven yet."""
    codes = seen.codes
    if seen.fault in _LOST or card.unknown_ticks >= TICKS_UNTIL_LOST:
        return DeviceState.LOST
    if _RESET_REQUIRED in codes:
        return DeviceState.RESET_REQUIRED
    if card.timeout_ticks >= TICKS_UNTIL_HUNG:
        return DeviceState.HUNG
    if codes & _DEGRADING:
        return DeviceState.DEGRADED
    if seen.values.get("throttle_reasons"):
        return DeviceState.THROTTLED
    return DeviceState.OK if seen.answered else None


def _read_errors(device: str, seen: _Seen, told: set[str]) -> Iterator[ReadError]:
    """What of a card failed this tick. What will fail at every tick is said once, and added to ``told``."""
    failed = seen.failed
    if seen.fault is not None and not failed:
        failed = {"card": seen.fault}
    found = [(quantity, _REASONS.get(code, ReadErrorReason.OTHER)) for quantity, code in failed.items()]
    found += [(quantity, ReadErrorReason.IMPLAUSIBLE) for quantity in (*seen.implausible, *seen.implausible_limits)]
    return said_once(
        [ReadError(device=device, quantity=quantity, reason=reason) for quantity, reason in found],
        told,
        lambda error: error.reason is ReadErrorReason.UNSUPPORTED or error.quantity in seen.implausible_limits,
    )


def _init_error(answer: Doc) -> SourceError:
    code = answer.count("init_error")
    kernel_module = clean_or_none(answer.text_or_none("kernel_module"), length=LOG_LENGTH)
    if code not in _INIT_ERRORS:
        name = _NAME_OF_CODE.get(code, "a code that is not known here")
        return SourceError(f"NVML does not start: error {code} ({name}). nvidia-smi and dmesg may tell more")
    error, sentence = _INIT_ERRORS[code]
    return error(f"{sentence}. Loaded: {kernel_module}" if kernel_module else sentence)


def _parsed(answer: Doc) -> tuple[_Seen, ...]:
    if not answer.at("cards").is_list():
        answer.at("cards").expected("a list")
    return tuple(_card(place) for place in answer.items("cards"))


def _card(place: Doc) -> _Seen:
    fault = None if place.at("fault").value is None else _integer(place.at("fault"))
    facts, values, errors = (_Numbers(place.at(part)) for part in ("facts", "values", "errors"))
    readings = {} if fault is not None else {**values.in_base_units(), **values.fans(failed=errors.raw)}
    return _Seen(
        index=place.count("index"),
        uuid=clean_or_none(place.text_or_none("uuid")),
        pci_address=pci_address(place.text_or_none("pci_address")),
        identity={name: text for raw, name in _TEXTS.items() if (text := facts.text(raw)) is not None},
        limits=facts.in_base_units(),
        values=readings,
        answered=fault is None and bool(values.raw),
        failed={_FIELD_OF[raw]: errors.integer(raw) for raw in errors.raw if raw in _FIELD_OF},
        implausible=tuple(values.implausible),
        implausible_limits=tuple(facts.implausible),
        fault=fault,
    )


def _xids(answer: Doc) -> dict[str, dict[int, int]]:
    """By the reader's name of a card and by XID, how many errors it has counted since it started."""
    found: dict[str, dict[int, int]] = {}
    for name, place in answer.entries("xids"):
        if not place.is_object():
            place.expected("an object")
        found[name] = {}
        for xid, count in place.entries():
            if not (xid.isascii() and xid.isdecimal() and len(xid) <= _XID_DIGITS):
                count.expected("an XID")
            if len(found[name]) < XIDS_MAX:
                found[name][int(xid)] = count.count()
    return found


class _Numbers:
    """One object of numbers in a card's answer. Collects those that stand for "not available"."""

    __slots__ = ("_place", "implausible", "raw")

    def __init__(self, place: Doc) -> None:
        if not isinstance(place.value, dict):
            place.expected("an object")
        self.raw: dict[str, Any] = place.value
        self.implausible: list[str] = []
        self._place = place

    def text(self, name: str) -> str | None:
        return clean_or_none(self._place.text_or_none(name)) if name in self.raw else None

    def integer(self, name: str) -> int:
        value = self.raw[name]
        return value if _is_integer(value) else _integer(self._place.at(name))

    def in_base_units(self) -> dict[str, Any]:
        """The numbers that the tables know, under the model's names."""
        found: dict[str, Any] = {}
        for name in self.raw:
            if name in _NUMBERS:
                self._keep(found, *_NUMBERS[name], self.integer(name))
            elif name in _PAIRS:
                for number, (field_name, convert) in zip(self._pair(name), _PAIRS[name], strict=True):
                    self._keep(found, field_name, convert, number)
        if "throttle_reasons" in found:
            found["throttle_reasons"] = _throttle_reasons(found["throttle_reasons"])
        return found

    def fans(self, *, failed: Mapping[str, Any]) -> dict[str, Any]:
        """Each fan's target, ``None`` for one that could not be read, and the highest."""
        ratios: dict[int, float | None] = {}
        for name, fan in _FANS.items():
            if name in self.raw:
                kept: dict[str, float] = {}
                self._keep(kept, _FIELD_OF[name], from_percent, self.integer(name))
                ratios[fan] = kept.get(_FIELD_OF[name])
            elif name in failed:
                ratios[fan] = None
        if not ratios:
            return {}
        known = [ratio for ratio in ratios.values() if ratio is not None]
        return {
            "fan_ratios": tuple(ratios.get(fan) for fan in range(max(ratios) + 1)),
            "fan_ratio": max(known, default=None),
        }

    def _pair(self, name: str) -> tuple[int, int]:
        pair = self.raw[name]
        if type(pair) is not list or len(pair) != 2:
            self._place.at(name).expected("a pair of integers")
        first, second = (one if _is_integer(one) else _integer(self._place.at(name, at)) for at, one in enumerate(pair))
        return first, second

    def _keep(self, found: dict[str, Any], name: str, convert: Convert, number: int) -> None:
        if _is_sentinel(number):
            self.implausible.append(name)
        else:
            found[name] = convert(number)


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
