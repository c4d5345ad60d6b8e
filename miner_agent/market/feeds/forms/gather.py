"""Gathers what one answer says of coins: which coin a row means, in which unit its difficulty is, which rows stand."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from calculators.chain.coin import TICKER, Coin
from calculators.chain.quote import Quote
from calculators.exchange import Rate
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import FeedReading
from miner_agent.market.feed_payload import FeedDoc
from miner_agent.model.algorithms import Algorithms
from miner_agent.tables.coin_table import ANY_SOURCE, algorithms_of
from miner_agent.text import clean_text, letters_of

MOST_COINS = 2_000
MOST_PROBLEMS = 100
PROBLEM_LENGTH = 256
Row = TypeVar("Row")
Detail = TypeVar("Detail")
EARLY = timedelta(hours=1)  # how much later than its own arrival a row may claim to be: clocks differ
BITCOIN, USD = "BTC", "USD"

_AS_SOURCES_CALL_IT = {"ethash": "etchash"}
"""One source or another calls Ethereum Classic's so to this day: where a coin is known, either may be meant."""


@dataclass(frozen=True, slots=True)
class Meant:
    """The coin that a row means, spelled as in the table of coins."""

    ticker: str
    algorithm: str
    hashes_per_difficulty: float | None


class Gathering:
    """The quotes of one answer, while it is read."""

    def __init__(self, *, source: str, coins: Mapping[str, Coin], taken_at: datetime) -> None:
        self._source, self._coins, self._taken_at = source, coins, taken_at
        ours = sorted({coin.algorithm for coin in coins.values()})
        self.algorithms = algorithms_of(coins)
        self._meanings: dict[str, frozenset[str]] = {}  # by a word, as it is met
        self._spelled = {letters_of(name): name for name in ours}
        self._answers: list[list[Quote]] = []
        self._ticker = ""  # of the row that is being read, as soon as it is known
        self.problems: list[str] = []

    def each(self, rows: Iterable[Row], read: Callable[[Row], Quote | None]) -> None:
        """Read the rows of one answer. What cannot be believed is a problem; ``None`` is a row that is no coin's."""
        quotes: list[Quote] = []
        for row in rows:
            if len(quotes) >= MOST_COINS:
                raise BadPayload(self._source, "more", f"at most {MOST_COINS:,} coins in an answer")
            self._ticker = ""
            try:
                quote = read(row)
            except (BadPayload, ValueError) as error:
                said = str(error)
                self.problem(said if said.startswith(self._ticker) else f"{self._ticker}: {said}")
                continue
            if quote is not None:
                quotes.append(quote)
        self._answers.append(self._without_twins(quotes))

    def meant(self, ticker: str, algorithm: str | None, *, source: str | None = None) -> Meant:
        """Which coin is meant by a ticker and an algorithm, as a source writes them.

        Several coins share tickers: where the algorithm is not the one that our coin is mined with, it is another coin.
        A chain with several algorithms has a ticker for each in the table of coins, such as ``DGB-SHA``.

        Raises:
            ValueError: it is none that we know, though the ticker is; or no ticker at all.
        """
        ticker = ticker.strip().upper()
        if not TICKER.fullmatch(ticker):
            raise ValueError(f"{ticker[:24]!a} is not a coin's ticker; its row is left out")
        self._ticker = ticker
        coin = self._coins.get(ticker)
        if algorithm is not None and (coin is None or not self._fits(algorithm, coin)):
            coin = self._of_chain(ticker, algorithm)
        if coin is None:
            if algorithm is None:
                raise ValueError(f"{ticker}: it is not in the table of coins, and its row names no algorithm; name one")
            return Meant(ticker, self._our_spelling(algorithm), None)
        units = coin.hashes_per_difficulty
        return Meant(coin.ticker, coin.algorithm, units.get(source or self._source, units.get(ANY_SOURCE)))

    def detail(self, read: Callable[..., Detail | None], *steps: str) -> Detail | None:
        """A figure without which the rest of its row stands: one that cannot be believed is not said, and a problem."""
        try:
            return read(*steps)
        except (BadPayload, ValueError) as error:
            self.problem(f"{self._ticker}: {error}; the rest of its row stands")
            return None

    def price(self, ticker: str, amount: Money | None) -> Money | None:
        """A price above zero; else none, and a problem."""
        if amount is None or amount.amount > 0:
            return amount
        self.problem(f"{ticker}: its price is {amount.amount}; a price is above zero, so it has none here")
        return None

    def when(self, row: FeedDoc, *steps: str) -> datetime:
        """When the source measured it; when the answer came, where the row does not say."""
        moment = row.moment_or_none(*steps)
        if moment is None:
            return self._taken_at
        if moment > self._taken_at + EARLY:
            row.at(*steps).expected(
                f"a time before {self._taken_at:%Y-%m-%d %H:%M} UTC, when the answer came; is this clock right?"
            )
        return moment

    def problem(self, sentence: str) -> None:
        self.problems.append(clean_text(sentence, length=PROBLEM_LENGTH))

    def reading(self) -> FeedReading:
        """Everything that stands: of a coin that several answers of one source have, the newest quote."""
        newest: dict[str, Quote] = {}
        for quotes in self._answers:
            for quote in quotes:
                known = newest.get(quote.coin)
                if known is None or quote.taken_at > known.taken_at:
                    newest[quote.coin] = quote
        return FeedReading(
            quotes=tuple(newest.values()),
            rates=tuple(bitcoin_rates(newest.values())),
            problems=shortened(self.problems),
        )

    def _of_chain(self, ticker: str, algorithm: str) -> Coin | None:
        """The entry of a chain that is mined with this algorithm; ``None`` where the chain is in no entry."""
        family = [known for name, known in self._coins.items() if name == ticker or name.startswith(f"{ticker}-")]
        fitting = [known for known in family if self._fits(algorithm, known)]
        if len(fitting) == 1:
            return fitting[0]
        if len(family) > 1:
            raise ValueError(
                f"{ticker}: {clean_text(algorithm)} is no algorithm of a chain in the table of coins "
                f"({', '.join(known.ticker for known in family)}); its row is left out"
            )
        if family:
            raise ValueError(
                f"{ticker}: the source's is mined with {clean_text(algorithm)}, ours with {family[0].algorithm}; "
                "is it another coin of that ticker? Its row is left out"
            )
        return None

    def _our_spelling(self, algorithm: str) -> str:
        known = self._spelled.get(letters_of(algorithm)) or self.algorithms.known(algorithm)
        return known or dashed(clean_text(algorithm))

    def _fits(self, algorithm: str, coin: Coin) -> bool:
        for word in (algorithm, coin.algorithm):
            if word not in self._meanings:
                self._meanings[word] = _meanings_of(word, self.algorithms)
        return _akin(self._meanings[algorithm], self._meanings[coin.algorithm])

    def _without_twins(self, quotes: list[Quote]) -> list[Quote]:
        times = Counter(quote.coin for quote in quotes)
        for coin, count in times.items():
            if count > 1:
                self.problem(
                    f"{coin}: it is {count} times in the answer; which row is right cannot be known, so none is used"
                )
        return [quote for quote in quotes if times[quote.coin] == 1]


