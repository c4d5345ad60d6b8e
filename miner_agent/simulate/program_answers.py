"""What the simulated programs say: the bytes that programs of their kind answer with, by the name of the request."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from calculators.units import HASHRATE_PREFIX
from miner_agent.simulate.simulated_program import SimulatedProgram
from miner_agent.simulate.simulated_rig import SimulatedRig

MEGA, KILO = (HASHRATE_PREFIX[prefix] for prefix in "Mk")


def trex(rig: SimulatedRig, program: SimulatedProgram) -> dict[str, bytes]:
    """T-Rex' /summary."""
    gpus: list[dict[str, Any]] = [
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
                "invalid_count": card.hardware_errors,
            },
        }
        for position, card in enumerate(program.cards)
        if not card.lost
    ]
    pool = program.pool
    summary = {
        "success": 1,
        "name": "t-rex",
        "version": "0.26.8",
        "algorithm": program.plan.algorithm,
        "uptime": _uptime(rig, program),
        "paused": program.faults.paused,
        "hashrate": sum(gpu["hashrate"] for gpu in gpus),
        "accepted_count": sum(card.accepted_shares for card in program.cards),
        "rejected_count": sum(card.rejected_shares for card in program.cards),
        "invalid_count": sum(card.hardware_errors for card in program.cards),
        "active_pool": {"url": pool.url, "user": pool.user, "worker": "demo", "difficulty": "4.29 G"},
        "gpus": gpus,
    }
    return {"summary": _json(summary)}


def lolminer(rig: SimulatedRig, program: SimulatedProgram) -> dict[str, bytes]:
    """lolMiner's /summary, in the layout since 1.4x."""
    cards, pool = program.cards, program.pool
    summary = {
        "Software": "lolMiner 1.88",
        "Session": {"Uptime": _uptime(rig, program)},
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
                "Algorithm": program.plan.algorithm,
                "Pool": pool.host_and_port,
                "User": pool.user,
                "Worker": "demo",
                "Performance_Unit": "Mh/s",
                "Performance_Factor": 1_000_000,
                "Total_Performance": round(program.hashes_per_second / MEGA, 2),
                "Total_Accepted": sum(card.accepted_shares for card in cards),
                "Total_Rejected": sum(card.rejected_shares for card in cards),
                "Total_Stales": 0,
                "Total_Errors": sum(card.hardware_errors for card in cards),
                "Worker_Performance": [round(card.hashes_per_second / MEGA, 2) for card in cards],
                "Worker_Accepted": [card.accepted_shares for card in cards],
                "Worker_Rejected": [card.rejected_shares for card in cards],
                "Worker_Stales": [0] * len(cards),
                "Worker_Errors": [card.hardware_errors for card in cards],
            }
        ],
    }
    return {"summary": _json(summary)}


def teamredminer(rig: SimulatedRig, program: SimulatedProgram) -> dict[str, bytes]:
    """TeamRedMiner's answers in the protocol of sgminer."""
    cards, plan = program.cards, program.plan
    devs = [
        {
            "GPU": position,
            "Enabled": "Y",
            "Status": "Alive",
            "Temperature": round(card.temperature_celsius),
            "TemperatureJnct": round(card.temperature_celsius + 14),
            "TemperatureMem": round(card.temperature_celsius + 10),
            "Fan Speed": round(card.fan_rpm),
            "Fan Percent": round(card.fan_ratio * 100),
            "GPU Clock": 1900,
            "Memory Clock": 1000,
            "GPU Voltage": 0.806,
            "GPU Power": round(card.watts, 1),
            "KHS 30s": round(card.hashes_per_second / KILO, 1),
            "Accepted": card.accepted_shares,
            "Rejected": card.rejected_shares,
            "Hardware Errors": card.hardware_errors,
        }
        for position, card in enumerate(cards)
    ]
    summary = {
        "Elapsed": _uptime(rig, program),
        "KHS 30s": round(program.hashes_per_second / KILO, 1),
        "Accepted": sum(card.accepted_shares for card in cards),
        "Rejected": sum(card.rejected_shares for card in cards),
        "Stale": program.stale_shares,
        "Hardware Errors": sum(card.hardware_errors for card in cards),
    }
    details = [
        {"DEVDETAILS": position, "ID": position, "Model": card.name, "Device Path": f"{card.bus:02x}:00:0"}
        for position, card in enumerate(cards)
    ]
    first, backup = program.pool, plan.backup
    places = [plan.pool, backup] if program.faults.on_backup else [first, backup]
    pools = [
        {
            "POOL": number,
            "URL": place.url,
            "User": place.user,
            "Status": "Dead" if program.faults.on_backup and not number else "Alive",
            "Priority": number,
            "Stratum Active": program.faults.on_backup == bool(number) and not program.faults.pool_lost,
            "Algorithm": plan.algorithm,
            "Accepted": 0 if number else summary["Accepted"],
            "Rejected": 0 if number else summary["Rejected"],
            "Stale": 0,
            "Last Share Difficulty": plan.difficulty_hashes / 2**32,
        }
        for number, place in enumerate(places)
    ]
    return {
        "devs": _rows("DEVS", devs),
        "summary": _rows("SUMMARY", [summary]),
        "pools": _rows("POOLS", pools),
        "devdetails": _rows("DEVDETAILS", details),
    }


def xmrig(rig: SimulatedRig, program: SimulatedProgram) -> dict[str, bytes]:
    """XMRig's /2/summary and /2/backends."""
    rate = round(program.hashes_per_second, 2)
    good = sum(card.accepted_shares for card in program.cards)
    connected = 0 if program.faults.pool_lost else max(1, round(rig.seconds - program.connected_seconds))
    summary = {
        "version": "6.21.0",
        "kind": "miner",
        "uptime": _uptime(rig, program),
        "algo": program.plan.algorithm,
        "paused": program.faults.paused,
        "hashrate": {"total": [rate, rate, rate], "highest": rate},
        "results": {
            "diff_current": round(program.difficulty_hashes),
            "shares_good": good,
            "shares_total": good + sum(card.rejected_shares for card in program.cards),
            "hashes_total": round(program.accepted_hashes),
            "best": [round(program.best_difficulty)],
        },
        "connection": {"pool": program.pool.host_and_port, "uptime": connected, "failures": 0},
        "donate_level": 1,
    }
    backends = [{"type": "cpu", "enabled": True, "algo": program.plan.algorithm, "hashrate": [rate] * 3, "threads": []}]
    return {"summary": _json(summary), "backends": _json(backends)}


def _uptime(rig: SimulatedRig, program: SimulatedProgram) -> int:
    return round(rig.seconds - program.started_seconds)


def _rows(name: str, rows: list[dict[str, Any]]) -> bytes:
    return _json({"STATUS": [{"STATUS": "S", "Description": "TeamRedMiner 0.10.20"}], name: rows, "id": 1})


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


PROGRAMS: Mapping[str, Callable[[SimulatedRig, SimulatedProgram], dict[str, bytes]]] = {
    "trex": trex,
    "lolminer": lolminer,
    "teamredminer": teamredminer,
    "xmrig": xmrig,
}
"""By the driver that reads them."""
