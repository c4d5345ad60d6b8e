"""A market, a tariff and a central bank on loopback, with figures of now."""

import json
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from typing import Any, Self

MARKET, TARIFF, BANK = "/v2/coins", "/v1/marketdata", "/stats/eurofxref/eurofxref-daily.xml"
HASHES_PER_DIFFICULTY = 2**32


def coin(ticker: str, *, difficulty: float, reward: float, price: float, at: datetime) -> dict[str, Any]:
    """A KawPow coin as minerstat would tell it, its figures in agreement with each other."""
    hashes = difficulty * HASHES_PER_DIFFICULTY
    return {
        "coin": ticker,
        "type": "coin",
        "algorithm": "KawPow",
        "network_hashrate": hashes / 60,
        "difficulty": difficulty,
        "reward": reward * 3600 / hashes,
        "reward_unit": ticker,
        "reward_block": reward,
        "price": price,
        "volume": 5_000_000,
        "updated": int(at.timestamp()),
    }


def market(now: datetime) -> bytes:
    return json.dumps(
        [
            coin("RVN", difficulty=70_000, reward=1250, price=0.0184, at=now),
            coin("CLORE", difficulty=9_000, reward=150, price=0.04, at=now),
        ]
    ).encode()


def hours(now: datetime, *, euros_per_megawatt_hour: float = 80) -> bytes:
    """48 hours from this one on."""
    first = now.replace(minute=0, second=0, microsecond=0)
    starts = [int((first + timedelta(hours=hour)).timestamp()) * 1000 for hour in range(49)]
    slots = [
        {"start_timestamp": start, "end_timestamp": end, "marketprice": euros_per_megawatt_hour, "unit": "Eur/MWh"}
        for start, end in pairwise(starts)
    ]
    return json.dumps({"object": "list", "data": slots}).encode()


def rates(now: datetime) -> bytes:
    return (
        '<Envelope xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><Cube>'
        f"<Cube time='{now:%Y-%m-%d}'><Cube currency='USD' rate='1.25'/></Cube></Cube></Envelope>"
    ).encode()


class FakeFeeds:
    """Answers ``GET`` with what ``pages`` makes for the path at that moment. ``asked`` are the paths, in order."""

    def __init__(self) -> None:
        self.pages: Mapping[str, Callable[[datetime], bytes]] = {MARKET: market, TARIFF: hours, BANK: rates}
        self.asked: list[str] = []
        self.fails = False
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                fake.asked.append(self.path)
                page = fake.pages.get(self.path)
                status = 500 if fake.fails or page is None else 200
                body = b"no" if page is None or status != 200 else page(datetime.now(UTC))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)
