"""What the configuration says of money, in the form in which it is computed with."""

from collections.abc import Mapping
from dataclasses import dataclass

from calculators.chain.coin import Coin
from calculators.equipment.hardware import Hardware
from calculators.money import Money
from miner_agent.config.configuration import Config
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.ranking import Conditions
from miner_agent.profit.supply import Supply
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.spellings import load_algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A configuration, and the tables that it goes by."""

    loaded: Config
    coins: Mapping[str, Coin]
    hardware: Mapping[str, Hardware]
    algorithms: Mapping[str, str]

    @classmethod
    def of(cls, loaded: Config) -> "Settings":
        """Read the tables.

        Raises:
            ConfigError: the user's own file of coins and hardware cannot be used.
        """
        own = loaded.profit.catalog_file
        return cls(
            loaded=loaded,
            coins=load_coins(own),
            hardware=load_hardware(own),
            algorithms=load_algorithms(own),
        )

    @property
    def on_processors(self) -> frozenset[str]:
        """Algorithms that processors mine."""
        devices = self.hardware.values()
        return frozenset(figure.algorithm for one in devices if one.kind == "cpu" for figure in one.benchmarks)

    @property
    def supply(self) -> Supply:
        """What stands between the cards and the wall."""
        power, assumed = self.loaded.power, Supply()
        told = power.psu is not None
        return Supply(
            certificate=(None if power.psu == "none" else power.psu) if told else assumed.certificate,
            line=power.psu_line,
            rated_watts=power.psu_rated_watts,
            host_watts=assumed.host_watts if power.host_watts is None else power.host_watts,
            host_source=assumed.host_source if power.host_watts is None else "[power]",
            cooling_factor=power.cooling_factor,
            source="[power]" if told else assumed.source,
        )

    def conditions(self, prices: Prices) -> Conditions:
        """How the rig is run and paid."""
        profit = self.loaded.profit
        return Conditions(
            prices=prices,
            supply=self.supply,
            pool_scheme=profit.pool_scheme,
            pool_fee_ratio=profit.pool_fee_ratio,
            dev_fee_ratio=profit.dev_fee_ratio,
            stale_ratio=profit.stale_ratio,
            uptime_ratio=profit.uptime_ratio,
            exchange_fee_ratio=profit.exchange_fee_ratio,
            fixed_cost_per_day=Money(profit.fixed_cost_per_day, prices.currency),
        )
