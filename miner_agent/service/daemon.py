"""The agent as a service: what it starts and in which order it ends, signals, and word to systemd."""

import gc
import logging
import os
import select
import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from miner_agent.assembly import configured, miner_sources
from miner_agent.assembly.machines import Origin
from miner_agent.config.configuration import Config
from miner_agent.economy.economy_keeper import COMPUTED_EVERY, FEEDS, LOOKED_EVERY, PROFIT, EconomyKeeper
from miner_agent.errors import AgentError, ConfigError
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.service import descriptors
from miner_agent.service.gateway import Gateway, GatewayConfig
from miner_agent.service.keeping import Keeping
from miner_agent.service.sampler import Sampler
from miner_agent.service.sd_notify import Notifier
from miner_agent.storage.sqlite.directory import StateDirectory
from miner_agent.text import clean_text
from miner_agent.web.app import build_app
from miner_agent.web.server import WebHost, bind

log = logging.getLogger(__name__)
LOOK_SECONDS = 60.0  # between two looks for new miners
KEEPING_SECONDS = 1.5  # what the log and the state may still take at the end
UNKNOWN_BOOT = "unknown"  # in the log
ASKED_AT_ONCE = 512  # of the sources of other machines


def run(
    rig: Origin,
    environment: Mapping[str, str],
    on_tick: Callable[[RigSnapshot], None] | None = None,
) -> None:
    """Sample ``rig`` and serve what was read until SIGTERM or SIGINT.

    Raises:
        AgentError: it cannot start; the class says with which exit code.
    """
    os.umask(0o077)
    loaded = rig.load()
    with ExitStack() as stack:
        state = stack.enter_context(StateDirectory.open(configured.state_directory(loaded, environment)))
        sock = stack.enter_context(bind(loaded.http.listen.host, loaded.http.listen.port))
        signals = stack.enter_context(_Signals())
        notifier = Notifier(environment.get("NOTIFY_SOCKET"), environment.get("WATCHDOG_USEC"))
        boot_id = _boot_id(loaded.collectors.procfs)
        keeping = Keeping(state.path, boot_id=boot_id, make_directory=state.make_again)
        keeping.start(datetime.now(UTC))
        stack.callback(keeping.close, KEEPING_SECONDS)
        economy = EconomyKeeper(state.path, now=lambda: datetime.now(UTC))
        stack.callback(economy.close)
        keeping.every(LOOKED_EVERY, FEEDS, economy.ask_feeds)
        keeping.every(COMPUTED_EVERY, PROFIT, economy.compute)
        sampler = Sampler(
            loaded,
            rig.build(loaded),
            keeping=keeping,
            economy=economy,
            boot_id=boot_id or UNKNOWN_BOOT,
            notifier=notifier,
            on_tick=on_tick,
        )
        gateway = Gateway(
            _gateway_config(loaded),
            keeping=keeping,
            boot_id=boot_id or UNKNOWN_BOOT,
            at_once=descriptors.make_room(ASKED_AT_ONCE),
            mistakes=sampler.mistakes,
        )
        sampler.gateway = lambda: gateway.status
        app = build_app(sampler.pages, allowed_hosts=(loaded.http.listen.host,), rigs=gateway.pages)
        host = WebHost(app, sock)
        log.info("serving http://%s, state in %s", _shown(sock), state.path)
        gc.collect()
        gc.freeze()  # what is loaded by now stays: no collection needs to look at it again
        economy.take(loaded)
        sampler.start()
        stack.callback(sampler.stop)
        gateway.start()
        stack.callback(gateway.stop)
        host.start()
        sampler.serves = lambda: host.alive
        stack.callback(host.close)
        for received in signals:
            if received is None:
                _look_again(rig, loaded, sampler)
            elif received is signal.SIGHUP:
                notifier.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
                loaded = _reload(rig, loaded, sampler, gateway, economy)
                notifier.send("READY=1")
            else:
                break
        notifier.send("STOPPING=1")
        log.info("stopping")


def _gateway_config(loaded: Config) -> GatewayConfig:
    return GatewayConfig(rigs=miner_sources.rigs(loaded), interval_seconds=loaded.gateway.interval_seconds)


def _look_again(rig: Origin, loaded: Config, sampler: Sampler) -> None:
    """Read miners that have been started since."""
    try:
        if rig.look_again(loaded):
            sampler.take(loaded, rig.build(loaded, sampler.parts))
    except Exception:
        log.exception("looking for miners failed; those that are known are read on")


def _reload(rig: Origin, before: Config, sampler: Sampler, gateway: Gateway, economy: EconomyKeeper) -> Config:
    """Take the new configuration whole, or keep the old one: all is built before any is taken. The one that holds."""
    try:
        loaded = rig.load()
        _refuse_what_cannot_change(loaded, before)
        others, parts = _gateway_config(loaded), rig.build(loaded, sampler.parts)
        sampler.take(loaded, parts, reloaded_at=datetime.now(UTC))
        gateway.take(others)
        economy.take(loaded)
    except AgentError as error:
        sampler.keep()
        log.error("the new configuration is refused, the old one holds: %s", error)  # noqa: TRY400
    except Exception:
        sampler.keep()
        log.exception("the new configuration is refused, the old one holds")
    else:
        log.info("the new configuration holds")
        return loaded
    return before


def _refuse_what_cannot_change(loaded: Config, first: Config) -> None:
    changes = {
        "[http] listen": loaded.http.listen != first.http.listen,
        "[agent] state_directory": loaded.agent.state_directory != first.agent.state_directory,
    }
    for key, is_other in changes.items():
        if is_other:
            raise ConfigError(f"{key} cannot change while the agent runs; restart it")


class _Signals:
    """SIGTERM, SIGINT and SIGHUP as values to wait for. Handlers do nothing but wake the waiter."""

    _NUMBERS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

    def __enter__(self) -> Self:
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

    def __next__(self) -> signal.Signals | None:
        """The next signal; of a storm, an end before any reload. ``None`` where none came for a while."""
        while True:
            if not select.select([self._reader], [], [], LOOK_SECONDS)[0]:
                return None
            received = {signal.Signals(byte) for byte in self._reader.recv(4096)}
            for number in self._NUMBERS:
                if number in received:
                    return number


def _boot_id(procfs: Path) -> str | None:
    """Tells this boot of the machine from every other one; ``None``: nothing does."""
    try:
        return clean_text((procfs / "sys/kernel/random/boot_id").read_text(encoding="ascii")) or None
    except (OSError, UnicodeDecodeError):
        return None


def _shown(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
