"""All sites and rigs at once. Asks recorded series alone, so that a thousand rigs cost what one does."""

from typing import Unpack

from tools.panels.alert_counts import FIRING
from tools.panels.panel import (
    GAIN,
    GOOD_IF_ZERO,
    NEAR_ONE,
    SITE,
    SITES,
    Board,
    Column,
    Options,
    Panel,
    Query,
    Row,
    Word,
)

NO_RECORDS = "No records: load miner-agent.records.yaml into Prometheus"
NO_MONEY = "No money is told: the scraper needs a user of http.books_users"
RIG_COLUMNS = (Column(name="site", title="site"), Column(name="rig", title="rig", leads_to="rig"))
PAGES = SITES("up", 'job="rig"')
UP = (Word(0, "down", "red"), Word(1, "up", "green"))
ILL = (Word(0, "", "transparent"), Word(1, "ill", "red"))


def _missing(of: str, there: str, wanted: str) -> Panel:
    difference = f"sum({SITES(wanted)}) - sum({SITES(there)})"
    return Panel(
        title=f"{of} missing",
        about=f"How many {of.lower()} should be there and are not. The table below leads to the rig.",
        unit="none",
        empty=NO_RECORDS,
        kind="stat",
        width=4,
        levels=GOOD_IF_ZERO,
        queries=[Query(difference)],
    )


NOW = Row(
    "Now",
    (
        Panel(
            title="Rigs up",
            about="Rigs whose page Prometheus could read in its last scrape.",
            unit="none",
            empty=NO_RECORDS,
            kind="stat",
            width=4,
            queries=[Query(f"sum({SITES('site:rigs_up:sum')})")],
        ),
        _missing("Rigs", "site:rigs_up:sum", "site:rigs:count"),
        _missing("Miners", "site:miners_up:sum", "site:miners:sum"),
        _missing("Devices", "site:devices_detected:sum", "site:devices_expected:sum"),
        Panel(
            title="Rigs that ail",
            about="Rigs whose agent says that something ails them. The dashboard of the rig says what.",
            unit="none",
            empty=NO_RECORDS,
            kind="stat",
            width=4,
            levels=GOOD_IF_ZERO,
            queries=[Query(f"sum({SITES('site:verdict_ill:sum')})")],
        ),
        Panel(
            title="Alerts firing",
            about="Critical and warning, whoever tells of them: Prometheus, or the agents themselves.",
            unit="none",
            empty="Nobody looks for alerts: load miner-agent.rules.yaml, or set alerts.owner",
            kind="stat",
            width=4,
            levels=GOOD_IF_ZERO,
            queries=[Query(FIRING)],
        ),
    ),
)

YIELD = Row(
    "What it does",
    (
        Panel(
            title="Hashrate",
            about="By algorithm: what miners show, what is expected of them (dashed), and what accepted shares of the last "
            "six hours prove. The scale is logarithmic.",
            unit="Hs",
            empty=NO_RECORDS,
            logarithmic=True,
            queries=[
                Query(
                    f"sum by (algorithm) ({SITES('site:miner_hashrate:sum')})",
                    legend="{{algorithm}} shown",
                ),
                Query(
                    f"sum by (algorithm) ({SITES('site:miner_accepted_work:sum')}) > 0",
                    legend="{{algorithm}} proven",
                ),
                Query(
                    f"sum by (algorithm) ({SITES('site:miner_hashrate_expected:sum')})",
                    legend="{{algorithm}} expected",
                    look="limit",
                ),
            ],
        ),
        Panel(
            title="Hashrate against what is expected",
            about="1 is all of it. Lower: devices are missing, miners are down, or something is slow.",
            unit="percentunit",
            empty=NO_RECORDS,
            levels=NEAR_ONE,
            bounds=(0, None),
            queries=[
                Query(
                    f"sum by (algorithm) ({SITES('site:miner_hashrate:sum')})\n"
                    f"/ sum by (algorithm) ({SITES('site:miner_hashrate_expected:sum')})",
                    legend="{{algorithm}}",
                )
            ],
        ),
        Panel(
            title="Shares of a day against what is shown",
            about="Accepted shares as a part of those that the shown hashrate should have found, over 24 hours. Between the "
            "dashed lines it is chance (four standard deviations); below, hashes are made that nobody is paid for.",
            unit="percentunit",
            empty="No miner tells how much work its shares are",
            bounds=(0, None),
            queries=[
                Query(
                    f"sum by (algorithm) ({SITES('site:miner_shares_proven:sum')})\n"
                    f"/ (sum by (algorithm) ({SITES('site:miner_shares_expected:sum')}) > 0)",
                    legend="{{algorithm}}",
                ),
                *(
                    Query(
                        f"clamp_min(1 {sign} 4 / sqrt(sum by (algorithm) "
                        f"({SITES('site:miner_shares_expected:sum')}) > 0), 0)",
                        legend=f"{{{{algorithm}}}} {word}",
                        look="limit",
                    )
                    for sign, word in (("-", "least"), ("+", "most"))
                ),
            ],
        ),
        Panel(
            title="Left in a day",
            about="What is mined now would leave in a day after electricity, by site and currency. Below zero it is a loss.",
            unit="none",
            decimals=2,
            empty=NO_MONEY,
            levels=GAIN,
            queries=[
                Query(
                    f"sum by (site, currency) ({SITES('site:profit_per_day:sum')})",
                    legend="{{site}} {{currency}}",
                )
            ],
        ),
    ),
)

