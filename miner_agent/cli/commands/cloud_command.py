"""``miner-agent cloud``: does hashrate of other people's machines pay?"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from miner_agent.cli.support.documents import print_csv, print_json
from miner_agent.cli.support.fitted_lines import tell
from miner_agent.cli.support.height_option import height_option
from miner_agent.cli.support.options import FILE, config_option, csv_option, json_option
from miner_agent.cli.support.profit_options import amount, currency, fee, growth, ratio, ticker

if TYPE_CHECKING:
    from calculators.earnings.estimate import Estimate
    from calculators.horizon.decay import Growth
    from calculators.money import Money
    from exporters.csv import Cell
    from miner_agent.profit.ranking import Ranking
    from miner_agent.profit.rewards_ahead import RewardsAhead

SOUND_PROMISE = 1.0
CSV_COLUMNS = ("figure", "value", "unit")


@click.command("cloud")
@config_option
@click.option("--coin", type=ticker, required=True, metavar="TICKER", help="What the hashrate mines.")
@click.option("--hashrate", required=True, metavar="RATE", help="How much of it, such as 100T.")
@click.option("--price", type=amount, metavar="NUMBER", help="Of a contract, paid at the start.")
@click.option("--days", type=click.IntRange(1, 3650), required=True, help="How long it runs.")
@click.option("--fee-per-day", type=amount, default="0", metavar="NUMBER", help="Electricity and upkeep, each day.")
@click.option("--share", type=ratio, default="1", metavar="RATIO", help="The customer's part after break-even.")
@click.option("--ends-after", type=click.IntRange(1), metavar="DAYS", help="Days below the fee that end the contract.")
@click.option("--promised-per-day", type=amount, metavar="NUMBER", help="What the seller promises.")
@click.option("--rent-per-day", type=amount, metavar="NUMBER", help="Of rented hashrate: the order's price a day.")
@click.option("--market-fee", type=fee, default="0", metavar="RATIO", help="Of rented hashrate: on its price.")
@click.option("--order-fee", type=amount, default="0", metavar="NUMBER", help="Of rented hashrate: once an order.")
@click.option("--rejected", type=fee, default="0", metavar="RATIO", help="Of rented hashrate: what the pool refuses.")
@height_option
@click.option("--pool-fee", type=fee, default="0.01", show_default=True, metavar="RATIO")
@click.option("--price-growth", type=growth, metavar="RATIO", help="Of the coin's price, a month; 0 without it.")
@click.option("--difficulty-growth", type=growth, metavar="RATIO", help="Of the difficulty, a month; 0 without it.")
@click.option("--currency", type=currency, metavar="CODE", help="Of all money; default: that of the configuration.")
@click.option("--market", "market_files", type=FILE, multiple=True, metavar="FILE", help="Saved answer of a source.")
@click.option("--rates", "rates_files", type=FILE, multiple=True, metavar="FILE", help="Rates of exchange.")
@click.option("--catalog", "catalog_file", type=FILE, metavar="FILE", help="TOML with coins of your own.")
@csv_option("Print CSV: one figure a row, with its unit.")
@json_option
def command(*, as_csv: bool, as_json: bool, **options: Any) -> None:
    """Compare a cloud-mining contract (--price), or rented hashrate (--rent-per-day), with what the network pays.

    A contract is gone through day by day, with the clause that ends it and what the rule of the chain makes of the
    reward. It pays --coin alone; rented hashrate earns on all chains that are mined together with it. A promised
    return above what the network pays for that hashrate is told: mining cannot be where the rest comes from.

    \b
    Example:
      miner-agent cloud --coin BTC --hashrate 100T --price 1200 --days 360 --fee-per-day 3.5 --promised-per-day 12
    """
    if (options["price"] is None) == (options["rent_per_day"] is None):
        raise click.UsageError("give --price of a contract, or --rent-per-day of rented hashrate")
    _refuse_what_is_not_of(_RENTAL if options["rent_per_day"] is None else _CONTRACT)
    notes = _with_currency(options)
    ranking, paid, net, ahead = _paid(options)
    try:
        answer = _contract(options, paid, net, ahead) if options["price"] is not None else _rental(options, paid)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if as_json:
        from miner_agent.profit.document import estimated, market_age

        head = {"version": 1, "market": [market_age(age, ranking.now) for age in ranking.market.ages]}
        print_json({**head, "estimate": estimated(net), **_plain(answer), "notes": [*notes, *ahead.notes]})
    elif as_csv:
        print_csv(CSV_COLUMNS, _rows(answer, net.coin))
    else:
        _show(answer, ranking, net, [*notes, *_growth(options), *ahead.notes])


_CONTRACT = ("fee_per_day", "share", "ends_after", "promised_per_day", "price_growth", "difficulty_growth")
_RENTAL = ("market_fee", "order_fee", "rejected")
"""Options of the one that the other knows nothing of."""


def _refuse_what_is_not_of(others: Sequence[str]) -> None:
    """Raises click.UsageError: an option was given that the answer would not go by."""
    context = click.get_current_context()
    given = [name for name in others if context.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        of, price = ("rented hashrate", "--rent-per-day") if others is _RENTAL else ("a contract", "--price")
        raise click.UsageError(f"{named} is of {of}, which has {price}; leave one away")


def _with_currency(options: dict[str, Any]) -> list[str]:
    """Sets the currency of all money where none was named, and says what it was taken for."""
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.economy.question import OTHERWISE, TAKEN_FOR
    from miner_agent.economy.terms import Terms

    if options["currency"] is not None:
        return []
    configured = Terms.of(configuration(options["config_path"])).currency
    options["currency"] = configured or OTHERWISE
    return [] if configured else [TAKEN_FOR]


def _growth(options: dict[str, Any]) -> list[str]:
    """How price and difficulty are taken to go on, of a contract."""
    from miner_agent.cli.support.verdicts import growth_line

    if options["price"] is None:
        return []
    said = options["price_growth"] is not None or options["difficulty_growth"] is not None
    return [growth_line(_assumed(options), said=said)]


def _assumed(options: dict[str, Any]) -> "Growth":
    from calculators.horizon.decay import Growth

    return Growth(
        price_growth_ratio_per_month=options["price_growth"] or 0,
        difficulty_growth_ratio_per_month=options["difficulty_growth"] or 0,
    )


def _paid(options: dict[str, Any]) -> "tuple[Ranking, Estimate, Estimate, RewardsAhead]":
    """What the network pays for the hashrate in a day, before any fee and after the pool's, and how that goes on."""
    from dataclasses import replace

    from miner_agent.cli.support.market_inputs import Sources, catalog_file_of
    from miner_agent.cli.support.needed_config import configuration
    from miner_agent.cli.support.profit_inputs import check_tickers, ranked
    from miner_agent.cli.support.rig_input import hashrate_of
    from miner_agent.economy.question import free_energy
    from miner_agent.errors import SourceError
    from miner_agent.profit.ranking import rank
    from miner_agent.profit.ranking_question import Conditions, Question
    from miner_agent.profit.rewards_ahead import rewards_ahead
    from miner_agent.profit.rig_figures import rented
    from miner_agent.tables.coin_table import load_coins

    now = datetime.now(UTC)
    loaded = configuration(options["config_path"])
    coins = load_coins(catalog_file_of(options["catalog_file"], loaded))
    market = Sources(loaded, coins, now).market(options["market_files"], options["rates_files"], options["currency"])
    coin = options["coin"]
    known = {*coins, *(quote.coin for quote in market.quotes)}
    check_tickers([coin], known)
    check_tickers(options["heights"], known, option="--height")
    algorithms = [coins[coin].algorithm] if coin in coins else [q.algorithm for q in market.quotes if q.coin == coin]
    free = free_energy(options["currency"], "not ours to pay").prices
    asked = Question(
        market=market,
        rig=rented(algorithms[0], hashrate_of(options["hashrate"]), told_by="--hashrate"),
        conditions=Conditions(prices=free, pool_fee_ratio=options["pool_fee"]),
        coins=coins,
        now=now,
        only=(coin,),
        merge=options["price"] is None,  # a contract pays its coin; who rents hashrate takes what all chains pay
    )
    ranking = ranked(asked)
    net = ranking.found(coin)
    paid = rank(replace(asked, conditions=replace(asked.conditions, pool_fee_ratio=0))).found(coin)
    if net is None or paid is None:
        raise SourceError(f"{coin}: there is no data to tell what the network pays by")
    if net.confidence.level == "refused":
        raise SourceError(f"{coin} is refused, so nothing is computed from it: {'; '.join(net.confidence.reasons)}")
    ahead = rewards_ahead(
        net.chains, coins=coins, quotes=market.quotes, now=now, days=options["days"], said=options["heights"]
    )
    return ranking, paid, net, ahead


