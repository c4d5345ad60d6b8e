"""What an Alertmanager starts with: it takes it, and silences, mutes and tells as the table and the plan say."""

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
import yaml

from exporters.alerts import ALERTS
from exporters.alerts.alert_rule import Inhibition
from exporters.alerts.alertmanager_file import MutedHours, alertmanager_file
from exporters.alerts.scraper_alerts import SCRAPED
from tests.fake_http import FakeService
from tests.real_services import alertmanager, got_json
from tests.requires import require_tool
from tests.waiting import until

EVERY_DAY = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ALWAYS = MutedHours(zone="Europe/Berlin", days=EVERY_DAY, start="00:00", end="00:00")
WATCHDOG = "RigMonitoringWatchdog"
Labels = Mapping[str, str]


def causes() -> Iterator[tuple[str, Inhibition]]:
    for rule in (*ALERTS, *SCRAPED):
        yield from ((rule.name, each) for each in rule.inhibited_by)


def amtool(*arguments: str) -> str:
    program = require_tool("amtool", package="prometheus-alertmanager")
    done = subprocess.run((program, *arguments), capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def written(folder: Path, text: str) -> str:
    (folder / "alertmanager.yml").write_text(text)
    return str(folder / "alertmanager.yml")


@pytest.mark.parametrize(
    "hours", [(), (ALWAYS,), (ALWAYS, MutedHours(zone="UTC", days=["friday"], start="22:00", end="06:30"))]
)
def test_amtool_has_nothing_to_say(tmp_path: Path, hours: tuple[MutedHours, ...]) -> None:
    said = amtool("check-config", written(tmp_path, alertmanager_file(ALERTS, hours)))

    assert "2 receivers" in said


def test_who_is_told_of_what(tmp_path: Path) -> None:
    config = written(tmp_path, alertmanager_file(ALERTS))

    def receiver(*labels: str) -> str:
        return amtool("config", "routes", "test", f"--config.file={config}", *labels).strip()

    assert receiver(f"alertname={WATCHDOG}", "severity=none") == "dead-man"
    for name, severity in (("DeviceLost", "critical"), ("SiteRigsDown", "critical"), ("FeedFailing", "info")):
        assert receiver(f"alertname={name}", f"severity={severity}") == "people"


def test_hours_past_midnight_are_the_early_and_the_late_ones_of_each_day() -> None:
    night = MutedHours(zone="Europe/Berlin", days=["friday", "sunday"], start="22:00", end="06:30")
    evening = MutedHours(zone="UTC", days=["monday"], start="17:00", end="00:00")
    (planned,) = yaml.safe_load(alertmanager_file(ALERTS, [night, evening]))["time_intervals"]

    assert planned["time_intervals"] == [
        {
            "location": "Europe/Berlin",
            "weekdays": ["friday", "sunday"],
            "times": [
                {"start_time": "00:00", "end_time": "06:30"},
                {"start_time": "22:00", "end_time": "24:00"},
            ],
        },
        {"location": "UTC", "weekdays": ["monday"], "times": [{"start_time": "17:00", "end_time": "24:00"}]},
    ]


def short(text: str, hook: FakeService) -> str:
    """The same configuration with times and addresses of a trial."""
    waits = re.sub(r"(group_wait|group_interval): \w+", r"\1: 100ms", text)
    return waits.replace("127.0.0.1:9095", f"127.0.0.1:{hook.port}")


def told(hook: FakeService, path: str) -> list[str]:
    requests = [request for request in list(hook.received) if request.startswith(f"POST {path} ".encode())]
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in requests]
    return [alert["labels"]["alertname"] for body in bodies for alert in body["alerts"]]


def tell(base: str, alerts: Iterable[Labels]) -> None:
    body = json.dumps([{"labels": dict(labels)} for labels in alerts]).encode()
    asked = urllib.request.Request(f"{base}/api/v2/alerts", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 200


def of_pair(number: int, consequence: str, each: Inhibition) -> dict[str, Labels]:
    """A cause, what follows from it, and the same of another device or miner of that rig, which does not."""
    case = {"case": str(number)}
    if "site" in each.on:
        return {
            "cause": {**case, "alertname": each.rule, "site": f"site-{number}"},
            "follows": {**case, "alertname": consequence, "site": f"site-{number}", "rig": "x"},
            "another": {**case, "alertname": consequence, "site": f"another-{number}", "rig": "x"},
        }
    rig = {**case, "job": "rig", "instance": f"{number}:9877", "rig": f"rig-{number}"} | dict.fromkeys(each.on, "a")
    other = dict.fromkeys(each.on, "b") or {"instance": f"another-{number}:9877"}
    return {
        "cause": {**rig, "alertname": each.rule} | ({"rig": "gateway"} if each.any_rig else {}),
        "follows": {**rig, "alertname": consequence},
        "another": {**rig, "alertname": consequence, **other},
    }


def wrongly_told(base: str) -> str:
    """Of which alerts it says something else than it should."""
    wrong = [
        str(each["labels"])
        for each in got_json(f"{base}/api/v2/alerts")
        if (each["status"]["state"] == "suppressed") is not (each["labels"]["is"] == "follows")
    ]
    return "; ".join(wrong) or "none"


@pytest.mark.e2e
def test_a_real_alertmanager_silences_what_follows_from_a_cause_and_nothing_else(tmp_path: Path) -> None:
    cases = [of_pair(number, name, each) for number, (name, each) in enumerate(causes())]
    alerts = [{**labels, "is": what} for case in cases for what, labels in case.items()]

    with (
        FakeService({"/alerts": b"", "/alive": b""}) as hook,
        alertmanager(tmp_path, short(alertmanager_file(ALERTS), hook)) as base,
    ):
        tell(base, alerts)
        until(lambda: len(got_json(f"{base}/api/v2/alerts")) == len(alerts))
        until(lambda: wrongly_told(base) == "none")  # its causes and what it says of alerts come one after the other


@pytest.mark.e2e
def test_a_real_alertmanager_is_quiet_in_planned_hours_of_what_is_off_and_of_nothing_else(tmp_path: Path) -> None:
    with (
        FakeService({"/alerts": b"", "/alive": b""}) as hook,
        alertmanager(tmp_path, short(alertmanager_file(ALERTS, [ALWAYS]), hook)) as base,
    ):
        names = ("SiteRigsDown", "RigDown", WATCHDOG, "DeviceLost")
        tell(base, [{"alertname": name, "rig": name, "site": name} for name in names])
        until(lambda: "DeviceLost" in told(hook, "/alerts") and WATCHDOG in told(hook, "/alive"))
        tell(base, [{"alertname": "DeviceMissing", "rig": "another", "site": "another"}])
        until(lambda: "DeviceMissing" in told(hook, "/alerts"))

    assert set(told(hook, "/alerts")) == {"DeviceLost", "DeviceMissing"}
    assert set(told(hook, "/alive")) == {WATCHDOG}
