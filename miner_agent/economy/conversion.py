"""Amounts of several currencies brought into the one that an answer is told in, at dated rates."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from calculators.chain.confidence import span
from calculators.electricity.tariff import FlatTariff, Tariff
from calculators.electricity.tariff_exchange import ExchangedTariff, exchanged
from calculators.electricity.tariff_slots import SummedTariff
from calculators.electricity.tariff_tiers import TieredTariff
from calculators.exchange import LONG_WEEKEND, Rate, Rates
from calculators.money import Money
from miner_agent.economy.terms import NOTHING, Said
from miner_agent.errors import SourceError
from miner_agent.profit.energy_cost import Prices


@dataclass(frozen=True, slots=True, kw_only=True)
class Energy:
    """What energy costs as it was told, each part in its own currency."""

    prices: Prices
    grid_fee: Said = NOTHING  # of each hour
    fees_by_hour: Tariff | None = None  # of some hours
    vat_ratio: Decimal = Decimal(0)

    @property
    def currencies(self) -> frozenset[str]:
        """Of all of its parts that say one."""
        fees = (
            self.grid_fee.currency if self.grid_fee.amount else None,
            self.fees_by_hour.currency if self.fees_by_hour else None,
        )
        return frozenset({self.prices.currency, *(fee for fee in fees if fee)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """Into one currency, by the rates of one moment."""

    currency: str
    rates: Rates
    now: datetime

    def money(self, said: Said, *, what: str) -> Money:
        """An amount in the currency of the answer. Nothing is nothing in any.

        Raises:
            SourceError: no rate leads there; the sentence names both currencies.
        """
        if not said.amount:
            return Money(said.amount, self.currency)
        return self._converted(said.money(self.currency), what)

    def prices(self, energy: Energy) -> Prices:
        """What energy costs, its parts added up in the currency of the answer.

        Raises:
            SourceError: no rate leads there; the sentence names both currencies.
        """
        told = self._exchanged(energy.prices)
        if not energy.grid_fee.amount and not energy.vat_ratio and energy.fees_by_hour is None:
            return told
        if isinstance(told.tariff, TieredTariff):
            raise SourceError(f"{told.source}: fees and taxes are not added to blocks; write whole prices")
        fee = self.money(energy.grid_fee, what="the grid fee")
        parts: list[Tariff] = [told.tariff, FlatTariff(fee)]
        if energy.fees_by_hour is not None:
            parts.append(self._in_ours(energy.fees_by_hour))
        return replace(told, tariff=SummedTariff(tuple(parts), energy.vat_ratio))

    def days(self, told: Mapping[date, Money]) -> dict[date, Money]:
        """Prices of days in the currency of the answer, without those from whose currency no rate leads there."""
        found: dict[date, Money] = {}
        for day, price in told.items():
            with suppress(SourceError):
                found[day] = self._converted(price, "the price of a day")
        return found

    def old_rates(self, currencies: Collection[str]) -> Iterator[str]:
        """Sentences about the rates that lead from these, where they are old."""
        used: dict[Rate, None] = {}
        for other in sorted(set(currencies) - {self.currency}):
            try:
                used.update(dict.fromkeys(self._steps(other)))
            except ValueError:  # what is in that currency is refused by itself
                continue
        by_source: dict[tuple[str, datetime | None], list[str]] = {}
        for rate in used:
            if rate.undated or self.now - rate.taken_at > LONG_WEEKEND:
                pair = f"{rate.currency} in {rate.worth.currency}"
                by_source.setdefault((rate.source, rate.told_at), []).append(pair)
        for (source, told_at), pairs in by_source.items():
            of = "do not say of when they are" if told_at is None else f"are of {told_at:%Y-%m-%d}"
            age = "" if told_at is None else f", {span(self.now - told_at)} old"
            yield f"rates of exchange ({', '.join(pairs)}) {of}{age}: {source}"

    def _steps(self, other: str) -> tuple[Rate, ...]:
        return self.rates.convert(Money(Decimal(1), other), self.currency, self.now).steps

    def _converted(self, money: Money, what: str) -> Money:
        if money.currency == self.currency:
            return money
        try:
            return self.rates.convert(money, self.currency, self.now).money
        except ValueError as error:
            raise SourceError(
                f"{what} is in {money.currency}, money is asked for in {self.currency}: {error}"
            ) from None

    def _in_ours(self, fees: Tariff) -> Tariff:
        if fees.currency == self.currency:
            return fees
        rate = self._converted(Money(Decimal(1), fees.currency), "the grid fee by the hour").amount
        return ExchangedTariff(fees, rate, self.currency)

    def _exchanged(self, prices: Prices) -> Prices:
        other = prices.currency
        if other == self.currency:
            return prices
        rate = self._converted(Money(Decimal(1), other), f"{prices.source}: the price of energy").amount
        dated = min(step.taken_at for step in self._steps(other))
        return replace(
            prices,
            tariff=exchanged(prices.tariff, rate=rate, currency=self.currency),
            source=f"{prices.source}, {other} at the rate of {dated:%Y-%m-%d}",
        )
