"""One history of what several sources told: Coin Metrics' files, saved answers of feeds, histories of one's own.

Difficulties are brought to the unit of a node, so that a source may take over where another ends. A source whose
figures do not fit those of the one before it is left out, with a sentence.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median

from calculators.chain.coin import Coin
from calculators.chain.quote import Quote
from calculators.exchange import Rates
from calculators.horizon.history import MEASURES, NEEDED, History, MarketDay, parse_history
from calculators.spreadsheet import names_of
from calculators.told_figures import counted
from calculators.units import SECONDS_PER_DAY
from miner_agent.economy.coin_metrics import CURRENCY, CoinDays, is_coin_metrics, parse_coin_metrics
from miner_agent.errors import BadPayload, SourceError
from miner_agent.market import markets
from miner_agent.market.feeding import read_saved
from miner_agent.market.feeds.file import NODE
from miner_agent.text import clean_text

MOST_APART = 1.5
"""Times. Of the days that two sources tell of a coin, the mean of a day and its end differ by less."""
MOST_AT_A_SEAM = 3.0
SEAM = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one source tells, in the order of days."""

    name: str
    days: tuple[MarketDay, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One history; of each coin how many days are of which source; a sentence for what is left out."""

    history: History
    days_by_source: Mapping[str, Mapping[str, int]]
    problems: tuple[str, ...]


def part_of_file(path: Path, *, coins: Mapping[str, Coin], currency: str) -> Part:
    """The days that a file tells.

    Args:
        path: Coin Metrics' CSV, a history, or a saved answer of a feed.
        coins: the table of coins by ticker.
        currency: of the history.

    Raises:
        SourceError: it cannot be read, or has no day that can be used.
    """
    name = clean_text(path.name) or "file"
    raw = read_saved(path).raw
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = ""
    try:
        told = _of_text(text, path.stem.partition("_")[0], coins=coins, currency=currency)
    except ValueError as error:
        raise _refusal(name, str(error)) from None
    if told is not None:
        return _part(name, told)
    answer = markets.of_file(path, coins=coins)
    market = markets.market_of([answer])
    if not market.quotes:
        raise _refusal(name, "; ".join(market.problems[:2]) or "it tells nothing of any coin")
    return _part(name, days_of_quotes(market.quotes, market.exchange, coins=coins, currency=currency))


def _of_text(text: str, file_coin: str, *, coins: Mapping[str, Coin], currency: str) -> CoinDays | None:
    """The days of a text that is one of the two forms of days; ``None``: it is neither."""
    if is_coin_metrics(text):
        if currency != CURRENCY:
            raise ValueError(f"its prices are in {CURRENCY}; import them with --currency {CURRENCY}")
        return parse_coin_metrics(text, file_coin=file_coin, coins=coins)
    if not set(NEEDED) <= set(names_of(text[:4096])):
        return None
    reading = parse_history(text, currency=currency)
    days: list[MarketDay] = []
    problems = list(reading.problems)
    for coin in reading.history.coins:
        try:
            days += reading.history.of(coin)
        except ValueError as error:
            problems.append(str(error))
    return CoinDays(days=tuple(days), problems=tuple(problems))


def days_of_quotes(quotes: Sequence[Quote], rates: Rates, *, coins: Mapping[str, Coin], currency: str) -> CoinDays:
    """What a source said at one moment, as days of a history.

    Args:
        quotes: of one answer.
        rates: of the same answer, such as Bitcoin's price.
        coins: the table of coins by ticker.
        currency: of the history.
    """
    last = max(quote.taken_at for quote in quotes)
    days: list[MarketDay] = []
    problems: list[str] = []
    for quote in quotes:
        try:
            days.append(_day(quote, coins.get(quote.coin), rates, currency, last))
        except ValueError as error:
            problems.append(f"{quote.coin}: {error}")
    return CoinDays(days=tuple(days), problems=tuple(problems))


def joined_history(parts: Iterable[Part], *, currency: str) -> Imported:
    """All parts as one history. Of a coin and day the first part that tells it counts.

    Args:
        parts: the most trusted first.
        currency: of them all.

    Raises:
        ValueError: nothing is left.
    """
    kept: dict[str, dict[date, MarketDay]] = {}
    counts: dict[str, dict[str, int]] = {}
    problems: list[str] = []
    for part in parts:
        problems += [f"{part.name}: {problem}" for problem in part.problems]
        by_coin: dict[str, dict[date, MarketDay]] = {}
        for day in part.days:
            by_coin.setdefault(day.coin, {})[day.day] = day
        for coin, days in by_coin.items():
            known = kept.setdefault(coin, {})
            try:
                new = _fitting(days, known)
            except ValueError as error:
                problems.append(f"{part.name}: {coin}: {error}")
                continue
            if lacking := len(days.keys() - known.keys()) - len(new):
                problems.append(
                    f"{part.name}: {coin}: left out for telling less than those before: {counted(lacking, 'day')}"
                )
            known.update(new)
            if new:
                counts.setdefault(coin, {})[part.name] = len(new)
    rows = [row for coin in sorted(kept) for row in kept[coin].values()]
    if not rows:
        raise ValueError("; ".join(problems[:2]) or "nothing is told of any coin")
    rows.sort(key=lambda row: (row.day, row.coin))
    return Imported(history=History(rows, currency=currency), days_by_source=counts, problems=tuple(problems))


def _part(name: str, told: CoinDays) -> Part:
    days = tuple(sorted(told.days, key=lambda row: (row.day, row.coin)))
    return Part(name=name, days=days, problems=told.problems)


def _day(quote: Quote, coin: Coin | None, rates: Rates, currency: str, at: datetime) -> MarketDay:
    """A quote as a day: its difficulty as a node writes it, or what a hash finds where that unit is not known."""
    if quote.undated:
        raise ValueError("nobody says of which day it is")
    if quote.lagging:
        raise ValueError("the source says itself that it is behind")
    if quote.price is None:
        raise ValueError("its price is not told")
    hashes = _hashes_per_block(quote)
    reward, found = quote.block_reward_coins, quote.coins_per_hash_per_second_per_day
    if hashes is None and reward and found:
        hashes = SECONDS_PER_DAY * reward / found
    elif found is None and reward and hashes:
        found = SECONDS_PER_DAY * reward / hashes
    unit = None if coin is None else coin.hashes_per_difficulty.get(NODE)
    by_node = hashes is not None and unit is not None
    return MarketDay(
        day=quote.taken_at.astimezone(UTC).date(),
        coin=quote.coin,
        price=rates.convert(quote.price, currency, at).money,
        difficulty=hashes / unit if hashes is not None and unit is not None else None,
        coins_per_hash_per_second_per_day=None if by_node else found,
        block_reward_coins=reward if by_node else None,
    )


def _hashes_per_block(quote: Quote) -> float | None:
    if quote.difficulty is not None and quote.hashes_per_difficulty is not None:
        return quote.difficulty * quote.hashes_per_difficulty
    if quote.network_hashes_per_second is not None and quote.block_time_seconds is not None:
        return quote.network_hashes_per_second * quote.block_time_seconds
    return None


def _fitting(days: Mapping[date, MarketDay], known: Mapping[date, MarketDay]) -> dict[date, MarketDay]:
    """The days that are not known yet, telling what the known ones tell; those that cannot are not among them.

    Raises:
        ValueError: they do not fit the known ones.
    """
    if not known:
        return _telling(days, _told(next(iter(days.values()))))
    told = _told(next(iter(known.values())))
    new = _telling({day: row for day, row in days.items() if day not in known}, told)
    for name, of in (("price", lambda row: float(row.price)), ("difficulty", lambda row: row.work)):
        both = [of(row) / of(known[day]) for day, row in days.items() if day in known and _told(row) >= told]
        if both:
            apart, most, where = median(both), MOST_APART, f"on the {len(both)} days that both tell"
        else:
            apart, most, where = _at_the_seam(new, known, of), MOST_AT_A_SEAM, "where one takes over from the other"
        if not 1 / most <= apart <= most:
            raise ValueError(f"its {name} is {apart:.4g} times that of the source before it, {where}; left out")
    return new


def _at_the_seam(
    new: Mapping[date, MarketDay], known: Mapping[date, MarketDay], of: Callable[[MarketDay], float]
) -> float:
    pairs = [(abs(day - other), day, other) for day in _ends(new, known) for other in _ends(known, new)]
    nearest = min(pairs, default=None)
    return 1.0 if nearest is None or nearest[0] > SEAM else of(new[nearest[1]]) / of(known[nearest[2]])


def _ends(days: Mapping[date, MarketDay], others: Mapping[date, MarketDay]) -> set[date]:
    """The days next to those of the other source, and the first and the last."""
    if not days:
        return set()
    beside = {other + timedelta(days=step) for other in others for step in (-1, 1)}
    return {min(days), max(days)} | (beside & days.keys())


def _told(row: MarketDay) -> set[str]:
    return {name for name in MEASURES if getattr(row, name) is not None}


def _telling(days: Mapping[date, MarketDay], told: set[str]) -> dict[date, MarketDay]:
    """The days that tell all of these, and nothing more."""
    return {day: _without(row, told) for day, row in days.items() if _told(row) >= told}


def _without(row: MarketDay, told: set[str]) -> MarketDay:
    def kept(name: str) -> float | None:
        value: float | None = getattr(row, name) if name in told else None
        return value

    return replace(
        row,
        difficulty=kept("difficulty"),
        coins_per_hash_per_second_per_day=kept("coins_per_hash_per_second_per_day"),
        block_reward_coins=kept("block_reward_coins"),
    )


def _refusal(name: str, sentence: str) -> SourceError:
    error = BadPayload("", "", "")
    error.args = (f"{name}: {sentence}",)
    return error
