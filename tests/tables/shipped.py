"""The tables that come with the agent, and the page about them."""

from pathlib import Path

from miner_agent.tables.coin_table import load_coins
from miner_agent.tables.hardware_table import load_hardware

PAGE = Path(__file__).parents[2] / "docs" / "coins-and-hardware.md"
COINS = load_coins()
HARDWARE = load_hardware()
