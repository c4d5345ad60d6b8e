"""What a webhook is posted, and what becomes of it where the other side is slow, hostile or of another mind."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from miner_agent.errors import DeliveryError
from miner_agent.notifying.channel import Dispatch, dispatch_to_try
from miner_agent.notifying.webhook_channel import WebhookChannel
from miner_agent.transport.service_calls import ServiceAddress
from tests.fake_http import FakeService
from tests.fakes import Mode
from tests.notifying.notices import NOW, notice, over

PAGE = Path(__file__).parents[2] / "docs" / "notifications.md"
SECRET_PATH = "/hook/canary-path-7c1f93ab"


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService({SECRET_PATH: b"ok"}) as service:
        yield service


def channel_to(service: FakeService, *, secret: str | None = None, deadline_seconds: float = 5.0) -> WebhookChannel:
    address = ServiceAddress.parse(f"{service.address}{SECRET_PATH}")
    return WebhookChannel("hook", address, secret=secret, deadline_seconds=deadline_seconds)


def bodies(service: FakeService) -> list[dict[str, Any]]:
    return [json.loads(request.partition(b"\r\n\r\n")[2]) for request in service.received]


def test_it_is_posted_what_the_page_on_notifications_says(service: FakeService) -> None:
    said = channel_to(service).send(Dispatch(notices=(notice(),)), now=NOW)

    assert said == "HTTP 200"
    (body,) = bodies(service)
    (told,) = body.pop("notices")
    text = body["text"]
    assert body == {
        "version": 1, "kind": "notices", "sent_at": "2026-11-29T14:05:00Z", "count": 1, "firing": 1, "resolved": 0,
        "title": "warning: left-rack: core of gpu-0 is at 93 °C", "text": text,
    }  # fmt: skip
    assert told == {
        "id": f"{notice().key.fingerprint}-firing-1795960800", "fingerprint": notice().key.fingerprint,
        "alert": "DeviceTemperatureHigh", "rig": "left-rack", "labels": {"device": "gpu-0", "sensor": "core"},
        "severity": "warning", "state": "firing", "value": 93.0, "threshold": 90.0, "unit": "celsius",
        "since": "2026-11-29T14:00:00Z", "ended": None, "summary": "core of gpu-0 is at 93 °C",
        "what_to_do": notice().what_to_do, "runbook_url": notice().runbook_url, "recorded": True, "count": 1, "rigs": [],
        "title": body["title"], "text": text,
    }  # fmt: skip


def test_the_page_on_notifications_names_every_key(service: FakeService) -> None:
    channel_to(service).send(Dispatch(notices=(notice(),)), now=NOW)

    (body,) = bodies(service)
    page = PAGE.read_text()
    keys = {*body, *body["notices"][0]}
    assert [key for key in keys if f"`{key}`" not in page] == []


def test_a_digest_holds_the_worst_and_counts_all(service: FakeService) -> None:
    told = tuple([notice(number) for number in range(30)] + [over(40), notice(41, severity="critical")])

    channel_to(service).send(Dispatch(notices=told, summed=True), now=NOW)

    (body,) = bodies(service)
    assert (body["kind"], body["count"], body["firing"], body["resolved"]) == ("digest", 32, 31, 1)
    assert len(body["notices"]) == 20
    assert body["notices"][0]["severity"] == "critical"


def test_a_test_says_that_it_is_one(service: FakeService) -> None:
    channel_to(service).send(dispatch_to_try("left-rack", now=NOW), now=NOW)

    (body,) = bodies(service)
    assert body["kind"] == "test"
    assert "this is a test, nothing is wrong" in str(body["title"])


def test_a_secret_signs_the_body_and_the_moment(service: FakeService) -> None:
    channel_to(service, secret="s3cret").send(Dispatch(notices=(notice(),)), now=NOW)

    head, _, body = service.received[0].partition(b"\r\n\r\n")
    found = re.search(rb"\r\nX-Miner-Agent-Signature: t=(\d+),v1=([0-9a-f]{64})\r\n", head)
    assert found
    proof = hmac.new(b"s3cret", found[1] + b"." + body, hashlib.sha256).hexdigest()
    assert (int(found[1]), found[2].decode()) == (int(NOW.timestamp()), proof)
    assert b"s3cret" not in service.received[0]


@pytest.mark.parametrize(
    ("status", "retry", "sentence"),
    [
        ("302 Found", True, "leads elsewhere (HTTP 302), which is not followed"),
        ("400 Bad Request", False, "answered with HTTP 400"),
        ("401 Unauthorized", True, "wants another login (HTTP 401)"),
        ("404 Not Found", True, "nothing takes notices at this address (HTTP 404)"),
        ("413 Too Large", False, "answered with HTTP 413"),
        ("429 Slow Down\r\nRetry-After: 120", True, "wants to be told less often (HTTP 429)"),
        ("500 Oops", True, "answered with HTTP 500"),
        ("204 No Content", None, ""),
    ],
)
def test_what_its_status_says_is_heeded(service: FakeService, status: str, retry: bool | None, sentence: str) -> None:
    service.status = status
    channel = channel_to(service)
    if retry is None:
        channel.send(Dispatch(notices=(notice(),)), now=NOW)
        return

    with pytest.raises(DeliveryError, match=re.escape(sentence)) as refusal:
        channel.send(Dispatch(notices=(notice(),)), now=NOW)

    assert refusal.value.retry is retry
    assert "canary" not in str(refusal.value)
    assert refusal.value.retry_after_seconds == (120.0 if "429" in status else None)


@pytest.mark.parametrize("mode", [Mode.HANG, Mode.DRIP_HEAD, Mode.ENDLESS_HEAD, Mode.NOT_HTTP, Mode.ECHO, Mode.CLOSE])
def test_one_that_gives_no_answer_is_tried_again_and_shows_no_secret(service: FakeService, mode: Mode) -> None:
    service.mode = mode

    with pytest.raises(DeliveryError) as refusal:
        channel_to(service, deadline_seconds=0.2).send(Dispatch(notices=(notice(),)), now=NOW)

    assert refusal.value.retry
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("mode", [Mode.ENDLESS_BODY, Mode.HUGE_BODY, Mode.DRIP_BODY, Mode.GZIP])
def test_what_it_babbles_after_it_took_something_changes_nothing(service: FakeService, mode: Mode) -> None:
    service.mode = mode

    assert channel_to(service).send(Dispatch(notices=(notice(),)), now=NOW) == "HTTP 200"
