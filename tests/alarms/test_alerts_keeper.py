"""What is kept of alerts: over restarts, over steps of the clock, and whatever becomes of the disk."""

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import inhibited
from miner_agent.alarms.named_subjects import NamedSubjects
from miner_agent.storage.kept_alerts.silences import add_silence, end_silence
from miner_agent.storage.kept_alerts.standings import read_transitions
from tests.alarms.kept_alerts import Clocks, Run
from tests.alarms.simulated import DOWN, HOT, LOST, RIG, START, page, rule
from tests.log_ticks import ask_one
from tests.waiting import until

WELL, ILL = {"rig_degrees": {"a": 60.0}}, {"rig_degrees": {"a": 90.0}}
LOSING = {"rig_lost": {"a": 1.0}}
FIRED = [("firing", "Hot")]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "alerts.db"


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def killed(run: Run) -> None:
    """As the process ends by SIGKILL: nothing is written at the end."""
    run.keeper.file.close()


def test_what_is_told_is_on_disk_before_anybody_is_woken(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST)
    found: list[int] = []
    run.keeper.wake = lambda: found.append(int(ask_one(path, "SELECT count(*) FROM outbox")))
    run.look(LOSING)
    assert found == [1]


def test_a_timer_is_not_begun_anew_by_twenty_restarts(path: Path, clocks: Clocks) -> None:
    slow = replace(HOT, for_seconds=600)
    for _ in range(20):
        run = Run(path, clocks, slow).run(20, ILL)
        assert run.told == []
        killed(run)
        clocks.pass_by(5)
    run = Run(path, clocks, slow).run(110, ILL)

    assert run.told == FIRED
    assert run.since() == [START]
    for _ in range(20):
        killed(run)
        run = Run(path, clocks, slow).run(20, ILL)
    assert run.told == FIRED


@pytest.mark.parametrize("off_seconds", [30, 90])
def test_a_restart_longer_than_the_wait_begins_it_anew(path: Path, clocks: Clocks, off_seconds: int) -> None:
    killed(Run(path, clocks, HOT).run(40, ILL))
    clocks.reboot(off_seconds)
    run = Run(path, clocks, HOT, boot_id="next")
    run.look(ILL)
    assert run.told == (FIRED if off_seconds == 30 else [])


@pytest.mark.parametrize("how", ["the machine sleeps", "Prometheus looks"])
def test_a_time_in_which_nobody_looks_is_none_in_which_it_has_lasted(path: Path, clocks: Clocks, how: str) -> None:
    run = Run(path, clocks, HOT).run(40, ILL)
    mine = run.keeper.settings
    if how == "Prometheus looks":
        run.keeper.hand_over(RIG, lambda: page(ILL), interval_seconds=10)
        run.keeper.take(replace(mine, owner="prometheus"))
        run.keeper.follow_settings()
    clocks.pass_by(8 * 3600)
    run.keeper.take(replace(mine))
    run.keeper.follow_settings()
    run.run(60, ILL)
    assert run.told == []
    assert run.run(20, ILL).told == FIRED


def test_the_end_of_what_was_told_is_told_though_it_was_about_to_begin_again_when_the_agent_ended(
    path: Path, clocks: Clocks
) -> None:
    once = [*FIRED, ("resolved", "Hot")]
    run = Run(path, clocks, HOT).run(100, ILL).run(160, WELL).run(410, ILL).run(130, WELL).run(20, ILL)
    assert run.told == [*once, *FIRED]  # its end is not told within ten minutes of the other one
    killed(run)
    clocks.reboot(300)
    assert Run(path, clocks, HOT, boot_id="next").run(600, WELL).told == [*once, *once]


def test_what_followed_from_an_alert_is_not_told_behind_it_by_the_next_run(path: Path, clocks: Clocks) -> None:
    slow = rule("Slow", inhibited_by=inhibited("Lost", on=("device",)))
    both = LOSING | {"rig_slow": {"a": 1.0}}
    run = Run(path, clocks, LOST, slow).run(300, both).run(60, both | {"rig_lost": {"a": 0.0}})
    told = run.told
    killed(run)
    run = Run(path, clocks, LOST, slow).run(1500, both | {"rig_lost": {"a": 0.0}})
    assert run.told == told == [("firing", "Lost"), ("resolved", "Lost")]
    assert run.run(400, both | {"rig_lost": {"a": 0.0}}).told[2:] == [("firing", "Slow")]


