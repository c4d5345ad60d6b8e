"""For every alert a rig that raises it, and one that comes near and does not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

Course: TypeAlias = float | Callable[[int], float] | None
"""A value, or one for each minute. None: it is not there."""
DAY = 86_400.0
CARD, MINER, WORK, TOOK = (
    'device="card"',
    'miner="m"',
    'miner="m",algorithm="a"',
    'miner="m",device="card",algorithm="a"',
)
RUNS = {f"rig_miner_start_time_seconds{{{MINER}}}": -7200.0}
CORE, WARNS = f'{CARD},sensor="core"', f'{CARD},sensor="core",level="warning"'
TEMPERATURE = f"rig_device_temperature_celsius{{{CORE}}}"
THRESHOLD = "rig_device_temperature_threshold_celsius"


@dataclass(frozen=True)
class Scenario:
    """So many minutes of a rig that raises an alert, and what is other about one that does not."""

    minutes: int
    rig: Mapping[str, Course]
    but: Mapping[str, Course]

    @property
    def silent(self) -> Mapping[str, Course]:
        return {**self.rig, **self.but}


def page(rig: Mapping[str, Course], minute: int) -> dict[str, float]:
    """What the rig shows in that minute."""
    return {name: at(course, minute) for name, course in rig.items() if course is not None}


def at(course: float | Callable[[int], float], minute: int) -> float:
    """Its value in that minute."""
    return float(course(minute) if callable(course) else course)


def climbs(a_minute: float) -> Callable[[int], float]:
    """A counter."""
    return lambda minute: 7 + a_minute * minute


def steps(*values: tuple[int, float]) -> Callable[[int], float]:
    """From each of these minutes on another value."""
    return lambda minute: next(value for since, value in reversed(values) if minute >= since)


def flag(minutes: int, name: str, raised: float = 1.0) -> Scenario:
    """A state that is so, and one that is not."""
    return Scenario(minutes, {name: raised}, {name: 1.0 - raised})


def now(minute: int) -> float:
    """The moment."""
    return minute * 60.0


def counted(minutes: int, name: str, a_minute: float, too_few: float = 0.0) -> Scenario:
    """A counter that grows, and one that grows too slowly."""
    return Scenario(minutes, {name: climbs(a_minute)}, {name: climbs(too_few)})


def hashrates(minutes: int, labels: str, of: str, part: float, near: float) -> Scenario:
    """So much of what is expected, and about enough."""
    does, should = (f"rig_miner_{of}hashrate{what}_hashes_per_second" for what in ("", "_expected"))
    rig = {f"{does}{{{labels}}}": part, f'{should}{{{labels},source="learnt"}}': 1.0} | RUNS
    return Scenario(minutes, rig, {f"{does}{{{labels}}}": near})


def shares(minutes: int, one: str, other: str, labels: str, *, fires: tuple[float, float], near: float) -> Scenario:
    """Two counters of shares, and the first of them as it is when nothing is wrong."""
    first, second = f"{one}{{{labels}}}", f"{other}{{{labels}}}"
    return Scenario(minutes, {first: climbs(fires[0]), second: climbs(fires[1])}, {first: climbs(near)})


def aged(minutes: int, name: str, seconds: float, near: float) -> Scenario:
    """A moment that lies so far back, and one that does not."""
    return Scenario(minutes, {name: -seconds}, {name: -near})


def too_warm(minutes: int, sensor: str) -> Scenario:
    """Room or liquid, a degree above and a degree below."""
    told = f"rig_miner_{sensor}_temperature_celsius{{{MINER}}}"
    limit = f'rig_miner_temperature_threshold_celsius{{{MINER},sensor="{sensor}",level="warning"}}'
    return Scenario(minutes, {told: 41.0, limit: 40.0}, {told: 39.0})


ROOT = 'mountpoint="/"'
AVAILABLE, SIZE = f"rig_host_filesystem_avail_bytes{{{ROOT}}}", f"rig_host_filesystem_size_bytes{{{ROOT}}}"
MEMORY = "rig_host_memory_available_bytes"
DOWN = {f"rig_miner_up{{{MINER}}}": 0.0}
GPUS = 'rig_devices_detected{kind="gpu"}'
XID = f'rig_device_xid_last_timestamp_seconds{{{CARD},xid="79"}}'
FAN = f'{CARD},fan="0"'
LIMIT, WANTED = f"rig_device_power_limit_watts{{{CARD}}}", f"rig_device_power_limit_desired_watts{{{CARD}}}"
CHIPS = f"rig_device_chips{{{CARD}}}"
ECC = f'rig_device_ecc_errors_total{{{CARD},severity="uncorrected"}}'
WIDTH = f"rig_device_pcie_link_width{{{CARD}}}"
REJECTED, ACCEPTED = "rig_miner_shares_rejected_total", "rig_miner_shares_accepted_total"
BOARDS = f"rig_miner_boards{{{MINER}}}"
FANS = f"rig_miner_fans_expected{{{MINER}}}"
EUR = 'currency="EUR"'
PAID = 'book="main",pool="p",coin="XMR"'
PAUSED = f'rig_miner_paused{{{MINER},reason="user"}}'
LOST = 'database="telemetry"'

OF_THE_RIG = {
    "RigRebootLoop": Scenario(
        30,
        {"rig_host_boot_time_seconds": steps((0, -1000), (10, 500), (20, 1100))},
        {"rig_host_boot_time_seconds": steps((0, -1000), (10, 500))},
    ),
    "FilesystemReadOnly": flag(3, f"rig_host_filesystem_readonly{{{ROOT}}}"),
    "FilesystemFull": Scenario(3, {AVAILABLE: 50e6}, {AVAILABLE: 100e6}),
    "FilesystemAlmostFull": Scenario(12, {AVAILABLE: 1e9, SIZE: 100e9}, {AVAILABLE: 3e9}),
    "HostMemoryLow": Scenario(12, {MEMORY: 1e8, "rig_host_memory_size_bytes": 4e9}, {MEMORY: 3e8}),
    "MeterDown": Scenario(12, {'rig_meter_up{meter="wall"}': 0.0}, {"rig_planned_off": 1.0}),
    "EnergyMeterMismatch": Scenario(
        62,
        {'rig_host_power_watts{source="meter"}': 700.0, f"rig_device_power_watts{{{CARD}}}": 400.0, GPUS: 1.0},
        {GPUS: 0.0},
    ),
}
OF_DEVICES = {
    "DeviceMissing": Scenario(
        5, {GPUS: 7.0, 'rig_devices_expected{kind="gpu"}': 8.0}, {'rig_maintenance{reason="new fans"}': 1.0}
    ),
    "DeviceLost": flag(3, f'rig_device_state{{{CARD},state="lost"}}'),
    "DeviceErrorCritical": Scenario(
        1, {XID: -5000.0, "rig_host_boot_time_seconds": -10_000.0}, {"rig_host_boot_time_seconds": -100.0}
    ),
    "DeviceSilent": flag(12, f"rig_device_up{{{CARD}}}", 0.0),
    "DeviceTemperatureHigh": Scenario(7, {TEMPERATURE: 86.0, f"{THRESHOLD}{{{WARNS}}}": 85.0}, {TEMPERATURE: 84.0}),
    "DeviceTemperatureCritical": Scenario(
        3, {TEMPERATURE: 91.0, f'{THRESHOLD}{{{CORE},level="critical"}}': 90.0}, {TEMPERATURE: 89.0}
    ),
    "CoolingExhausted": Scenario(
        7,
        {TEMPERATURE: 86.0, f"{THRESHOLD}{{{WARNS}}}": 85.0, f"rig_device_fan_target_ratio{{{FAN}}}": 1.0},
        {f"rig_device_fan_target_ratio{{{FAN}}}": 0.8},
    ),
    "DeviceThermalThrottling": counted(18, f'rig_device_throttled_seconds_total{{{CARD},reason="hw_thermal"}}', 30, 3),
    "FanStopped": Scenario(
        4,
        {f"rig_device_fan_speed_rpm{{{FAN}}}": 0.0, f"rig_device_fan_target_ratio{{{FAN}}}": 0.5},
        {f"rig_device_fan_target_ratio{{{FAN}}}": 0.0},
    ),
    "PowerLimitDrift": Scenario(7, {LIMIT: 200.0, WANTED: 180.0}, {WANTED: 199.0}),
    "SensorImplausible": counted(
        10, f'rig_device_read_errors_total{{{CARD},quantity="power",reason="implausible"}}', 1, 0.2
    ),
    "DeviceChipsMissing": Scenario(
        22,
        {CHIPS: 100.0, f"rig_device_chips_expected{{{CARD}}}": 110.0} | RUNS,
        {f"rig_miner_start_time_seconds{{{MINER}}}": 600.0},
    ),
    "DeviceEccUncorrected": Scenario(5, {ECC: steps((0, 3), (2, 4))}, {ECC: 5.0}),
    "DeviceMemoryFailing": flag(3, f"rig_device_remapped_rows_failed{{{CARD}}}"),
    "DeviceMemoryRemapPending": flag(62, f"rig_device_remapped_rows_pending{{{CARD}}}"),
    "DevicePcieReplays": counted(30, f"rig_device_pcie_replays_total{{{CARD}}}", 50, 20),
    "DevicePcieLinkDegraded": Scenario(25, {WIDTH: steps((0, 16), (5, 8))}, {WIDTH: 8.0}),
    "DeviceSharesInvalid": shares(
        60,
        "rig_miner_device_shares_invalid_total",
        "rig_miner_device_shares_accepted_total",
        TOOK,
        fires=(1, 5),
        near=0.1,
    ),
}
OF_MINERS = {
    "MinerDown": Scenario(7, {**DOWN, "rig_host_cpus": 8.0}, {"rig_planned_off": 1.0}),
    "MachineDown": Scenario(12, DOWN, {"rig_host_cpus": 8.0}),
    "MinerRestartLoop": counted(20, f"rig_miner_restarts_total{{{MINER}}}", 0.5, 0.2),
    "MinerHashrateZero": Scenario(7, {f"rig_miner_hashrate_hashes_per_second{{{WORK}}}": 0.0} | RUNS, {PAUSED: 1.0}),
    "DeviceHashrateZero": Scenario(
        7,
        {f"rig_miner_device_hashrate_hashes_per_second{{{TOOK}}}": 0.0} | RUNS,
        {f"rig_miner_start_time_seconds{{{MINER}}}": 300.0},
    ),
    "HashrateFarBelowExpected": hashrates(12, TOOK, "device_", 0.4, 0.55),
    "HashrateBelowExpected": hashrates(32, TOOK, "device_", 0.8, 0.88),
    "MinerHashrateBelowExpected": hashrates(32, WORK, "", 0.8, 0.88),
    "PoolHashrateDivergence": shares(
        180,
        "rig_miner_shares_proven_total",
        "rig_miner_shares_expected_total",
        WORK,
        fires=(1, 2),
        near=1.8,
    ),
    "NoAcceptedShares": Scenario(
        3,
        {f"rig_miner_shares_expected_since_accepted{{{WORK}}}": 19.0},
        {f"rig_miner_shares_expected_since_accepted{{{WORK}}}": 17.0},
    ),
    "PoolRefusesShares": shares(15, REJECTED, ACCEPTED, WORK, fires=(2, 0), near=0.1),
    "RejectRatioHigh": shares(60, REJECTED, ACCEPTED, WORK, fires=(0.5, 2), near=0.1),
    "HashboardMissing": Scenario(12, {BOARDS: 2.0, f"rig_miner_boards_expected{{{MINER}}}": 3.0} | RUNS, {BOARDS: 3.0}),
    "MinerFanStopped": Scenario(
        4,
        {f'rig_miner_fan_speed_rpm{{{MINER},fan="{fan}"}}': 5000.0 * fan for fan in (0, 1)} | {FANS: 2.0} | RUNS,
        {FANS: 1.0},
    ),
    "MinerFault": flag(7, f'rig_miner_faults{{{MINER},severity="fault"}}'),
    "HardwareErrorsMany": counted(60, f"rig_miner_hardware_errors_total{{{WORK}}}", 100, 10),
    "AmbientTemperatureHigh": too_warm(12, "ambient"),
    "LiquidTemperatureHigh": too_warm(7, "liquid"),
    "WorkersGone": flag(17, f"rig_miner_workers_connected{{{MINER}}}", 0.0),
    "PoolAccountUnexpected": flag(1, f'rig_pool_differs{{{WORK},what="account"}}'),
    "PoolUnexpected": Scenario(
        32,
        {f'rig_pool_differs{{{WORK},what="pool"}}': 1.0},
        {f'rig_pool_differs{{{WORK},what="pool"}}': steps((0, 1), (25, 0), (26, 1))},
    ),
    "AllPoolsDown": Scenario(
        5,
        {f'rig_pool_up{{{WORK},pool="{pool}"}}': 0.0 for pool in (0, 1)},
        {f'rig_pool_up{{{WORK},pool="1"}}': 1.0},
    ),
    "PoolConnectionLost": flag(7, f"rig_miner_pool_connection_seconds{{{MINER}}}", 0.0),
    "MiningOnBackupPool": Scenario(
        32,
        {f'rig_pool_active{{{WORK},pool="{pool}"}}': float(pool) for pool in (0, 1)},
        {f'rig_pool_active{{{WORK},pool="1"}}': 0.0},
    ),
}
OF_MONEY = {
    "MiningUnprofitable": Scenario(
        125,
        {
            f"rig_profit_revenue_per_day{{{EUR}}}": 0.9,
            f"rig_profit_energy_cost_per_day{{{EUR}}}": 1.0,
            f"rig_miner_up{{{MINER}}}": 1.0,
        },
        {f"rig_profit_revenue_per_day{{{EUR}}}": 0.99},
    ),
    "FeedFailing": Scenario(
        125, {'rig_market_feed_up{feed="f"}': 0.0}, {'rig_market_feed_up{feed="f"}': steps((0, 0), (60, 1), (61, 0))}
    ),
    "TariffDataStale": Scenario(
        17,
        {'rig_tariff_forecast_end_timestamp_seconds{tariff="t"}': 3600.0},
        {'rig_tariff_forecast_end_timestamp_seconds{tariff="t"}': DAY},
    ),
    "PayoutOverdue": Scenario(
        62,
        {
            f"rig_payouts_last_timestamp_seconds{{{PAID}}}": -15 * DAY,
            f"rig_payouts_booked{{{PAID}}}": 5.0,
            f"rig_miner_up{{{MINER}}}": 1.0,
        },
        {f"rig_payouts_booked{{{PAID}}}": 2.0},
    ),
    "PoolPayoutsUnread": aged(62, 'rig_payouts_last_read_timestamp_seconds{pool="p"}', 4 * DAY, DAY),
    "LedgerHeadUnknown": flag(12, 'rig_ledger_head_known{book="main"}', 0.0),
    "LedgerPostingFailing": counted(60, "rig_ledger_posting_failures_total", 0.1),
}
OF_THE_AGENT = {
    "AgentStalled": Scenario(
        4,
        {"rig_agent_last_tick_timestamp_seconds": -600.0, "rig_agent_interval_seconds": 10.0},
        {"rig_agent_last_tick_timestamp_seconds": now},
    ),
    "DriverCallHung": flag(4, 'rig_agent_collector_stuck{collector="nvml"}'),
    "DriverLibraryMismatch": Scenario(
        7,
        {
            'rig_agent_collector_error{collector="nvml",reason="driver_library_mismatch"}': 1.0,
            'rig_agent_collector_success{collector="nvml"}': 0.0,
        },
        {'rig_agent_collector_error{collector="nvml",reason="driver_library_mismatch"}': 0.0},
    ),
    "CollectorFailing": flag(7, 'rig_agent_collector_success{collector="nvml"}', 0.0),
    "AgentRestartLoop": Scenario(
        30,
        {"process_start_time_seconds": lambda minute: minute // 6 * 360.0},
        {"process_start_time_seconds": lambda minute: minute // 12 * 720.0},
    ),
    "AgentDatabaseWriteFailing": counted(7, f"rig_agent_database_write_failures_total{{{LOST}}}", 1),
    "AgentDatabaseLost": counted(2, f"rig_agent_database_files_lost_total{{{LOST}}}", 1),
    "AgentTicksDropped": counted(2, f"rig_agent_database_ticks_dropped_total{{{LOST}}}", 1),
    "AgentSeriesDropped": counted(2, 'rig_agent_collector_series_dropped_total{collector="m"}', 60, 10),
    "AgentJobFailing": counted(20, 'rig_agent_job_failures_total{job="backup"}', 0.1, 0.05),
    "AgentMistakes": counted(2, "rig_agent_mistakes_total", 1),
    "AgentCountersUnkept": flag(12, "rig_agent_counters_kept", 0.0),
    "AgentConfigReloadFailed": flag(7, "rig_agent_config_last_reload_successful", 0.0),
    "AgentClockUnsynchronized": flag(62, "rig_agent_clock_synchronized", 0.0),
    "AgentNotificationFailing": counted(20, 'rig_agent_notification_failures_total{channel="phone"}', 0.5, 0.1),
    "AgentNotificationsWaiting": aged(1, 'rig_agent_notification_oldest_timestamp_seconds{channel="phone"}', 3600, 60),
    "AlertsUnrecorded": counted(2, "rig_alerts_unrecorded_total", 1),
    "GatewayRigsDown": Scenario(
        5, {"rig_gateway_rigs_dead": 4.0, "rig_gateway_rigs_configured": 20.0}, {"rig_gateway_rigs_configured": 100.0}
    ),
    "GatewayStalled": aged(3, "rig_gateway_last_round_timestamp_seconds", 1000, 60),
    "GatewaySlow": Scenario(
        17,
        {"rig_gateway_round_duration_seconds": 50.0, "rig_gateway_interval_seconds": 30.0},
        {"rig_gateway_round_duration_seconds": 40.0},
    ),
}
SCENARIOS: Mapping[str, Scenario] = {**OF_THE_RIG, **OF_DEVICES, **OF_MINERS, **OF_MONEY, **OF_THE_AGENT}
