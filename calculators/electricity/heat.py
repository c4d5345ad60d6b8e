"""What the heat of a rig is worth where it replaces other heating.

Source: EN 14511 defines the coefficient of performance (COP) of a heat pump; a computer turns all its energy to heat.
"""

import math

from calculators.money import Money


def heat_worth(*, energy_kilowatt_hours: float, useful_ratio: float, heat_price_per_kilowatt_hour: Money) -> Money:
    """Worth of waste heat where heat itself has a price, as district heating has.

    Args:
        energy_kilowatt_hours: drawn by the rig: all of it turns to heat. [kWh]
        useful_ratio: share of it that warms what would have been heated. [1] 0 to 1, 0 in summer
        heat_price_per_kilowatt_hour: of a kWh of heat. [currency/kWh]

    Raises:
        ValueError: the energy is negative or not finite, or the share is no ratio.

    >>> from decimal import Decimal
    >>> heat_worth(energy_kilowatt_hours=36, useful_ratio=0.5,
    ...            heat_price_per_kilowatt_hour=Money(Decimal("0.14"), "EUR")).amount
    Decimal('2.52')
    """
    return heat_price_per_kilowatt_hour.scaled(_useful(energy_kilowatt_hours, useful_ratio))


def heat_worth_by_carrier(
    *,
    energy_kilowatt_hours: float,
    useful_ratio: float,
    carrier_price_per_kilowatt_hour: Money,
    heater_efficiency: float,
) -> Money:
    """Worth of waste heat where it saves gas, oil, wood or the electricity of a heat pump.

    Args:
        energy_kilowatt_hours: drawn by the rig: all of it turns to heat. [kWh]
        useful_ratio: share of it that warms what would have been heated. [1] 0 to 1, 0 in summer
        carrier_price_per_kilowatt_hour: of what the heater burns or draws. [currency/kWh]
        heater_efficiency: heat per energy of the carrier: 0.9 of a boiler, 1 of a fan heater, a heat pump's COP of 3.5.
            [1]

    Raises:
        ValueError: the energy is negative or not finite, the share is no ratio, or the efficiency is not above zero.

    Beside a heat pump the same heat is worth less than beside a boiler:

    >>> from decimal import Decimal
    >>> heat_worth_by_carrier(energy_kilowatt_hours=36, useful_ratio=1, heater_efficiency=0.9,
    ...                       carrier_price_per_kilowatt_hour=Money(Decimal("0.12"), "EUR")).amount
    Decimal('4.8')
    >>> heat_worth_by_carrier(energy_kilowatt_hours=36, useful_ratio=1, heater_efficiency=3.6,
    ...                       carrier_price_per_kilowatt_hour=Money(Decimal("0.30"), "EUR")).amount
    Decimal('3')
    """
    if not (math.isfinite(heater_efficiency) and heater_efficiency > 0):
        raise ValueError(f"a heater's efficiency is above zero, not {heater_efficiency}: 0.9, or a COP such as 3.5")
    heat = _useful(energy_kilowatt_hours, useful_ratio)
    return carrier_price_per_kilowatt_hour.scaled(heat / heater_efficiency)


def _useful(energy_kilowatt_hours: float, useful_ratio: float) -> float:
    if not (math.isfinite(energy_kilowatt_hours) and energy_kilowatt_hours >= 0):
        raise ValueError(f"energy_kilowatt_hours is {energy_kilowatt_hours}; expected a finite energy of 0 kWh or more")
    if not 0 <= useful_ratio <= 1:
        raise ValueError(f"a useful share of {useful_ratio} is no ratio from 0 to 1: 0.8 is 80 %")
    return energy_kilowatt_hours * useful_ratio
