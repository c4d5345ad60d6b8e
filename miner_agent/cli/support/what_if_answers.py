"""The forms that an answer of ``what-if`` has: a row of values, a map of two inputs, the weights of all."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

from calculators.earnings.estimate import Estimate
from calculators.told_figures import digits, percent_told, significant
from exporters import svg
from exporters.csv import Cell
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import ABSENT, plain_console, print_line
from miner_agent.cli.support.progress_bar import with_progress
from miner_agent.profit.ranking_question import Question
from miner_agent.profit.what_if import Weight, answer_with, crossings, inputs, sweep, sweep_two, weights
from miner_agent.profit.what_if_document import map_document, row_document, unit_of, weights_document
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
        return row_document(self.base, self.input, self.rows)

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
        out = plain_console()
        what = f"{self.input.meaning} [{unit_of(self.input, self.base)}]"
        print_line(out, f"{_named(self.base)}, {what}, {currency} a day")
        rows = [
            (
                significant(value, count=8),
                *(
                    digits(each.amount)
                    for each in (found.revenue_per_day, found.energy_cost_per_day, found.profit_per_day)
                ),
                "" if found.profit_per_day.amount > 0 else "loss",
            )
            for value, found in self.rows
        ]
        print_table(out, figures_table((key, "revenue", "energy", "profit", ""), rows))
        for one, other in crossings(self.rows):
            between = f"{key} = {significant(one, count=8)} and {significant(other, count=8)}"
            print_line(out, f"gain and loss meet between {between}")

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
        return map_document(self.base, self.across, self.up, self.rows)

    def table(self) -> Table:
        head = (self.up.key, self.across.key, "profit_per_day", "currency")
        return head, [
            (high, value, found.profit_per_day.amount, found.profit_per_day.currency)
            for high, row in zip(self.up.values, self.rows, strict=True)
            for value, found in zip(self.across.values, row, strict=True)
        ]

    def show(self) -> None:
        currency = self.base.profit_per_day.currency
        out = plain_console()
        print_line(
            out, f"{_named(self.base)}, profit in {currency} a day: {self.across.key} across, {self.up.key} down"
        )
        heads = (self.up.key, *(significant(value) for value in self.across.values))
        rows = [
            (significant(high), *(digits(found.profit_per_day.amount) for found in row))
            for high, row in zip(self.up.values, self.rows, strict=True)
        ]
        print_table(out, figures_table(heads, rows))

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
        return weights_document(self.today, self.base, self.share, self.rows)

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
        out = plain_console()
        both = (self.today, self.base)
        rows = [
            (label, *(digits(each.amount) if (each := getattr(found, name)) else ABSENT for found in both))
            for name, label in (
                ("revenue_per_day", "revenue"),
                ("energy_cost_per_day", "energy"),
                ("fixed_cost_per_day", "fixed"),
                ("profit_per_day", "profit"),
                ("break_even_price_per_kilowatt_hour", f"stops at {currency}/kWh"),
                ("break_even_coin_price", f"stops at {currency}/{self.base.coin}"),
            )
        ]
        print_table(out, figures_table((f"{_named(self.base)}, {currency} a day", "today", "then"), rows))
        share = percent_told(self.share, count=6)
        print_line(out, f"profit with one input {share} lower and higher, the weightiest first:")
        weighed = [
            (
                weight.input.key,
                *(f"{significant(weight.low)} to", significant(weight.high)),
                *(f"{digits(weight.profit_at_low.amount)} to", digits(weight.profit_at_high.amount)),
            )
            for weight in self.rows
        ]
        print_table(out, figures_table(("", "input", "", "profit", ""), weighed))
        for reason in self.base.confidence.reasons:
            tell(f"confidence {self.base.confidence.level}: {reason}", err=True)

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
