"""The files for Prometheus, VictoriaMetrics and Alertmanager: they load, and say what the table says."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import AlertRule
from exporters.alerts.judging import windows_of
from exporters.alerts.rule_files import inhibition_file, record_file, rule_file
from exporters.alerts.scraper_alerts import SCRAPED
from tests.promtool import checked
from tests.requires import require_tool

NAMES = {rule.name for rule in ALERTS} | {rule.name for rule in SCRAPED}


@pytest.mark.parametrize("scale", [1.0, 1 / 60, 1 / 7])
def test_prometheus_has_nothing_to_say_about_the_rules(tmp_path: Path, scale: float) -> None:
    (tmp_path / "alerts.yaml").write_text(rule_file(ALERTS, scale=scale, runbook_base="https://runbooks.example"))

    checked(tmp_path / "alerts.yaml")


def test_prometheus_has_nothing_to_say_about_the_records(tmp_path: Path) -> None:
    (tmp_path / "records.yaml").write_text(record_file())

    checked(tmp_path / "records.yaml")


def test_vmalert_takes_the_file_that_is_made_for_it(tmp_path: Path) -> None:
    vmalert = require_tool("vmalert", package="victoria-metrics")
    (tmp_path / "alerts.yaml").write_text(rule_file(ALERTS, engine="victoriametrics"))
    (tmp_path / "records.yaml").write_text(record_file())
    done = subprocess.run(
        (vmalert, "-dryRun", f"-rule={tmp_path}/*.yaml"), capture_output=True, text=True, timeout=60, check=False
    )

    assert done.returncode == 0, done.stderr


def test_alertmanager_takes_the_inhibitions(tmp_path: Path) -> None:
    amtool = require_tool("amtool", package="prometheus-alertmanager")
    head = "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"
    (tmp_path / "alertmanager.yml").write_text(head + inhibition_file(ALERTS))
    done = subprocess.run(
        (amtool, "check-config", str(tmp_path / "alertmanager.yml")), capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_says_what_a_person_needs() -> None:
    rules = [
        rule
        for group in yaml.safe_load(rule_file(ALERTS, runbook_base="https://r.example"))["groups"]
        for rule in group["rules"]
    ]

    assert {rule["alert"] for rule in rules} == NAMES
    for rule in rules:
        notes = rule["annotations"]
        assert set(notes) == {"summary", "description", "runbook_url"}
        assert notes["runbook_url"] == f"https://r.example/{rule['alert']}.md"
        assert notes["description"].endswith(".")
        assert not re.search(r"(?<!\{)\{(?!\{)", notes["summary"]), notes["summary"]


def test_no_alert_is_told_twice_where_the_agent_tells_of_it_itself() -> None:
    rules = [rule for group in yaml.safe_load(rule_file(ALERTS))["groups"] for rule in group["rules"]]

    owned = {rule["alert"] for rule in rules if 'rig_alerts_owner{owner="local"} == 1' in rule["expr"]}
    assert owned == {rule.name for rule in ALERTS}


def test_a_scaled_file_has_every_time_scaled() -> None:
    rules = {
        rule["alert"]: rule
        for group in yaml.safe_load(rule_file(ALERTS, scale=0.1))["groups"]
        for rule in group["rules"]
    }

    hot, restarts, stale = (rules[name] for name in ("DeviceTemperatureHigh", "MinerRestartLoop", "TariffDataStale"))
    assert (hot["for"], hot["keep_firing_for"]) == ("30s", "1m")
    assert "min_over_time(rig_miner_restarts_total[6m]) > 5" in restarts["expr"]
    assert "> -720" in stale["expr"]


def test_what_silences_and_what_is_silenced_are_alerts() -> None:
    inhibitions = [each for rule in ALERTS for each in rule.inhibited_by]

    assert {each.rule for each in inhibitions} <= NAMES
    for rule in ALERTS:
        assert rule.name not in {each.rule for each in rule.inhibited_by}


def test_no_two_alerts_silence_each_other() -> None:
    causes = {rule.name: {each.rule for each in rule.inhibited_by} for rule in ALERTS}
    for name, direct in causes.items():
        seen, ahead = set[str](), set(direct)
        while ahead:
            cause = ahead.pop()
            seen.add(cause)
            ahead |= causes.get(cause, set()) - seen
        assert name not in seen


def after_its_end(rule: AlertRule) -> float:
    """For how long it can go on when what it is about is over."""
    going_on = [windows_of(guard.condition) for guard in rule.guards if guard.holds]
    shortest = [max(seconds) for windows in going_on if (seconds := [window.within_seconds for window in windows])]
    own = [window.within_seconds for window in windows_of(rule.condition)]
    return rule.keep_firing_seconds + min([max(own, default=0.0), *shortest])


def test_a_consequence_is_over_no_later_than_its_cause() -> None:
    """Or it would be told when its cause ends."""
    rules = {rule.name: rule for rule in ALERTS}
    late = [
        (rule.name, each.rule)
        for rule in ALERTS
        for each in rule.inhibited_by
        if after_its_end(rule) > after_its_end(rules[each.rule])
    ]

    assert {name for name, _ in late} == {"PoolHashrateDivergence"}  # its guards look back as far as itself