Answer = Sequence[tuple[str, str, Any]]
"""What is told: its name for programs, for people, and the value."""


def _contract(options: dict[str, Any], paid: "Estimate", net: "Estimate", ahead: "RewardsAhead") -> Answer:
    from calculators.horizon.contracts import (
        CloudContract,
        cloud_outcome,
        promise_over_pay,
        static_break_even_days,
        static_net_revenue,
    )
    from miner_agent.profit.rewards_ahead import carried_on

    contract = CloudContract(
        price=_money(options, "price"),
        days=options["days"],
        fee_per_day=_money(options, "fee_per_day"),
        share_ratio=options["share"],
        ends_after_days_below_fee=options["ends_after"],
    )
    outlook = carried_on(net, _assumed(options), ahead)
    equivalent = float(net.revenue_per_day) / float(net.price)
    outcome = cloud_outcome(contract=contract, coins_per_day=equivalent, coin_price=net.price, outlook=outlook)
    answer = [
        ("network_pay_per_day", "the network pays a day, before fees", paid.revenue_per_day),
        ("after_pool_fee_per_day", "after the pool's fee", net.revenue_per_day),
        (
            "static_break_even_days",
            "time to break even, if nothing changed",
            static_break_even_days(contract=contract, output_per_day=net.revenue_per_day),
        ),
        (
            "static_net_revenue",
            "left in the end, if nothing changed",
            static_net_revenue(contract=contract, output_per_day=net.revenue_per_day),
        ),
        ("break_even_day", "day of break-even, as it goes on", outcome.break_even_day),
        ("received", "received over the contract", outcome.received),
        ("net_revenue", "left in the end", outcome.net_revenue),
        ("days_below_fee", "days that pay nothing", outcome.days_below_fee),
        ("ended_on_day", "last day", outcome.ended_on_day),
        ("ended_by_clause", "ended by the clause", outcome.ended_by_clause),
        (
            "coins_bought_instead",
            f"{net.coin} that the price buys today",
            float(contract.price) / float(net.price),
        ),
        ("coins_received", f"{net.coin} that the contract brings", outcome.coins_received),
    ]
    if options["promised_per_day"] is not None:
        promise = promise_over_pay(
            promised_per_day=_money(options, "promised_per_day"), network_pay_per_day=paid.revenue_per_day
        )
        answer.append(("promise_over_pay", "promised, by what the network pays", promise))
    return answer


