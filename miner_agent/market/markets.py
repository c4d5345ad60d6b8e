"""Brings what sources say of markets, rates of exchange and tariffs: from saved answers, and from configured feeds."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_slots import PatchyTariff
from calculators.exchange import Rate
from calculators.money import Money
from calculators.nearest_words import suggestion
from miner_agent.config.entries import FeedEntry
from miner_agent.config.named_files import read_secret
from miner_agent.errors import BadPayload, ConfigError, SourceError, StorageError, said_of
from miner_agent.market import feeds
from miner_agent.market.feed import NO_PARAMETERS, Feed, FeedReading, FeedSettings
from miner_agent.market.feed_payload import LAST_MOMENT
from miner_agent.market.feeding import Fetch, obtain, read_saved, undated
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.quotes import Market, joined
from miner_agent.storage.feed_cache import FeedCache
from miner_agent.tables.market_of_one_day import builtin_market, builtin_rates
from miner_agent.text import clean_text


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one source said. ``taken_at`` is when its answer came; of a saved one it is not known."""

    name: str
    feed: Feed
    reading: FeedReading | None  # None: it never said anything that could be read
    taken_at: datetime | None
    error: SourceError | None = None  # why there is nothing new
    unkept: StorageError | None = None
    not_before: datetime | None = None  # when it may be asked again


def builtin() -> Market:
    """The market of one day that comes with the agent."""
    return Market(quotes=builtin_market())


def builtin_exchange() -> Market:
    """The rates of exchange of one day that come with the agent, of the same time."""
    return Market(quotes=(), rates=builtin_rates())


def leading_to(market: Market, currency: str, others: Collection[str], now: datetime) -> Market:
    """The market with the rates of exchange that come with the agent, where its own do not lead from all others."""
    for other in set(others) - {currency}:
        try:
            market.exchange.convert(Money(Decimal(1), other), currency, now)
        except ValueError:
            return joined([market, builtin_exchange()])
    return market


def of_file(path: Path, *, coins: Mapping[str, Coin], currency: str | None = None) -> Told:
    """A saved answer of any feed, recognised by what is in it. How old its rows without a time are, nobody knows.

    Args:
        path: of the file.
        coins: the table of coins by ticker.
        currency: of prices of electricity that do not tell their own.

    Raises:
        SourceError: it cannot be read, or is no feed's answer.
    """
    name = clean_text(path.name) or "file"
    saved = read_saved(path)
    try:
        feed = feeds.detect(saved.raw)
        takes_currency = feed.kind == "tariff" and any(each.name == "currency" for each in feed.parameters)
        parameters = {"currency": currency} if currency and takes_currency else NO_PARAMETERS
        found = feed.parse(saved.raw, taken_at=saved.written_at, coins=coins, parameters=parameters)
        reading = undated(found, saved.written_at)
    except SourceError as error:
        raise said_of(name, error) from None
    except ValueError as error:
        raise said_of(name, BadPayload("the answer", path.name, str(error))) from None
    return Told(name=name, feed=feed, reading=reading, taken_at=None)


def settings_of(entry: FeedEntry) -> tuple[Feed, FeedSettings]:
    """A configured feed and its settings.

    Raises:
        ConfigError: there is no such feed, or something about it is missing or impossible.
    """
    if entry.feed not in feeds.names():
        hint = suggestion(entry.feed, feeds.names())
        raise ConfigError(f'{entry.place}: feed = "{clean_text(entry.feed)}" is not known; {hint}')
    feed = feeds.load(entry.feed)
    try:
        settings = feed.settings(
            name=entry.name,
            base_url=entry.base_url,
            file=entry.file,
            parameters=entry.parameters,
            key_file=None if entry.key_file is None else entry.key_file.path,
            interval_seconds=entry.interval_seconds,
            deadline_seconds=entry.deadline_seconds,
        )
    except ValueError as error:
        raise ConfigError(f"{entry.place}: {error}") from None
    return feed, settings


def that_tell_rates(entries: Iterable[FeedEntry]) -> list[str]:
    """The names of those that tell rates of exchange, in their order. Raises as ``settings_of`` does."""
    known = [(entry.name, settings_of(entry)[0]) for entry in entries]
    return [name for name, feed in known if feed.kind == "rates" or feed.also_rates]


def key_of(entry: FeedEntry) -> str | None:
    """The key of a feed that has one.

    Raises:
        NotPermitted: this user may not read its file.
        ConfigError: it cannot be read, or others may read it.
    """
    if entry.key_file is None:
        return None
    return read_secret(entry.key_file, place=entry.place, key="key_file", what="key")


def of_feed(
    entry: FeedEntry, *, coins: Mapping[str, Coin], now: datetime, fetch: Fetch, cache: FeedCache | None
) -> Told:
    """What a configured feed says now: from its cache while that is fresh, else from the source.

    Raises:
        ConfigError: it cannot be asked as it is configured.
    """
    feed, settings = settings_of(entry)
    key = key_of(entry)
    found = obtain(settings, feed=feed, coins=coins, now=now, fetch=fetch, cache=cache, key=key)
    return Told(
        name=entry.name,
        feed=feed,
        reading=found.reading,
        taken_at=found.taken_at,
        error=found.error,
        unkept=found.unkept,
        not_before=found.not_before,
    )


def market_of(told: Sequence[Told]) -> Market:
    """What several sources say of coins and rates, the first one the most trusted."""
    quotes: list[Quote] = []
    rates: list[Rate] = []
    problems: list[str] = []
    for each in told:
        if each.error is not None:
            problems.append(str(each.error))
        if each.reading is not None and each.feed.kind != "tariff":
            quotes += each.reading.quotes
            rates += each.reading.rates
            problems += each.reading.problems
    return Market(quotes=tuple(quotes), rates=tuple(rates), problems=tuple(problems))


def prices_of(told: Told) -> Prices:
    """The price slots of one source as a tariff. Of a hole between them no price is known, and of all else it is.

    Raises:
        SourceError: there are no slots, or of no 24 hours; the sentence names the slot.
    """
    reading = told.reading
    if reading is None or not reading.slots:
        if told.error is not None:
            raise told.error
        raise _refusal(told, reading.problems if reading else (), "it holds no price of electricity")
    try:
        tariff = PatchyTariff(Slot(each.start, each.end, each.price) for each in reading.slots)
    except ValueError as error:
        raise _refusal(told, (str(error),), "") from None
    first, last = tariff.runs[0].start, tariff.runs[-1].end
    if last - first < DAY:
        raise _refusal(told, reading.problems, "it knows no 24 hours on end")
    return Prices(
        tariff=tariff,
        source=f"{told.feed.title} ({told.name})",
        known_from=first,
        known_until=None if last == LAST_MOMENT else last,
        holes=tariff.holes,
        taken_at=told.taken_at,
        notes=tuple(f"{told.name}: {problem}" for problem in reading.problems),
    )


def _refusal(told: Told, problems: Sequence[str], otherwise: str) -> BadPayload:
    refusal = BadPayload(told.name, "", "")
    refusal.args = (f"{told.name}: {'; '.join(problems[:3]) or otherwise}",)
    return refusal
