"""One channel is tried: what it says is told, and nothing of where it is."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from miner_agent.errors import ConfigError, DeliveryError
from miner_agent.notifying.trying import try_channel
from tests.fake_http import FakeService
from tests.notifying.notices import NOW
from tests.notifying.test_prepared_channels import HOOK, alerts_of

SECRET = "/canary-7c1f93ab"
ALL = f"""{HOOK}
[[alerts.channels]]
name = "manager"
kind = "alertmanager"
url = "ADDRESS"
[[alerts.channels]]
name = "log"
kind = "journal"
[alerts.dead_man]
url_file = "url"
"""


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService({SECRET: b"", "/api/v2/alerts": b""}) as service:
        yield service


def tried(folder: Path, service: FakeService, name: str) -> str:
    told = alerts_of(folder, ALL.replace("ADDRESS", service.address), url=f"{service.address}{SECRET}")
    return try_channel(told, name, now=NOW)


def test_each_kind_is_sent_a_test(tmp_path: Path, service: FakeService, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        answers = [tried(tmp_path, service, name) for name in ("hook", "manager", "log", "dead-man")]

    assert answers == ["HTTP 200", "HTTP 200", "written into the log", "HTTP 200"]
    hook, manager, sign = service.received
    assert json.loads(hook.partition(b"\r\n\r\n")[2])["kind"] == "test"
    (alert,) = json.loads(manager.partition(b"\r\n\r\n")[2])
    assert (alert["labels"]["alertname"], alert["endsAt"]) == ("TestOfChannel", "2026-11-29T14:06:00Z")
    assert sign.startswith(b"GET ")
    (line,) = (record.getMessage() for record in caplog.records)
    assert line.startswith("alert: info: left-rack: this is a test, nothing is wrong; Since 2026-11-29 14:05 UTC;")


def test_a_refusal_is_told_without_the_address(tmp_path: Path, service: FakeService) -> None:
    service.status = "403 Forbidden"

    with pytest.raises(DeliveryError, match=r"^http://127\.0\.0\.1:\d+: it wants another login \(HTTP 403\)$"):
        tried(tmp_path, service, "hook")


def test_a_name_that_is_not_known_is_told_the_nearest(tmp_path: Path, service: FakeService) -> None:
    with pytest.raises(ConfigError, match='channel "hok" is not known; did you mean "hook"'):
        tried(tmp_path, service, "hok")
