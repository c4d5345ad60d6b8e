"""What mining leaves: now, over the day, with other coins; how far it can be trusted; and what was paid."""

from tools.panels.fleet_board import NO_MONEY
from tools.panels.panel import (
    GAIN,
    GOOD_IF_ZERO,
    RIG,
    RIGS,
    SITE,
    Board,
    Column,
    Panel,
    Query,
    Row,
    Word,
)
from tools.panels.shapes import curve, figure, greatest, growth, summed, worst

EACH = "site, rig, currency"
NAME = "{{rig}} {{currency}}"
NO_RANGE = "No records (miner-agent.records.yaml), or no money is told"
NO_BOOK = "No book is kept, or the scraper may not see it: http.books_users"
REVENUE, COST = RIGS("rig_profit_revenue_per_day"), RIGS("rig_profit_energy_cost_per_day")
LEFT = f"sum by (currency) ({REVENUE} - {COST})"
PART = "site, rig, part, coin, algorithm, currency"


def _over_a_day(which: str) -> str:
    """Of each rig by itself, added up: the sum was within that. Asks records, or it would compute each step anew."""
    return f"sum by (currency) ({which}_over_time({RIGS('rig:profit_per_day')}[24h]))"


NOW = Row(
    "Now",
    (
        figure(
            "Left in a day",
            "What is mined now would leave in a day after fees and electricity, at the prices of now.",
            "none",
            LEFT,
            NO_MONEY,
            legend="{{currency}}",
            decimals=2,
            levels=GAIN,
        ),
        figure(
            "Least of 24 hours",
            "The lowest that it was, of each rig by itself: from here to the most is the range in which prices moved it.",
            "none",
            _over_a_day("min"),
            NO_RANGE,
            legend="{{currency}}",
            decimals=2,
            levels=GAIN,
        ),
        figure(
            "Most of 24 hours",
            "The highest that it was, of each rig by itself.",
            "none",
            _over_a_day("max"),
            NO_RANGE,
            legend="{{currency}}",
            decimals=2,
            levels=GAIN,
        ),
        figure(
            "Brought in",
            "What is mined now would bring in a day, after the fees of pool, program and exchange.",
            "none",
            f"sum by (currency) ({REVENUE})",
            NO_MONEY,
            legend="{{currency}}",
            decimals=2,
        ),
        figure(
            "Electricity",
            "What the power of whole machines costs in a day.",
            "none",
            f"sum by (currency) ({COST})",
            NO_MONEY,
            legend="{{currency}}",
            decimals=2,
        ),
        figure(
            "Age of the sums",
            "They are computed once a minute, and not shown when they are older than five.",
            "s",
            f"time() - min({RIGS('rig_profit_last_computed_timestamp_seconds')})",
            NO_MONEY,
            levels=((None, "green"), (180, "yellow"), (300, "red")),
        ),
        curve(
            "Left in a day, with its range",
            "The line is the present; the dashed ones are the least and the most of the 24 hours before. Wide apart: the "
            "market moves it more than the rig does.",
            "none",
            [
                Query(LEFT, "left {{currency}}"),
                Query(_over_a_day("min"), "least of 24 h {{currency}}", "limit"),
                Query(_over_a_day("max"), "most of 24 h {{currency}}", "limit"),
            ],
            NO_MONEY,
            width=12,
            decimals=2,
            levels=GAIN,
        ),
        curve(
            "Left in a day by rig",
            "Below zero a rig costs more than it brings.",
            "none",
            [Query(f"sum by ({EACH}) ({REVENUE} - {COST})", NAME)],
            NO_MONEY,
            width=12,
            leads_to="rig",
            decimals=2,
            levels=GAIN,
        ),
    ),
)

CHOICE = Row(
    "Coins",
    (
        worst(
            "Best coins",
            "The ten best of any part of a rig: what each would leave in a day, after electricity and fees.",
            "none",
            Query(
                f"topk(10, {greatest(RIGS, 'rig_profit_candidate_per_day', PART)})",
                "{{rig}} {{part}}: {{coin}} {{currency}}",
            ),
            NO_MONEY,
            width=12,
            decimals=2,
            levels=GAIN,
        ),
        Panel(
            title="Mined now, and how far its figures can be trusted",
            about="What each part of a rig mines, and the weightiest reason against the figures of that coin.",
            unit="none",
            empty=NO_MONEY,
            kind="table",
            height=8,
            columns=(
                Column(name="site", title="site"),
                Column(name="rig", title="rig", leads_to="rig"),
                *(Column(name=name, title=name) for name in ("part", "coin", "algorithm")),
                Column(name="level", title="trust"),
                Column(name="reason", title="because of"),
            ),
            queries=[
                Query(
                    f"{RIGS('rig_profit_candidate_confidence_info')}\n"
                    "and on (job, instance, site, rig, part, coin, algorithm) rig_profit_selected == 1"
                )
            ],
        ),
        curve(
            "What the best coins would add",
            "By how much they would leave more than what is mined now, as a part of its revenue.",
            "percentunit",
            [Query(greatest(RIGS, "rig_profit_advantage_ratio", "site, rig"), "{{rig}}")],
            NO_MONEY,
            leads_to="rig",
        ),
        curve(
            "Coins that are not ranked",
            "For figures that are stale, that contradict each other, or that are incomplete.",
            "none",
            [Query(summed(RIGS, "rig_profit_refused_coins", "reason"), "{{reason}}")],
            "Every coin is ranked, or no money is told",
            decimals=0,
            bounds=(0, None),
        ),
        curve(
            "Advice",
            "Switches that were advised, and times another coin was better and the advice was to stay.",
            "none",
            [
                Query(growth(RIGS, "rig_profit_switches_total", "reason"), "switch: {{reason}}"),
                Query(growth(RIGS, "rig_profit_switches_suppressed_total", "reason"), "stay: {{reason}}"),
            ],
            "No switch was looked at as yet",
            decimals=0,
            bounds=(0, None),
        ),
    ),
)

