"""What coins were worth and how hard they were, day by day: the input of scenarios, forecasts and backtests.

As text it is CSV, one coin and day a row, in any order::

    date,coin,price,difficulty,reward,tariff
    2026-01-01,ETC,8.84,1940000000000000,1.6384,0.1626

``docs/scenarios.md`` explains the columns.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from calculators.chain.coin import TICKER
from calculators.chain.quote import LARGEST
from calculators.exchange import Rates
from calculators.money import Money
from calculators.spreadsheet import table_of

NEEDED = ("date", "coin", "price")
COLUMNS = (*NEEDED, "difficulty", "coins_per_hash_per_second_per_day", "reward", "tariff", "currency")
CUT = 40
LARGEST_MOVE = math.log(1000)
"""From one day that is told to the next, in logarithms: a larger one is a change of unit."""
NEAR = timedelta(days=30)  # days further apart may differ by more

MEASURES = ("difficulty", "coins_per_hash_per_second_per_day", "block_reward_coins")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"[+-]?(\d{1,40}(\.\d{0,40})?|\.\d{1,40})([eE][+-]?\d{1,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class MarketDay:
    """One coin on one day. ``None``: not told. Difficulty or yield is told, or both."""

    day: date
    coin: str
    price: Money  # of one coin
    difficulty: float | None = None
    coins_per_hash_per_second_per_day: float | None = None
    block_reward_coins: float | None = None
    price_per_kilowatt_hour: Money | None = None  # mean of the day, with taxes and fees

    def __post_init__(self) -> None:
        for name in ("price", *MEASURES):
            value = getattr(self, name)
            if value is not None and not 1 / LARGEST <= float(value) <= LARGEST:
                raise ValueError(f"{name} is {float(value):g}; expected a number above zero")
        if self.price_per_kilowatt_hour is not None and abs(float(self.price_per_kilowatt_hour)) > LARGEST:
            raise ValueError(f"energy costs {float(self.price_per_kilowatt_hour):g}, which it never does")
        if self.difficulty is None and self.coins_per_hash_per_second_per_day is None:
            raise ValueError("neither difficulty nor coins_per_hash_per_second_per_day is told")

    @property
    def work(self) -> float:
        """Hashes for a coin, in a unit that stays the same for this coin: what is drawn as the difficulty's moves."""
        if self.difficulty is not None:
            return self.difficulty
        return 1 / (self.coins_per_hash_per_second_per_day or 1)

    @property
    def coins_per_work(self) -> float:
        """Coins for a hash, in a unit that stays the same for this coin: with the reward, where it is told."""
        if self.coins_per_hash_per_second_per_day is not None:
            return self.coins_per_hash_per_second_per_day
        return (self.block_reward_coins or 1) / self.work


class History:
    """Days of coins, all money in one currency."""

    __slots__ = ("_by_coin", "currency", "tariffs")

    currency: str
    tariffs: Mapping[date, Money]
    """Price of energy by day, where it is told. [currency/kWh]"""

    def __init__(self, rows: Iterable[MarketDay], *, currency: str) -> None:
        """Raises ValueError, naming coin and day, where two rows do not fit together."""
        self.currency = currency
        self._by_coin: dict[str, dict[date, MarketDay]] = {}
        tariffs: dict[date, Money] = {}
        for row in rows:
            _add(row, self._by_coin.setdefault(row.coin, {}), tariffs, currency)
        self.tariffs = tariffs

    @property
    def coins(self) -> tuple[str, ...]:
        """Tickers, in the order of the alphabet."""
        return tuple(sorted(self._by_coin))

    def of(self, coin: str) -> tuple[MarketDay, ...]:
        """All days of a coin, the oldest first.

        Raises:
            ValueError: there are none, or a figure of it moves as none does whose unit stays.
        """
        days = self._by_coin.get(coin)
        if days is None:
            raise ValueError(f"{coin}: the history has no day of it; it has {', '.join(self.coins) or 'nothing'}")
        ordered = tuple(days[day] for day in sorted(days))
        for before, after in pairwise(ordered):
            _refuse_another_unit(before, after)
        return ordered

    def first_of(self, coin: str) -> MarketDay:
        """The oldest day of a coin that is in it."""
        return self._by_coin[coin][min(self._by_coin[coin])]

    def with_heat_used(self, worth: Money) -> "History":
        """The same, with what the heat of a kilowatt-hour is worth taken off the price of each day.

        Args:
            worth: in the currency of the history. [currency/kWh]
        """
        rows = []
        for days in self._by_coin.values():
            for row in days.values():
                paid = row.price_per_kilowatt_hour
                rows.append(row if paid is None else replace(row, price_per_kilowatt_hour=paid - worth))
        return History(rows, currency=self.currency)

    def with_rewards(self, coin: str, reward_of: Callable[[MarketDay], float]) -> "History":
        """The same, with the reward of a block on every day of one coin.

        Args:
            coin: ticker of a coin that is in it.
            reward_of: what a block paid on a day, asked from the oldest day on. [coin]

        Raises:
            ValueError: as ``reward_of`` does.
        """
        rows = []
        for name, days in self._by_coin.items():
            for day in sorted(days):
                row = days[day]
                rows.append(replace(row, block_reward_coins=reward_of(row)) if name == coin else row)
        return History(rows, currency=self.currency)

    def common(self, coins: Iterable[str]) -> tuple[tuple[MarketDay, ...], ...]:
        """The days that have all the coins, the oldest first: of each day a row for each coin, in the order given.

        Raises:
            ValueError: a coin has no day at all, or days in two units; or no coin is given.
        """
        series = [{row.day: row for row in self.of(coin)} for coin in coins]
        if not series:
            raise ValueError("no coin is given")
        shared = sorted(set(series[0]).intersection(*series[1:]))
        return tuple(tuple(days[day] for days in series) for day in shared)


