"""Reads NVIDIA cards through NVML. Runs in the sensor child only: a call into the driver may never return.

What it gives is raw: numbers and error codes as NVML says them, in plain JSON values; in the parent,
``miner_agent.collectors.nvml.nvml_cards`` makes a reading of them. Nothing but this, ``nvml_card``, ``nvml_steps`` and
``nvml_events`` imports ``pynvml``, and they import little besides, since the child has 18 MiB.

What concerns NVML as a whole is here: its start, how many cards there are, its end. What one card is asked is in
``nvml_card`` and may wait for ever, while the other cards are read on.

A card costs at most 16 calls a tick, and 3 more once a minute. What NVML knows by number (its fields) comes with one
of them: the memory's temperature at every tick, counters of errors once a minute, with the same call, and held in
between. XID errors of all cards are one more call a tick, which waits for nothing.
"""

import contextlib
import time
from collections.abc import Collection, Sequence
from typing import cast

import pynvml

from miner_agent.collectors.card_limits import CARDS_MAX
from miner_agent.collectors.child.card_json import encoded
from miner_agent.collectors.child.card_threads import CardToRead, Raw, Said, Waiting
from miner_agent.collectors.nvml.nvml_card import XID_ERRORS, NvmlCard
from miner_agent.collectors.nvml.nvml_events import XidEvents
from miner_agent.collectors.nvml.nvml_steps import (
    GPU_NOT_FOUND,
    INVALID_ARGUMENT,
    LIB_RM_VERSION_MISMATCH,
    LIBRARY_FAILED,
    NO_PERMISSION,
    NOT_FOUND,
    OPERATING_SYSTEM,
    UNSUPPORTED,
)

