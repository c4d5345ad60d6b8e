"""The question that a rig as it was measured and the feeds of that moment answer, with what is said over them. Pure."""

from collections.abc import Sequence
from datetime import datetime

from miner_agent.config.entries import FeedEntry
from miner_agent.economy.heard import KnownMarkets, energy_told, seen
from miner_agent.economy.messages import Return
from miner_agent.economy.overrides import Overrides
from miner_agent.economy.question import currencies_said, currency_of_answer, question
from miner_agent.economy.settings import Settings
from miner_agent.errors import SourceError
from miner_agent.market import feeds, markets
from miner_agent.profit.quotes import Market, joined
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.rig_figures import Rig

NO_PRICE = "nobody says what a kilowatt-hour costs: set [tariff] in the configuration"


def question_of_rig(
    settings: Settings,
    returns: Sequence[tuple[FeedEntry, Return]],
    rig: Rig,
    said: Overrides,
    *,
    now: datetime,
) -> Question:
    """The market as it is known, of which nothing is too old; without a feed of one, the one that comes with the agent.

    Raises:
        AgentError: energy has no price, or an amount cannot be converted.
        ValueError: what is said cannot be.
    """
    known = seen(returns, now=now)
    if not rig.parts:
        raise SourceError("; ".join(rig.problems[:3]) or "no miner answers, and no card is known")
    energy = energy_told(settings.terms, known.told, now=now)
    if energy is None:
        raise SourceError(NO_PRICE)

    market = _market(settings, known)
    told_in = {quote.price.currency for quote in market.quotes if quote.price is not None}
    told_in |= currencies_said(settings.terms, said, energy)
    currency = currency_of_answer(settings.terms, said, energy)
    return question(
        settings.terms,
        energy=energy,
        market=markets.leading_to(market, currency, told_in, now),
        rig=rig,
        coins=settings.coins,
        now=now,
        said=said,
    )


def _market(settings: Settings, known: KnownMarkets) -> Market:
    is_told = any(feeds.load(entry.feed).kind == "market" for entry in settings.loaded.feeds)
    return known.fresh if is_told else joined([markets.builtin(), known.fresh])
