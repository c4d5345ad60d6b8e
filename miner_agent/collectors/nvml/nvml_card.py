"""One card of NVIDIA: how it is found, and all that is asked of it. Runs in the sensor child, as ``nvml_reader`` does.

Everything here may wait for ever, and then has a thread to itself: it changes nothing but this card.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar

import pynvml

from miner_agent.collectors.child.card_json import encoded
from miner_agent.collectors.child.card_threads import Raw, Said, Waiting
from miner_agent.collectors.nvml.nvml_events import XidEvents
from miner_agent.collectors.nvml.nvml_steps import (
    ENDS_CARD,
    GPU_IS_LOST,
    HELD,
    SLOW_FIELDS,
    TIMEOUT,
    UNKNOWN,
    UNSUPPORTED,
    CardStep,
    FieldCall,
    FieldStep,
    NvmlStep,
    QuickCalls,
    asked,
    fact_steps,
    field_steps,
    slow_steps,
    tick_steps,
)

FANS_MAX = 3
"""Fans read of one card. With them a card costs 16 calls a tick, and 3 more once a minute, which is the limit."""

SLOW_SECONDS = 60.0
"""So old at most are counters of errors, which change rarely, some of them in flash memory, and the speeds of fans."""

XID_ERRORS = "xid_errors"
StepT = TypeVar("StepT", bound=NvmlStep)


class NvmlCard:
    """One card of the present enumeration, and what there still is to ask of it."""

    __slots__ = (
        "_errors", "_events", "_facts", "_facts_wanted", "_fields", "_handle", "_held", "_index", "_news", "_quick",
        "_quick_fields", "_slow_at", "_slow_steps", "_steps", "fault", "is_found", "kept", "pci_address", "uuid",
    )  # fmt: skip

    def __init__(self, index: int, events: XidEvents) -> None:
        self._index, self._events = index, events
        self.is_found = False
        self.uuid: str | None = None
        self.pci_address: str | None = None
        self.fault: int | None = None  # why this enumeration gave no usable card
        self._facts: dict[str, object] = {}
        self._facts_wanted: list[CardStep] = []
        self._handle: object = None
        self._steps: list[CardStep] = []
        self._slow_steps: list[CardStep] = []
        self._fields: list[FieldStep] = []
        self._quick_fields: FieldCall | None = None  # those of every tick, once it is known which there are
        self._quick: QuickCalls | None = None  # where the last tick had nothing but these
        self.kept = ""  # what is to be told beside their numbers, as JSON, and whose each is
        self._held: dict[str, object] = {}  # what is asked now and then, in between
        self._slow_at = 0.0
        self._errors: dict[str, int] = {}
        self._news: dict[str, int] = {}  # errors to tell at the next tick, once

    @property
    def name(self) -> str | None:
        """By which it is known from one enumeration to the next."""
        return self.uuid or self.pci_address

    def read(self, now: float) -> Said:
        """One tick's raw answer: its identity, what could be read and what could not.

        Where it is text, it is numbers, which stand beside what is in ``kept``.
        """
        codes: Sequence[int] = ()
        if self._quick is not None and now < self._slow_at:
            told, codes = self._quick.read()
            if told is not None:
                return told
        if not self.is_found:
            self._find()
        self._errors, self._news = self._news, {}
        if self.fault is not None:
            return self._raw({}, self.fault)
        values: dict[str, object] = {}
        of_fields = codes[len(self._steps) :]
        quick, self._quick = self._quick, None
        fault = self._settle(self._steps, asked(self._steps, values, codes), values, asked)
        if fault is None and ENDS_CARD.isdisjoint(self._errors.values()):
            fault = self._read_fields(values, now, *of_fields)
        if self._facts_wanted and fault is None:
            fault = self._settle(self._facts_wanted, asked(self._facts_wanted, self._facts), self._facts, asked)
            self._facts_wanted = [step for step in self._facts_wanted if step.name not in self._facts]
        if values and not (fault or self._errors or self._facts_wanted):
            self._prepare(quick)
        return self._raw(values, fault)

    def absent(self, waiting: Waiting) -> Raw:
        """What is known of it while a call has not come back: another thread may be changing the rest."""
        return {
            "index": self._index,
            "uuid": self.uuid,
            "pci_address": self.pci_address,
            "facts": {},
            "values": {},
            "errors": {},
            "fault": TIMEOUT,
            "waiting": waiting,
        }

    def _raw(self, values: dict[str, object], fault: int | None) -> Raw:
        return {
            "index": self._index,
            "uuid": self.uuid,
            "pci_address": self.pci_address,
            "facts": self._facts,
            "values": {} if fault is not None else values,
            "errors": self._errors,
            "fault": fault,
        }

    def _prepare(self, before: QuickCalls | None) -> None:
        """For ticks as this one was, without a fault or an error."""
        if before is not None and before.of == (*self._steps, self._quick_fields):
            self._quick = before
        elif self._quick_fields is not None:
            self._quick = QuickCalls(self._steps, self._quick_fields)
        if self._quick is not None:
            self.kept = encoded({**self._raw(self._held, None), "asked": self._quick.names})

    def _find(self) -> None:
        """Without its handle or its identity it is only a fault."""
        try:
            self._handle = handle = pynvml.nvmlDeviceGetHandleByIndex(self._index)
            self.pci_address = _optional(_pci_address, handle)
            self.uuid = _optional(pynvml.nvmlDeviceGetUUID, handle)
        except pynvml.NVMLError as error:
            self.fault = error.value
            self.is_found = True
            return
        fan_count = _fan_count(handle)
        self._facts = {"fan_count": fan_count}
        self._facts_wanted = fact_steps(handle)
        self._steps = tick_steps(handle, min(fan_count, FANS_MAX))
        self._slow_steps = slow_steps(handle, min(fan_count, FANS_MAX))
        self._fields = field_steps()
        refusal = self._events.listen_to(handle, self.name)
        if refusal is not None:
            self._news[XID_ERRORS] = refusal
        self.is_found = True

    def _read_fields(self, values: dict[str, object], now: float, code: int | None = None) -> int | None:
        """``code``: where those of every tick have been called already."""
        slow_due = now >= self._slow_at
        fields = self._field_call(slow_due=slow_due)
        failures = fields.asked(values, code)
        fault = None
        if failures:
            fault = self._settle(self._fields, failures, values, self._ask_fields)
            self._quick_fields = None
        if slow_due and fault is None and ENDS_CARD.isdisjoint(self._errors.values()):
            fault = self._settle(self._slow_steps, asked(self._slow_steps, values), values, asked)
        if slow_due:
            self._slow_at = now + SLOW_SECONDS
            self._held = {name: values[name] for name in HELD if name in values}
        elif values:
            values.update(self._held)  # a card that answers nothing has no old values either
        return fault

    def _field_call(self, *, slow_due: bool) -> FieldCall:
        if slow_due:
            return FieldCall(self._handle, self._fields)
        if self._quick_fields is None:
            quick = (step for step in self._fields if step.name not in SLOW_FIELDS)
            self._quick_fields = FieldCall(self._handle, quick)
        return self._quick_fields

    def _ask_fields(self, steps: Sequence[FieldStep], values: dict[str, object]) -> list[tuple[FieldStep, int]]:
        return FieldCall(self._handle, steps).asked(values)

    def _settle(
        self,
        steps: list[StepT],
        failures: list[tuple[StepT, int]],
        values: dict[str, object],
        ask: Callable[[Sequence[StepT], dict[str, object]], list[tuple[StepT, int]]],
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
                self._errors[step.name] = code
                if code in UNSUPPORTED:
                    steps.remove(step)
                elif code == GPU_IS_LOST or (code == UNKNOWN and not values):
                    fault = code
            failures = ask(older, values)
        return fault if fault == GPU_IS_LOST or not values else None


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
