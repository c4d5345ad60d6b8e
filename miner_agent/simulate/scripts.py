"""Scripts: a short one for people, a long one at real times, one scene alone, and the year of a healthy rig."""

from collections.abc import Callable, Iterator, Mapping

from calculators.units import SECONDS_PER_DAY, SECONDS_PER_HOUR
from miner_agent.config.planned_keys import PlannedOff
from miner_agent.simulate.chance import Chance
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import Profile
from miner_agent.simulate.script import NOTHING, Scene, Script
from miner_agent.simulate.subjects import first_subject, possible, subjects

FIRST_SECONDS, PAUSE_SECONDS = 40.0, 20.0
ROUND_SECONDS = 600.0
SHORT_SECONDS = {
    Fault.FAN_DEAD: 120.0,
    Fault.CARD_LOST: 60.0,
    Fault.MINER_HUNG: 40.0,
    Fault.POOL_SWAPPED: 60.0,
    Fault.XID: 5.0,
    Fault.RESTART: 5.0,
    Fault.METER_SILENT: 40.0,
    Fault.POOL_REFUSES: 50.0,
    Fault.BOARD_DEAD: 40.0,
    Fault.MACHINE_DOWN: 40.0,
}
"""What goes wrong in a round for people, one after the other, and for how long."""

HOUR, DAY = float(SECONDS_PER_HOUR), float(SECONDS_PER_DAY)
WHOLE_YEAR = 365  # days
LONG_SECONDS = {Fault.SHARES_LOST: 30 * HOUR, Fault.PRICE_CRASH: 4 * HOUR, Fault.FEED_DOWN: 4 * HOUR}
LONG_USUAL_SECONDS, LONG_PAUSE_SECONDS = 1.5 * HOUR, 1.5 * HOUR
LONG_BRIEF_SECONDS = {
    Fault.RESTART: 60.0,
    Fault.REBOOT: 60.0,
    Fault.DAG_REBUILD: 60.0,
    Fault.DEV_FEE: 120.0,
    Fault.FAILOVER: 20 * 60.0,
}

NIGHT = PlannedOff(place="demo", start="01:00", end="05:00")
"""The hours of the year in which the rig is off as planned: a little longer than it is."""
NIGHT_BEGINS, NIGHT_ENDS = 1 * HOUR + 120, 5 * HOUR - 120  # of a day
A_YEAR = {
    Fault.DAG_REBUILD: (110, 20.0, 90.0),
    Fault.FAILOVER: (10, 2 * 60.0, 25 * 60.0),  # one that lasts longer is worth a word
    Fault.RESTART: (12, 60.0, 60.0),
    Fault.REBOOT: (6, 60.0, 60.0),
    Fault.LINE_DROP: (12, 20.0, 240.0),
    Fault.DEV_FEE: (300, 30.0, 120.0),
}
"""What befalls a healthy rig: how often a year, and for how long at least and at most. [s]"""


def short(profile: Profile) -> Script:
    """A round of ten minutes or a little more, again and again."""
    scenes, at = [], FIRST_SECONDS
    for fault, lasting_seconds in SHORT_SECONDS.items():
        if subjects(profile, fault):
            scenes.append(_scene(profile, fault, at, lasting_seconds))
            at += lasting_seconds + PAUSE_SECONDS
    return Script(scenes, round_seconds=max(ROUND_SECONDS, at))


def alone(profile: Profile, faults: tuple[Fault, ...], *, after_seconds: float, lasting_seconds: float) -> Script:
    """These scenes at once, on a rig that is well before and after.

    Raises:
        ConfigError: one of them can hit nobody there.
    """
    return Script(_scene(profile, fault, after_seconds, lasting_seconds) for fault in faults)


def long(profile: Profile) -> Script:
    """Every fault that can happen there, one after the other at real times, with hours of calm between."""
    scenes, at = [], LONG_PAUSE_SECONDS
    for fault in possible(profile):
        lasting_seconds = LONG_BRIEF_SECONDS.get(fault) or LONG_SECONDS.get(fault, LONG_USUAL_SECONDS)
        scenes.append(_scene(profile, fault, at, lasting_seconds))
        at += lasting_seconds + LONG_PAUSE_SECONDS
    return Script(scenes)


def year(profile: Profile, *, seed: int = 1, days: int = WHOLE_YEAR, night: bool = True) -> Script:
    """So many days of a rig that is well: nothing in them is worth an alert.

    Args:
        profile: which rig.
        seed: of the dice that say when things happen.
        days: how many.
        night: whether it is paused each night, as planned.
    """
    return Script(sorted(_of_a_year(profile, Chance(seed), days, night=night), key=lambda one: one.begins_seconds))


def _of_a_year(profile: Profile, chance: Chance, days: int, *, night: bool) -> Iterator[Scene]:
    for fault, (times, least_seconds, most_seconds) in A_YEAR.items():
        for card, miner in subjects(profile, fault):
            for _ in range(chance.count(times * days / WHOLE_YEAR)):
                begins = chance.within(HOUR, days * DAY - HOUR)
                ends = begins + chance.within(least_seconds, most_seconds)
                yield Scene(fault=fault, begins_seconds=begins, ends_seconds=ends, card=card, miner=miner)
    for day in range(1, days) if night else ():
        begins = day * DAY + NIGHT_BEGINS
        yield Scene(fault=Fault.NIGHT_PAUSE, begins_seconds=begins, ends_seconds=day * DAY + NIGHT_ENDS)


def _scene(profile: Profile, fault: Fault, begins_seconds: float, lasting_seconds: float) -> Scene:
    card, miner = first_subject(profile, fault)
    return Scene(
        fault=fault,
        begins_seconds=begins_seconds,
        ends_seconds=begins_seconds + lasting_seconds,
        card=card,
        miner=miner,
    )


def calm(profile: Profile) -> Script:  # noqa: ARG001
    """Nothing happens."""
    return NOTHING


SCRIPTS: Mapping[str, Callable[[Profile], Script]] = {"short": short, "long": long, "calm": calm}
"""By the word of ``miner-agent demo --script``."""
