"""The states in which a page is looked at: each profile of the demo, faults, a fresh start, and what is not the present."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from miner_agent.config.configuration import Config
from miner_agent.face.known import AlertsKnown, BesideTicks, Known, OtherRig
from miner_agent.model.alerting import AlertKey, AlertStanding, Severity, Silence, Stage
from miner_agent.model.alerts_status import AlertsStatus
from miner_agent.model.ledger_status import BookStatus, LedgerStatus, PaidStatus, PoolStatus
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import PROFILES
from miner_agent.simulate.script import NOTHING
from miner_agent.simulate.scripts import alone
from miner_agent.simulate.simulated_course import FIRST_MOMENT, SimulatedCourse
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.views.book_year_view import BookYearView, CorrectedView
from miner_agent.views.figures import MoneyAmount
from miner_agent.web.pages import MetricsPage, RigPage
from tests import databases
from tests.hostile_names import NAMES

INTERVAL_SECONDS = 30.0
UNTIL_SECONDS = 1500.0
LOGGED, LOGGED_EVERY_SECONDS = timedelta(hours=6), 90.0
FAULTS_FROM_SECONDS = 1200.0
FAULTS = (Fault.CARD_LOST, Fault.FAN_DEAD, Fault.POOL_SWAPPED)
ALERTS_NOW: tuple[tuple[str, tuple[tuple[str, str], ...], Severity, Stage, float, float | None], ...] = (
    ("DeviceLost", (("device", "GPU-de300000-0000-4000-8000-000000000000"),), "critical", "firing", 1.0, None),
    ("PoolAccountUnexpected", (("miner", "trex"),), "critical", "firing", 1.0, None),
    ("MinerDown", (("miner", "lolminer"),), "warning", "no_data", 0.0, None),
    ("MiningUnprofitable", (), "warning", "pending", -0.4, 0.0),
)
BOOKS = LedgerStatus(
    books=(
        BookStatus(
            book="demo",
            entries=1204,
            head_known=True,
            unpriced=2,
            open_items=1,
            posted_until=datetime(2026, 1, 4, tzinfo=UTC),
            paid=(
                PaidStatus(
                    pool="invented",
                    coin="RVN",
                    payouts=14,
                    coins=1423.5,
                    value=14.23,
                    last_at=datetime(2026, 1, 4, tzinfo=UTC),
                ),
            ),
            currency="EUR",
            paid_value_since_start=0.19,
        ),
    ),
    posted_at=datetime(2026, 1, 5, tzinfo=UTC),
    pools=(PoolStatus(name="invented", failures_total=2, last_error="invented: no connection"),),
)
TAX_YEAR = BookYearView(
    book="demo",
    year="2025",
    country="DE",
    time_zone="Europe/Berlin",
    method="fifo",
    scope="wallet",
    activity="business",
    rounding="half_even",
    payouts=14,
    income=MoneyAmount(amount="1423.50", currency="EUR"),
    other_income=MoneyAmount(amount="0.00", currency="EUR"),
    gain=MoneyAmount(amount="-12.04", currency="EUR"),
    gain_short=MoneyAmount(amount="-20.04", currency="EUR"),
    gain_long=MoneyAmount(amount="8.00", currency="EUR"),
    expenses={"electricity": MoneyAmount(amount="611.20", currency="EUR")},
    depreciation=MoneyAmount(amount="300.00", currency="EUR"),
    hardware_gain=MoneyAmount(amount="0.00", currency="EUR"),
    net_profit=MoneyAmount(amount="500.26", currency="EUR"),
    energy_kilowatt_hours="3056.12",
    unpriced=2,
    without_basis=0,
    entries=1204,
    chain_hash="0" * 64,
    open_items=["one transfer has no other side"],
    notes=["2 events have no value"],
    closed_at=None,
    changed_since_filed=[CorrectedView(figure="income", filed="1400.00", corrected="1423.50")],
)
"""Invented."""
OLD = "the last tick is 95 s old"


@dataclass(frozen=True, kw_only=True)
class State:
    """What the agent knows, and why that is not the present."""

    known: Known | None
    reason: str | None = None
    sees_money: bool = True


def states(folder: Path) -> Mapping[str, Callable[[], State]]:
    """Each by its name; it is played when it is called for."""
    return {
        **{name: partial(_of_profile, folder, name) for name in PROFILES},
        "faults": lambda: State(known=told_of(played(folder, "nvidia", *FAULTS))),
        "fresh": lambda: State(known=None, reason="no tick is complete yet"),
        "bare": lambda: State(known=bare(played(folder, "nvidia"))),
        "old": lambda: State(known=played(folder, "amd"), reason=OLD),
        "guest": lambda: State(known=played(folder, "amd"), sees_money=False),
        "hostile": lambda: State(known=hostile(played(folder, "nvidia"))),
    }


def _of_profile(folder: Path, name: str) -> State:
    return State(known=played(folder, name))


def played(folder: Path, profile: str, *faults: Fault) -> Known:
    """What an agent knows of a rig after twenty minutes, with these faults towards the end."""
    script = (
        alone(PROFILES[profile], faults, after_seconds=FAULTS_FROM_SECONDS, lasting_seconds=math.inf)
        if faults
        else NOTHING
    )
    market = folder / "-".join((profile, *(one.value for one in faults)))
    market.mkdir(exist_ok=True)
    course = SimulatedCourse(PROFILES[profile], script=script, interval_seconds=INTERVAL_SECONDS, folder=market)
    known: Known | None = None
    for moment in course.until(UNTIL_SECONDS):
        rigs = {name: other_rig(snapshot) for name, snapshot in moment.machines.items()}
        known = Known.after(known, moment.rig, course.loaded, beside=BesideTicks(rigs=partial(dict, rigs)))
    assert known is not None
    return known


def logged(folder: Path) -> Path:
    """A log of the last six hours of that rig, in which a card was lost and the agent stood still."""
    faults = alone(
        PROFILES["nvidia"], (Fault.CARD_LOST, Fault.POOL_SWAPPED), after_seconds=3600.0, lasting_seconds=3600.0
    )
    market = folder / "logged"
    market.mkdir(exist_ok=True)
    begins = FIRST_MOMENT + timedelta(seconds=UNTIL_SECONDS) - LOGGED
    path = databases.empty_log(folder)
    log = TelemetryLog.open(path, now=begins)
    course = SimulatedCourse(
        PROFILES["nvidia"], script=faults, interval_seconds=LOGGED_EVERY_SECONDS, folder=market, begins=begins
    )
    for until_seconds, pause_seconds in ((4.0 * 3600, 4.5 * 3600), (LOGGED.total_seconds(), 0.0)):
        for moment in course.until(until_seconds):
            log.append(moment.rig)
        course.pass_over(pause_seconds)
    log.close()
    return path


def other_rig(snapshot: RigSnapshot) -> OtherRig:
    """A rig behind the gateway, as it was when it answered last."""
    nothing = MetricsPage(text=b"", openmetrics=b"")
    page = RigPage(
        page=nothing,
        without_readings=lambda: nothing,
        fresh_until_seconds=0.0,
        asked_at=snapshot.taken_at,
        up=any(outcome.error is None for outcome in snapshot.outcomes),
        reason=None,
        dead=False,
        verdict=dict,
    )
    return OtherRig(page=page, fresh=True, snapshot=snapshot)


def told_of(known: Known) -> Known:
    """The same with alerts that fire, a silence, and books."""
    now, rig = known.snapshot.taken_at, known.snapshot.rig
    standings = tuple(
        AlertStanding(
            key=AlertKey(rule=rule, rig=rig, labels=labels),
            severity=severity,
            stage=stage,
            since=now - timedelta(minutes=12 - place),
            since_seconds=0.0,
            stage_seconds=0.0,
            told="firing" if stage == "firing" else None,
            value=value,
            threshold=threshold,
        )
        for place, (rule, labels, severity, stage, value, threshold) in enumerate(ALERTS_NOW)
    )
    silence = Silence(
        id=3,
        matchers=(("alertname", "DeviceTemperatureHigh"), ("rig", rig)),
        until=now + timedelta(hours=2),
        author="owner",
        comment="new fans come today",
        made_at=now,
    )
    owned = AlertsStatus(owner="local", evaluated_at=now)
    assert known.snapshot.agent is not None
    agent = replace(known.snapshot.agent, alerts=owned, ledger=BOOKS)
    beside = BesideTicks(rigs=known.beside.rigs, alerts=lambda: AlertsKnown(standings=standings, silences=(silence,)))
    return replace(known, snapshot=replace(known.snapshot, agent=agent), beside=beside)


def bare(known: Known) -> Known:
    """An agent with nothing but the machine it stands on: no miner, no card, no tariff."""
    empty = RigSnapshot(
        taken_at=known.snapshot.taken_at, rig=known.snapshot.rig, outcomes=(), agent=known.snapshot.agent
    )
    return Known(snapshot=empty, loaded=Config())


def hostile(known: Known) -> Known:
    """One whose cards and miners are called as somebody chose who means harm."""
    names = [name for name in NAMES.values() if name.strip()]
    devices = tuple(
        replace(one, reading=replace(one.reading, name=names[place % len(names)]))
        for place, one in enumerate(known.snapshot.inventory.devices * 8)
    )
    workloads = tuple(
        replace(one, miner=names[-1 - place]) for place, one in enumerate(known.snapshot.inventory.workloads)
    )
    inventory = replace(known.snapshot.inventory, devices=devices, workloads=workloads)
    return Known(snapshot=replace(known.snapshot, inventory=inventory), loaded=known.loaded)
