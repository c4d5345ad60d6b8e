"""Pools on loopback, which answer what a function makes of a request, and an account at one of them."""

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Self

from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.config.entries import PayoutsEntry
from miner_agent.payouts.asking import AskedPool
from miner_agent.payouts.syncing import PoolSynced, Syncing
from miner_agent.transport.feed_requests import fetch

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
Page = Callable[[str, bytes], Any]


class FakePool:
    """Answers with JSON, or with bytes as they are; ``None``: with status 404. ``asked``: method, path and body."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.asked: list[tuple[str, str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        fake = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                fake.asked.append((self.command, self.path, body))
                fake.headers.append(dict(self.headers))
                told = fake.page(self.path, body)
                raw = told if isinstance(told, bytes) else json.dumps(told).encode()
                self.send_response(404 if told is None else 200)
                self.send_header("Content-Length", str(len(raw)))
                self.end_headers()
                self.wfile.write(raw)

            do_POST = do_GET  # noqa: N815 - http.server calls it so

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def entry(pool: Any, url: str, **more: Any) -> PayoutsEntry:
    told = {"pool": pool, "coin": "XMR", "account": "48account", "wallet": "w", "base_url": url, "place": "payout 1"}
    return PayoutsEntry(**{**told, **more})


def synced(folder: Path, *entries: PayoutsEntry, currency: str | None = "USD", now: datetime = NOW) -> list[PoolSynced]:
    syncing = Syncing(
        folder=BooksFolder(folder), book="main", currency=currency, fetch=fetch, monotonic=lambda: 0.0
    )  # fmt: skip
    return list(syncing.all_of([AskedPool.of(one) for one in entries], clock=lambda: now))