def test_nothing_ends_before_it_began_where_the_clock_was_set_back(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST).run(600, LOSING)
    clocks.wall -= timedelta(hours=1)
    run.run(60, {"rig_lost": {"a": 0.0}})
    (_, over) = run.waiting()
    assert over.ended is not None
    assert over.ended - over.since == timedelta(seconds=600)


@pytest.mark.parametrize("when", ["while it runs", "before the next run"])
def test_alerts_of_what_the_configuration_names_no_more_are_given_up(path: Path, clocks: Clocks, when: str) -> None:
    both = {"rig_degrees": {"a": 90.0, "b": 90.0}}
    run = Run(path, clocks, HOT).run(100, both)
    named = replace(run.keeper.settings, subjects=NamedSubjects({"device": frozenset({"b", "c"})}))
    if when == "while it runs":
        run.keeper.take(named)
    else:
        killed(run)
        run = Run(path, clocks, HOT, waits_for_disk=False)
        run.keeper.take(named)
    run.keeper.follow_settings()
    run.keeper.restore()
    told = run.told
    run.run(600, {"rig_degrees": {"b": 90.0}})
    assert run.told == told == [*FIRED, *FIRED]
    assert [dict(each.key.labels)["device"] for each in run.keeper.firing() or ()] == ["b"]


def test_a_page_from_before_does_not_bring_an_alert_back_of_a_miner_that_is_no_more(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST)
    found = frozenset({"device"})  # as of miners where they are looked for
    run.keeper.take(replace(run.keeper.settings, subjects=NamedSubjects({"device": frozenset({"a"})}, found)))
    run.keeper.follow_settings()
    told = run.run(60, LOSING).told
    run.keeper.hand_over(RIG, lambda: page(LOSING), interval_seconds=10.0)
    run.keeper.take(replace(run.keeper.settings, subjects=NamedSubjects({"device": frozenset()}, found)))
    run.keeper.follow_settings()
    run.run(60, None)
    run.run(600, {"rig_lost": {"b": 1.0}})

    assert told == [("firing", "Lost")]
    assert [dict(notice.key.labels)["device"] for notice in run.waiting()] == ["a", "b"]
    assert [dict(each.key.labels)["device"] for each in run.keeper.firing() or ()] == ["b"]


def test_what_waits_for_a_channel_that_is_no_more_goes_by_the_others(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, HOT).run(100, ILL)
    run.keeper.channels_for = lambda _: ("phone",)
    run.run(20, ILL)
    assert run.told == FIRED  # as yet nobody knows which channels there are
    run.keeper.channels = lambda: frozenset({"phone"})
    run.run(20, ILL)
    (row,) = run.keeper.outbox.waiting("phone", clocks.wall)
    assert (run.told, row.notice.state, run.woken) == ([], "firing", 2)


def test_what_fires_is_not_told_again_by_the_next_run_and_its_end_is(path: Path, clocks: Clocks) -> None:
    killed(Run(path, clocks, HOT).run(100, ILL))
    clocks.reboot(3600)
    run = Run(path, clocks, HOT, boot_id="next").run(100, ILL)
    assert run.told == FIRED
    run.run(200, WELL)
    assert run.told == [*FIRED, ("resolved", "Hot")]


@pytest.mark.parametrize("step_hours", [-30, -1, 1, 24 * 400])
def test_a_clock_that_is_set_moves_no_timer(path: Path, clocks: Clocks, step_hours: int) -> None:
    run = Run(path, clocks, HOT).run(30, ILL)
    clocks.wall += timedelta(hours=step_hours)
    run.run(20, ILL)
    assert run.told == []
    killed(run)
    clocks.wall -= timedelta(hours=step_hours / 2)
    assert Run(path, clocks, HOT).run(20, ILL).told == FIRED  # the same boot: its own clock tells


def test_a_clock_that_begins_in_1970_counts_no_gap_and_one_far_ahead_no_more_than_a_day(
    path: Path, clocks: Clocks
) -> None:
    killed(Run(path, clocks, HOT).run(40, ILL))
    clocks.reboot(-(3600 * 24 * 365 * 50))
    run = Run(path, clocks, HOT, boot_id="next").run(40, ILL)
    assert run.told == FIRED
    before = run.keeper.status
    assert before.evaluated_at is not None
    killed(run)
    clocks.reboot(3600 * 24 * 365 * 50)
    assert Run(path, clocks, HOT, boot_id="third").run(30, ILL).told == FIRED