RESTART_SECONDS = 20.0
"""NVML is started anew this often while a card is lost: only then does a mended one come back."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

_CARDS_CHANGED = frozenset({INVALID_ARGUMENT, NOT_FOUND, GPU_NOT_FOUND})
_NOT_MENDED_BY_RESTART = UNSUPPORTED | {NO_PERMISSION, OPERATING_SYSTEM}


class NvmlReader:
    """NVML and its cards, through every loss and return of either. Used by one thread at a time."""

    def __init__(self, *, procfs: str = "/proc") -> None:
        self._procfs = procfs
        self._started = False
        self._failure: Raw = {}
        self._attempt_at = -1.0
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._restart_at: float | None = None
        self._enumerate_at: float | None = None
        self._enumerated_at = 0.0
        self._driver_version: str | None = None
        self._cards: list[NvmlCard] = []
        self._unfound: list[NvmlCard] = []  # of these
        self._names: set[str | None] = set()
        self._asked: Sequence[CardToRead] = ()
        self._seen: set[str | None] = set()
        self._kept: dict[int, str] = {}  # what was told last of the card at each place: anew each minute at least
        self._number = int(time.monotonic() * 1e9)  # tells this reader's counts from those of one before it
        self._events = XidEvents()
        self._counts: dict[str, dict[int, int]] = {}  # of events, as they were told last
        self._xids = "{}"  # the same as JSON

    def begin(self, now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        """What is to be read in this round: the cards and their events; nothing where NVML does not start.

        While one is away NVML is neither ended nor enumerated anew: a call that waits in it would not survive that.
        """
        if not away:
            if self._restart_at is not None and now >= self._restart_at:
                self._stop()
            if not self._started:
                if now < self._attempt_at or not self._start(now):
                    return ()
            elif self._enumerate_at is not None and now >= self._enumerate_at and not self._enumerate_again(now):
                return ()
        return self._asked

    def end(self, now: float, answers: Sequence[Said | Waiting]) -> Said:
        """All cards with what could be read of each, or why NVML does not start.

        A card that answers as JSON has no errors, and says numbers only: what they are and what stays as it is, is told
        where it is new, as ``kept``.
        """
        if not self._started:
            return self._failure
        told = [answer for answer in answers[: len(self._cards)] if isinstance(answer, dict)]
        for card in self._unfound:
            if card.is_found and card.fault is None:
                self._seen.discard(card.pci_address)
                self._seen.add(card.name)
        if self._unfound:
            self._unfound = [card for card in self._unfound if not card.is_found]
            self._names = {card.name for card in self._cards}
        for answer in told:
            if answer["fault"] is not None or answer["errors"]:
                self._heed(answer, now)
        self._plan_restart(told, now)
        texts = [
            answer if isinstance(answer, str) else encoded(card.absent(answer) if isinstance(answer, tuple) else answer)
            for card, answer in zip(self._cards, answers, strict=False)
        ]
        counts = self._events.counts.copy()
        if counts != self._counts:
            self._counts, self._xids = counts, encoded(counts)
        version, kept = encoded(self._driver_version), self._newly_kept(answers)
        cards, number, xids = ",".join(texts), self._number, self._xids
        return f'{{"driver_version":{version},"cards":[{cards}],"reader":{number},"xids":{xids}{kept}}}'

    def _newly_kept(self, answers: Sequence[Said | Waiting]) -> str:
        told = {
            position: card.kept
            for position, (card, answer) in enumerate(zip(self._cards, answers, strict=False))
            if isinstance(answer, str) and self._kept.get(position) is not card.kept
        }
        self._kept.update(told)
        parts = ",".join(f'"nvml/{position}":{text}' for position, text in told.items())
        return f',"kept":{{{parts}}}' if parts else ""

    def _start(self, now: float) -> bool:
        try:
            pynvml.nvmlInit()
            self._started = True
            self._driver_version = _driver_version()
            self._enumerate(now)
        except pynvml.NVMLError as error:
            self._fail(error.value, now)
            return False
        self._retry_seconds = FIRST_RETRY_SECONDS
        return True

    def _stop(self) -> None:
        if self._started:
            self._events.close()
            with contextlib.suppress(pynvml.NVMLError):  # a driver that is gone cannot be left in order
                pynvml.nvmlShutdown()
        self._started = False
        self._cards, self._unfound, self._asked = [], [], ()
        self._restart_at = self._enumerate_at = None

    def _fail(self, code: int, now: float) -> None:
        self._stop()
        self._failure = {"init_error": code}
        if code == LIB_RM_VERSION_MISMATCH:
            self._failure["kernel_module"] = _kernel_module(self._procfs)
            self._failure["wants_new_process"] = _library_was_replaced()
        self._attempt_at = now + self._retry_seconds
        self._retry_seconds = min(2 * self._retry_seconds, LAST_RETRY_SECONDS)

    def _enumerate_again(self, now: float) -> bool:
        try:
            self._enumerate(now)
        except pynvml.NVMLError as error:
            self._fail(error.value, now)
            return False
        return True

    def _enumerate(self, now: float) -> None:
        self._enumerated_at, self._enumerate_at = now, None
        count = min(pynvml.nvmlDeviceGetCount(), CARDS_MAX)
        self._events.open()
        self._cards = [NvmlCard(index, self._events) for index in range(count)]
        self._unfound = self._cards
        self._names = set()
        self._asked = (*self._cards, self._events)

    def _heed(self, answer: Raw, now: float) -> None:
        errors = cast("dict[str, int]", answer["errors"])
        codes = {answer["fault"], *(code for name, code in errors.items() if name != XID_ERRORS)}
        if not LIBRARY_FAILED.isdisjoint(codes):
            self._restart_at = now
        elif self._enumerate_at is None and not _CARDS_CHANGED.isdisjoint(codes):
            self._enumerate_at = max(now, self._enumerated_at + RESTART_SECONDS)

    def _plan_restart(self, cards: Sequence[Raw], now: float) -> None:
        missing = self._seen - self._names
        faults = {card["fault"] for card in cards} - {None} - _NOT_MENDED_BY_RESTART
        if not missing and not faults:
            if self._restart_at is not None and self._restart_at > now:
                self._restart_at = None  # it came back by itself
        elif self._restart_at is None:
            self._restart_at = now + RESTART_SECONDS


def _driver_version() -> str | None:
    try:
        return str(pynvml.nvmlSystemGetDriverVersion())
    except (pynvml.NVMLError, UnicodeDecodeError):
        return None


def _library_was_replaced() -> bool:
    """Whether a driver was installed since this process loaded its library: only a new one loads the new."""
    with open("/proc/self/maps", encoding="utf-8", errors="replace") as maps:  # noqa: PTH123
        return any("libnvidia-ml.so" in line and line.endswith("(deleted)\n") for line in maps)


def _kernel_module(procfs: str) -> str | None:
    """What the loaded kernel module says of itself: the other half of a version mismatch."""
    try:
        with open(f"{procfs}/driver/nvidia/version", encoding="utf-8", errors="replace") as file:  # noqa: PTH123
            return file.readline(256).strip() or None
    except OSError:
        return None
