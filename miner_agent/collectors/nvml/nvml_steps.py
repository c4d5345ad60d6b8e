"""How each quantity of an NVIDIA card is asked for, one call of NVML a step, and what its error codes mean.

NVML's functions are called themselves, each with a place of its own for the answer. pynvml would look up the function
and make a place at every call, and an exception for every code: half of what a sample costs. Imported in the sensor
child only.
"""

import ctypes
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import attrgetter, call, length_hint
from typing import Any, Self

import pynvml

from miner_agent.collectors.nvml.nvml_places import (
    FanSpeedPlace,
    FieldPlace,
    MemoryPlace,
    NumberPlace,
    Place,
    RangePlace,
    TemperaturePlace,
    TextPlace,
    UtilizationPlace,
    WideNumberPlace,
)

UNINITIALIZED, INVALID_ARGUMENT, NOT_SUPPORTED, NO_PERMISSION, NOT_FOUND = 1, 2, 3, 4, 6
DRIVER_NOT_LOADED, TIMEOUT, FUNCTION_NOT_FOUND, GPU_IS_LOST = 9, 10, 13, 15
OPERATING_SYSTEM, LIB_RM_VERSION_MISMATCH, ARGUMENT_VERSION_MISMATCH, DEPRECATED = 17, 18, 25, 26
GPU_NOT_FOUND, UNKNOWN = 28, 999
NOT_TEXT = -1
"""Ours, among NVML's codes: a name came back that is no UTF-8."""

UNSUPPORTED = frozenset({NOT_SUPPORTED, FUNCTION_NOT_FOUND, ARGUMENT_VERSION_MISMATCH, DEPRECATED})
LIBRARY_FAILED = frozenset({UNINITIALIZED, DRIVER_NOT_LOADED, LIB_RM_VERSION_MISMATCH})
ENDS_CARD = LIBRARY_FAILED | {TIMEOUT, GPU_IS_LOST}
"""After one of these the card's other quantities are not asked for: each may take seconds to fail."""
_SILENT_AFTER = 3
"""So many UNKNOWN without one value, and the rest of the card is not asked for."""

_MEMORY_TEMPERATURE = 82  # NVML_FI_DEV_MEMORY_TEMP
_ECC_CORRECTED_VOLATILE, _ECC_UNCORRECTED_VOLATILE = 3, 4
_ECC_CORRECTED_AGGREGATE, _ECC_UNCORRECTED_AGGREGATE = 5, 6
SLOW_FIELDS = {
    "ecc_corrected_errors": _ECC_CORRECTED_AGGREGATE,
    "ecc_uncorrected_errors": _ECC_UNCORRECTED_AGGREGATE,
    "pcie_replays": 94,
    "remapped_rows_corrected": 142,
    "remapped_rows_uncorrected": 143,
    "remapped_rows_pending": 144,
    "remapped_rows_failed": 145,
}
FAN_SPEEDS = tuple(f"fan_speed_rpm_{fan}" for fan in range(8))
HELD = frozenset({*SLOW_FIELDS, *FAN_SPEEDS})
"""Asked now and then, and held in between."""
_OLDER_FIELDS = {
    "ecc_corrected_errors": _ECC_CORRECTED_VOLATILE,
    "ecc_uncorrected_errors": _ECC_UNCORRECTED_VOLATILE,
}
"""Since the driver was loaded, for cards that keep no count for life."""

_CORE_SENSOR, _CORE_CLOCK, _MEMORY_CLOCK = 0, 0, 2
_SHUTDOWN, _SLOWDOWN, _SLOWDOWN_OF_MEMORY = 0, 1, 2


class NvmlStep:
    """One quantity of one card, and how to read it where NVML's code is one of ``lacks``."""

    __slots__ = ("fallback", "lacks", "name")

    def __init__(self, name: str, fallback: Self | None, lacks: frozenset[int]) -> None:
        self.name, self.fallback, self.lacks = name, fallback, lacks


class CardStep(NvmlStep):
    """A quantity with a function of its own."""

    __slots__ = ("arguments", "function", "place")

    def __init__(
        self, name: str, function: str, *arguments: object, place: Place, fallback: "CardStep | None" = None
    ) -> None:
        """``function``: its name. It takes these arguments, and then those of the place."""
        super().__init__(name, fallback, frozenset({FUNCTION_NOT_FOUND}))
        self.function, self.arguments, self.place = in_library(function), (*arguments, *place.pointers()), place


