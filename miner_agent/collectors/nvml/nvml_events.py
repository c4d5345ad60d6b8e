"""XID errors, which NVML tells as events only. Runs in the sensor child, as ``nvml_reader`` does."""

import contextlib
import ctypes
from collections.abc import Callable

import pynvml

from miner_agent.collectors.child.card_threads import Raw
from miner_agent.collectors.nvml.nvml_steps import in_library

EVENTS_MAX = 64
"""Events taken in one tick; the rest waits for the next one."""

_XID_EVENTS = 0x8  # nvmlEventTypeXidCriticalError


class XidEvents:
    """XID errors of all cards since this reader started, by card and number: of one event NVML tells no time.

    In a round it stands behind the cards, as one more thing to ask.
    """

    def __init__(self) -> None:
        self.counts: dict[str, dict[int, int]] = {}
        self._set: object = None
        self._refusal: int | None = None
        self._names: dict[int | None, str] = {}
        self._wait: Callable[..., int] | None = None
        self._event = pynvml.c_nvmlEventData_t()

    def open(self) -> None:
        """Hear of no card yet; of which, ``listen_to`` tells. What has happened until now is taken."""
        self.close()
        self._refusal = None
        try:
            self._set, self._wait = pynvml.nvmlEventSetCreate(), in_library("nvmlEventSetWait_v2")
        except pynvml.NVMLError as error:
            self._refusal = int(error.value)

    def listen_to(self, handle: object, name: str | None) -> int | None:
        """Hear of this card from now on, under that name; NVML's code where that cannot be."""
        if name is None or self._refusal is not None:
            return None if name is None else self._refusal
        try:
            pynvml.nvmlDeviceRegisterEvents(handle, _XID_EVENTS, self._set)
        except pynvml.NVMLError as error:
            return int(error.value)
        self._names[_address(handle)] = name
        self.counts.setdefault(name, {})
        return None

    def read(self, _now: float) -> Raw:
        """Count what has happened. Waits for nothing, unless the driver does."""
        if self._names:
            self._take()
        return {}

    def _take(self) -> None:
        wait, event = self._wait, self._event
        for _ in range(EVENTS_MAX):
            if wait is None or wait(self._set, ctypes.byref(event), 0):
                return  # TIMEOUT: nothing more has happened; for all else the cards' own calls tell
            name = self._names.get(_address(event.device))
            if name is not None and event.eventType == _XID_EVENTS:
                counts = self.counts[name]
                self.counts[name] = {**counts, event.eventData: counts.get(event.eventData, 0) + 1}

    def close(self) -> None:
        """Hear of no card any more. What has happened is still taken."""
        if self._set is not None:
            if self._names:
                self._take()
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlEventSetFree(self._set)
        self._set, self._names = None, {}


def _address(handle: object) -> int | None:
    """NVML's handles are pointers, and an event carries the one of its card."""
    return ctypes.cast(handle, ctypes.c_void_p).value  # type: ignore[arg-type]
