"""One digit too many for one tick in a number of a recorded answer: what the ticks before it show to be odd."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.tick.digest import Tick, digest
from miner_agent.tick.memory import Memory
from miner_agent.tick.mistakes import Costs
from miner_agent.tick.watch import Destination
from tests.drivers.test_digits import doubled
from tests.drivers.test_tolerance import answers
from tests.tolerance import is_json, one_of_each, places, read, wrong

INTERVAL_SECONDS = 5.0
MOST_THAT_PASS = 0.22
"""Of all numbers. The rest are sensors within their range, hashrates, and counts below ten."""
UPTIME_THAT_IS_SEEN = 60.0
COUNT_THAT_IS_SEEN = 100
COUNTS = ("accepted_shares_total", "rejected_shares_total", "stale_shares_total")


def last_of(readings: Iterable[MinerSnapshot]) -> MinerSnapshot:
    """What the last of these ticks shows of the miner."""
    memory, shown = Memory(), None
    for number, reading in enumerate(readings):
        seconds = number * INTERVAL_SECONDS
        now = datetime(2026, 5, 4, 12, tzinfo=UTC) + timedelta(seconds=seconds)
        outcome: Outcome[Reading] = Outcome(
            source="m", kind="miner", asked_at=now, duration_seconds=0.1, reading=reading
        )
        tick = Tick(rig="left", now=now, begun_seconds=seconds, wanted={"m": Destination()}, sensor_restarts={})
        shown = digest([outcome], tick, memory, Costs(memory.mistakes))
    assert shown is not None
    told = shown.outcomes[0].reading
    assert isinstance(told, MinerSnapshot)
    works = []
    for entry in shown.inventory.workloads:
        parts = {
            part.work.device_index: part.work
            for part in shown.inventory.contributions
            if part.algorithm == entry.algorithm
        }
        devices = tuple(parts.get(work.device_index, work) for work in entry.workload.devices)
        pools = tuple(one.listed for one in shown.inventory.pools if one.algorithm == entry.algorithm)
        works.append(replace(entry.workload, devices=devices, pools=pools))
    return replace(told, workloads=tuple(works))


@pytest.mark.thorough
def test_most_of_what_one_answer_hides_is_seen_beside_the_ticks_before() -> None:
    tried, passed, slipped = 0, 0, []
    keys: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for name, driver, raw in answers():
        whole = read(driver, raw)
        if not isinstance(whole, MinerSnapshot):
            continue
        before = last_of([whole, whole])
        for asked, answer in raw.items():
            found = list(places(answer)) if is_json(answer) else []
            for start, end in one_of_each(answer, found, keys[driver.name, asked]):
                number = doubled(answer[start:end])
                if number is None or number == answer[start:end]:
                    continue
                tried += 1
                reading = read(driver, {**raw, asked: answer[:start] + number + answer[end:]})
                if not isinstance(reading, MinerSnapshot) or not any(wrong(whole, reading)):
                    continue
                told = list(wrong(before, last_of([whole, whole, reading])))
                passed += bool(told)
                slipped += [f"{name}: {asked}: {one}" for one in told if _is_seen(one)]

    assert tried > 300
    assert passed / tried <= MOST_THAT_PASS
    assert Counter(slipped) == Counter()


def _is_seen(told: str) -> bool:
    """Whether it is a difficulty, or a time or a count so large, that a digit too many never gets through."""
    field, _, values = told.partition(":")
    name, found = field.rpartition(".")[2], re.fullmatch(r" ([\d.e+]+) for ([\d.e+]+)", values)
    if found is None or "workers[" in field:
        return False
    was = float(found[2])
    least = {
        "share_difficulty": 0.0,
        "uptime_seconds": UPTIME_THAT_IS_SEEN,
        **dict.fromkeys(COUNTS, COUNT_THAT_IS_SEEN),
    }
    return name in least and was >= least[name]
