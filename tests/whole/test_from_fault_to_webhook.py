"""The shipped configuration of Prometheus and Alertmanager, from a fault of a rig to a webhook: told once, and its end once."""

import json
import re
from pathlib import Path

import pytest

from exporters.alerts import ALERTS
from exporters.alerts.rule_files import rule_file
from tests.agent import Agent
from tests.fake_http import FakeService
from tests.real_services import alertmanager, prometheus
from tests.waiting import let_pass, until

DEPLOY = Path(__file__).parents[2] / "deploy"
SCALE = 0.05  # of every time of the rules
LONGEST_SECONDS = 10  # of a consequence of a lost card, at that scale, with what Prometheus and Alertmanager take
AGAIN = "--rules.alert.resend-delay=5s"  # what it says in its first seconds, before it knows the Alertmanager, is lost
TOLD_BY_PROMETHEUS = '[alerts]\nowner = "prometheus"\n[http]\nlisten = "127.0.0.1:0"\n'


def told(hook: FakeService, path: str) -> list[tuple[str, str]]:
    requests = [request for request in list(hook.received) if request.startswith(f"POST {path} ".encode())]
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in requests]
    return [(alert["status"], alert["labels"]["alertname"]) for body in bodies for alert in body["alerts"]]


def scraping(agent: Agent, manager: str, rules: Path) -> str:
    text = (DEPLOY / "prometheus.yml").read_text()
    text = text.replace("127.0.0.1:9877", agent.url.removeprefix("http://"))
    text = text.replace("127.0.0.1:9093", manager.removeprefix("http://"))
    text = text.replace("../exporters/rules/miner-agent.rules.yaml", str(rules))
    text = text.replace("../", f"{DEPLOY}/../")
    return re.sub(r"(?<=interval: )(15|30)s|(?<=timeout: )10s", "1s", text)


def quick(hook: FakeService) -> str:
    """A cause has five seconds to be there before what follows from it is told."""
    text = (DEPLOY / "alertmanager.yml").read_text().replace("127.0.0.1:9095", f"127.0.0.1:{hook.port}")
    return re.sub(r"group_interval: \w+", "group_interval: 1s", text.replace("group_wait: 30s", "group_wait: 5s"))


SCENES = {
    "card-lost": "DeviceLost",
    "account-swapped": "PoolAccountUnexpected",
    "meter-silent": "MeterDown",
    "memory-low": "HostMemoryLow",
    "disk-read-only": "FilesystemReadOnly",
}
"""At once, since none has to do with another. The longest must last for half a minute at that scale."""


@pytest.mark.lasting
@pytest.mark.e2e
def test_each_fault_is_told_once_and_its_end_once_and_nothing_that_follows_from_it(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(rule_file(ALERTS, scale=SCALE))
    played = ("--after", "8", "--lasting", "50", *(word for scene in SCENES for word in ("--scene", scene)))
    command = ("demo", "--config", str(tmp_path / "config.toml"), *played)
    with (
        FakeService({"/alerts": b"", "/alive": b""}) as hook,
        alertmanager(tmp_path, quick(hook)) as manager,
        Agent(tmp_path, TOLD_BY_PROMETHEUS, command=command, first_start=True) as agent,
        prometheus(tmp_path, scraping(agent, manager, tmp_path / "rules.yaml"), AGAIN),
    ):
        for name in SCENES.values():
            until(lambda name=name: ("firing", name) in told(hook, "/alerts"), seconds=90)  # type: ignore[misc]
        for name in SCENES.values():
            until(lambda name=name: ("resolved", name) in told(hook, "/alerts"), seconds=120)  # type: ignore[misc]
        let_pass(LONGEST_SECONDS)

    found = told(hook, "/alerts")
    assert {name for _, name in found} == set(SCENES.values())
    for name in SCENES.values():
        assert [state for state, each in found if each == name] == ["firing", "resolved"]
    assert {name for _, name in told(hook, "/alive")} == {"RigMonitoringWatchdog"}
