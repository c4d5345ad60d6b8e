"""What can go wrong on a simulated rig, and what only looks as if it did."""

from enum import StrEnum


class Fault(StrEnum):
    """One thing that happens, by the word that ``miner-agent demo --scene`` takes."""

    CARD_LOST = "card-lost"  # it falls off the bus
    DRIVER_STUCK = "driver-stuck"  # the library of the cards does not answer
    FAN_DEAD = "fan-dead"  # of a card: its driver asks for all of it, and nothing turns
    HEAT = "heat"  # the room, and dust in every cooler
    XID = "xid"
    MEMORY_ERRORS = "memory-errors"  # that ECC cannot correct
    PCIE_DEGRADED = "pcie-degraded"  # a bad riser
    POWER_LIMIT = "power-limit"  # somebody has changed it
    CARD_SLOW = "card-slow"
    CARD_IDLE = "card-idle"
    MINER_HUNG = "miner-hung"
    MINER_DOWN = "miner-down"
    RESTART_LOOP = "restart-loop"
    RESTART = "restart"
    HARDWARE_ERRORS = "hardware-errors"
    POOL_REFUSES = "pool-refuses"
    POOL_LOST = "pool-lost"
    POOL_SWAPPED = "pool-swapped"
    ACCOUNT_SWAPPED = "account-swapped"
    SHARES_LOST = "shares-lost"  # half of them never reach the pool
    NO_SHARES = "no-shares"
    BOARD_DEAD = "board-dead"
    CHIPS_MISSING = "chips-missing"
    MACHINE_FAN_DEAD = "machine-fan-dead"
    MACHINE_FAULT = "machine-fault"  # its firmware tells of one
    MACHINE_DOWN = "machine-down"
    METER_SILENT = "meter-silent"
    PRICE_CRASH = "price-crash"
    FEED_DOWN = "feed-down"
    PAGE_SILENT = "page-silent"  # the agent itself stands still
    DISK_FULL = "disk-full"
    DISK_READ_ONLY = "disk-read-only"
    MEMORY_LOW = "memory-low"
    CLOCK_UNSYNCHRONIZED = "clock-unsynchronized"
    REBOOT = "reboot"
    REBOOT_LOOP = "reboot-loop"
    LINE_DROP = "line-drop"  # the way to the internet is gone
    DAG_REBUILD = "dag-rebuild"
    FAILOVER = "failover"
    DEV_FEE = "dev-fee"
    NIGHT_PAUSE = "night-pause"


HARMLESS = frozenset({Fault.RESTART, Fault.REBOOT, Fault.DAG_REBUILD, Fault.FAILOVER, Fault.DEV_FEE, Fault.NIGHT_PAUSE})
"""What belongs to a healthy rig: none of these is worth waking anybody."""
