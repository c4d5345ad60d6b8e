"""Services are told things: what is posted to a fake is no question to a miner."""

import pytest

from tests import fakes


@pytest.fixture(autouse=True)
def _any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fakes, "is_a_read", lambda request: True)
