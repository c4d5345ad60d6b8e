"""A configuration together with the tables of coins and hardware that it goes by."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from calculators.chain.coin import Coin
from calculators.equipment.hardware import Hardware
from miner_agent.config.configuration import Config
from miner_agent.economy.terms import Terms
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware
from miner_agent.tables.spellings import load_algorithms


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """A configuration, and the tables that it goes by."""

    loaded: Config
    terms: Terms
    coins: Mapping[str, Coin]
    hardware: Mapping[str, Hardware]
    algorithms: Algorithms

    @classmethod
    def of(cls, loaded: Config, *, catalog_file: Path | None = None) -> "Settings":
        """Read the tables, with the user's own file: the one that is named, else the one that is configured.

        Raises:
            ConfigError: the user's own file of coins and hardware cannot be used.
        """
        own = catalog_file or loaded.catalog_file
        return cls(
            loaded=loaded,
            terms=Terms.of(loaded),
            coins=load_coins(own),
            hardware=load_hardware(own),
            algorithms=load_algorithms(own),
        )

    @property
    def on_processors(self) -> frozenset[str]:
        """Algorithms that processors mine."""
        devices = self.hardware.values()
        return frozenset(figure.algorithm for one in devices if one.kind == "cpu" for figure in one.benchmarks)
