"""What changed in a time, as the log tells it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from calculators.money import Money
from miner_agent.model.finances import Economy, MarketNote
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.storage.telemetry.log import TelemetryLog
from miner_agent.storage.telemetry.logged_changes import LoggedChange
from tests.for_each import for_each
from tests.log_ticks import RIG, START, miner_work, tick
from tests.storage.kept_log import HOUR, card

DAY = timedelta(days=1)


def changed(log: TelemetryLog, span: timedelta = HOUR, **named: bool) -> tuple[LoggedChange, ...]:
    return log.changes(START, START + span, rig=RIG, of_this_machine=named.get("of_this_machine", True))


def booted(snapshot: RigSnapshot, boot: str) -> RigSnapshot:
    assert snapshot.clock is not None
    return replace(snapshot, clock=replace(snapshot.clock, boot_id=boot))


def test_an_even_course_has_no_changes(log: TelemetryLog) -> None:
    for number in range(60):
        log.append(tick(10 * number + 2 * (number % 3), [card()], [miner_work("m", "kawpow", hashes_per_second=5.0)]))

    assert changed(log) == ()


@for_each("span", [HOUR, 4 * DAY])
def test_a_pause_is_told_where_it_ends_whatever_level_tells_it(log: TelemetryLog, span: timedelta) -> None:
    for number in range(360):
        if not 60 <= number < 180:
            log.append(tick(10 * number, [card()]))
    (pause,) = changed(log, span)

    assert (pause.kind, pause.at, pause.lasted) == (
        "pause",
        START + timedelta(seconds=1800),
        timedelta(seconds=1200 if span > HOUR else 1210),
    )


def test_a_tick_or_two_that_are_late_are_no_pause(log: TelemetryLog) -> None:
    for number in (0, 1, 2, 5, 6, 7):
        log.append(tick(10 * number, [card()]))
    assert changed(log) == ()
    log.append(tick(110, [card()]))
    assert [one.kind for one in changed(log)] == ["pause"]


def test_ticks_of_other_machines_fill_no_pause_of_this_one(log: TelemetryLog) -> None:
    for number in range(60):
        if not 20 <= number < 40:
            log.append(tick(10 * number, [card()]))
        log.append_rigs([replace(tick(10 * number + 0.001, [card()]), rig="right")])

    assert [one.kind for one in changed(log)] == ["pause"]
    assert changed(log, of_this_machine=False) == ()


def test_a_boot_is_told_by_the_first_tick_after_it(log: TelemetryLog) -> None:
    for number in range(12):
        log.append(booted(tick(10 * number, [card()]), "first" if number < 7 else "second"))

    assert [(one.kind, one.at) for one in changed(log)] == [("boot", START + timedelta(seconds=70))]


def test_a_miner_that_counts_from_zero_again_has_restarted_and_one_that_falls_has_not(log: TelemetryLog) -> None:
    totals = [100, 101, 102, 1, 2, 50, 40, 51, 0, 0, 1]
    for number, total in enumerate(totals):
        started = START + timedelta(seconds=25) if number >= 3 else START - HOUR
        at = tick(10 * number, [card()], [miner_work("m", "kawpow", accepted_shares_total=total)])
        log.append(replace(at, miners_started_at={"m": started if number < 8 else START + timedelta(seconds=79)}))

    found = [(one.kind, one.subject, (one.at - START).total_seconds()) for one in changed(log)]
    assert found == [("miner_restart", "m", 30.0), ("miner_restart", "m", 80.0)]
    assert changed(log, 2 * DAY) == ()


def test_a_miner_that_goes_over_to_another_algorithm_is_told_once(log: TelemetryLog) -> None:
    for number in range(60):
        word = "kawpow" if number < 30 else "ethash"
        works = [
            miner_work("m", word, hashes_per_second=5.0 if number != 40 else None),
            miner_work("steady", "rx/0", hashes_per_second=1.0),
        ]
        log.append(tick(10 * number, [card()], works))
    (switch,) = changed(log)

    assert (switch.kind, switch.subject, switch.before, switch.after) == ("algorithm", "m", "kawpow", "ethash")
    assert abs(switch.at - (START + timedelta(seconds=300))) <= timedelta(seconds=30)


def test_the_price_of_energy_is_told_where_it_changes(log: TelemetryLog) -> None:
    for hour, price in enumerate(("0.20", "0.20", "0.35", "0.35")):
        notes = tuple(
            MarketNote(
                coin=coin,
                source="a feed",
                difficulty=1.0,
                coins_per_hash_per_second_per_day=None,
                block_reward_coins=None,
                price=Money(Decimal(1), "EUR"),
                price_per_kilowatt_hour=Money(Decimal(price), "EUR"),
            )
            for coin in ("XMR", "RVN")
        )
        at = tick(3600 * hour, [card()], interval_seconds=3600.0)
        log.append(replace(at, economy=Economy(computed_at=at.taken_at, market_notes=notes)))
    (step,) = changed(log, DAY)

    assert (step.kind, step.at) == ("energy_price", START + 2 * HOUR)
    assert (step.before, step.after) == (Money(Decimal("0.20"), "EUR"), Money(Decimal("0.35"), "EUR"))
