"""From a fault of a rig to a message: the whole agent as a process, its alerts, its outbox, and a webhook on loopback."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import fakes
from tests.agent import Agent
from tests.fake_http import FakeMiner
from tests.waiting import until

pytestmark = pytest.mark.e2e
HOOK = "/hook"
ALERTS = """
[alerts]
evaluate_seconds = 1
group_wait_seconds = 1

[[alerts.channels]]
name = "hook"
kind = "webhook"
url_file = "hook-url"
"""


def quick(*names: str) -> str:
    return "".join(f'\n[[alerts.rules]]\nalert = "{name}"\nfor_seconds = 2\n' for name in names)


@pytest.fixture
def hook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeMiner]:
    monkeypatch.setattr(fakes, "is_a_read", lambda request: True)  # it is told things
    with FakeMiner({HOOK: b"ok"}) as hook:
        (tmp_path / "hook-url").write_text(f"{hook.address}{HOOK}")
        (tmp_path / "hook-url").chmod(0o600)
        yield hook


def told(hook: FakeMiner) -> list[tuple[str, str]]:
    bodies: list[dict[str, Any]] = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in hook.received]
    return [(one["state"], one["alert"]) for body in bodies for one in body["notices"]]


SCENES = {"miner-down": "MinerDown", "meter-silent": "MeterDown", "memory-low": "HostMemoryLow"}
"""At once, since none has to do with another."""


@pytest.mark.lasting
def test_each_fault_of_the_demo_is_told_once_and_its_end_once_and_nothing_that_follows_from_it(
    tmp_path: Path, hook: FakeMiner
) -> None:
    config = ALERTS + quick(*SCENES.values(), "MinerHashrateZero", "DeviceHashrateZero")
    scenes = tuple(word for scene in SCENES for word in ("--scene", scene))
    played = (*scenes, "--after", "3", "--lasting", "15")
    with Agent(tmp_path, config, command=("demo", "--config", str(tmp_path / "config.toml"), *played)) as agent:
        until(lambda: sum(state == "resolved" for state, _ in told(hook)) >= len(SCENES), seconds=90)
        page = agent.wait_until(
            lambda page: page.get('rig_agent_notifications_total{channel="hook"}') == 2 * len(SCENES)
        )
    for name in SCENES.values():
        assert [state for state, each in told(hook) if each == name] == ["firing", "resolved"]
    assert len(told(hook)) == 2 * len(SCENES)
    assert page['rig_alerts_owner{owner="local"}'] == 1


def test_an_agent_that_is_killed_while_nobody_listens_tells_once_when_somebody_does(
    tmp_path: Path, hook: FakeMiner
) -> None:
    miner = '[[miners]]\nname = "one"\ndriver = "xmrig"\naddress = "127.0.0.1:1"\n'
    config = f"[agent]\ninterval_seconds = 1\n{miner}{ALERTS}{quick('MinerDown')}"
    hook.status = "503 Service Unavailable"
    for _ in range(2):
        with Agent(tmp_path, config) as agent:
            before = len(hook.received)
            until(lambda before=before: len(hook.received) > before, seconds=60)  # type: ignore[misc]
            agent.process.kill()
            agent.process.wait()
    hook.received.clear()
    hook.status = "200 OK"
    with Agent(tmp_path, config) as agent:
        until(lambda: told(hook), seconds=60)
        agent.wait_until(lambda page: page.get('rig_alert_firing{alert="MinerDown",severity="critical"}') == 1)
    assert told(hook) == [("firing", "MinerDown")]
