"""What sources say of coins and of rates of exchange at one time, and how old that is."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from calculators.chain.confidence import span
from calculators.chain.quote import Quote
from calculators.exchange import Rate, Rates


@dataclass(frozen=True, slots=True, kw_only=True)
class Market:
    """Everything that is known of coins' markets. What could not be believed is a sentence in ``problems``."""

    quotes: tuple[Quote, ...]  # of sources, the most trusted first
    rates: tuple[Rate, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def exchange(self) -> Rates:
        """The rates of exchange, to convert with."""
        return Rates(self.rates)

    @property
    def ages(self) -> tuple["Age", ...]:
        """Of each source of quotes, in the order in which they are trusted."""
        by_source: dict[str, list[Quote]] = {}
        for quote in self.quotes:
            by_source.setdefault(quote.source, []).append(quote)
        return tuple(
            Age(
                source=source,
                oldest=min(quote.taken_at for quote in quotes),
                newest=max(quote.taken_at for quote in quotes),
                undated=any(quote.undated for quote in quotes),
            )
            for source, quotes in by_source.items()
        )

    @property
    def newest_told_at(self) -> datetime | None:
        """Of the source that was asked last; ``None`` where none says when."""
        return max((age.newest for age in self.ages if not age.undated), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Age:
    """Between when the quotes of one source were taken."""

    source: str
    oldest: datetime
    newest: datetime
    undated: bool = False  # of some nobody says when: these two are only when they were saved

    def told(self, now: datetime) -> str:
        """For people: which market this is, and how old.

        >>> from datetime import UTC
        >>> day = datetime(2026, 10, 4, tzinfo=UTC)
        >>> Age(source="built-in, hashrate.no", oldest=day, newest=day).told(datetime(2026, 11, 21, tzinfo=UTC))
        'built-in, hashrate.no: of 2026-10-04, 48 days old'
        """
        if self.undated:
            return f"{self.source}: of no day that it tells; its age is not known"
        newest, oldest = _age(self.newest, now), _age(self.oldest, now)
        return f"{self.source}: of {self.newest:%Y-%m-%d}, {newest}{'' if newest == oldest else f' to {oldest}'} old"


def told_ages(ages: Iterable[Age], now: datetime) -> str:
    """All of them on one line."""
    return "; ".join(age.told(now) for age in ages) or "no source told anything"


def told_briefly(ages: Iterable[Age], now: datetime) -> str:
    """For the title of a drawing: the day of the oldest source.

    >>> from datetime import UTC
    >>> day = datetime(2026, 10, 4, tzinfo=UTC)
    >>> told_briefly([Age(source="file", oldest=day, newest=day)], datetime(2026, 11, 21, tzinfo=UTC))
    'market of 2026-10-04, 48 days old'
    """
    told = list(ages)
    if any(age.undated for age in told):
        return "market of no day that is told"
    oldest = min((age.newest for age in told), default=now)
    return f"market of {oldest:%Y-%m-%d}, {_age(oldest, now)} old"


def joined(markets: Sequence[Market]) -> Market:
    """Several markets as one, the first one the most trusted."""
    return Market(
        quotes=tuple(quote for market in markets for quote in market.quotes),
        rates=tuple(rate for market in markets for rate in market.rates),
        problems=tuple(dict.fromkeys(problem for market in markets for problem in market.problems)),
    )


def _age(taken_at: datetime, now: datetime) -> str:
    return span(max(now - taken_at, timedelta(0)))
