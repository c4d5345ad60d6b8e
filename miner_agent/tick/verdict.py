"""Whether a rig is well: one judgement of one snapshot, for log, pages, metrics and whoever looks. Pure."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import product
from operator import attrgetter

from miner_agent.model.devices import DeviceKind, DeviceState, ThrottleReason
from miner_agent.model.faults import FaultSeverity
from miner_agent.model.health import Ailment, Past, Symptom, Verdict
from miner_agent.model.readings import HostReading, MinerSnapshot, Outcome, Reading, SourceKind
from miner_agent.model.snapshot import Device, DeviceContribution, MinerWorkload, RigSnapshot
from miner_agent.text import LOG_LENGTH, clean_text

HOT_CELSIUS = 65.0  # cards whose fans rest when they are cool let them turn by then
DRIVER_ERROR_HOLDS = timedelta(minutes=5)
STARTING_SECONDS = 120.0  # a program that was just started may mine nothing yet
RESTARTS_OFTEN = 3  # within an hour
REFUSED_IN_A_ROW = 4
SHARE_INTERVALS = 15  # a longer wait is chance once in three million times
SHORTEST_WAIT_SECONDS = 600.0
FULL_BYTES = 32 << 20
UNWRITTEN_SECONDS = 120.0  # a disk may be slow, and a backup may lock a file for a while

_STATES = {
    DeviceState.LOST: (Ailment.DEVICE_LOST, "does not answer any more"),
    DeviceState.HUNG: (Ailment.DEVICE_HUNG, "hangs"),
    DeviceState.SLOW: (Ailment.DEVICE_SLOW, "does not answer in time"),
    DeviceState.RESET_REQUIRED: (Ailment.DEVICE_RESET_REQUIRED, "needs a reset before it works again"),
    DeviceState.DEGRADED: (Ailment.DEVICE_DEGRADED, "works, and not as it should"),
}
_SLOWED_BY = frozenset({ThrottleReason.HW_THERMAL, ThrottleReason.SW_THERMAL, ThrottleReason.HW_POWER_BRAKE})
"""A power limit is the owner's own will."""

_SIGNS = attrgetter("state", "throttle_reasons", "remapped_rows_failed", "chips", "xid_errors")
_PLAINLY_WELL = tuple(product((DeviceState.OK, None), ((), None), (False, None), (None,), ((), None)))
"""Signs of a device that nothing ails, whose fan turns. Looked for first: at most ticks that is all of them."""

_DOWN: dict[SourceKind, Ailment] = {
    "miner": Ailment.MINER_DOWN,
    "meter": Ailment.METER_DOWN,
    "collector": Ailment.COLLECTOR_DOWN,
}


def judge(snapshot: RigSnapshot) -> Verdict:
    """How the rig is, as far as this tick and what it remembers of earlier ones say."""
    symptoms = (
        *_of_sources(snapshot),
        *_of_devices(snapshot),
        *_of_miners(snapshot),
        *_of_disks(snapshot),
        *_of_databases(snapshot),
    )
    if symptoms:
        return Verdict(word="ill", symptoms=symptoms)
    mines = any(outcome.kind != "collector" for outcome in snapshot.outcomes)
    mines = mines or any(device.reading.kind is not DeviceKind.CPU for device in snapshot.inventory.devices)
    return Verdict(word="well" if mines else "unknown")


def _of_sources(snapshot: RigSnapshot) -> Iterator[Symptom]:
    for outcome in snapshot.outcomes:
        if outcome.error is not None:
            yield Symptom(
                ailment=_DOWN[outcome.kind],
                subject=outcome.source,
                source=outcome.source,
                said=str(outcome.error).removeprefix(f"{outcome.source}: "),
                detail=type(outcome.error).__name__,
            )


def _of_devices(snapshot: RigSnapshot) -> Iterator[Symptom]:
    for device in filter(_may_ail, snapshot.inventory.devices):
        for ailment, said, part in _ails(device, snapshot.taken_at):
            yield Symptom(
                ailment=ailment,
                subject=device.label,
                part=part,
                source=device.source,
                said=f"{said}{_known_as(device)}",
                detail=said if ailment is Ailment.DEVICE_DRIVER_ERROR else "",
            )
    for label, source in snapshot.past.missing:
        since = _since(snapshot.past.missing_since.get(label))
        yield Symptom(
            ailment=Ailment.DEVICE_MISSING,
            subject=label,
            source=source,
            said=f"was there, and {source} does not tell of it any more{since}",
        )


