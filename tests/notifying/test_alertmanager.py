"""An Alertmanager is told the state: all that fires, each minute, and what is over for a quarter of an hour."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from miner_agent.model.alerting import AlertKey, Notice
from miner_agent.notifying.alertmanager_desk import AlertmanagerDesk
from miner_agent.notifying.alertmanager_post import WATCHDOG
from miner_agent.transport.service_calls import ServiceAddress
from tests.fake_http import FakeService, http_answer
from tests.notifying.fake_channel import NAME, FakeOutbox, at
from tests.notifying.notices import NOW, notice, over

PATH = "/api/v2/alerts"


class FakeAlertmanager(FakeService):
    """Takes every alert but those of the rule ``Bad``: one of them is an error 400, and its neighbours are taken."""

    def __init__(self) -> None:
        super().__init__({PATH: b""})
        self.posts: list[list[dict[str, Any]]] = []

    async def _answer(self, reader: Any, writer: Any, body: bytes) -> None:
        told = json.loads(self.received[-1].partition(b"\r\n\r\n")[2])
        self.posts.append(told)
        is_bad = any(each["labels"]["alertname"] == "Bad" for each in told)
        await self._send(writer, http_answer(b"", status="400 Bad Request" if is_bad else self.status))


@pytest.fixture
def manager() -> Iterator[FakeAlertmanager]:
    with FakeAlertmanager() as manager:
        yield manager


class Told:
    """A desk, with what its surroundings say."""

    def __init__(self, manager: FakeAlertmanager) -> None:
        self.firing: tuple[Notice, ...] | None = ()
        self.fresh = False
        self.said: list[str] = []
        self.outbox = FakeOutbox()
        self.desk = AlertmanagerDesk(
            NAME,
            ServiceAddress.parse(manager.address),
            self.outbox,
            rig="left-rack",
            firing=lambda: self.firing,
            wants=lambda notice: notice.severity != "info",
            is_fresh=lambda: self.fresh,
            say=self.said.append,
        )


@pytest.fixture
def told(manager: FakeAlertmanager) -> Told:
    return Told(manager)


def names(post: list[dict[str, Any]]) -> list[str]:
    return [each["labels"].get("device", each["labels"]["alertname"]) for each in post]


def test_what_fires_is_told_each_minute_with_an_end_ahead(told: Told, manager: FakeAlertmanager) -> None:
    told.firing = (notice(1), notice(2, severity="info"))
    told.outbox.put(notice(1))

    for seconds in (0, 30, 60, 120):
        told.desk.step(at(seconds))

    assert [names(post) for post in manager.posts] == [["gpu-1"]] * 3
    assert [post[0]["endsAt"] for post in manager.posts] == [
        "2026-11-29T14:09:00Z", "2026-11-29T14:10:00Z", "2026-11-29T14:11:00Z",
    ]  # fmt: skip
    assert manager.posts[0][0] == {
        "labels": {
            "alertname": "DeviceTemperatureHigh", "severity": "warning", "device": "gpu-1", "sensor": "core",
            "rig": "left-rack",
        },
        "annotations": {
            "summary": "core of gpu-1 is at 93 °C", "description": notice().what_to_do,
            "runbook_url": notice().runbook_url, "value": "93 °C",
        },
        "startsAt": "2026-11-29T14:00:00Z", "endsAt": "2026-11-29T14:09:00Z",
    }  # fmt: skip
    assert told.outbox.rows == []
    assert told.desk.status.sent_total == 1


def test_something_new_is_told_at_once(told: Told, manager: FakeAlertmanager) -> None:
    told.desk.step(at())
    told.firing = (notice(1),)

    told.desk.step(at(5))

    assert names(manager.posts[-1]) == ["gpu-1"]


def test_what_is_over_is_told_for_a_quarter_of_an_hour(told: Told, manager: FakeAlertmanager) -> None:
    told.outbox.put(over(1))

    for minute in range(20):
        told.desk.step(at(60 * minute))

    assert [post[0]["endsAt"] for post in manager.posts] == ["2026-11-29T14:12:00Z"] * 16
    assert told.outbox.rows == []


def test_what_fires_again_is_not_told_to_be_over(told: Told, manager: FakeAlertmanager) -> None:
    told.outbox.put(over(1))
    told.firing = (notice(1, since=NOW),)

    told.desk.step(at())

    ((alert,),) = manager.posts
    assert alert["endsAt"] == "2026-11-29T14:09:00Z"
    assert told.outbox.rows == []


def test_before_anybody_has_looked_what_waits_is_told(told: Told, manager: FakeAlertmanager) -> None:
    told.firing = None
    told.outbox.put(notice(1))

    told.desk.step(at())

    assert names(manager.posts[-1]) == ["gpu-1"]


def test_one_that_it_does_not_take_costs_the_others_nothing_and_is_not_tried_again(
    told: Told, manager: FakeAlertmanager
) -> None:
    bad = notice(0, key=AlertKey("Bad", "left-rack"))
    told.firing = (notice(1), bad, notice(2))
    told.outbox.put(bad)

    told.desk.step(at())
    first = [names(post) for post in manager.posts]
    told.desk.step(at(30))
    told.desk.step(at(60))

    assert first == [["gpu-1", "Bad", "gpu-2"], ["gpu-1"], ["Bad"], ["gpu-2"]]
    assert [names(post) for post in manager.posts[4:]] == [["gpu-1", "gpu-2"]]
    assert [why for _, why in told.outbox.given_up] == ["it is not taken"]
    assert len(told.said) == 1
    assert told.said[0].startswith("phone: Bad is not taken: http://127.0.0.1")


def test_one_that_is_away_is_told_all_when_it_is_back(told: Told, manager: FakeAlertmanager) -> None:
    manager.status = "503 Away"
    told.outbox.put(over(1))
    told.firing = (notice(2),)
    for minute in range(30):
        told.desk.step(at(60 * minute))
    assert (told.desk.status.failures_total, told.desk.status.queue_length, told.desk.status.oldest_at) == (30, 1, NOW)

    manager.status = "200 OK"
    told.desk.step(at(60 * 30))

    assert names(manager.posts[-1]) == ["gpu-1", "gpu-2"]
    assert len(told.said) == 2
    assert told.desk.status.queue_length == 0


def test_the_watchdog_fires_while_samples_are_fresh(told: Told, manager: FakeAlertmanager) -> None:
    told.firing = (notice(0, key=AlertKey(WATCHDOG, "left-rack")),)
    assert told.desk.step(at()) == 5  # the first tick is not over
    told.fresh = True
    assert told.desk.step(at(5)) == 60
    told.fresh = False
    told.desk.step(at(65))

    ((watchdog,),) = manager.posts
    assert watchdog["labels"] == {"alertname": WATCHDOG, "severity": "none", "rig": "left-rack"}


def test_names_of_labels_are_such_as_it_takes_and_a_start_lies_before_its_end(
    told: Told, manager: FakeAlertmanager
) -> None:
    odd = over(0, labels=(("fan-1", "a\nb"), ("größe", "x"), ("empty", "")), ended=NOW - timedelta(hours=1))
    told.outbox.put(odd)

    told.desk.step(at())

    ((alert,),) = manager.posts
    assert alert["labels"] == {
        "alertname": "DeviceTemperatureHigh", "severity": "warning", "fan_1": "a b", "gr_e": "x", "rig": "left-rack",
    }  # fmt: skip
    assert alert["startsAt"] < alert["endsAt"]
