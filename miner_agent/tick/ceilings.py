"""How much of something one device, machine or farm can have: narrow enough that a doubled digit is seen.

Each stands well above the strongest that is sold, so that next year's fits too, and below ten times what is usual.
"""

import re
from functools import cache, lru_cache

from miner_agent.model.devices import DeviceKind
from miner_agent.text import letters_of

Range = tuple[float, float]

_CARD: dict[str, Range] = {
    "_watts": (0.0, 3_000.0),  # the strongest of 2026 may draw 1,400 W
    "fan_speeds_rpm": (0.0, 10_000.0),
    "fan_speed_rpm": (0.0, 10_000.0),  # a blower's fastest turns 6,000 times a minute
    "voltage_volts": (0.0, 5.0),  # a core's is below 2 V
    "core_clock_hertz": (0.0, 5e9),  # 3.3 GHz is what the fastest reach
    "memory_clock_hertz": (0.0, 4e10),  # some tell the rate of transfers: 32 GHz
}
_PROCESSOR: dict[str, Range] = {"_watts": (0.0, 2_000.0)}  # 500 W is the highest that a socket is sold with
_BOARD: dict[str, Range] = {
    "_watts": (0.0, 10_000.0),  # some firmware has all boards of a machine for one: 8,100 W in a hydro machine of 2U
    "fan_speeds_rpm": (0.0, 16_000.0),
    "fan_speed_rpm": (0.0, 16_000.0),  # as below
    "core_clock_hertz": (0.0, 4e9),  # of its chips: below 1.5 GHz
    "voltage_volts": (0.0, 100.0),
    "chips": (0.0, 1_000.0),  # 306 on the largest board that is known; Avalon counts those of the machine
    "chips_expected": (0.0, 1_000.0),
}
OF_KINDS: dict[DeviceKind, dict[str, Range]] = {
    DeviceKind.GPU: _CARD,
    DeviceKind.CPU: _PROCESSOR,
    DeviceKind.HASHBOARD: _BOARD,
}
"""By kind of device, the ending of a field's name to what may stand in it. The first match holds."""

OF_MACHINES: dict[str, Range] = {
    "power_watts": (0.0, 20_000.0),  # 14,000 W is what the largest hydro machine draws
    "boards_expected": (0.0, 20.0),
    "fan_speeds_rpm": (0.0, 16_000.0),  # of ASICs: 7,200; small ones of 40 mm turn faster
}
"""The same of what a firmware says of its whole machine."""

DEVICES_A_MACHINE = 64
CARDS = frozenset({DeviceKind.GPU, DeviceKind.CPU})
_HASHRATES: tuple[tuple[str, float, float, float], ...] = (
    (r"rx.*|random.*", 1e6, 1e7, 1e11),  # EPYC 9965: 1.5e5; Antminer X9: 1e6; Monero: 6.6e9
    (r"cryptonight.*|cn.*", 1e6, 1e7, 1e11),  # RX Vega: 2e3; Antminer X3: 2.2e5
    (r"ghostrider", 1e6, 1e6, 1e10),  # processors alone: below 1e5
    (r"yespower.*|yescrypt.*", 1e6, 1e6, 1e10),  # processors alone: below 1e5
    (r"verus.*", 1e10, 1e10, 1e14),  # processors: below 1e9
    (r"ethash.*|etchash|ubqhash", 6e8, 1e11, 1e16),  # RTX 5090: 1.5e8; Jasminer X44-P: 2.3e10
    (r"kawpow|firopow|meowpow|evrprogpow|v?progpow.*", 4e8, 1e10, 1e14),  # RTX 5090: 1e8; Ravencoin: 7e11
    (r"octopus|autolykos2|fishhash|nexapow", 2e9, 1e10, 1e14),  # RTX 4090: 3.3e8
    (r"equihash.*|beamhash.*|cuck.*", 1e4, 1e7, 1e13),  # GTX 1080 Ti: 800; Antminer Z15 Pro: 8.4e5
    (r"scrypt", 1e8, 1e12, 1e17),  # RX 580: 1e6; Antminer L11: 2e10; Litecoin: 3.1e15
    (r"x11.*", 1e9, 1e14, 1e18),  # GTX 1080 Ti: 3e7; Antminer D9: 1.8e12
    (r"sha256.*", 1e11, 1e16, 1e22),  # RTX 4090: 1.5e10; Antminer S21e XP Hyd 3U: 8.6e14; Bitcoin: 9e20
    (r"kheavyhash", 2e10, 1e15, 1e19),  # RTX 4090: 2.4e9; IceRiver KS7: 3e13; Kaspa: 3.6e17 at its highest
    (r"blake2s.*|blake3.*|eaglesong", 3e11, 1e16, 1e20),  # RTX 4090: 4e10; Antminer KA3: 1.7e14; Nervos: 8.8e16
)
"""Letters of our name of an algorithm, the most [H/s] of one card or processor, of one device of any kind, and of a
farm behind one proxy. Behind it the strongest of each, where one is known: the tables of hardware and of a market have
where they are from."""
ABOVE_NOMINAL = 5.0
"""So many times what its firmware says that it should make, no machine makes; one digit too many is six to eleven."""


@cache
def of_kind(kind: DeviceKind, name: str) -> Range | None:
    """The range for a field of a device of that kind; ``None`` where nothing is known beyond its unit."""
    return next((limits for ending, limits in OF_KINDS.get(kind, {}).items() if name.endswith(ending)), None)


@lru_cache(maxsize=256)  # miners make up names: what is kept of them has an end
def hashrate_of(algorithm: str, *, devices: int | None, kind: DeviceKind | None = None) -> Range | None:
    """What so many devices can make of it; ``None`` devices are a farm. ``None`` where nothing is known of it.

    ``kind``: what all of them are, where that is known.

    >>> hashrate_of("randomx", devices=1), hashrate_of("never heard of", devices=1)
    ((0.0, 10000000.0), None)
    >>> hashrate_of("ethash", devices=2, kind=DeviceKind.GPU)
    (0.0, 1200000000.0)
    """
    letters = letters_of(algorithm)
    for pattern, of_card, of_any, of_farm in _HASHRATES:
        if re.fullmatch(pattern, letters):
            of_one = of_card if kind in CARDS else of_any
            return 0.0, of_farm if devices is None else min(devices * of_one, of_farm)
    return None
