"""Apprise itself, in its process, speaking to a service on loopback; and what becomes of it where that goes wrong."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import DeliveryError
from miner_agent.notifying.apprise_channel import AppriseChannel
from miner_agent.notifying.apprise_messages import AppriseReturn
from miner_agent.notifying.channel import Dispatch
from tests.fake_http import FakeService
from tests.fakes import Mode
from tests.notifying.notices import NOW, notice
from tests.requires import require_library

SECRET = "canary7c1f93ab"
TWO = Dispatch(notices=(notice(1), notice(2, severity="critical")))


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService({f"/{SECRET}": b"ok"}) as service:
        yield service


def channel_to(service: FakeService, *, deadline_seconds: float = 30.0) -> AppriseChannel:
    require_library("apprise", extra='pip install "miner-agent[notify]"')
    return AppriseChannel("phone", f"json://127.0.0.1:{service.port}/{SECRET}", deadline_seconds=deadline_seconds)


def bodies(service: FakeService) -> list[dict[str, Any]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in service.received]


@pytest.mark.e2e
def test_each_notice_is_a_message_of_its_kind(service: FakeService) -> None:
    assert channel_to(service).send(TWO, now=NOW) == "the service took it"

    assert [(body["title"], body["type"]) for body in bodies(service)] == [
        ("warning: left-rack: core of gpu-1 is at 93 °C", "warning"),
        ("critical: left-rack: core of gpu-2 is at 93 °C", "failure"),
    ]
    assert "Now 93 °C, the limit is 90 °C" in bodies(service)[0]["message"]


@pytest.mark.e2e
def test_nothing_is_taken_from_the_environment(
    service: FakeService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / ".netrc"
    netrc.touch(mode=0o600)
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    with FakeService({}) as canary:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, canary.address)
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.setenv("NETRC", str(netrc))
        monkeypatch.delenv("no_proxy", raising=False)
        assert channel_to(service).send(TWO, now=NOW) == "the service took it"

        assert canary.received == []
    assert len(service.received) == 2
    assert not [request for request in service.received if b"authorization" in request.lower()]


@pytest.mark.e2e
@pytest.mark.parametrize(
    ("status", "told"),
    [("500 Oops", r" \(HTTP 500\)"), ("302 Found\r\nLocation: http://127.0.0.1:9/", r" \(HTTP 302\)")],
)
def test_what_is_not_taken_is_said_without_the_address(service: FakeService, status: str, told: str) -> None:
    service.status = status

    with pytest.raises(DeliveryError, match=rf"^phone: the service did not take it{told}$") as refusal:
        channel_to(service).send(TWO, now=NOW)

    assert (refusal.value.retry, refusal.value.delivered) == (True, 0)
    assert SECRET not in str(refusal.value)
    assert len(service.received) == 1


@pytest.mark.e2e
def test_an_address_that_is_none_is_said_without_it() -> None:
    require_library("apprise", extra='pip install "miner-agent[notify]"')

    with pytest.raises(DeliveryError, match=r"^phone: Apprise knows no such address") as refusal:
        AppriseChannel("phone", f"nosuch://{SECRET}").send(TWO, now=NOW)

    assert SECRET not in str(refusal.value)


@pytest.mark.e2e
def test_a_service_that_hangs_is_given_up_by_the_deadline(service: FakeService) -> None:
    service.mode = Mode.HANG

    with pytest.raises(DeliveryError, match=r"^phone: not sent within 2 s$"):
        channel_to(service, deadline_seconds=2.0).send(TWO, now=NOW)


@pytest.mark.parametrize(
    ("answer", "sentence", "delivered"),
    [
        (b"", "the process that sends by Apprise said what cannot be read", 0),
        (b'{"delivered": 1, "reason": "the service did not take it"}', "the service did not take it", 1),
        (b'{"delivered": 99, "reason": "x"}', "x", 2),
    ],
)
def test_what_its_process_says_is_believed_as_far_as_it_can_be(
    monkeypatch: pytest.MonkeyPatch, answer: bytes, sentence: str, delivered: int
) -> None:
    class Child:
        returncode = 0

        def communicate(self, errand: bytes, timeout: float) -> tuple[bytes, None]:
            assert SECRET.encode() in errand
            return answer, None

    def started(command: tuple[str, ...], **_: object) -> Child:
        assert SECRET not in " ".join(command)
        return Child()

    monkeypatch.setattr(subprocess, "Popen", started)

    with pytest.raises(DeliveryError, match=sentence) as refusal:
        AppriseChannel("phone", f"json://{SECRET}").send(TWO, now=NOW)

    assert refusal.value.delivered == delivered


def test_a_sum_is_taken_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppriseChannel, "_answer", lambda self, errand: AppriseReturn(delivered=0, reason="x"))

    with pytest.raises(DeliveryError) as refusal:
        AppriseChannel("phone", "json://a").send(Dispatch(notices=TWO.notices, summed=True), now=NOW)

    assert refusal.value.delivered == 0


def test_no_process_is_started_behind_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def started(*_: object, **__: object) -> None:
        raise AssertionError("a process was started")

    monkeypatch.setattr(subprocess, "Popen", started)
    channel = AppriseChannel("phone", "json://a")
    channel.close()

    with pytest.raises(DeliveryError, match="not sent: the agent ends"):
        channel.send(TWO, now=NOW)
