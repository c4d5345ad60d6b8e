"""Reads AMD cards from sysfs. Runs in the sensor child only: a file of a dying card may never answer.

What it gives is the text of files, as they are; in the parent, ``amdgpu_cards`` makes a reading of it. Cards are looked
for anew at every tick and go by their PCI address, because ``cardN`` and ``hwmonN`` change.

A card that sleeps is left alone: to read its sensors wakes it on older kernels, and fails on newer ones. Whether it
sleeps is asked of the kernel's power management, which knows without asking the card. On those older kernels to read
a card that is awake starts its five seconds until sleep anew: ticks that come faster keep an idle card awake.

A card of which a file does not answer has a thread to itself (``card_threads``), and the others are read on. To look
for the cards touches none of them.

Paths are text, because ``pathlib`` costs the child a megabyte.
"""

import errno
import os
from collections.abc import Collection, Sequence

from miner_agent.collectors.card_limits import AMD_VENDOR, ASLEEP, CARDS_MAX
from miner_agent.collectors.child.card_threads import CardToRead, Raw, Said, Waiting

DRIVER = "amdgpu"
BYTES_MAX = 4096

POWERED_DOWN = frozenset({"D3hot", "D3cold"})

IDENTITY = ("device", "unique_id", "vbios_version", "product_name")
LIMITS = ("mem_info_vram_total",)
VALUES = ("gpu_busy_percent", "mem_busy_percent", "mem_info_vram_used")
LINK = ("current_link_width", "current_link_speed")
LANES_MAX, LANES_MAX_ABOVE = "max_link_width", "max_link_width_above"
"""Of the card's end of its link to the mainboard, and of the other end, as we call it."""
HWMON_LIMITS = (
    "temp1_label", "temp2_label", "temp3_label", "temp1_crit", "temp1_emergency", "temp2_crit", "temp3_crit",
    "pwm1_max", "power1_cap_default", "power1_cap_min", "power1_cap_max",
)  # fmt: skip
"""What does not change while the driver holds the card."""
HWMON_VALUES = (
    "temp1_input", "temp2_input", "temp3_input", "power1_average", "power1_cap", "pwm1", "fan1_input", "freq1_input",
    "freq2_input",
)  # fmt: skip
FAULT = "_fault"
"""Ends the names of files in which a chip says that a sensor of its own is broken. Few have one."""
METRICS = "gpu_metrics"
"""Binary: told as hexadecimal digits."""


class AmdgpuCard:
    """One card, at one place in the tree, and what there still is to read of it."""

    def __init__(self, device: str, hwmon: str) -> None:
        self.place = (device, hwmon)
        self._pci_address = _last(device)
        self._slot = ""
        self._facts: dict[str, str] = {}  # read once
        self._wanted: list[tuple[str, str]] | None = None  # what of them still is to be read
        self._faults: list[str] = []

    def read(self, _now: float) -> Raw:
        """One tick's raw answer: its address, whether it sleeps, and the text of its files."""
        device, hwmon = self.place
        files: dict[str, str] = {}
        errors: dict[str, int] = {}
        card: Raw = {"pci_address": self._pci_address, "asleep": False, "files": files, "errors": errors}
        status = _read(device, "power/runtime_status", files, errors)
        state = _read(device, "power_state", files, errors)
        if errors:
            return card  # it might be asleep
        if status in ASLEEP or state in POWERED_DOWN:
            card["asleep"] = True
            return card
        self._read_facts(errors)
        files.update(self._facts)
        for name in VALUES:
            _read(device, name, files, errors)
        for name in (*HWMON_VALUES, *self._faults) if hwmon else ():
            _read(hwmon, name, files, errors)
        if "power1_average" not in files and hwmon and _read(hwmon, "power1_input", files, errors) is not None:
            errors.pop("power1_average", None)
        for name in LINK:
            _read(self._slot, name, files, errors)
        _read(device, METRICS, files, errors)
        return card

    def absent(self, waiting: Waiting) -> Raw:
        """What is known of it while a file has not answered."""
        errors = {"card": errno.ETIMEDOUT}
        return {"pci_address": self._pci_address, "asleep": False, "files": {}, "errors": errors, "waiting": waiting}

    def _read_facts(self, errors: dict[str, int]) -> None:
        """What was not read before, or failed so far."""
        device, hwmon = self.place
        if self._wanted is None:
            self._slot = _slot(device)
            self._faults = [name for name in _names(hwmon) if name.endswith(FAULT)] if hwmon else []
            limits = [(hwmon, name) for name in HWMON_LIMITS] if hwmon else []
            facts = [(device, name) for name in (*IDENTITY, *LIMITS)]
            self._wanted = [*facts, (self._slot, LANES_MAX), *limits]
            above = _text_or_none(f"{_above(self._slot)}/{LANES_MAX}")
            if above is not None:
                self._facts[LANES_MAX_ABOVE] = above
        for directory, name in self._wanted:
            _read(directory, name, self._facts, errors)
        self._wanted = [(directory, name) for directory, name in self._wanted if name in errors]