def _may_ail(device: Device) -> bool:
    reading = device.reading
    is_plain = device.answered and _SIGNS(reading) in _PLAINLY_WELL
    return not is_plain or reading.fan_ratio == 0 or reading.fan_speed_rpm == 0


def _since(moment: datetime | None) -> str:
    return "" if moment is None else f" (missing since {moment:%Y-%m-%d %H:%M} UTC)"


def _ails(device: Device, taken_at: datetime) -> Iterator[tuple[Ailment, str, str]]:
    """What, a sentence, and with which part of the device."""
    reading = device.reading
    state, chips, expected = reading.state, reading.chips, reading.chips_expected
    ill = None if state is None or state is DeviceState.OK else _STATES.get(state)
    if ill is not None:
        yield *ill, ""
    elif state is None and not device.answered:
        yield Ailment.DEVICE_SILENT, "gives no values", ""
    if reading.throttle_reasons and (slowed_by := sorted(_SLOWED_BY.intersection(reading.throttle_reasons))):
        yield Ailment.DEVICE_THROTTLED, f"runs below its clocks ({', '.join(slowed_by)})", ""
    hot = reading.core_temperature_celsius
    if hot is not None and hot >= HOT_CELSIUS and 0 in {reading.fan_ratio, reading.fan_speed_rpm}:
        yield Ailment.DEVICE_FAN_STOPPED, f"its fan stands still at {hot:.0f} °C", ""
    if reading.remapped_rows_failed:
        yield Ailment.DEVICE_MEMORY_FAILING, "rows of its memory fail, and there are no spare ones", ""
    if chips is not None and expected is not None and chips < expected and ill is None:
        yield Ailment.DEVICE_CHIPS_MISSING, f"{chips} of its {expected} chips work", ""
    for error in reading.xid_errors or ():
        if taken_at - error.last_at <= DRIVER_ERROR_HOLDS:
            said = f"its driver told of error {error.xid} at {error.last_at:%H:%M:%S} UTC"
            yield Ailment.DEVICE_DRIVER_ERROR, said, f"xid {error.xid}"


def _known_as(device: Device) -> str:
    known = [text for text in (device.reading.name, device.reading.pci_address) if text and text != device.label]
    return f" ({' at '.join(known)})" if known else ""


def _of_miners(snapshot: RigSnapshot) -> Iterator[Symptom]:
    for miner, count in snapshot.past.restarts_last_hour.items():
        if count >= RESTARTS_OFTEN:
            said = f"was started anew {count} times within an hour"
            yield Symptom(ailment=Ailment.MINER_RESTARTS, subject=miner, source=miner, said=said)
    for miner, fan in snapshot.past.fans_stopped:
        yield Symptom(
            ailment=Ailment.MINER_FAN_STOPPED,
            subject=miner,
            part=f"fan {fan}",
            source=miner,
            said="it has turned, and stands still",
        )
    for told in snapshot.inventory.faults:
        if told.fault.severity is FaultSeverity.FAULT:
            yield Symptom(
                ailment=Ailment.MINER_FAULT if told.device is None else Ailment.DEVICE_FAULT,
                subject=told.device or told.miner,
                part=told.fault.code,
                source=told.miner,
                said=told.fault.said,
            )
    for outcome in snapshot.outcomes:
        if isinstance(outcome.reading, MinerSnapshot) and _mines(outcome.reading):
            yield from _of_program(outcome, outcome.reading)
    for pool in snapshot.pools:
        if pool.differs:
            differs = " and ".join(pool.differs)
            yield Symptom(
                ailment=Ailment.MINER_POOL_DIFFERS,
                subject=pool.miner,
                part=pool.algorithm,
                source=pool.miner,
                said=f"mines to another {differs} than it should (now {pool.host or 'an unnamed pool'}): is that you? "
                "Then write it into the configuration",
                detail=f"{pool.differs} {pool.host}",
            )
    intervals = {(one.miner, one.algorithm): one.share_interval_expected_seconds for one in snapshot.awaited}
    idle = [part for part in snapshot.inventory.contributions if part.work.hashes_per_second == 0]
    for entry in snapshot.inventory.workloads:
        if _mines(entry.snapshot):
            yield from _of_workload(entry, intervals.get((entry.miner, entry.algorithm)), snapshot.past, idle)