MARKET = Row(
    "Market",
    (
        curve(
            "Prices of coins",
            "By source. Where sources differ much, look before you trust either. The scale is logarithmic.",
            "none",
            [
                Query(
                    "max by (coin, currency, source) (" + RIGS("rig_market_price") + ")",
                    "{{coin}} {{currency}} {{source}}",
                )
            ],
            "No market is configured, or no price is fresh",
            width=12,
            logarithmic=True,
        ),
        curve(
            "Hashrate of networks",
            "The scale is logarithmic.",
            "Hs",
            [Query("max by (coin) (" + RIGS("rig_network_hashrate_hashes_per_second") + ")", "{{coin}}")],
            "No market is configured",
            width=12,
            logarithmic=True,
        ),
    ),
)

PAID = Row(
    "Paid, and the books",
    (
        figure(
            "Paid against estimated",
            "What pools paid in seven days, as a part of what was estimated meanwhile. Pools pay late: it says something "
            "after several payouts. It drifts from 1 where the estimate, the pool or a rig is off.",
            "percentunit",
            f"sum(delta({RIGS('rig_payouts_booked_value')}[7d]))\n"
            f"/ (sum(increase({RIGS('rig_revenue_estimated_total')}[7d])) > 0)",
            NO_BOOK,
        ),
        figure(
            "Estimated in 24 hours",
            "What was mined was estimated to bring, after fees.",
            "none",
            f"sum by (currency) (increase({RIGS('rig_revenue_estimated_total')}[24h]))",
            NO_MONEY,
            legend="{{currency}}",
            decimals=2,
        ),
        figure(
            "Payouts booked",
            "Without cancelled ones.",
            "none",
            f"sum by (coin) ({RIGS('rig_payouts_booked')})",
            NO_BOOK,
            legend="{{coin}}",
        ),
        figure(
            "Without a price",
            "Entries that count for nothing until they are priced: miner-agent tax summary tells which.",
            "none",
            f"sum({RIGS('rig_ledger_unpriced')})",
            NO_BOOK,
            levels=((None, "green"), (1, "yellow")),
        ),
        figure(
            "To be decided",
            "What somebody has to decide or to look for.",
            "none",
            f"sum({RIGS('rig_ledger_open_items')})",
            NO_BOOK,
            levels=((None, "green"), (1, "yellow")),
        ),
        figure(
            "The book is whole",
            "Whether it ends where the agent knows it to end, or further on. If not, miner-agent ledger verify says more.",
            "none",
            f"min({RIGS('rig_ledger_head_known')})",
            NO_BOOK,
            says=(Word(0, "no", "red"), Word(1, "yes", "green")),
        ),
        Panel(
            title="Payouts",
            about="What pools paid, in coins and in the book's currency as they came.",
            unit="none",
            empty=NO_BOOK,
            kind="table",
            width=16,
            columns=(
                *(Column(name=name, title=name) for name in ("book", "pool", "coin")),
                Column(name="A", title="payouts", unit="none"),
                Column(name="B", title="coins", unit="none"),
                Column(name="C", title="worth", unit="none", decimals=2),
                Column(name="D", title="last, ago", unit="s"),
            ),
            queries=[
                Query(greatest(RIGS, "rig_payouts_booked", "book, pool, coin")),
                Query(greatest(RIGS, "rig_payouts_booked_coins", "book, pool, coin")),
                Query(greatest(RIGS, "rig_payouts_booked_value", "book, pool, coin")),
                Query("time() - " + greatest(RIGS, "rig_payouts_last_timestamp_seconds", "book, pool, coin")),
            ],
        ),
        curve(
            "Posting that failed",
            "Times that days could not be posted, or pools not be read.",
            "none",
            [
                Query(
                    growth(RIGS, "rig_ledger_posting_failures_total", "site, rig")
                    + "\nor "
                    + growth(RIGS, "rig_payouts_failures_total", "site, rig, pool"),
                    "{{rig}} {{pool}}",
                )
            ],
            NO_BOOK,
            decimals=0,
            bounds=(0, None),
            levels=GOOD_IF_ZERO,
        ),
    ),
)

PROFIT = Board(
    name="profit",
    title="profitability",
    about="What mining leaves, with the range in which prices moved it; other coins; the market; and what was paid. Money is "
    "told to users of http.books_users alone.",
    variables=[SITE, RIG],
    hours=48,
    rows=[NOW, CHOICE, MARKET, PAID],
)
