"""Whom a fault can hit on a simulated rig."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeAlias

from miner_agent.errors import ConfigError
from miner_agent.simulate.mishaps import Fault
from miner_agent.simulate.profiles import PROFILES, Profile, ProgramPlan

Subject: TypeAlias = tuple[int | None, str | None]
"""The number of a card, or the name of a miner; both ``None``: the whole rig."""
WHOLE: Subject = (None, None)

TELL_ACCOUNTS = frozenset({"trex", "lolminer", "teamredminer", "antminer", "bitaxe", "avalon", "whatsminer3"})
TELL_HARDWARE_ERRORS = frozenset({"lolminer", "teamredminer", "antminer", "avalon"})
PROVE = frozenset({"xmrig", "antminer", "bitaxe", "avalon"})
TELL_BOARDS = frozenset({"antminer", "whatsminer3"})
TELL_FAULTS = frozenset({"bitaxe", "avalon", "whatsminer3"})
_Find: TypeAlias = Callable[[Profile], Iterable[Subject]]


def _graphics(profile: Profile) -> Iterator[Subject]:
    yield from ((number, None) for number, card in enumerate(profile.cards) if card.maker != "processor")


def _last_graphics(profile: Profile) -> list[Subject]:
    return list(_graphics(profile))[::-1]


def _nvidia(profile: Profile) -> Iterator[Subject]:
    yield from ((number, None) for number in profile.cards_of("nvidia"))


def _with_ecc(profile: Profile) -> Iterator[Subject]:
    yield from ((number, None) for number, card in enumerate(profile.cards) if card.has_ecc)


def _programs(profile: Profile) -> Iterator[Subject]:
    yield from ((None, program.driver) for program in profile.programs)


def _with_dag(profile: Profile) -> Iterator[Subject]:
    yield from ((None, program.driver) for program in profile.programs if program.has_dag)


def _machines(profile: Profile) -> Iterator[Subject]:
    yield from ((None, machine.name) for machine in profile.machines)


def _antminers(profile: Profile) -> Iterator[Subject]:
    yield from ((None, machine.name) for machine in profile.machines if machine.driver == "antminer")


def _with_fans(profile: Profile) -> Iterator[Subject]:
    yield from ((None, machine.name) for machine in profile.machines if machine.driver in {"antminer", "avalon"})


def _miners(profile: Profile, drivers: frozenset[str] | None = None) -> Iterator[Subject]:
    for program in profile.programs:
        if drivers is None or program.driver in drivers:
            yield None, program.driver
    for machine in profile.machines:
        if machine.boards and (drivers is None or machine.driver in drivers):
            yield None, machine.name


def _busiest(profile: Profile) -> Iterator[Subject]:
    """The miners, and first the program that finds the most shares."""

    def shares_per_second(program: ProgramPlan) -> float:
        return program.hashes_per_second * len(program.cards) / program.difficulty_hashes

    ordered = sorted(profile.programs, key=shares_per_second, reverse=True)
    yield from ((None, program.driver) for program in ordered)
    yield from ((None, machine.name) for machine in profile.machines if machine.boards)


def _proving(profile: Profile) -> Iterator[Subject]:
    """The miners of whose shares it is known what they prove."""
    return _miners(profile, PROVE)


def _meter(profile: Profile) -> list[Subject]:
    return [WHOLE] if profile.has_meter else []


def _cards(profile: Profile) -> list[Subject]:
    return [WHOLE] if profile.cards else []


_WHOM: Mapping[Fault, _Find] = {
    **dict.fromkeys((Fault.CARD_LOST, Fault.PCIE_DEGRADED, Fault.POWER_LIMIT), _graphics),
    **dict.fromkeys((Fault.FAN_DEAD, Fault.CARD_SLOW, Fault.CARD_IDLE), _last_graphics),
    Fault.DRIVER_STUCK: lambda profile: [WHOLE] if any(_graphics(profile)) else [],
    Fault.HEAT: _cards,
    Fault.XID: _nvidia,
    Fault.MEMORY_ERRORS: _with_ecc,
    **dict.fromkeys((Fault.MINER_HUNG, Fault.MINER_DOWN, Fault.RESTART_LOOP, Fault.RESTART), _programs),
    **dict.fromkeys((Fault.POOL_LOST, Fault.POOL_SWAPPED, Fault.NO_SHARES, Fault.FAILOVER, Fault.DEV_FEE), _miners),
    Fault.POOL_REFUSES: _busiest,
    Fault.SHARES_LOST: _proving,
    Fault.PRICE_CRASH: lambda profile: [WHOLE] if profile.programs else [],
    Fault.ACCOUNT_SWAPPED: lambda profile: _miners(profile, TELL_ACCOUNTS),
    Fault.HARDWARE_ERRORS: lambda profile: _miners(profile, TELL_HARDWARE_ERRORS),
    Fault.MACHINE_FAULT: lambda profile: _miners(profile, TELL_FAULTS),
    Fault.BOARD_DEAD: lambda profile: _miners(profile, TELL_BOARDS),
    Fault.CHIPS_MISSING: _antminers,
    Fault.MACHINE_FAN_DEAD: _with_fans,
    Fault.MACHINE_DOWN: _machines,
    Fault.METER_SILENT: _meter,
    Fault.DAG_REBUILD: _with_dag,
}
"""What is not in here hits the whole rig, whatever it is."""


def subjects(profile: Profile, fault: Fault) -> list[Subject]:
    """Everybody in that profile whom it can hit."""
    find = _WHOM.get(fault)
    return [WHOLE] if find is None else list(find(profile))


def first_subject(profile: Profile, fault: Fault) -> Subject:
    """Whom it hits if nobody says more.

    Raises:
        ConfigError: there is nobody.
    """
    for subject in subjects(profile, fault):
        return subject
    others = ", ".join(name for name, other in PROFILES.items() if subjects(other, fault))
    raise ConfigError(f"--scene {fault}: profile {profile.name} has nothing that it could hit; it can in: {others}")


def possible(profile: Profile) -> list[Fault]:
    """Every fault that can hit somebody there."""
    return [fault for fault in Fault if subjects(profile, fault)]
