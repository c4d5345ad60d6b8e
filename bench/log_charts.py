"""What a chart asks of a year of log (B8): one quantity of six cards in 720 points, in processor time.

The spans are those whose steps are as fine as their level of detail: six hours of ticks, twelve hours of minutes, a
week of quarters of an hour, and a year less six days of hours. The peer is what stood there before: a question a card.
"""

from contextlib import closing
from datetime import timedelta
from functools import partial

from bench.figure import Figure
from bench.log_questions import END, a_years_log, spent_milliseconds
from bench.turns import in_turn
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import log_ticks

CARDS, POINTS = 6, 720
TURNS = 5  # the first of them warms the caches
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

            for quantity in QUANTITIES:

                def all_at_once(begin: object = begin, quantity: str = quantity) -> None:
                    chart = log.chart(begin, END, quantity, rig=log_ticks.RIG, devices=cards, points=POINTS + 1)  # type: ignore[arg-type]
                    assert len(chart.lines) == CARDS
                    assert chart.points >= POINTS / 2

                ours, peers = in_turn(
                    partial(spent_milliseconds, all_at_once), partial(spent_milliseconds, one_by_one), TURNS
                )
                figures.append(
                    Figure(
                        name=f"chart, {name}, {quantity}", unit="ms", ours=ours, ratio_limit=0.25,
                        peer="a question a card", peers=peers,
                    )
                )  # fmt: skip
    return figures
