"""Programs that tick once a second, side by side: their processor time over the same seconds, and their memory.

What one second does to the machine meets all of them alike; one after the other, each would meet another machine.
"""

import http.client
import os
import signal
import threading
import time
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench.process import children, cpu_seconds, rss_mebibytes

TICK_SECONDS = 1
_POLL_SECONDS = 0.02
_A_TICK_COSTS = 0.001
"""CPU seconds. What runs between two ticks takes less in ``_POLL_SECONDS``."""
_LONGEST_WAIT_SECONDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A program, and where it serves its metrics: ``/metrics`` on a host and a port."""

    process_id: int
    url: str

    def cpu_seconds(self) -> float:
        """So far, with that of the children that run now."""
        return sum(map(cpu_seconds, (self.process_id, *children(self.process_id))))

    def sample(self, name: str) -> float:
        """One sample of its page, by name and labels."""
        with urllib.request.urlopen(self.url, timeout=5) as answer:
            lines = answer.read().decode().splitlines()
        return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))

    def memory_mebibytes(self) -> float:
        """That of the process alone, without its children."""
        return rss_mebibytes(self.process_id)


def window(services: Mapping[str, Service], seconds: int, leader: str) -> dict[str, float]:
    """CPU of each over so many seconds, begun in the middle between two ticks of the leader. [s]"""
    _after_a_tick(services[leader])
    time.sleep(TICK_SECONDS / 2)
    before = {name: service.cpu_seconds() for name, service in services.items()}
    time.sleep(seconds)
    return {name: service.cpu_seconds() - before[name] for name, service in services.items()}


@contextmanager
def stopped(services: Iterable[Service]) -> Iterator[None]:
    """They stand still until the end of the block, their children too: the others have the machine for themselves."""
    processes = [one for service in services for one in (service.process_id, *children(service.process_id))]
    try:
        for process_id in processes:
            os.kill(process_id, signal.SIGSTOP)
        yield
    finally:
        for process_id in processes:
            os.kill(process_id, signal.SIGCONT)


@contextmanager
def scraped(services: Iterable[Service]) -> Iterator[None]:
    """Ask each for its page once a second, until the end of the block: as Prometheus does, which keeps its connections."""
    connections = [http.client.HTTPConnection(urlsplit(service.url).netloc, timeout=5) for service in services]
    ended = threading.Event()

    def ask() -> None:
        while not ended.wait(TICK_SECONDS):
            for connection in connections:
                connection.request("GET", "/metrics")
                connection.getresponse().read()

    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        try:
            yield
        finally:
            ended.set()
        asking.result()  # what one of them did not answer is told
    for connection in connections:
        connection.close()


def _after_a_tick(service: Service) -> None:
    deadline, before = time.monotonic() + _LONGEST_WAIT_SECONDS, service.cpu_seconds()
    while time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
        before, last = service.cpu_seconds(), before
        if before - last > _A_TICK_COSTS:
            return
