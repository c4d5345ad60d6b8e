"""Coin Metrics' community data: a CSV of one coin's days, with price, difficulty, issuance and blocks.

Its difficulty is a node's. What it issues goes to all who are paid by a block; the miner's part of it is taken by the
rule of the chain, where that is known.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from calculators.chain.coin import TICKER, Coin
from calculators.chain.heights import reckoned_height
from calculators.chain.rewards import BlockReward, Moment, block_reward
from calculators.horizon.history import MarketDay
from calculators.money import Money
from calculators.spreadsheet import TextRow, names_of, table_of
from calculators.told_figures import counted

CURRENCY = "USD"
DAYS = ("time", "date")
PRICES = ("PriceUSD", "ReferenceRateUSD")
DIFFICULTIES = ("DiffMean", "DiffLast")
READ = (*DAYS, *PRICES, *DIFFICULTIES, "asset", "IssTotNtv", "BlkCnt", "FeeTotNtv")
UNUSUAL = 1.25
"""Times what a block pays by its rule: more is a superblock, which no miner gets."""
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoinDays:
    """Days of coins in one file, and a sentence for what is not in them."""

    days: tuple[MarketDay, ...]
    problems: tuple[str, ...]


def is_coin_metrics(text: str) -> bool:
    """Whether the first line is one of theirs."""
    names = _written(names_of(text.partition("\n")[0]))
    return any(name in names for name in PRICES) and any(name in names for name in DAYS)


def parse_coin_metrics(text: str, *, file_coin: str, coins: Mapping[str, Coin]) -> CoinDays:
    """Reads a file of theirs.

    Args:
        text: the file.
        file_coin: whose days these are where no column ``asset`` says it: they name a file by its coin.
        coins: the table of coins by ticker.

    Raises:
        ValueError: a column is missing, or no row is good.
    """
    table = table_of(text)
    names = _written(table.names)
    day_at, price_at, difficulty_at = (_place(names, wanted) for wanted in (DAYS, PRICES, DIFFICULTIES))
    found: list[MarketDay] = []
    problems: list[str] = []
    silent = 0
    for told in table.rows:
        try:
            row = _row(names, told)
            if not row[price_at] or not row[difficulty_at]:
                silent += 1
                continue
            coin = _coin(row.get("asset") or file_coin, coins)
            found.append(
                MarketDay(
                    day=_day(row[day_at]),
                    coin=coin.ticker,
                    price=Money(_number(row[price_at], price_at), CURRENCY),
                    difficulty=float(_number(row[difficulty_at], difficulty_at)),
                    block_reward_coins=_reward(row, coin),
                )
            )
        except ValueError as error:
            problems.append(f"line {told.line}: {error}")
    if silent:
        problems.append(f"without a price or a difficulty: {counted(silent, 'day')}")
    if not found:
        raise ValueError(f"no day of it is good; {'; '.join(problems[:1]) or 'it has none'}")
    return CoinDays(days=tuple(found), problems=tuple(problems))


def _written(names: Iterable[str]) -> list[str]:
    """The names of columns as they are written, of those that are read."""
    return [next((ours for ours in READ if ours.lower() == name), name) for name in names]


def _place(names: list[str], wanted: tuple[str, ...]) -> str:
    found = next((name for name in wanted if name in names), None)
    if found is None:
        raise ValueError(f"it is a file of Coin Metrics without {' or '.join(wanted)}; export that column too")
    return found


def _row(names: list[str], told: TextRow) -> dict[str, str]:
    if told.problem is not None:
        raise ValueError(f"{told.problem}; is the file whole?")
    return dict(zip(names, told.cells, strict=True))


def _coin(name: str, coins: Mapping[str, Coin]) -> Coin:
    ticker = name.strip().upper()
    if not TICKER.fullmatch(ticker) or ticker not in coins:
        raise ValueError(f"{name[:24]!a} is in no table of coins; name the file as its coin, such as btc.csv")
    if "node" not in coins[ticker].hashes_per_difficulty:
        raise ValueError(f"{ticker}: what its difficulty is worth in hashes is not known")
    return coins[ticker]


def _day(text: str) -> date:
    found = _DAY.fullmatch(text)
    if found is None:
        raise ValueError(f"the day is {text[:40]!a}; expected YYYY-MM-DD")
    return date.fromisoformat(found[1])


def _number(text: str, name: str) -> Decimal:
    try:
        number = Decimal(text) if len(text) <= 60 else None
    except InvalidOperation:
        number = None
    if number is None or not number.is_finite() or number <= 0:
        raise ValueError(f"{name} is {text[:40]!a}; expected a number above zero")
    return number


def _reward(row: Mapping[str, str], coin: Coin) -> float | None:
    """What the miner of a block got: the day's issuance and fees by its blocks, where all is told."""
    if not row.get("IssTotNtv") or not row.get("BlkCnt"):
        return None
    blocks = float(_number(row["BlkCnt"], "BlkCnt"))
    issued = float(_number(row["IssTotNtv"], "IssTotNtv")) / blocks
    fees = float(_number(row["FeeTotNtv"], "FeeTotNtv")) / blocks if row.get("FeeTotNtv", "0") not in {"", "0"} else 0.0
    day = _day(row.get("time") or row.get("date") or "")
    rule = _rule(coin, datetime.combine(day, time(12), UTC))
    if rule is None or not rule.block_coins:
        return issued + fees
    if issued > UNUSUAL * rule.block_coins:
        issued = rule.block_coins
    return issued * rule.miner_coins / rule.block_coins + fees


def _rule(coin: Coin, at: datetime) -> BlockReward | None:
    height = reckoned_height(coin, at)
    try:
        return block_reward(coin=coin, moment=Moment(height=None if height is None else height.blocks, at=at))
    except ValueError:  # no rule, or one that goes by what nobody tells
        return None
