"""Asks the kernel whether somebody keeps the wall clock right: chrony, ntpd and systemd-timesyncd all tell it so."""

import ctypes
from collections.abc import Callable

_UNSYNCHRONISED = 0x0040  # STA_UNSYNC; the kernel sets it too once the clock may be wrong by more than 16 s
_ERROR = -1


class Timex(ctypes.Structure):
    """The head of the kernel's ``struct timex``, and room for the rest. With ``modes`` 0 nothing is set by it."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_byte * 256),
    )


def _in_libc() -> Callable[..., int] | None:
    try:
        found: Callable[..., int] = ctypes.CDLL(None).adjtimex
    except (OSError, AttributeError):
        return None
    return found


_ADJTIMEX = _in_libc()  # to find it takes longer than to call it


def is_synchronised(ask: Callable[[Timex], int] | None = None) -> bool | None:
    """Whether the clock is kept right; ``None`` where this system does not tell, or not to this process.

    Args:
        ask: what fills the structure in and returns -1 where it fails; ``None``: the C library's ``adjtimex``.
    """
    told = Timex()
    if ask is not None:
        code = ask(told)
    elif _ADJTIMEX is not None:
        code = _ADJTIMEX(ctypes.byref(told))
    else:
        return None
    return None if code == _ERROR else not told.status & _UNSYNCHRONISED
