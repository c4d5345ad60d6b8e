"""From the configuration to channels that can send: secrets are read, addresses checked, nothing is asked yet."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from miner_agent.config.alert_keys import AlertsTable
from miner_agent.config.channel_keys import ChannelEntry, place_of
from miner_agent.config.key_types import plain_fingerprint
from miner_agent.config.named_files import SecretFile, read_secret
from miner_agent.errors import ConfigError
from miner_agent.model.alerting import Notice
from miner_agent.notifying.apprise_channel import AppriseChannel, require_apprise
from miner_agent.notifying.channel import NoticeChannel
from miner_agent.notifying.journal_channel import JournalChannel
from miner_agent.notifying.webhook_channel import WebhookChannel
from miner_agent.transport.service_calls import ServiceAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedChannel:
    """One of ``[[alerts.channels]]`` with all that its files hold. Two that are equal send alike."""

    entry: ChannelEntry
    url: str | None = field(default=None, repr=False)
    address: ServiceAddress | None = None  # None: Apprise knows where it is, or it is here
    secret: str | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def is_state(self) -> bool:
        """Whether it takes how things stand, and no messages."""
        return self.entry.kind == "alertmanager"

    def wants(self, notice: Notice) -> bool:
        """Whether it is told of an alert."""
        rigs = self.entry.rigs
        return notice.severity in self.entry.severities and (not rigs or notice.key.rig in rigs)

    def channel(self) -> NoticeChannel:
        """What sends its messages. An Alertmanager takes none."""
        if self.entry.kind == "apprise":
            return AppriseChannel(self.name, self.url or "")
        if self.address is not None and not self.is_state:
            return WebhookChannel(self.name, self.address, secret=self.secret)
        return JournalChannel(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedSign:
    """``[alerts.dead_man]`` with what its file holds."""

    address: ServiceAddress
    every_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedAlerts:
    """All that is told to somebody."""

    rig: str = ""
    channels: tuple[PreparedChannel, ...] = ()
    sign: PreparedSign | None = None

    def channels_for(self, notice: Notice) -> tuple[str, ...]:
        """By which channels an alert is told."""
        return tuple(channel.name for channel in self.channels if channel.wants(notice))


def prepared(alerts: AlertsTable, *, rig: str) -> PreparedAlerts:
    """Read what the files hold that the configuration names.

    Args:
        alerts: of the configuration.
        rig: this machine's name.

    Raises:
        NotPermitted: this user may not read one of them.
        ConfigError: one cannot be read, or holds what cannot be.
    """
    return PreparedAlerts(rig=rig, channels=tuple(_channels(alerts.channels)), sign=_sign(alerts))


def _channels(entries: Iterable[ChannelEntry]) -> Iterable[PreparedChannel]:
    for entry in entries:
        place = place_of(entry)
        url = entry.url if entry.url_file is None else _read(entry.url_file, place, "url_file", "address")
        secret = None if entry.secret_file is None else _read(entry.secret_file, place, "secret_file", "secret")
        if entry.kind == "apprise":
            require_apprise(place)
        of_web = url is not None and entry.kind != "apprise"
        address = _address(url or "", place, entry.tls_fingerprint_sha256) if of_web else None
        yield PreparedChannel(entry=entry, url=url, address=address, secret=secret)


def _sign(alerts: AlertsTable) -> PreparedSign | None:
    table = alerts.dead_man
    if table.url_file is None:
        return None
    place = "[alerts.dead_man]"
    address = _address(_read(table.url_file, place, "url_file", "address"), place, None)
    return PreparedSign(address=address, every_seconds=table.interval_seconds)


def _read(file: SecretFile, place: str, key: str, what: str) -> str:
    return read_secret(file, place=place, key=key, what=what)


def _address(url: str, place: str, fingerprint: str | None) -> ServiceAddress:
    try:
        return ServiceAddress.parse(url, fingerprint=plain_fingerprint(fingerprint))
    except ValueError as error:
        raise ConfigError(f"{place}: {error}") from None
