"""A figure as it is told: its value, in which unit, by whom, when, and why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

import msgspec

from calculators.money import Money

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
"""RFC 3339, in UTC."""
NOT_TOLD = "its source does not tell it"
NOT_SHOWN = "not shown to you: [http] books_users"
COUNT, FLAG = "count", "flag"
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
    "coins",
)
"""Base units, as names end in them. What ends in none is a count, a number without a unit, or a flag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Of what moment it is told, and to whom."""

    taken_at: datetime  # the tick
    stale_because: str | None = None  # why the tick is not the present; None: it is
    sees_money: bool = False

    @property
    def stale(self) -> bool:
        """What is told is of the past: nothing newer is known."""
        return self.stale_because is not None


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One number that was measured, counted or computed."""

    value: float | int | bool | None
    unit: str
    source: str | None = None  # who says it
    taken_at: Moment | None = None
    reason: str | None = None  # why there is no value
    stale: bool = False


class MoneyAmount(msgspec.Struct, frozen=True, kw_only=True):
    """An amount, as a decimal number in text: nothing rounds it."""

    amount: str
    currency: str


class MoneyFigure(msgspec.Struct, frozen=True, kw_only=True):
    """An amount of money."""

    value: MoneyAmount | None
    source: str | None = None
    taken_at: Moment | None = None
    reason: str | None = None  # why there is no value
    stale: bool = False


Held = TypeVar("Held")
Row = TypeVar("Row", bound=msgspec.Struct)


class Perhaps(msgspec.Struct, Generic[Held], frozen=True, kw_only=True):
    """Something, or why it is not there."""

    value: Held | None
    reason: str | None = None


def unit_of(name: str) -> str:
    """The unit in which a quantity of this name is.

    >>> unit_of("power_watts"), unit_of("energy_joules_total"), unit_of("accepted_shares_total")
    ('watts', 'joules', 'count')
    """
    bare = name.removesuffix("_total")
    return next((unit for unit in UNITS if bare == unit or bare.endswith(f"_{unit}")), COUNT)


def figure(
    name: str,
    value: float | bool | None,  # noqa: FBT001 - a flag is a value here
    *,
    source: str | None,
    taken_at: datetime | None,
    at: Circumstances,
    reason: str | None = None,
) -> Figure:
    """The value of the quantity ``name``; ``reason`` says why there is none, and is left away where there is one."""
    return Figure(
        value=value,
        unit=FLAG if isinstance(value, bool) else unit_of(name),
        source=source,
        taken_at=taken_at,
        reason=None if value is not None else reason or NOT_TOLD,
        stale=at.stale,
    )


def figures_of(
    view: type[msgspec.Struct],
    reading: object,
    *,
    source: str | None,
    taken_at: datetime | None,
    at: Circumstances,
    reasons: Mapping[str, str] | None = None,
    reason: str | None = None,
) -> dict[str, Any]:
    """All figures of a view that a value of the model holds under the same names.

    Args:
        view: what they are for.
        reading: what holds them; what it does not have by name is left to whoever calls.
        source: who says them.
        taken_at: when.
        at: of what moment they are told.
        reasons: why one of them is absent, by its name.
        reason: why any other is.
    """
    known = reasons or {}
    return {
        name: figure(
            name, getattr(reading, name), source=source, taken_at=taken_at, at=at, reason=known.get(name, reason)
        )
        for name in quantity_names(view)
        if hasattr(reading, name)
    }


def amount_of(money: Money) -> MoneyAmount:
    """The same, as text.

    >>> from decimal import Decimal
    >>> amount_of(Money(Decimal("1E-7"), "BTC")).amount
    '0.0000001'
    """
    return MoneyAmount(amount=f"{money.amount:f}", currency=money.currency)


def money_figure(
    value: Money | None, *, source: str | None = None, taken_at: datetime | None = None, at: Circumstances, reason: str
) -> MoneyFigure:
    """The amount; ``reason`` says why there is none. Whoever calls looks whether it may be shown."""
    return MoneyFigure(
        value=None if value is None else amount_of(value),
        source=source,
        taken_at=taken_at,
        reason=reason if value is None else None,
        stale=at.stale,
    )


@lru_cache(maxsize=64)  # views
def quantity_names(view: type[msgspec.Struct]) -> tuple[str, ...]:
    """The names of its figures, which are those of the model's quantities."""
    return tuple(name for name, hint in get_type_hints(view).items() if hint is Figure)
