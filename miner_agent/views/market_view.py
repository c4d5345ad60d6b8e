"""Feeds, prices and chains, and what energy costs: known to everybody."""

import msgspec

from miner_agent.model.finances import Economy, FeedStatus, NetworkSeen, PriceSeen, TariffSeen
from miner_agent.views.figures import Circumstances, Figure, Moment, MoneyFigure, Perhaps, figures_of, money_figure

NO_MARKET = "nothing is asked for prices: the configuration names no feeds"
NO_TARIFF = "what energy costs is not known: [tariff]"
TOO_OLD = "too old to be shown"
NO_PRICE = "the tariff tells no price for this hour"


class FeedView(msgspec.Struct, frozen=True, kw_only=True):
    """One feed, and how it does."""

    feed: str
    up: bool
    reason: str | None  # what keeps it from giving something new, as a word
    last_success_at: Moment | None
    runs_total: Figure
    failures_total: Figure


class PriceView(msgspec.Struct, frozen=True, kw_only=True):
    """The price of one coin as one source tells it."""

    coin: str
    currency: str
    price: MoneyFigure


class NetworkView(msgspec.Struct, frozen=True, kw_only=True):
    """One coin's chain."""

    coin: str
    difficulty: Figure
    network_hashes_per_second: Figure
    block_reward_coins: Figure


class MarketView(msgspec.Struct, frozen=True, kw_only=True):
    """What feeds tell."""

    feeds: list[FeedView]
    prices: list[PriceView]
    networks: list[NetworkView]


class TariffView(msgspec.Struct, frozen=True, kw_only=True):
    """What a kilowatt-hour costs now, with taxes and fees."""

    tariff: str
    currency: str
    price_per_kilowatt_hour: MoneyFigure
    slot_end_at: Moment | None  # null: it does not end
    forecast_end_at: Moment | None  # null: it is known for ever


def market_view(economy: Economy | None, at: Circumstances) -> Perhaps[MarketView]:
    """All that feeds told."""
    if economy is None:
        return Perhaps(value=None, reason=NO_MARKET)
    return Perhaps(
        value=MarketView(
            feeds=[_feed_view(one, at) for one in economy.feeds],
            prices=[_price_view(one, at) for one in economy.prices],
            networks=[_network_view(one, economy, at) for one in economy.networks],
        )
    )


def tariff_view(economy: Economy | None, at: Circumstances) -> Perhaps[TariffView]:
    """The price of energy in the slot that goes on."""
    told = None if economy is None else economy.tariff
    if economy is None or told is None:
        return Perhaps(value=None, reason=NO_TARIFF)
    return Perhaps(value=_tariff_view(told, economy, at))


def _tariff_view(told: TariffSeen, economy: Economy, at: Circumstances) -> TariffView:
    return TariffView(
        tariff=told.tariff,
        currency=told.currency,
        price_per_kilowatt_hour=money_figure(
            told.import_price, source=told.tariff, taken_at=economy.computed_at, at=at, reason=NO_PRICE
        ),
        slot_end_at=told.slot_end_at,
        forecast_end_at=told.forecast_end_at,
    )


def _feed_view(one: FeedStatus, at: Circumstances) -> FeedView:
    return FeedView(
        feed=one.feed,
        up=one.reason is None,
        reason=one.reason,
        last_success_at=one.last_success_at,
        **figures_of(FeedView, one, source="agent", taken_at=at.taken_at, at=at),
    )


def _price_view(one: PriceSeen, at: Circumstances) -> PriceView:
    price = money_figure(one.price, source=one.source, taken_at=one.taken_at, at=at, reason=TOO_OLD)
    return PriceView(coin=one.coin, currency=one.currency, price=price)


def _network_view(one: NetworkSeen, economy: Economy, at: Circumstances) -> NetworkView:
    figures = figures_of(
        NetworkView, one, source="feeds", taken_at=economy.computed_at, at=at, reason="no source with fresh figures"
    )
    return NetworkView(coin=one.coin, **figures)
