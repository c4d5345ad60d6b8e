"""What the simulated machines say: the bytes that their firmware answers with, by the name of the request."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from calculators.units import HASHRATE_PREFIX
from miner_agent.simulate.profiles import PoolPlace
from miner_agent.simulate.simulated_asic import SimulatedAsic
from miner_agent.simulate.simulated_rig import SimulatedRig

GIGA, TERA, KILO = (HASHRATE_PREFIX[prefix] for prefix in "GTk")
AUTHOR = PoolPlace(url="devfee", user="devfee")
CODE_OF_A_FAULT = 111  # of a Whatsminer: a fan's speed is wrong
BIT_OF_A_FAULT = 1 << 8  # of an Avalon's board: its chips do not answer
WORKERS = ("desk", "shelf", "rack-1", "rack-2")
WORKERS_SHARES = (0.4, 0.3, 0.2, 0.1)  # of what a proxy's workers do


def antminer(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, bytes]:
    """An Antminer's answers in the protocol of cgminer."""
    plan, boards = machine.plan, range(machine.plan.boards)
    stats: dict[str, Any] = {
        "STATS": 0,
        "ID": "BTM_SOC0",
        "Elapsed": _uptime(rig, machine),
        "GHS 5s": round(machine.hashes_per_second / GIGA, 2),
        "miner_count": plan.boards,
        "rate_unit": "GH",
        "total_rateideal": plan.hashes_per_second / GIGA,
        "total_acn": plan.chips * plan.boards,
        "frequency": 525,
        "fan_num": len(machine.fans_rpm),
        "chain_power": f"{round(machine.watts)} W",
        **{f"fan{number}": round(rpm) for number, rpm in enumerate(machine.fans_rpm, start=1)},
    }
    for board in boards:
        chain, chips, degrees = board + 1, machine.chips_of(board), round(machine.chip_celsius[board])
        rate = round(machine.board_hashes_per_second[board] / GIGA, 2)
        stats |= {
            f"chain_acn{chain}": chips,
            f"chain_acs{chain}": " " + "o" * chips if chips else "",
            f"chain_hw{chain}": machine.board_errors[board],
            f"chain_rate{chain}": str(rate) if chips else "",
            f"chain_rateideal{chain}": plan.hashes_per_second / plan.boards / GIGA,
            f"chain_vol{chain}": 13_700 if chips else 0,
            f"chain_consumption{chain}": round(machine.watts / plan.boards) if chips else 0,
            f"temp_pcb{chain}": f"{degrees - 14}-{degrees - 12}" if chips else "0-0",
            f"temp_chip{chain}": f"{degrees - 4}-{degrees}" if chips else "0-0",
            f"freq_avg{chain}": 525.0 if chips else 0.0,
            f"chain_state{chain}": "mining",
            f"chain_fault{chain}": "none",
        }
    version = {"BMMiner": "1.0.0", "API": "3.1", "Miner": "1.0.0.1", "Type": plan.product}
    return {
        "version": _rows("VERSION", [version]),
        "stats": _rows("STATS", [{"BMMiner": "1.0.0", "Type": plan.product}, stats]),
        "summary": _rows("SUMMARY", [_summary(rig, machine)]),
        "pools": _rows("POOLS", _pools(machine)),
    }


def bitaxe(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, bytes]:
    """What AxeOS says of itself."""
    faults, (first, backup) = machine.faults, machine.pools
    gigahashes = machine.hashes_per_second / GIGA
    (degrees,) = machine.chip_celsius
    info = {
        "power": round(machine.watts, 2),
        "temp": round(degrees - 12, 2),
        "vrTemp": round(degrees - 8),
        "hashRate": round(gigahashes, 2),
        "expectedHashrate": round(machine.plan.hashes_per_second / GIGA),
        "bestDiff": round(machine.best_difficulty),
        "bestSessionDiff": round(machine.best_difficulty),
        "poolDifficulty": machine.plan.difficulty,
        "isUsingFallbackStratum": int(faults.on_backup),
        "coreVoltageActual": 1147,
        "frequency": 525,
        "sharesAccepted": sum(machine.accepted),
        "sharesRejected": sum(machine.rejected),
        "uptimeSeconds": _uptime(rig, machine),
        "ASICModel": "BM1370",
        "deviceModel": machine.plan.product,
        "asicCount": machine.plan.chips,
        "totalFoundBlocks": 0,
        "miningPaused": faults.paused,
        **_stratum("stratum", first),
        **_stratum("fallbackStratum", backup),
        "version": "v2.12.0",
        "overheat_mode": int(faults.tells_fault),
        "fanspeed": 45,
        "fanrpm": round(machine.fans_rpm[1]),
        "hashrateMonitor": {
            "asics": [
                {
                    "total": round(gigahashes, 2),
                    "domains": [round(gigahashes / 4, 2)] * 4,
                    "errorCount": machine.board_errors[0],
                }
            ]
        },
    }
    return {"info": _json(info), "asic": _json({"ASICModel": "BM1370", "asicCount": machine.plan.chips})}


