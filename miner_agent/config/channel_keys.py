"""The tables of the configuration that say how word of alerts gets to people."""

from collections.abc import Iterable
from typing import Annotated, Literal

from msgspec import Meta

from miner_agent.config.key_types import BaseUrl, Fingerprint, RigName, Seconds, SourceName, Table
from miner_agent.config.named_files import SecretFile
from miner_agent.errors import ConfigError

ChannelKind = Literal["webhook", "apprise", "journal", "alertmanager"]
ToldSeverity = Literal["critical", "warning", "info"]
ALL_SEVERITIES: tuple[ToldSeverity, ...] = ("critical", "warning", "info")
DEAD_MAN = "dead-man"
"""Among the names of channels: the sign of life."""
TAKEN_BY: dict[ChannelKind, frozenset[str]] = {
    "webhook": frozenset({"url_file", "secret_file", "tls_fingerprint_sha256"}),
    "apprise": frozenset({"url_file"}),
    "journal": frozenset(),
    "alertmanager": frozenset({"url", "url_file", "tls_fingerprint_sha256"}),
}
"""Keys that not every kind knows."""


class ChannelEntry(Table, frozen=True):
    """``[[alerts.channels]]``: one way to people, or to an Alertmanager."""

    name: SourceName
    kind: ChannelKind
    url: BaseUrl | None = None  # of an Alertmanager, where it is no secret
    url_file: SecretFile | None = None  # with the address: whoever knows it can send
    secret_file: SecretFile | None = None  # that a webhook is signed with
    tls_fingerprint_sha256: Fingerprint | None = None  # None: a certificate that this machine trusts
    severities: Annotated[tuple[ToldSeverity, ...], Meta(min_length=1)] = ALL_SEVERITIES
    rigs: tuple[RigName, ...] = ()  # none: all of them


class DeadManTable(Table, frozen=True):
    """``[alerts.dead_man]``: a sign of life to a service that cries when it stays away."""

    url_file: SecretFile | None = None  # None: none is given
    interval_seconds: Seconds = 60.0


def check_channels(channels: Iterable[ChannelEntry], place: str) -> None:
    """Raises ConfigError: two have the same name, or one has a key that its kind lacks or does not know."""
    seen: set[str] = set()
    for entry in channels:
        where = f"{place}: {place_of(entry)}"
        if entry.name in {*seen, DEAD_MAN}:
            whose = "is the name of the sign of life" if entry.name == DEAD_MAN else "stands there twice"
            raise ConfigError(f'{where}: name "{entry.name}" {whose}; write another one')
        seen.add(entry.name)
        told = {key for key in frozenset().union(*TAKEN_BY.values()) if getattr(entry, key) is not None}
        if other := sorted(told - TAKEN_BY[entry.kind]):
            raise ConfigError(f'{where}: kind = "{entry.kind}" knows no {other[0]}; leave it away{_instead(other[0])}')
        needed = {"url", "url_file"} & TAKEN_BY[entry.kind]
        if needed and len(needed & told) != 1:
            raise ConfigError(f"{where}: {_lacks(told, needed)}")


def place_of(entry: ChannelEntry) -> str:
    """Where it stands, in a sentence."""
    return f"[[alerts.channels]] {entry.name}"


def _instead(key: str) -> str:
    return (
        ": whoever knows the address can send, so write it into a file and name it in url_file" if key == "url" else ""
    )


def _lacks(told: set[str], needed: set[str]) -> str:
    if told & needed:
        return "url and url_file both say where it is; leave one of them away"
    if "url" in needed:
        return 'key "url" is missing, such as "http://127.0.0.1:9093"'
    return 'key "url_file" is missing; write the address into a file that only its owner may read, and name it'
