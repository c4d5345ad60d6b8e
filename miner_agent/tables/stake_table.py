"""Coins that pay for being staked, and between what they are said to yield."""

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Annotated

from msgspec import Meta

from miner_agent.config.key_types import Table
from miner_agent.tables.users_file import Line, built_in

YieldRatio = Annotated[float, Meta(ge=0, le=1)]


class StakeRow(Table, frozen=True):
    """``[[stakes]]``"""

    coin: Line
    name: Line
    yield_low_ratio_per_year: YieldRatio
    yield_high_ratio_per_year: YieldRatio


class StakesFile(Table, frozen=True):
    """``stakes.toml``"""

    dated: date
    stakes: tuple[StakeRow, ...]


def load_stakes() -> tuple[date, Mapping[str, StakeRow]]:
    """As of which day they are, and each by its ticker."""
    file = built_in("stakes.toml", StakesFile)
    return file.dated, MappingProxyType({row.coin: row for row in file.stakes})
