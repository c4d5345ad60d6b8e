"""Every change of how a rig is, is one line of the log; what stays as it is, none."""

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from miner_agent.errors import TimedOut
from miner_agent.model.health import Ailment, Past, Symptom, Verdict
from miner_agent.model.readings import MinerSnapshot, Outcome, Reading
from miner_agent.model.snapshot import RigSnapshot, TickClock
from miner_agent.tick.changes import CALM_SECONDS, OVER, UNSTEADY_BEGINNINGS, UNSTEADY_SECONDS, Changes
from miner_agent.tick.told_lines import HOUR_SECONDS, LINES_A_SOURCE

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
HOT = Symptom(ailment=Ailment.DEVICE_THROTTLED, subject="GPU-a", source="nvml", said="runs below its clocks")
LOST = Symptom(ailment=Ailment.DEVICE_LOST, subject="GPU-a", source="nvml", said="does not answer any more")
DOWN = Symptom(ailment=Ailment.MINER_DOWN, subject="m", source="m", said="no answer", detail="timeout")


class Log:
    """What one rig's changes say, tick by tick."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self.changes, self.seconds, self._caplog = Changes(), 0.0, caplog

    def tick(
        self,
        *symptoms: Symptom,
        past: Past | None = None,
        sources: tuple[str, ...] = ("nvml", "m"),
        planned: tuple[Symptom, ...] = (),
    ) -> list[str]:
        down = {
            one.subject for one in (*symptoms, *planned) if one.ailment in {Ailment.MINER_DOWN, Ailment.COLLECTOR_DOWN}
        }
        outcomes = tuple(self._outcome(name, is_down=name in down) for name in sources)
        snapshot = RigSnapshot(
            taken_at=NOW + timedelta(seconds=self.seconds),
            rig="left",
            outcomes=outcomes,
            verdict=Verdict(word="ill" if symptoms else "well", symptoms=symptoms, planned=planned),
            past=past or Past(),
            miners_started_at={"m": NOW},
            clock=TickClock(boot_id="b", monotonic_seconds=self.seconds, interval_seconds=10, clock_ok=True),
        )
        self.seconds += 10
        self._caplog.clear()
        self.changes.say(snapshot)
        return [f"{record.levelname.lower()} {record.getMessage()}" for record in self._caplog.records]

    def _outcome(self, name: str, *, is_down: bool) -> Outcome[Reading]:
        reading, error = (None, TimedOut("late")) if is_down else (MinerSnapshot(software="x"), None)
        return Outcome(source=name, kind="miner", asked_at=NOW, duration_seconds=0, reading=reading, error=error)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[Log]:
    with caplog.at_level(logging.INFO):
        yield Log(caplog)


def test_every_ailment_has_a_sentence_for_its_end() -> None:
    assert OVER.keys() == set(Ailment)


def test_what_begins_and_what_ends_is_a_line_each_and_what_lasts_is_none(log: Log) -> None:
    assert log.tick() == []
    assert log.tick(LOST) == ["warning GPU-a: does not answer any more"]
    assert [log.tick(LOST) for _ in range(5)] == [[]] * 5
    assert log.tick() == ["info GPU-a: answers again"]
    assert log.tick() == []


def test_what_is_wrong_at_the_first_tick_is_told(log: Log) -> None:
    assert log.tick(LOST, DOWN) == ["warning GPU-a: does not answer any more", "warning m: no answer"]


def test_another_error_of_the_same_source_is_told(log: Log) -> None:
    log.tick(DOWN)

    assert log.tick(replace(DOWN, said="it refuses", detail="refused")) == ["warning m: it refuses"]


def test_a_sentence_that_only_tells_another_figure_is_not_told_again(log: Log) -> None:
    log.tick(LOST)

    assert log.tick(replace(LOST, said="does not answer its driver since 12:01")) == []


def test_what_a_silent_source_would_say_has_not_ended(log: Log) -> None:
    log.tick(LOST)
    down = Symptom(ailment=Ailment.COLLECTOR_DOWN, subject="nvml", source="nvml", said="no answer")
    assert log.tick(down) == ["warning nvml: no answer"]
    assert log.tick(LOST) == ["info nvml: gives readings again"]
    assert log.tick() == ["info GPU-a: answers again"]


def test_what_is_not_configured_any_more_is_not_told_to_be_well(log: Log) -> None:
    log.tick(LOST, DOWN)

    assert log.tick(sources=()) == []


def test_a_card_that_slows_down_by_the_second_is_told_once_and_over_when_it_stays_away(log: Log) -> None:
    lines = [log.tick(*([HOT] if tick % 2 else [])) for tick in range(20)]
    lines += [log.tick() for _ in range(10)]

    assert [line for found in lines for line in found] == [
        "warning GPU-a: runs below its clocks",
        "info GPU-a: runs at its clocks again",
    ]


def test_what_comes_and_goes_is_told_once_an_hour_until_it_stays_away(log: Log) -> None:
    lines: list[str] = []
    while log.seconds < 3 * UNSTEADY_SECONDS:
        lines += log.tick(DOWN)
        lines += log.tick()
    begun = [line for line in lines if line.startswith("warning")]
    assert UNSTEADY_BEGINNINGS <= len(begun) <= UNSTEADY_BEGINNINGS + 3
    assert begun[-1] == "warning m: no answer; it comes and goes, and is told once an hour until it stays away"
    later = [line for _ in range(int(CALM_SECONDS / 10) + 1) for line in log.tick()]
    assert later == ["info m: gives readings again"]
    for _ in range(int(UNSTEADY_SECONDS / 10)):
        assert log.tick() == []
    assert log.changes._told == {}


def test_two_algorithms_of_one_miner_are_told_apart(log: Log) -> None:
    first, second = (
        Symptom(ailment=Ailment.MINER_SHARES_REFUSED, subject="m", part=part, source="m", said="is refused")
        for part in ("kawpow", "zil")
    )
    assert log.tick(first) == ["warning m (kawpow): is refused"]
    assert log.tick(first, second) == ["warning m (zil): is refused"]


def test_a_restart_is_a_line_and_many_of_them_are_left_to_the_verdict(log: Log) -> None:
    lines = []
    for count in range(1, 8):
        lines += log.tick(past=Past(restarted=("m",), restarts_last_hour={"m": count}))

    assert lines == ["info m: was started anew at 12:00:00 UTC"] * 3


def test_what_is_the_agents_own_is_told_to_be_over_too(log: Log) -> None:
    unwritten = Symptom(ailment=Ailment.DATABASE_UNWRITTEN, subject="telemetry", source="", said="has taken no write")

    assert log.tick(unwritten) == ["warning telemetry: has taken no write"]
    assert log.tick() == ["info telemetry: is written again"]


def test_a_source_that_names_its_devices_anew_in_each_tick_has_its_lines_an_hour_and_no_other_loses_one(
    log: Log,
) -> None:
    renamed = [replace(LOST, subject=f"GPU-{number}", source="m") for number in range(300)]
    lines = [line for one in renamed for line in log.tick(one)]

    assert len(lines) == LINES_A_SOURCE + 1
    assert lines[-1] == "warning m: 64 lines within an hour; more are counted only"
    assert log.tick(LOST) == ["warning GPU-a: does not answer any more"]

    log.seconds = HOUR_SECONDS
    left_out = 2 * len(renamed) - LINES_A_SOURCE  # each began and ended
    assert log.tick(LOST) == [f"warning m: more lines that were left out within an hour: {left_out}"]
    assert log.tick(LOST, DOWN) == ["warning m: no answer"]


def test_a_source_that_flaps_for_half_an_hour_is_a_handful_of_lines(log: Log) -> None:
    lines = []
    for tick in range(1800):
        log.seconds = float(tick)
        lines += log.tick(*([DOWN] if tick % 2 else []))

    assert len(lines) < 2 * UNSTEADY_BEGINNINGS


def test_what_a_rig_shows_as_planned_neither_begins_nor_ends(log: Log) -> None:
    still = replace(DOWN, ailment=Ailment.MINER_NO_HASHRATE)

    assert log.tick(planned=(still,)) == []
    assert log.tick() == []
    assert log.tick(still) == ["warning m: no answer"]
    assert log.tick(planned=(still,)) == []
    assert log.tick(still) == []
    assert log.tick() == ["info m: mines again"]
