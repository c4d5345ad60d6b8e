"""How each quantity of an NVIDIA card is asked for, one call of NVML a step, and what its error codes mean.

Imported in the sensor child only.
"""

from collections.abc import Callable

import pynvml

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
_OLDER_FIELDS = {
    "ecc_corrected_errors": _ECC_CORRECTED_VOLATILE,
    "ecc_uncorrected_errors": _ECC_UNCORRECTED_VOLATILE,
}
"""Since the driver was loaded, for cards that keep no count for life."""
_MEMBERS = {1: "uiVal", 4: "sllVal", 5: "siVal"}  # by NVML's number of the type; every other one fits in ullVal

_CORE_SENSOR, _SHUTDOWN, _SLOWDOWN, _CORE_CLOCK, _MEMORY_CLOCK = 0, 0, 1, 0, 2

Answer = Callable[..., object]


class CardStep:
    """One quantity of one card: how to read it, and how where that is one of ``lacks``."""

    __slots__ = ("arguments", "fallback", "function", "lacks", "name")

    def __init__(
        self,
        name: str,
        function: Answer,
        *arguments: object,
        fallback: "CardStep | None" = None,
        lacks: frozenset[int] = frozenset({FUNCTION_NOT_FOUND}),
    ) -> None:
        self.name, self.function, self.arguments = name, function, arguments
        self.fallback, self.lacks = fallback, lacks


def asked(steps: list[CardStep], values: dict[str, object]) -> list[tuple[CardStep, int]]:
    """Put the answer of each step into ``values``; what failed, with its code."""
    failures: list[tuple[CardStep, int]] = []
    for step in steps:
        try:
            values[step.name] = step.function(*step.arguments)
        except pynvml.NVMLError as error:
            failures.append((step, error.value))
            if error.value in ENDS_CARD or (error.value == UNKNOWN and not values and len(failures) >= _SILENT_AFTER):
                break
        except UnicodeDecodeError:
            failures.append((step, NOT_TEXT))
    return failures


def asked_fields(handle: object, steps: list[CardStep], values: dict[str, object]) -> list[tuple[CardStep, int]]:
    """As ``asked``, for steps that are fields of one card: all in one call."""
    if not steps:
        return []
    try:
        fields = pynvml.nvmlDeviceGetFieldValues(handle, [step.arguments[1] for step in steps])
    except pynvml.NVMLError as error:
        return [(step, error.value) for step in steps]
    failures: list[tuple[CardStep, int]] = []
    for step, field in zip(steps, fields, strict=True):
        try:
            values[step.name] = _content(field)
        except pynvml.NVMLError as error:
            failures.append((step, error.value))
    return failures


def tick_steps(handle: object, fans: int) -> list[CardStep]:
    """What is asked at every tick, a call each."""
    fan_speed = _bound("nvmlDeviceGetFanSpeed_v2")
    return [
        CardStep(
            "core_temperature_celsius",
            _bound("nvmlDeviceGetTemperature"),
            handle,
            _CORE_SENSOR,
            fallback=CardStep("core_temperature_celsius", _bound("nvmlDeviceGetTemperatureV"), handle, _CORE_SENSOR),
        ),
        CardStep("power_milliwatts", _bound("nvmlDeviceGetPowerUsage"), handle),
        CardStep("power_limit_milliwatts", _bound("nvmlDeviceGetEnforcedPowerLimit"), handle),
        CardStep("energy_millijoules", _bound("nvmlDeviceGetTotalEnergyConsumption"), handle),
        CardStep("utilization_percents", _utilization_percents, handle),
        CardStep("core_clock_megahertz", _bound("nvmlDeviceGetClockInfo"), handle, _CORE_CLOCK),
        CardStep("memory_clock_megahertz", _bound("nvmlDeviceGetClockInfo"), handle, _MEMORY_CLOCK),
        CardStep("memory_bytes", _memory_bytes, handle),
        CardStep(
            "throttle_mask",
            _bound("nvmlDeviceGetCurrentClocksEventReasons"),
            handle,
            fallback=CardStep("throttle_mask", _bound("nvmlDeviceGetCurrentClocksThrottleReasons"), handle),
        ),
        CardStep("pcie_link_width", _bound("nvmlDeviceGetCurrPcieLinkWidth"), handle),
        CardStep("pcie_link_generation", _bound("nvmlDeviceGetCurrPcieLinkGeneration"), handle),
        CardStep("performance_state", _bound("nvmlDeviceGetPerformanceState"), handle),
        *(
            CardStep(f"fan_percent_{fan}", fan_speed, handle, fan, fallback=_only_fan(handle) if not fan else None)
            for fan in range(fans)
        ),
    ]


def field_steps(handle: object) -> list[CardStep]:
    """What NVML knows by number: those of ``SLOW_FIELDS`` now and then."""
    older = {name: CardStep(name, _field, handle, number) for name, number in _OLDER_FIELDS.items()}
    return [
        CardStep("memory_temperature_celsius", _field, handle, _MEMORY_TEMPERATURE),
        *(
            CardStep(name, _field, handle, number, fallback=older.get(name), lacks=UNSUPPORTED)
            for name, number in SLOW_FIELDS.items()
        ),
    ]


def _only_fan(handle: object) -> CardStep:
    return CardStep("fan_percent_0", _bound("nvmlDeviceGetFanSpeed"), handle)


def fact_steps(handle: object) -> list[CardStep]:
    """What never changes: asked until it is known."""
    threshold = _bound("nvmlDeviceGetTemperatureThreshold")
    return [
        CardStep("name", _bound("nvmlDeviceGetName"), handle),
        CardStep("serial", _bound("nvmlDeviceGetSerial"), handle),
        CardStep("vbios_version", _bound("nvmlDeviceGetVbiosVersion"), handle),
        CardStep("slowdown_temperature_celsius", threshold, handle, _SLOWDOWN),
        CardStep("shutdown_temperature_celsius", threshold, handle, _SHUTDOWN),
        CardStep("power_limit_range_milliwatts", _bound("nvmlDeviceGetPowerManagementLimitConstraints"), handle),
        CardStep("power_limit_default_milliwatts", _bound("nvmlDeviceGetPowerManagementDefaultLimit"), handle),
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