def avalon(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, bytes]:
    """An Avalon's three answers in one, and its version."""
    plan = machine.plan
    hottest = round(max(machine.chip_celsius))
    rates = " ".join(f"{rate / GIGA:.2f}" for rate in machine.board_hashes_per_second)
    boards = " ".join(str(round(degrees)) for degrees in machine.chip_celsius)
    chips = " ".join(
        f"PVT_T{board}[{' '.join([str(round(degrees))] * plan.chips)}]"
        for board, degrees in enumerate(machine.chip_celsius)
    )
    fans = " ".join(f"Fan{number}[{round(rpm)}]" for number, rpm in enumerate(machine.fans_rpm, start=1))
    state = "In Idle" if machine.faults.paused else "In Work"
    text = (
        f"Ver[1246-INVENTED] SYSTEMSTATU[Work: {state}, Hash Board: {plan.boards}] Elapsed[{_uptime(rig, machine)}] "
        f"HW[{sum(machine.board_errors)}] HBITemp[28] HBOTemp[52] TMax[{hottest}] TAvg[{hottest - 6}] {fans} FanR[70%] "
        f"PS[0 1200 1350 {round(machine.watts / 13.5)} {round(machine.watts * 0.94)} 1350 {round(machine.watts)}] "
        f"GHSspd[{machine.hashes_per_second / GIGA:.2f}] GHSmm[{plan.hashes_per_second / GIGA:.2f}] Freq[550.00] "
        f"MGHS[{rates}] MTmax[{boards}] MTavg[{boards}] TA[{plan.chips * plan.boards}] {chips} "
        f"CRC[{' '.join(map(str, machine.board_errors))}] "
        f"ECHU[{' '.join([str(BIT_OF_A_FAULT * machine.faults.tells_fault)] * plan.boards)}] ECMM[0] POW_I2C[OK]"
    )
    answers = {
        "summary": [json.loads(_rows("SUMMARY", [_summary(rig, machine)], program="cgminer 4.11.1"))],
        "stats": [json.loads(_rows("STATS", [{"STATS": 0, "Elapsed": _uptime(rig, machine), "MM ID0": text}]))],
        "pools": [json.loads(_rows("POOLS", _pools(machine)))],
        "id": 1,
    }
    version = {"CGMiner": "4.11.1", "API": "3.7", "PROD": plan.product, "MODEL": "1246"}
    return {"summary_stats_pools": _json(answers), "version": _rows("VERSION", [version])}


def whatsminer3(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, bytes]:
    """A Whatsminer that is cooled by water, in the third version of its API."""
    plan, boards = machine.plan, range(machine.plan.boards)
    summary = {
        "elapsed": _uptime(rig, machine),
        "factory-hash": plan.hashes_per_second / TERA,
        "hash-realtime": round(machine.hashes_per_second / TERA, 3),
        "power-realtime": round(machine.watts),
        "environment-temperature": 27.5,
        "board-temperature": [round(degrees - 18, 1) for degrees in machine.chip_celsius],
        "fan-speed-in": 0,
        "fan-speed-out": 0,
    }
    edevs = [
        {
            "id": board,
            "factory-hash": plan.hashes_per_second / plan.boards / TERA,
            "hash-realtime": round(machine.board_hashes_per_second[board] / TERA, 3),
            "chip-temp-max": round(machine.chip_celsius[board], 1),
            "freq": 640.0,
            "effective-chips": machine.chips_of(board),
        }
        for board in boards
        if machine.chips_of(board)  # it tells nothing of a board that it does not find
    ]
    pools = [
        {
            "account": place.user,
            "pool-priority": number,
            "status": "dead" if machine.active > number else "alive",
            "stratum-active": number == machine.active and not machine.faults.pool_lost,
            "url": place.url,
        }
        for number, place in enumerate(machine.pools)
    ]
    device = {
        "miner": {"type": plan.product, "board-num": str(plan.boards), **{f"pcbsn{n}": f"INVENTED{n}" for n in boards}},
        "system": {"fwversion": "20251209.16.Rel2"},
        "power": {"pin": round(machine.watts), "liquid-temperature": 41.5},
        "error-code": [{str(CODE_OF_A_FAULT): "2026-01-01 00:00:00"}] if machine.faults.tells_fault else [],
    }
    return {
        "summary": _json({"code": 0, "msg": {"summary": summary}}),
        "edevs": _json({"code": 0, "msg": {"edevs": edevs}}),
        "pools": _json({"code": 0, "msg": {"pools": pools}}),
        "device": _json({"code": 0, "msg": device}),
    }


