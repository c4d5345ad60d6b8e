"""A scrape while somebody asks for charts of a year's log without an end, and the first page: in time and processor time.

The server holds the pages of a rig of 12 cards; the log is a year of the same. Each chart is another question, so that
none is answered from what is kept.
"""

import http.client
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.figure import Figure
from bench.log_questions import a_years_log
from bench.scrape import scrapes
from bench.turns import middle_turn

TURNS, SCRAPES = 3, 300
PAUSE_SECONDS = 0.01
_SERVER = """
import gc
import sys
from pathlib import Path
from bench.log_questions import END
from exporters.prometheus import Renderer
from miner_agent.config.configuration import Config
from miner_agent.face.agent_face import AgentFace
from miner_agent.face.known import Known
from miner_agent.face.past.past_desk import PastDesk
from miner_agent.service.hand_over import hand_over_soon
from miner_agent.web.app import build_app
from miner_agent.web.guard import Guard
from miner_agent.web.pages import MetricsPage, Pages
from tests.face.told_desks import desks
from tests.log_ticks import full_tick
from tests.web.web_agent import serving
pages = Pages(lambda: None)
snapshot = full_tick(0, start=END)
pages.publish(MetricsPage.of(Renderer(process=False).render(snapshot)))
known = Known(snapshot=snapshot, loaded=Config())
face = AgentFace(lambda: known, lambda: None, desks(PastDesk(Path(sys.argv[1]))))
hand_over_soon()
gc.collect()
gc.freeze()  # as the agent does
with serving(build_app(pages, guard=Guard(is_invented=True), face=face)) as host:
    print(host.port, flush=True)
    sys.stdin.read()
"""
_ASKER = """
import http.client, itertools, sys
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
answered = 0
print("ready", flush=True)
for number in itertools.count():
    points, span = 721 + number % 250, ("12h", "24h", "30d", "360d")[number % 4]
    connection.request("GET", f"/api/v1/series?quantity=power_watts&from={span}&points={points}")
    response = connection.getresponse()
    assert response.status == 200, response.read()
    response.read()
"""


def measure() -> list[Figure]:
    with a_years_log() as log, _server(log) as (server, port):
        first_ms = _first_page_milliseconds(port)

        def scraped() -> tuple[float, float, float]:
            return scrapes("127.0.0.1", port, server.pid, SCRAPES, pause_seconds=PAUSE_SECONDS)

        turns = []
        for _ in range(TURNS):
            alone = scraped()
            with _running(_ASKER, str(port)):
                turns.append((scraped(), alone))
    median_ms, p99_ms = (middle_turn([(beside[at], alone[at]) for beside, alone in turns]) for at in (1, 2))
    return [
        Figure(name="first page, the first time", unit="ms", ours=first_ms, limit=200),
        Figure(name="scrape, p99, charts asked beside", unit="ms", ours=p99_ms[0], limit=5, only_told=True, peer="no charts", peers=p99_ms[1]),
        Figure(name="scrape, median, charts asked beside", unit="ms", ours=median_ms[0], only_told=True, peer="no charts", peers=median_ms[1]),
    ]  # fmt: skip


@contextmanager
def _server(log: Path) -> "Iterator[tuple[subprocess.Popen[str], int]]":
    with _running(_SERVER, str(log)) as (process, said):
        yield process, int(said)


@contextmanager
def _running(code: str, argument: str) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """A process of Python's that says one line when it is ready, and ends with the block."""
    with subprocess.Popen(
        [sys.executable, "-c", code, argument], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            yield process, process.stdout.readline()
        finally:
            process.kill()


def _first_page_milliseconds(port: int) -> float:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    begun = time.perf_counter()
    connection.request("GET", "/")
    response = connection.getresponse()
    response.read()
    spent = time.perf_counter() - begun
    assert response.status == 200
    connection.close()
    return 1000 * spent
