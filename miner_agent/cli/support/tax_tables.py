"""Taxes of a venture as people and programs read them."""

from collections.abc import Iterator
from typing import Any

from calculators.told_figures import digits, percent_told
from miner_agent.profit.document import money
from miner_agent.profit.venture import Venture

METHODS = {
    "macrs": "MACRS (five years, half-year convention)",
    "straight-line": "straight line over {years} years",
    "none": "not written off",
}


def tax_lines(answer: Venture) -> Iterator[str]:
    """What is taken, year by year; nothing where the plan has no tax."""
    plan = answer.plan.tax
    if plan is None:
        return
    method = METHODS[plan.method].format(years=plan.years)
    yield (
        f"tax of {percent_told(float(plan.tax_ratio), count=6)}; hardware: {method}; losses are carried on; the resale "
        "ends the book. What follows is after tax. No advice: the law of the place rules"
    )
    yield f"{'year':>4} {'revenue':>12} {'costs':>12} {'written off':>12} {'taxable':>12} {'tax':>12} {'after tax':>12}"
    for year in answer.tax_years:
        amounts = (year.revenue, year.operating_cost, year.depreciation, year.taxable, year.tax, year.cash)
        yield f"{year.number:>4} " + " ".join(f"{digits(each.amount):>12}" for each in amounts)


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
