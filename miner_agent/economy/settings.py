"""A configuration together with the tables of coins and hardware that it goes by."""

from collections.abc import Mapping
from dataclasses import dataclass

from calculators.chain.coin import Coin
from calculators.equipment.hardware import Hardware
from miner_agent.config.configuration import Config
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
