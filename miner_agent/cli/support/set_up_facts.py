"""Looks at what surrounds a rig that is read, for the doctor: files, places of feeds, the service. Reads only."""

import os
import stat
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from miner_agent.assembly import miner_sources, unsaid, web_access
from miner_agent.bookkeeping.books_folder import BooksFolder
from miner_agent.cli.support.running_demo import is_of_demo
from miner_agent.cli.support.state_place import refuse_anothers
from miner_agent.config.configuration import Config
from miner_agent.config.entries import FeedEntry
from miner_agent.config.named_files import reason_of, shown_file
from miner_agent.config.named_secrets import named_secrets
from miner_agent.config.words import printable
from miner_agent.errors import AgentError, NotPermitted
from miner_agent.look.service_unit import ServiceUnit
from miner_agent.look.setup_checks import WRITE_OF_ANYBODY, BooksFacts, ExposureFacts, FeedFacts, SecretFacts, SetUp
from miner_agent.market import markets
from miner_agent.market.feed import FeedSettings
from miner_agent.market.feeding import fingerprint
from miner_agent.posting.ledger_look import books_now
from miner_agent.storage.feed_cache import FeedCache, Kept
from miner_agent.storage.kept_alerts.beside_agent import alerts_beside
from miner_agent.storage.kept_alerts.deliveries import read_deliveries
from miner_agent.storage.kept_alerts.standings import read_look
from miner_agent.storage.sqlite.file_names import ALERTS_FILE
from miner_agent.text import path_text
from miner_agent.transport.endpoint import HTTP_PORT, HTTPS_PORT, Endpoint
from miner_agent.transport.reachable import Place, who_is_reachable

FEEDS_DEADLINE_SECONDS = 5.0
PORTS = {"https": HTTPS_PORT, "http": HTTP_PORT}


def set_up_facts(
    loaded: Config, *, state: Path | None, unit: ServiceUnit | None, agent_answers: bool, now: datetime
) -> SetUp:
    """What is there.

    Args:
        loaded: the configuration that holds.
        state: the agent's directory; ``None``: there is no place for one.
        unit: as systemd has the service.
        agent_answers: whether a running agent does.
        now: wall clock.
    """
    facts = SetUp(
        now=now,
        agent_answers=agent_answers,
        unit=unit,
        outside=dict(_outside(loaded)),
        exposure=_exposure(loaded, is_invented=is_of_demo(state)),
        alerts=loaded.alerts,
        owner=unsaid.alerts_owner(loaded),
        feeds=tuple(_feeds(loaded.feeds, state, now)),
        has_tariff=loaded.tariff is not None,
        books=_books(loaded, state),
    )
    return _with_alerts(facts, state)


def _outside(loaded: Config) -> Iterator[tuple[str, str]]:
    """Who is to be asked beyond this machine, and at which host."""
    sources = [miner_sources.of_miner(one) for one in loaded.miners]
    sources += [miner_sources.of_meter(one) for one in loaded.meters]
    for source in sources:
        if not source.endpoint.is_loopback and source.endpoint.scheme != "file":
            yield source.name, source.endpoint.host
    for entry in loaded.feeds:
        place = _place_of(markets.settings_of(entry)[1])
        if place is not None and not Endpoint(scheme="https", host=place[0], port=place[1]).is_loopback:
            yield f"feed {entry.name}", place[0]


def _exposure(loaded: Config, *, is_invented: bool) -> ExposureFacts:
    listen = loaded.http.listen
    facts = ExposureFacts(
        listen=str(listen),
        is_loopback=listen.is_loopback,
        books_users=loaded.http.books_users,
        money=None if is_invented else web_access.told_of_money(loaded),
        secrets=tuple(_secrets(loaded)),
        writable=tuple(Path(told) for told in loaded.sources if _mode(Path(path_text(told))) & WRITE_OF_ANYBODY),
    )
    try:
        access = web_access.read_access(loaded, os.environ)
    except AgentError:  # which is told as a flaw of the configuration
        return facts
    return replace(facts, has_tls=access.certificates is not None, users=len(access.users))


def _secrets(loaded: Config) -> Iterator[SecretFacts]:
    for key, file in named_secrets(loaded):
        if file.from_systemd:  # which answers for who may read it
            continue
        shown = printable(shown_file(file.path))
        try:
            yield SecretFacts(key=key, file=shown, mode=stat.S_IMODE(file.path.stat().st_mode))
        except PermissionError:
            continue  # this user may not even look for it
        except OSError as error:
            yield SecretFacts(key=key, file=shown, unread=reason_of(error))


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:  # ``environment`` is one of the sources, and no file
        return 0


def _feeds(entries: tuple[FeedEntry, ...], state: Path | None, now: datetime) -> Iterator[FeedFacts]:
    """What is known of each. A connection is made to its place, and nothing is asked: an answer may cost something."""
    settings = [(entry, markets.settings_of(entry)[1]) for entry in entries]
    places = {entry.name: _place_of(each) for entry, each in settings}
    reached = who_is_reachable(
        (place for place in places.values() if place is not None), deadline_seconds=FEEDS_DEADLINE_SECONDS
    )
    for entry, each in settings:
        place, kept = places[entry.name], _kept(each, state, now)
        yield FeedFacts(
            name=entry.name,
            place=None if place is None else f"{place[0]}:{place[1]}",
            unreachable=None if place is None else reached[place],
            unreadable=_unreadable(entry, each),
            last_at=kept.fetched_at,
            failures=kept.failures,
        )


def _place_of(settings: FeedSettings) -> Place | None:
    if settings.file is not None or settings.base_url is None:
        return None
    parts = urlsplit(settings.base_url)
    return parts.hostname or "", parts.port or PORTS[parts.scheme]


def _kept(settings: FeedSettings, state: Path | None, now: datetime) -> Kept:
    asked = fingerprint(settings)
    if state is not None:
        try:
            return FeedCache(state).get(settings.name, asked=asked, now=now)
        except AgentError:
            pass
    return Kept(asked=asked)


def _unreadable(entry: FeedEntry, settings: FeedSettings) -> str | None:
    try:
        markets.key_of(entry)
        if settings.file is not None:
            settings.file.open("rb").close()
    except AgentError as error:
        return str(error)
    except OSError as error:
        return (
            f"{entry.place}: file {printable(str(settings.file))}: {reason_of(error)}; name one that the agent may read"
        )
    return None


def _books(loaded: Config, state: Path | None) -> BooksFacts:
    if state is None:
        return BooksFacts()
    folder = BooksFolder(state)
    posts = loaded.books.post_energy and loaded.tariff is not None
    try:
        refuse_anothers(folder.ledger, "doctor")
        books = tuple(books_now(folder))
        findings = folder.check(folder.known()).findings if books else ()
    except NotPermitted as error:
        return BooksFacts(unread=str(error))
    except AgentError as error:
        return BooksFacts(unusable=str(error))
    return BooksFacts(books=books, findings=findings, posts_energy=posts)


def _with_alerts(facts: SetUp, state: Path | None) -> SetUp:
    """With what the agent keeps of alerts and of word of them, where it keeps any."""
    if state is None or facts.owner != "local" or not os.path.lexists(state / ALERTS_FILE):
        return facts
    try:
        refuse_anothers(state / ALERTS_FILE, "doctor")
        with alerts_beside(state / ALERTS_FILE, writes=False) as connection:
            look, deliveries = read_look(connection), read_deliveries(connection)
    except AgentError as error:
        return replace(facts, alerts_unread=str(error))
    return replace(facts, deliveries=deliveries, looked_at=None if look is None else look.at)
