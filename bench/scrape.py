"""A scrape of 12 cards and 2 miners (B4), beside prometheus-client's own server on the same page, and node_exporter."""

import http.client
import shutil
import statistics
import sys
import time
import urllib.request
from contextlib import ExitStack

from bench.figure import Figure
from bench.process import cpu_seconds
from bench.rig import Rig, agent_on, peer, rig

SCRAPES = 2000
PEER_PORT = 19_997
_START_HTTP_SERVER = """
import sys, threading
from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.parser import text_string_to_metric_families
page = sys.stdin.read()
class Page:
    def collect(self):
        return families
families = list(text_string_to_metric_families(page))
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


def measure() -> list[Figure]:
    with rig() as parts:
        quiet, page = ours(parts, hung=False)
        hung, _ = ours(parts, hung=True)
    import subprocess

    with ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen(
                [sys.executable, "-c", _START_HTTP_SERVER, str(PEER_PORT)], stdin=subprocess.PIPE, text=True
            )
        )
        stack.callback(process.terminate)
        assert process.stdin is not None
        process.stdin.write(page)
        process.stdin.close()
        for _ in range(50):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{PEER_PORT}/metrics", timeout=2).read()
                break
            except OSError:
                time.sleep(0.1)
        library = scrapes("127.0.0.1", PEER_PORT, process.pid, SCRAPES // 10)
    figures = [
        Figure(
            name="scrape, CPU", unit="ms", ours=quiet[0], limit=0.4, peer="prometheus-client's server", peers=library[0]
        ),
        Figure(name="scrape, median", unit="ms", ours=quiet[1], limit=None, peer="prometheus-client's server", peers=library[1]),
        Figure(name="scrape, p99", unit="ms", ours=quiet[2], limit=2, peer="prometheus-client's server", peers=library[2]),
        Figure(name="scrape, p99, a miner hangs", unit="ms", ours=hung[2], limit=5),
        Figure(name="page", unit="kB", ours=len(page) / 1000, limit=None),
    ]  # fmt: skip
    node_exporter = shutil.which("prometheus-node-exporter")
    if node_exporter:
        arguments = [node_exporter, f"--web.listen-address=127.0.0.1:{PEER_PORT}"]
        with peer(arguments, f"http://127.0.0.1:{PEER_PORT}/metrics") as server:
            theirs = scrapes("127.0.0.1", PEER_PORT, server.pid, SCRAPES // 10)
        figures.append(
            Figure(name="scrape, CPU", unit="ms", ours=quiet[0], limit=0.4, peer="node_exporter", peers=theirs[0])
        )
    return figures


def ours(parts: Rig, *, hung: bool) -> tuple[tuple[float, float, float], str]:
    with agent_on(parts, interval_seconds=10, hung=hung) as agent:
        agent.wait_until(lambda page: 'rig_miner_up{miner="cards"}' in page)
        page = agent.get("/metrics")
        host, _, port = agent.url.removeprefix("http://").rpartition(":")
        return scrapes(host, int(port), agent.process.pid, SCRAPES), page