def _mines(miner: MinerSnapshot) -> bool:
    """Whether it is to mine now: it is not paused, and was not just started."""
    return not miner.paused and (miner.uptime_seconds is None or miner.uptime_seconds >= STARTING_SECONDS)


def _of_program(outcome: Outcome[Reading], miner: MinerSnapshot) -> Iterator[Symptom]:
    rates = [workload.hashes_per_second for workload in miner.workloads]
    if rates and all(rate == 0 for rate in rates):
        yield Symptom(
            ailment=Ailment.MINER_NO_HASHRATE, subject=outcome.source, source=outcome.source, said="mines nothing"
        )
    if miner.pool_connection_seconds == 0:
        yield Symptom(
            ailment=Ailment.MINER_POOL_LOST,
            subject=outcome.source,
            source=outcome.source,
            said="is connected to no pool",
        )


def _of_workload(
    entry: MinerWorkload, interval_seconds: float | None, past: Past, idle: Iterable[DeviceContribution]
) -> Iterator[Symptom]:
    """``idle``: parts of any workload that do nothing."""
    key = entry.miner, entry.algorithm
    refused = past.refused_in_a_row.get(key, 0)
    if refused >= REFUSED_IN_A_ROW:
        said = "its pool refuses its shares, every one of late"
        yield _about(entry, Ailment.MINER_SHARES_REFUSED, said)
    waited_seconds = past.waited_seconds.get(key, 0.0)
    if interval_seconds and waited_seconds > max(SHORTEST_WAIT_SECONDS, SHARE_INTERVALS * interval_seconds):
        said = f"no share was accepted for {waited_seconds / 60:.0f} minutes; one is due every {interval_seconds:.3g} s"
        yield _about(entry, Ailment.MINER_SHARES_MISSING, said)
    if entry.workload.hashes_per_second:
        for part in idle:
            if (part.miner, part.algorithm) == key:
                yield Symptom(
                    ailment=Ailment.DEVICE_NOT_MINING,
                    subject=part.device,
                    part=entry.algorithm,
                    source=entry.miner,
                    said=f"does nothing for {entry.miner}, while others work",
                )


def _about(entry: MinerWorkload, ailment: Ailment, said: str) -> Symptom:
    return Symptom(ailment=ailment, subject=entry.miner, part=entry.algorithm, source=entry.miner, said=said)


def _of_disks(snapshot: RigSnapshot) -> Iterator[Symptom]:
    for outcome in snapshot.outcomes:
        if not isinstance(outcome.reading, HostReading):
            continue
        for disk in outcome.reading.filesystems or ():
            if disk.mountpoint == "/" and disk.read_only:
                said = "takes no writes: after an error the kernel protects it so"
                yield Symptom(ailment=Ailment.DISK_READ_ONLY, subject=disk.mountpoint, source=outcome.source, said=said)
            elif (
                not disk.read_only
                and disk.available_bytes is not None
                and disk.available_bytes < FULL_BYTES < (disk.size_bytes or 0) // 4
            ):
                yield Symptom(ailment=Ailment.DISK_FULL, subject=disk.mountpoint, source=outcome.source, said="is full")


def _of_databases(snapshot: RigSnapshot) -> Iterator[Symptom]:
    """The agent's own. Where they take no writes, what is read now is missing tomorrow."""
    for database in () if snapshot.agent is None else snapshot.agent.databases:
        if database.waiting_seconds >= UNWRITTEN_SECONDS:
            why = database.last_error or "the disk does not answer"
            yield Symptom(
                ailment=Ailment.DATABASE_UNWRITTEN,
                subject=database.database,
                source="",
                said=f"has taken no write for {database.waiting_seconds / 60:.0f} minutes: "
                f"{clean_text(why, length=LOG_LENGTH)}",
                detail=why,
            )