def dashed(name: str) -> str:
    """A name as ids are made of it.

    >>> dashed("Ethereum Classic (ETC)")
    'ethereum-classic-etc'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def fits(theirs: str, ours: str, algorithms: Algorithms) -> bool:
    """Whether two spellings can mean one algorithm: ``SHA-256`` and ``sha256d``, ``Equihash`` and ``equihash-200-9``.

    >>> [fits(theirs, "sha256d", Algorithms({"box": "sha256d"})) for theirs in ("SHA-256", "Box", "X11")]
    [True, True, False]
    """
    return _akin(_meanings_of(theirs, algorithms), _meanings_of(ours, algorithms))


def _akin(theirs: frozenset[str], ours: frozenset[str]) -> bool:
    return any(one.startswith(other) or other.startswith(one) for one in theirs for other in ours)


def _meanings_of(word: str, algorithms: Algorithms) -> frozenset[str]:
    """Letters of what a word may stand for: those that it has, and those of our word for it."""
    ours = algorithms.spelled(word)
    return frozenset({letters_of(word), letters_of(ours), _AS_SOURCES_CALL_IT.get(ours, "")} - {""})


def bitcoin_rates(quotes: Iterable[Quote]) -> list[Rate]:
    """What a Bitcoin was worth: some sources give every other price in it."""
    return [
        Rate(currency=BITCOIN, worth=quote.price, taken_at=quote.price_taken_at or quote.taken_at, source=quote.source)
        for quote in quotes
        if quote.coin == BITCOIN and quote.price is not None and quote.price.currency != BITCOIN
    ]


def shortened(problems: list[str]) -> tuple[str, ...]:
    """The first problems, and how many more there were."""
    if len(problems) <= MOST_PROBLEMS:
        return tuple(problems)
    return (*problems[:MOST_PROBLEMS], f"and {len(problems) - MOST_PROBLEMS} more")