def test_without_a_disk_it_is_told_from_memory_and_written_once_there_is_one(tmp_path: Path, clocks: Clocks) -> None:
    folder, said = tmp_path / "disk", list[str]()
    folder.mkdir()
    path = folder / "alerts.db"
    run = Run(path, clocks, LOST, HOT, say=said.append).run(20, WELL)
    shutil.rmtree(folder)
    run.run(20, LOSING)

    (notice,) = run.waiting()
    assert (notice.recorded, notice.state, run.woken) == (False, "firing", 1)
    assert run.keeper.status.unrecorded_total == 1
    folder.mkdir()
    run.run(20, LOSING)
    assert ask_one(path, "SELECT count(*) FROM standings") == 1
    killed(run)
    assert Run(path, clocks, LOST).run(60, LOSING).told == []  # it was told, and the disk knows
    assert any("sent all the same" in sentence for sentence in said)


def test_a_full_disk_loses_no_transition(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST).run(20, {"rig_lost": {"a": 0.0}})
    with run.keeper.file.writing(clocks.wall) as connection:
        connection.execute("CREATE TRIGGER full BEFORE INSERT ON standings BEGIN SELECT RAISE(ABORT, 'full'); END")
    run.run(20, LOSING)
    assert [notice.recorded for notice in run.waiting()] == [False]
    with run.keeper.file.writing(clocks.wall) as connection:
        connection.execute("DROP TRIGGER full")
    run.look(LOSING)
    with run.keeper.file.reading(clocks.wall) as connection:
        assert [(t.before, t.after) for t in read_transitions(connection, most=9)] == [(None, "firing")]


@pytest.mark.parametrize("what", ["removed", "an old copy"])
def test_a_file_that_is_taken_away_while_the_agent_runs_gets_what_is_known(
    path: Path, tmp_path: Path, clocks: Clocks, what: str
) -> None:
    said: list[str] = []
    run = Run(path, clocks, LOST, HOT, say=said.append).run(20, ILL)
    with run.keeper.file.writing(clocks.wall) as connection:
        silence = [("rig", "elsewhere")]
        add_silence(
            connection, silence, until=clocks.wall + timedelta(days=1), author="me", comment="", now=clocks.wall
        )
    run.run(30, ILL)
    copy = shutil.copy(path, tmp_path / "copy.db")
    run.run(60, ILL | LOSING)
    path.unlink()
    if what != "removed":
        shutil.copy(copy, path)
    run.run(20, ILL | LOSING)

    assert len(said) == 1
    assert sorted(run.told) == [("firing", "Hot"), ("firing", "Lost")]
    assert ask_one(path, "SELECT count(*) FROM silences") == 1
    killed(run)
    assert sorted(Run(path, clocks, LOST, HOT).run(60, ILL | LOSING).told) == [("firing", "Hot"), ("firing", "Lost")]


def test_a_silence_that_a_command_makes_holds_and_ends(path: Path, clocks: Clocks) -> None:
    said: list[str] = []
    run = Run(path, clocks, LOST, say=said.append).run(20, {"rig_lost": {"a": 0.0}})
    with closing(sqlite3.connect(path, isolation_level=None)) as beside:
        until_when = clocks.wall + timedelta(minutes=5)
        made = add_silence(beside, [("alertname", "Lo*"), ("device", "a")], until=until_when, author="me", comment="", now=clocks.wall)  # fmt: skip
        run.run(200, LOSING)
        assert (run.told, run.keeper.status.silences) == ([], 1)
        assert run.keeper.firing() == ()
        assert run.keeper.status.counts == {("firing", "critical"): 1}
        end_silence(beside, made.id, clocks.wall)
    run.run(20, LOSING)
    assert run.told == [("firing", "Lost")]
    assert said == []


def test_a_silence_ends_by_itself(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST).run(20, {"rig_lost": {"a": 0.0}})
    with run.keeper.file.writing(clocks.wall) as connection:
        add_silence(connection, [("rig", RIG)], until=clocks.wall + timedelta(seconds=60), author="me", comment="", now=clocks.wall)  # fmt: skip
    run.run(50, LOSING)
    assert run.told == []
    run.run(30, LOSING)
    assert run.told == [("firing", "Lost")]


def test_a_sampling_loop_that_stands_is_told_by_the_age_of_its_last_page(path: Path, clocks: Clocks) -> None:
    stalled = next(one for one in ALERTS if one.name == "AgentStalled")
    run = Run(path, clocks, stalled)
    last = {"rig_agent_last_tick_timestamp_seconds": clocks.wall.timestamp(), "rig_agent_interval_seconds": 10.0}
    run.run(20, last)
    run.run(1200, None)
    assert run.told == [("firing", "AgentStalled")]