def _add(row: MarketDay, days: dict[date, MarketDay], tariffs: dict[date, Money], currency: str) -> None:
    where = f"{row.coin} on {row.day}"
    for amount in (row.price, row.price_per_kilowatt_hour):
        if amount is not None and amount.currency != currency:
            raise ValueError(f"{where} is in {amount.currency}, the history in {currency}; convert one")
    if row.day in days:
        raise ValueError(f"{where} is there twice; keep one of them")
    for other in days.values():
        for name in MEASURES:
            if (getattr(other, name) is None) != (getattr(row, name) is None):
                raise ValueError(f"{where}: {name} is told on some days only; tell it on all of them, or on none")
        break
    if row.price_per_kilowatt_hour is not None:
        known = tariffs.setdefault(row.day, row.price_per_kilowatt_hour)
        if known != row.price_per_kilowatt_hour:
            theirs = row.price_per_kilowatt_hour.amount
            raise ValueError(f"{where}: energy costs {theirs}, and {known.amount} by an earlier row of that day")
    days[row.day] = row


def _refuse_another_unit(before: MarketDay, after: MarketDay) -> None:
    if after.day - before.day > NEAR:
        return
    price = math.log(float(after.price) / float(before.price))
    work = math.log(after.work / before.work)
    if max(abs(price), abs(work)) > LARGEST_MOVE:
        what = "price" if abs(price) > abs(work) else "difficulty"
        raise ValueError(f"{after.coin}: its {what} moved 1000-fold on {after.day}; did its unit change?")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryReading:
    """A history, and a sentence for every row that is not in it."""

    history: History
    problems: tuple[str, ...]


def currencies_of(text: str) -> frozenset[str]:
    """The currencies that the rows of a history name, good or bad.

    Args:
        text: the file.

    Raises:
        ValueError: it is no table.

    >>> sorted(currencies_of("date,coin,price,difficulty,currency\\n2026-01-01,ETC,8.84,2e15,USD\\n"))
    ['USD']
    """
    table = table_of(text)
    if "currency" not in table.names:
        return frozenset()
    place = table.names.index("currency")
    return frozenset(told.cells[place] for told in table.rows if len(told.cells) > place and told.cells[place])


