"""A transport, and a fake miner that answers."""

from collections.abc import Iterator

import pytest

from miner_agent.transport.polls import Transport
from tests.fake_http import FakeMiner
from tests.transport.asking import BODY, SUMMARY


@pytest.fixture
def transport() -> Iterator[Transport]:
    transport = Transport()
    yield transport
    transport.close()


@pytest.fixture
def miner() -> Iterator[FakeMiner]:
    with FakeMiner({SUMMARY.path: BODY}) as miner:
        yield miner
