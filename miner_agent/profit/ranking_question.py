"""What a ranking is made from: a rig, how it is run and paid, and what is known of coins."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from calculators.chain.coin import Coin
from calculators.chain.pools import SchemeName
from calculators.horizon.choice import Rule
from calculators.money import Money
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.rig_figures import Rig
from miner_agent.profit.supply import Supply


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the rig is run and paid, whatever it mines."""

    prices: Prices
    supply: Supply = field(default_factory=Supply)
    pool_scheme: SchemeName = "pplns"
    pool_fee_ratio: float = 0.01
    dev_fee_ratio: float | None = 0  # None: what each work's program usually keeps
    stale_ratio: float = 0
    rejected_ratio: float = 0
    uptime_ratio: float = 1
    exchange_fee_ratio: float = 0
    payout_fee_coins: float = 0
    days_between_payouts: float = 1
    fixed_cost_per_day: Money | None = None  # None: nothing
    demand_charge_per_kilowatt_per_day: Money | None = None  # of the month's peak; None: nothing
    grid_grams_per_kilowatt_hour: float | None = None  # carbon dioxide; None: nobody says
    switch_cost: Money | None = None  # of changing to another coin, once; None: nothing
    rule: Rule = field(default_factory=Rule)  # by which a coin is chosen
    notes: tuple[str, ...] = ()  # what was taken for granted in all this

    @property
    def currency(self) -> str:
        return self.prices.currency


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """Everything that a ranking is made from."""

    market: Market
    rig: Rig
    conditions: Conditions
    coins: Mapping[str, Coin]  # the table of coins by ticker
    now: datetime  # aware
    only: Collection[str] = ()  # tickers to look at; none: all
    merge: bool = True  # sum up chains that one hashrate mines together
    is_in_turn: bool = False  # the parts take own power and fill blocks in the order in which the rig tells them
