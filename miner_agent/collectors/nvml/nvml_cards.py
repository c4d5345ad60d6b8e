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
from operator import attrgetter
from pathlib import Path
from typing import Any

from miner_agent.collectors.displays import has_display
from miner_agent.collectors.nvml.nvml_answer import LIBRARY, CardAnswers, SeenCard, init_error, xids_of
from miner_agent.collectors.quantities import said_once
from miner_agent.collectors.unanswered import Unanswered
from miner_agent.errors import BadPayload
from miner_agent.model.devices import DeviceReading, DeviceState, ReadError, ReadErrorReason, XidErrors
from miner_agent.model.made_in_c import copied_with
from miner_agent.model.readings import SensorReading
from miner_agent.pci import pci_address
from miner_agent.sources.payload import Doc
from miner_agent.text import clean_or_none

SOURCE, VENDOR = "nvml", "nvidia"
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

_NVIDIA_VENDOR = "0x10de"

_TIMEOUT, _RESET_REQUIRED, _UNKNOWN = 10, 16, 999
_INDEX = attrgetter("index")
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


def present(*, sysfs: Path, procfs: Path, library_directories: Sequence[Path] = LIBRARY_DIRECTORIES) -> bool:
    """Whether this machine has an NVIDIA card, its kernel module or its library."""
    return (
        (procfs / "driver" / "nvidia" / "version").exists()
        or any((directory / LIBRARY).exists() for directory in library_directories)
        or has_display(sysfs, vendor=_NVIDIA_VENDOR)
    )


@dataclass(slots=True, kw_only=True)
class _Followed:
    """What is remembered of one card from tick to tick."""

    index: int
    uuid: str | None
    pci_address: str | None
    identity: dict[str, Any] = field(default_factory=dict)
    unknown_ticks: int = 0
    unanswered: Unanswered | None = None  # None: it has answered
    told: set[str] = field(default_factory=set)  # quantities of which to say once what is wrong
    tells_xids: bool = False
    xids: dict[int, XidErrors] = field(default_factory=dict)
    xids_of_reader: dict[int, int] = field(default_factory=dict)  # how many of them this reader has counted
    known: DeviceReading | None = None  # what stays of its readings as long as it tells these
    known_limits: dict[str, Any] = field(default_factory=dict)


