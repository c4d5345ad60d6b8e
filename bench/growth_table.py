"""How the cost of a rig grows with what is in it: ``python -m bench.growth_table`` prints a table for each kind of growth.

Each size is measured in a process of its own, of which everything is the real agent but the answers, which were made
beforehand: no socket, no driver. The last row of a table is the exponent between its last two sizes: 1 is in
proportion. Ends with 3 where one is above ``STEEPEST``.
"""

import json
import logging
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from bench.log_questions import END, a_years_log
from bench.process import compile_all, rss_mebibytes
from exporters.prometheus import Renderer
from miner_agent.service.keeping import Keeping
from miner_agent.storage.sqlite.file_names import TELEMETRY_FILE
from miner_agent.storage.sqlite.sqlite_file import size_bytes
from miner_agent.storage.telemetry.log import TelemetryLog
from tests import databases, log_ticks
from tests.grown import GrownRig, keep
from tests.grown_gateway import go_round, grown_gateway

STEEPEST = 1.2
"""A tenth more or less of a doubled size is 0.14: so far figures waver. In a gateway's first round collections of garbage are
0.15 above proportion."""
WARM_TICKS, TICKS, TURNS = 3, 100, 3

Costs: TypeAlias = dict[str, float]
"""By what is measured, with its unit."""


def rig_costs(cards: int, miners: int) -> Costs:
    """Of one rig: a tick, its page and its rows."""
    rig, renderer = GrownRig(cards=cards, miners=miners), Renderer()
    ticks, pages, writes = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        path = databases.empty_log(Path(folder))
        empty_bytes = size_bytes(path)
        with closing(TelemetryLog.open(path, now=log_ticks.START)) as log:
            for number in range(WARM_TICKS + TICKS):
                rig.prepare()
                begun = time.thread_time()
                snapshot = rig.tick()
                keep(rig.memory)
                ticked = time.thread_time()
                page = renderer.render(snapshot).text
                rendered = time.thread_time()
                if not number:
                    start_seconds = time.process_time()
                written = time.thread_time()
                log.append(snapshot)
                if number >= WARM_TICKS:
                    ticks.append(ticked - begun)
                    pages.append(rendered - ticked)
                    writes.append(time.thread_time() - written)
        logged_bytes = size_bytes(path) - empty_bytes
    return {
        "tick, ms": 1000 * statistics.median(ticks),
        "page, ms": 1000 * statistics.median(pages),
        "page, kB": len(page) / 1000,
        "log, ms": 1000 * statistics.median(writes),
        "log, B a tick": logged_bytes / (WARM_TICKS + TICKS),
        "start to first page, ms": 1000 * start_seconds,
        "memory, MiB": rss_mebibytes(os.getpid()),
    }


def gateway_costs(rigs: int) -> Costs:
    """Of a gateway: its first round, with pages, counters and log."""
    with tempfile.TemporaryDirectory() as folder:
        keeping = Keeping(databases.begun(Path(folder)), boot_id="bench")
        keeping.start(datetime.now(UTC))
        while not keeping.counters_kept:
            time.sleep(0.01)
        empty_bytes = size_bytes(Path(folder, TELEMETRY_FILE))
        gateway = grown_gateway(keeping, rigs)
        begun = time.process_time()
        go_round(gateway)
        while keeping.databases[0].queue_length:
            time.sleep(0.01)
        ended = time.process_time()
        pages = [page.page.text for page in gateway.pages.known().values() if page is not None]
        paged, kept_bytes = time.process_time(), sum(map(len, pages))
        pages.clear()
        memory = rss_mebibytes(os.getpid())
        logged_bytes = size_bytes(Path(folder, TELEMETRY_FILE)) - empty_bytes
        keeping.close(20)
    return {
        "round, ms": 1000 * (ended - begun),
        "pages, ms": 1000 * (paged - ended),
        "pages, kB": kept_bytes / 1000,
        "log, kB a round": logged_bytes / 1000,
        "start to last page, ms": 1000 * ended,
        "memory, MiB": memory,
    }