HEAT = Row(
    "Power and heat",
    (
        Panel(
            title="Power",
            about="Of whole machines, as meters tell, else their firmware, else the sum of cards and processors.",
            unit="watt",
            empty=NO_RECORDS,
            stacked=True,
            bounds=(0, None),
            queries=[Query(f"sum by (site) ({SITES('site:power_watts:sum')})", legend="{{site}}")],
        ),
        Panel(
            title="Hottest sensor",
            about="Of any device of the site, whatever sensor it is. Limits differ by sensor: the rig's dashboard shows how far "
            "each one is from its own.",
            unit="celsius",
            empty=NO_RECORDS,
            queries=[Query(f"max by (site) ({SITES('site:device_temperature_celsius:max')})", legend="{{site}}")],
        ),
    ),
)


def _worst(title: str, about: str, unit: str, expression: str, **further: Unpack[Options]) -> Panel:
    return Panel(
        title=title,
        about=about,
        unit=unit,
        empty=NO_RECORDS,
        kind="bars",
        width=6,
        leads_to="rig",
        queries=[Query(expression, legend="{{rig}}")],
        **further,
    )


WORST = Row(
    "The ten worst",
    (
        _worst(
            "Least of the expected hashrate",
            "Rigs that do the least of what is expected of them. A bar opens the rig.",
            "percentunit",
            f"bottomk(10, {SITES('rig:miner_hashrate_to_expected:bottom10')})",
            levels=NEAR_ONE,
            bounds=(0, 1),
        ),
        _worst(
            "Hottest",
            "Rigs with the hottest sensor.",
            "celsius",
            f"topk(10, {SITES('rig:device_temperature_celsius:top10')})",
        ),
        _worst(
            "Most refused shares",
            "Part of the shares of the last hour that pools refused, at the least: one of three may be chance.",
            "percentunit",
            f"topk(10, {SITES('rig:miner_reject_ratio_least:top10')})",
            levels=((None, "green"), (0.02, "yellow"), (0.05, "red")),
            bounds=(0, None),
        ),
        _worst(
            "Most slowed by heat",
            "Part of the last quarter of an hour in which a card lowered its clocks for heat.",
            "percentunit",
            f"topk(10, {SITES('rig:device_throttled_ratio:top10')})",
            levels=((None, "green"), (0.05, "yellow"), (0.2, "red")),
            bounds=(0, 1),
        ),
    ),
)


def _each(record: str) -> Query:
    return Query(f"max by (site, rig) ({SITES(record)})")


RIG_TABLE = Row(
    "Rigs",
    (
        Panel(
            title="Every rig",
            about="A row a rig; its name opens it.",
            unit="none",
            empty=NO_RECORDS,
            kind="table",
            width=24,
            height=14,
            columns=(
                *RIG_COLUMNS,
                Column(name="A", title="page", says=UP),
                Column(name="B", title="health", says=ILL),
                Column(name="C", title="power", unit="watt"),
                Column(name="D", title="devices", unit="none"),
                Column(name="E", title="expected", unit="none"),
                Column(name="F", title="miners up", unit="none"),
                Column(name="G", title="hottest", unit="celsius"),
            ),
            queries=[
                Query(f"max by (site, rig) ({PAGES})"),
                _each("rig:verdict_ill:max"),
                _each("rig:power_watts"),
                _each("rig:devices_detected:sum"),
                _each("rig:devices_expected:sum"),
                _each("rig:miners_up:sum"),
                _each("rig:device_temperature_celsius:max"),
            ],
        ),
    ),
)

FLEET = Board(
    name="fleet",
    title="fleet",
    about="All sites and rigs: what runs, what it makes, and which rigs are worst. It asks recorded series alone.",
    variables=[SITE],
    hours=24,
    rows=[NOW, YIELD, HEAT, WORST, RIG_TABLE],
)
