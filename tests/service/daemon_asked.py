"""What the whole agent is configured with, and what a real Prometheus says of it."""

import json
import socket
from typing import Any

from tests.waiting import until


def configured(*miners: tuple[str, str, str], interval_seconds: int = 1) -> str:
    text = f"[agent]\ninterval_seconds = {interval_seconds}\n"
    for name, driver, address in miners:
        text += f'[[miners]]\nname = "{name}"\ndriver = "{driver}"\naddress = "{address}"\n'
    return text


def free_port() -> int:
    """A port of loopback on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def asked(listen: str, query: str) -> list[dict[str, Any]]:
    """The answer of Prometheus once it is not empty."""
    from urllib.parse import quote
    from urllib.request import urlopen

    def result() -> list[dict[str, Any]]:
        with urlopen(f"http://{listen}/api/v1/query?query={quote(query)}", timeout=5) as answer:
            found: list[dict[str, Any]] = json.load(answer)["data"]["result"]
            return found

    return until(result, seconds=60, every_seconds=0.3, passing_over=(OSError,))
