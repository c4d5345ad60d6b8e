"""Own power from a roof: what a rig's energy costs where the house leaves some of it, hour by hour."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from calculators.electricity.energy import kilowatt_hours
from calculators.electricity.solar import price_with_own_power, shared
from calculators.electricity.tariff import Slot
from calculators.electricity.tariff_bands import Band, TimeOfUseTariff
from calculators.money import Money
from calculators.units import HOURS_PER_DAY

PRICE_DIGITS = 12  # after the point, of a mean, or of what own and bought power make together


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnSurplus:
    """What panels make beyond what the house uses, on a typical day. A battery is not in it."""

    watts_by_hour: tuple[float, ...]  # from midnight on, by the clock of the place
    zone: ZoneInfo
    export_price: Money  # of a kilowatt-hour fed in: what one that the rig takes costs

    def __post_init__(self) -> None:
        if len(self.watts_by_hour) != HOURS_PER_DAY:
            raise ValueError(f"a day of own power has 24 hours, not {len(self.watts_by_hour)}")

    def priced(self, slots: Iterable[Slot], *, power_watts: float, above_watts: float = 0) -> list[Slot]:
        """What a kilowatt-hour of a steady power costs, own and bought energy together; slots are cut to hours.

        Args:
            slots: prices of what is bought.
            power_watts: whose energy is priced. [W]
            above_watts: of others that take own power first. [W]
        """
        found = []
        for start, end, bought, watts in self._pieces(slots):
            left = max(watts - above_watts, 0.0)
            load = kilowatt_hours(power_watts=power_watts, duration=end - start)
            price = bought
            if load and left:
                price = price_with_own_power(
                    load_kilowatt_hours=load,
                    surplus_kilowatt_hours=kilowatt_hours(power_watts=left, duration=end - start),
                    import_price=bought,
                    export_price=self.export_price,
                )
            found.append(Slot(start, end, Money(round(price.amount, PRICE_DIGITS), price.currency)))
        return found

    def own_kilowatt_hours(self, slots: Iterable[Slot], *, power_watts: float) -> Decimal:
        """What of a steady power's energy is own power. [kWh]"""
        return sum(
            (
                shared(
                    load_kilowatt_hours=kilowatt_hours(power_watts=power_watts, duration=end - start),
                    surplus_kilowatt_hours=kilowatt_hours(power_watts=watts, duration=end - start),
                ).own_kilowatt_hours
                for start, end, _, watts in self._pieces(slots)
            ),
            Decimal(0),
        )

    def typical_day(self, slots: Iterable[Slot]) -> TimeOfUseTariff:
        """The mean price of each hour of the day over a time: a mean over all hours would forget when the sun shines.

        Args:
            slots: prices of what is bought, of a day at least.
        """
        worth = [Decimal(0)] * HOURS_PER_DAY
        seconds = [Decimal(0)] * HOURS_PER_DAY
        currency = self.export_price.currency
        for start, end, bought, _ in self._pieces(slots):
            hour, length = start.astimezone(self.zone).hour, Slot(start, end, bought).seconds
            worth[hour] += bought.amount * length
            seconds[hour] += length
        return TimeOfUseTariff(
            tuple(
                Band(
                    name=f"{hour}:00",
                    price=Money(round(worth[hour] / seconds[hour], PRICE_DIGITS), currency),
                    start=time(hour),
                    end=time((hour + 1) % HOURS_PER_DAY),
                )
                for hour in range(HOURS_PER_DAY)
            ),
            self.zone,
        )

    def _pieces(self, slots: Iterable[Slot]) -> Iterator[tuple[datetime, datetime, Money, float]]:
        """Each slot cut at the full hours of the place, with its surplus."""
        for slot in slots:
            at = slot.start
            while at < slot.end:
                local = at.astimezone(self.zone)
                into = timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)
                until = min(at + timedelta(hours=1) - into, slot.end)
                yield at, until, slot.price, self.watts_by_hour[local.hour]
                at = until
