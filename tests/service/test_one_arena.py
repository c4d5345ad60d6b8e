"""Threads of the service take their memory from one pool."""

import ctypes
import subprocess
import sys

import pytest

POOL_KIB = 64 << 10  # what glibc reserves for a pool
THREADS = 4
CODE = """
import sys, threading
from pathlib import Path
from miner_agent.service import logs
from miner_agent.service.one_arena import take_one_arena

def reserved():
    return int(Path("/proc/self/status").read_text().partition("VmSize:")[2].split()[0])

def work():
    held = [bytes(1024) for _ in range(1000)]
    ready.wait()
    looked.wait()

threading.stack_size(1 << 20)
before = reserved()
if sys.argv[1] == "one":
    take_one_arena()
elif sys.argv[1] == "logs":
    logs.set_up(journal=False)
ready, looked = (threading.Barrier(int(sys.argv[2]) + 1) for _ in range(2))
for _ in range(int(sys.argv[2])):
    threading.Thread(target=work).start()
ready.wait()
print(reserved() - before)
looked.wait()
"""


def reserved_kib(pools: str) -> int:
    """What four threads reserve."""
    done = subprocess.run([sys.executable, "-c", CODE, pools, str(THREADS)], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this C library has no pools to count")
def test_threads_reserve_no_pool_each() -> None:
    assert reserved_kib("one") < POOL_KIB <= reserved_kib("many") - POOL_KIB


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this C library has no pools to count")
def test_threads_that_write_the_log_begin_with_that_pool() -> None:
    assert reserved_kib("logs") < POOL_KIB


HOLES = """
from pathlib import Path
from miner_agent.service.one_arena import trim

def resident():
    return int(Path("/proc/self/status").read_text().partition("VmRSS:")[2].split()[0])

blocks = [bytes(1024) for _ in range(32_000)]
full = resident()
blocks = blocks[::32]
left = resident()
trim()
print(full - left, left - resident())
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="this C library gives back what it likes")
def test_what_is_free_between_what_stays_is_given_back() -> None:
    done = subprocess.run([sys.executable, "-c", HOLES], capture_output=True, text=True, check=True)
    by_itself_kib, trimmed_kib = map(int, done.stdout.split())

    assert by_itself_kib < 1 << 10
    assert trimmed_kib > 20 << 10
