"""The sign of life: every minute while samples are fresh, and never else."""

from collections.abc import Iterator

import pytest

from miner_agent.notifying.dead_man import DeadMan
from miner_agent.transport.service_calls import ServiceAddress
from tests.fake_http import FakeService
from tests.notifying.fake_channel import at


@pytest.fixture
def service() -> Iterator[FakeService]:
    with FakeService({"/canary-uuid": b"OK"}) as service:
        yield service


def test_it_is_given_each_minute_and_only_while_samples_are_fresh(service: FakeService) -> None:
    fresh, said = [False], list[str]()
    address = ServiceAddress.parse(f"{service.address}/canary-uuid")
    sign = DeadMan(address, every_seconds=60.0, is_fresh=lambda: fresh[0], say=said.append)

    assert sign.step(at(-5)) == 5  # the first tick is not over
    fresh[0] = True
    assert sign.step(at()) == 60
    assert sign.step(at(20)) == 40
    sign.step(at(60))
    fresh[0] = False
    assert sign.step(at(120)) == 5

    assert [request.split(b" HTTP")[0] for request in service.received] == [b"GET /canary-uuid"] * 2
    assert sign.status.sent_total == 2
    assert said == []


def test_one_that_is_not_taken_is_said_once_and_tried_each_minute(service: FakeService) -> None:
    said = list[str]()
    address = ServiceAddress.parse(f"{service.address}/canary-uuid")
    sign = DeadMan(address, every_seconds=60.0, is_fresh=lambda: True, say=said.append)
    service.status = "503 Away"

    assert [sign.step(at(seconds)) for seconds in (0, 60)] == [60, 60]
    service.status = "200 OK"
    sign.step(at(120))

    assert len(said) == 2
    assert "the sign of life is not taken: http://127.0.0.1" in said[0]
    assert "canary" not in said[0]
    assert said[1] == "dead-man: the sign of life is taken again"
    assert (sign.status.sent_total, sign.status.failures_total) == (1, 2)
