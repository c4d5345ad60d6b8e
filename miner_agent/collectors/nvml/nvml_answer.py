"""What ``nvml_reader`` saw of NVIDIA cards in the sensor child, by the model's names and in its units."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any

from miner_agent.collectors.card_limits import CARDS_MAX
from miner_agent.collectors.child.card_threads import Waiting
from miner_agent.collectors.nvml.nvml_numbers import (
    FIELD_OF,
    TEXTS,
    CardNumbers,
    MeantNumbers,
    integer_at,
    meant_by,
    slowest,
)
from miner_agent.collectors.unanswered import waiting_of
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
from miner_agent.model.made_in_c import copied_with, made_in_c
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import LOG_LENGTH, clean_or_none

LIBRARY = "libnvidia-ml.so.1"
PLACE = "nvml/"
"""With a card's place in the list: under what is kept that it has told once."""
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

_OF_FACTS = ("uuid", "pci_address", "facts")
_XID_DIGITS = 10


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
    brief: "_Brief | None" = None  # where it tells numbers only


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
        kept = answer.value_at("kept")
        told = kept if isinstance(kept, dict) else {}
        understood = [
            _of_brief(raw, told.get(f"{PLACE}{position}"), last)
            if type(raw) is list
            else (last and _healthy(raw, last)) or _understood(answer.at("cards", position), last)
            for position, (raw, last) in enumerate(zip(answer.value_at("cards"), known, strict=False))
        ]
        self._facts = tuple([facts for facts, _ in understood])
        return tuple([card for _, card in understood])


def _healthy(raw: Any, facts: _Facts) -> tuple[_Facts, SeenCard] | None:
    """A card that tells the same of itself, and else plain numbers without an error; ``None`` of any other."""
    if type(raw) is not dict or raw.get("errors") != {} or raw.get("fault") is not None:
        return None
    index, values = raw.get("index"), raw.get("values")
    if type(index) is not int or not 0 <= index < CARDS_MAX or type(values) is not dict or not values:
        return None
    readings = _plain(values) if tuple(map(raw.get, _OF_FACTS)) == facts.told else None
    return None if readings is None else (facts, _seen_well(index, facts, facts.limits, readings))


def _plain(values: dict[str, Any]) -> dict[str, Any] | None:
    """What they stand for; ``None`` where one has to be looked at by itself."""
    if not values:
        return {}
    meant = meant_by(tuple(values))
    told = None if meant is None else meant.numbers_in(values)
    return None if meant is None or told is None else meant.readings(told)


def _seen_well(index: int, facts: _Facts, limits: dict[str, Any], readings: dict[str, Any]) -> SeenCard:
    return SeenCard(
        index=index,
        uuid=facts.uuid,
        pci_address=facts.pci_address,
        identity=facts.identity,
        limits=limits,
        values=readings,
        answered=True,
        failed={},
        implausible=(),
        implausible_limits=facts.implausible,
        fault=None,
        codes=_NONE,
    )


_NONE: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Brief:
    """What the numbers of a card are that tells no more than those."""

    kept: dict[str, Any]
    well: SeenCard  # without its numbers; what it has told once stands among its limits
    fan_speeds: tuple[float, ...]  # of those
    numbers: int  # how many it tells
    in_order: Callable[[list[Any]], tuple[Any, ...]]  # as ``meant`` has them
    meant: MeantNumbers

    def readings(self, numbers: list[Any]) -> dict[str, Any] | None:
        found = self.meant.readings(self.in_order(numbers)) if len(numbers) == self.numbers else None
        if found and self.fan_speeds and 0 in found.get("fan_ratios", ()):
            found["fan_speed_rpm"] = slowest(self.fan_speeds, found["fan_ratios"])
        return found


def _of_brief(numbers: list[Any], kept: Any, last: _Facts | None) -> tuple[_Facts, SeenCard]:
    if last is not None and (brief := last.brief) is not None and brief.kept is kept:
        readings = brief.readings(numbers)
        if readings is not None:
            return last, copied_with(brief.well, values=readings)
    facts, card = _understood(Doc(in_full(numbers, kept), "nvml.cards in full"), last)
    return replace(facts, brief=_brief(kept, facts, card)), card


def in_full(numbers: Sequence[Any], kept: Any) -> dict[str, Any]:
    """What a card would have said that says its numbers only. ``kept``: what was told beside them, when it was new."""
    names, held = (kept.get("asked"), kept.get("values")) if isinstance(kept, dict) else (None, None)
    if type(names) is not list or type(held) is not dict or [*map(type, names)] != [str] * len(numbers):
        raise BadPayload("nvml.kept", kept, f"what {len(numbers)} numbers are")
    values: dict[str, Any] = {}
    for name, number in zip(names, numbers, strict=True):
        values[name] = [values[name], number] if name in values else number
    return {**kept, "values": {**values, **held}}


def _brief(kept: dict[str, Any], facts: _Facts, card: SeenCard) -> _Brief | None:
    """``None`` of a card that is ill, or whose numbers are not as ours are."""
    if not card.answered or card.failed or not kept["values"].keys().isdisjoint(kept["asked"]):
        return None
    asked = range(len(kept["asked"]))
    places = in_full(asked, {**kept, "values": {}})["values"]  # that of each number in the place of each
    held, meant = _plain(kept["values"]), meant_by(tuple(places))
    order = None if meant is None else meant.numbers_in(places)
    if meant is None or held is None or order is None or len(order) < 2 or set(map(type, order)) != {int}:
        return None
    return _Brief(
        kept=kept,
        well=_seen_well(card.index, facts, {**card.limits, **held}, {}),
        fan_speeds=held.get("fan_speeds_rpm", ()),
        numbers=len(asked),
        in_order=itemgetter(*order),
        meant=meant,
    )


def _understood(place: Doc, last: _Facts | None) -> tuple[_Facts, SeenCard]:
    facts = _facts(place, last)
    return facts, _card(place, facts)


def _facts(place: Doc, last: _Facts | None) -> _Facts:
    told = tuple(map(place.value.get, _OF_FACTS)) if isinstance(place.value, dict) else ()
    if last is not None and last.told == told:
        return last
    names = place.text_or_none("uuid"), place.text_or_none("pci_address")
    numbers = CardNumbers(place, "facts")
    return _Facts(
        told=told,
        uuid=clean_or_none(names[0]),
        pci_address=pci_address(names[1]),
        identity={name: text for raw, name in TEXTS.items() if (text := numbers.text(raw)) is not None},
        limits=numbers.in_base_units(),
        implausible=tuple(numbers.implausible),
    )


def _card(place: Doc, facts: _Facts) -> SeenCard:
    fault = None if place.value_at("fault") is None else integer_at(place.at("fault"))
    values, errors = CardNumbers(place, "values"), CardNumbers(place, "errors")
    readings: dict[str, Any] = {}
    if fault is None:
        readings = values.readings(failed=errors.raw)
    failed = {FIELD_OF[raw]: errors.integer(raw) for raw in errors.raw if raw in FIELD_OF}
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
    if type(told) is dict and list(told.values()) == [{}] * len(told):
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
