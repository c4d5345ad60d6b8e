"""What every test shares: golden files, where the captured data lies, and no way out of this machine."""

import ipaddress
import os
import socket
from pathlib import Path
from typing import Any

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write expected files anew; then read the diff")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture(scope="session")
def captured() -> Path:
    """The folder of real captured data, read in place."""
    folder = os.environ.get("MINER_AGENT_TEST_DATA")
    if not folder:
        pytest.skip("MINER_AGENT_TEST_DATA names no folder of captured data")
    return Path(folder)


@pytest.fixture(autouse=True)
def _loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that tries to leave this machine fails there and then."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in {socket.AF_INET, socket.AF_INET6}:
            host = ipaddress.ip_address(address[0].partition("%")[0])
            if not host.is_loopback:
                raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
