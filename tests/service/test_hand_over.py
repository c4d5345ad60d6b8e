"""A thread that computes lets the others have their turn."""

import sys
from collections.abc import Iterator

import pytest

from miner_agent.service import daemon
from miner_agent.service.hand_over import HAND_OVER_SECONDS
from miner_agent.service.signals import EndAsked


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_the_service_hands_over_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def served(*_: object) -> None:
        seen.append(sys.getswitchinterval())
        raise EndAsked

    monkeypatch.setattr(daemon, "_serve", served)
    monkeypatch.setattr("os.umask", lambda _mask: 0)
    daemon.run(object(), {})  # type: ignore[arg-type]

    assert seen == [pytest.approx(HAND_OVER_SECONDS)]
