"""The alarm of a process: in one of its own, as it stands above all threads."""

import subprocess
import sys

from tests.forks import ROOT

SCRIPT = """
import os, signal, threading, time
from miner_agent.collectors.child.wake_up import WakeUp

class Known:
    def __init__(self, name):
        self.name = name

    def wake(self):
        said.append((self.name, threading.get_ident() == main))

said, main, times = [], threading.get_ident(), WakeUp()
a, b, c = Known("a"), Known("b"), Known("c")

def set_all():
    times.set(a, 0.06)
    times.set(b, 0.03)
    times.set(c, 0.01)
    times.set(c, 0.0)
    times.set(a, 0.04)
    times.clear(c)
    times.clear(c)

other = threading.Thread(target=set_all)
other.start()
other.join()
while len(said) < 2:
    times.wait()
times.set(c, 0.0)
times.wait()
assert said == [("b", True), ("a", True), ("c", True)], said
assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0
"""


def test_each_is_woken_once_when_its_time_has_come_and_not_when_it_was_taken_back() -> None:
    asked = subprocess.run([sys.executable, "-c", SCRIPT], cwd=ROOT, capture_output=True, text=True, check=False)

    assert (asked.returncode, asked.stderr) == (0, "")
