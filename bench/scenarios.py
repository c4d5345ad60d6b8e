"""200 coins on 20 machines over 10,000 joint paths (B10), beside rows of dictionaries and beside ``numpy.quantile``."""

import gc
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from operator import itemgetter
from typing import Any

from bench.figure import Figure
from bench.turns import middle_turn
from calculators.chain.quote import Quote
from calculators.earnings.estimate import Estimate, estimate
from calculators.earnings.operation import Operation
from calculators.horizon.history import History, MarketDay
from calculators.money import Money

COINS = [f"COIN{number}" for number in range(200)]
MACHINES, PATHS, DAYS = 20, 10_000, 30
HISTORY_DAYS = 365
PEER_PATHS = 100
TURNS = 5
NOW = datetime(2026, 1, 1, tzinfo=UTC)

Rigs = Mapping[str, Sequence[Estimate]]


def usd(amount: float) -> Money:
    return Money.estimated(amount, "USD")


def an_estimate(chance: random.Random, coin: str, watts: int) -> Estimate:
    quote = Quote(
        coin=coin, algorithm="any", source="file", taken_at=NOW, difficulty=chance.uniform(1e14, 1e15),
        hashes_per_difficulty=1, block_reward_coins=2, price=usd(8.84),
    )  # fmt: skip
    operation = Operation(hashes_per_second=chance.uniform(0.5, 2) * 1e9, power_watts=watts)
    return estimate(quotes=[quote], operation=operation, energy_cost_per_day=usd(watts * 24 / 1000 * 0.16), now=NOW)


def a_history(chance: random.Random) -> History:
    rows = []
    tariffs = [usd(chance.uniform(0.1, 0.3)) for _ in range(HISTORY_DAYS)]
    for coin in COINS:
        price, difficulty = 8.84, 1e14
        for day, tariff in enumerate(tariffs):
            price *= chance.lognormvariate(0, 0.05)
            difficulty *= chance.lognormvariate(0, 0.02)
            rows.append(
                MarketDay(
                    day=date(2025, 1, 1) + timedelta(days=day), coin=coin, price=Money(Decimal(price), "USD"),
                    difficulty=difficulty, price_per_kilowatt_hour=tariff,
                )
            )  # fmt: skip
    return History(rows, currency="USD")


def a_task() -> tuple[Rigs, History]:
    chance = random.Random(1)
    rigs = {f"rig{row}": [an_estimate(chance, coin, 100 + 10 * row) for coin in COINS] for row in range(MACHINES)}
    return rigs, a_history(chance)


def timed(rigs: Rigs, history: History) -> tuple[float, float, float]:
    """CPU of drawing the paths, of finding the best of each, and of the figures. [s]"""
    from calculators.horizon.paths import BootstrapPaths
    from calculators.horizon.scenario import Machine, outlooks

    machines = [Machine(name=name, estimates=tuple(found)) for name, found in rigs.items()]
    marks: dict[int, float] = {}
    begun = time.process_time()
    outlooks(
        machines=machines,
        paths=BootstrapPaths(history=history, coins=COINS, days=DAYS, count=PATHS),
        progress=lambda done, _: marks.update({done: time.process_time()}),
    )
    ended = time.process_time()
    return marks[0] - begun, marks[len(COINS)] - marks[0], ended - marks[len(COINS)]


def by_rows(rigs: Rigs, drawn: Mapping[str, list[float]], dearer: list[float]) -> dict[tuple[str, str], list[float]]:
    """What most would write: for each path and machine a table of its coins, sorted by profit."""
    profits: dict[tuple[str, str], list[float]] = {(name, coin): [] for name in rigs for coin in COINS}
    for path in range(PEER_PATHS):
        for name, coins in rigs.items():
            table: list[dict[str, Any]] = [
                {
                    "coin": found.coin,
                    "profit": float(found.revenue_per_day) * drawn[found.coin][path]
                    - float(found.energy_cost_per_day) * DAYS
                    - found.operation.power_watts * 24 / 1000 * dearer[path],
                }
                for found in coins
            ]
            table.sort(key=itemgetter("profit"), reverse=True)
            for row in table:
                profits[name, row["coin"]].append(row["profit"])
    return profits


def rows_a_second(rigs: Rigs, history: History) -> float:
    """Paths that the peer evaluates in a second of CPU. It has to come to our result."""
    import numpy as np

    from calculators.horizon.paths import BootstrapPaths
    from calculators.horizon.scenario import Machine, outlooks

    paths = BootstrapPaths(history=history, coins=COINS, days=DAYS, count=PEER_PATHS)
    drawn = {coin: np.sum(list(paths.revenue_ratios(coin)), axis=0).tolist() for coin in COINS}
    dearer = np.sum(list(paths.energy_price_changes()), axis=0).tolist()
    begun = time.process_time()
    profits = by_rows(rigs, drawn, dearer)
    spent = time.process_time() - begun
    for ours in outlooks(
        machines=[Machine(name=name, estimates=tuple(found)) for name, found in rigs.items()], paths=paths
    ):
        theirs = sorted(profits[ours.machine, ours.coin])
        same = ((ours.expected, statistics.mean(theirs)), (ours.p5, theirs[4]), (ours.p95, theirs[94]))
        assert all(abs(float(one) - other) < 1e-9 * max(1, abs(other)) for one, other in same), ours
    return PEER_PATHS / spent


def quantile_seconds() -> float:
    """CPU that numpy's own function takes for the three quantiles of as many profits. [s]"""
    import numpy as np

    plane = np.random.default_rng(1).standard_normal((MACHINES, PATHS))
    begun = time.process_time()
    for _ in COINS:
        np.quantile(plane, [0.05, 0.5, 0.95], axis=1)
    return time.process_time() - begun


def peak_mebibytes() -> float:
    """Most memory of a process that does all of it, with the interpreter, the history and the estimates. [MiB]"""
    code = "import bench.scenarios as b; b.timed(*b.a_task()); print(open('/proc/self/status').read())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    (peak,) = (line for line in done.stdout.splitlines() if line.startswith("VmHWM:"))  # rusage has its parent's too
    return int(peak.split()[1]) / 1024


def measure() -> list[Figure]:
    task = a_task()
    gc.collect()
    gc.freeze()  # else ours looks for garbage among what others hold: a quarter of the time of its figures
    turns = [(*timed(*task), quantile_seconds(), rows_a_second(*task)) for _ in range(TURNS)]
    gc.unfreeze()
    drawing = statistics.median(turn[0] for turn in turns)
    best, rows = middle_turn([(PATHS / turn[1], turn[4]) for turn in turns])
    report, library = middle_turn([(turn[2], turn[3]) for turn in turns])
    return [
        Figure(
            name="scenarios, best of 200 coins on 20 machines", unit="paths/CPU-s", ours=best, ratio_limit=500,
            peer="a dictionary a row, sorted", peers=rows, more_is_better=True,
        ),
        Figure(
            name="scenarios, figures of 40 million profits, CPU", unit="ms", ours=1000 * report, ratio_limit=0.6,
            peer="numpy.quantile, three of them", peers=1000 * library,
        ),
        Figure(name="scenarios, drawing 30 days of 200 coins, CPU", unit="ms", ours=1000 * drawing),
        Figure(name="scenarios, memory at most", unit="MiB", ours=peak_mebibytes(), limit=200),
    ]  # fmt: skip
