"""What the commands ask for quotes, rates of exchange and tariffs: files that are named, feeds that are configured."""

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from calculators.chain.coin import Coin
from miner_agent.cli.support.file_kinds import TakenFile, refuse_another_kind
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.config.configuration import Config
from miner_agent.config.entries import FeedEntry
from miner_agent.errors import NotPermitted, SourceError
from miner_agent.market import markets
from miner_agent.market.feed import FeedKind
from miner_agent.profit.quotes import Market, joined
from miner_agent.text import clean_text


def catalog_file_of(given: Path | None, loaded: Config) -> Path | None:
    """The user's own tables: those of the command line, else those of the configuration.

    Raises:
        ConfigError: the command line names something else.
    """
    if given is not None:
        refuse_another_kind(given, TakenFile.TABLES)
    return given or loaded.catalog_file


class Sources:
    """Reads files, and asks feeds as often as their terms allow."""

    def __init__(self, loaded: Config, coins: Mapping[str, Coin], now: datetime) -> None:
        self._loaded, self._coins, self.now = loaded, coins, now

    def market(
        self, files: Iterable[Path], rates_files: Iterable[Path], currency: str, *, beside: Collection[str] = ()
    ) -> Market:
        """Quotes of the files, else of the feeds, else those that are built in; and rates to convert their prices.

        Args:
            files: of quotes.
            rates_files: of rates of exchange.
            currency: of the answer.
            beside: currencies of other amounts in it.

        Raises:
            SourceError: nobody told anything of any coin.
        """
        given, feeds = tuple(files), self._feeds("market")
        if given:
            quoted = self._of_files(given, TakenFile.MARKET)
        elif feeds:
            quoted = markets.market_of([self.feed(name) for name in feeds])
        else:
            quoted = markets.builtin()
        if not quoted.quotes:
            nothing = f"{_named(given)}: nothing is told of any coin; {TakenFile.MARKET.value}"
            otherwise = nothing if given else "no source told anything of any coin"
            raise SourceError("; ".join(quoted.problems[:3]) or otherwise)
        others = {quote.price.currency for quote in quoted.quotes if quote.price is not None} | set(beside)
        return replace(self.rated(quoted, currency, others, files=rates_files), quotes=quoted.quotes)

    def rated(self, market: Market, currency: str, others: Collection[str], *, files: Iterable[Path] = ()) -> Market:
        """The market with rates of files and feeds; and with those that are built in, where these lead nowhere."""
        given, foreign = tuple(files), set(others) - {currency}
        rated = [market, *([self._rates_of(given)] if given else [])]
        if foreign:
            rated.append(markets.market_of([self.feed(name) for name in markets.that_tell_rates(self._loaded.feeds)]))
        return markets.leading_to(joined(rated), currency, foreign, self.now)

    def file(self, path: Path, *, currency: str | None = None) -> markets.Told:
        """What a saved answer says; its prices of electricity in ``currency`` where they do not tell their own."""
        return markets.of_file(path, coins=self._coins, currency=currency)

    def feed(self, name: str, *, among: Iterable[FeedEntry] | None = None) -> markets.Told:
        """What one feed says: its last answer while that is fresh, else a new one.

        Args:
            name: of the feed.
            among: where it is looked for; without it, in the configuration.
        """
        from miner_agent.config.state_folder import state_directory
        from miner_agent.storage.feed_cache import FOLDER, FeedCache
        from miner_agent.transport import feed_requests

        entry = next(entry for entry in (self._loaded.feeds if among is None else among) if entry.name == name)
        state = state_directory(self._loaded, os.environ)
        if entry.file is None:
            _refuse_what_is_anothers(state / FOLDER)
        cache = FeedCache(state)
        told = markets.of_feed(entry, coins=self._coins, now=self.now, fetch=feed_requests.fetch, cache=cache)
        if told.unkept is not None:
            tell(f"miner-agent: {told.unkept}", err=True)
        return told

    def _feeds(self, kind: FeedKind) -> list[str]:
        return [entry.name for entry in self._loaded.feeds if markets.settings_of(entry)[0].kind == kind]

    def _rates_of(self, paths: tuple[Path, ...]) -> Market:
        told = self._of_files(paths, TakenFile.RATES)
        if not told.rates:
            nothing = f"{_named(paths)}: no rate of exchange is told; {TakenFile.RATES.value}"
            raise SourceError("; ".join(told.problems[:3]) or nothing)
        return told

    def _of_files(self, paths: tuple[Path, ...], wanted: TakenFile) -> Market:
        found: list[markets.Told] = []
        failed: list[SourceError] = []
        for path in paths:
            try:
                refuse_another_kind(path, wanted)
                found.append(self.file(path))
            except SourceError as error:
                failed.append(error)
        if failed and not found:
            raise failed[0]
        market = markets.market_of(found)
        return replace(market, problems=(*(str(error) for error in failed), *market.problems))


def _named(paths: Iterable[Path]) -> str:
    return ", ".join(clean_text(path.name) for path in paths)


def _refuse_what_is_anothers(folder: Path) -> None:
    """No source is asked more often than it allows: so its answers must be kept where the agent keeps them."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    if not os.access(there, os.R_OK | os.W_OK | os.X_OK):
        raise NotPermitted(
            f"{there}: this user may not keep answers of feeds there; ask as the agent's user, such as with "
            "sudo -u miner-agent miner-agent profit"
        )
