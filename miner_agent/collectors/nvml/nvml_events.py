"""XID errors, which NVML tells as events only. Runs in the sensor child, as ``nvml_reader`` does."""

import contextlib
import ctypes

import pynvml

EVENTS_MAX = 64
"""Events taken in one tick; the rest waits for the next one."""

_XID_EVENTS = 0x8  # nvmlEventTypeXidCriticalError


class XidEvents:
    """XID errors of all cards since this reader started, by card and number: of one event NVML tells no time."""

    def __init__(self) -> None:
        self.counts: dict[str, dict[int, int]] = {}
        self._set: object = None
        self._names: dict[int | None, str] = {}

    def listen_to(self, handle: object, name: str | None) -> int | None:
        """Hear of this card from now on, under that name; NVML's code where that cannot be."""
        if name is None:
            return None
        try:
            if self._set is None:
                self._set = pynvml.nvmlEventSetCreate()
            pynvml.nvmlDeviceRegisterEvents(handle, _XID_EVENTS, self._set)
        except pynvml.NVMLError as error:
            return int(error.value)
        self._names[_address(handle)] = name
        self.counts.setdefault(name, {})
        return None

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
        """Hear of no card any more. What has happened is still taken."""
        if self._set is not None:
            self.take()
            with contextlib.suppress(pynvml.NVMLError):
                pynvml.nvmlEventSetFree(self._set)
        self._set, self._names = None, {}


def _address(handle: object) -> int | None:
    """NVML's handles are pointers, and an event carries the one of its card."""
    return ctypes.cast(handle, ctypes.c_void_p).value  # type: ignore[arg-type]
