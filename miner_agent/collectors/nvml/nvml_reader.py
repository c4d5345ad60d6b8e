"""Reads NVIDIA cards through NVML. Runs in the sensor child only: a call into the driver may never return.

What it gives is raw: numbers and error codes as NVML says them, in plain JSON values; in the parent,
``miner_agent.collectors.nvml.nvml_cards`` makes a reading of them. Nothing but this, ``nvml_steps`` and
``nvml_events`` imports ``pynvml``, and they import little besides, since the child has 18 MiB.

A card costs at most 16 calls a tick. What NVML knows by number (its fields) comes with one of them: the memory's
temperature at every tick, counters of errors once a minute, with the same call, and held in between. XID errors of
all cards are one more call a tick, which waits for nothing.
"""

import contextlib
import time
from collections.abc import Callable

import pynvml

from miner_agent.collectors.nvml.nvml_events import XidEvents
from miner_agent.collectors.nvml.nvml_steps import (
    ENDS_CARD,
    GPU_IS_LOST,
    GPU_NOT_FOUND,
    INVALID_ARGUMENT,
    LIB_RM_VERSION_MISMATCH,
    LIBRARY_FAILED,
    NO_PERMISSION,
    NOT_FOUND,
    OPERATING_SYSTEM,
    SLOW_FIELDS,
    UNKNOWN,
    UNSUPPORTED,
    CardStep,
    asked,
    asked_fields,
    fact_steps,
    field_steps,
    tick_steps,
)

CARDS_MAX = 64
FANS_MAX = 3
"""Fans read of one card. With them a card costs 16 calls a tick, which is the limit."""

RESTART_SECONDS = 20.0
"""NVML is started anew this often while a card is lost: only then does a mended one come back."""

