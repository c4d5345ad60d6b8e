"""What the sensor child would read of the simulated cards: NVIDIA's library, and the files of AMD's driver."""

import struct
from collections.abc import Callable, Mapping
from typing import Any

from calculators.units import MICRO_PER_UNIT, MILLI_PER_UNIT
from miner_agent.simulate.profiles import GIB, CardModel
from miner_agent.simulate.simulated_card import SimulatedCard
from miner_agent.simulate.simulated_rig import SimulatedRig

LOST = 15  # NVML's number for a card that fell off the bus
HW_THERMAL_SLOWDOWN = 0x40  # NVML's bit for it
POWER_CAP = 0x4
AMD_HOT = 1 << 36  # a bit of what slows an AMD card down: the edge is too hot
AMD_METRICS = struct.Struct("<HBB108xQ")  # gpu_metrics of revision 1.3, as far as its throttling
CHANGED_LIMIT_RATIO = 0.7
XID = "119"  # the card's own controller does not answer its driver
LANES = 4


def nvml(rig: SimulatedRig) -> dict[str, Any]:
    """What is read of NVIDIA's library."""
    cards = rig.cards_of("nvidia")
    return {
        "driver_version": "550.54.14",
        "cards": [_nvml_card(index, card) for index, card in enumerate(cards)],
        "reader": 0,
        "xids": {card.uuid: {XID: card.xids} if card.xids else {} for card in cards},
    }


def _nvml_card(index: int, card: SimulatedCard) -> dict[str, Any]:
    model, faults = card.model, card.faults
    values: dict[str, Any] = {
        "core_temperature_celsius": round(card.temperature_celsius),
        "power_milliwatts": round(card.watts * MILLI_PER_UNIT),
        "power_limit_milliwatts": round(_limit_watts(card) * MILLI_PER_UNIT),
        "energy_millijoules": round(card.energy_joules * MILLI_PER_UNIT),
        "utilization_percents": [100, 85] if card.hashes_per_second else [0, 0],
        "core_clock_megahertz": 1100 if card.throttled else 1500,
        "memory_clock_megahertz": 9500,
        "memory_bytes": [5 * GIB, model.memory_bytes],
        "throttle_mask": HW_THERMAL_SLOWDOWN if card.throttled else POWER_CAP if faults.limit_changed else 0,
        "pcie_link_width": 1 if faults.link_degraded else LANES,
        "pcie_link_generation": 2,
        "performance_state": 2,
        "pcie_replays": card.replays,
        "fan_percent_0": round(card.fan_ratio * 100),
    }
    if model.has_ecc:
        values |= {
            "ecc_corrected_errors": card.ecc_corrected,
            "ecc_uncorrected_errors": card.ecc_uncorrected,
            "remapped_rows_corrected": 0,
            "remapped_rows_uncorrected": min(1, card.ecc_uncorrected),
            "remapped_rows_pending": int(card.rows_pending),
            "remapped_rows_failed": 0,
        }
    return {
        "index": index,
        "uuid": card.uuid,
        "pci_address": f"00000000:{card.bus:02x}:00.0",
        "facts": {
            "fan_count": 1,
            "name": f"NVIDIA {card.name}",
            "slowdown_temperature_celsius": round(model.slowdown_celsius),
            "shutdown_temperature_celsius": round(model.shutdown_celsius),
            "power_limit_default_milliwatts": round(model.full_watts * 1.1 * MILLI_PER_UNIT),
            "pcie_link_width_max": LANES,
            "power_limit_range_milliwatts": [100 * MILLI_PER_UNIT, round(model.full_watts * 1.2 * MILLI_PER_UNIT)],
        },
        "values": {} if card.lost else values,
        "errors": {},
        "fault": LOST if card.lost else None,
    }


def amdgpu(rig: SimulatedRig) -> dict[str, Any]:
    """What is read of the files of AMD's driver. A card that fell off the bus has none."""
    return {
        "driver_version": "6.1.0-28-amd64",
        "cards": [_amd_card(card) for card in rig.cards_of("amd") if not card.lost],
    }


def _amd_card(card: SimulatedCard) -> dict[str, Any]:
    model = card.model
    full = round(model.full_watts * MICRO_PER_UNIT)
    files = {
        "device": "0x73bf",
        "product_name": model.name,
        "unique_id": f"de30000000000{card.number:03x}",
        "vbios_version": "113-INVENTED",
        "mem_info_vram_total": str(model.memory_bytes),
        "mem_info_vram_used": str(5 * GIB),
        "gpu_busy_percent": "99" if card.hashes_per_second else "0",
        "mem_busy_percent": "60" if card.hashes_per_second else "0",
        "current_link_width": str(1 if card.faults.link_degraded else LANES),
        "current_link_speed": "8.0 GT/s PCIe",
        "max_link_width": str(LANES),
        "temp1_label": "edge",
        "temp2_label": "junction",
        "temp3_label": "mem",
        "temp1_input": _milli(card.temperature_celsius),
        "temp2_input": _milli(card.temperature_celsius + 14),
        "temp3_input": _milli(card.temperature_celsius + 10),
        "temp1_crit": _milli(model.slowdown_celsius),
        "temp1_emergency": _milli(model.shutdown_celsius),
        "pwm1": str(round(card.fan_ratio * 255)),
        "pwm1_max": "255",
        "fan1_input": str(round(card.fan_rpm)),
        "power1_average": str(round(card.watts * MICRO_PER_UNIT)),
        "power1_cap": str(round(_limit_watts(card) * MICRO_PER_UNIT)),
        "power1_cap_default": str(round(1.1 * full)),
        "power1_cap_min": str(full // 2),
        "power1_cap_max": str(round(1.2 * full)),
        "freq1_input": "1900000000",
        "freq2_input": "1000000000",
        "gpu_metrics": AMD_METRICS.pack(120, 1, 3, AMD_HOT if card.throttled else 0).hex(),
    }
    return {"pci_address": f"0000:{card.bus:02x}:00.0", "asleep": False, "files": files, "errors": {}}


def usual_limit_watts(model: CardModel) -> float:
    """The power limit that its owner gave a card."""
    return model.full_watts * 1.1


def _limit_watts(card: SimulatedCard) -> float:
    usual = usual_limit_watts(card.model)
    return usual * CHANGED_LIMIT_RATIO if card.faults.limit_changed else usual


def _milli(celsius: float) -> str:
    return str(round(celsius) * MILLI_PER_UNIT)


READERS: Mapping[str, Callable[[SimulatedRig], dict[str, Any]]] = {"nvml": nvml, "amdgpu": amdgpu}
"""By the collector that makes readings of it."""
