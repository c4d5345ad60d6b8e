"""Taxes of a venture as people and programs read them."""

from typing import Any

from rich.console import Console

from calculators.told_figures import digits, percent_told
from miner_agent.cli.support.fitted_tables import figures_table, print_table
from miner_agent.cli.support.plain_lines import print_line
from miner_agent.profit.document import money
from miner_agent.profit.venture import Venture

METHODS = {
    "macrs": "MACRS (five years, half-year convention)",
    "straight-line": "straight line over {years} years",
    "none": "not written off",
}


def show_tax(out: Console, answer: Venture) -> None:
    """Print what is taken, year by year; nothing where the plan has no tax."""
    plan = answer.plan.tax
    if plan is None:
        return
    method = METHODS[plan.method].format(years=plan.years)
    print_line(
        out,
        f"tax of {percent_told(float(plan.tax_ratio), count=6)}; hardware: {method}; losses are carried on; the resale "
        "ends the book. What follows is after tax. No advice: the law of the place rules",
    )
    heads = ("year", "revenue", "costs", "written off", "taxable", "tax", "after tax")
    rows = [
        (
            f"{year.number}",
            *(digits(each.amount) for each in (year.revenue, year.operating_cost, year.depreciation)),
            *(digits(each.amount) for each in (year.taxable, year.tax, year.cash)),
        )
        for year in answer.tax_years
    ]
    print_table(out, figures_table(heads, rows))


def tax_document(answer: Venture) -> dict[str, Any] | None:
    """The same for programs."""
    plan = answer.plan.tax
    if plan is None:
        return None
    return {
        "tax_ratio": f"{plan.tax_ratio:f}",
        "depreciation": plan.method,
        "depreciation_years": plan.years if plan.method == "straight-line" else None,
        "years": [
            {
                "number": year.number,
                "revenue": money(year.revenue),
                "operating_cost": money(year.operating_cost),
                "depreciation": money(year.depreciation),
                "taxable": money(year.taxable),
                "tax": money(year.tax),
                "cash": money(year.cash),
                "loss_carried_on": money(year.loss_carried_on),
            }
            for year in answer.tax_years
        ],
    }
