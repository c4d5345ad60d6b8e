"""``miner-agent mine-or-buy``: does the hardware pay, or would the coin itself, bought with the same money?"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, csv_option, drawing_option, json_option
from miner_agent.cli.support.place_options import place_options
from miner_agent.cli.support.profit_options import cost, fee, growth, profit_options
from miner_agent.cli.support.stake_options import stake_options
from miner_agent.cli.support.tax_options import tax_options

if TYPE_CHECKING:
    from decimal import Decimal

    from calculators.horizon.alternatives import Holding
    from exporters.csv import Cell
    from miner_agent.economy.overrides import Overrides
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.venture import Venture, VenturePlan

CSV_COLUMNS = (
    *("month", "running_ratio", "coins", "price", "revenue", "energy_cost", "fixed_cost", "cash_flow", "cumulative"),
    *("tax", "currency"),
)


@click.command("mine-or-buy")
@place_options
@profit_options
@click.option("--investment", type=cost, required=True, metavar="NUMBER", help="What the hardware costs.")
@click.option("--months", type=click.IntRange(1, 240), default=24, show_default=True, help="How long it is to run.")
@click.option("--price-growth", type=growth, metavar="RATIO", help="Of the coin's price, a month: -2%; 0 without it.")
@click.option("--difficulty-growth", type=growth, metavar="RATIO", help="Of the difficulty, a month: 3%; 0 without it.")
@click.option(
    "--halving-after",
    "halvings",
    type=click.IntRange(0),
    multiple=True,
    metavar="MONTHS",
    help="Of the coin's reward, in place of what its chain's rule says. Repeatable.",
)
@height_option
@click.option("--resale", type=cost, default="0", metavar="NUMBER", help="What the hardware brings in the end.")
@click.option("--discount", type=fee, default="0", metavar="RATIO", help="What money earns elsewhere, a year.")
@stake_options
@click.option("--purchase-fee", type=fee, default="0", metavar="RATIO", help="Exchange fee and spread of buying.")
@tax_options
@click.option("--never-idle", is_flag=True, help="Mine at a loss too, in place of standing still.")
@click.option(
    "--history",
    "history_file",
    type=FILE,
    metavar="FILE",
    help="Days that were, for the mean price of energy where the tariff tells days alone.",
)
@drawing_option("Draw the cash flow.")
@csv_option("Print the months as CSV.")
@json_option
def command(
    svg_file: Path | None,
    *,
    as_csv: bool,
    as_json: bool,
    config_path: Path | None,
    said: "Overrides",
    history_file: Path | None,
    heights: Mapping[str, int],
    **options: Any,
) -> None:
    """Carry today's estimate on over months, and compare it with buying the coin on the same days, or staking it.

    Of the best coin, or of --coin. Growth is an assumption: try several. Mined coins are kept, and energy is paid from
    the pocket, as bought coins are. With --tax the taxes on what is mined are paid from the pocket too.

    \b
    Example:
      miner-agent mine-or-buy --hardware "6x rtx3080" --kwh-price 0.1626 --investment 3000 --difficulty-growth 3%
    """
    from dataclasses import replace

    from calculators.units import DAYS_PER_MONTH
    from miner_agent.cli.support.profit_inputs import best_of, check_tickers, question, ranked
    from miner_agent.cli.support.year_of_prices import year_of_prices
    from miner_agent.profit.rewards_ahead import rewards_ahead, said_halvings
    from miner_agent.profit.venture import if_harder, venture
    from miner_agent.profit.venture_costs import mining_of

    if len(said.only) > 1:
        raise click.UsageError("mine-or-buy looks at one coin; name one --coin")
    if history_file is not None and (said.grid_fee is not None or said.vat_ratio is not None):
        raise click.UsageError(
            "--grid-fee and --vat change nothing beside --history: its column tariff has taxes and fees in it"
        )
    asked = question(config_path, said)
    year = year_of_prices(asked, config_path, history_file)
    ranking = ranked(replace(asked, conditions=replace(asked.conditions, prices=year.prices)))
    found = best_of(ranking)
    check_tickers(heights, {*asked.coins, *(quote.coin for quote in asked.market.quotes)}, option="--height")
    ahead = rewards_ahead(
        found.chains, coins=asked.coins, quotes=asked.market.quotes, now=asked.now,
        days=options["months"] * DAYS_PER_MONTH, said=heights,
    )  # fmt: skip
    try:
        ahead = said_halvings(ahead, found.coin, options["halvings"])
        plan = _plan(options, ranking.currency)
        mining = mining_of(ranking, found, year)
        answer = venture(mining, plan, ahead)
        said_growth = options["price_growth"] is not None or options["difficulty_growth"] is not None
        harder = None if said_growth else if_harder(mining, plan, ahead)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        print_json(_document(answer, ranking))
    elif as_csv:
        print_csv(CSV_COLUMNS, _csv_rows(answer))
    else:
        _show(answer, ranking, harder)
    if svg_file is not None:
        from miner_agent.cli.support.output_files import write

        write(svg_file, _svg(answer, ranking))


def _plan(options: dict[str, Any], currency: str) -> "VenturePlan":
    from calculators.horizon.decay import Growth
    from calculators.money import Money
    from miner_agent.profit.venture import VenturePlan

    def money(value: "Decimal") -> Money:
        return Money(value, currency)

    return VenturePlan(
        investment=money(options["investment"]),
        months=options["months"],
        outlook=Growth(
            price_growth_ratio_per_month=options["price_growth"] or 0,
            difficulty_growth_ratio_per_month=options["difficulty_growth"] or 0,
        ),
        resale=money(options["resale"]),
        discount_ratio_per_year=options["discount"],
        staking=options["stake"],
        purchase_fee_ratio=options["purchase_fee"],
        may_idle=not options["never_idle"],
        tax=options["tax_plan"],
    )


def _show(answer: "Venture", ranking: "Ranking", harder: "Venture | None") -> None:
    from calculators.horizon.mining_months import yearly
    from calculators.told_figures import changed, counted, digits, percent_told, significant
    from miner_agent.cli.support.first_lines import show_assumed, show_first_lines
    from miner_agent.cli.support.fitted_tables import figures_table, print_table
    from miner_agent.cli.support.plain_lines import plain_console, print_line
    from miner_agent.cli.support.tax_tables import show_tax
    from miner_agent.cli.support.verdicts import growth_line, venture_verdict

    out = plain_console()
    found, plan, currency = answer.estimate, answer.plan, ranking.currency
    today = f"{digits(found.profit_per_day.amount)} {currency} a day"
    show_first_lines(
        out,
        ranking,
        trusted=[found],
        subject=f"{'+'.join(found.chains)} on {ranking.rig.name}: {today}",
        notes=[growth_line(plan.outlook, said=harder is None)],
    )
    if (staked := plan.staking).coin is not None:
        low, high = (100 * each for each in (staked.yield_low_ratio_per_year, staked.yield_high_ratio_per_year))
        moves = (
            "" if staked.coin == found.coin else f"; its price {changed(staked.price_growth_ratio_per_month)} a month"
        )
        print_line(out, f"Assumed: {staked.coin} yields {low:g} to {high:g} % a year, {staked.source}{moves}")
    show_assumed(out, answer.notes)
    if any(0 < month.running_share < 1 for month in answer.months):
        show_assumed(out, ["what earns less than its energy costs stands still in these hours, each part by itself"])
    years = [
        (
            *(f"{year.number}", f"{year.months_running:.3g} mo"),
            *(digits(each.amount) for each in (year.revenue, year.energy_cost, year.fixed_cost)),
            *(digits(each.amount) for each in (year.cash_flow, year.cumulative)),
        )
        for year in yearly(answer.months)
    ]
    print_table(out, figures_table(("year", "running", "revenue", "energy", "fixed", "cash flow", "so far"), years))
    show_tax(out, answer)
    never = f"never within {counted(plan.months, 'month')}"
    static = answer.static_payback_days
    payback = answer.payback_months
    unchanged = "if nothing changed" if plan.tax is None else "before tax, if nothing changed"
    print_line(out, f"payback: {never if payback is None else counted(payback, 'month')}; {unchanged}: {_days(static)}")
    rate = answer.rate_of_return_per_year
    print_line(
        out,
        f"present value beyond its cost: {digits(answer.net_present_value.amount)} {currency}"
        + ("" if rate is None else f"; rate of return {percent_told(rate)} a year"),
    )
    paid = f"{digits(answer.alternatives.paid.amount)} {currency} paid over {counted(plan.months, 'month')}"
    print_line(out, f"{paid} leave in the end:")
    mined = answer.mined
    if len(mined) > 1:
        told = ", ".join(f"{significant(coins)} {coin}" for coin, coins in mined.items())
        print_line(out, f"mined: {told}; below they are told as {found.coin}")
    left = [(name, significant(holding.coins), digits(holding.worth.amount)) for name, holding in _holdings(answer)]
    print_table(out, figures_table(("", found.coin, f"worth in {currency}"), left))
    print_line(out, venture_verdict(answer, harder))


def _days(days: float | None) -> str:
    from calculators.told_figures import days_told

    return "never" if days is None else days_told(days)


def _holdings(answer: "Venture") -> "list[tuple[str, Holding]]":
    found = [("mine", answer.alternatives.mine), ("buy", answer.alternatives.buy)]
    if answer.plan.staking.yield_high_ratio_per_year:
        coin = answer.plan.staking.coin
        what = "stake" if coin is None else f"stake {coin}"
        found += [
            (f"{what}, least", answer.alternatives.stake_low),
            (f"{what}, at best", answer.alternatives.stake_high),
        ]
    return found


def _named(answer: "Venture") -> "list[tuple[str, Holding]]":
    """For programs: a name says nothing of the coin."""
    return list(
        zip(("mine", "buy", "stake_least", "stake_at_best"), (one for _, one in _holdings(answer)), strict=False)
    )


def _document(answer: "Venture", ranking: "Ranking") -> dict[str, Any]:
    from miner_agent.cli.support.tax_tables import tax_document
    from miner_agent.profit.document import conditions, estimated, head, money

    plan = answer.plan
    return {
        **head(ranking),
        "conditions": conditions(ranking.conditions),
        "estimate": estimated(answer.estimate),
        "investment": money(plan.investment),
        "resale": money(plan.resale),
        "price_growth_ratio_per_month": plan.outlook.price_growth_ratio_per_month,
        "difficulty_growth_ratio_per_month": plan.outlook.difficulty_growth_ratio_per_month,
        "static_payback_days": answer.static_payback_days,
        "payback_months": answer.payback_months,
        "tax": tax_document(answer),
        "net_present_value": money(answer.net_present_value),
        "rate_of_return_per_year": answer.rate_of_return_per_year,
        "mined": answer.mined,
        "paid": money(answer.alternatives.paid),
        "in_the_end": {
            name: {"coins": holding.coins, "worth": money(holding.worth)} for name, holding in _named(answer)
        },
        "staked": None
        if not plan.staking.yield_high_ratio_per_year
        else {
            "coin": plan.staking.coin or answer.estimate.coin,
            "yield_low_ratio_per_year": plan.staking.yield_low_ratio_per_year,
            "yield_high_ratio_per_year": plan.staking.yield_high_ratio_per_year,
            "price_growth_ratio_per_month": plan.staking.price_growth_ratio_per_month,
            "source": plan.staking.source,
        },
        "best": answer.best,
        "months": [
            {
                "number": month.number,
                "running_ratio": month.running_share,
                "mined": month.mined,
                "coins": month.coins,
                "price": money(month.price),
                "revenue": money(month.revenue),
                "energy_cost": money(month.energy_cost),
                "fixed_cost": money(month.fixed_cost),
                "cash_flow": money(month.cash_flow),
                "cumulative": money(month.cumulative),
            }
            for month in answer.months
        ],
        "notes": [*ranking.notes, *answer.notes],
    }


def _csv_rows(answer: "Venture") -> "list[list[Cell]]":
    from miner_agent.profit.venture_tax import taxes_of_months

    currency = answer.estimate.price.currency
    rows: list[list[Cell]] = []
    for month, tax in zip(answer.months, taxes_of_months(answer.months, answer.tax_years), strict=True):
        paid = (month.energy_cost, month.fixed_cost, month.cash_flow, month.cumulative, tax)
        amounts = (month.price, month.revenue, *paid)
        rows.append([month.number, month.running_share, month.coins, *(each.amount for each in amounts), currency])
    return rows


def _svg(answer: "Venture", ranking: "Ranking") -> str:
    from exporters.svg import Flow, cash_flow
    from miner_agent.profit.quotes import told_briefly

    flows = [Flow(label="0", amount=-float(answer.plan.investment))]
    flows += [Flow(label=f"{month.number}", amount=float(month.cash_flow)) for month in answer.months]
    title = f"{'+'.join(answer.estimate.chains)}: cash flow ({told_briefly(ranking.market.ages, ranking.now)})"
    return cash_flow(title=title, unit=ranking.currency, flows=flows)