class FieldStep(NvmlStep):
    """A quantity that NVML knows by number."""

    __slots__ = ("number",)

    def __init__(self, name: str, number: int, *, fallback: "FieldStep | None" = None) -> None:
        super().__init__(name, fallback, UNSUPPORTED)
        self.number = number


def asked(
    steps: Sequence[CardStep], values: dict[str, object], codes: Sequence[int] = ()
) -> list[tuple[CardStep, int]]:
    """Put the answer of each step into ``values``; what failed, with its code.

    ``codes``: of the first of them, which have been called already.
    """
    failures: list[tuple[CardStep, int]] = []
    known = iter(codes)
    for step in steps:
        code = next(known, None)
        if code is None:
            code = step.function(*step.arguments)
        if not code:
            try:
                values[step.name] = step.place.value
            except UnicodeDecodeError:
                failures.append((step, NOT_TEXT))
            continue
        failures.append((step, code))
        if code in ENDS_CARD or (code == UNKNOWN and not values and len(failures) >= _SILENT_AFTER):
            break
    return failures


class FieldCall:
    """Fields of one card, all in one call."""

    __slots__ = ("_arguments", "_function", "_steps")

    def __init__(self, handle: object, steps: Iterable[FieldStep]) -> None:
        self._function, kept = in_library("nvmlDeviceGetFieldValues"), tuple(steps)
        places = (FieldPlace * len(kept))(*(FieldPlace(number=step.number) for step in kept))
        self._arguments = (handle, ctypes.c_int(len(kept)), ctypes.byref(places))
        self._steps = tuple(zip(kept, places, strict=True))

    @property
    def calls(self) -> list[Callable[[], int]]:
        """What is called: nothing, where there are no fields."""
        return [partial(self._function, *self._arguments)] if self._steps else []

    @property
    def told(self) -> list[tuple[str, FieldPlace]]:
        """Each field's name, and where its answer stands."""
        return [(step.name, place) for step, place in self._steps]

    def asked(self, values: dict[str, object], code: int | None = None) -> list[tuple[FieldStep, int]]:
        """As ``asked``. ``code``: where it has been called already."""
        if not self._steps:
            return []
        if code is None:
            code = self._function(*self._arguments)
        failures: list[tuple[FieldStep, int]] = []
        for step, place in self._steps:
            failed = code or place.code
            if failed:
                # INVALID_ARGUMENT of a field alone: the driver is older than it
                failures.append((step, failed if code or failed != INVALID_ARGUMENT else NOT_SUPPORTED))
            else:
                values[step.name] = place.value
        return failures


class QuickCalls:
    """What a card has just answered in full, asked again without a line of Python for each call."""

    __slots__ = ("_calls", "_form", "_numbers", "_verdicts", "_verdicts_before", "names", "of")

    def __init__(self, steps: Sequence[CardStep], fields: FieldCall) -> None:
        self.of = (*steps, fields)
        self._calls = [*(partial(step.function, *step.arguments) for step in steps), *fields.calls]
        told = [*((step.name, step.place.numbers()) for step in steps)]
        told += [(name, (place.content_number(),)) for name, place in fields.told]
        self._numbers = tuple(number for _, numbers in told for number in numbers)
        self._verdicts = tuple(place.verdict() for _, place in fields.told)
        self._verdicts_before = tuple(map(_VALUE, self._verdicts))
        self.names = [name for name, numbers in told for _ in numbers]
        self._form = f"[{','.join(['%d'] * len(self._numbers))}]"

    def read(self) -> tuple[str | None, Sequence[int]]:
        """The numbers, as JSON. Without them, where something is another than before: the codes of what was called."""
        calls = iter(self._calls)
        code = next(filter(None, map(_CALL, calls)), 0)
        if code or tuple(map(_VALUE, self._verdicts)) != self._verdicts_before:
            codes = [0] * (len(self._calls) - length_hint(calls))
            return None, [*codes[:-1], code]
        return self._form % tuple(map(_VALUE, self._numbers)), ()


_CALL: Callable[[Any], int] = call
_VALUE: Callable[[object], int] = attrgetter("value")


