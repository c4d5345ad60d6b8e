"""What surrounds a rig that is read: its service, who may ask it, whom it tells, its prices and its books. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from calculators.told_figures import counted
from miner_agent.config.alert_keys import AlertsTable
from miner_agent.errors import Unreachable
from miner_agent.look.check import Check
from miner_agent.look.service_unit import ServiceUnit
from miner_agent.model.alerts_status import LOOKED_LATELY, AlertsOwner
from miner_agent.model.channel_status import ChannelDeliveries
from miner_agent.model.ledger_status import BookStatus

WAITS_TOO_LONG = timedelta(minutes=10)
POSTED_LATE = timedelta(days=2)  # a day is posted soon after it is over
LOG = "journalctl -u miner-agent"
OTHERS = 0o077  # of a file's mode: what anybody but its owner may do
WRITE_OF_ANYBODY = 0o002


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedFacts:
    """One feed. ``None``: not known, or none."""

    name: str
    place: str | None  # host and port; None: a saved answer is read
    unreachable: Unreachable | None = None
    unreadable: str | None = None  # why its file, or that of its key, cannot be read
    last_at: datetime | None = None  # when it last gave what could be read
    failures: int = 0  # since then


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksFacts:
    """The books. ``unread``: why this user cannot look into them; ``unusable``: why nobody can."""

    books: tuple[BookStatus, ...] = ()
    findings: tuple[str, ...] = ()  # of going through every entry
    unread: str | None = None
    unusable: str | None = None
    posts_energy: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretFacts:
    """One file of a secret, by the key that names it. ``unread``: why it cannot be looked at."""

    key: str
    file: str
    mode: int = 0
    unread: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposureFacts:
    """Who may ask over HTTP, and which files others may read."""

    listen: str
    is_loopback: bool
    has_tls: bool = False
    users: int = 0
    books_users: tuple[str, ...] = ()
    money: str | None = None  # where money goes if no user may see it
    secrets: tuple[SecretFacts, ...] = ()
    writable: tuple[Path, ...] = ()  # files of the configuration that anybody may write


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp:
    """All of it."""

    now: datetime
    agent_answers: bool
    unit: ServiceUnit | None  # None: no systemd runs
    outside: Mapping[str, str] = field(default_factory=dict)  # who is to be asked beyond this machine, and its host
    exposure: ExposureFacts
    alerts: AlertsTable
    owner: AlertsOwner
    deliveries: Mapping[str, ChannelDeliveries] = field(default_factory=dict)
    looked_at: datetime | None = None  # when the agent last looked for alerts
    alerts_unread: str | None = None
    feeds: tuple[FeedFacts, ...] = ()
    has_tariff: bool = False
    books: BooksFacts


def examine_set_up(facts: SetUp) -> tuple[Check, ...]:
    """Every check, in the order of the areas."""
    return (
        *_service(facts),
        *_exposure(facts.exposure),
        *_alerts(facts),
        *_prices(facts),
        *_books(facts.books, facts.now),
    )


def _service(facts: SetUp) -> Iterator[Check]:
    unit = facts.unit
    if unit is None:
        return
    if not unit.installed:
        said = "it is not installed: the agent runs as long as somebody leaves it running (sudo make install-service)"
        yield Check(area="service", subject="systemd", said=said, is_note=True)
        return
    if not unit.enabled:
        said, mend = "it does not start with the machine", "sudo systemctl enable miner-agent"
        yield Check(area="service", subject="systemd", said=said, mend=mend, is_risk=True)
    if not unit.running:
        mend = f"see why: {LOG}; then sudo systemctl start miner-agent"
        yield Check(area="service", subject="systemd", said="it is installed and does not run", mend=mend)
    elif not facts.agent_answers:
        said = "it runs, and does not answer where this configuration says that it listens"
        yield Check(area="service", subject="systemd", said=said, mend=f"see why: {LOG}")
    else:
        yield Check(area="service", subject="systemd", said="it runs")
    for who, host in facts.outside.items():
        if not unit.lets_out(host):
            yield Check(
                area="service",
                subject=who,
                said=f"the service may not talk to {host}: it would time out, though others here reach it",
                mend="allow its address: sudo systemctl edit miner-agent, [Service] IPAddressAllow=; docs/service.md",
            )


def _exposure(facts: ExposureFacts) -> Iterator[Check]:
    who = "this machine alone reaches it" if facts.is_loopback else "others reach it"
    kept = ", ".join(
        part for part in ("TLS" if facts.has_tls else "", f"{facts.users} users" if facts.users else "") if part
    )
    yield Check(area="exposure", subject=facts.listen, said=f"{who}{f'; {kept}' if kept else ''}")
    if facts.books_users:
        said = f"{', '.join(facts.books_users)} may see them over HTTP"
        yield Check(area="exposure", subject="money and books", said=said)
    elif facts.money is not None:
        yield Check(area="exposure", subject="money and books", said=facts.money, is_note=True)
    for file in facts.writable:
        said = "anybody on this machine may write it, and so say what the agent does"
        yield Check(area="exposure", subject=str(file), said=said, mend=f"chmod o-w {file}", is_risk=True)
    yield from map(_secret, facts.secrets)


def _secret(secret: SecretFacts) -> Check:
    if secret.unread is not None:
        said, mend = f"{secret.file}: {secret.unread}", "write the secret there, or correct the key"
        return Check(area="secret", subject=secret.key, said=said, mend=mend)
    if secret.mode & OTHERS:
        said = f"others than its owner may read {secret.file} (mode {secret.mode:04o})"
        return Check(area="secret", subject=secret.key, said=said, mend=f"chmod 600 {secret.file}")
    return Check(area="secret", subject=secret.key, said=f"{secret.file} is its owner's alone")


def _alerts(facts: SetUp) -> Iterator[Check]:
    """Whom the agent tells. What keeps a channel from being made is a flaw of the configuration, and told as one."""
    alerts = facts.alerts
    if facts.alerts_unread is not None:
        yield Check(area="channel", subject="alerts", said=facts.alerts_unread, is_note=True)
    for entry in alerts.channels:
        whose = f" of {', '.join(entry.rigs)}" if entry.rigs else ""
        said = f"{entry.kind}, {', '.join(entry.severities)}{whose}; try it: miner-agent alerts test {entry.name}"
        yield _channel(entry.name, said, facts.deliveries.get(entry.name, ChannelDeliveries()), facts.now)
    if alerts.channels and facts.owner == "prometheus":
        yield Check(
            area="channel",
            subject="alerts",
            said="Prometheus tells people of them, so that nothing goes by these channels",
            mend='leave [alerts] owner away, or write owner = "local"; or leave [[alerts.channels]] away',
        )
    if not alerts.channels:
        said = "there is no channel: the agent itself tells nobody"
        if facts.owner == "prometheus":
            said += "; a Prometheus can, by the rules of miner-agent rules export"
        yield Check(area="channel", subject="alerts", said=said, is_note=True)
    looked = facts.looked_at if facts.owner == "local" and facts.agent_answers else None
    if looked is not None and facts.now - looked > LOOKED_LATELY:
        said = f"the running agent has not looked for them since {_moment(looked)}"
        yield Check(area="channel", subject="alerts", said=said, mend=f"see why: {LOG}")
    if alerts.channels and alerts.dead_man.url_file is None:
        said = "none is given ([alerts.dead_man]): nobody is told that this agent or its network is gone"
        yield Check(area="channel", subject="sign of life", said=said, is_note=True)


def _channel(name: str, said: str, sent: ChannelDeliveries, now: datetime) -> Check:
    last = f"; it last took something at {_moment(sent.last_at)}" if sent.last_at else ""
    if sent.waiting_since is not None and now - sent.waiting_since > WAITS_TOO_LONG:
        waits = f"{sent.waiting} of its messages wait since {_moment(sent.waiting_since)}{last}"
        mend = f"see what the other side says: miner-agent alerts test {name}, {LOG}"
        return Check(area="channel", subject=name, said=waits, mend=mend)
    if sent.dropped:
        gone = f"{sent.dropped} of its messages were given up in the last week{last}"
        return Check(area="channel", subject=name, said=gone, mend=f"see why: {LOG}", is_risk=True)
    return Check(area="channel", subject=name, said=f"{said}{last}")


def _prices(facts: SetUp) -> Iterator[Check]:
    if not facts.has_tariff:
        said = "nobody says what a kilowatt-hour costs: no profit is computed ([tariff], or miner-agent init)"
        yield Check(area="tariff", subject="electricity", said=said, is_note=True)
    if not facts.feeds:
        said = "none is configured: coins are priced by a market of one past day ([[feeds]], docs/feeds.md)"
        yield Check(area="feed", subject="feeds", said=said, is_note=True)
    for feed in facts.feeds:
        yield _feed(feed)


def _feed(feed: FeedFacts) -> Check:
    last = f"its last answer is of {_moment(feed.last_at)}" if feed.last_at else "no answer of it is kept yet"
    if feed.unreadable is not None:
        return Check(area="feed", subject=feed.name, said="cannot be asked", mend=feed.unreadable)
    if feed.unreachable is not None:
        said = f"{feed.place}: {feed.unreachable}; {last}"
        mend = "see whether this machine may reach it: network, name server, firewall, [[feeds]] base_url"
        return Check(area="feed", subject=feed.name, said=said, mend=mend)
    if feed.failures:
        said = f"gave nothing that can be used {counted(feed.failures, 'time')} in a row; {last}"
        return Check(area="feed", subject=feed.name, said=said, mend=f"see why: {LOG}", is_risk=True)
    where = "a file" if feed.place is None else f"{feed.place} is reached"
    return Check(area="feed", subject=feed.name, said=f"{where}; {last}" if feed.place else where)


def _books(facts: BooksFacts, now: datetime) -> Iterator[Check]:
    if facts.unread is not None:
        yield Check(area="books", subject="books", said=facts.unread, is_note=True)
        return
    if facts.unusable is not None:
        yield Check(area="books", subject="books", said="cannot be read", mend=facts.unusable)
        return
    if not facts.books:
        said = "none was begun: nothing is booked (miner-agent ledger import FILE; docs/books.md)"
        yield Check(area="books", subject="books", said=said, is_note=True)
        return
    for finding in facts.findings:
        mend = "they are not as they were written: keep this file, and go back to a copy; docs/books.md"
        yield Check(area="books", subject="books", said=finding, mend=mend)
    if not facts.findings:
        entries = counted(sum(book.entries for book in facts.books), "entry", "entries")
        yield Check(area="books", subject="books", said=f"as written, {entries} in all")
    for book in facts.books:
        yield from _book(book, facts, now)


def _book(book: BookStatus, facts: BooksFacts, now: datetime) -> Iterator[Check]:
    if book.unpriced:
        said = "1 entry has no value yet" if book.unpriced == 1 else f"{book.unpriced} entries have no value yet"
        mend = "bring their prices: miner-agent prices import FILE"
        yield Check(area="books", subject=book.book, said=said, mend=mend, is_risk=True)
    if book.open_items:
        items = "1 item is" if book.open_items == 1 else f"{book.open_items} items are"
        said = f"{items} open (miner-agent ledger reconcile)"
        yield Check(area="books", subject=book.book, said=said, is_note=True)
    if not facts.posts_energy or book.posted_until is None:
        return
    said = f"electricity is posted until {_moment(book.posted_until)}"
    if now - book.posted_until > POSTED_LATE:
        mend = f"see why: {LOG}; or post it now: miner-agent energy post"
        yield Check(area="books", subject=book.book, said=f"{said} only", mend=mend, is_risk=True)
    else:
        yield Check(area="books", subject=book.book, said=said)


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M} UTC"
