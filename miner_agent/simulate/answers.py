"""What the simulated rig says: the very bytes that programs and meters of its kind answer with."""

import json
from typing import Any

from miner_agent.simulate.simulated_rig import SLOWDOWN_CELSIUS, Card, SimulatedProgram, SimulatedRig

MILLI = 1000
LOST = 15  # NVML's number for a card that fell off the bus
HW_THERMAL_SLOWDOWN = 0x40  # NVML's bit for it
THIEVES_POOL, THIEVES_USER = "pool.thief.example:6060", "43Thief"
JOULES_PER_WATT_HOUR = 3600


def nvml(rig: SimulatedRig) -> dict[str, Any]:
    """What the sensor child reads of NVIDIA's library."""
    return {
        "driver_version": "550.54.14",
        "cards": [_nvml_card(card) for card in rig.cards],
        "reader": 0,
        "xids": {card.uuid: {"31": card.xids_total} if card.xids_total else {} for card in rig.cards},
    }


def _nvml_card(card: Card) -> dict[str, Any]:
    values = {
        "core_temperature_celsius": round(card.temperature_celsius),
        "power_milliwatts": round(card.watts * MILLI),
        "power_limit_milliwatts": round(card.full_watts * 1.1 * MILLI),
        "energy_millijoules": round(card.energy_joules * MILLI),
        "utilization_percents": [100, 85],
        "core_clock_megahertz": 1100 if card.throttled else 1500,
        "memory_clock_megahertz": 9500,
        "memory_bytes": [5 * 2**30, 10 * 2**30],
        "throttle_mask": HW_THERMAL_SLOWDOWN if card.throttled else 0,
        "pcie_link_width": 1,
        "pcie_link_generation": 2,
        "performance_state": 2,
        "fan_percent_0": round(card.fan_ratio * 100),
    }
    return {
        "index": card.number,
        "uuid": card.uuid,
        "pci_address": f"00000000:{card.bus:02x}:00.0",
        "facts": {
            "fan_count": 1,
            "name": f"NVIDIA {card.name}",
            "slowdown_temperature_celsius": round(SLOWDOWN_CELSIUS) + 10,
            "shutdown_temperature_celsius": round(SLOWDOWN_CELSIUS) + 15,
        },
        "values": {} if card.lost else values,
        "errors": {},
        "fault": LOST if card.lost else None,
    }


def trex(rig: SimulatedRig, program: SimulatedProgram) -> bytes:
    """T-Rex' /summary."""
    pool, user = (f"stratum+tcp://{THIEVES_POOL}", THIEVES_USER) if program.stolen else (program.pool, program.user)
    uptime = round(rig.seconds - program.started_seconds)
    gpus = [
        {
            "gpu_id": position,
            "name": card.name,
            "vendor": "NVIDIA",
            "uuid": card.uuid.removeprefix("GPU-").replace("-", ""),
            "pci_domain": 0,
            "pci_bus": card.bus,
            "pci_id": 0,
            "hashrate": round(card.hashes_per_second),
            "temperature": round(card.temperature_celsius),
            "fan_speed": round(card.fan_ratio * 100),
            "power": round(card.watts),
            "shares": {
                "accepted_count": card.accepted_shares,
                "rejected_count": card.rejected_shares,
                "invalid_count": 0,
            },
        }
        for position, card in enumerate(program.cards)
        if not card.lost
    ]
    return _json(
        {
            "success": 1,
            "name": "t-rex",
            "version": "0.26.8",
            "algorithm": program.algorithm,
            "uptime": uptime,
            "paused": False,
            "hashrate": sum(gpu["hashrate"] for gpu in gpus),
            "accepted_count": sum(card.accepted_shares for card in program.cards),
            "rejected_count": sum(card.rejected_shares for card in program.cards),
            "invalid_count": 0,
            "active_pool": {"url": pool, "user": user, "worker": "demo", "difficulty": "4.29 G"},
            "gpus": gpus,
        }
    )


def lolminer(rig: SimulatedRig, program: SimulatedProgram) -> bytes:
    """lolMiner's /summary, in the layout since 1.4x."""
    cards = program.cards
    return _json(
        {
            "Software": "lolMiner 1.88",
            "Session": {"Uptime": round(rig.seconds - program.started_seconds)},
            "Num_Workers": len(cards),
            "Workers": [
                {
                    "Index": position,
                    "Name": card.name,
                    "Power": round(card.watts, 1),
                    "Core_Temp": round(card.temperature_celsius),
                    "Fan_Speed": round(card.fan_ratio * 100),
                    "PCIE_Address": f"{card.bus}:0",
                }
                for position, card in enumerate(cards)
            ],
            "Algorithms": [
                {
                    "Algorithm": program.algorithm,
                    "Pool": program.pool,
                    "User": program.user,
                    "Worker": "demo",
                    "Performance_Unit": "Mh/s",
                    "Performance_Factor": 1_000_000,
                    "Total_Performance": round(sum(card.hashes_per_second for card in cards) / 1e6, 2),
                    "Total_Accepted": sum(card.accepted_shares for card in cards),
                    "Total_Rejected": sum(card.rejected_shares for card in cards),
                    "Total_Stales": 0,
                    "Total_Errors": 0,
                    "Worker_Performance": [round(card.hashes_per_second / 1e6, 2) for card in cards],
                    "Worker_Accepted": [card.accepted_shares for card in cards],
                    "Worker_Rejected": [card.rejected_shares for card in cards],
                    "Worker_Stales": [0] * len(cards),
                    "Worker_Errors": [0] * len(cards),
                }
            ],
        }
    )


def shelly(rig: SimulatedRig) -> bytes:
    """Shelly's status, second generation: one plug that the whole rig hangs on."""
    plug = {
        "id": 0,
        "output": True,
        "apower": round(rig.wall_watts, 1),
        "voltage": 231.4,
        "current": round(rig.wall_watts / 231.4, 3),
        "aenergy": {"total": round(rig.meter_joules / JOULES_PER_WATT_HOUR, 3)},
    }
    return _json({"switch:0": plug})


def _json(document: dict[str, Any]) -> bytes:
    return json.dumps(document).encode()