SLOW_SECONDS = 60.0
"""Counters of errors are this old at most: they change rarely, and some lie in the card's own flash memory."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

_CARDS_CHANGED = frozenset({INVALID_ARGUMENT, NOT_FOUND, GPU_NOT_FOUND})
_NOT_MENDED_BY_RESTART = UNSUPPORTED | {NO_PERMISSION, OPERATING_SYSTEM}

Raw = dict[str, object]


class _Card:
    """One card of the present enumeration, and what there still is to ask of it."""

    __slots__ = (
        "errors", "facts", "facts_wanted", "fault", "fields", "handle", "held", "index", "news", "pci_address",
        "slow_at", "steps", "uuid",
    )  # fmt: skip

    def __init__(self, index: int) -> None:
        self.index = index
        self.uuid: str | None = None
        self.pci_address: str | None = None
        self.fault: int | None = None  # why this enumeration gave no usable card
        self.facts: dict[str, object] = {}
        self.facts_wanted: list[CardStep] = []
        self.handle: object = None
        self.steps: list[CardStep] = []
        self.fields: list[CardStep] = []
        self.held: dict[str, object] = {}  # values of slow fields, between two readings of them
        self.slow_at = 0.0
        self.errors: dict[str, int] = {}
        self.news: dict[str, int] = {}  # errors to tell at the next tick, once

    def raw(self, values: dict[str, object], fault: int | None) -> Raw:
        return {
            "index": self.index,
            "uuid": self.uuid,
            "pci_address": self.pci_address,
            "facts": self.facts,
            "values": {} if fault is not None else values,
            "errors": self.errors,
            "fault": fault,
        }


class NvmlReader:
    """NVML and its cards, through every loss and return of either. Used by one thread."""

    def __init__(self, *, procfs: str = "/proc", monotonic: Callable[[], float] = time.monotonic) -> None:
        self._procfs, self._monotonic = procfs, monotonic
        self._started = False
        self._failure: Raw = {}
        self._attempt_at = -1.0
        self._retry_seconds = FIRST_RETRY_SECONDS
        self._restart_at: float | None = None
        self._enumerate_at: float | None = None
        self._enumerated_at = 0.0
        self._driver_version: str | None = None
        self._cards: list[_Card] = []
        self._seen: set[str | None] = set()
        self._number = int(monotonic() * 1e9)  # tells this reader's counts from those of one before it
        self._events = XidEvents()

    def read(self) -> Raw:
        """One tick's raw answer: all cards with what could be read of each, or why NVML does not start."""
        now = self._monotonic()
        if self._restart_at is not None and now >= self._restart_at:
            self._stop()
        if not self._started:
            if now < self._attempt_at:
                return self._failure
            if not self._start(now):
                return self._failure
        elif self._enumerate_at is not None and now >= self._enumerate_at and not self._enumerate_again(now):
            return self._failure
        cards = [self._read_card(card, now) for card in self._cards]
        self._plan_restart(cards, now)
        self._events.take()
        return {
            "driver_version": self._driver_version,
            "cards": cards,
            "reader": self._number,
            "xids": self._events.counts,
        }

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
        self._cards = []
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
        self._cards = [_found(index) for index in range(min(pynvml.nvmlDeviceGetCount(), CARDS_MAX))]
        self._events.close()
        for card in self._cards:
            if card.fault is None:
                self._seen.discard(card.pci_address)
                self._seen.add(card.uuid or card.pci_address)
                refusal = self._events.listen_to(card.handle, card.uuid or card.pci_address)
                if refusal is not None:
                    card.news["xid_errors"] = refusal

    def _read_card(self, card: _Card, now: float) -> Raw:
        card.errors, card.news = card.news, {}
        if card.fault is not None:
            self._heed(card.fault, now)
            return card.raw({}, card.fault)
        values: dict[str, object] = {}
        fault = self._settle(card, card.steps, asked(card.steps, values), values, now)
        if fault is None and ENDS_CARD.isdisjoint(card.errors.values()):
            fault = self._read_fields(card, values, now)
        if card.facts_wanted and fault is None:
            failures = asked(card.facts_wanted, card.facts)
            fault = self._settle(card, card.facts_wanted, failures, card.facts, now)
            card.facts_wanted = [step for step in card.facts_wanted if step.name not in card.facts]
        return card.raw(values, fault)

    def _read_fields(self, card: _Card, values: dict[str, object], now: float) -> int | None:
        slow_due = now >= card.slow_at
        wanted = [step for step in card.fields if slow_due or step.name not in SLOW_FIELDS]
        fault = self._settle(card, card.fields, asked_fields(card.handle, wanted, values), values, now)
        if slow_due:
            card.slow_at = now + SLOW_SECONDS
            card.held = {name: values[name] for name in SLOW_FIELDS if name in values}
        elif values:
            values.update(card.held)  # a card that answers nothing has no old values either
        return fault

    def _settle(
        self,
        card: _Card,
        steps: list[CardStep],
        failures: list[tuple[CardStep, int]],
        values: dict[str, object],
        now: float,
    ) -> int | None:
        """Note what failed, ask older functions for missing ones, drop the steps that this card cannot do.

        Returns:
            the code that takes the whole card, if there is one.
        """
        fault = None
        while failures:
            older = []
            for step, code in failures:
                if code in step.lacks and step.fallback is not None:
                    steps[steps.index(step)] = step.fallback
                    older.append(step.fallback)
                    continue
                card.errors[step.name] = code
                if code in UNSUPPORTED:
                    steps.remove(step)
                elif code == GPU_IS_LOST or (code == UNKNOWN and not values):
                    fault = code
                self._heed(code, now)
            failures = asked(older, values)
        return fault if fault == GPU_IS_LOST or not values else None

    def _heed(self, code: int, now: float) -> None:
        if code in LIBRARY_FAILED:
            self._restart_at = now
        elif code in _CARDS_CHANGED and self._enumerate_at is None:
            self._enumerate_at = max(now, self._enumerated_at + RESTART_SECONDS)

    def _plan_restart(self, cards: list[Raw], now: float) -> None:
        missing = self._seen - {card.uuid or card.pci_address for card in self._cards}
        faults = {card["fault"] for card in cards} - {None} - _NOT_MENDED_BY_RESTART
        if not missing and not faults:
            if self._restart_at is not None and self._restart_at > now:
                self._restart_at = None  # it came back by itself
        elif self._restart_at is None:
            self._restart_at = now + RESTART_SECONDS


def _found(index: int) -> _Card:
    """The card at that index of this enumeration. Without its handle or its identity it is only a fault."""
    card = _Card(index)
    try:
        card.handle = handle = pynvml.nvmlDeviceGetHandleByIndex(index)
        card.pci_address = _optional(_pci_address, handle)
        card.uuid = _optional(pynvml.nvmlDeviceGetUUID, handle)
    except pynvml.NVMLError as error:
        card.fault = error.value
        return card
    fan_count = _fan_count(handle)
    card.facts["fan_count"] = fan_count
    card.facts_wanted = fact_steps(handle)
    card.steps = tick_steps(handle, min(fan_count, FANS_MAX))
    card.fields = field_steps(handle)
    return card


def _optional(function: Callable[[object], str], handle: object) -> str | None:
    """What the function says; ``None`` where this card or library has no such thing."""
    try:
        return function(handle)
    except pynvml.NVMLError as error:
        if error.value in UNSUPPORTED:
            return None
        raise
    except UnicodeDecodeError:
        return None


def _fan_count(handle: object) -> int:
    try:
        return int(pynvml.nvmlDeviceGetNumFans(handle))
    except pynvml.NVMLError:
        return 1  # reading the fan will tell


def _pci_address(handle: object) -> str:
    address = pynvml.nvmlDeviceGetPciInfo(handle).busId
    return address.decode() if isinstance(address, bytes) else str(address)


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