def log_costs(years: int) -> Costs:
    """Of a log so old, of 12 cards and 2 miners: opening it, a tick, and the last year by day."""
    with a_years_log(years) as path:
        begun = time.process_time()
        with closing(TelemetryLog.open(path, now=END)) as log:
            opened = time.process_time()
            writes = []
            for number in range(1, 1 + WARM_TICKS + TICKS):
                snapshot = log_ticks.full_tick(number, start=END)
                before = time.thread_time()
                log.append(snapshot)
                writes.append(time.thread_time() - before)
            asked = time.process_time()
            log.stats(END - timedelta(days=365), END, "day")
            year = time.process_time()
            log.stats(END - timedelta(days=365 * years), END, "day")
            return {
                "opening, ms": 1000 * (opened - begun),
                "log, ms": 1000 * statistics.median(writes[WARM_TICKS:]),
                "last year by day, ms": 1000 * (year - asked),
                "all by day, ms": 1000 * (time.process_time() - year),
                "file, MB": log.size_bytes / 1e6,
                "memory, MiB": rss_mebibytes(os.getpid()),
            }


KINDS: Mapping[str, tuple[Callable[[int], Costs], Sequence[int]]] = {
    "cards": (lambda size: rig_costs(size, 1), (1, 4, 12, 32, 64)),
    "miners": (lambda size: rig_costs(1, size), (1, 2, 8, 32)),
    "rigs": (gateway_costs, (10, 100, 1000, 3000)),
    "years": (log_costs, (1, 5)),
}


def exponents(sizes: Sequence[int], costs: Sequence[Costs]) -> Costs:
    """By what power of the size each cost grew between the last two sizes.

    >>> exponents((1, 2, 4), ({"a": 9.0, "b": 0.0}, {"a": 10.0, "b": 5.0}, {"a": 20.0, "b": 5.0}))
    {'a': 1.0, 'b': 0.0}
    """
    before, last = costs[-2:]
    grown = math.log(sizes[-1] / sizes[-2])
    return {name: math.log(last[name] / before[name]) / grown for name in last}


def table(kind: str, sizes: Sequence[int], costs: Sequence[Costs]) -> str:
    """A row a size."""
    rows = [[kind, *costs[0]]]
    rows += [[str(size), *(f"{cost:.4g}" for cost in told.values())] for size, told in zip(sizes, costs, strict=True)]
    rows.append(["exponent", *(f"{power:.2f}" for power in exponents(sizes, costs).values())])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def middle_of(turns: Sequence[Sequence[Costs]]) -> list[Costs]:
    """Of each cost the one in the middle of all turns: the machine's speed changes from one to the next."""
    return [
        {name: statistics.median(cost[name] for cost in told) for name in told[0]} for told in zip(*turns, strict=True)
    ]


def measured(kind: str, size: int) -> Costs:
    """In a process of its own: memory and start are of this size alone."""
    arguments = [sys.executable, "-m", "bench.growth_table", kind, str(size)]
    told: Costs = json.loads(subprocess.run(arguments, stdout=subprocess.PIPE, check=True).stdout)
    return told


def main(arguments: Sequence[str]) -> int:
    """Without arguments all kinds, with names those; with a kind and a size the costs of that, as JSON."""
    if len(arguments) == 2 and arguments[1].isdecimal():
        logging.disable()  # of boards that are missing in what a captured machine says
        work, _ = KINDS[arguments[0]]
        print(json.dumps(work(int(arguments[1]))))
        return 0
    compile_all()
    steep = []
    for kind in arguments or KINDS:
        _, sizes = KINDS[kind]
        costs = middle_of([[measured(kind, size) for size in sizes] for _ in range(TURNS)])
        print(table(kind, sizes, costs), end="\n\n", flush=True)
        steep += [f"{kind}: {name}" for name, power in exponents(sizes, costs).items() if power > STEEPEST]
    if steep:
        print(f"steeper than in proportion: {'; '.join(steep)}")
    return 3 if steep else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
