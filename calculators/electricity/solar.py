"""Own power: what a rig really pays for electricity that its owner's panels make."""

from dataclasses import dataclass
from decimal import Decimal

from calculators.money import Money


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPower:
    """How the energy of one slot is shared out. Own power is used first."""

    own_kilowatt_hours: Decimal  # of the rig's energy, from the panels
    grid_kilowatt_hours: Decimal  # of the rig's energy, bought
    exported_kilowatt_hours: Decimal  # of the surplus, left for the grid


def shared(*, load_kilowatt_hours: Decimal, surplus_kilowatt_hours: Decimal) -> OwnPower:
    """Who supplies a rig in one slot. A battery is not in it.

    Args:
        load_kilowatt_hours: energy of the rig. [kWh]
        surplus_kilowatt_hours: generation that the rest of the house leaves in the same slot. [kWh] Sum up short slots:
            the noon of a day does not feed its night.

    Raises:
        ValueError: an energy is negative or not finite.

    >>> found = shared(load_kilowatt_hours=Decimal(3), surplus_kilowatt_hours=Decimal(2))
    >>> str(found.own_kilowatt_hours), str(found.grid_kilowatt_hours), str(found.exported_kilowatt_hours)
    ('2', '1', '0')
    """
    for name, energy in (("load", load_kilowatt_hours), ("surplus", surplus_kilowatt_hours)):
        if not (energy.is_finite() and energy >= 0):
            raise ValueError(f"{name}_kilowatt_hours is {energy}; expected a finite energy of 0 kWh or more")
    own = min(load_kilowatt_hours, surplus_kilowatt_hours)
    return OwnPower(
        own_kilowatt_hours=own,
        grid_kilowatt_hours=load_kilowatt_hours - own,
        exported_kilowatt_hours=surplus_kilowatt_hours - own,
    )


def cost_with_own_power(
    *,
    load_kilowatt_hours: Decimal,
    surplus_kilowatt_hours: Decimal,
    import_price: Money,
    export_price: Money,
    may_throttle: bool = False,
) -> Money:
    """Cost of a rig's energy in one slot: what is bought, and what export would have paid for the rest.

    The panels themselves are not in it: they were paid for either way.

    Args:
        load_kilowatt_hours: energy of the rig. [kWh]
        surplus_kilowatt_hours: generation that the rest of the house leaves. [kWh]
        import_price: of a kWh bought, all in. [currency/kWh]
        export_price: of a kWh fed in. [currency/kWh] Negative: feeding in costs, and using it saves that.
        may_throttle: whether the panels are turned down when feeding in would cost; own power is free then.

    Raises:
        ValueError: an energy is negative or not finite, or currencies mix.

    >>> bought, fed_in = Money(Decimal("0.30"), "EUR"), Money(Decimal("0.08"), "EUR")
    >>> cost_with_own_power(load_kilowatt_hours=Decimal(3), surplus_kilowatt_hours=Decimal(2),
    ...                     import_price=bought, export_price=fed_in).amount
    Decimal('0.46')
    """
    share = shared(load_kilowatt_hours=load_kilowatt_hours, surplus_kilowatt_hours=surplus_kilowatt_hours)
    forgone = _forgone(export_price, may_throttle=may_throttle)
    return import_price * share.grid_kilowatt_hours + forgone * share.own_kilowatt_hours


def price_with_own_power(
    *,
    load_kilowatt_hours: Decimal,
    surplus_kilowatt_hours: Decimal,
    import_price: Money,
    export_price: Money,
    may_throttle: bool = False,
) -> Money:
    """What a kWh costs the rig in one slot, own and bought energy together: the price for the rule when to run.

    Args:
        load_kilowatt_hours: energy of the rig. [kWh] Above zero.
        surplus_kilowatt_hours: generation that the rest of the house leaves. [kWh]
        import_price: of a kWh bought, all in. [currency/kWh]
        export_price: of a kWh fed in. [currency/kWh]
        may_throttle: as in ``cost_with_own_power``.

    Raises:
        ValueError: the load is zero, an energy is negative or not finite, or currencies mix.

    >>> bought, fed_in = Money(Decimal("0.30"), "EUR"), Money(Decimal("0.08"), "EUR")
    >>> price_with_own_power(load_kilowatt_hours=Decimal(2), surplus_kilowatt_hours=Decimal(1),
    ...                      import_price=bought, export_price=fed_in).amount
    Decimal('0.19')
    """
    if load_kilowatt_hours == 0:
        raise ValueError("a price per kWh needs a load above 0 kWh")
    cost = cost_with_own_power(
        load_kilowatt_hours=load_kilowatt_hours,
        surplus_kilowatt_hours=surplus_kilowatt_hours,
        import_price=import_price,
        export_price=export_price,
        may_throttle=may_throttle,
    )
    return cost / load_kilowatt_hours


def worth_of_own_power(
    *, own_kilowatt_hours: Decimal, import_price: Money, export_price: Money, may_throttle: bool = False
) -> Money:
    """What using own power saves against buying it and feeding the own power in.

    Args:
        own_kilowatt_hours: used from the panels. [kWh]
        import_price: of a kWh bought, all in. [currency/kWh]
        export_price: of a kWh fed in. [currency/kWh]
        may_throttle: as in ``cost_with_own_power``.

    Raises:
        ValueError: the energy is negative or not finite, or currencies mix.

    >>> worth_of_own_power(own_kilowatt_hours=Decimal(10), import_price=Money(Decimal("0.30"), "EUR"),
    ...                    export_price=Money(Decimal("0.08"), "EUR")).amount
    Decimal('2.20')
    """
    shared(load_kilowatt_hours=own_kilowatt_hours, surplus_kilowatt_hours=own_kilowatt_hours)
    return (import_price - _forgone(export_price, may_throttle=may_throttle)) * own_kilowatt_hours


def _forgone(export_price: Money, *, may_throttle: bool) -> Money:
    return Money(max(export_price.amount, Decimal(0)), export_price.currency) if may_throttle else export_price
