"""What is taken for granted of a rig where nobody says it: what draws beside its devices, what programs keep.

Nothing would flatter: a computer stands around cards and processors, and nearly every program works a part of the time
for its author. Both are told as assumptions.
"""

from collections.abc import Iterable

from calculators.equipment.hardware import HardwareKind

HOST_WATTS: dict[HardwareKind, float] = {"gpu": 60.0, "cpu": 40.0, "asic": 0.0}
"""At the wall, all day. A board with an idle processor, memory, a disk and fans; without the processor where that is
what mines. What a machine's controller and fans draw is in the watts that it is rated at.
"""
PROGRAM_FEE_RATIO = 0.01
"""XMRig's ``donate-level`` as it comes; most programs for cards keep 0.7 to 2 %, by algorithm."""
WITHOUT_FEE = frozenset({"ccminer", "cgminer", "ethminer", "excavator"})
"""Programs that keep nothing."""
FIRMWARE_FEE_RATIO = {"bosminer": 0.025, "braiins-os": 0.025, "luxminer": 0.025, "vnish": 0.025}
"""Firmware that others than the maker sell for a part of the time. Braiins OS keeps 2 to 2.5 % by model
(https://d-central.tech/mining-glossary/firmware-dev-fee/); of the work of an S21 Pro under vnish 1.2.7, 2.4 % went to
its pool ``DevFee``. What LuxOS keeps goes by contract and is not published: it is taken for as much.
"""


def usual_host_watts(kinds: Iterable[HardwareKind | None]) -> float:
    """What draws beside the devices of a rig. [W]

    Args:
        kinds: of its devices. ``None``: not known, and nothing is taken.
    """
    return max((HOST_WATTS[kind] for kind in kinds if kind is not None), default=0.0)


def usual_program_fee(kind: HardwareKind | None, software: str | None = None, product: str | None = None) -> float:
    """The part of the time that a program keeps. [1] Of machines none where their maker's own firmware runs.

    Args:
        kind: of device. ``None``: not known.
        software: the program, where it is known.
        product: what a machine calls itself: some firmware stands behind its name, "Antminer S21 Pro (Vnish 1.2.7)".
    """
    if kind == "asic":
        behind = (product or "").partition("(")[2].lower()
        named = next((name for name in FIRMWARE_FEE_RATIO if behind.startswith(name)), software)
        return FIRMWARE_FEE_RATIO.get(named or "", 0.0)
    if kind is None or software in WITHOUT_FEE:
        return 0.0
    return PROGRAM_FEE_RATIO
