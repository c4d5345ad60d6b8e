"""The page Now: what it says of a rig, and that no name from outside gets out of its place."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from calculators.money import Money
from miner_agent.config.configuration import Config
from miner_agent.face.known import Known
from miner_agent.model.finances import Economy, Present, TariffSeen
from miner_agent.model.health import Ailment, Symptom, Verdict
from miner_agent.model.planned import PlannedState
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.views.figures import Circumstances
from miner_agent.web.inquiry import Inquiry, Reply
from tests.face.told_desks import pages
from tests.hostile_names import NAMES
from tests.log_ticks import full_tick


def page(snapshot: RigSnapshot, stale_because: str | None = None) -> str:
    at = Circumstances(taken_at=snapshot.taken_at, sees_money=True, stale_because=stale_because)
    reply = pages().answer(Inquiry(path="/"), Known.after(None, snapshot, Config()), at)
    assert isinstance(reply, Reply)
    return reply.body.decode()


def called(name: str) -> RigSnapshot:
    """A rig of which everything is called so."""
    tick = full_tick(0, cards=2)
    devices = tuple(
        replace(one, label=f"{place}{name}", source=name, reading=replace(one.reading, name=name, pci_address=name))
        for place, one in enumerate(tick.inventory.devices)
    )
    workloads = tuple(
        replace(
            one,
            miner=name,
            algorithm=name,
            snapshot=replace(one.snapshot, software=name),
            workload=replace(one.workload, pool=name, coin=name, worker=name),
        )
        for one in tick.inventory.workloads[:1]
    )
    inventory = replace(tick.inventory, devices=devices, workloads=workloads, contributions=())
    ill = Symptom(ailment=Ailment.MINER_DOWN, subject=name, part=name, source=name, said=name)
    return replace(
        tick,
        rig=name,
        inventory=inventory,
        verdict=Verdict(word="ill", symptoms=(ill,)),
        planned=PlannedState(off=True, maintenance=(name,)),
    )


class Tags(HTMLParser):
    """Every tag of a page with the names of its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, ...]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, *(name for name, _ in attrs)))


def without_optional(tags: list[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Those but for the break and the mark of a sentence that a name may be empty for."""
    return (tag for tag in tags if tag[0] not in {"br", "code"})


@pytest.mark.thorough
def test_no_name_gets_out_of_its_place() -> None:
    plain = list(without_optional(Tags(page(called("plain"))).found))
    for what, name in NAMES.items():
        if not name.strip():
            continue
        text = page(called(name))

        assert list(without_optional(Tags(text).found)) == plain, what
        assert len(text) < 60_000, what
        assert "\x1b" not in text, what
        assert "\u202e" not in text, what


def test_why_a_rig_is_ill_is_said_in_words() -> None:
    text = page(called("left"))

    assert "<title>▲ Ill: left" in text
    assert "1 thing is wrong" in text
    assert "It is off by plan at this hour" in text
    assert "Somebody works on it: left" in text


def test_a_rig_that_was_well_is_not_told_to_be_well() -> None:
    well = replace(full_tick(0, cards=2), verdict=Verdict(word="well"))

    assert "left is well</h1>" in page(well)
    text = page(well, "the last tick is 95 s old")
    assert "left was well at 00:00</h1>" in text
    assert "<title>? Unknown: left" in text
    assert 'class="card verdict unknown stale"' in text
    assert "is well" not in text


def earning(*, price: str, cost: str, revenue: str = "9.60", stop: str = "0.40") -> RigSnapshot:
    """A rig of a kilowatt: what its energy costs now and over the day, what its coins bring, and where to stop."""
    tick, now = full_tick(0, cards=2), Money(Decimal(price), "EUR")
    tariff = TariffSeen(tariff="dynamic", currency="EUR", import_price=now, slot_end_at=None, forecast_end_at=None)
    present = Present(
        power_watts=1000.0,
        power_source="meter",
        revenue_per_day=Money(Decimal(revenue), "EUR"),
        energy_cost_per_day=Money(Decimal(cost), "EUR"),
        break_even_price_per_kilowatt_hour=Money(Decimal(stop), "EUR"),
    )
    return replace(tick, economy=Economy(computed_at=tick.taken_at, tariff=tariff, present=present))


def test_the_energy_of_a_day_names_its_mean_price_where_that_is_not_the_price_of_now() -> None:
    assert "at 0.19 EUR a kilowatt-hour, the mean of the day" in page(earning(price="0.1467", cost="4.56"))
    assert "the mean of the day" not in page(earning(price="0.19", cost="4.56"))


@pytest.mark.parametrize(
    ("price", "cost", "stop", "said"),
    [
        ("0.1467", "4.80", "0.40", "costs more than 0.40 EUR, or its coins are worth less than 50 % of now."),
        ("0.1467", "4.80", "0.30", "costs more than 0.30 EUR, or its coins are worth less than 75 % of now."),
        ("0.50", "12.00", "0.40", "costs less than 0.40 EUR, or its coins are worth 125 % of now."),
        ("0.39", "12.00", "0.40", "costs more than 0.40 EUR."),
    ],
    ids=["pays", "with costs beside energy", "does not pay", "pays now and not over the day"],
)
def test_it_says_at_which_worth_of_its_coins_to_stop(price: str, cost: str, stop: str, said: str) -> None:
    assert said in page(earning(price=price, cost=cost, stop=stop))
