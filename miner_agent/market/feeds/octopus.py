"""Octopus Energy: unit rates of a tariff, such as Agile's half-hours.

``value_inc_vat`` is in pence a kilowatt-hour, with fees and VAT. A rate without an end holds until further notice.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from calculators.chain.coin import Coin
from calculators.money import Money
from miner_agent.errors import BadPayload
from miner_agent.market.feed import (
    NO_PARAMETERS,
    Feed,
    FeedReading,
    FeedRequest,
    Parameter,
    PriceSlot,
    SavedAnswer,
    in_path,
)
from miner_agent.market.feed_payload import LAST_MOMENT, json_of, refuse_error_body
from miner_agent.market.feeds.forms import price_slots

PENCE_PER_POUND = Decimal(100)
POUND = "GBP"
DIRECT_DEBIT = "DIRECT_DEBIT"


def parse(
    raw: bytes, *, taken_at: datetime, coins: Mapping[str, Coin], parameters: Mapping[str, str] = NO_PARAMETERS
) -> FeedReading:
    answer = json_of(raw, "octopus")
    refuse_error_body(answer)
    results = answer.at("results")
    if not results.is_list() or not results.value:
        results.expected("a list of unit rates")
    slots: list[PriceSlot] = []
    problems: list[str] = []
    for row in results.items():
        try:
            if row.text_or_none("payment_method") not in {None, DIRECT_DEBIT}:
                continue
            pence = row.decimal("value_inc_vat")
            start, end = row.moment("valid_from"), row.moment_or_none("valid_to")
            cost = Money(pence / PENCE_PER_POUND, POUND)
            slots.append(price_slots.slot(start, LAST_MOMENT if end is None else end, cost, row.path))
        except (BadPayload, ValueError) as error:
            problems.append(str(error))
    return price_slots.reading_of(price_slots.until_the_next(slots), problems)


def requests(parameters: Mapping[str, str], *, now: datetime, coins: Mapping[str, Coin]) -> tuple[FeedRequest, ...]:
    product, tariff = in_path(parameters["product"]), in_path(parameters["tariff"])
    return (FeedRequest(f"/v1/products/{product}/electricity-tariffs/{tariff}/standard-unit-rates/?page_size=200"),)


def _recognises(seen: SavedAnswer) -> bool:
    if seen.json is None or not seen.json.is_object() or not seen.json.at("results").is_list():
        return False
    return any(row.is_object() and row.at("value_inc_vat").value is not None for row in seen.json.items("results"))


FEED = Feed(
    name="octopus",
    title="Octopus Energy",
    kind="tariff",
    gives="unit rates of one tariff with fees and VAT; the standing charge is not in it",
    parse=parse,
    recognises=_recognises,
    requests=requests,
    base_url="https://api.octopus.energy",
    parameters=(
        Parameter(name="product", meaning="the product's code, such as AGILE-24-10-01"),
        Parameter(name="tariff", meaning="the tariff's code with its region, such as E-1R-AGILE-24-10-01-C"),
    ),
    interval_seconds=3600,
    terms="Open to all, without a key; prices of the next day come at about 16:00 in London.",
    documentation="https://developer.octopus.energy/rest/guides/api-basics",
)