def xmrig_proxy(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, bytes]:
    """XMRig Proxy's summary, and its workers."""
    kilohashes = round(machine.hashes_per_second / KILO, 3)
    accepted, rejected = sum(machine.accepted), sum(machine.rejected)
    summary = {
        "version": "6.21.0",
        "kind": "proxy",
        "uptime": _uptime(rig, machine),
        "algo": "rx/0",
        "hashrate": {"total": [kilohashes] * 6},
        "miners": {"now": len(WORKERS), "max": len(WORKERS)},
        "upstreams": {"active": 1, "total": 1},
        "results": {
            "accepted": accepted,
            "rejected": rejected,
            "invalid": 0,
            "expired": 0,
            "hashes_total": round(accepted * machine.plan.difficulty),
        },
    }
    workers = [
        [
            name,
            "192.0.2.1",
            1,
            int(accepted * share),
            int(rejected * share),
            0,
            0,
            0,
            *[round(kilohashes * share, 3)] * 5,
        ]
        for name, share in zip(WORKERS, WORKERS_SHARES, strict=True)
    ]
    return {"summary": _json(summary), "workers": _json({"mode": "workers", "workers": workers})}


def _summary(rig: SimulatedRig, machine: SimulatedAsic) -> dict[str, Any]:
    return {
        "Elapsed": _uptime(rig, machine),
        "GHS 5s": round(machine.hashes_per_second / GIGA, 2),
        "Accepted": sum(machine.accepted),
        "Rejected": sum(machine.rejected),
        "Stale": 0,
        "Difficulty Accepted": sum(machine.accepted) * machine.plan.difficulty,
        "Hardware Errors": sum(machine.board_errors),
        "Found Blocks": 0,
        "Best Share": round(machine.best_difficulty),
    }


def _pools(machine: SimulatedAsic) -> list[dict[str, Any]]:
    """The owner's two, and that of the firmware's author, for which it works now and then."""
    faults = machine.faults
    in_use = 2 if faults.works_for_author else machine.active
    return [
        {
            "POOL": number,
            "URL": place.url,
            "Status": "Dead" if number < machine.active else "Alive",
            "Priority": number,
            "Accepted": machine.accepted[number] if number < len(machine.accepted) else 0,
            "Rejected": machine.rejected[number] if number < len(machine.rejected) else 0,
            "Stale": 0,
            "User": place.user,
            "Stratum Active": number == in_use and not faults.pool_lost,
            "Work Difficulty": machine.plan.difficulty,
        }
        for number, place in enumerate((*machine.pools, AUTHOR))
    ]


def _stratum(start: str, pool: PoolPlace) -> dict[str, Any]:
    host, _, port = pool.host_and_port.rpartition(":")
    return {f"{start}URL": host, f"{start}Port": int(port), f"{start}User": pool.user}


def _uptime(rig: SimulatedRig, machine: SimulatedAsic) -> int:
    return round(rig.seconds - machine.started_seconds)


def _rows(name: str, rows: list[dict[str, Any]], *, program: str = "cgminer 1.0.0") -> bytes:
    return _json({"STATUS": [{"STATUS": "S", "Msg": name, "Description": program}], name: rows, "id": 1})


def _json(document: object) -> bytes:
    return json.dumps(document).encode()


MACHINES: Mapping[str, Callable[[SimulatedRig, SimulatedAsic], dict[str, bytes]]] = {
    "antminer": antminer,
    "bitaxe": bitaxe,
    "avalon": avalon,
    "whatsminer3": whatsminer3,
    "xmrig_proxy": xmrig_proxy,
}
"""By the driver that reads them."""