def _rental(options: dict[str, Any], paid: "Estimate") -> Answer:
    from calculators.horizon.contracts import Rental, rental_break_even_price_per_day, rental_edge

    order = Rental(
        price_per_day=_money(options, "rent_per_day"),
        days=options["days"],
        market_fee_ratio=options["market_fee"],
        order_fee=_money(options, "order_fee"),
    )
    given = {
        "rental": order,
        "network_pay_per_day": paid.revenue_per_day,
        "pool_fee_ratio": options["pool_fee"],
        "rejected_ratio": options["rejected"],
    }
    return [
        ("network_pay_per_day", "the network pays a day, before fees", paid.revenue_per_day),
        ("edge", "gained over the order", rental_edge(**given)),
        (
            "break_even_price_per_day",
            "price a day at which nothing is gained",
            rental_break_even_price_per_day(**given),
        ),
    ]


def _money(options: dict[str, Any], name: str) -> "Money":
    from calculators.money import Money

    return Money(options[name], options["currency"])


def _plain(answer: Answer) -> dict[str, Any]:
    from calculators.money import Money
    from miner_agent.profit.document import money

    return {name: money(value) if isinstance(value, Money) else value for name, _, value in answer}


def _rows(answer: Answer, coin: str) -> "Iterator[tuple[Cell, ...]]":
    """A row a figure. What never comes has no value; yes is 1."""
    from calculators.money import Money

    for name, _, value in answer:
        if isinstance(value, Money):
            yield name, value.amount, value.currency
        else:
            unit = "d" if "day" in name else coin if name.startswith("coins_") else "1"
            yield name, int(value) if isinstance(value, bool) else value, unit


def _show(answer: Answer, ranking: "Ranking", net: "Estimate", notes: "Sequence[str]") -> None:
    from calculators.told_figures import significant
    from miner_agent.cli.support.first_lines import show_assumed, show_confidence
    from miner_agent.cli.support.plain_lines import plain_console, print_line, scaled
    from miner_agent.profit.quotes import told_ages

    out = plain_console()
    print_line(out, f"Market: {told_ages(ranking.market.ages, ranking.now)}")
    print_line(out, f"{'+'.join(net.chains)}, {scaled(net.operation.hashes_per_second, 'H/s')}")
    show_confidence(out, [net])
    show_assumed(out, notes)
    for name, told, value in answer:
        print_line(out, f"  {told:<42} {_told(name, value)}")
        if name == "promise_over_pay" and value > SOUND_PROMISE:
            print_line(
                out,
                f"  WARNING: {significant(value, count=3)} times what the network pays for this hashrate is promised. "
                "Mining cannot be where that comes from.",
            )
    print_line(out, _verdict({name: value for name, _, value in answer}, net))
    for reason in net.confidence.reasons[1:]:
        tell(f"confidence {net.confidence.level}: {reason}", err=True)


def _verdict(answer: dict[str, Any], net: "Estimate") -> str:
    from miner_agent.cli.support.verdicts import contract_verdict, rental_verdict

    if "edge" in answer:
        return rental_verdict(net, edge=answer["edge"])
    return contract_verdict(
        net,
        net_revenue=answer["net_revenue"],
        coins_received=answer["coins_received"],
        coins_bought=answer["coins_bought_instead"],
    )


def _told(name: str, value: object) -> str:
    from calculators.money import Money
    from calculators.told_figures import days_told, digits, significant

    if isinstance(value, Money):
        return f"{digits(value.amount)} {value.currency}"
    if value is None:
        return "never"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return days_told(value) if name == "static_break_even_days" else significant(value)
    return str(value)
