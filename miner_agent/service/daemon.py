"""The agent as a service: what it starts and in which order it ends, signals, and word to systemd."""

import gc
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from miner_agent.alarms.alerts_keeper import AlertsKeeper, AlertsSettings
from miner_agent.assembly import configured, miner_sources, unsaid, web_access
from miner_agent.assembly.machines import Origin
from miner_agent.assembly.parts import Parts
from miner_agent.assembly.web_access import WebAccess
from miner_agent.config.configuration import Config, HttpTable
from miner_agent.config.state_folder import state_directory
from miner_agent.economy.economy_keeper import COMPUTED_EVERY, FEEDS, LOOKED_EVERY, PROFIT, EconomyKeeper
from miner_agent.errors import AgentError, ConfigError, TimedOut
from miner_agent.face.agent_face import AgentFace
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.notifying.notice_sender import NoticeSender
from miner_agent.notifying.prepared_channels import PreparedAlerts
from miner_agent.posting.day_desk import DayDesk
from miner_agent.posting.posting_keeper import POSTED_JOB_EVERY, POSTING, PostingKeeper
from miner_agent.service import descriptors
from miner_agent.service.alert_service import alerts_settings, looking_for_alerts
from miner_agent.service.channel_service import sending_notices
from miner_agent.service.desk_service import asking_desks
from miner_agent.service.gateway import Gateway, GatewayConfig
from miner_agent.service.hand_over import hand_over_soon
from miner_agent.service.keeping import Keeping
from miner_agent.service.one_arena import TRIMMED_EVERY, TRIMMING, give_back, trim
from miner_agent.service.preparing import Preparing
from miner_agent.service.sampler import Sampler
from miner_agent.service.sd_notify import Notifier
from miner_agent.service.signals import EndAsked, Signals
from miner_agent.storage.sqlite.directory import StateDirectory
from miner_agent.text import clean_text
from miner_agent.web.app import build_app
from miner_agent.web.day_pages import DayPages
from miner_agent.web.guard import Guard
from miner_agent.web.listening import bind, bound_socket
from miner_agent.web.server import MORE_CONNECTIONS, WebHost

log = logging.getLogger(__name__)
KEEPING_SECONDS = 1.5  # what the log and the state may still take at the end
UNKNOWN_BOOT = "unknown"  # in the log
ASKED_AT_ONCE = 512  # of the sources of other machines


@dataclass(frozen=True, slots=True)
class _Prepared:
    """All that a configuration needs, before any of it is taken."""

    loaded: Config
    others: GatewayConfig
    access: WebAccess
    alerts: AlertsSettings
    channels: PreparedAlerts
    parts: Parts

    @classmethod
    def of(
        cls, rig: Origin, loaded: Config, environment: Mapping[str, str], before: Parts | None = None
    ) -> "_Prepared":
        access = web_access.read_access(loaded, environment)
        others = GatewayConfig(
            rigs=miner_sources.rigs(loaded),
            interval_seconds=loaded.gateway.interval_seconds,
            remembered_seconds=loaded.agent.devices_remembered_seconds,
            algorithms=configured.algorithms(loaded),
            plans=loaded.plans,
            limits=configured.temperature_limits(loaded),
            hashrates=configured.expected_hashrates(loaded),
        )
        alerts, channels = alerts_settings(loaded), configured.alert_channels(loaded)
        return cls(loaded, others, access, alerts, channels, rig.build(loaded, before))


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
    hand_over_soon()
    with Signals() as signals:
        try:
            _serve(rig, environment, on_tick, signals)
        except EndAsked:
            log.info("stopping, before all was started")


