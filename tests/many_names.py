"""A miner that gives all of its cards, algorithms, pools and workers a new name with every answer, and a good one beside it.

What both say of their temperatures cannot be. ``python -m tests.many_names TICKS`` prints what that many answers cost.
"""

import itertools
import json
import sys
from collections.abc import Sequence
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta

import psutil

from exporters.prometheus import Renderer
from miner_agent import drivers
from miner_agent.tick.pipeline import MinerSource, Pipeline
from miner_agent.tick.watch import Destination
from miner_agent.transport.polls import Answer, Ask, Endpoint

FULL_TICKS = 100  # by then every budget is used up and every buffer has its size
CARDS = 80
START = datetime(2026, 5, 4, tzinfo=UTC)
GOOD = json.dumps(
    {"version": "1", "algorithm": "kawpow", "uptime": 5, "hashrate": 9, "gpus": [{"gpu_id": 0, "temperature": 511}]}
).encode()


class Renamed:
    """Answers for a T-Rex that never says the same name twice."""

    def __init__(self) -> None:
        self._numbers = itertools.count()

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result(
            [Answer(source=a.source, raw={"summary": self._said(a)}, error=None, duration_seconds=0.0) for a in asks]
        )
        return done

    def _said(self, ask: Ask) -> bytes:
        if ask.source == "good":
            return GOOD
        number = next(self._numbers)
        name = f"name-{number}"
        cards = [
            {"gpu_id": n, "name": f"{name}-{n}", "uuid": f"{number:016x}{n:016x}", "power": 99, "temperature": 511}
            for n in range(CARDS)
        ]
        pool = {"url": f"stratum+tcp://{name}.example:1", "user": name, "worker": name, "difficulty": "1.00 G"}
        return json.dumps(
            {"version": name, "algorithm": name, "active_pool": pool, "gpus": cards, "uptime": 5, "hashrate": 9}
        ).encode()


def main(ticks: int) -> None:
    endpoint = Endpoint(scheme="http", host="127.0.0.1", port=1)
    pipeline = Pipeline(
        rig="rig",
        miners=[
            MinerSource(name=name, driver=drivers.load("trex"), endpoint=endpoint, wanted=Destination())
            for name in ("renamed", "good")
        ],
        fetcher=Renamed(),
        host=None,
        sensors=None,
        trackers={},
        deadline_seconds=4.0,
        monotonic=itertools.count(0.0, 3 * 86_400 / ticks).__next__,  # three days: what is gone is forgotten
    )
    pipeline.memory.watch.restore({})
    renderer, process = Renderer(), psutil.Process()
    series_most, before_bytes = 0, 0
    for number in range(ticks):
        snapshot = pipeline.tick(START + timedelta(seconds=10 * number))
        page = renderer.render(snapshot)
        series_most = max(series_most, sum(not line.startswith(b"#") for line in page.text.splitlines()))
        if number == FULL_TICKS:
            before_bytes = process.memory_info().rss
    report = {
        "names": ticks * CARDS,
        "series_most": series_most,
        "grown_mebibytes": (process.memory_info().rss - before_bytes) / 2**20,
        "dropped_total": {status.source: status.series_dropped_total for status in snapshot.sources},
        "errors_of_good": sum(
            sum(status.read_errors_total.values()) for status in snapshot.devices if status.source == "good"
        ),
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main(int(sys.argv[1]))
