"""Debian's Alertmanager, told every half second in place of every minute: an alert fires once and is over once."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from miner_agent.model.alerting import Notice
from miner_agent.notifying.alertmanager_desk import AlertmanagerDesk
from miner_agent.notifying.outbox_desk import BothClocks
from miner_agent.transport.service_calls import ServiceAddress
from tests.fake_http import FakeService
from tests.notifying.fake_channel import NAME, FakeOutbox
from tests.notifying.notices import notice, over
from tests.real_services import alertmanager, got_json
from tests.waiting import let_pass, until

EVERY_SECONDS = 0.5
CONFIG = """
global:
  resolve_timeout: 1s
route:
  receiver: hook
  group_by: [alertname, device]
  group_wait: 100ms
  group_interval: 500ms
  repeat_interval: 1h
  routes:
    - receiver: nobody
      matchers: [alertname = Watchdog]
receivers:
  - name: nobody
  - name: hook
    webhook_configs:
      - url: http://127.0.0.1:PORT/hook
        send_resolved: true
"""


@pytest.fixture
def hook() -> Iterator[FakeService]:
    with FakeService({"/hook": b"ok"}) as hook:
        yield hook


@pytest.fixture
def manager(tmp_path: Path, hook: FakeService) -> Iterator[str]:
    with alertmanager(tmp_path, CONFIG.replace("PORT", str(hook.port))) as base:
        yield base


def known(base: str) -> dict[str, str]:
    """What it knows of, and how each stands."""
    alerts: list[dict[str, Any]] = got_json(f"{base}/api/v2/alerts")
    return {each["labels"].get("device", each["labels"]["alertname"]): each["status"]["state"] for each in alerts}


def told(hook: FakeService) -> list[tuple[str, str]]:
    """What it told people: of which device, and whether it fires or is over."""
    bodies = [json.loads(request.partition(b"\r\n\r\n")[2]) for request in hook.received]
    return [(each["labels"]["device"], each["status"]) for body in bodies for each in body["alerts"]]


@pytest.mark.e2e
def test_an_alert_fires_as_long_as_it_is_told_and_is_over_once(manager: str, hook: FakeService) -> None:
    outbox, firing, said = FakeOutbox(), list[Notice](), list[str]()
    desk = AlertmanagerDesk(
        NAME, ServiceAddress.parse(manager), outbox, rig="left-rack", firing=lambda: tuple(firing), wants=lambda _: True,
        is_fresh=lambda: True, say=said.append, every_seconds=EVERY_SECONDS,
    )  # fmt: skip

    def steps(seconds: float) -> None:
        until_seconds = time.monotonic() + seconds
        while time.monotonic() < until_seconds:
            now = datetime.now(UTC)
            let_pass(min(desk.step(BothClocks(now=now, steady_seconds=time.monotonic(), clock_ok=True)), 0.1))

    since = datetime.now(UTC) - timedelta(minutes=1)
    firing.append(notice(1, since=since))
    steps(8 * EVERY_SECONDS)  # twice as long as what it is told holds
    assert known(manager) == {"gpu-1": "active", "Watchdog": "active"}
    assert told(hook) == [("gpu-1", "firing")]

    firing.clear()
    outbox.put(over(1, since=since, ended=datetime.now(UTC)))
    steps(8 * EVERY_SECONDS)
    until(lambda: ("gpu-1", "resolved") in told(hook))
    steps(10 * EVERY_SECONDS)

    assert told(hook) == [("gpu-1", "firing"), ("gpu-1", "resolved")]
    assert (outbox.rows, said) == ([], [])
    assert "gpu-1" not in known(manager)
