"""The forms that an answer of ``what-if`` has: a row of values, a map of two inputs, the weights of all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import click

from calculators.earnings.estimate import Estimate
from calculators.told_figures import digits, percent_told, significant
from exporters import svg
from exporters.csv import Cell
from miner_agent.cli.support.progress_bar import with_progress
from miner_agent.profit.document import estimated, money
from miner_agent.profit.ranking import Question
from miner_agent.profit.what_if import Weight, answer_with, crossings, inputs, sweep, sweep_two, weights
from miner_agent.profit.what_if_inputs import Input
from miner_agent.profit.what_if_words import Range

Table = tuple[Sequence[str], Iterable[Sequence[Cell]]]


class WhatIfAnswer(Protocol):
    """One answer in every form that a command prints."""

    def document(self) -> dict[str, Any]: ...
    def table(self) -> Table: ...
    def show(self) -> None: ...
    def svg(self, age: str) -> str: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """The estimate at each value of one input."""

    base: Estimate
    input: Input
    rows: tuple[tuple[float, Estimate], ...]

    @classmethod
    def of(cls, asked: Question, today: Estimate, along: Range, settings: Mapping[str, float]) -> Self:
        found = with_progress(sweep(asked, today, along, settings), length=len(along.values), label=along.key)
        return cls(base=answer_with(asked, today, settings), input=inputs()[along.key], rows=tuple(found))

    def document(self) -> dict[str, Any]:
        key = self.input.key
        return {
            "today": estimated(self.base),
            "sweep": {"key": key, "unit": _unit(self.input, self.base)},
            "rows": [{key: value, **estimated(found)} for value, found in self.rows],
        }

    def table(self) -> Table:
        head = (self.input.key, "revenue_per_day", "energy_cost_per_day", "profit_per_day", "currency")
        return head, [
            (
                value,
                found.revenue_per_day.amount,
                found.energy_cost_per_day.amount,
                found.profit_per_day.amount,
                found.profit_per_day.currency,
            )
            for value, found in self.rows
        ]

    def show(self) -> None:
        currency = self.base.profit_per_day.currency
        key = self.input.key
        click.echo(f"{_named(self.base)}, {self.input.meaning} [{_unit(self.input, self.base)}], {currency} a day")
        click.echo(f"{key:>18} {'revenue':>12} {'energy':>12} {'profit':>12}")
        for value, found in self.rows:
            amounts = (found.revenue_per_day, found.energy_cost_per_day, found.profit_per_day)
            cells = " ".join(f"{digits(each.amount):>12}" for each in amounts)
            click.echo(f"{value:>18.8g} {cells}{'' if found.profit_per_day.amount > 0 else '  loss'}")
        for one, other in crossings(self.rows):
            click.echo(
                f"gain and loss meet between {key} = {significant(one, count=8)} and {significant(other, count=8)}"
            )

    def svg(self, age: str) -> str:
        rows = [svg.Bar(label=f"{significant(value)}", value=float(found.profit_per_day)) for value, found in self.rows]
        title = f"{_named(self.base)}: profit by {self.input.meaning} ({age})"
        return svg.bars(title=title, unit=f"{self.base.profit_per_day.currency} a day", rows=rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """The estimate at each pair of values of two inputs."""

    base: Estimate
    across: Range
    up: Range
    rows: tuple[list[Estimate], ...]  # for each value of ``up``, from its first

    @classmethod
    def of(cls, asked: Question, today: Estimate, settings: Mapping[str, float], *, across: Range, up: Range) -> Self:
        found = with_progress(sweep_two(asked, today, across, up, settings), length=len(up.values), label="map")
        return cls(base=answer_with(asked, today, settings), across=across, up=up, rows=tuple(found))

    def document(self) -> dict[str, Any]:
        return {
            "today": estimated(self.base),
            "across": {"key": self.across.key, "values": list(self.across.values)},
            "up": {"key": self.up.key, "values": list(self.up.values)},
            "profit_per_day": [[money(found.profit_per_day) for found in row] for row in self.rows],
        }

    def table(self) -> Table:
        head = (self.up.key, self.across.key, "profit_per_day", "currency")
        return head, [
            (high, value, found.profit_per_day.amount, found.profit_per_day.currency)
            for high, row in zip(self.up.values, self.rows, strict=True)
            for value, found in zip(self.across.values, row, strict=True)
        ]

    def show(self) -> None:
        currency = self.base.profit_per_day.currency
        click.echo(f"{_named(self.base)}, profit in {currency} a day: {self.across.key} across, {self.up.key} down")
        click.echo(" ".join([f"{'':>12}", *(f"{value:>10.6g}" for value in self.across.values)]))
        for high, row in zip(self.up.values, self.rows, strict=True):
            cells = (f"{digits(found.profit_per_day.amount):>10}" for found in row)
            click.echo(" ".join([f"{high:>12.6g}", *cells]))

    def svg(self, age: str) -> str:
        return svg.break_even_map(
            title=f"{_named(self.base)}: profit by two inputs ({age})",
            unit=f"{self.base.profit_per_day.currency} a day",
            across=svg.Axis(label=self.across.key, values=self.across.values),
            up=svg.Axis(label=self.up.key, values=self.up.values),
            rows=[[float(found.profit_per_day) for found in row] for row in self.rows],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Today beside what is set, and how much each input weighs then."""

    today: Estimate
    base: Estimate
    share: float
    rows: tuple[Weight, ...]

    @classmethod
    def of(cls, asked: Question, today: Estimate, settings: Mapping[str, float], *, share: float) -> Self:
        return cls(
            today=today,
            base=answer_with(asked, today, settings),
            share=share,
            rows=weights(asked, today, share=share, settings=settings),
        )

    def document(self) -> dict[str, Any]:
        return {
            "today": estimated(self.today),
            "then": estimated(self.base),
            "swing": self.share,
            "weights": [
                {
                    "key": weight.input.key,
                    "unit": _unit(weight.input, self.base),
                    "low": weight.low,
                    "high": weight.high,
                    "profit_per_day_at_low": money(weight.profit_at_low),
                    "profit_per_day_at_high": money(weight.profit_at_high),
                }
                for weight in self.rows
            ],
        }

    def table(self) -> Table:
        head = ("key", "low", "high", "profit_per_day_at_low", "profit_per_day_at_high", "currency")
        return head, [
            (
                weight.input.key,
                weight.low,
                weight.high,
                weight.profit_at_low.amount,
                weight.profit_at_high.amount,
                weight.profit_at_low.currency,
            )
            for weight in self.rows
        ]

    def show(self) -> None:
        currency = self.base.profit_per_day.currency
        click.echo(f"{_named(self.base)}, {currency} a day{'':>24} {'today':>14} {'then':>14}")
        for name, label in (
            ("revenue_per_day", "revenue"),
            ("energy_cost_per_day", "energy"),
            ("fixed_cost_per_day", "fixed"),
            ("profit_per_day", "profit"),
            ("break_even_price_per_kilowatt_hour", f"stops at {currency}/kWh"),
            ("break_even_coin_price", f"stops at {currency}/{self.base.coin}"),
        ):
            cells = [getattr(found, name) for found in (self.today, self.base)]
            told = " ".join(f"{digits(each.amount) if each else '–':>14}" for each in cells)
            click.echo(f"  {label:<36} {told}")
        click.echo(f"profit with one input {percent_told(self.share, count=6)} lower and higher, the weightiest first:")
        for weight in self.rows:
            low, high = digits(weight.profit_at_low.amount), digits(weight.profit_at_high.amount)
            inputs = f"{significant(weight.low):>12} to {significant(weight.high):<12}"
            click.echo(f"  {weight.input.key:<18} {inputs} {low:>12} to {high}")
        for reason in self.base.confidence.reasons:
            click.echo(f"confidence {self.base.confidence.level}: {reason}", err=True)

    def svg(self, age: str) -> str:
        rows = [
            svg.Swing(label=each.input.key, low=float(each.profit_at_low), high=float(each.profit_at_high))
            for each in self.rows
        ]
        return svg.tornado(
            title=f"{_named(self.base)}: inputs {percent_told(self.share, count=6)} lower and higher ({age})",
            unit=f"{self.base.profit_per_day.currency} a day",
            base=float(self.base.profit_per_day),
            rows=rows,
        )


def _named(found: Estimate) -> str:
    return "+".join(found.chains)


def _unit(told: Input, base: Estimate) -> str:
    return told.unit.replace("CURRENCY", base.profit_per_day.currency)