def _serve(
    rig: Origin, environment: Mapping[str, str], on_tick: Callable[[RigSnapshot], None] | None, signals: Signals
) -> None:
    """Raises EndAsked: a signal to end came while it waited for a disk at the start."""
    preparing = Preparing(signals)
    loaded = preparing.needed(rig.load)
    with ExitStack() as stack:
        directory = state_directory(loaded, environment)
        state = stack.enter_context(preparing.needed(lambda: StateDirectory.open(directory)))
        sock, local = stack.enter_context(_listening(loaded.http))
        notifier = Notifier(environment.get("NOTIFY_SOCKET"), environment.get("WATCHDOG_USEC"))
        boot_id = _boot_id(loaded.collectors.procfs)
        algorithms = preparing.needed(lambda: configured.algorithms(loaded))
        keeping = preparing.needed(
            lambda: Keeping(state.path, boot_id=boot_id, make_directory=state.make_again, algorithms=algorithms)
        )
        keeping.start(datetime.now(UTC))
        stack.callback(keeping.close, KEEPING_SECONDS)
        economy = stack.enter_context(_economy(state.path, keeping))
        books = stack.enter_context(_books(state.path, environment, keeping))
        first = preparing.needed(lambda: _Prepared.of(rig, loaded, environment))
        sampler = Sampler(
            loaded,
            first.parts,
            keeping=keeping,
            economy=economy,
            boot_id=boot_id or UNKNOWN_BOOT,
            notifier=notifier,
            on_tick=on_tick,
        )
        asked_at_once, clients_at_once = descriptors.make_room_for(ASKED_AT_ONCE, MORE_CONNECTIONS)
        gateway = Gateway(
            first.others,
            keeping=keeping,
            boot_id=boot_id or UNKNOWN_BOOT,
            asker=rig.asker(asked_at_once),
            beside=rig.beside,
            mistakes=sampler.mistakes,
        )
        sampler.clock_synchronized = rig.clock_synchronized
        sampler.ledger = lambda: books.status
        sampler.gateway = lambda: gateway.status
        guard = stack.enter_context(_guarded(first, rig))
        host = WebHost(
            build_app(
                sampler.pages,
                guard=guard,
                rigs=gateway.pages,
                days=stack.enter_context(_days(state.path, keeping, lambda: unsaid.rig_name(loaded))),
                face=AgentFace(
                    lambda: sampler.newest,
                    sampler.why_not_ready,
                    stack.enter_context(asking_desks(state.path, environment, economy)),
                ),
            ),
            sock,
            first.access.certificates,
            local=local,
            more_connections=lambda: min(len(gateway.pages.names), clients_at_once),
            after_crowd=give_back,
        )
        log.info("serving %s://%s, state in %s", _scheme(first.access), _shown(sock), state.path)
        _hold_little(keeping)
        economy.take(loaded)
        books.take(loaded)
        alerts = stack.enter_context(
            looking_for_alerts(
                state.path,
                first.alerts,
                boot_id=boot_id,
                make_directory=state.make_again,
                sampler=sampler,
                gateway=gateway,
            )
        )
        channels = stack.enter_context(sending_notices(alerts, first.channels, keeping=keeping, sampler=sampler))
        sampler.start()
        stack.callback(sampler.stop)
        gateway.start()
        stack.callback(gateway.stop)
        host.start()
        sampler.serves = lambda: host.alive
        stack.callback(host.close)
        look_again = _Looking(rig, preparing, sampler)
        with suppress(EndAsked):
            for received in signals:
                if received is None:
                    look_again(loaded)
                elif received is signal.SIGHUP:
                    notifier.send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")
                    loaded = _reload(
                        rig, loaded, environment, preparing, sampler, gateway, economy, alerts, channels, host, guard
                    )
                    books.take(loaded)
                    notifier.send("READY=1")
                else:
                    break
        notifier.send("STOPPING=1")
        log.info("stopping")


def _hold_little(keeping: Keeping) -> None:
    """What is loaded stays: no collection needs to look at it again. What reading and compiling it took is let go
    before, and what ticks and pages take, each minute.
    """
    give_back()
    gc.freeze()
    keeping.every(TRIMMED_EVERY, TRIMMING, trim)


@contextmanager
def _economy(directory: Path, keeping: Keeping) -> Iterator[EconomyKeeper]:
    """Whoever asks feeds and computes sums, on the calendar."""
    with closing(EconomyKeeper(directory, now=lambda: datetime.now(UTC))) as economy:
        keeping.every(LOOKED_EVERY, FEEDS, economy.ask_feeds)
        keeping.every(COMPUTED_EVERY, PROFIT, economy.compute)
        yield economy


@contextmanager
def _books(directory: Path, environment: Mapping[str, str], keeping: Keeping) -> Iterator[PostingKeeper]:
    """Whoever posts into the books, on the calendar."""
    books = PostingKeeper(directory, credentials=environment.get("CREDENTIALS_DIRECTORY"))
    keeping.every(POSTED_JOB_EVERY, POSTING, lambda: books.look(keeping.believed_now))
    try:
        yield books
    finally:
        books.close()


