"""The coins that we know, with those of the user's file."""

import functools
from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, field

from calculators.chain.coin import TICKER, ChainStatus, Coin, FormerReward
from calculators.chain.quote import HIGHEST
from calculators.chain.rewards import check_rule
from calculators.nearest_words import suggestion
from miner_agent.config.key_types import Table, exactly
from miner_agent.config.sentences import converted
from miner_agent.errors import ConfigError
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.spellings import OUR_NAME, algorithms_with, load_algorithms
from miner_agent.tables.users_file import (
    Line,
    Positive,
    Row,
    UserTables,
    coins_file,
    keyed,
    not_possible,
    of_ours,
    users_tables,
)
from miner_agent.text import clean_text

OURS = "coins.toml"
ANY_SOURCE = "any"
SOURCES = ("whattomine", "hashrate_no", "minerstat", "node")
"""What ``any`` in a coin's ``hashes_per_difficulty`` stands for at least, where they are not named beside it."""


class FormerRewardTable(Table, frozen=True, kw_only=True):
    """A row of ``former_rewards``."""

    until_height: Annotated[int, Meta(gt=0, le=HIGHEST)]
    rule: Line
    parameters: dict[str, float]


class StatusTable(Table, frozen=True, kw_only=True):
    """What became of a coin's chain."""

    state: Literal["ended", "unattended"]
    since: date
    source: Line


class CoinTable(Table, frozen=True, kw_only=True):
    """``[[coins]]``"""

    ticker: Annotated[str, exactly(TICKER, "write it in capitals, such as RVN")]
    name: Line
    algorithm: Line
    block_time_seconds: Positive | None = None
    former_block_times: tuple[tuple[date, Positive], ...] = ()
    height_time_seconds: Positive | None = None
    known_heights: tuple[tuple[date, Annotated[int, Meta(ge=0, le=HIGHEST)]], ...] = ()
    reward_rule: Line | None = None
    reward_parameters: dict[str, float] = field(default_factory=dict)
    former_rewards: tuple[FormerRewardTable, ...] = ()
    miner_part: Annotated[float, Meta(gt=0, le=1)] | None = None
    hashes_per_difficulty: dict[str, Positive] = field(default_factory=dict)
    merged_with: Line | None = None
    status: StatusTable | None = None
    sources: tuple[Line, ...] = ()


class KnownCoins(dict[str, Coin]):
    """Coins by ticker, with what their algorithms are called by those who tell of them."""

    __slots__ = ("algorithms",)

    def __init__(self, coins: Mapping[str, Coin], algorithms: Algorithms) -> None:
        super().__init__(coins)
        self.algorithms = algorithms


def algorithms_of(coins: Mapping[str, Coin]) -> Algorithms:
    """What algorithms are called beside these coins; by our own words where the coins come from no table."""
    return coins.algorithms if isinstance(coins, KnownCoins) else load_algorithms()


def load_coins(extra: Path | None = None) -> KnownCoins:
    """Every coin by its ticker. A coin in ``extra`` is added; of one that we know, it changes the figures it tells.

    Raises:
        ConfigError: ``extra`` cannot be read, or says something that cannot be.
    """
    user = users_tables(extra)
    algorithms = algorithms_with(user)
    rows, places = _builtin_rows(), dict.fromkeys(_builtin_rows(), OURS)
    coins = _all_of(rows, algorithms) if user.algorithms else dict(_builtin_coins())
    for ticker, row, place in user.coins:
        known = rows.get(ticker, {})
        sources = {"sources": (f"your {user.name}", *known.get("sources", ()))}
        coins[ticker], places[ticker] = _coin(_over(known, {**sources, **row}), algorithms, place), place
    for coin in coins.values():
        _check_merged(coin, coins, places[coin.ticker])
    return KnownCoins(coins, algorithms)


def tickers_by_name(coins: Mapping[str, Coin]) -> Mapping[str, str]:
    """What people call each coin: its name, and the first part of one such as ``Quai, KawPow``."""
    names = {coin.name.partition(",")[0]: coin.ticker for coin in reversed([*coins.values()])}
    return names | {coin.name: coin.ticker for coin in coins.values()}


