"""A figure as it is told: its value, in which unit, by whom, when, and why there is none."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

import msgspec

from calculators.money import Money

NOT_TOLD = "its source does not tell it"
NOT_SHOWN = "not shown to you: [http] books_users"
UNITS = (
    "hashes_per_second",
    "joules_per_hash",
    "watts",
    "joules",
    "celsius",
    "ratio",
    "rpm",
    "volts",
    "amperes",
    "hertz",
    "bytes",
    "seconds",
)
"""Base units, as names end in them. What ends in none is a count."""
COUNT = "count"


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Of what moment it is told, and to whom."""

    taken_at: datetime  # the tick
    stale_because: str | None = None  # why the tick is not the present; None: it is
    sees_money: bool = False


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number that was measured, counted or computed."""

    value: float | int | None
    unit: str
    source: str | None = None  # who says it
    taken_at: datetime | None = None
    reason: str | None = None  # why there is no value
    stale: bool = False  # it is of the past: nothing newer is known


class MoneyAmount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount, as a decimal number in text: nothing rounds it."""

    amount: str
    currency: str


class MoneyFigure(msgspec.Struct, frozen=True, kw_only=True):
    """One amount of money that is known, or why it is not."""

    value: MoneyAmount | None
    source: str | None = None
    taken_at: datetime | None = None
    reason: str | None = None
    stale: bool = False


Row = TypeVar("Row", bound=msgspec.Struct)


def unit_of(name: str) -> str:
    """The unit in which a quantity of this name is.

    >>> unit_of("power_watts"), unit_of("energy_joules_total"), unit_of("accepted_shares_total")
    ('watts', 'joules', 'count')
    """
    bare = name.removesuffix("_total")
    return next((unit for unit in UNITS if bare == unit or bare.endswith(f"_{unit}")), COUNT)


def figure(
    name: str,
    value: float | None,
    *,
    source: str | None,
    taken_at: datetime | None,
    at: Circumstances,
    reason: str | None = None,
) -> Figure:
    """The value of the quantity ``name``; ``reason`` says why there is none, and is left away where there is one."""
    return Figure(
        value=value,
        unit=unit_of(name),
        source=source,
        taken_at=taken_at,
        reason=None if value is not None else reason or NOT_TOLD,
        stale=at.stale_because is not None,
    )


def money_figure(
    value: Money | None, *, source: str | None, taken_at: datetime | None, at: Circumstances, reason: str
) -> MoneyFigure:
    """The amount, to who may see money; ``reason`` says why there is none."""
    if not at.sees_money:
        return MoneyFigure(value=None, reason=NOT_SHOWN)
    return MoneyFigure(
        value=None if value is None else MoneyAmount(amount=f"{value.amount:f}", currency=value.currency),
        source=source,
        taken_at=taken_at,
        reason=reason if value is None else None,
        stale=at.stale_because is not None,
    )


def quantity_names(view: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of its figures, which are those of the model's quantities."""
    return tuple(field.name for field in msgspec.structs.fields(view) if field.type is Figure)
