"""The only place where a question is made: from terms, from what is said over them, from a rig and a market."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from calculators.chain.coin import Coin
from calculators.electricity.tariff import FlatTariff
from calculators.horizon.choice import Rule
from calculators.money import Money
from calculators.told_figures import plain
from miner_agent.economy.conversion import Conversion, Energy
from miner_agent.economy.overrides import NOTHING_SAID, Overrides
from miner_agent.economy.site import currencies_of, over_it, site_of
from miner_agent.economy.terms import TARIFF, Said, Terms
from miner_agent.errors import ConfigError, SourceError
from miner_agent.market.markets import Told, prices_of
from miner_agent.profit.energy_cost import Prices
from miner_agent.profit.quotes import Market
from miner_agent.profit.ranking_question import Conditions, Question
from miner_agent.profit.rig_figures import Rig
from miner_agent.profit.supply import ASSUMED_HOST, NOT_TOLD, Supply
from miner_agent.profit.usual import usual_host_watts

OTHERWISE = "USD"
"""The currency where nobody says one."""
COMPARED = Money(Decimal(2), "USD")
"""What a kilowatt-hour costs nowhere: who says more means another unit."""
TAKEN_FOR = f"all money is taken for {OTHERWISE}: --currency says otherwise"


def configured_energy(terms: Terms, *, ask: Callable[[str], Told]) -> Energy:
    """What energy costs by the configuration, with the prices of its feed where it has one.

    Args:
        terms: of the configuration.
        ask: what a configured feed says, by its name.

    Raises:
        ConfigError: there is no tariff in it.
        SourceError: its feed has no prices.
    """
    told = terms.energy
    if told is None:
        raise ConfigError(f"{terms.origin}: there is no [tariff] in it")
    if told.tariff is None:
        slots = prices_of(ask(told.feed or ""))
        return Energy(prices=slots, grid_fee=told.grid_fee, fees_by_hour=told.fees_by_hour, vat_ratio=told.vat_ratio)
    return Energy(
        prices=Prices(
            tariff=told.tariff,
            source=TARIFF,
            household_kilowatt_hours_per_month=told.household_kilowatt_hours_per_month,
        )
    )


def asked_price(terms: Terms, said: Overrides) -> Energy | None:
    """The one price of energy that the question says, in the currency of the answer; ``None`` where it says none."""
    if said.kwh_price is None:
        return None
    currency = said.currency or terms.currency
    price = Money(said.kwh_price, currency or OTHERWISE)
    notes = () if currency else (TAKEN_FOR,)
    return Energy(prices=Prices(tariff=FlatTariff(price), source="--kwh-price", notes=notes))


def currency_of_answer(terms: Terms, said: Overrides, energy: Energy | None) -> str:
    """The currency that money is told in: what is asked for, else what is configured, else that of energy."""
    return said.currency or terms.currency or (OTHERWISE if energy is None else energy.prices.currency)


def currencies_said(terms: Terms, said: Overrides, energy: Energy) -> frozenset[str]:
    """Those of the amounts that are added to an answer, other than a market's."""
    amounts = (_over(said.switch_cost, terms.switch_cost), _over(said.fixed_cost_per_day, terms.fixed_cost_per_day))
    added = {each.currency for each in amounts if each.amount and each.currency}
    return energy.currencies | currencies_of(over_it(terms.site, said)) | added


def question(
    terms: Terms,
    *,
    energy: Energy,
    market: Market,
    rig: Rig,
    coins: Mapping[str, Coin],
    now: datetime,
    said: Overrides = NOTHING_SAID,
    of_past: bool = False,
) -> Question:
    """Everything that an answer is made from.

    Args:
        terms: of the configuration.
        energy: what energy costs, as ``configured_energy`` or ``asked_price`` tell it.
        market: quotes, and the rates by which amounts are converted.
        rig: what can mine.
        coins: the table of coins by ticker.
        now: this moment, aware.
        said: what the question says in the place of the configuration.
        of_past: whether it is about prices of energy that have been.

    Raises:
        SourceError: an amount is in a currency from which no rate leads to that of the answer, or the last price of
            energy that is known is past.
        ValueError: what is said cannot be, such as a power supply of no known class, X"""
    if not of_past and energy.prices.known_until is not None and energy.prices.known_until <= now:
        ended = f"{energy.prices.known_until:%Y-%m-%d %H:%M} UTC"
        raise SourceError(f"{energy.prices.source}: its last price held until {ended}; what holds now is not known")
    currency = currency_of_answer(terms, said, energy)
    exchange = Conversion(currency=currency, rates=market.exchange, now=now)
    converted = currencies_said(terms, said, energy) | {each.price.currency for each in market.quotes if each.price}
    return Question(
        market=market,
        rig=rig,
        conditions=_conditions(terms, energy, exchange, said, rig, tuple(exchange.old_rates(converted))),
        coins=coins,
        now=now,
        only=said.only or terms.coins,
        merge=not said.separate,
    )


