"""One pool of memory for all threads of the service.

The C library gives each thread a pool of its own, so that they do not wait for each other, and each keeps what its
thread once took. Here one thread runs at a time anyhow, and a source that was long for one tick would cost its memory
once a thread.
"""

import ctypes
from contextlib import suppress

M_ARENA_MAX = -8  # of mallopt in glibc; other C libraries have no pools


def take_one_arena() -> None:
    """For threads that start from now on."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)
