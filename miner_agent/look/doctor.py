"""What is well with this rig and its agent, what is missing, and how to mend it. Pure: facts in, checks out."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from calculators.told_figures import counted
from miner_agent.collectors.programs import Listener, Program
from miner_agent.look import weaknesses
from miner_agent.look.check import Check
from miner_agent.look.discovery import ANY_ADDRESS
from miner_agent.look.running_agent import ToldVerdict
from miner_agent.model.health import Ailment
from miner_agent.model.readings import HostReading, MinerSnapshot, Outcome, Reading, SensorReading
from miner_agent.model.snapshot import RigSnapshot
from miner_agent.sources.driver import Driver

FREE_BYTES = 1 << 30  # what a year of the log of twelve cards needs, and a little
WELL_KNOWN_PORT = 1024  # a web server's port is no sign of a miner's API
NAMED_MAX = 3  # miners that a finding names where it may be any of many


TOLD_BY_ITS_SOURCE = frozenset(
    {Ailment.MINER_DOWN, Ailment.METER_DOWN, Ailment.COLLECTOR_DOWN, Ailment.MINER_POOL_DIFFERS, Ailment.DISK_READ_ONLY}
)
"""What the doctor says of these by other checks, where it sees them itself."""

_RISER = "check its riser and its power, then restart the machine"
MENDS: dict[str, str] = {
    Ailment.DEVICE_LOST: _RISER,
    Ailment.DEVICE_HUNG: "restart the machine; if it comes again, lower its clocks",
    Ailment.DEVICE_SLOW: "see dmesg; if its driver is busy and not ill, a longer agent.interval_seconds gives it time",
    Ailment.DEVICE_RESET_REQUIRED: "restart the machine",
    Ailment.DEVICE_DEGRADED: "see what its driver or firmware says of it: dmesg, or the firmware's own page",
    Ailment.DEVICE_SILENT: _RISER,
    Ailment.DEVICE_MISSING: _RISER,
    Ailment.DEVICE_THROTTLED: "clean it and its fans, give it more air, or lower its power limit",
    Ailment.DEVICE_FAN_STOPPED: "look at the fan; switch the card off until it turns",
    Ailment.DEVICE_MEMORY_FAILING: "its memory is worn: have the card replaced",
    Ailment.DEVICE_CHIPS_MISSING: "restart the machine; if they stay away, the board is to be repaired",
    Ailment.DEVICE_DRIVER_ERROR: "look the number up in NVIDIA's list of XID errors; lower its clocks",
    Ailment.DEVICE_NOT_MINING: "restart the miner; see its own log for why it left the device out",
    Ailment.DEVICE_FAULT: "look the fault up in its maker's manual; if a restart does not mend it, check its cables",
    Ailment.MINER_DOWN: "see whether it runs, and whether its API is on",
    Ailment.MINER_RESTARTS: "see its own log for why it ends",
    Ailment.MINER_NO_HASHRATE: "see its own log",
    Ailment.MINER_FAN_STOPPED: "look at the fan; switch the machine off until it turns",
    Ailment.MINER_FAULT: "look the fault up in its maker's manual",
    Ailment.MINER_POOL_LOST: "see whether the pool's address is right, and the network is up",
    Ailment.MINER_POOL_DIFFERS: "find out who changed it; if it was you, correct [[miners]]",
    Ailment.MINER_SHARES_REFUSED: "see what the pool says; lower the clocks of what works wrong",
    Ailment.MINER_SHARES_MISSING: "compare with what the pool shows: it may mine for somebody else, or for nobody",
    Ailment.METER_DOWN: "see whether it has power and network",
    Ailment.COLLECTOR_DOWN: "see the agent's log: journalctl -u miner-agent",
    Ailment.DISK_READ_ONLY: "look into dmesg, check the disk, reboot",
    Ailment.DISK_FULL: "make room",
    Ailment.DATABASE_UNWRITTEN: "see why: journalctl -u miner-agent; an hour of ticks waits in memory",
}
"""What to do about each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the doctor looks at. ``None``: could not be told."""

    snapshot: RigSnapshot
    rigs: tuple[RigSnapshot, ...]  # machines behind the gateway
    agent: tuple[ToldVerdict, ...] | None  # what the agent that runs here says; None: none answers
    configured: frozenset[str]  # drivers by which miners of this machine are to be read
    programs: tuple[Program, ...]
    silent: tuple[tuple[Program, Driver], ...]  # mining programs whose API is not seen to listen
    unclear: tuple[tuple[Program, tuple[Driver, ...]], ...]  # processes of a name that many have, and what they may be
    listeners: tuple[Listener, ...]
    drivers: tuple[Driver, ...]
    config_error: str | None  # why it was looked without the configuration
    state_directory: str | None  # None: there is no place for one
    state_writable: bool
    state_free_bytes: int | None
    clock_synchronized: bool | None
    as_root: bool
    python_version: str
    kernel: str


def examine(facts: Facts) -> tuple[Check, ...]:
    """Every check, in the order of the areas."""
    return (
        *_configuration(facts),
        *(check for snapshot in _snapshots(facts) for check in _sources(snapshot)),
        *_verdicts(facts),
        *_miners(facts),
        *_programs(facts),
        *_open_ports(facts),
        *_versions(facts),
        *_clock(facts),
        *_disks(facts),
        *_agent(facts),
    )


def _snapshots(facts: Facts) -> tuple[RigSnapshot, ...]:
    return (facts.snapshot, *facts.rigs)


def _configuration(facts: Facts) -> Iterator[Check]:
    if facts.config_error is not None:
        yield Check(
            area="configuration",
            subject="this machine",
            said="it cannot be used, so that this looks as if nothing were configured",
            mend=facts.config_error,
        )


def _miners(facts: Facts) -> Iterator[Check]:
    if not any(outcome.kind == "miner" for snapshot in _snapshots(facts) for outcome in snapshot.outcomes):
        yield Check(area="miner", subject="miners", said="none is configured, and none was found running", is_note=True)


def _sources(snapshot: RigSnapshot) -> Iterator[Check]:
    resting = {one.subject for one in snapshot.verdict.planned if one.ailment is Ailment.MINER_DOWN}
    for outcome in snapshot.outcomes:
        if outcome.error is not None and outcome.kind == "miner" and outcome.source in resting:
            said = f"standing still as planned: {outcome.error}"
            yield Check(area=outcome.kind, subject=outcome.source, said=said, is_note=True)
            continue
        if outcome.error is not None:
            yield Check(
                area=outcome.kind,
                subject=outcome.source,
                said="gave no reading",
                mend=str(outcome.error).removeprefix(f"{outcome.source}: "),
            )
            continue
        yield Check(area=outcome.kind, subject=outcome.source, said=_told(outcome))
        yield from _quantities(outcome)
    for pool in snapshot.pools:
        if pool.differs:
            yield Check(
                area="miner",
                subject=pool.miner,
                said=f"mines to another {' and '.join(pool.differs)} than the configuration says: {pool.host}",
                mend="find out who changed it; if it was you, correct [[miners]]",
            )


def _verdicts(facts: Facts) -> Iterator[Check]:
    """What ails the rigs: what one look can see, and what the running agent has seen over time."""
    known: set[tuple[str, str, str]] = set()
    for snapshot in _snapshots(facts):
        for symptom in snapshot.verdict.symptoms:
            known.add((symptom.ailment, symptom.subject, symptom.part))
            if symptom.ailment not in TOLD_BY_ITS_SOURCE:
                yield _ill(symptom.ailment, symptom.subject, symptom.part, symptom.said)
    if facts.agent is None:
        yield Check(
            area="agent", subject="service", said="none answers here: only what one look can see is told", is_note=True
        )
        return
    for told in facts.agent:
        for one in told.symptoms:
            if (one.reason, one.subject, one.part or "") not in known and one.reason in MENDS:
                yield _ill(Ailment(one.reason), one.subject, one.part or "", f"{one.said} (says the running agent)")
        if told.why is not None:
            yield Check(area="agent", subject="service", said=told.why, mend="see why: journalctl -u miner-agent")
        elif not told.symptoms:
            is_unknown = told.verdict == "unknown"
            said = f"{told.verdict}, says the running agent{': nothing that mines was read' if is_unknown else ''}"
            yield Check(area="verdict", subject=told.rig or "the rig", said=said, is_note=is_unknown)


def _ill(ailment: Ailment, subject: str, part: str, said: str) -> Check:
    return Check(area="verdict", subject=f"{subject} ({part})" if part else subject, said=said, mend=MENDS[ailment])


def _told(outcome: Outcome[Reading]) -> str:
    reading = outcome.reading
    if isinstance(reading, SensorReading):
        version = f", driver {reading.driver_version}" if reading.driver_version else ""
        return f"{counted(len(reading.devices), 'card')}{version}"
    if isinstance(reading, MinerSnapshot):
        return " ".join(part for part in (reading.software, reading.software_version) if part)
    return "read"


def _quantities(outcome: Outcome[Reading]) -> Iterator[Check]:
    """What a source could not read although it answers, where its owner can do something about it."""
    if isinstance(outcome.reading, SensorReading | HostReading):
        for error in outcome.reading.read_errors:
            if error.hint is not None:
                yield Check(
                    area=outcome.kind,
                    subject=error.device,
                    said=f"{error.quantity} cannot be read ({error.reason.value})",
                    mend=error.hint,
                )


def _programs(facts: Facts) -> Iterator[Check]:
    for program, driver in facts.silent:
        if driver.name not in facts.configured:
            yield Check(
                area="miner",
                subject=program.name,
                said=f"runs as process {program.pid}, and its API is off or cannot be seen from here",
                mend=f"switch it on ({driver.enable_api}); where it is on, name its address in [[miners]]",
            )
    for program, drivers in facts.unclear:
        if not any(driver.name in facts.configured for driver in drivers):
            told = " or ".join(driver.products[0] for driver in drivers)
            yield Check(
                area="miner",
                subject=program.name,
                said=f"runs as process {program.pid}, and may be {told} or no miner at all; nothing was sent to it",
                mend="if it is one of them, name its driver and address in [[miners]]",
            )


def _open_ports(facts: Facts) -> Iterator[Check]:
    names = {program.pid: program.name for program in facts.programs}
    for listener in facts.listeners:
        if not _is_open(listener.host):
            continue
        name = names.get(listener.pid or 0)
        usual = [driver for driver in facts.drivers if driver.default_port == listener.port >= WELL_KNOWN_PORT]
        if name is None and not usual:
            continue
        meant = usual if name is None else [driver for driver in usual if name.lower() in driver.processes]
        yield Check(
            area="open port",
            subject=f"{listener.host}:{listener.port}",
            said=f"{name or _any_of(meant)} listens beyond this machine: others may read it, and some programs obey "
            "whoever asks",
            mend=f"let it listen on 127.0.0.1 only{f' ({meant[0].enable_api})' if len(meant) == 1 else ''}",
            is_risk=True,
        )


def _any_of(drivers: list[Driver]) -> str:
    """What may listen at a port that is usual for all of these."""
    products = [driver.products[0] for driver in drivers]
    named, more = products[:NAMED_MAX], len(products) > NAMED_MAX
    return f"what may be {' or '.join([*named, 'another miner'] if more else named)}"


def _is_open(host: str) -> bool:
    if host in ANY_ADDRESS:
        return True
    try:
        return not ipaddress.ip_address(host.removeprefix("::ffff:")).is_loopback
    except ValueError:
        return True


def _versions(facts: Facts) -> Iterator[Check]:
    for outcome in (outcome for snapshot in _snapshots(facts) for outcome in snapshot.outcomes):
        if isinstance(outcome.reading, MinerSnapshot):
            reading = outcome.reading
            for weakness in weaknesses.known_of(reading.software, reading.software_version):
                yield Check(
                    area="version",
                    subject=outcome.source,
                    said=f"{reading.software} {reading.software_version}: {weakness.what}",
                    mend=f"{weakness.mend} ({weakness.source})",
                    is_risk=True,
                )
    yield Check(area="version", subject="weaknesses", said=f"compared with what was published until {weaknesses.AS_OF}")


def _clock(facts: Facts) -> Iterator[Check]:
    now = facts.snapshot.taken_at
    earliest = datetime.combine(weaknesses.AS_OF, datetime.min.time(), UTC) - timedelta(days=1)
    if now < earliest:
        yield Check(
            area="clock",
            subject="time",
            said=f"it is said to be {now:%Y-%m-%d %H:%M} UTC, which is before this agent was made",
            mend="set the clock, and let NTP keep it: timedatectl set-ntp true",
        )
    elif facts.clock_synchronized is False:
        yield Check(
            area="clock",
            subject="time",
            said="no time server keeps the clock",
            mend="timedatectl set-ntp true, or install chrony",
            is_risk=True,
        )
    else:
        known = (
            "kept by a time server" if facts.clock_synchronized else "possible; who keeps it cannot be told from here"
        )
        yield Check(area="clock", subject="time", said=known)


def _disks(facts: Facts) -> Iterator[Check]:
    directory = facts.state_directory
    if directory is None:
        yield Check(
            area="disk",
            subject="state directory",
            said="there is no usual place for the log and the state where HOME is not set",
            mend="set HOME, or name a directory in [agent] state_directory",
        )
    elif not facts.state_writable:
        yield Check(
            area="disk",
            subject=directory,
            said="this user cannot keep the log and the state there",
            mend="run this as the agent's own user, or name another directory in [agent] state_directory",
        )
    elif facts.state_free_bytes is not None and facts.state_free_bytes < FREE_BYTES:
        yield Check(
            area="disk",
            subject=directory,
            said=f"only {facts.state_free_bytes / 2**20:.0f} MiB are free for the log",
            mend="make room: a year of twelve cards takes up to 0.6 GB",
            is_risk=True,
        )
    else:
        yield Check(area="disk", subject=directory, said="can be written")
    for outcome in facts.snapshot.outcomes:
        if isinstance(outcome.reading, HostReading):
            for disk in outcome.reading.filesystems or ():
                if disk.read_only and disk.mountpoint == "/":
                    yield Check(
                        area="disk",
                        subject="/",
                        said="takes no writes: after an error the kernel protects it so",
                        mend="look into dmesg, check the disk, reboot",
                    )


def _agent(facts: Facts) -> Iterator[Check]:
    yield Check(area="agent", subject="python", said=f"{facts.python_version}, kernel {facts.kernel}")
    if facts.as_root:
        yield Check(
            area="agent",
            subject="user",
            said="this is root, and the agent needs no rights",
            mend="run it as a user of its own: sudo make install-service",
            is_risk=True,
        )
