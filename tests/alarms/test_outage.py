"""A day without a way out, an agent that dies 20 times, and a machine that boots: what a person gets of it, all parts together."""

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from miner_agent.model.alerting import Notice
from miner_agent.notifying.outbox_desk import BothClocks, OutboxDesk
from tests.alarms.kept_alerts import Clocks, Run
from tests.alarms.simulated import RIG, page, rule
from tests.notifying.fake_channel import NAME
from tests.notifying.test_outage import OUTAGE_SECONDS, RESTARTS, Died, Mortal

HOUR = 3600.0
EVERY_SECONDS = 60.0
RULES = tuple(rule(f"Rule{number}", for_seconds=120.0) for number in range(30))
FLAPS = rule("Flaps")


class Faults:
    """When what each rule is about is ill: once in the day and a half, for hours, or to the end; and what flaps."""

    def __init__(self, chance: random.Random) -> None:
        self.spans = {}
        for each in RULES:
            begins = chance.uniform(HOUR, OUTAGE_SECONDS)
            lasts = chance.uniform(HOUR, 10 * HOUR)
            self.spans[each] = (begins, begins + (lasts if chance.random() < 0.7 else 100 * OUTAGE_SECONDS))

    def at(self, seconds: float) -> dict[str, float]:
        ill = {
            f"rig_{each.name.lower()}": float(begins <= seconds < ends) for each, (begins, ends) in self.spans.items()
        }
        return ill | {"rig_flaps": seconds // EVERY_SECONDS % 2}


class Lives:
    """The alerts and their sending, in one process after the other on one disk."""

    def __init__(self, path: Path, seed: int) -> None:
        self.path, self.chance = path, random.Random(seed)
        self.faults, self.channel = Faults(self.chance), Mortal(random.Random(seed + 1))
        self.clocks, self.boots, self.seconds = Clocks(), 0, 0.0
        self._begin()

    def _begin(self) -> None:
        self.run = Run(self.path, self.clocks, *RULES, FLAPS, boot_id=f"boot-{self.boots}")
        self.run.keeper.channels_for = lambda _: (NAME,)
        self.desk = OutboxDesk(self.channel, self.run.keeper.outbox, say=lambda _: None)

    def until(self, seconds: float) -> None:
        while self.seconds < seconds:
            self.channel.now_seconds = self.seconds
            families = page(self.faults.at(self.seconds))
            self.run.keeper.hand_over(RIG, partial(list, families), interval_seconds=EVERY_SECONDS)
            self.run.keeper.round()
            try:
                self.desk.step(BothClocks(now=self.clocks.wall, steady_seconds=self.clocks.steady, clock_ok=True))
            except Died:
                self._die()
            self.clocks.pass_by(EVERY_SECONDS)
            self.seconds += EVERY_SECONDS

    def _die(self) -> None:
        """Killed: nothing is written at the end. It is back within minutes; every fourth time the machine has booted."""
        self.run.keeper.file.close()
        gone_seconds = EVERY_SECONDS * self.chance.randint(1, 8)
        self.seconds += gone_seconds
        if self.chance.random() < 0.25:
            self.boots += 1
            self.clocks.reboot(gone_seconds)
        else:
            self.clocks.pass_by(gone_seconds)
        self._begin()


def of_each(taken: list[Notice]) -> Iterator[tuple[str, list[str]]]:
    for name in sorted({notice.key.rule for notice in taken}):
        yield name, [notice.state for notice in taken if notice.key.rule == name]


@pytest.mark.thorough
@pytest.mark.parametrize("seed", [1, 2])
def test_after_a_day_and_twenty_deaths_each_fault_was_told_and_each_end_behind_its_beginning(
    tmp_path: Path, seed: int
) -> None:
    lives = Lives(tmp_path / "alerts.db", seed)

    lives.until(OUTAGE_SECONDS + 12 * HOUR)

    assert lives.channel.left == 0, RESTARTS
    told = dict(of_each(lives.channel.taken))
    for each in RULES:
        is_over = lives.faults.spans[each][1] < lives.seconds
        states = told[each.name]
        assert (states[0], states[-1]) == ("firing", "resolved" if is_over else "firing")
        assert max(Counter(states).values()) <= 2
    assert told[FLAPS.name][0] == "firing"


@pytest.mark.thorough
def test_what_flaps_through_the_outage_is_told_no_more_often_than_otherwise(tmp_path: Path) -> None:
    lives = Lives(tmp_path / "alerts.db", 3)

    lives.until(OUTAGE_SECONDS + 6 * HOUR)

    begins = {notice.since for notice in lives.channel.taken if notice.key.rule == FLAPS.name}
    assert 100 < len(begins) <= lives.seconds / 600 + 1
