"""Reads NVIDIA cards through NVML. Runs in the sensor child only: a call into the driver may never return.

What it gives is raw: numbers and error codes as NVML says them, in plain JSON values; in the parent,
``miner_agent.collectors.nvml.nvml_cards`` makes a reading of them. Nothing else imports ``pynvml``, and this module
imports little besides, since the child has 18 MiB.

A card costs at most 16 calls a tick. What NVML knows by number (its fields) comes with one of them: the memory's
temperature at every tick, counters of errors once a minute, with the same call, and held in between. XID errors of
all cards are one more call a tick, which waits for nothing.
"""

import contextlib
import ctypes
import time
from collections.abc import Callable

import pynvml

CARDS_MAX = 64
FANS_MAX = 3
"""Fans read of one card. With them a card costs 16 calls a tick, which is the limit."""

RESTART_SECONDS = 20.0
"""NVML is started anew this often while a card is lost: only then does a mended one come back."""

SLOW_SECONDS = 60.0
"""Counters of errors are this old at most: they change rarely, and some lie in the card's own flash memory."""

EVENTS_MAX = 64
"""Events taken in one tick; the rest waits for the next one."""

FIRST_RETRY_SECONDS, LAST_RETRY_SECONDS = 1.0, 60.0

UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND = 1, 2, 3, 4, 6
DRIVER_NOT_LOADED, TIMEOUT, FUNCTION_NOT_FOUND, GPU_IS_LOST = 9, 10, 13, 15
OPERATING_SYSTEM, LIB_RM_VERSION_MISMATCH, ARGUMENT_VERSION_MISMATCH, DEPRECATED = 17, 18, 25, 26
GPU_NOT_FOUND, UNKNOWN = 28, 999
NOT_TEXT = -1
"""Ours, among NVML's codes: a name came back that is no UTF-8."""

_UNSUPPORTED = frozenset({NOT_SUPPORTED, FUNCTION_NOT_FOUND, ARGUMENT_VERSION_MISMATCH, DEPRECATED})
_LIBRARY_FAILED = frozenset({UNINITIALIZED, DRIVER_NOT_LOADED, LIB_RM_VERSION_MISMATCH})
_CARDS_CHANGED = frozenset({INVALID_ARGUMENT, NOT_FOUND, GPU_NOT_FOUND})
_ENDS_CARD = _LIBRARY_FAILED | {TIMEOUT, GPU_IS_LOST}
"""After one of these the card's other quantities are not asked for: each may take seconds to fail."""
_NOT_MENDED_BY_RESTART = _UNSUPPORTED | {NO_PERMISSION, OPERATING_SYSTEM}
_SILENT_AFTER = 3
"""So many UNKNOWN without one value, and the rest of the card is not asked for."""

_MEMORY_TEMPERATURE = 82  # NVML_FI_DEV_MEMORY_TEMP
_ECC_CORRECTED_VOLATILE, _ECC_UNCORRECTED_VOLATILE = 3, 4
_ECC_CORRECTED_AGGREGATE, _ECC_UNCORRECTED_AGGREGATE = 5, 6
_SLOW_FIELDS = {
    "ecc_corrected_errors": _ECC_CORRECTED_AGGREGATE,
    "ecc_uncorrected_errors": _ECC_UNCORRECTED_AGGREGATE,
    "pcie_replays": 94,
    "remapped_rows_corrected": 142,
    "remapped_rows_uncorrected": 143,
    "remapped_rows_pending": 144,
    "remapped_rows_failed": 145,
}
_OLDER_FIELDS = {
    "ecc_corrected_errors": _ECC_CORRECTED_VOLATILE,
    "ecc_uncorrected_errors": _ECC_UNCORRECTED_VOLATILE,
}
"""Since the driver was loaded, for cards that keep no count for life."""
_MEMBERS = {1: "uiVal", 4: "sllVal", 5: "siVal"}  # by NVML's number of the type; every other one fits in ullVal

_XID_EVENTS = 0x8  # nvmlEventTypeXidCriticalError
_CORE_SENSOR, _SHUTDOWN, _SLOWDOWN, _CORE_CLOCK, _MEMORY_CLOCK = 0, 0, 1, 0, 2

Raw = dict[str, object]
Answer = Callable[..., object]