def hashes_per_difficulty(coin: Coin, source: str) -> float | None:
    """Hashes for one unit of the coin's difficulty as ``source`` writes it; ``None`` where nobody has confirmed it."""
    return coin.hashes_per_difficulty.get(source, coin.hashes_per_difficulty.get(ANY_SOURCE))


@functools.cache
def _builtin_coins() -> Mapping[str, Coin]:
    return _all_of(_builtin_rows(), algorithms_with(UserTables()))


def _all_of(rows: Mapping[str, Row], algorithms: Algorithms) -> dict[str, Coin]:
    return {ticker: _coin(row, algorithms, OURS) for ticker, row in rows.items()}


@functools.cache
def _builtin_rows() -> Mapping[str, Row]:
    file = coins_file()
    return {
        ticker: {**row, "sources": tuple(file.sources[name] for name in row["sources"])}
        for ticker, row, _ in keyed(file.coins, "coins", "ticker", OURS)
    }


def _over(known: Row, row: Row) -> Row:
    """``known`` with what ``row`` tells. Factors of other sources stay; the parameters of a rule are one whole."""
    both = {**known, **row}
    old, new = known.get("hashes_per_difficulty"), row.get("hashes_per_difficulty")
    if isinstance(old, dict) and isinstance(new, dict):
        both["hashes_per_difficulty"] = {**old, **new}
    if "reward_rule" in row and "reward_parameters" not in row:
        both.pop("reward_parameters", None)
        both.pop("former_rewards", None)
    return both


def _coin(row: Row, algorithms: Algorithms, place: str) -> Coin:
    table = of_ours(row, CoinTable, place) if place == OURS else converted(row, CoinTable, place)
    if table.reward_parameters and table.reward_rule is None:
        raise ConfigError(f'{place}: reward_parameters belong to a rule; add reward_rule, such as "halvings"')
    for source in table.hashes_per_difficulty:
        if not OUR_NAME.fullmatch(source):
            raise not_possible(place, "hashes_per_difficulty", source, f"name a source, such as {', '.join(SOURCES)}")
    factors = dict(table.hashes_per_difficulty)
    if ANY_SOURCE in factors:
        factors = {**dict.fromkeys(SOURCES, factors[ANY_SOURCE]), **factors}
    if any(low >= high for (_, low), (_, high) in pairwise(sorted(table.known_heights))):
        raise ConfigError(f"{place}: known_heights do not rise from day to day; a chain only grows")
    coin = Coin(
        ticker=table.ticker,
        name=clean_text(table.name),
        algorithm=algorithms.spelled(table.algorithm),
        block_time_seconds=table.block_time_seconds,
        former_block_times=tuple(sorted(table.former_block_times)),
        height_time_seconds=table.height_time_seconds,
        known_heights=tuple(sorted(table.known_heights)),
        reward_rule=table.reward_rule,
        reward_parameters=table.reward_parameters,
        former_rewards=tuple(
            FormerReward(until_height=former.until_height, rule=former.rule, parameters=former.parameters)
            for former in sorted(table.former_rewards, key=lambda former: former.until_height)
        ),
        miner_part=table.miner_part,
        hashes_per_difficulty=factors,
        merged_with=table.merged_with,
        status=None
        if (status := table.status) is None
        else ChainStatus(state=status.state, since=status.since, source=clean_text(status.source)),
        sources=tuple(clean_text(source, length=256) for source in table.sources),
    )
    try:
        check_rule(coin)
    except ValueError as error:
        raise ConfigError(f"{place}: {str(error).removeprefix(f'{coin.ticker}: ')}") from None
    return coin


def _check_merged(coin: Coin, coins: Mapping[str, Coin], place: str) -> None:
    if coin.merged_with is None:
        return
    parent = coins.get(coin.merged_with)
    if parent is None:
        raise not_possible(place, "merged_with", coin.merged_with, suggestion(coin.merged_with, coins))
    if parent.merged_with is not None or parent.algorithm != coin.algorithm:
        raise not_possible(
            place, "merged_with", coin.merged_with, f"name a chain of {coin.algorithm} that is not merged with another"
        )
