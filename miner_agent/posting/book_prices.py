"""What a kilowatt-hour costs in a book's currency: by the configured tariff, at rates that configured feeds tell."""

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from calculators.electricity.tariff import FlatTariff
from calculators.money import Money
from miner_agent.config.configuration import Config
from miner_agent.economy.conversion import Conversion
from miner_agent.economy.question import configured_energy
from miner_agent.economy.terms import Terms
from miner_agent.errors import ConfigError, SourceError
from miner_agent.market import markets
from miner_agent.market.markets import Told
from miner_agent.profit.energy_cost import Prices
from miner_agent.storage.feed_cache import FeedCache
from miner_agent.tables.coin_table import load_coins
from miner_agent.transport import feed_requests

NEVER = datetime.max.replace(tzinfo=UTC)


def prices_of_book(loaded: Config, currency: str, *, state_directory: Path, now: datetime) -> Prices:
    """The prices; where nobody tells them, none of any time, with a note that says why."""
    try:
        return _prices(loaded, currency, state_directory, now)
    except (ConfigError, SourceError) as error:
        return Prices(
            tariff=FlatTariff(Money(Decimal(0), currency)),
            source="no tariff",
            known_from=NEVER,
            known_until=NEVER,
            notes=(f"no price of energy is known: {error}",),
        )


def _prices(loaded: Config, currency: str, state_directory: Path, now: datetime) -> Prices:
    entries = {entry.name: entry for entry in loaded.feeds}
    coins, cache = load_coins(loaded.catalog_file), FeedCache(state_directory)

    def ask(name: str) -> Told:
        return markets.of_feed(entries[name], coins=coins, now=now, fetch=feed_requests.fetch, cache=cache)

    energy = configured_energy(Terms.of(loaded), ask=ask)
    asked = markets.that_tell_rates(loaded.feeds) if energy.currencies - {currency} else ()
    rates = markets.market_of([ask(name) for name in asked]).exchange
    return Conversion(currency=currency, rates=rates, now=now).prices(energy)