def test_a_page_that_can_no_longer_be_made_is_told_by_the_age_of_the_last_one(path: Path, clocks: Clocks) -> None:
    stalled = next(one for one in ALERTS if one.name == "AgentStalled")
    run = Run(path, clocks, stalled, LOST)
    last_at = clocks.wall.timestamp()
    run.run(20, {"rig_agent_last_tick_timestamp_seconds": last_at, "rig_agent_interval_seconds": 10.0, **LOSING})
    for _ in range(120):
        run.keeper.hand_over(RIG, MagicMock(side_effect=ZeroDivisionError), interval_seconds=10)
        run.look(None)
    assert run.told == [("firing", "Lost"), ("firing", "AgentStalled")]


def test_a_rig_of_the_gateway_whose_pages_stay_away_has_no_data(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, DOWN, rigs=["left"])
    for _ in range(12):
        run.look({"rig_up": {"a": 0}}, rig="left")
    assert run.told == [("firing", "Down")]
    run.run(120, {})
    assert run.told == [("firing", "Down"), ("no_data", "Down")]


def test_a_rig_that_nobody_reads_is_not_looked_at(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST)
    run.look(LOSING, rig="stranger")
    run.run(60, {})
    assert run.told == []


def test_where_prometheus_owns_alerts_nothing_is_looked_at_or_kept(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST).run(20, LOSING)
    run.keeper.take(replace(run.keeper.settings, owner="prometheus"))
    run.keeper.follow_settings()
    run.run(100, {"rig_lost": {"a": 0.0}})
    assert run.told == [("firing", "Lost")]
    assert (run.keeper.status.owner, run.keeper.status.evaluated_at, run.keeper.databases) == ("prometheus", None, ())


def test_a_page_that_cannot_be_looked_at_costs_itself(path: Path, clocks: Clocks) -> None:
    run = Run(path, clocks, LOST, rigs=["left", "right"])
    broken = [object()]
    run.keeper.hand_over("left", lambda: broken, interval_seconds=10)  # type: ignore[arg-type,return-value]
    run.look(LOSING, rig="right")
    assert run.told == [("firing", "Lost")]


def test_a_page_that_is_not_due_wakes_nobody(path: Path, clocks: Clocks, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(path, clocks, LOST)
    woken: list[str] = []
    monkeypatch.setattr(run.keeper._changed, "notify", lambda: woken.append("once"))

    def hand_over() -> None:
        run.keeper.hand_over(RIG, lambda: page(LOSING), interval_seconds=1)

    hand_over()
    run.keeper.round()
    clocks.pass_by(run.keeper.settings.evaluate_seconds - 1)
    hand_over()
    assert woken == ["once"]
    clocks.pass_by(1)
    hand_over()
    assert woken == ["once", "once"]


def test_the_thread_looks_at_what_is_handed_over_and_ends(path: Path) -> None:
    clocks = Clocks()
    woken: list[str] = []
    run = Run(path, clocks, LOST)
    run.keeper.wake = lambda: woken.append("once")
    run.keeper.start()
    run.keeper.hand_over(RIG, lambda: page(LOSING), interval_seconds=10)
    until(lambda: woken == ["once"])
    run.keeper.close(5)
    assert run.told == [("firing", "Lost")]


def test_a_disk_that_comes_late_adds_what_fired_before_and_loses_nothing(tmp_path: Path, clocks: Clocks) -> None:
    folder = tmp_path / "disk"
    folder.mkdir()
    killed(Run(folder / "alerts.db", clocks, LOST, HOT).run(100, ILL))
    folder.rename(tmp_path / "away")
    clocks.reboot(600)
    run = Run(folder / "alerts.db", clocks, LOST, HOT, boot_id="next", waits_for_disk=False).run(30, LOSING)
    assert run.told == [("firing", "Lost")]
    (tmp_path / "away").rename(folder)
    run.run(30, LOSING | WELL)

    assert sorted(run.told) == [("firing", "Hot"), ("firing", "Lost")]
    run.run(200, LOSING | WELL)
    assert ("resolved", "Hot") in run.told
    killed(run)
    assert (
        Run(folder / "alerts.db", clocks, LOST, HOT, boot_id="next")
        .run(60, LOSING | WELL)
        .told.count(("firing", "Hot"))
        == 1
    )


def test_one_that_ends_before_it_could_read_its_file_erases_nothing(path: Path, clocks: Clocks) -> None:
    killed(Run(path, clocks, HOT).run(100, ILL))
    with closing(sqlite3.connect(path, isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        run = Run(path, clocks, HOT, waits_for_disk=False)
        run.keeper.start()
        run.keeper.close(5)
    run.keeper.end()
    assert ask_one(path, "SELECT count(*) FROM standings") == 1
