"""What feeds said, without what is too old, and what energy costs by it. Pure."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from calculators.chain.quote import Quote
from calculators.electricity.tariff import FlatTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.config.entries import FeedEntry
from miner_agent.economy.conversion import Energy
from miner_agent.economy.freshness import doubts, fresh_rates, is_fresh, limit_of
from miner_agent.economy.messages import Return
from miner_agent.economy.question import configured_energy
from miner_agent.economy.terms import Terms
from miner_agent.errors import SourceError
from miner_agent.market import feeds, markets
from miner_agent.market.markets import Told
from miner_agent.model.finances import PriceSeen, TariffSeen
from miner_agent.profit.energy_cost import DAY, Prices
from miner_agent.profit.quotes import Market


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownMarkets:
    """The markets as they are known now."""

    fresh: Market
    stale_coins: frozenset[tuple[str, str]]  # coins and algorithms of which every figure is too old
    prices: tuple[PriceSeen, ...]
    told: tuple[Told, ...]
    problems: tuple[str, ...]  # what is not used for its age, beside stale coins


def seen(returns: Sequence[tuple[FeedEntry, Return]], *, now: datetime) -> KnownMarkets:
    """Put together what all feeds said; of quotes, prices and rates of exchange those that are not too old."""
    told: list[Told] = []
    quotes: list[Quote] = []
    rates: list[Rate] = []
    problems: list[str] = []
    old: dict[tuple[str, str], None] = {}
    prices: dict[tuple[str, str, str], PriceSeen] = {}
    for entry, said in returns:
        feed, limit = feeds.load(entry.feed), limit_of(entry)
        told.append(Told(name=entry.name, feed=feed, reading=said.reading, taken_at=said.taken_at))
        if said.reading is None or feed.kind == "tariff":
            continue
        rates += fresh_rates(said.reading.rates, now, limit)
        problems += doubts(entry, said.reading, now, limit)
        for quote in said.reading.quotes:
            for price in _price_of(quote, now, limit):
                prices.setdefault((price.coin, price.currency, price.source), price)
            if not is_fresh(quote.told_at, now, limit):
                old[quote.coin, quote.algorithm] = None
                continue
            fresh_price = is_fresh(quote.price_told_at, now, limit)
            quotes.append(quote if fresh_price else replace(quote, price=None, price_taken_at=None))
    fresh = markets.market_of([each for each in told if each.feed.kind != "tariff"])
    known = {(quote.coin, quote.algorithm) for quote in quotes}
    return KnownMarkets(
        fresh=replace(fresh, quotes=tuple(quotes), rates=tuple(rates)),
        stale_coins=frozenset(old.keys() - known),
        prices=tuple(prices.values()),
        told=tuple(told),
        problems=tuple(problems),
    )


def energy_told(terms: Terms, told: Iterable[Told], *, now: datetime) -> Energy | None:
    """The tariff that holds; ``None`` where there is none, or where its feed has not answered yet.

    Raises:
        AgentError: its feed's answers make no tariff, or one that begins later.
    """
    tariff = terms.energy
    answered = {each.name: each for each in told if each.reading is not None}
    if tariff is None or (tariff.feed is not None and tariff.feed not in answered):
        return None
    energy = configured_energy(terms, ask=answered.__getitem__)
    begins = energy.prices.known_from
    if begins is not None and now < begins:
        raise SourceError(f"{energy.prices.source}: its first price holds from {begins:%Y-%m-%d %H:%M} UTC on")
    return energy


def tariff_seen(terms: Terms, prices: Prices | None, *, now: datetime) -> TariffSeen | None:
    """What a kilowatt-hour costs now. By blocks of consumption nobody can say that without the meter of the house, and
    in a hole of the feed nobody at all.
    """
    if prices is None or terms.energy is None:
        return None
    tariff = prices.tariff
    price: Money | None = None
    ends_at: datetime | None = None
    if not isinstance(tariff, TieredTariff):
        until = now + DAY if prices.known_until is None else min(prices.known_until, now + DAY)
        slot = next((each for each in prices.known_slots(now, until) if each.start == now), None)
        if slot is not None:
            price = slot.price
            bounded = slot.end < until or until == prices.known_until
            ends_at = slot.end if bounded and not isinstance(tariff, FlatTariff) else None
    return TariffSeen(
        tariff=terms.energy.kind,
        currency=prices.currency,
        import_price=price,
        slot_end_at=ends_at,
        forecast_end_at=prices.known_until,
    )


def _price_of(quote: Quote, now: datetime, limit: timedelta) -> Iterator[PriceSeen]:
    taken_at = quote.price_told_at
    if quote.price is None or taken_at is None:
        return
    yield PriceSeen(
        coin=quote.coin,
        currency=quote.price.currency,
        source=quote.source,
        taken_at=taken_at,
        price=quote.price if is_fresh(taken_at, now, limit) else None,
    )