class _Step:
    """One quantity of one card: how to read it, and how where that is one of ``lacks``."""

    __slots__ = ("arguments", "fallback", "function", "lacks", "name")

    def __init__(
        self,
        name: str,
        function: Answer,
        *arguments: object,
        fallback: "_Step | None" = None,
        lacks: frozenset[int] = frozenset({FUNCTION_NOT_FOUND}),
    ) -> None:
        self.name, self.function, self.arguments = name, function, arguments
        self.fallback, self.lacks = fallback, lacks


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
        self.facts_wanted: list[_Step] = []
        self.handle: object = None
        self.steps: list[_Step] = []
        self.fields: list[_Step] = []
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
        self._events = _Events()

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
        for card in self._cards:
            if card.fault is None:
                self._seen.discard(card.pci_address)
                self._seen.add(card.uuid or card.pci_address)
        self._events.listen_to(self._cards)

    def _read_card(self, card: _Card, now: float) -> Raw:
        card.errors, card.news = card.news, {}
        if card.fault is not None:
            self._heed(card.fault, now)
            return card.raw({}, card.fault)
        values: dict[str, object] = {}
        fault = self._settle(card, card.steps, _asked(card.steps, values), values, now)
        if fault is None and _ENDS_CARD.isdisjoint(card.errors.values()):
            fault = self._read_fields(card, values, now)
        if card.facts_wanted and fault is None:
            failures = _asked(card.facts_wanted, card.facts)
            fault = self._settle(card, card.facts_wanted, failures, card.facts, now)
            card.facts_wanted = [step for step in card.facts_wanted if step.name not in card.facts]
        return card.raw(values, fault)

    def _read_fields(self, card: _Card, values: dict[str, object], now: float) -> int | None:
        slow_due = now >= card.slow_at
        wanted = [step for step in card.fields if slow_due or step.name not in _SLOW_FIELDS]
        fault = self._settle(card, card.fields, _asked_fields(card.handle, wanted, values), values, now)
        if slow_due:
            card.slow_at = now + SLOW_SECONDS
            card.held = {name: values[name] for name in _SLOW_FIELDS if name in values}
        elif values:
            values.update(card.held)  # a card that answers nothing has no old values either
        return fault

    def _settle(
        self,
        card: _Card,
        steps: list[_Step],
        failures: list[tuple[_Step, int]],
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
                if code in _UNSUPPORTED:
                    steps.remove(step)
                elif code == GPU_IS_LOST or (code == UNKNOWN and not values):
                    fault = code
                self._heed(code, now)
            failures = _asked(older, values)
        return fault if fault == GPU_IS_LOST or not values else None

    def _heed(self, code: int, now: float) -> None:
        if code in _LIBRARY_FAILED:
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


def _asked(steps: list[_Step], values: dict[str, object]) -> list[tuple[_Step, int]]:
    """Put the answer of each step into ``values``; what failed, with its code."""
    failures: list[tuple[_Step, int]] = []
    for step in steps:
        try:
            values[step.name] = step.function(*step.arguments)
        except pynvml.NVMLError as error:
            failures.append((step, error.value))
            if error.value in _ENDS_CARD or (error.value == UNKNOWN and not values and len(failures) >= _SILENT_AFTER):
                break
        except UnicodeDecodeError:
            failures.append((step, NOT_TEXT))
    return failures


def _asked_fields(handle: object, steps: list[_Step], values: dict[str, object]) -> list[tuple[_Step, int]]:
    """As ``_asked``, for steps that are fields of one card: all in one call."""
    if not steps:
        return []
    try:
        fields = pynvml.nvmlDeviceGetFieldValues(handle, [step.arguments[1] for step in steps])
    except pynvml.NVMLError as error:
        return [(step, error.value) for step in steps]
    failures: list[tuple[_Step, int]] = []
    for step, field in zip(steps, fields, strict=True):
        try:
            values[step.name] = _content(field)
        except pynvml.NVMLError as error:
            failures.append((step, error.value))
    return failures


class _Events:
    """XID errors of all cards since this reader started, by card and number: of one event NVML tells no time."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[int, int]] = {}
        self._set: object = None
        self._names: dict[int | None, str] = {}

    def listen_to(self, cards: list[_Card]) -> None:
        """Hear of these cards from now on, and of no other. What waits for the old ones is still taken."""
        self.close()
        try:
            self._set = pynvml.nvmlEventSetCreate()
        except pynvml.NVMLError as error:
            for card in cards:
                card.news["xid_errors"] = error.value
            return
        for card in cards:
            name = card.uuid or card.pci_address
            if card.fault is not None or name is None:
                continue
            try:
                pynvml.nvmlDeviceRegisterEvents(card.handle, _XID_EVENTS, self._set)
            except pynvml.NVMLError as error:
                card.news["xid_errors"] = error.value
            else:
                self._names[_address(card.handle)] = name
                self.counts.setdefault(name, {})

    def take(self) -> None:
        """Count what has happened. Waits for nothing."""
        if not self._names:
            return
        for _ in range(EVENTS_MAX):
            try:
                event = pynvml.nvmlEventSetWait(self._set, 0)
            except pynvml.NVMLError:
                return  # TIMEOUT: nothing more has happened; for all else the cards' own calls tell
            name = self._names.get(_address(event.device))
            if name is not None and event.eventType == _XID_EVENTS:
                counts = self.counts[name]
                counts[event.eventData] = counts.get(event.eventData, 0) + 1

    def close(self) -> None:
        if self._set is not None:
            self.take()
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlEventSetFree(self._set)
        self._set, self._names = None, {}


def _address(handle: object) -> int | None:
    """NVML's handles are pointers, and an event carries the one of its card."""
    return ctypes.cast(handle, ctypes.c_void_p).value  # type: ignore[arg-type]


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
    card.facts_wanted = _fact_steps(handle)
    card.steps = _tick_steps(handle, min(fan_count, FANS_MAX))
    card.fields = _field_steps(handle)
    return card


def _optional(function: Callable[[object], str], handle: object) -> str | None:
    """What the function says; ``None`` where this card or library has no such thing."""
    try:
        return function(handle)
    except pynvml.NVMLError as error:
        if error.value in _UNSUPPORTED:
            return None
        raise
    except UnicodeDecodeError:
        return None


def _fan_count(handle: object) -> int:
    try:
        return int(pynvml.nvmlDeviceGetNumFans(handle))
    except pynvml.NVMLError:
        return 1  # reading the fan will tell


def _tick_steps(handle: object, fans: int) -> list[_Step]:
    fan_speed = _bound("nvmlDeviceGetFanSpeed_v2")
    return [
        _Step(
            "core_temperature_celsius",
            _bound("nvmlDeviceGetTemperature"),
            handle,
            _CORE_SENSOR,
            fallback=_Step("core_temperature_celsius", _bound("nvmlDeviceGetTemperatureV"), handle, _CORE_SENSOR),
        ),
        _Step("power_milliwatts", _bound("nvmlDeviceGetPowerUsage"), handle),
        _Step("power_limit_milliwatts", _bound("nvmlDeviceGetEnforcedPowerLimit"), handle),
        _Step("energy_millijoules", _bound("nvmlDeviceGetTotalEnergyConsumption"), handle),
        _Step("utilization_percents", _utilization_percents, handle),
        _Step("core_clock_megahertz", _bound("nvmlDeviceGetClockInfo"), handle, _CORE_CLOCK),
        _Step("memory_clock_megahertz", _bound("nvmlDeviceGetClockInfo"), handle, _MEMORY_CLOCK),
        _Step("memory_bytes", _memory_bytes, handle),
        _Step(
            "throttle_mask",
            _bound("nvmlDeviceGetCurrentClocksEventReasons"),
            handle,
            fallback=_Step("throttle_mask", _bound("nvmlDeviceGetCurrentClocksThrottleReasons"), handle),
        ),
        _Step("pcie_link_width", _bound("nvmlDeviceGetCurrPcieLinkWidth"), handle),
        _Step("pcie_link_generation", _bound("nvmlDeviceGetCurrPcieLinkGeneration"), handle),
        _Step("performance_state", _bound("nvmlDeviceGetPerformanceState"), handle),
        *(
            _Step(f"fan_percent_{fan}", fan_speed, handle, fan, fallback=_only_fan(handle) if not fan else None)
            for fan in range(fans)
        ),
    ]


def _field_steps(handle: object) -> list[_Step]:
    older = {name: _Step(name, _field, handle, number) for name, number in _OLDER_FIELDS.items()}
    return [
        _Step("memory_temperature_celsius", _field, handle, _MEMORY_TEMPERATURE),
        *(
            _Step(name, _field, handle, number, fallback=older.get(name), lacks=_UNSUPPORTED)
            for name, number in _SLOW_FIELDS.items()
        ),
    ]


def _only_fan(handle: object) -> _Step:
    return _Step("fan_percent_0", _bound("nvmlDeviceGetFanSpeed"), handle)


def _fact_steps(handle: object) -> list[_Step]:
    threshold = _bound("nvmlDeviceGetTemperatureThreshold")
    return [
        _Step("name", _bound("nvmlDeviceGetName"), handle),
        _Step("serial", _bound("nvmlDeviceGetSerial"), handle),
        _Step("vbios_version", _bound("nvmlDeviceGetVbiosVersion"), handle),
        _Step("slowdown_temperature_celsius", threshold, handle, _SLOWDOWN),
        _Step("shutdown_temperature_celsius", threshold, handle, _SHUTDOWN),
        _Step("power_limit_range_milliwatts", _bound("nvmlDeviceGetPowerManagementLimitConstraints"), handle),
        _Step("power_limit_default_milliwatts", _bound("nvmlDeviceGetPowerManagementDefaultLimit"), handle),
    ]


def _bound(name: str) -> Answer:
    """pynvml's function of that name; where this release has none, one that says FUNCTION_NOT_FOUND."""
    function: Answer = getattr(pynvml, name, _not_in_binding)
    return function


def _not_in_binding(*_arguments: object) -> object:
    raise pynvml.NVMLError(FUNCTION_NOT_FOUND)


def _utilization_percents(handle: object) -> tuple[int, int]:
    rates = pynvml.nvmlDeviceGetUtilizationRates(handle)
    return rates.gpu, rates.memory


def _memory_bytes(handle: object) -> tuple[int, int]:
    memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
    return memory.used, memory.total


def _field(handle: object, number: int) -> int:
    return _content(pynvml.nvmlDeviceGetFieldValues(handle, [number])[0])


def _content(field: "pynvml.c_nvmlFieldValue_t") -> int:
    if field.nvmlReturn == INVALID_ARGUMENT:
        raise pynvml.NVMLError(NOT_SUPPORTED)  # a driver older than the field
    if field.nvmlReturn:
        raise pynvml.NVMLError(field.nvmlReturn)
    return int(getattr(field.value, _MEMBERS.get(field.valueType, "ullVal")))


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
