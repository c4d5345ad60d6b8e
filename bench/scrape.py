"""A scrape of 12 cards and 2 miners (B4), beside prometheus-client's own server on the same page, and node_exporter.

Each server is asked in turn, a batch of scrapes at a time.
"""

import http.client
import statistics
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from bench import published
from bench.figure import Figure
from bench.process import cpu_seconds
from bench.rig import OWN_ALERTS, agent_on, free_port, peer, rig
from bench.turns import in_turn, middle_turn

TURNS, SCRAPES, PEERS_SCRAPES = 7, 300, 200
LIBRARY = "prometheus-client's server"
_START_HTTP_SERVER = """
import sys, threading
from pathlib import Path
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.parser import text_string_to_metric_families
class Page:
    def collect(self):
        return families
families = list(text_string_to_metric_families(Path(sys.argv[2]).read_text()))
registry = CollectorRegistry(auto_describe=False)
registry.register(Page())
start_http_server(int(sys.argv[1]), "127.0.0.1", registry)
threading.Event().wait()
"""


def scrapes(host: str, port: int, pid: int, count: int, *, pause_seconds: float = 0.0) -> tuple[float, float, float]:
    """CPU of the server a scrape, median and 99th percentile of the wall. [ms]"""
    connection = http.client.HTTPConnection(host, port)
    for _ in range(20):
        connection.request("GET", "/metrics")
        connection.getresponse().read()
    walls = []
    before = cpu_seconds(pid)
    for _ in range(count):
        begun = time.perf_counter()
        connection.request("GET", "/metrics")
        connection.getresponse().read()
        walls.append(time.perf_counter() - begun)
        if pause_seconds:
            time.sleep(pause_seconds)
    spent = cpu_seconds(pid) - before
    connection.close()
    walls.sort()
    return 1000 * spent / count, 1000 * statistics.median(walls), 1000 * walls[int(0.99 * count)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A process that serves metrics at a URL."""

    process_id: int
    url: str

    def scraped(self, count: int) -> tuple[float, float, float]:
        """As ``scrapes``."""
        parts = urlsplit(self.url)
        assert parts.hostname is not None
        assert parts.port is not None
        return scrapes(parts.hostname, parts.port, self.process_id, count)


def measure() -> list[Figure]:
    with rig() as parts, ExitStack() as stack:
        agents = [
            stack.enter_context(agent_on(parts, interval_seconds=10, hung=hung, more=OWN_ALERTS))
            for hung in (False, True)
        ]
        for agent in agents:
            agent.wait_until(lambda page: 'rig_miner_up{miner="cards"}' in page)
        ours, hung = (Server(process_id=agent.process.pid, url=agent.url) for agent in agents)
        page = parts.folder / "page"
        page.write_text(agents[0].get("/metrics"))
        commands = {LIBRARY: [sys.executable, "-c", _START_HTTP_SERVER, "{port}", str(page)]}
        if node_exporter := published.node_exporter():
            commands["node_exporter"] = [node_exporter, "--web.listen-address=127.0.0.1:{port}"]
        peers = {name: _started(stack, arguments) for name, arguments in commands.items()}
        turns = [
            {"": ours.scraped(SCRAPES), **{name: server.scraped(PEERS_SCRAPES) for name, server in peers.items()}}
            for _ in range(TURNS)
        ]
        hung_p99, quiet_p99 = in_turn(lambda: hung.scraped(SCRAPES)[2], lambda: ours.scraped(SCRAPES)[2], TURNS)
        size = len(page.read_bytes())
    return [
        *(figure for name in peers for figure in _beside(turns, name)),
        Figure(
            name="scrape, p99, a miner hangs", only_told=True, unit="ms", ours=hung_p99, limit=5, peer="no miner hangs", peers=quiet_p99
        ),
        Figure(name="page", unit="kB", ours=size / 1000),
    ]  # fmt: skip


def _beside(turns: Sequence[dict[str, tuple[float, float, float]]], peer: str) -> list[Figure]:
    figures = []
    for at, name, limit in ((0, "scrape, CPU", 0.1), (1, "scrape, median", None), (2, "scrape, p99", None)):
        ours, peers = middle_turn([(turn[""][at], turn[peer][at]) for turn in turns])
        figures.append(
            Figure(name=name, unit="ms", ours=ours, ratio_limit=limit, peer=peer, peers=peers, only_told=at > 0)
        )
    return figures


def _started(stack: ExitStack, arguments: Sequence[str]) -> Server:
    port = str(free_port())
    url = f"http://127.0.0.1:{port}/metrics"
    process = stack.enter_context(peer([part.replace("{port}", port) for part in arguments], url))
    return Server(process_id=process.pid, url=url)