def _conditions(
    terms: Terms, energy: Energy, exchange: Conversion, said: Overrides, rig: Rig, notes: tuple[str, ...]
) -> Conditions:
    """How the rig is run and paid by the terms, and over them by what is said."""
    fixed, switch = _over(said.fixed_cost_per_day, terms.fixed_cost_per_day), _over(said.switch_cost, terms.switch_cost)
    named = ("pool_scheme", "pool_fee_ratio", "dev_fee_ratio", "stale_ratio", "uptime_ratio", "exchange_fee_ratio")
    over: dict[str, Any] = {name: value for name in named if (value := getattr(said, name)) is not None}
    usual: dict[str, Any] = {name: getattr(terms, name) for name in named}
    site = site_of(over_it(terms.site, said), exchange, exchange.now)
    return Conditions(
        prices=site.prices(exchange.prices(energy)),
        supply=_supply(terms.supply, said, rig),
        fixed_cost_per_day=exchange.money(fixed, what="the fixed cost of a day") + site.standing_charge_per_day,
        demand_charge_per_kilowatt_per_day=site.demand_charge_per_kilowatt_per_day,
        grid_grams_per_kilowatt_hour=said.grid_grams_per_kilowatt_hour,
        notes=(*notes, *_odd_price(energy, exchange), *site.notes),
        switch_cost=exchange.money(switch, what="the cost of a switch"),
        rule=_rule(terms.rule, said),
        **(usual | over),
    )


def _odd_price(energy: Energy, exchange: Conversion) -> Iterator[str]:
    """A word about one price at any time that hardly anybody pays: one below zero, or one that may be in cents."""
    tariff = energy.prices.tariff
    if not isinstance(tariff, FlatTariff):
        return
    told = f"{plain(tariff.price.amount)} {tariff.price.currency}"
    if tariff.price.amount < 0:
        yield f"each kilowatt-hour is paid for, not bought: it costs {told} at any time by {energy.prices.source}"
    try:
        compared = exchange.rates.convert(tariff.price, COMPARED.currency, exchange.now).money
    except ValueError:  # no rate leads there
        return
    if compared > COMPARED:
        yield f"a kilowatt-hour costs {told} by {energy.prices.source}; are these cents, or is it for a megawatt-hour?"


def _over(said: Decimal | None, usual: Said) -> Said:
    return usual if said is None else Said(said)


def _rule(usual: Rule, said: Overrides) -> Rule:
    """How to choose by the terms, and over them by what is said."""
    hysteresis = usual.hysteresis_ratio if said.hysteresis_ratio is None else said.hysteresis_ratio
    return replace(usual, by=said.choose_by or usual.by, hysteresis_ratio=hysteresis)


def _refuse_unread(said: Overrides, supply: Supply, rig: Rig) -> None:
    """Refuse what is said of a supply through which nothing that is known of goes."""
    drawn = [work.power for part in rig.parts for work in part.works if work.power is not None]
    boards = any(power.board_watts and not power.metered and not power.whole for power in drawn)
    for option, given in (("--psu", said.psu), ("--psu-line", said.psu_line)):
        if given is not None and drawn and not boards:
            raise ValueError(f"{option} changes nothing: the watts of {rig.name} are told at the wall; leave it away")
    if said.psu_line is not None and supply.certificate is None:
        raise ValueError("--psu-line changes nothing: --psu gold says which class the supplies on that line are of")
    if said.host_watts is not None and drawn and all(power.metered or power.whole for power in drawn):
        raise ValueError(
            f"--host-watts changes nothing: what {rig.name} draws at the wall has the computer in it; leave it away"
        )


def _supply(usual: Supply, said: Overrides, rig: Rig) -> Supply:
    """The power supply of the terms, over it what is said, and under it what is usual of such a rig."""
    over: dict[str, Any] = {}
    if said.psu is not None:
        over |= {"certificate": said.psu.certificate, "rated_watts": said.psu.rated_watts, "source": "--psu"}
    if said.psu_line is not None:
        over["line"] = said.psu_line
    if said.host_watts is not None:
        over |= {"host_watts": said.host_watts, "host_source": "--host-watts"}
    supply = replace(usual, **over)
    _refuse_unread(said, supply, rig)
    if supply.host_source != NOT_TOLD or supply.certificate is None:  # what is measured at the wall has it in it
        return supply
    return replace(supply, host_watts=usual_host_watts(part.kind for part in rig.parts), host_source=ASSUMED_HOST)


def free_energy(currency: str, source: str) -> Energy:
    """Energy that costs nothing, or nothing that is asked about."""
    return Energy(prices=Prices(tariff=FlatTariff(Money(Decimal(0), currency)), source=source))
