"""Writes ``miner_agent/tables/history.csv``, the sample that ships: ``python tools/sample_history.py``.

It is invented. Prices and difficulties walk in spells and together, and end at the built-in market's prices; of its
difficulties they end at a part, so that six RTX 3080 pay for their energy on most days.
"""

import math
import random
from datetime import timedelta
from pathlib import Path

from miner_agent.tables.market_of_one_day import builtin_market

PAGE = Path(__file__).parents[1] / "miner_agent" / "tables" / "history.csv"
EASIER = {"ERG": 8, "ETC": 20, "RVN": 4.5}  # times as today
COINS = tuple(EASIER)
DAYS = 3 * 365
SHARED = 0.8  # of the moves of prices
CALM, WILD = 0.025, 0.06


def render() -> str:
    """A row for each coin and day, the same each time."""
    chance = random.Random(2026)
    quotes = {quote.coin: quote for quote in builtin_market() if quote.coin in COINS}
    last = max(quote.taken_at for quote in quotes.values()).date()
    price, work = dict.fromkeys(COINS, 0.0), dict.fromkeys(COINS, 0.0)
    spell = CALM
    lines: list[str] = []
    for back in range(DAYS):  # from the last day on, into the past
        for coin in reversed(COINS):
            quote = quotes[coin]
            if quote.price is None or quote.difficulty is None:
                raise ValueError(f"{coin}: the built-in market does not tell it")
            cells = (
                f"{last - timedelta(days=back)}",
                coin,
                f"{float(quote.price) * math.exp(price[coin]):.5g}",
                f"{quote.difficulty / EASIER[coin] * math.exp(work[coin]):.7g}",
                f"{quote.block_reward_coins:g}",
                f"{0.16 + 0.04 * math.cos(2 * math.pi * back / 365):.4f}",
                "USD",
            )
            lines.append(",".join(cells))
        if chance.random() < 0.03:
            spell = chance.choice((CALM, WILD))
        market = chance.gauss(0, spell)
        for coin in COINS:
            own = chance.gauss(0, spell)
            step = math.sqrt(SHARED) * market + math.sqrt(1 - SHARED) * own
            price[coin] += step
            work[coin] += 0.05 * (price[coin] - work[coin]) + chance.gauss(0, 0.01)  # miners follow the price
    return "\n".join(["date,coin,price,difficulty,reward,tariff,currency", *reversed(lines)]) + "\n"


if __name__ == "__main__":
    PAGE.write_text(render())
