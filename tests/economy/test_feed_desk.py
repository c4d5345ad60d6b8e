"""The desk of feeds: who is asked when, and what becomes of a process that fails."""

import os
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from miner_agent import drivers, errand_process
from miner_agent.config import loading
from miner_agent.config.entries import FeedEntry
from miner_agent.economy import feed_child, feed_desk
from miner_agent.economy.feed_desk import FeedDesk
from miner_agent.economy.messages import Errand, Return, errand_bytes, errand_of, returns_bytes, returns_of
from miner_agent.interpreter import child_command
from tests.fake_feeds import BANK, MARKET, TARIFF, FakeFeeds
from tests.waiting import until

MINUTE = 60.0


@dataclass
class Clock:
    """A steady clock that a test turns on."""

    seconds: float = 1000.0
    said: list[str] = field(default_factory=list)

    def steady(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


class DeskAlone(FeedDesk):
    """It does itself what its process does."""

    def _run(self, errand: Errand) -> tuple[dict[str, Return], str]:
        said = returns_of(returns_bytes(feed_child.ask(errand_of(errand_bytes(errand)))))
        return {one.name: one for one in said}, ""


@pytest.fixture
def desk(tmp_path: Path, clock: Clock) -> FeedDesk:
    return FeedDesk(tmp_path / "state", say=clock.said.append, steady_seconds=clock.steady)


@pytest.fixture
def alone(tmp_path: Path, clock: Clock) -> FeedDesk:
    return DeskAlone(tmp_path / "state", say=clock.said.append, steady_seconds=clock.steady)


def entries(folder: Path, text: str) -> tuple[FeedEntry, ...]:
    path = folder / "config.toml"
    path.write_text(text)
    return loading.load([path], environment={}, known_drivers=drivers.names()).feeds


def bank(folder: Path, url: str, **others: str) -> tuple[FeedEntry, ...]:
    more = "".join(f"{name} = {value}\n" for name, value in others.items())
    return entries(folder, f'[[feeds]]\nfeed = "ecb"\nbase_url = "{url}"\n{more}')


@pytest.mark.thorough
def test_a_feed_is_asked_at_its_own_pace(tmp_path: Path, desk: FeedDesk, clock: Clock) -> None:
    now = datetime.now(UTC)
    with FakeFeeds() as feeds:
        desk.take(bank(tmp_path, feeds.url, interval_seconds="600"), None)

        assert desk.ask_due(now)
        assert not desk.ask_due(now)
        clock.seconds += 599
        assert not desk.ask_due(now + timedelta(seconds=599))
        clock.seconds += 2
        assert desk.ask_due(now + timedelta(seconds=601))
        assert feeds.asked == [BANK, BANK]
    (status,) = desk.status
    assert (status.runs_total, status.failures_total, status.reason) == (2, 0, None)
    assert clock.said == []


def test_a_dying_feed_keeps_its_reading_and_is_asked_ever_later(tmp_path: Path, alone: FeedDesk, clock: Clock) -> None:
    now = datetime.now(UTC)
    with FakeFeeds() as feeds:
        alone.take(bank(tmp_path, feeds.url, interval_seconds="60"), None)
        alone.ask_due(now)
        feeds.fails = True
        for minute in range(1, 9):
            clock.seconds += MINUTE
            alone.ask_due(now + timedelta(minutes=minute, seconds=minute))
        feeds.fails = False
        clock.seconds += 8 * MINUTE
        alone.ask_due(now + timedelta(hours=1))
    ((_, said),) = alone.returns
    (status,) = alone.status

    assert len(feeds.asked) == 1 + 4 + 1  # after 1, 2, 4 and 8 minutes, not eight times
    assert status.reason is None
    assert said.taken_at == now + timedelta(hours=1)
    assert len(clock.said) == 2  # its first failure, and that it is over
    assert "gives" in clock.said[1]


def test_while_it_is_dead_the_age_of_what_it_said_is_told(tmp_path: Path, alone: FeedDesk, clock: Clock) -> None:
    now = datetime.now(UTC)
    with FakeFeeds() as feeds:
        alone.take(bank(tmp_path, feeds.url), None)
        alone.ask_due(now)
        feeds.fails = True
        clock.seconds += 7 * 3600
        alone.ask_due(now + timedelta(hours=7))
    ((_, said),) = alone.returns

    assert said.reading is not None
    assert said.taken_at == now
    assert alone.status[0].reason == "refused"
    assert alone.status[0].last_success_at == now


def test_a_file_is_read_anew_and_keeps_its_own_age(tmp_path: Path, alone: FeedDesk, clock: Clock) -> None:
    now = datetime.now(UTC)
    file = tmp_path / "hours.csv"
    file.write_text("start,end,price,currency\n2026-01-01T00:00Z,2026-01-02T00:00Z,0.2,EUR\n")
    os.utime(file, (now.timestamp() - 3600,) * 2)
    alone.take(entries(tmp_path, '[[feeds]]\nfeed = "tariff_csv"\nfile = "hours.csv"\n'), None)
    alone.ask_due(now)
    ((_, said),) = alone.returns
    file.unlink()
    clock.seconds += MINUTE
    alone.ask_due(now)
    ((_, later),) = alone.returns

    assert said.taken_at is not None
    assert timedelta(minutes=59) < now - said.taken_at < timedelta(minutes=61)
    assert later.reading == said.reading
    assert alone.status[0].failures_total == 1


@pytest.mark.thorough
def test_a_key_that_cannot_be_read_costs_its_own_feed(tmp_path: Path, desk: FeedDesk, clock: Clock) -> None:
    with FakeFeeds() as feeds:
        text = "".join(
            f'[[feeds]]\nfeed = "{name}"\nbase_url = "{feeds.url}"\n{more}'
            for name, more in (("minerstat", 'key_file = "nowhere"\n'), ("awattar", ""))
        )
        desk.take(entries(tmp_path, text), None)
        desk.ask_due(datetime.now(UTC))

        assert feeds.asked == [TARIFF]
    assert [status.reason for status in desk.status] == ["config", None]
    assert MARKET not in clock.said[0]
    assert "key_file" in clock.said[0]
    assert "no such file or directory" in clock.said[0]


@pytest.mark.parametrize(
    ("child", "words"), [("this", "said what cannot be read"), ("no_such_module_at_all", "No module named")]
)
def test_a_process_that_fails_is_a_failure_of_its_feeds(
    tmp_path: Path, desk: FeedDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch, child: str, words: str
) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: child_command(child))
    desk.take(bank(tmp_path, "http://127.0.0.1:9"), None)
    desk.ask_due(datetime.now(UTC))

    assert desk.status[0].reason == "other"
    assert words in clock.said[0]
    clock.seconds += MINUTE
    assert desk.ask_due(datetime.now(UTC))
    assert len(clock.said) == 1


