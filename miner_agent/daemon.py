"""The agent as a service: the sampling loop, signals, and word to systemd."""

import logging
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from exporters.prometheus import Renderer
from miner_agent import wiring
from miner_agent.config import Config
from miner_agent.errors import AgentError, ConfigError
from miner_agent.model import AgentStatus, RigSnapshot
from miner_agent.sd_notify import HEADROOM, Notifier
from miner_agent.storage.directory import StateDirectory
from miner_agent.web.app import build_app
from miner_agent.web.host import WebHost, bind
from miner_agent.web.pages import Pages

log = logging.getLogger(__name__)
FRESH_INTERVALS = 3  # readiness: the last tick may be this many intervals old
STOP_SECONDS = 4.0


class Sampler:
    """Ticks on a monotonic clock, in a thread of its own, and publishes each tick."""

    def __init__(
        self,
        loaded: Config,
        parts: wiring.Parts,
        *,
        notifier: Notifier,
        on_tick: Callable[[RigSnapshot], None] | None = None,
    ) -> None:
        self._config, self._parts = loaded, parts
        self._next: tuple[Config, wiring.Parts] | None = None
        self._notifier, self._on_tick = notifier, on_tick
        self._renderer = Renderer()
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._status = wiring.agent_status(datetime.now(UTC))
        self._ticked_at: float | None = None
        self._down: dict[str, str] = {}
        self.pages = Pages(self.why_not_ready)
        self._thread = threading.Thread(target=self._run, name="sampling", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the loop, in the middle of a tick if need be."""
        self._stop.set()
        with self._lock:
            self._parts.close()
            if self._next is not None:
                self._next[1].close()
        self._thread.join(STOP_SECONDS)

    def take(self, loaded: Config, parts: wiring.Parts) -> None:
        """Use this configuration from the next tick on."""
        with self._lock:
            self._next = (loaded, parts)
            self._status = replace(self._status, config_reload_ok=True, config_loaded_at=datetime.now(UTC))

    def keep(self) -> None:
        """Note that a new configuration was refused, and the old one holds."""
        with self._lock:
            self._status = replace(self._status, config_reload_ok=False)

    def why_not_ready(self) -> str | None:
        """``None`` while samples are fresh; else what is missing."""
        if self._ticked_at is None:
            return "no tick is complete yet"
        age_seconds = time.monotonic() - self._ticked_at
        if age_seconds > FRESH_INTERVALS * self._config.interval_seconds:
            return f"the last tick is {age_seconds:.0f} s old"
        return None

    def _run(self) -> None:
        due = time.monotonic() + wiring.SETTLE_SECONDS
        self._stop.wait(wiring.SETTLE_SECONDS)
        while not self._stop.is_set():
            try:
                self._tick()
            except Exception:
                if not self._stop.is_set():
                    log.exception("this tick failed")
            interval_seconds = self._config.interval_seconds
            due += interval_seconds
            late_seconds = time.monotonic() - due
            if late_seconds > interval_seconds:
                self._count(late_ticks_total=self._status.late_ticks_total + 1)
                due = time.monotonic()
            self._wait_until(due)

    def _wait_until(self, due: float) -> None:
        """Wait, and tell the watchdog meanwhile that samples are fresh."""
        watchdog_seconds = self._notifier.watchdog_seconds
        while not self._stop.is_set():
            if self.why_not_ready() is None:
                self._notifier.send("WATCHDOG=1")
            left_seconds = due - time.monotonic()
            if left_seconds <= 0:
                return
            self._stop.wait(
                min(left_seconds, watchdog_seconds / HEADROOM) if watchdog_seconds else left_seconds
            )

    def _tick(self) -> None:
        with self._lock:
            if self._next is not None:
                self._parts.close()
                self._config, self._parts = self._next
                self._next = None
            status, parts = self._status, self._parts
        snapshot = parts.pipeline.tick(datetime.now(UTC), status)
        if self._stop.is_set():
            return
        self._publish(snapshot)
        first = self._ticked_at is None
        self._ticked_at = time.monotonic()
        self._log_changes(snapshot)
        up = sum(outcome.error is None for outcome in snapshot.outcomes)
        self._notifier.send(
            *(["READY=1"] if first else []), f"STATUS={up} of {len(snapshot.outcomes)} sources give readings"
        )
        if self._on_tick is not None:
            self._on_tick(snapshot)

    def _publish(self, snapshot: RigSnapshot) -> None:
        try:
            page = self._renderer.render(snapshot)
        except Exception:
            log.exception("the page of metrics cannot be built; it holds no readings until it can")
            status = self._count(render_failures_total=self._status.render_failures_total + 1)
            page = self._renderer.render_agent_only(replace(snapshot, agent=status))
        self.pages.publish(page.text, page.openmetrics)

    def _count(self, **changes: int) -> AgentStatus:
        with self._lock:
            self._status = replace(self._status, **changes)  # type: ignore[arg-type]
            return self._status

    def _log_changes(self, snapshot: RigSnapshot) -> None:
        """The first failure of a source, every change of its kind, and its recovery: a line each."""
        for outcome in snapshot.outcomes:
            before = self._down.get(outcome.source)
            if outcome.error is None:
                if self._down.pop(outcome.source, None) is not None:
                    log.info("%s: gives readings again", outcome.source)
            elif outcome.error.kind != before:
                self._down[outcome.source] = outcome.error.kind
                log.warning("%s", outcome.error)


def run(
    given: Path | None,
    environment: Mapping[str, str],
    on_tick: Callable[[RigSnapshot], None] | None = None,
) -> None:
    """Sample and serve until SIGTERM or SIGINT.

    Raises:
        AgentError: it cannot start; the class says with which exit code.
    """
    os.umask(0o077)
    loaded = wiring.load_config(given, environment)
    with ExitStack() as stack:
        state = stack.enter_context(StateDirectory.open(wiring.state_directory(loaded, environment)))
        sock = stack.enter_context(bind(loaded.listen_host, loaded.listen_port))
        signals = stack.enter_context(_Signals())
        notifier = Notifier(environment.get("NOTIFY_SOCKET"), environment.get("WATCHDOG_USEC"))
        sampler = Sampler(
            loaded, wiring.build(loaded, environment), notifier=notifier, on_tick=on_tick
        )
        host = WebHost(build_app(sampler.pages, allowed_hosts=(loaded.listen_host,)), sock)
        log.info("serving http://%s, state in %s", _shown(sock), state.path)
        sampler.start()
        stack.callback(sampler.stop)
        host.start()
        stack.callback(host.close)
        for received in signals:
            if received is signal.SIGHUP:
                notifier.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
                _reload(given, environment, loaded, sampler)
                notifier.send("READY=1")
            else:
                break
        notifier.send("STOPPING=1")
        log.info("stopping")


def _reload(given: Path | None, environment: Mapping[str, str], first: Config, sampler: Sampler) -> None:
    """Take the new configuration whole, or keep the old one."""
    try:
        loaded = wiring.load_config(given, environment)
        for key in ("listen_host", "listen_port", "state_directory"):
            if getattr(loaded, key) != getattr(first, key):
                raise ConfigError(f"{key} cannot change while the agent runs; restart it")
        sampler.take(loaded, wiring.build(loaded, environment))
    except AgentError as error:
        sampler.keep()
        log.error("the new configuration is refused, the old one holds: %s", error)  # noqa: TRY400
    else:
        log.info("the new configuration holds")


class _Signals:
    """SIGTERM, SIGINT and SIGHUP as values to wait for. Handlers do nothing but wake the waiter."""

    _NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __enter__(self) -> "_Signals":
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        self._old_fd = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._old = {number: signal.signal(number, lambda *_: None) for number in self._NUMBERS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._old.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._old_fd)
        self._reader.close()
        self._writer.close()

    def __iter__(self) -> "_Signals":
        return self

    def __next__(self) -> signal.Signals:
        """The next signal; of a storm, an end before any reload."""
        while True:
            select.select([self._reader], [], [])
            received = {signal.Signals(byte) for byte in self._reader.recv(4096)}
            for number in self._NUMBERS:
                if number in received:
                    return number


def _shown(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