def parse_history(text: str, *, currency: str, rates: Rates | None = None) -> HistoryReading:
    """Reads a history from CSV. A bad row is a sentence with its line in it, and the others stand.

    Args:
        text: the file.
        currency: what its money is told in. A row whose column ``currency`` names another one is converted.
        rates: by which, each day at its own; without one of that day its rows are no good.

    Raises:
        ValueError: the header is not one of a history, its last line is cut, or no row is good.

    >>> reading = parse_history("date,coin,price,difficulty\\n2026-01-01,ETC,8.84,0\\n2026-01-02,ETC,8.9,2e15\\n",
    ...                         currency="USD")
    >>> len(reading.history.of("ETC")), reading.problems
    (1, ('line 2: ETC: difficulty is 0; expected a number above zero',))
    """
    table = table_of(text)
    header = _header(table.names)
    exchange = _Exchange(currency, rates or Rates())
    kept: list[MarketDay] = []
    problems: list[str] = []
    seen: dict[str, dict[date, MarketDay]] = {}
    tariffs: dict[date, Money] = {}
    for told in table.rows:
        try:
            if told.problem is not None:
                hint = "; is there a comma in a number?" if told.cells else ""
                raise ValueError(f"{told.problem}{hint}")  # noqa: TRY301 - a bad row is a sentence, whatever is wrong
            row = _row(header, told.cells, exchange)
            _add(row, seen.setdefault(row.coin, {}), tariffs, currency)
        except ValueError as error:
            problems.append(f"line {told.line}: {error}")
            continue
        kept.append(row)
    if not kept:
        first = f"; {problems[0]}" if problems else ""
        raise ValueError(f"no row of the history is good{first}")
    return HistoryReading(history=History(kept, currency=currency), problems=tuple(problems))


def _header(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in COLUMNS:
            raise ValueError(
                f"the history's column {_shown(name)} is not known; expected a first line with some of "
                f"{','.join(COLUMNS)}"
            )
    if len(set(names)) < len(names):
        raise ValueError("the history's first line names a column twice")
    missing = [name for name in NEEDED if name not in names]
    if not {"difficulty", "coins_per_hash_per_second_per_day"}.intersection(names):
        missing.append("difficulty")
    if missing:
        raise ValueError(f"the history's first line lacks {', '.join(missing)}")
    return names


def _row(header: Sequence[str], cells: Sequence[str], exchange: "_Exchange") -> MarketDay:
    given = {name: cell for name, cell in zip(header, cells, strict=True) if cell}
    coin = given.get("coin", "").upper()
    if not TICKER.fullmatch(coin):
        raise ValueError(f"coin is {_shown(coin)}; expected a ticker, such as ETC")
    if "price" not in given:
        raise ValueError(f"{coin}: price is not told")
    try:
        day, tariff = _date(given.get("date", "")), _number_or_none(given, "tariff")
        told = given.get("currency", exchange.currency)
        return MarketDay(
            day=day,
            coin=coin,
            price=exchange.money(_number(given["price"], "price"), told, day),
            difficulty=_float_or_none(given, "difficulty"),
            coins_per_hash_per_second_per_day=_float_or_none(given, "coins_per_hash_per_second_per_day"),
            block_reward_coins=_float_or_none(given, "reward"),
            price_per_kilowatt_hour=None if tariff is None else exchange.money(tariff, told, day),
        )
    except ValueError as error:
        raise ValueError(f"{coin}: {error}") from error


class _Exchange:
    """Into the currency of a history, by the rate of each day. Each is looked up once."""

    def __init__(self, currency: str, rates: Rates) -> None:
        self.currency, self._rates = currency, rates
        self._of_days: dict[tuple[str, date], Decimal] = {}

    def money(self, amount: Decimal, told: str, day: date) -> Money:
        if told == self.currency:
            return Money(amount, told)
        rate = self._of_days.get((told, day))
        if rate is None:
            try:
                rate = self._rates.of_day(Money(Decimal(1), told), self.currency, day).amount
            except ValueError as error:
                shown = _shown(told)
                raise ValueError(
                    f"the price is in {shown}, money is told in {self.currency}; ask in {shown}, or with rates: {error}"
                ) from None
            self._of_days[told, day] = rate
        return Money(amount * rate, self.currency)


def _date(text: str) -> date:
    if _DATE.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise ValueError(f"date is {_shown(text)}; expected YYYY-MM-DD, such as 2026-01-31")


def _number_or_none(given: Mapping[str, str], name: str) -> Decimal | None:
    text = given.get(name)
    return None if text is None else _number(text, name)


def _number(text: str, name: str) -> Decimal:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{name} is {_shown(text)}; expected a number with a point, without thousands separators")
    return Decimal(text)


def _float_or_none(given: Mapping[str, str], name: str) -> float | None:
    number = _number_or_none(given, name)
    return None if number is None else float(number)


def _shown(text: str) -> str:
    return ascii(text if len(text) <= CUT else text[:CUT] + "...")


def consecutive(one: date, other: date) -> bool:
    """Whether a day follows on another.

    >>> consecutive(date(2025, 12, 31), date(2026, 1, 1))
    True
    """
    return other - one == timedelta(days=1)
