"""A tariff in another currency, at one rate of exchange for all of its prices."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from calculators.electricity.tariff import FlatTariff, Slot, Tariff
from calculators.electricity.tariff_tiers import Tier, TieredTariff


@dataclass(frozen=True, slots=True)
class ExchangedTariff:
    """Prices that change over time, each at the same rate. The hours stay as they are."""

    told: Tariff
    rate: Decimal  # units of ``currency`` for one of the tariff's
    currency: str

    def slots(self, start: datetime, end: datetime) -> Iterator[Slot]:
        for slot in self.told.slots(start, end):
            yield Slot(slot.start, slot.end, slot.price.converted(rate=self.rate, currency=self.currency))


def exchanged(tariff: Tariff | TieredTariff, *, rate: Decimal, currency: str) -> Tariff | TieredTariff:
    """The tariff with every price in another currency.

    Args:
        tariff: as it was told.
        rate: units of ``currency`` for one of the tariff's. [1]
        currency: the code of the other currency.

    Raises:
        ValueError: the rate is not finite or not above zero.

    >>> from calculators.money import Money
    >>> exchanged(FlatTariff(Money(Decimal("0.30"), "EUR")), rate=Decimal(25), currency="CZK").price.amount
    Decimal('7.50')
    """
    if isinstance(tariff, FlatTariff):
        return FlatTariff(tariff.price.converted(rate=rate, currency=currency))
    if isinstance(tariff, TieredTariff):
        tiers = (
            Tier(tier.over_kilowatt_hours, tier.price.converted(rate=rate, currency=currency)) for tier in tariff.tiers
        )
        return TieredTariff(tuple(tiers), tariff.time_zone)
    return ExchangedTariff(tariff, rate, currency)