class AmdgpuReader:
    """All cards of this machine. Used by one thread at a time."""

    def __init__(self, *, sysfs: str = "/sys") -> None:
        self._sysfs = sysfs
        self._cards: dict[str, AmdgpuCard] = {}  # by its directory
        self._asked: tuple[AmdgpuCard, ...] = ()

    def begin(self, _now: float, away: Collection[CardToRead]) -> Sequence[CardToRead]:
        """The cards that are there now. Where one has other sensors than before, it is another."""
        cards = {}
        for device in self._found():
            known = self._cards.get(device)
            if known is None or not (known in away or _is_there(known.place[1])):
                place = device, _hwmon(device)
                known = known if known is not None and known.place == place else AmdgpuCard(*place)
            cards[device] = known
        gone = {device: card for device, card in self._cards.items() if card in away and device not in cards}
        self._cards = {**cards, **gone}
        self._asked = tuple(cards.values())
        return self._asked

    def end(self, _now: float, answers: Sequence[Said | Waiting]) -> Raw:
        """The whole answer."""
        return {
            "driver_version": _text_or_none(f"{self._sysfs}/module/{DRIVER}/version"),
            "cards": [
                card.absent(answer) if isinstance(answer, tuple) else answer
                for card, answer in zip(self._asked, answers, strict=True)
            ],
        }

    def _found(self) -> list[str]:
        """The directory of each card's PCI device."""
        found = set()
        for name in _names(f"{self._sysfs}/class/drm"):
            if name.startswith("card") and name[4:].isdecimal():
                card = f"{self._sysfs}/class/drm/{name}/device"
                if _last(_target(f"{card}/driver")) == DRIVER:
                    found.add(_real(card))
        return sorted(found)[:CARDS_MAX]


def _real(link: str) -> str:
    """Where a link leads, as the kernel tells it of what is open: ``realpath`` asks for each part of the path."""
    try:
        opened = os.open(link, os.O_PATH | os.O_CLOEXEC)
        try:
            return os.readlink(f"/proc/self/fd/{opened}").removesuffix(" (deleted)")  # noqa: PTH115
        finally:
            os.close(opened)
    except OSError:  # it has just gone, or there is no such thing as /proc
        return os.path.realpath(link)


def _is_there(hwmon: str) -> bool:
    """Whether this directory of sensors is still one: its number changes when its driver is loaded anew."""
    return bool(hwmon) and os.access(hwmon, os.F_OK)


def _hwmon(device: str) -> str:
    """The card's directory of sensors, whatever its number is now; empty where it has none."""
    names = [name for name in _names(f"{device}/hwmon") if name.startswith("hwmon")]
    return f"{device}/hwmon/{names[0]}" if names else ""


def _slot(device: str) -> str:
    """The end of the link to the mainboard: many cards sit behind a switch of their own, on the card.

    The link between that switch and the processor is always 16 lanes wide, whatever riser the card stands on.
    """
    above = _above(device)
    while _text_or_none(f"{above}/vendor") == AMD_VENDOR:
        device, above = above, _above(above)
    return device


def _above(path: str) -> str:
    return path.rpartition("/")[0]


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _target(link: str) -> str:
    try:
        return os.readlink(link)  # noqa: PTH115
    except OSError:
        return ""


def _names(directory: str) -> list[str]:
    try:
        return sorted(os.listdir(directory))  # noqa: PTH208
    except OSError:
        return []


def _read(directory: str, name: str, files: dict[str, str], errors: dict[str, int]) -> str | None:
    """Put the text of a file into ``files``, or why there is none into ``errors``. Some cards lack some files."""
    try:
        opened = os.open(f"{directory}/{name}", os.O_RDONLY | os.O_CLOEXEC)
        try:
            content = os.read(opened, BYTES_MAX)
        finally:
            os.close(opened)
    except OSError as error:
        if error.errno != errno.ENOENT:
            errors[name] = error.errno or 0
        return None
    text = content.hex() if name == METRICS else content.decode("utf-8", "replace").strip()
    files[name] = text
    return text


def _text_or_none(path: str) -> str | None:
    directory, _, name = path.rpartition("/")
    return _read(directory, name, {}, {})
