"""Every alert fires on a rig that wants it, alone, and stays silent on one that comes near: here and in Prometheus."""

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.evaluator import Evaluator, Found
from exporters.alerts.rule_files import rule_file
from exporters.alerts.scraper_alerts import SCRAPED
from miner_agent.model.alerting import AlertKey
from tests.exporters.alerts.life_of_an_alert import Firing
from tests.exporters.alerts.scenarios import SCENARIOS, Course, Scenario, at, page
from tests.promtool import tried, tried_together, written
from tests.written_families import LABEL, families

TARGET = {"job": "rig", "instance": "agent", "rig": "one", "site": "home"}
OWNED = {'rig_alerts_owner{owner="local"}': 1.0}


def fired(rig: Mapping[str, Course], minutes: int) -> set[AlertKey]:
    """What fires at the end, and is no consequence of something else that does."""
    evaluator, firing, found = Evaluator(ALERTS), Firing(), dict[AlertKey, Found]()
    fires = set[AlertKey]()
    for minute in range(minutes + 1):
        seconds = minute * 60.0
        looked = evaluator.look(families(page(rig, minute)), now_seconds=seconds, steady_seconds=seconds)
        found |= {each.finding.key: each for each in (*looked.found, *looked.held)}
        fires = firing.after(looked, seconds)
    return {key for key in fires if not _is_consequence(found[key], fires)}


def _is_consequence(found: Found, fires: Iterable[AlertKey]) -> bool:
    own = dict(found.finding.key.labels)
    return any(
        key.rule == each.rule and all(dict(key.labels).get(label) == own.get(label) for label in each.on)
        for each in found.rule.inhibited_by
        for key in fires
    )


def test_a_summary_with_a_count_is_right_for_one_and_for_many() -> None:
    """What stands behind the number agrees with none, or with ``one of its own results``."""
    counts = [rule.summary for rule in (*ALERTS, *SCRAPED) if rule.unit == "count" and "{value}" in rule.summary]

    assert counts
    assert [said for said in counts if re.search(r"\{value\}(?!$|, | of its own )", said)] == []


def test_every_alert_has_a_scenario() -> None:
    assert sorted(SCENARIOS) == sorted(rule.name for rule in ALERTS)


def test_every_alert_fires_where_it_should_and_alone() -> None:
    for name, scenario in SCENARIOS.items():
        assert {key.rule for key in fired(scenario.rig, scenario.minutes)} == {name}


def test_every_alert_is_silent_where_something_comes_near() -> None:
    for name, scenario in SCENARIOS.items():
        assert name not in {key.rule for key in fired(scenario.silent, scenario.minutes)}, name


def test_every_alert_waits_for_its_time() -> None:
    for name, scenario in SCENARIOS.items():
        (rule,) = (rule for rule in ALERTS if rule.name == name)
        if rule.for_seconds:
            early = int(rule.for_seconds / 60) - 1
            assert name not in {key.rule for key in fired(scenario.rig, early)}, name


def case(name: str, rig: Mapping[str, Course], minutes: int, fires: Iterable[Mapping[str, str]] = ()) -> dict[str, Any]:
    """A scenario, as promtool goes through it. ``fires``: the labels of each alert that is to fire at its end."""
    return {
        "interval": "1m",
        "input_series": [
            {"series": targeted(series), "values": written([at(course, minute) for minute in range(minutes + 1)])}
            for series, course in rig.items()
            if course is not None
        ],
        "promql_expr_test": [
            {
                "expr": f'ALERTS{{alertname="{name}",alertstate="firing"}}',
                "eval_time": f"{minutes}m",
                "exp_samples": [{"labels": f"ALERTS{_written(labels)}", "value": 1} for labels in fires],
            }
        ],
    }


def targeted(series: str) -> str:
    """The series as it is scraped, with the labels of its target."""
    name, _, rest = series.rstrip("}").partition("{")
    own = dict(LABEL.findall(rest.replace("job=", "exported_job=")))
    return name + _written({**TARGET, **own})


def _written(labels: Mapping[str, str]) -> str:
    return "{" + ",".join(f'{label}="{value}"' for label, value in labels.items()) + "}"


def labelled(key: AlertKey, severity: str) -> dict[str, str]:
    """The labels with which Prometheus writes an alert that fires."""
    own = {"exported_job" if name == "job" else name: value for name, value in key.labels}
    return {**own, **TARGET, "alertname": key.rule, "alertstate": "firing", "severity": severity}


@pytest.mark.thorough
def test_prometheus_raises_every_alert_and_leaves_the_others_alone(tmp_path: Path) -> None:
    files = {}
    for name, scenario in SCENARIOS.items():
        rules = [rule for rule in ALERTS if rule.name == name]
        told = [labelled(key, rules[0].severity) for key in fired(scenario.rig, scenario.minutes) if key.rule == name]
        assert told
        files[name] = (
            rule_file(rules),
            [
                case(name, scenario.rig, scenario.minutes, told),
                case(name, scenario.silent, scenario.minutes),
                case(name, {**scenario.rig, **OWNED}, scenario.minutes),
            ],
        )

    tried_together(tmp_path, files)


DOWN = "up", 'up{rig="two"}', 'up{rig="three"}'
TICKED, LOOKED = "rig_agent_last_tick_timestamp_seconds", "rig_alerts_last_evaluation_timestamp_seconds"
SEEN_FROM_OUTSIDE: Mapping[str, tuple[Scenario, Mapping[str, str]]] = {
    "RigDown": (Scenario(12, {"up": 0.0}, {"rig_planned_off": lambda minute: 1.0}), TARGET),
    "SiteRigsDown": (Scenario(5, dict.fromkeys(DOWN, 0.0), {"up": 1.0}), {"site": "home"}),
    "AgentClockAhead": (
        Scenario(7, {TICKED: lambda minute: minute * 60 + 100}, {TICKED: lambda minute: minute * 60 + 10}),
        TARGET,
    ),
    "AlertsNotEvaluated": (Scenario(3, {LOOKED: -600.0}, {LOOKED: lambda minute: minute * 60}), TARGET),
    "RigMonitoringWatchdog": (Scenario(1, {}, {}), {}),
}


@pytest.mark.thorough
def test_prometheus_sees_what_only_it_can(tmp_path: Path) -> None:
    cases = []
    for rule in SCRAPED:
        scenario, of = SEEN_FROM_OUTSIDE[rule.name]
        told = {**of, "alertname": rule.name, "alertstate": "firing", "severity": rule.severity}
        cases.append(case(rule.name, scenario.rig, scenario.minutes, [told]))
        if scenario.but:
            cases.append(case(rule.name, scenario.silent, scenario.minutes))

    tried(tmp_path, rule_file(()), cases)
