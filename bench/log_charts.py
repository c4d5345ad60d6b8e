"""What a chart asks of a year of log (B8): one quantity of six cards in 720 points, in processor time.

The spans are those whose steps are as fine as their level of detail: six hours of ticks, twelve hours of minutes, a
week of quarters of an hour, and a year less six days of hours. The peer is what stood there before: a question a card.
"""

import statistics
import time
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta

from bench.figure import Figure
from bench.log_questions import END, RUNS, a_years_log
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import log_ticks

CARDS, POINTS = 6, 720
LIMIT_MS = 60
QUANTITIES = ("power_watts", "hashes_per_second")
SPANS = {
    "6 h": (timedelta(hours=6), timedelta(seconds=30)),
    "12 h": (timedelta(hours=12), timedelta(minutes=1)),
    "24 h": (timedelta(hours=24), timedelta(minutes=2)),
    "7 d": (timedelta(hours=180), timedelta(minutes=15)),
    "30 d": (timedelta(days=30), timedelta(hours=1)),
    "360 d": (timedelta(days=360), timedelta(hours=12)),
}


def measure() -> list[Figure]:
    figures = []
    cards = [device.label for device in log_ticks.full_tick(0, cards=CARDS).inventory.devices]
    with a_years_log() as path, closing(TelemetryLog.open_read_only(path)) as log:
        for name, (span, step) in SPANS.items():
            begin = END - span

            def one_by_one(begin: object = begin, step: timedelta = step) -> None:
                for card in cards:
                    log.show(begin, END, card, step, rig=log_ticks.RIG)  # type: ignore[arg-type]

            peers = _processor_milliseconds(one_by_one)
            for quantity in QUANTITIES:

                def all_at_once(begin: object = begin, quantity: str = quantity) -> None:
                    chart = log.chart(begin, END, quantity, rig=log_ticks.RIG, devices=cards, points=POINTS + 1)  # type: ignore[arg-type]
                    assert len(chart.lines) == CARDS
                    assert chart.points >= POINTS / 2

                figures.append(
                    Figure(
                        name=f"chart, {name}, {quantity}", unit="ms", ours=_processor_milliseconds(all_at_once),
                        limit=LIMIT_MS, peer="a question a card", peers=peers,
                    )
                )  # fmt: skip
    return figures


def _processor_milliseconds(ask: Callable[[], object]) -> float:
    """Median of several answers in this thread, after one that warms the caches."""
    ask()
    spent = []
    for _ in range(RUNS):
        begun = time.thread_time()
        ask()
        spent.append(time.thread_time() - begun)
    return 1000 * statistics.median(spent)