@contextmanager
def _days(directory: Path, keeping: Keeping, rig: Callable[[], str]) -> Iterator[DayPages]:
    """What is told of days that are over."""
    desk = DayDesk(directory, rig=rig, now=lambda: keeping.believed_now)
    with closing(DayPages(desk.answer)) as days:
        yield days


class _Looking:
    """Reads miners that have been started since."""

    def __init__(self, rig: Origin, preparing: Preparing, sampler: Sampler) -> None:
        self._rig, self._preparing, self._sampler = rig, preparing, sampler
        self._owed = False  # the last look may have found some, and was late

    def __call__(self, loaded: Config) -> None:
        before, self._owed = self._owed, True
        try:
            parts = self._preparing.in_time(lambda: self._found(loaded, owed=before), self._undo)
            if parts is not None:
                self._sampler.take(loaded, parts)
        except TimedOut as error:
            log.warning("looking for miners: %s; those that are known are read on", error)
        except Exception:
            log.exception("looking for miners failed; those that are known are read on")
        else:
            self._owed = False

    def _found(self, loaded: Config, *, owed: bool) -> Parts | None:
        is_other = self._rig.look_again(loaded)
        return self._rig.build(loaded, self._sampler.parts) if is_other or owed else None

    def _undo(self, parts: Parts | None) -> None:
        if parts is not None:
            parts.close(self._sampler.parts)


def _reload(
    rig: Origin,
    before: Config,
    environment: Mapping[str, str],
    preparing: Preparing,
    sampler: Sampler,
    gateway: Gateway,
    economy: EconomyKeeper,
    alerts: AlertsKeeper,
    channels: NoticeSender,
    host: WebHost,
    guard: Guard,
) -> Config:
    """Take the new configuration whole, or keep the old one: all is built before any is taken. The one that holds."""

    def prepare() -> _Prepared:
        loaded = rig.load()
        _refuse_what_cannot_change(loaded, before)
        return _Prepared.of(rig, loaded, environment, sampler.parts)

    try:
        new = preparing.in_time(prepare, undo=lambda late: late.parts.close(sampler.parts))
        sampler.take(new.loaded, new.parts, reloaded_at=datetime.now(UTC))
        gateway.take(new.others)
        economy.take(new.loaded)
        alerts.take(new.alerts)
        channels.take(new.channels)
        host.certificates = new.access.certificates
        _admit(guard, new)
    except AgentError as error:
        sampler.keep()
        log.error("the new configuration is refused, the old one holds: %s", error)  # noqa: TRY400
    except Exception:
        sampler.keep()
        log.exception("the new configuration is refused, the old one holds")
    else:
        log.info("the new configuration holds")
        return new.loaded
    return before


@contextmanager
def _listening(http: HttpTable) -> Iterator[tuple[socket.socket, socket.socket | None]]:
    """Where clients come from: the address, and the socket of this machine if there is one."""
    with bind(http.listen.host, http.listen.port) as sock:
        if http.socket is None:
            yield sock, None
        else:
            with bound_socket(http.socket) as local:
                yield sock, local


@contextmanager
def _guarded(first: _Prepared, rig: Origin) -> Iterator[Guard]:
    with closing(Guard((first.loaded.http.listen.host,), is_invented=rig.is_invented)) as guard:
        _admit(guard, first)
        yield guard


def _admit(guard: Guard, told: _Prepared) -> None:
    http = told.loaded.http
    guard.take(
        users=told.access.users,
        books_users=http.books_users,
        names=http.names,
        trusted_proxies=http.trusted_proxies,
    )
    if not guard.is_invented and (said := web_access.told_of_money(told.loaded)):
        log.info("%s", said)


def _refuse_what_cannot_change(loaded: Config, first: Config) -> None:
    changes = {
        "[http] listen": loaded.http.listen != first.http.listen,
        "[http] socket": loaded.http.socket != first.http.socket,
        "[agent] state_directory": loaded.agent.state_directory != first.agent.state_directory,
    }
    for key, is_other in changes.items():
        if is_other:
            raise ConfigError(f"{key} cannot change while the agent runs; restart it")


def _boot_id(procfs: Path) -> str | None:
    """Tells this boot of the machine from every other one; ``None``: nothing does."""
    try:
        return clean_text((procfs / "sys/kernel/random/boot_id").read_text(encoding="ascii")) or None
    except (OSError, UnicodeDecodeError):
        return None


def _scheme(access: WebAccess) -> str:
    return "http" if access.certificates is None else "https"


def _shown(sock: socket.socket) -> str:
    host, port = sock.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
