"""A day without a way out, and an agent that dies again and again: every alert is told, hardly any twice, and no end alone."""

import random
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from miner_agent.errors import DeliveryError
from miner_agent.model.alerting import AlertKey, Notice
from miner_agent.notifying.channel import Dispatch
from miner_agent.notifying.outbox_desk import BothClocks, OutboxDesk
from miner_agent.storage.kept_alerts.alerts_file import AlertsFile
from miner_agent.storage.kept_alerts.outbox import Outbox, Outgoing
from tests import databases
from tests.notifying.fake_channel import NAME, FakeChannel
from tests.notifying.notices import NOW, notice, over

OUTAGE_SECONDS = 86_400.0
RESTARTS = 20
ALERTS = 40


class Died(BaseException):
    """The process is gone."""


class Mortal(FakeChannel):
    """Down for a day; whoever sends by it dies 20 times before, and once right behind what the other side took."""

    def __init__(self, deaths: random.Random) -> None:
        super().__init__()
        self.deaths, self.left, self.now_seconds, self.died_behind = deaths, RESTARTS, 0.0, False
        self.refuses = lambda _: DeliveryError("down") if self.now_seconds < OUTAGE_SECONDS else None

    def send(self, dispatch: Dispatch, *, now: datetime) -> str:
        if self.left and self.deaths.random() < 0.2:
            self.left -= 1
            raise Died
        said = super().send(dispatch, now=now)
        if not self.died_behind:
            self.died_behind = True
            raise Died
        return said


class Run:
    """One life of the agent, from opening the file to its end."""

    def __init__(self, path: Path, channel: Mortal) -> None:
        self.file = AlertsFile(path, say=lambda _: None, migrator=databases.migrate)
        self.outbox = Outbox(self.file)
        self.desk = OutboxDesk(channel, self.outbox, say=lambda _: None)
        self.due_seconds = 0.0

    def put(self, told: Notice, now: datetime) -> None:
        with self.file.writing(now, synced=False) as connection:
            rows = self.outbox.insert(connection, [Outgoing(told, (NAME,))], now)
        self.outbox.take(rows)


def course(chance: random.Random) -> list[tuple[float, Notice]]:
    """When which alert begins, and when it ends, if it does."""
    told = []
    for number in range(ALERTS):
        begins = chance.uniform(0, OUTAGE_SECONDS)
        since = NOW + timedelta(seconds=begins)
        key = AlertKey(f"Rule{number}", "left-rack")
        told.append((begins, notice(number, key=key, since=since)))
        if chance.random() < 0.7:
            ends = begins + chance.uniform(1, OUTAGE_SECONDS)
            told.append((ends, over(number, key=key, since=since, ended=NOW + timedelta(seconds=ends))))
    return sorted(told, key=lambda each: each[0])


def lived_through(path: Path, seed: int) -> tuple[list[Notice], list[Notice], int]:
    """What was to be told, what the other side took, and how often the agent died."""
    chance = random.Random(seed)
    told, channel = course(chance), Mortal(random.Random(seed + 1))
    run, waits, seconds = Run(path, channel), list(told), 0.0
    while waits or run.outbox.waiting(NAME, NOW + timedelta(seconds=seconds)):
        seconds = min(run.due_seconds, waits[0][0]) if waits else run.due_seconds
        channel.now_seconds, now = seconds, NOW + timedelta(seconds=seconds)
        while waits and waits[0][0] <= seconds:
            run.put(waits.pop(0)[1], now)
        try:
            pause = run.desk.step(BothClocks(now=now, steady_seconds=seconds, clock_ok=True))
        except Died:
            run.file.close()
            run = Run(path, channel)
            pause = chance.uniform(1, 600)
        run.due_seconds = seconds + (600.0 if pause is None else pause)
    run.file.close()
    return [each for _, each in told], channel.taken, RESTARTS - channel.left


def state(told: Notice) -> tuple[str, str]:
    return told.key.fingerprint, told.state


@pytest.mark.thorough
@settings(max_examples=3, deadline=None)
@example(seed=1)
@given(seed=st.integers(0, 10_000))
def test_after_a_day_without_a_way_out_all_is_told_hardly_any_of_it_twice_and_no_end_alone(
    seed: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("outage") / "alerts.db"

    told, taken, deaths = lived_through(path, seed)

    assert deaths == RESTARTS
    counts = Counter(map(state, taken))
    assert set(counts) == set(map(state, told))
    assert max(counts.values()) <= 2
    for position, each in enumerate(taken):
        if each.state == "resolved":
            before = [state(one) for one in taken[: position + 1]]
            assert (each.key.fingerprint, "firing") in before
