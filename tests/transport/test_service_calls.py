"""What becomes of a request to a service that takes it, does not answer, or answers to do harm."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from miner_agent.errors import BadPayload, Refused, SourceError, TimedOut, Unreachable
from miner_agent.transport.service_calls import ServiceAddress, ServiceReply, call
from tests.certificates import ONE, fingerprint_of, speaking
from tests.fake_http import FakeService
from tests.fakes import Mode

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
SECRET = "canary-path-7c1f93ab"
TARGET = f"/services/{SECRET}?key=canary-question"

TAKEN = [
    Mode.NORMAL, Mode.CHUNKED, Mode.UNFRAMED, Mode.GZIP, Mode.HUGE_BODY, Mode.ENDLESS_BODY, Mode.ENDLESS_CHUNKS,
    Mode.TINY_CHUNKS, Mode.CHUNK_EXTENSIONS, Mode.TRAILER_FLOOD, Mode.TOO_SHORT, Mode.DRIP_BODY, Mode.RESET,
]  # fmt: skip
"""Its head says that it took the request: whatever follows is not waited for."""
REFUSED = {
    Mode.REFUSE: Unreachable,
    Mode.CLOSE: Unreachable,
    Mode.ENDLESS_HEAD: BadPayload,
    Mode.CONTINUE_FLOOD: BadPayload,
    Mode.NOT_HTTP: BadPayload,
    Mode.ECHO: BadPayload,
}


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService({TARGET: b"ok"}) as service:
        yield service


def told(
    service: FakeService,
    *,
    deadline_seconds: float = 10.0,
    login: str = "",
    target: str = TARGET,
    body: bytes = b'{"a": 1}',
) -> ServiceReply:
    address = ServiceAddress.parse(f"http://{login}127.0.0.1:{service.port}{target}")
    return call(
        address,
        method="POST",
        body=body,
        headers={"Content-Type": "application/json"},
        deadline_seconds=deadline_seconds,
        now=NOW,
    )


def test_what_is_longer_than_the_system_takes_at_once_is_told_whole(service: FakeService) -> None:
    body = b"0123456789abcdef" * (1 << 20)

    assert told(service, body=body).status == 200
    assert service.received[0].endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize("mode", TAKEN)
def test_what_follows_the_head_of_an_answer_changes_nothing(service: FakeService, mode: Mode) -> None:
    service.mode = mode

    assert told(service).status == 200
    assert service.sent_bytes < 4 << 20


@pytest.mark.parametrize("mode", REFUSED)
def test_what_is_no_answer_is_an_error_that_shows_no_path(service: FakeService, mode: Mode) -> None:
    service.mode = mode

    with pytest.raises(REFUSED[mode]) as refusal:
        told(service)

    assert str(refusal.value).startswith(f"http://127.0.0.1:{service.port}")
    assert SECRET not in str(refusal.value)
    assert "canary" not in str(refusal.value)


@pytest.mark.parametrize("mode", [Mode.HANG, Mode.DRIP_HEAD])
def test_the_deadline_is_over_everything(service: FakeService, mode: Mode) -> None:
    service.mode = mode

    with pytest.raises(TimedOut, match=r"^http://127\.0\.0\.1:\d+: no (whole )?answer within 0\.1 s$"):
        told(service, deadline_seconds=0.1)


def test_a_redirect_is_told_and_not_followed(service: FakeService) -> None:
    with FakeService({"/": b""}) as elsewhere:
        service.location, service.mode = f"{elsewhere.address}/", Mode.REDIRECT

        assert told(service).status == 302
        assert elsewhere.received == []


def test_how_long_it_wants_to_be_left_alone_is_read_off_its_answer(service: FakeService) -> None:
    service.status = "429 Too Many Requests\r\nRetry-After: 120"

    assert told(service) == ServiceReply(status=429, retry_after_seconds=120.0)


def test_the_whole_request_is_sent_with_its_login(service: FakeService) -> None:
    told(service, login="user:p%40ss@")

    (request,) = service.received
    head, _, body = request.partition(b"\r\n\r\n")
    assert head.startswith(f"POST {TARGET} HTTP/1.1\r\n".encode())
    assert b"\r\nAuthorization: Basic dXNlcjpwQHNz\r\n" in head
    assert body == b'{"a": 1}'


@pytest.mark.parametrize(
    "url",
    [
        f"ftp://host/{SECRET}",
        f"{SECRET}",
        f"https://host/{SECRET} x",
        f"https://[::1/{SECRET}",
        f"https://user:{SECRET}@ho_-st-:99999/{SECRET}",
        f"https://user:{SECRET}@/x",
        f"https://host/\u00e4{SECRET}",
    ],
)
def test_a_flawed_address_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ValueError, match=r"address|port|name") as refusal:
        ServiceAddress.parse(url)

    assert SECRET not in str(refusal.value)


def test_an_address_shows_its_host_alone() -> None:
    address = ServiceAddress.parse(f"https://user:pw-{SECRET}@hooks.example{TARGET}")

    assert "hooks.example" in repr(address)
    assert SECRET not in repr(address)


def test_nobody_there_is_an_error() -> None:
    with FakeService(mode=Mode.REFUSE) as nobody, pytest.raises(SourceError):
        told(nobody)


def test_a_certificate_that_nobody_vouches_for_is_refused_unless_it_is_pinned() -> None:
    secret = FakeService({TARGET: b"ok"})
    secret.tls = speaking(ONE)
    with secret:
        url = f"https://127.0.0.1:{secret.port}{TARGET}"
        with pytest.raises(Refused, match="this machine does not trust its certificate") as refusal:
            tell(ServiceAddress.parse(url))
        pinned = tell(ServiceAddress.parse(url, fingerprint=fingerprint_of(ONE)))

    assert "canary" not in str(refusal.value)
    assert pinned.status == 200
    assert len(secret.received) == 1


def tell(address: ServiceAddress) -> ServiceReply:
    return call(address, method="POST", body=b"{}", headers={}, deadline_seconds=10.0, now=NOW)
