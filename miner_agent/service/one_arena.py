"""One pool of memory for all threads of the service.

The C library gives each thread a pool of its own, so that they do not wait for each other, and each keeps what its
thread once took. Here one thread runs at a time anyhow, and a source that was long for one tick would cost its memory
once a thread.
"""

import ctypes
import gc
from contextlib import suppress
from datetime import timedelta

M_ARENA_MAX = -8  # of mallopt in glibc; other C libraries have no pools
TRIMMED_EVERY = timedelta(minutes=1)
TRIMMING = "memory"


def take_one_arena() -> None:
    """For threads that start from now on."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have what was taken once and is free now. Takes some hundredths of a second."""
    gc.collect()
    trim()


def trim() -> None:
    """The same without looking for what is free. Takes less than a thousandth: what a page was made with lies between
    what stays, and the C library gives that back to nobody by itself.
    """
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
