"""The contract of alert states, as a table of cases on a simulated clock."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest

from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.conditions import Grown, above, series
from exporters.alerts.rule_files import rule_file
from miner_agent.alarms.alert_book import AlertBook
from tests.alarms.simulated import DOWN, HOT, LOST, RIG, SLOW, START, Simulation, Values, rule

WELL, ILL = {"rig_degrees": {"a": 60.0}}, {"rig_degrees": {"a": 90.0}}
BETWEEN = {"rig_degrees": {"a": 78.0}}
GONE: Values = {}
UP, STANDS = {"rig_up": {"a": 1}}, {"rig_up": {"a": 0}}
PLANNED: Values = {"rig_up": {"a": 0}, "rig_planned_off": 1}
WORKED_ON: Values = {"rig_up": {"a": 0}, "rig_maintenance": 1}

Way = list[tuple[float, Values | None]]
Said = list[tuple[float, str]]

CASES: dict[str, tuple[AlertRule, Way, Said]] = {
    "what is well says nothing": (HOT, [(3600, WELL)], []),
    "what lasts as long as it must is told once": (HOT, [(60, WELL), (3600, ILL)], [(120, "firing")]),
    "what is over before says nothing": (HOT, [(60, ILL), (3600, WELL)], []),
    "a pending alert that falls below its bound begins anew": (
        HOT,
        [(45, ILL), (15, BETWEEN), (600, ILL)],
        [(120, "firing")],
    ),
    "its end is told when it has been over for as long as it must": (
        HOT,
        [(120, ILL), (600, WELL)],
        [(60, "firing"), (240, "resolved")],
    ),
    "between both bounds it goes on": (HOT, [(120, ILL), (3600, BETWEEN)], [(60, "firing")]),
    "what is ill again before that goes on": (
        HOT,
        [(120, ILL), (90, WELL), (120, ILL), (90, WELL), (600, ILL)],
        [(60, "firing")],
    ),
    "a rule without a wait is told at once": (LOST, [(60, {"rig_lost": {"a": 1}})], [(0, "firing")]),
    "what is not known was never ill": (HOT, [(600, GONE)], []),
    "a pending alert outlives a page that is missed": (HOT, [(45, ILL), (15, None), (60, ILL)], [(60, "firing")]),
    "a pending alert that lost its metrics for good says nothing": (HOT, [(45, ILL), (60, GONE), (30, ILL)], []),
    "it does not fire on a page that says nothing of it": (HOT, [(60, ILL), (30, GONE)], []),
    "a firing alert without metrics is told after three intervals, once, and never resolved": (
        HOT,
        [(120, ILL), (3600, GONE)],
        [(60, "firing"), (165, "no_data")],
    ),
    "nor where no page comes at all": (HOT, [(120, ILL), (3600, None)], [(60, "firing"), (165, "no_data")]),
    "a page or two that are missed say nothing": (HOT, [(120, ILL), (30, GONE), (300, ILL)], [(60, "firing")]),
    "what comes back ill is not told again": (
        HOT,
        [(120, ILL), (600, GONE), (600, ILL)],
        [(60, "firing"), (165, "no_data")],
    ),
    "what comes back ill and goes again is not said twice": (
        HOT,
        [(120, ILL), (600, GONE), (600, ILL), (600, GONE)],
        [(60, "firing"), (165, "no_data")],
    ),
    "what comes back well is over": (
        HOT,
        [(120, ILL), (600, GONE), (600, WELL)],
        [(60, "firing"), (165, "no_data"), (840, "resolved")],
    ),
    "what fires again within ten minutes waits for them": (
        LOST,
        [(15, {"rig_lost": {"a": 1}}), (15, {"rig_lost": {"a": 0}}), (1200, {"rig_lost": {"a": 1}})],
        [(0, "firing"), (15, "resolved"), (600, "firing")],
    ),
    "what fired again and is over when it could be told is not told": (
        LOST,
        [(15, {"rig_lost": {"a": 1}}), (15, {"rig_lost": {"a": 0}}), (300, {"rig_lost": {"a": 1}}), (1200, {"rig_lost": {"a": 0}})],
        [(0, "firing"), (15, "resolved")],
    ),
    "a rig that is meant to be off is none that is down": (DOWN, [(60, UP), (28_800, PLANNED)], []),
    "when it is meant to be on again the wait begins": (
        DOWN,
        [(28_800, PLANNED), (120, STANDS)],
        [(28_860, "firing")],
    ),
    "one that is worked on while it is down is not told to be up": (
        DOWN,
        [(120, STANDS), (3600, WORKED_ON), (60, STANDS)],
        [(60, "firing")],
    ),
    "when it is up after the work that is told": (
        DOWN,
        [(120, STANDS), (3600, WORKED_ON), (60, UP)],
        [(60, "firing"), (3720, "resolved")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_stages_of_an_alert(case: str) -> None:
    ruled, way, said = CASES[case]
    simulation = Simulation(ruled)
    for seconds, values in way:
        simulation.run(seconds, values)
    assert [(at, state) for at, state, _, _ in simulation.told] == said


def test_a_notice_says_what_since_when_and_until_when() -> None:
    simulation = Simulation(HOT).run(120, ILL).run(300, WELL)
    firing, resolved = simulation.notices

    assert (firing.summary, firing.value, firing.threshold, firing.unit) == ("a is at 90 °C", 90, 80, "celsius")
    assert (firing.since, firing.ended) == (START, None)
    assert (resolved.since, resolved.ended) == (START, START + timedelta(seconds=120))
    assert firing.key == resolved.key


def test_a_notice_leads_to_the_runbook_as_the_rules_of_prometheus_do() -> None:
    book = AlertBook([LOST], runbook_base="https://wiki.example/runbooks/", group_wait_seconds=0.0)
    (notice,) = Simulation(book=book).run(15, {"rig_lost": {"a": 1}}).notices
    written = rule_file([LOST], runbook_base="https://wiki.example/runbooks")
    assert notice.runbook_url == "https://wiki.example/runbooks/Lost.md"
    assert notice.runbook_url in written


def test_a_name_from_outside_cannot_spoil_a_message() -> None:
    simulation = Simulation(LOST).run(15, {"rig_lost": {"a\n\x1b[31m{value}\u202e": 1}})
    (notice,) = simulation.notices
    assert notice.summary == "Lost of a [31m{value}"


@pytest.mark.thorough
def test_a_year_of_a_signal_that_flaps_each_second_is_two_messages_in_ten_minutes_at_most() -> None:
    """An hour at one a second, then the year at a slower pace that the cap does not know of."""
    simulation = Simulation(LOST)
    for second in range(3600):
        simulation.look({"rig_lost": {"a": second % 2}}, every=1.0)
    for minute in range(0, 365 * 24 * 60, 61):
        simulation.look({"rig_lost": {"a": minute % 2}}, every=61 * 60.0)
    assert_capped(simulation)
    in_the_hour = [at for at, *_ in simulation.told if at < 3600]
    assert 10 <= len(in_the_hour) <= 14


@pytest.mark.parametrize(
    "days", [pytest.param(40, marks=pytest.mark.thorough), pytest.param(365, marks=pytest.mark.soak)]
)
def test_days_and_days_of_it(days: int) -> None:
    simulation = Simulation(LOST)
    for step in range(days * 24 * 60):
        simulation.look({"rig_lost": {"a": step * 7919 % 3 % 2}}, every=60.0)
    assert_capped(simulation)


def assert_capped(simulation: Simulation) -> None:
    for state in ("firing", "resolved"):
        moments = [at for at, told, _, _ in simulation.told if told == state]
        assert all(after - before >= 600 for before, after in pairwise(moments))
    assert simulation.states == (["firing", "resolved"] * len(simulation.states))[: len(simulation.states)]


def waiting(*rules: AlertRule) -> Simulation:
    return Simulation(book=AlertBook(rules, group_wait_seconds=30.0))


def test_a_cause_silences_its_consequence_on_the_same_device_though_it_comes_a_little_later() -> None:
    simulation = waiting(LOST, SLOW)
    simulation.run(15, {"rig_lost": {"a": 0, "b": 0}, "rig_slow": {"a": 1, "b": 1}})
    simulation.run(600, {"rig_lost": {"a": 1, "b": 0}, "rig_slow": {"a": 1, "b": 1}})

    assert [(rule, device) for _, _, rule, device in simulation.told] == [("Lost", "a"), ("Slow", "b")]


def test_a_consequence_that_outlives_its_cause_is_told_half_an_hour_later_if_it_goes_on() -> None:
    simulation = waiting(LOST, SLOW)
    simulation.run(300, {"rig_lost": {"a": 1}, "rig_slow": {"a": 1}})
    simulation.run(1800, {"rig_lost": {"a": 0}, "rig_slow": {"a": 1}})
    assert [(state, rule) for _, state, rule, _ in simulation.told] == [("firing", "Lost"), ("resolved", "Lost")]

    simulation.run(120, {"rig_lost": {"a": 0}, "rig_slow": {"a": 1}})
    assert [(state, rule) for _, state, rule, _ in simulation.told[2:]] == [("firing", "Slow")]


def test_an_alert_whose_window_has_a_cause_in_it_waits_until_it_has_not() -> None:
    worse = replace(SLOW, condition=above(Grown(series("rig_errors_total"), within_seconds=3600), 100))
    simulation = waiting(LOST, worse)
    simulation.run(300, {"rig_lost": {"a": 0}, "rig_errors_total": {"a": 0}})
    simulation.run(300, {"rig_lost": {"a": 1}, "rig_errors_total": {"a": 200}})
    simulation.run(7200, {"rig_lost": {"a": 0}, "rig_errors_total": {"a": 200}})

    assert [rule for _, _, rule, _ in simulation.told] == ["Lost", "Lost"]


def test_what_begins_behind_the_end_of_a_cause_is_told_at_once() -> None:
    simulation = waiting(LOST, SLOW)
    simulation.run(300, {"rig_lost": {"a": 1}, "rig_slow": {"a": 0}})
    simulation.run(60, {"rig_lost": {"a": 0}, "rig_slow": {"a": 0}})
    simulation.run(60, {"rig_lost": {"a": 0}, "rig_slow": {"a": 1}})
    assert [(state, rule) for _, state, rule, _ in simulation.told] == [
        ("firing", "Lost"),
        ("resolved", "Lost"),
        ("firing", "Slow"),
    ]


def test_a_consequence_waits_for_a_cause_that_is_about_to_fire_but_no_longer_than_five_minutes() -> None:
    ill = {"rig_lost": {"a": 1}, "rig_slow": {"a": 1}}
    soon, late = replace(LOST, for_seconds=120), replace(LOST, for_seconds=3600)

    assert [rule for _, _, rule, _ in waiting(soon, SLOW).run(600, ill).told] == ["Lost"]
    told = waiting(late, SLOW).run(600, ill).told
    assert [(at, rule) for at, _, rule, _ in told] == [(30, "Slow")]


def test_a_critical_alert_that_follows_from_nothing_waits_for_nothing() -> None:
    assert waiting(LOST).run(60, {"rig_lost": {"a": 1}}).told == [(0, "firing", "Lost", "a")]


def test_of_many_rigs_the_first_are_told_at_once_and_the_others_together_later() -> None:
    simulation = waiting(replace(DOWN, for_seconds=0))
    for number in range(0, 300, 10):
        simulation.look(STANDS, rigs=[f"rig-{each}" for each in range(number, number + 10)], every=2.0)
    simulation.run(600, None)

    moments = sorted({at for at, state, _, _ in simulation.told if state == "firing"})
    assert len(simulation.told) >= 300
    assert len(moments) == 2


def test_alerts_of_rules_and_rigs_that_are_no_more_are_given_up_in_silence() -> None:
    simulation = Simulation(LOST, HOT).run(120, ILL | {"rig_lost": {"a": 1}})
    simulation.book.take([HOT], runbook_base=None, group_wait_seconds=0.0)
    simulation.run(600, ILL)
    assert [(state, rule) for _, state, rule, _ in simulation.told] == [("firing", "Lost"), ("firing", "Hot")]

    simulation.book.watch_only(["another"])
    simulation.run(600, None)
    assert len(simulation.told) == 2
    assert simulation.book.standings == ()


def test_a_rig_cannot_have_more_alerts_than_a_bound() -> None:
    simulation = Simulation(rule("Lost")).run(15, {"rig_lost": {f"d{number}": 1 for number in range(2000)}})
    assert len(simulation.told) == 512


def test_a_rule_that_is_taken_anew_keeps_what_its_windows_remember_and_no_rig_is_forgotten() -> None:
    simulation = Simulation(HOT).run(60, ILL)
    simulation.book.take([HOT, LOST], runbook_base=None, group_wait_seconds=0.0)
    simulation.run(30, ILL)
    assert simulation.states == ["firing"]
    assert set(simulation.book.kept()) == {RIG}


@pytest.mark.parametrize("step", [timedelta(days=1), timedelta(days=-1), timedelta(days=9000)])
def test_a_clock_that_is_set_changes_nothing_of_how_long_it_lasted(step: timedelta) -> None:
    simulation = Simulation(HOT).run(600, ILL)
    simulation.ahead = step
    simulation.run(300, ILL).run(600, WELL)
    firing, resolved = simulation.notices

    assert firing.since == START
    assert resolved.since == START + step
    assert resolved.ended is not None
    assert resolved.ended - resolved.since == timedelta(seconds=900)


def test_a_clock_that_runs_a_little_fast_is_not_set() -> None:
    simulation = Simulation(HOT)
    for _ in range(100):
        simulation.look(ILL)
        simulation.ahead += timedelta(seconds=1)
    assert {standing.since for standing, _ in simulation.book.shown(simulation.at)} == {START}


def test_a_clock_that_gets_its_time_again_after_a_reboot_moves_nothing_that_was_noted_before() -> None:
    before = Simulation(HOT).run(600, ILL)
    after = Simulation(HOT, seconds=900)
    after.book.restore(before.book.standings, 0.0, after.at)
    after.ahead = timedelta(days=-300)  # as it begins without a battery
    after.look(ILL)
    after.ahead = timedelta()
    after.look(ILL)

    assert {standing.since for standing, _ in after.book.shown(after.at)} == {START}