def tick_steps(handle: object, fans: int) -> list[CardStep]:
    """What is asked at every tick, a call each."""
    throttling = "nvmlDeviceGetCurrentClocksEventReasons", "nvmlDeviceGetCurrentClocksThrottleReasons"
    return [
        CardStep(
            "core_temperature_celsius",
            "nvmlDeviceGetTemperature",
            handle,
            _CORE_SENSOR,
            place=NumberPlace(),
            fallback=CardStep(
                "core_temperature_celsius",
                "nvmlDeviceGetTemperatureV",
                handle,
                place=TemperaturePlace.of(_CORE_SENSOR),
            ),
        ),
        CardStep("power_milliwatts", "nvmlDeviceGetPowerUsage", handle, place=NumberPlace()),
        CardStep("power_limit_milliwatts", "nvmlDeviceGetEnforcedPowerLimit", handle, place=NumberPlace()),
        CardStep("energy_millijoules", "nvmlDeviceGetTotalEnergyConsumption", handle, place=WideNumberPlace()),
        CardStep("utilization_percents", "nvmlDeviceGetUtilizationRates", handle, place=UtilizationPlace()),
        CardStep("core_clock_megahertz", "nvmlDeviceGetClockInfo", handle, _CORE_CLOCK, place=NumberPlace()),
        CardStep("memory_clock_megahertz", "nvmlDeviceGetClockInfo", handle, _MEMORY_CLOCK, place=NumberPlace()),
        CardStep("memory_bytes", "nvmlDeviceGetMemoryInfo", handle, place=MemoryPlace()),
        CardStep(
            "throttle_mask",
            throttling[0],
            handle,
            place=WideNumberPlace(),
            fallback=CardStep("throttle_mask", throttling[1], handle, place=WideNumberPlace()),
        ),
        CardStep("pcie_link_width", "nvmlDeviceGetCurrPcieLinkWidth", handle, place=NumberPlace()),
        CardStep("pcie_link_generation", "nvmlDeviceGetCurrPcieLinkGeneration", handle, place=NumberPlace()),
        CardStep("performance_state", "nvmlDeviceGetPerformanceState", handle, place=NumberPlace()),
        *(
            CardStep(
                f"fan_percent_{fan}",
                "nvmlDeviceGetFanSpeed_v2",
                handle,
                fan,
                place=NumberPlace(),
                fallback=_only_fan(handle) if not fan else None,
            )
            for fan in range(fans)
        ),
    ]


def slow_steps(handle: object, fans: int) -> list[CardStep]:
    """What is asked now and then, a call each."""
    return [
        CardStep(FAN_SPEEDS[fan], "nvmlDeviceGetFanSpeedRPM", handle, place=FanSpeedPlace.of(fan))
        for fan in range(min(fans, len(FAN_SPEEDS)))
    ]


def field_steps() -> list[FieldStep]:
    """What NVML knows by number: those of ``SLOW_FIELDS`` now and then."""
    older = {name: FieldStep(name, number) for name, number in _OLDER_FIELDS.items()}
    return [
        FieldStep("memory_temperature_celsius", _MEMORY_TEMPERATURE),
        *(FieldStep(name, number, fallback=older.get(name)) for name, number in SLOW_FIELDS.items()),
    ]


def _only_fan(handle: object) -> CardStep:
    return CardStep("fan_percent_0", "nvmlDeviceGetFanSpeed", handle, place=NumberPlace())


def fact_steps(handle: object) -> list[CardStep]:
    """What never changes: asked until it is known."""
    threshold, limits = "nvmlDeviceGetTemperatureThreshold", "nvmlDeviceGetPowerManagementLimitConstraints"
    default = "nvmlDeviceGetPowerManagementDefaultLimit"
    return [
        CardStep("name", "nvmlDeviceGetName", handle, place=TextPlace()),
        CardStep("serial", "nvmlDeviceGetSerial", handle, place=TextPlace()),
        CardStep("vbios_version", "nvmlDeviceGetVbiosVersion", handle, place=TextPlace()),
        CardStep("slowdown_temperature_celsius", threshold, handle, _SLOWDOWN, place=NumberPlace()),
        CardStep("memory_slowdown_temperature_celsius", threshold, handle, _SLOWDOWN_OF_MEMORY, place=NumberPlace()),
        CardStep("shutdown_temperature_celsius", threshold, handle, _SHUTDOWN, place=NumberPlace()),
        CardStep("power_limit_range_milliwatts", limits, handle, place=RangePlace()),
        CardStep("power_limit_default_milliwatts", default, handle, place=NumberPlace()),
        CardStep("pcie_link_width_max", "nvmlDeviceGetMaxPcieLinkWidth", handle, place=NumberPlace()),
    ]


def in_library(name: str) -> Callable[..., int]:
    """NVML's function of that name; where this library has none, one that says FUNCTION_NOT_FOUND."""
    function: Callable[..., int] = getattr(pynvml.nvmlLib, name, _not_in_library)
    return function


def _not_in_library(*_arguments: object) -> int:
    return FUNCTION_NOT_FOUND
