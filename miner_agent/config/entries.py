"""The entries of lists, which add up over files: miners and meters to read, feeds and pools to ask."""

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from calculators.nearest_words import suggestion
from miner_agent.config.key_types import (
    Account,
    Address,
    AskedAccount,
    BaseUrl,
    Entry,
    Fingerprint,
    GraceSeconds,
    PoolAddress,
    SourceName,
    Text,
    Ticker,
    Worker,
)
from miner_agent.config.named_files import SecretFile, read_secret
from miner_agent.config.words import shown
from miner_agent.errors import ConfigError
from miner_agent.model.devices import METERS

_NAMES_A_SECRET = re.compile(r"key|token|secret|passw|auth", re.IGNORECASE)

PoolName = Literal[
    "nanopool",
    "f2pool",
    "f2pool_v2",
    "braiins",
    "moneroocean",
    "unmineable",
    "cryptonote",
    "2miners",
    "ocean",
    "p2pool",
    "bitcoind",
]
"""Pools whose payouts can be asked for, and a node for the wallet's own view."""


class SourceEntry(Entry, frozen=True, kw_only=True):
    """What miners and meters have in common."""

    name: SourceName
    driver: Text
    token_file: SecretFile | None = None
    tls_fingerprint_sha256: Fingerprint | None = None  # None: of https:// a certificate that this machine trusts
    rig: SourceName | None = None  # another machine, which has a page of metrics of its own; None: this one


class Miner(SourceEntry, frozen=True, kw_only=True):
    """``[[miners]]``: one miner to read."""

    address: Address | None = None  # None: this machine, at the driver's usual port
    start_grace_seconds: GraceSeconds = 0.0  # for which it is not asked once it was seen to start
    pool: tuple[PoolAddress, ...] = ()  # where it may mine; none: where it is first seen to
    account: tuple[Account, ...] = ()  # dual mining has two, and so may a pool to fall back to
    worker: tuple[Worker, ...] = ()
    boards: Annotated[int, Meta(ge=1, le=20)] | None = None  # that it should have; None: as its firmware says
    fans: Annotated[int, Meta(ge=0, le=64)] | None = None  # that should turn; None: all that have turned
    workers_shown: Annotated[int, Meta(ge=0, le=500)] = 64  # of those that mine through it, by name


class Meter(SourceEntry, frozen=True, kw_only=True):
    """``[[meters]]``: one meter to read."""

    address: Address
    channel: Annotated[int, Meta(ge=0, le=63)] | None = None  # None: all of them together
    request: Text | None = None  # of a meter that is known by its JSON only: where that stands
    power: Text | None = None  # and where in it the power, such as "data.power W"
    energy: Text | None = None


class FeedEntry(Entry, frozen=True, kw_only=True):
    """``[[feeds]]``: one feed to ask. ``market.feed`` checks what is special to it."""

    feed: Text
    name: Text = ""  # else it goes by its feed's
    base_url: BaseUrl | None = None
    file: Path | None = None
    parameters: dict[str, str] = msgspec.field(default_factory=dict)
    key_file: SecretFile | None = None
    interval_seconds: float | None = None
    deadline_seconds: float = 20.0

    def __post_init__(self) -> None:
        if not self.name:
            msgspec.structs.force_setattr(self, "name", self.feed)


class PayoutsEntry(Entry, frozen=True, kw_only=True):
    """``[[payouts]]``: one account at a pool whose payouts are booked. ``payouts`` checks what is special to a pool."""

    pool: PoolName
    name: Text = ""  # else it goes by its pool's
    coin: Ticker
    account: AskedAccount  # address or user at the pool
    wallet: Text  # own one in the book
    base_url: BaseUrl | None = None
    key_file: SecretFile | None = None
    recognition: Literal["payout", "credit"] = "payout"  # which of them is income

    def __post_init__(self) -> None:
        if not self.name:
            msgspec.structs.force_setattr(self, "name", self.pool)


def read_token(entry: SourceEntry) -> str | None:
    """What stands in the ``token_file`` of a miner or meter, without the line end.

    Raises:
        ConfigError: the file cannot be read, is empty, or others than its owner may read it.
    """
    if entry.token_file is None:
        return None
    return read_secret(entry.token_file, place=entry.place, key="token_file", what="token")


def check_sources(
    miners: Iterable[Miner],
    meters: Iterable[Meter],
    *,
    collectors: Iterable[str],
    drivers: Iterable[str],
    products: Callable[[], Mapping[str, str]],
) -> None:
    """Refuse miners and meters that have a name of somebody else, or that no driver reads.

    Raises:
        ConfigError: with the place and what to write.
    """
    reserved, known = sorted(collectors), tuple(drivers)
    sources: list[tuple[Miner | Meter, str]]
    sources = [*((one, "miner") for one in miners), *((one, "meter") for one in meters)]
    for one, what in sources:
        if one.name in reserved:
            raise ConfigError(
                f'{one.place}: name = "{one.name}" is the name of a collector, as are {", ".join(reserved)}; '
                f'write another one, such as "{one.name}-{what}"'
            )
        if one.driver not in known:
            hint = suggestion(one.driver, known, everyday=products())
            raise ConfigError(f"{one.place}: driver = {shown(one.driver)} is not known; {hint}")
    for miner in miners:
        _check_miner(miner)
    refuse_same_names(one for one, _ in sources)
    _refuse_same_answers(one for one, _ in sources)


def _check_miner(miner: Miner) -> None:
    if miner.name == METERS:
        raise ConfigError(
            f'{miner.place}: name = "{METERS}" stands for every meter in the log; write another one, such as '
            f'"{METERS}-miner"'
        )


def _refuse_same_answers(sources: Iterable[Miner | Meter]) -> None:
    """Raises ConfigError: two would read the same of one program, and all that it does would be counted twice."""
    seen: dict[tuple[object, ...], SourceEntry] = {}
    for one in sources:
        of_meter = (one.channel, one.request, one.power, one.energy) if isinstance(one, Meter) else ()
        first = seen.setdefault((one.rig, one.driver, one.address, *of_meter), one)
        if first is not one:
            raise ConfigError(
                f'{one.place}: "{one.name}" reads the same as "{first.name}" ({first.place}), and all of it would be '
                "counted twice; leave one of them away, or write where the other one is"
            )


def refuse_told_keys(feeds: Iterable[FeedEntry]) -> None:
    """Raises ConfigError: a key of a service stands in the configuration, which is shown, and not in a file."""
    for feed in feeds:
        for name in feed.parameters:
            if _NAMES_A_SECRET.search(name):
                raise ConfigError(
                    f"{feed.place}: parameter {shown(name)} holds a secret; write that into a file and name it in "
                    "key_file"
                )


def refuse_same_names(entries: Iterable[SourceEntry | FeedEntry | PayoutsEntry]) -> None:
    """Raises ConfigError: two have the same name."""
    seen: dict[str, str] = {}
    for entry in entries:
        if entry.name in seen:
            raise ConfigError(f'{entry.place}: name "{entry.name}" is taken by {seen[entry.name]}')
        seen[entry.name] = entry.place