def test_a_process_that_never_comes_back_is_ended(
    tmp_path: Path, desk: FeedDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: child_command("tests.hanging_child"))
    monkeypatch.setattr(feed_desk, "STARTING_SECONDS", 0.0)
    desk.take(bank(tmp_path, "http://127.0.0.1:9", deadline_seconds="1.0"), None)
    desk.ask_due(datetime.now(UTC))

    assert "was ended" in clock.said[0]


def test_closing_ends_who_is_asking_and_says_nothing_of_it(
    tmp_path: Path, desk: FeedDesk, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errand_process, "child_command", lambda _module: child_command("tests.hanging_child"))
    desk.take(bank(tmp_path, "http://127.0.0.1:9"), None)
    asking = threading.Thread(target=desk.ask_due, args=(datetime.now(UTC),))
    asking.start()
    until(lambda: desk._process.is_running)
    desk.close()
    asking.join(10)

    assert not asking.is_alive()
    assert not desk.ask_due(datetime.now(UTC))
    assert clock.said == []


def test_a_clock_that_was_set_makes_all_due_and_the_cache_decides(
    tmp_path: Path, alone: FeedDesk, clock: Clock
) -> None:
    now = datetime.now(UTC)
    with FakeFeeds() as feeds:
        alone.take(bank(tmp_path, feeds.url), None)
        alone.ask_due(now)
        alone.all_due()
        assert alone.ask_due(now + timedelta(minutes=1))
        assert feeds.asked == [BANK]
        alone.all_due()
        assert alone.ask_due(now - timedelta(days=30))  # set back: what was kept is from the future
        assert feeds.asked == [BANK, BANK]


def test_a_new_configuration_keeps_what_did_not_change(tmp_path: Path, alone: FeedDesk) -> None:
    with FakeFeeds() as feeds:
        alone.take(bank(tmp_path, feeds.url), None)
        alone.ask_due(datetime.now(UTC))
        alone.take(bank(tmp_path, feeds.url), None)
        assert not alone.ask_due(datetime.now(UTC))
        alone.take((), None)

    assert alone.returns == ()
    assert alone.status == ()