class NvmlTracker:
    """Follows the cards from tick to tick. It touches nothing. A refused answer leaves it as it was."""

    def __init__(self) -> None:
        self._answers = CardAnswers()
        self._followed: dict[str, _Followed] = {}
        self._reader: int | None = None
        self._unanswered: dict[int, Unanswered] = {}  # of cards that nothing identifies, by their number

    def follow(self, raw: Mapping[str, Any], now: datetime) -> SensorReading:
        """The reading that the raw answer to the tick at ``now`` gives.

        Raises:
            SourceError: NVML does not start; the class says why.
            BadPayload: this is no answer of ``nvml_reader``.
        """
        answer = Doc(dict(raw), SOURCE)
        if "init_error" in raw:
            raise init_error(answer)
        driver_version = clean_or_none(answer.text_or_none("driver_version"))
        cards, strangers = self._recognised(self._answers.cards(answer))
        reader, xids = answer.count("reader"), xids_of(answer)
        for key, seen in cards.items():
            if seen.uuid is not None and seen.pci_address not in cards:
                self._followed.pop(seen.pci_address or "", None)  # it told its address only, so far
            self._remember(key, seen)
        self._count_xids(xids, reader, now)
        missing = [card for key, card in self._followed.items() if key not in cards]
        if missing:
            _number(missing, taken={seen.index for seen in (*cards.values(), *strangers)})
        silent = [seen for seen in strangers if _TIMEOUT in seen.codes]
        self._unanswered = {seen.index: self._unanswered.get(seen.index) or Unanswered() for seen in silent}
        for seen in silent:
            self._unanswered[seen.index].take(seen.waiting)
        errors: list[ReadError] = []
        devices = [self._device(key, cards.get(key), errors) for key in self._followed]
        # The strangers may be the missing cards: only those beyond them are cards that nobody has seen.
        devices.extend(self._stranger(seen) for seen in strangers[len(missing) :])
        for seen in strangers:
            errors.extend(_read_errors(f"{SOURCE}/{seen.index}", seen, set()))
        return SensorReading(
            driver_version=driver_version,
            devices=tuple(sorted(devices, key=_INDEX)),
            read_errors=tuple(errors),
        )

    def _recognised(self, seen: Iterable[SeenCard]) -> tuple[dict[str, SeenCard], list[SeenCard]]:
        """Each card under the key it is followed by, and those that nothing identifies."""
        cards: dict[str, SeenCard] = {}
        strangers: list[SeenCard] = []
        for card in seen:
            key = card.uuid or self._key_at(card)
            if key is None:
                strangers.append(card)
            elif key in cards:
                raise BadPayload(f"{SOURCE}.cards", key, "each card once")
            else:
                cards[key] = card
        return cards, [card for card in strangers if not self._takes_its_number(card, cards)]

    def _takes_its_number(self, card: SeenCard, cards: dict[str, SeenCard]) -> bool:
        """Whether one that hangs before it says who it is is the card that had its number, which nobody else is."""
        here = [key for key, known in self._followed.items() if known.index == card.index and key not in cards]
        if card.fault != _TIMEOUT or len(here) != 1:
            return False
        cards[here[0]] = card
        return True

    def _key_at(self, card: SeenCard) -> str | None:
        """The key of a card that told no UUID: its address, or for a mere fault the card last seen there."""
        if card.fault is None:
            return card.pci_address
        there = [key for key, known in self._followed.items() if known.pci_address == card.pci_address]
        return there[0] if card.pci_address and len(there) == 1 else None

    def _remember(self, key: str, seen: SeenCard) -> None:
        card = self._followed.get(key)
        if card is None:
            card = self._followed[key] = _Followed(index=seen.index, uuid=seen.uuid, pci_address=seen.pci_address)
        card.index = seen.index
        card.pci_address = seen.pci_address or card.pci_address
        card.identity.update(seen.identity)
        card.unknown_ticks = card.unknown_ticks + 1 if seen.fault == _UNKNOWN else 0
        if _TIMEOUT in seen.codes:
            card.unanswered = card.unanswered or Unanswered()
            card.unanswered.take(seen.waiting)
        else:
            card.unanswered = None

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

    def _device(self, key: str, seen: SeenCard | None, errors: list[ReadError]) -> DeviceReading:
        card = self._followed[key]
        if seen is None:
            card.unknown_ticks = TICKS_UNTIL_LOST  # back with UNKNOWN only, it is not back
            state: DeviceState | None = DeviceState.LOST
        else:
            if seen.codes or seen.implausible or seen.implausible_limits:
                errors.extend(_read_errors(key, seen, card.told))
            state = _state(card, seen)
        xid_errors = tuple(card.xids.values()) if card.tells_xids else None
        if seen is None or state is DeviceState.LOST:
            return DeviceReading(
                index=card.index,
                state=state,
                vendor=VENDOR,
                uuid=card.uuid,
                pci_address=card.pci_address,
                xid_errors=xid_errors,
                **card.identity,
            )
        if card.known is None or card.known_limits is not seen.limits:
            card.known_limits = seen.limits
            card.known = DeviceReading(index=card.index, vendor=VENDOR, uuid=card.uuid, **card.identity, **seen.limits)
        return copied_with(
            card.known,
            index=card.index,
            state=state,
            pci_address=card.pci_address,
            xid_errors=xid_errors,
            **seen.values,
        )

    def _stranger(self, seen: SeenCard) -> DeviceReading:
        """A card that was never seen well, so that nothing is known of it but that it should be there."""
        codes = seen.codes
        if codes & (_LOST | {_UNKNOWN}):
            state: DeviceState | None = DeviceState.LOST
        elif _RESET_REQUIRED in codes:
            state = DeviceState.RESET_REQUIRED
        elif seen.index in self._unanswered and self._unanswered[seen.index].state is not None:
            state = self._unanswered[seen.index].state
        else:
            state = DeviceState.DEGRADED if codes & _DEGRADING else None
        return DeviceReading(index=seen.index, state=state, vendor=VENDOR)


def _number(missing: Iterable[_Followed], *, taken: set[int]) -> None:
    """NVML gives the numbers of missing cards to others: let no two cards of a reading have the same."""
    for card in missing:
        card.index = next(number for number in itertools.count(card.index) if number not in taken)
        taken.add(card.index)


def _state(card: _Followed, seen: SeenCard) -> DeviceState | None:
    """The worst that holds; ``None`` where nothing could be read and nothing is proven yet."""
    codes = seen.codes
    if codes:
        if seen.fault in _LOST or card.unknown_ticks >= TICKS_UNTIL_LOST:
            return DeviceState.LOST
        if _RESET_REQUIRED in codes:
            return DeviceState.RESET_REQUIRED
        if card.unanswered is not None and card.unanswered.state is not None:
            return card.unanswered.state
        if codes & _DEGRADING:
            return DeviceState.DEGRADED
    if seen.values.get("throttle_reasons"):
        return DeviceState.THROTTLED
    return DeviceState.OK if seen.answered else None


def _read_errors(device: str, seen: SeenCard, told: set[str]) -> Iterator[ReadError]:
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
