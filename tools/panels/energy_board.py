"""Energy: what is drawn, what it costs, and when."""

from tools.panels.fleet_board import NO_MONEY
from tools.panels.panel import RIG, RIGS, SITE, SITES, Board, Panel, Query, Row, Word
from tools.panels.shapes import curve, figure, greatest

NO_POWER = "No rig tells its power"
NO_TARIFF = "No tariff is configured"
NO_METER = "No meter is configured"
NO_RECORDS = "No records, or no power is told: load miner-agent.records.yaml into Prometheus"
JOULES = 3_600_000  # of a kilowatt-hour
DRAWN = RIGS("rig:power_watts")


def _kilowatt_hours(window: str) -> str:
    return f"sum(max by (job, instance, site, rig) (increase({RIGS('rig_host_energy_joules_total')}[{window}]))) / {JOULES}"


NOW = Row(
    "Now",
    (
        figure(
            "Power",
            "Of whole machines: as meters tell, else their firmware, else an estimate.",
            "watt",
            f"sum({DRAWN})",
            NO_RECORDS,
        ),
        figure(
            "Energy of 24 hours",
            "What rigs drew while their agents ran.",
            "kwatth",
            _kilowatt_hours("24h"),
            NO_POWER,
            decimals=1,
        ),
        figure(
            "Price of a kilowatt-hour",
            "Now, with taxes and fees.",
            "none",
            "max by (currency) (" + RIGS("rig_tariff_import_price_per_kilowatt_hour") + ")",
            NO_TARIFF,
            legend="{{currency}}",
            decimals=4,
        ),
        figure(
            "Holds for",
            "How long that price still holds.",
            "s",
            "min(" + RIGS("rig_tariff_slot_end_timestamp_seconds") + ") - time()",
            "The price does not change by the hour",
        ),
        figure(
            "Prices are known for",
            "How far ahead. Below a few hours the costs of tomorrow are a guess.",
            "s",
            "min(" + RIGS("rig_tariff_forecast_end_timestamp_seconds") + ") - time()",
            "The tariff stands in the configuration",
            levels=((None, "red"), (6 * 3600, "yellow"), (12 * 3600, "green")),
        ),
        figure(
            "Costs an hour",
            "What rigs draw now, at the price of now: machines behind a gateway at that of their site.",
            "none",
            f"sum by (currency) (sum by (site) ({DRAWN}) / 1000\n* on (site) group_right () "
            f"avg by (site, currency) ({SITES('rig_tariff_import_price_per_kilowatt_hour')}))",
            "No tariff is configured, or no power is told",
            legend="{{currency}}",
            decimals=3,
        ),
    ),
)

DRAW = Row(
    "Power",
    (
        curve(
            "Power of rigs",
            "Of whole machines.",
            "watt",
            [Query(f"max by (site, rig) ({DRAWN})", "{{rig}}")],
            NO_RECORDS,
            width=12,
            leads_to="rig",
            stacked=True,
            bounds=(0, None),
        ),
        curve(
            "By who tells it",
            "A meter, the firmware (psu), or the sum of cards and processors (estimate), to which the wall adds.",
            "watt",
            [Query(greatest(RIGS, "rig_host_power_watts", "site, rig, source"), "{{rig}} {{source}}")],
            NO_POWER,
            width=12,
            leads_to="rig",
            bounds=(0, None),
        ),
        curve(
            "Beyond cards and processors",
            "What meters measure more than these tell: mainboard, fans, losses of power supplies. A jump tells of a power "
            "supply that fails, or of something else on the meter.",
            "watt",
            [Query(greatest(RIGS, "rig_host_power_difference_watts", "site, rig"), "{{rig}}")],
            NO_METER,
            leads_to="rig",
        ),
        curve(
            "Meters",
            "Below zero more is fed in than drawn.",
            "watt",
            [Query(greatest(RIGS, "rig_meter_power_watts", "site, rig, meter"), "{{rig}} {{meter}}")],
            NO_METER,
            leads_to="rig",
        ),
        Panel(
            title="Meters answer",
            about="Whether each meter answered and was understood.",
            unit="none",
            empty=NO_METER,
            kind="timeline",
            width=8,
            leads_to="rig",
            says=(Word(0, "no answer", "red"), Word(1, "answers", "green")),
            queries=[Query(greatest(RIGS, "rig_meter_up", "site, rig, meter"), "{{rig}} {{meter}}")],
        ),
        curve(
            "Voltage",
            "Of one channel of a meter. Low under load: thin wires, or a weak line.",
            "volt",
            [Query(greatest(RIGS, "rig_meter_voltage_volts", "site, rig, meter"), "{{rig}} {{meter}}")],
            "No meter here tells it",
            leads_to="rig",
        ),
        curve(
            "Energy",
            "Kilowatt-hours in each hour, by rig.",
            "kwatth",
            [
                Query(
                    "max by (site, rig) (increase(" + RIGS("rig_host_energy_joules_total") + f"[1h])) / {JOULES}",
                    "{{rig}}",
                )
            ],
            NO_POWER,
            leads_to="rig",
            stacked=True,
            bounds=(0, None),
        ),
        curve(
            "Not told",
            "How many devices draw what nobody tells: their rig's power is an estimate without them.",
            "none",
            [Query(f"sum by (site, rig) ({RIGS('rig_host_power_lacks')})", "{{rig}}")],
            "Everything tells its power",
            leads_to="rig",
            decimals=0,
            bounds=(0, None),
        ),
    ),
)

TARIFF = Row(
    "Tariff",
    (
        curve(
            "Price of a kilowatt-hour",
            "What it costs, and above which price what is mined now is a loss (dashed).",
            "none",
            [
                Query(
                    greatest(RIGS, "rig_tariff_import_price_per_kilowatt_hour", "site, rig, tariff, currency"),
                    "{{rig}} {{tariff}} {{currency}}",
                ),
                Query(
                    greatest(RIGS, "rig_profit_break_even_price_per_kilowatt_hour", "site, rig, currency"),
                    "{{rig}} a loss above",
                    "limit",
                ),
            ],
            NO_TARIFF,
            width=12,
            leads_to="rig",
            decimals=3,
        ),
        curve(
            "Electricity in a day",
            "What the power of whole machines costs, at the prices of the next 24 hours, or the last that are known.",
            "none",
            [
                Query(
                    greatest(RIGS, "rig_profit_energy_cost_per_day", "site, rig, currency"),
                    "{{rig}} {{currency}}",
                )
            ],
            NO_MONEY,
            width=12,
            leads_to="rig",
            decimals=2,
            stacked=True,
            bounds=(0, None),
        ),
    ),
)

ENERGY = Board(
    name="energy",
    title="energy and tariff",
    about="What rigs draw, who tells it, what a kilowatt-hour costs and when.",
    variables=[SITE, RIG],
    hours=24,
    rows=[NOW, DRAW, TARIFF],
)
