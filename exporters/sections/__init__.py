"""The public contract: every metric, a file a subject. Published names are added, never renamed."""

from typing import Any

from exporters.metric_table import Section
from exporters.sections import (
    agent_metrics,
    device_count_metrics,
    device_metrics,
    fault_metrics,
    host_metrics,
    ledger_metrics,
    market_metrics,
    miner_metrics,
    part_metrics,
    pool_metrics,
    power_metrics,
    profit_metrics,
    source_metrics,
    threshold_metrics,
    verdict_metrics,
    workload_metrics,
)

READ: tuple[Section[Any], ...] = (
    verdict_metrics.VERDICT,
    device_metrics.IDENTITY,
    device_metrics.READINGS,
    threshold_metrics.DEVICE_THRESHOLDS,
    part_metrics.PARTS,
    device_metrics.LAST_READ,
    device_count_metrics.ENERGY,
    device_count_metrics.COUNTED,
    device_count_metrics.KINDS,
    device_count_metrics.MISSING,
    host_metrics.HOST,
    host_metrics.FILESYSTEMS,
    host_metrics.TEMPERATURES,
    power_metrics.POWER,
    power_metrics.PARTIAL_POWER,
    power_metrics.RIG_ENERGY,
    power_metrics.METER_ANSWERS,
    power_metrics.METERS,
    miner_metrics.MINER_ANSWERS,
    miner_metrics.PROGRAMS,
    miner_metrics.MACHINES,
    miner_metrics.STARTS,
    miner_metrics.RESTARTED,
    miner_metrics.MINERS,
    threshold_metrics.MINER_THRESHOLDS,
    fault_metrics.FAULT_COUNTS,
    fault_metrics.FAULTS,
    workload_metrics.WORKLOADS,
    workload_metrics.PROVEN,
    workload_metrics.AWAITED,
    pool_metrics.PLACES,
    pool_metrics.MATCHES,
    pool_metrics.LISTED,
    workload_metrics.DEVICE_WORK,
    workload_metrics.WORKERS,
    workload_metrics.OTHER_WORKERS,
    market_metrics.FEEDS,
    market_metrics.PRICES,
    market_metrics.NETWORKS,
    market_metrics.TARIFFS,
    profit_metrics.PRESENT,
    profit_metrics.CANDIDATES,
    profit_metrics.ADVICE,
)
"""What was read, and what comes of it, in the order of the page."""

OWN: tuple[Section[Any], ...] = (
    source_metrics.COLLECTORS,
    source_metrics.SOURCES,
    agent_metrics.AGENT,
    agent_metrics.DATABASES,
    agent_metrics.GATEWAY,
    ledger_metrics.BOOKS,
    ledger_metrics.POSTING,
    ledger_metrics.PAID,
    ledger_metrics.COMPARED,
    ledger_metrics.POOLS_ASKED,
    agent_metrics.PLANS,
    agent_metrics.PACE,
    agent_metrics.LAST_TICK,
)
"""How the agent does: on every page, whatever becomes of the readings."""

SECTIONS = (*READ, *OWN)
