"""The table of metrics: the public contract. A row a metric; published names are added, never renamed.

The domain's word and the metric's word differ in places; this is the one place that knows both. A value that was
not read gives no sample: never zero, never NaN. Labels are short and bounded; ``rig`` and ``site`` are set by whoever
scrapes, not here.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from calculators.money import Money
from miner_agent.errors import COLLECTOR_REASONS, MINER_REASONS
from miner_agent.model.devices import DeviceKind, DeviceReading, DeviceState, DeviceWork, ThrottleReason
from miner_agent.model.finances import (
    FEED_REASONS,
    Candidate,
    Economy,
    FeedStatus,
    NetworkSeen,
    Present,
    PriceSeen,
    TariffSeen,
)
from miner_agent.model.readings import (
    ConnectedWorker,
    FilesystemReading,
    HostReading,
    MeterReading,
    MinerSnapshot,
    Outcome,
    Reading,
    TemperatureReading,
    Workload,
)
from miner_agent.model.snapshot import (
    Device,
    DeviceEnergy,
    PoolWatch,
    ProvenWork,
    RigEnergy,
    RigPower,
    power_difference_watts,
)
from miner_agent.model.status import AgentStatus, DatabaseStatus, DeviceStatus, GatewayStatus, SourceStatus

Kind = Literal["gauge", "counter", "info", "stateset"]
Labels = tuple[str, ...]
Samples = Iterable[tuple[Labels, float | int | None]]
Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class MetricSpec(Generic[Subject]):
    """One metric: its name, what it means, and how its samples are read off a subject."""

    name: str
    kind: Kind
    help: str
    labels: Labels
    samples: Callable[[Subject], Samples]


def one(name: str, kind: Kind, help_: str, value: Callable[[Subject], float | int | None]) -> MetricSpec[Subject]:
    """A metric with one sample a subject."""
    return MetricSpec(name, kind, help_, (), lambda subject: (((), value(subject)),))


def by(
    label: str,
    name: str,
    kind: Kind,
    help_: str,
    values: Callable[[Subject], Mapping[str, float | int | None]],
) -> MetricSpec[Subject]:
    """A metric with a sample for each value of one more label."""
    return MetricSpec(name, kind, help_, (label,), lambda subject: (((key,), v) for key, v in values(subject).items()))


def info(
    name: str, help_: str, labels: Labels, values: Callable[[Subject], Iterable[str | int | None]]
) -> MetricSpec[Subject]:
    """A metric that is always 1 and carries what a subject is in its labels."""

    def samples(subject: Subject) -> Samples:
        yield tuple("" if value is None else str(value) for value in values(subject)), 1

    return MetricSpec(name, "info", help_, labels, samples)


def states(
    label: str,
    name: str,
    help_: str,
    possible: Iterable[str],
    current: Callable[[Subject], Iterable[str] | None],
) -> MetricSpec[Subject]:
    """A metric with a sample for each possible state: 1 where it holds, 0 where not, none where unknown."""
    every = tuple(possible)

    def samples(subject: Subject) -> Samples:
        holding = current(subject)
        if holding is not None:
            held = frozenset(holding)
            for state in every:
                yield (state,), int(state in held)

    return MetricSpec(name, "stateset", help_, (label,), samples)


def _timestamp(moment: datetime | None) -> float | None:
    return None if moment is None else moment.timestamp()


def _flag(value: bool | None) -> int | None:  # noqa: FBT001
    return None if value is None else int(value)


def _temperatures(device: DeviceReading) -> dict[str, float | int | None]:
    board = device.kind is DeviceKind.HASHBOARD
    return {
        "board" if board else "core": device.core_temperature_celsius,
        "memory": device.memory_temperature_celsius,
        "chip" if board else "hotspot": device.hotspot_temperature_celsius,
        "vrm": device.vrm_temperature_celsius,
        "inlet": device.inlet_temperature_celsius,
        "outlet": device.outlet_temperature_celsius,
    }


def _fan_targets(device: DeviceReading) -> dict[str, float | int | None]:
    ratios = device.fan_ratios or (device.fan_ratio,)
    return {str(fan): ratio for fan, ratio in enumerate(ratios)}


DEVICE: tuple[MetricSpec[DeviceReading], ...] = (
    states(
        "state",
        "rig_device_state",
        "How the device is, as far as its driver says.",
        DeviceState,
        lambda d: None if d.state is None else (d.state,),
    ),
    by(
        "sensor",
        "rig_device_temperature_celsius",
        "gauge",
        "Temperature by sensor. Of a hashboard: board (or the mean of its chips, where it tells that alone), chip (the "
        "hottest), inlet and outlet (where air or water comes in and goes out), vrm (its voltage regulator).",
        _temperatures,
    ),
    MetricSpec(
        "rig_device_temperature_threshold_celsius",
        "gauge",
        "Temperature at which the card lowers its clocks (slowdown) or switches itself off (shutdown).",
        ("sensor", "level"),
        lambda d: (
            (("core", "slowdown"), d.slowdown_temperature_celsius),
            (("core", "shutdown"), d.shutdown_temperature_celsius),
        ),
    ),
    by(
        "fan",
        "rig_device_fan_target_ratio",
        "gauge",
        "Commanded fan speed; 1 is full speed. Not a measurement.",
        _fan_targets,
    ),
    by("fan", "rig_device_fan_speed_rpm", "gauge", "Measured fan speed.", lambda d: {"0": d.fan_speed_rpm}),
    one(
        "rig_device_power_watts",
        "gauge",
        "Power draw. Of NVIDIA cards from Ampere on the mean of the last second, of AMD cards the driver's mean or the "
        "moment's value, of processors the mean since the last tick, with the memory that they measure.",
        lambda d: d.power_watts,
    ),
    one(
        "rig_device_voltage_volts",
        "gauge",
        "Voltage of a card's core, or of what feeds a hashboard's chips.",
        lambda d: d.voltage_volts,
    ),
    one("rig_device_power_limit_watts", "gauge", "Power limit in force.", lambda d: d.power_limit_watts),
    one(
        "rig_device_power_limit_default_watts",
        "gauge",
        "Power limit after a reset.",
        lambda d: d.power_limit_default_watts,
    ),
    one(
        "rig_device_power_limit_min_watts",
        "gauge",
        "Lowest power limit that can be set.",
        lambda d: d.power_limit_min_watts,
    ),
    one(
        "rig_device_power_limit_max_watts",
        "gauge",
        "Highest power limit that can be set.",
        lambda d: d.power_limit_max_watts,
    ),
    by(
        "engine",
        "rig_device_utilization_ratio",
        "gauge",
        "Share of time in which the engine worked.",
        lambda d: {"compute": d.utilization_ratio, "memory": d.memory_utilization_ratio},
    ),
    one("rig_device_memory_used_bytes", "gauge", "Memory in use.", lambda d: d.memory_used_bytes),
    one("rig_device_memory_size_bytes", "gauge", "Memory on the device.", lambda d: d.memory_size_bytes),
    by(
        "clock",
        "rig_device_clock_hertz",
        "gauge",
        "Clock frequency.",
        lambda d: {"core": d.core_clock_hertz, "memory": d.memory_clock_hertz},
    ),
    states(
        "reason",
        "rig_device_throttled",
        "Why the device runs below its clocks now; all 0 if it does not.",
        ThrottleReason,
        lambda d: d.throttle_reasons,
    ),
    one("rig_device_pcie_link_width", "gauge", "PCIe lanes in use.", lambda d: d.pcie_link_width),
    one("rig_device_pcie_link_generation", "gauge", "PCIe generation in use.", lambda d: d.pcie_link_generation),
    one(
        "rig_device_performance_state",
        "gauge",
        "Performance state; 0 is the fastest.",
        lambda d: d.performance_state,
    ),
    one(
        "rig_device_pcie_replays_total",
        "counter",
        "Transfers that PCIe had to repeat: many of them tell of a bad riser. Read once a minute.",
        lambda d: d.pcie_replays_total,
    ),
    by(
        "severity",
        "rig_device_ecc_errors_total",
        "counter",
        "Errors of memory: over the card's life where it counts them (NVML: aggregate), else since its driver was "
        "loaded (volatile). Read once a minute.",
        lambda d: {"corrected": d.ecc_corrected_errors_total, "uncorrected": d.ecc_uncorrected_errors_total},
    ),
    by(
        "severity",
        "rig_device_remapped_rows",
        "gauge",
        "Rows of memory that spare ones stand in for, by the errors they had. Read once a minute.",
        lambda d: {"corrected": d.remapped_rows_corrected, "uncorrected": d.remapped_rows_uncorrected},
    ),
    one(
        "rig_device_remapped_rows_pending",
        "gauge",
        "1 if rows of memory wait for the next reset to be replaced.",
        lambda d: _flag(d.remapped_rows_pending),
    ),
    one(
        "rig_device_remapped_rows_failed",
        "gauge",
        "1 if a row of memory could not be replaced.",
        lambda d: _flag(d.remapped_rows_failed),
    ),
    one("rig_device_chips", "gauge", "Chips of a hashboard that work.", lambda d: d.chips),
    one(
        "rig_device_chips_expected",
        "gauge",
        "Chips that a hashboard was built with, or started with.",
        lambda d: d.chips_expected,
    ),
    by(
        "xid",
        "rig_device_xid_errors_total",
        "counter",
        "Errors that NVIDIA's driver told of since the agent started, by number. Absent until the first one: watch "
        "the time of the last one.",
        lambda d: {str(x.xid): x.errors_total for x in d.xid_errors or ()},
    ),
    by(
        "xid",
        "rig_device_xid_last_timestamp_seconds",
        "gauge",
        "When the error was last told of, to the tick.",
        lambda d: {str(x.xid): x.last_at.timestamp() for x in d.xid_errors or ()},
    ),
)
"""Key label ``device``: UUID, else PCI address, else MINER/N, ``cpu0``. Never an index."""

DEVICE_INFO: MetricSpec[tuple[DeviceReading, str | None]] = info(
    "rig_device_info",
    "What the device is.",
    ("kind", "vendor", "model", "index", "bus_id", "driver_version", "firmware_version", "serial"),
    lambda pair: (
        pair[0].kind,
        pair[0].vendor,
        pair[0].name,
        pair[0].index,
        pair[0].pci_address,
        pair[1],
        pair[0].firmware_version,
        pair[0].serial,
    ),
)
"""The device and the version of the driver that read it."""

DEVICE_UP: MetricSpec[Device] = one(
    "rig_device_up", "gauge", "1 if the device gave something in the last tick.", lambda d: int(d.answered)
)

DEVICE_STATUS: tuple[MetricSpec[DeviceStatus], ...] = (
    one(
        "rig_device_lost_total",
        "counter",
        "Times the device stopped answering its driver.",
        lambda s: s.lost_total,
    ),
    by(
        "reason",
        "rig_device_throttled_seconds_total",
        "counter",
        "Time spent throttled, by reason.",
        lambda s: {reason.value: seconds for reason, seconds in s.throttled_seconds_total.items()},
    ),
    MetricSpec(
        "rig_device_read_errors_total",
        "counter",
        "Reads of one quantity that failed or gave an impossible value.",
        ("quantity", "reason"),
        lambda s: (((quantity, reason), n) for (quantity, reason), n in s.read_errors_total.items()),
    ),
)

ENERGY: MetricSpec[DeviceEnergy] = by(
    "source",
    "rig_device_energy_joules_total",
    "counter",
    "Energy drawn while the agent ran, by the device's own counter (hardware) or integrated from its power. The first "
    "bridges readings that failed, the second does not.",
    lambda e: {e.source: e.joules_total},
)

HOST: tuple[MetricSpec[HostReading], ...] = (
    info(
        "rig_host_info",
        "The machine.",
        ("os", "kernel", "cpu"),
        lambda h: (h.operating_system, h.kernel, h.cpu_model),
    ),
    one("rig_host_boot_time_seconds", "gauge", "When the machine started.", lambda h: _timestamp(h.booted_at)),
    one(
        "rig_host_cpu_utilization_ratio",
        "gauge",
        "Share of all processors' time in use since the last tick.",
        lambda h: h.cpu_utilization_ratio,
    ),
    one("rig_host_cpus", "gauge", "Logical processors.", lambda h: h.cpu_count),
    one("rig_host_load1", "gauge", "Load average over 1 minute.", lambda h: h.load1),
    one("rig_host_load5", "gauge", "Load average over 5 minutes.", lambda h: h.load5),
    one("rig_host_load15", "gauge", "Load average over 15 minutes.", lambda h: h.load15),
    one("rig_host_memory_size_bytes", "gauge", "Memory of the machine.", lambda h: h.memory_size_bytes),
    one(
        "rig_host_memory_available_bytes",
        "gauge",
        "Memory that a new program could have without swapping.",
        lambda h: h.memory_available_bytes,
    ),
    one("rig_host_swap_used_bytes", "gauge", "Swap space in use.", lambda h: h.swap_used_bytes),
)

FILESYSTEM: tuple[MetricSpec[FilesystemReading], ...] = (
    one("rig_host_filesystem_size_bytes", "gauge", "Size of the file system.", lambda f: f.size_bytes),
    one(
        "rig_host_filesystem_avail_bytes",
        "gauge",
        "Space that an ordinary user can still fill.",
        lambda f: f.available_bytes,
    ),
    one(
        "rig_host_filesystem_readonly",
        "gauge",
        "1 if the file system takes no writes.",
        lambda f: int(f.read_only),
    ),
)

TEMPERATURE: tuple[MetricSpec[TemperatureReading], ...] = (
    one(
        "rig_host_temperature_celsius",
        "gauge",
        "Board sensors, by the kernel's names.",
        lambda t: t.temperature_celsius,
    ),
)

HOST_POWER: tuple[MetricSpec[tuple[RigPower, ...]], ...] = (
    by(
        "source",
        "rig_host_power_watts",
        "gauge",
        "Power of the whole machine: the sum of its meters (meter), what its firmware says (psu), or the sum of its "
        "cards and processors (estimate: the wall gives more). Absent where a part of the sum is not known.",
        lambda powers: {power.source: power.power_watts for power in powers},
    ),
    one(
        "rig_host_power_difference_watts",
        "gauge",
        "What the meters measure beyond the sum of cards and processors: mainboard, fans, losses of power supplies.",
        power_difference_watts,
    ),
)

HOST_ENERGY: MetricSpec[tuple[RigEnergy, ...]] = by(
    "source",
    "rig_host_energy_joules_total",
    "counter",
    "Energy that the whole machine drew while the agent ran, by who told it. A meter's own counter bridges readings "
    "that failed; what is integrated from power does not.",
    lambda energies: {energy.source: energy.joules_total for energy in energies},
)

METER_OUTCOME: tuple[MetricSpec[Outcome[Reading]], ...] = (
    one("rig_meter_up", "gauge", "1 if the meter answered and was understood.", lambda o: int(o.error is None)),
    states(
        "reason",
        "rig_meter_error",
        "Why the meter gave no reading; all 0 if it did.",
        MINER_REASONS,
        lambda o: () if o.error is None else (o.error.kind,),
    ),
)

METER: tuple[MetricSpec[MeterReading], ...] = (
    one(
        "rig_meter_power_watts",
        "gauge",
        "Power behind the meter, of its configured channel or of all; below zero if more is fed in than drawn.",
        lambda m: m.power_watts,
    ),
    one("rig_meter_voltage_volts", "gauge", "Voltage, where it is that of one channel.", lambda m: m.voltage_volts),
    one("rig_meter_current_amperes", "gauge", "Current, where it is that of one channel.", lambda m: m.current_amperes),
)

MINER_OUTCOME: tuple[MetricSpec[Outcome[Reading]], ...] = (
    one("rig_miner_up", "gauge", "1 if the miner's API answered and was understood.", lambda o: int(o.error is None)),
    states(
        "reason",
        "rig_miner_error",
        "Why the miner gave no reading; all 0 if it did.",
        MINER_REASONS,
        lambda o: () if o.error is None else (o.error.kind,),
    ),
)

MINER: tuple[MetricSpec[MinerSnapshot], ...] = (
    by(
        "reason",
        "rig_miner_paused",
        "gauge",
        "1 if the miner is paused.",
        lambda m: {} if m.paused is None else {"user": int(m.paused)},
    ),
    one(
        "rig_miner_pool_connection_seconds",
        "gauge",
        "Age of the connection to the pool; 0 is not connected.",
        lambda m: m.pool_connection_seconds,
    ),
    one(
        "rig_miner_workers_connected",
        "gauge",
        "Miners that are connected to a proxy, or to a pool of one's own.",
        lambda m: m.workers_connected,
    ),
    one(
        "rig_miner_power_watts",
        "gauge",
        "Power draw of the whole machine, as its firmware says.",
        lambda m: m.power_watts,
    ),
    by(
        "fan",
        "rig_miner_fan_speed_rpm",
        "gauge",
        "Measured speed of the machine's fans, in the order of its firmware.",
        lambda m: {str(fan): speed for fan, speed in enumerate(m.fan_speeds_rpm)},
    ),
    one(
        "rig_miner_ambient_temperature_celsius",
        "gauge",
        "Temperature of the room, as the machine measures it.",
        lambda m: m.ambient_temperature_celsius,
    ),
)

MINER_START: MetricSpec[datetime] = one(
    "rig_miner_start_time_seconds", "gauge", "When the mining program started.", _timestamp
)

MINER_INFO: MetricSpec[tuple[MinerSnapshot, Workload]] = info(
    "rig_miner_info",
    "The mining program and what it works on.",
    ("software", "version", "algorithm", "coin"),
    lambda pair: (pair[0].software, pair[0].software_version, pair[1].algorithm, pair[1].coin),
)

MACHINE_INFO: MetricSpec[MinerSnapshot] = info(
    "rig_miner_machine_info",
    "The machine, where the program is its firmware.",
    ("product",),
    lambda m: (m.product,),
)

WORKLOAD: tuple[MetricSpec[Workload], ...] = (
    one(
        "rig_miner_hashrate_hashes_per_second",
        "gauge",
        "The miner's own total, over the shortest window that it gives (XMRig: 10 s).",
        lambda w: w.hashes_per_second,
    ),
    one(
        "rig_miner_hashrate_window_seconds",
        "gauge",
        "What the total is the mean of, where the miner says so.",
        lambda w: w.hashrate_window_seconds,
    ),
    one(
        "rig_miner_shares_accepted_total",
        "counter",
        "Shares that the pool took, since the miner started.",
        lambda w: w.accepted_shares_total,
    ),
    one(
        "rig_miner_shares_rejected_total",
        "counter",
        "Shares that the pool refused, since the miner started.",
        lambda w: w.rejected_shares_total,
    ),
    one(
        "rig_miner_shares_stale_total",
        "counter",
        "Shares that came too late, since the miner started.",
        lambda w: w.stale_shares_total,
    ),
    one(
        "rig_miner_shares_invalid_total",
        "counter",
        "Shares that the miner itself found wrong.",
        lambda w: w.invalid_shares_total,
    ),
    one(
        "rig_miner_hardware_errors_total",
        "counter",
        "Results that the miner's own check found wrong, since it started.",
        lambda w: w.hardware_errors_total,
    ),
    one(
        "rig_miner_share_difficulty",
        "gauge",
        "Difficulty of a share, as the pool set it and the miner shows it.",
        lambda w: w.share_difficulty,
    ),
)
"""Key labels ``miner`` and ``algorithm``. Hashrates of different algorithms are never added."""

PROVEN: tuple[MetricSpec[ProvenWork], ...] = (
    one(
        "rig_miner_accepted_work_hashes_total",
        "counter",
        "Hashes that the accepted shares prove, at least: difficulty times hashes per difficulty. Its rate is the "
        "proven hashrate; docs/proven-hashrate.md tells how sure that is.",
        lambda p: p.accepted_hashes_total,
    ),
    one(
        "rig_miner_last_accepted_share_timestamp_seconds",
        "gauge",
        "When the last share was accepted, to the tick; absent until the first one after the agent's start.",
        lambda p: _timestamp(p.last_accepted_at),
    ),
    one(
        "rig_miner_share_interval_expected_seconds",
        "gauge",
        "How long a share takes on average at the hashrate that the miner shows.",
        lambda p: p.share_interval_expected_seconds,
    ),
)

POOL_INFO: MetricSpec[PoolWatch] = info(
    "rig_pool_info",
    "The pool that is mined to. The account is a fingerprint, never the account itself; fee is 1 while the program "
    "works for its author.",
    ("host", "port", "scheme", "tls", "account_hash", "fee"),
    lambda p: (
        p.host,
        p.port,
        p.scheme,
        None if p.scheme is None else int("ssl" in p.scheme or "tls" in p.scheme),
        p.account_hash,
        int(p.is_fee),
    ),
)
"""Of pools whose host is told."""

POOL_MATCH: MetricSpec[PoolWatch] = one(
    "rig_pool_config_match",
    "gauge",
    "0 if pool, account or worker is another one than the configuration says, or than was first seen.",
    lambda p: None if p.differs is None else int(not p.differs),
)

DEVICE_WORK: tuple[MetricSpec[DeviceWork], ...] = (
    one(
        "rig_miner_device_hashrate_hashes_per_second",
        "gauge",
        "What one device contributes, as the miner reports it.",
        lambda w: w.hashes_per_second,
    ),
    one(
        "rig_miner_device_shares_accepted_total",
        "counter",
        "Shares of one device that the pool took.",
        lambda w: w.accepted_shares_total,
    ),
    one(
        "rig_miner_device_shares_rejected_total",
        "counter",
        "Shares of one device that the pool refused.",
        lambda w: w.rejected_shares_total,
    ),
    one(
        "rig_miner_device_shares_invalid_total",
        "counter",
        "Shares of one device that the miner found wrong.",
        lambda w: w.invalid_shares_total,
    ),
    one(
        "rig_miner_device_hardware_errors_total",
        "counter",
        "Results of one device that the miner's own check found wrong.",
        lambda w: w.hardware_errors_total,
    ),
)
"""Key labels ``miner``, ``device`` and ``algorithm``."""

WORKER: tuple[MetricSpec[ConnectedWorker], ...] = (
    one(
        "rig_miner_worker_hashrate_hashes_per_second",
        "gauge",
        "What a proxy, or a pool of one's own, works out for a connected worker from its shares.",
        lambda w: w.hashes_per_second,
    ),
    one(
        "rig_miner_worker_shares_accepted_total",
        "counter",
        "Shares of a connected worker that were taken.",
        lambda w: w.accepted_shares_total,
    ),
    one(
        "rig_miner_worker_shares_rejected_total",
        "counter",
        "Shares of a connected worker that were refused.",
        lambda w: w.rejected_shares_total,
    ),
)
"""Key labels ``miner`` and ``worker``: the name that it logged in with, never an account."""

COLLECTOR_OUTCOME: tuple[MetricSpec[Outcome[Reading]], ...] = (
    one(
        "rig_agent_collector_success",
        "gauge",
        "1 if the collector gave a reading in the last tick.",
        lambda o: int(o.error is None),
    ),
    states(
        "reason",
        "rig_agent_collector_error",
        "Why the collector gave no reading; all 0 if it did.",
        COLLECTOR_REASONS,
        lambda o: () if o.error is None else (o.error.kind,),
    ),
    one(
        "rig_agent_collector_stuck",
        "gauge",
        "1 if its call is over the deadline and has not come back.",
        lambda o: int(o.stuck),
    ),
    one(
        "rig_agent_collector_duration_seconds",
        "gauge",
        "How long the collector took in the last tick.",
        lambda o: o.duration_seconds,
    ),
)

SERIES_DROPPED: MetricSpec[SourceStatus] = one(
    "rig_agent_collector_series_dropped_total",
    "counter",
    "Devices, workloads, workers and read errors left out: said twice, or over 64 devices, 8 workloads or 64 workers "
    "at a time, 256 names ever or 500 kinds of errors. And series left out of a page: over 2,000 of one source.",
    lambda s: s.series_dropped_total,
)

SOURCE_STATUS: tuple[MetricSpec[SourceStatus], ...] = (
    one(
        "rig_agent_collector_last_success_timestamp_seconds",
        "gauge",
        "When the source last gave a reading. Absent if it never has.",
        lambda s: _timestamp(s.last_success_at),
    ),
    one("rig_agent_collector_requests_total", "counter", "Times the source was asked.", lambda s: s.requests_total),
    one(
        "rig_agent_collector_failures_total",
        "counter",
        "Times the source gave no reading.",
        lambda s: s.failures_total,
    ),
    one(
        "rig_agent_collector_restarts_total",
        "counter",
        "Times the process that reads it was started again.",
        lambda s: s.restarts_total,
    ),
    SERIES_DROPPED,
)
"""Key label ``collector``: the name of a collector, a miner or a meter."""

AGENT: tuple[MetricSpec[AgentStatus], ...] = (
    info(
        "rig_agent_build_info",
        "The agent that wrote this page.",
        ("version", "python_version"),
        lambda a: (a.version, a.python_version),
    ),
    one(
        "rig_agent_config_last_reload_successful",
        "gauge",
        "1 if the last reload took the new configuration.",
        lambda a: int(a.config_reload_ok),
    ),
    one(
        "rig_agent_config_last_reload_success_timestamp_seconds",
        "gauge",
        "When the configuration in force was loaded.",
        lambda a: _timestamp(a.config_loaded_at),
    ),
    one(
        "rig_agent_render_failures_total",
        "counter",
        "Times this page could not be built; it then holds the agent's own series alone.",
        lambda a: a.render_failures_total,
    ),
    one(
        "rig_agent_late_ticks_total",
        "counter",
        "Ticks that began more than one interval late.",
        lambda a: a.late_ticks_total,
    ),
    one("rig_agent_clock_steps_total", "counter", "Times the wall clock was set.", lambda a: a.clock_steps_total),
    one(
        "rig_agent_clock_even_seconds",
        "gauge",
        "For how long the wall clock has been possible and not been set. Old rows are deleted after a day of it.",
        lambda a: a.clock_even_seconds,
    ),
    one(
        "rig_agent_counters_kept",
        "gauge",
        "1 if what earlier runs have counted is read and what this one counts is written. Counters of energy show what "
        "is on disk; while this is 0 they are absent.",
        lambda a: None if a.counters_kept is None else int(a.counters_kept),
    ),
    one(
        "rig_agent_log_lines_dropped_total",
        "counter",
        "Lines of the log that found no room or no disk.",
        lambda a: a.log_lines_dropped_total,
    ),
    by(
        "job",
        "rig_agent_job_failures_total",
        "counter",
        "Runs of a calendar job that did not come to their end.",
        lambda a: a.job_failures_total,
    ),
)

DATABASE: tuple[MetricSpec[DatabaseStatus], ...] = (
    one("rig_agent_database_size_bytes", "gauge", "Size of the file.", lambda d: d.size_bytes),
    one(
        "rig_agent_database_oldest_sample_timestamp_seconds",
        "gauge",
        "When the oldest raw sample was taken.",
        lambda d: _timestamp(d.oldest_sample_at),
    ),
    one(
        "rig_agent_database_last_write_timestamp_seconds",
        "gauge",
        "When the newest written sample was taken.",
        lambda d: _timestamp(d.written_at),
    ),
    one(
        "rig_agent_database_write_failures_total",
        "counter",
        "Attempts to write that the disk refused.",
        lambda d: d.write_failures_total,
    ),
    one(
        "rig_agent_database_ticks_dropped_total",
        "counter",
        "Ticks that were never written because the queue before the disk was full.",
        lambda d: d.ticks_dropped_total,
    ),
    one(
        "rig_agent_database_rows_skipped_total",
        "counter",
        "Rows left out because their device and moment were there already: the clock was set back.",
        lambda d: d.rows_skipped_total,
    ),
    one(
        "rig_agent_database_values_dropped_total",
        "counter",
        "Values that were not finite, or too large to be kept.",
        lambda d: d.values_dropped_total,
    ),
    one("rig_agent_database_queued_ticks", "gauge", "Ticks that wait to be written.", lambda d: d.queue_length),
)
"""Key label ``database``: telemetry (the log) or state."""

MARKET_FEED: tuple[MetricSpec[FeedStatus], ...] = (
    one(
        "rig_market_feed_up",
        "gauge",
        "1 if the feed gave what it should when it was last looked at: something new, or nothing new because it is not "
        "due.",
        lambda f: int(f.reason is None),
    ),
    states(
        "reason",
        "rig_market_feed_error",
        "Why the feed gave nothing new; all 0 if it did.",
        FEED_REASONS,
        lambda f: () if f.reason is None else (f.reason,),
    ),
    one(
        "rig_market_feed_last_success_timestamp_seconds",
        "gauge",
        "When its newest answer came. Absent if there never was one.",
        lambda f: _timestamp(f.last_success_at),
    ),
    one("rig_market_feed_runs_total", "counter", "Times the feed was looked at.", lambda f: f.runs_total),
    one("rig_market_feed_failures_total", "counter", "Times it gave nothing new.", lambda f: f.failures_total),
)
"""Key label ``feed``: its name in the configuration."""

MARKET_PRICE: tuple[MetricSpec[PriceSeen], ...] = (
    one(
        "rig_market_price",
        "gauge",
        "Price of one coin. Absent where it is older than three intervals of its feed, and than half an hour.",
        lambda p: None if p.price is None else float(p.price),
    ),
    one(
        "rig_market_price_timestamp_seconds",
        "gauge",
        "When the source took the price, also where it is too old to be shown.",
        lambda p: _timestamp(p.taken_at),
    ),
)
"""Key labels ``coin``, ``currency`` and ``source``."""

NETWORK: tuple[MetricSpec[NetworkSeen], ...] = (
    one("rig_network_difficulty", "gauge", "Difficulty, in the unit of its source.", lambda n: n.difficulty),
    one(
        "rig_network_hashrate_hashes_per_second",
        "gauge",
        "Hashrate of the whole network.",
        lambda n: n.network_hashes_per_second,
    ),
    one(
        "rig_network_block_reward_coins",
        "gauge",
        "What a block pays its miner, with the fees that the source counts in.",
        lambda n: n.block_reward_coins,
    ),
)
"""Key label ``coin``."""

TARIFF: tuple[MetricSpec[TariffSeen], ...] = (
    MetricSpec(
        "rig_tariff_import_price_per_kilowatt_hour",
        "gauge",
        "What a kilowatt-hour costs now, with taxes and fees. Absent by blocks of consumption.",
        ("currency",),
        lambda t: (((t.currency,), None if t.import_price is None else float(t.import_price)),),
    ),
    one(
        "rig_tariff_slot_end_timestamp_seconds",
        "gauge",
        "Until when that price holds. Absent where it holds for 24 hours and more.",
        lambda t: _timestamp(t.slot_end_at),
    ),
    one(
        "rig_tariff_forecast_end_timestamp_seconds",
        "gauge",
        "Until when prices are known. Absent where the tariff stands in the configuration.",
        lambda t: _timestamp(t.forecast_end_at),
    ),
)
"""Key label ``tariff``: its kind."""


def _per_day(name: str, help_: str, value: Callable[[Present], Money | None]) -> MetricSpec[Present]:
    def samples(present: Present) -> Samples:
        money = value(present)
        if money is not None:
            yield (money.currency,), float(money)

    return MetricSpec(name, "gauge", help_, ("currency",), samples)


PRESENT: tuple[MetricSpec[Present], ...] = (
    MetricSpec(
        "rig_profit_power_watts",
        "gauge",
        "Power at the wall that costs are computed from: of the meters, of the firmware (psu), or an estimate from "
        "cards and processors, with the losses of the power supply.",
        ("source",),
        lambda p: () if p.power_source is None else (((p.power_source,), p.power_watts),),
    ),
    _per_day(
        "rig_profit_revenue_per_day",
        "What is mined now brings in a day, after the fees of pool, program and exchange. Absent where the coin or the "
        "market of a part of it is not known.",
        lambda p: p.revenue_per_day,
    ),
    _per_day(
        "rig_profit_energy_cost_per_day",
        "What the whole machine's power costs in a day at the prices of the next 24 hours, or of the last 24 that are "
        "known.",
        lambda p: p.energy_cost_per_day,
    ),
    _per_day(
        "rig_profit_break_even_price_per_kilowatt_hour",
        "Price of a kilowatt-hour above which what is mined now is a loss.",
        lambda p: p.break_even_price_per_kilowatt_hour,
    ),
)

CANDIDATE: tuple[MetricSpec[Candidate], ...] = (
    MetricSpec(
        "rig_profit_candidate_per_day",
        "gauge",
        "What the coin would leave in a day after energy, fees and fixed cost: the 64 best.",
        ("currency",),
        lambda c: (((c.profit_per_day.currency,), float(c.profit_per_day)),),
    ),
    one("rig_profit_selected", "gauge", "1 if it is what is mined now.", lambda c: int(c.selected)),
)
"""Key labels ``coin`` and ``algorithm``. Of merged mining the first coin stands for all of them."""

PROFIT: tuple[MetricSpec[Economy], ...] = (
    by(
        "reason",
        "rig_profit_refused_coins",
        "gauge",
        "Coins that the rig could mine and that are not ranked: their figures are older than their limit (stale), "
        "contradict each other (doubtful), or lack something (incomplete).",
        lambda e: e.refused,
    ),
    one(
        "rig_profit_advantage_ratio",
        "gauge",
        "By how much the best coins would leave more than what is mined now, as a part of its revenue.",
        lambda e: e.advantage_ratio,
    ),
    by(
        "reason",
        "rig_profit_switches_total",
        "counter",
        "Switches that were advised. The agent itself switches nothing.",
        lambda e: e.switches_total,
    ),
    by(
        "reason",
        "rig_profit_switches_suppressed_total",
        "counter",
        "Times another coin was better and the advice was to stay.",
        lambda e: e.suppressed_total,
    ),
    one(
        "rig_profit_last_computed_timestamp_seconds",
        "gauge",
        "When all of this was computed. It is done once a minute, and older than five minutes it is not shown.",
        lambda e: _timestamp(e.computed_at),
    ),
)

GATEWAY: tuple[MetricSpec[GatewayStatus], ...] = (
    one(
        "rig_gateway_rigs_configured",
        "gauge",
        "Other machines that this agent reads. Each has a page of its own.",
        lambda g: g.rigs_configured,
    ),
    one(
        "rig_gateway_rigs_answered",
        "gauge",
        "Of them, those of which a miner answered and was understood in the last round.",
        lambda g: g.rigs_answered,
    ),
    one(
        "rig_gateway_rigs_dead",
        "gauge",
        "Of them, those that did not answer twice in a row or more. They are asked ever less often, at the least every "
        "5 minutes.",
        lambda g: g.rigs_dead,
    ),
    one(
        "rig_gateway_round_duration_seconds",
        "gauge",
        "From the first question of the last round to its last answer. Questions are spread so that it ends within "
        "gateway.interval_seconds: where it takes longer, the gateway cannot keep up.",
        lambda g: g.round_duration_seconds,
    ),
    one(
        "rig_gateway_last_round_timestamp_seconds",
        "gauge",
        "When the last round came to its end.",
        lambda g: _timestamp(g.round_ended_at),
    ),
)
"""Of an agent that speaks for other machines."""

LAST_TICK: MetricSpec[datetime] = one(
    "rig_agent_last_tick_timestamp_seconds", "gauge", "When the readings of this page were asked for.", _timestamp
)
DEVICES_DETECTED: MetricSpec[dict[str, int]] = by(
    "kind", "rig_devices_detected", "gauge", "Devices that answer their drivers now.", lambda counts: counts
)
DEVICES_EXPECTED: MetricSpec[dict[str, int]] = by(
    "kind",
    "rig_devices_expected",
    "gauge",
    "The most devices that were known at once since the agent started, lost ones too.",
    lambda counts: counts,
)
DEVICE_LAST_READ: MetricSpec[datetime] = one(
    "rig_device_last_read_timestamp_seconds", "gauge", "When the device was last asked and answered.", _timestamp
)

SECTIONS: tuple[tuple[str, Labels, tuple[MetricSpec[Any], ...]], ...] = (
    ("Devices", ("device",), (DEVICE_INFO, DEVICE_UP, *DEVICE, DEVICE_LAST_READ, ENERGY, *DEVICE_STATUS)),
    ("Devices by kind", (), (DEVICES_DETECTED, DEVICES_EXPECTED)),
    ("Host", (), HOST),
    ("File systems", ("mountpoint",), FILESYSTEM),
    ("Board temperatures", ("chip", "sensor"), TEMPERATURE),
    ("Power of the whole machine", (), (*HOST_POWER, HOST_ENERGY)),
    ("Meters", ("meter",), (*METER_OUTCOME, *METER)),
    ("Miners", ("miner",), (*MINER_OUTCOME, MINER_INFO, MACHINE_INFO, MINER_START, *MINER)),
    ("Miners by algorithm", ("miner", "algorithm"), (*WORKLOAD, *PROVEN)),
    ("Pools", ("miner", "algorithm"), (POOL_INFO, POOL_MATCH)),
    ("Miners by device and algorithm", ("miner", "device", "algorithm"), DEVICE_WORK),
    ("Miners by connected worker", ("miner", "worker"), WORKER),
    ("Feeds", ("feed",), MARKET_FEED),
    ("Prices of coins", ("coin", "currency", "source"), MARKET_PRICE),
    ("Chains", ("coin",), NETWORK),
    ("Tariff", ("tariff",), TARIFF),
    ("Profit as the rig runs now", (), PRESENT),
    ("Profit by coin", ("coin", "algorithm"), CANDIDATE),
    ("Advice", (), PROFIT),
    ("Sources", ("collector",), (*COLLECTOR_OUTCOME, *SOURCE_STATUS)),
    ("The agent", (), (*AGENT, LAST_TICK)),
    ("The agent's databases", ("database",), DATABASE),
    ("Other machines", (), GATEWAY),
)
"""Every metric in the order of the page, with the key labels of its section."""
