"""Which devices a person means: ``6x rtx3080, 1x ryzen-5950x``."""

import re
from collections import defaultdict
from collections.abc import Mapping
from functools import lru_cache

from calculators.equipment.hardware import Hardware
from calculators.nearest_words import nearest

MOST_OF_A_KIND = 100_000
LONGEST_TEXT = 4_096
_COUNTED = re.compile(r"(\d{1,9})(?:\s*[x×*]\s+|\s*[×*]|x(?=[a-z]{2}|\d))(.+)", re.DOTALL | re.IGNORECASE)  # noqa: RUF001
_WITHOUT_X = re.compile(r"(\d{1,9})(?:\s+|(?=[a-z]))(.+)", re.DOTALL | re.IGNORECASE)
_CORES = re.compile(r"\b\d+-core\b")
_WORD = re.compile(r"[a-z0-9+]+")
_SERIES = re.compile(r"(?:rtx|gtx|rx|ryzen|epyc)(?=\d)")
_MAKERS = frozenset({"amd", "antminer", "avalon", "bitmain", "canaan", "geforce", "goldshell", "iceriver", "intel"})
_MAKERS |= {"jasminer", "microbt", "nvidia", "radeon", "whatsminer"}
"""Words that people leave away, and drivers do not."""
_FILLERS = frozenset({"core", "cpu", "graphics", "processor", "r", "tm"})


@lru_cache(maxsize=2048)  # the names of a table are the same with every question
def name_key(name: str) -> str:
    """A name without what people write in many ways: capitals, blanks and dashes.

    >>> name_key("RTX 3080 Ti"), name_key("rtx-3080ti"), name_key("M30S++")
    ('rtx3080ti', 'rtx3080ti', 'm30s++')
    """
    return "".join(_WORD.findall(name.lower()))


def parse_rig(text: str, hardware: Mapping[str, Hardware]) -> tuple[tuple[int, Hardware], ...]:
    """How many of which devices a rig has, as a person writes it, with commas between. One, where no number is told.

    Args:
        text: such as ``6x RTX 3080, ryzen-5950x``.
        hardware: what is known, by slug.

    Raises:
        ValueError: nothing is named, a number is not possible, or a device is not known.

    >>> card = Hardware(slug="rtx3080", name="GeForce RTX 3080", kind="gpu", vendor="NVIDIA", benchmarks=())
    >>> [(count, device.slug) for count, device in parse_rig("6x RTX 3080", {"rtx3080": card})]
    [(6, 'rtx3080')]
    """
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"a rig's description has at most {LONGEST_TEXT} characters, not {len(text)}")
    names = HardwareNames(hardware)
    return tuple(_counted(part.strip(), names) for part in text.split(","))


class HardwareNames:
    """Which device is meant by which name. Making it goes through all of them: once for many names.

    >>> card = Hardware(slug="rtx3080", name="GeForce RTX 3080", kind="gpu", vendor="NVIDIA", benchmarks=())
    >>> HardwareNames({"rtx3080": card}).find("NVIDIA GeForce RTX 3080").slug
    'rtx3080'
    """

    def __init__(self, hardware: Mapping[str, Hardware]) -> None:
        """What is known, by slug."""
        self._hardware = hardware
        self._whole: dict[str, Hardware] = {}
        self._short: dict[str, set[str]] = defaultdict(set)
        for slug, device in hardware.items():
            for name in (slug, device.name, *device.aliases):
                self._whole[name_key(name)] = device
                for key in (_short_key(name), _SERIES.sub("", _short_key(name))):
                    self._short[key].add(slug)

    def find(self, text: str) -> Hardware:
        """The device that is named by its slug, its name or another, with its maker's words or without.

        Args:
            text: as a person or a driver writes it.

        Raises:
            ValueError: it is none of them, or may be several.
        """
        meant = self._meant(text)
        if len(meant) == 1:
            return meant[0]
        shown = _shown(text)
        if meant:
            raise ValueError(f"{shown} may be {' or '.join(device.slug for device in meant)}; write which")
        near = self.nearest(text)
        hint = "a file of your own can add it, as [[hardware]]" if near is None else f'did you mean "{near}"?'
        raise ValueError(f"{shown} is not in the table of hardware; {hint}")

    def one(self, text: str) -> Hardware | None:
        """The device, where it is one device's name."""
        meant = self._meant(text)
        return meant[0] if len(meant) == 1 else None

    def nearest(self, text: str) -> str | None:
        """The slug of a device whose name is almost that."""
        names = {name: min(slugs) for name, slugs in self._short.items()}
        return nearest(_short_key(text), self._hardware, everyday=names)

    def _meant(self, text: str) -> list[Hardware]:
        """All that it may be, in the order of their slugs."""
        wanted = _short_key(text)
        if not wanted:
            return []
        if found := self._whole.get(name_key(text)):
            return [found]
        makers = _MAKERS.intersection(_words(text))
        fitting = sorted(slug for slug in self._short.get(wanted, ()) if makers <= _makers(self._hardware[slug]))
        return [self._hardware[slug] for slug in fitting]


def _counted(part: str, names: HardwareNames) -> tuple[int, Hardware]:
    if not part:
        raise ValueError("no device is named between two commas; write 6x rtx3080, 1x ryzen-5950x")
    counted = _COUNTED.fullmatch(part)
    if counted is None:
        return 1, _one(part, names)
    if whole := names.one(part):
        return 1, whole  # 5700 XT is no 5700 of a T
    count = int(counted[1])
    if not 1 <= count <= MOST_OF_A_KIND:
        raise ValueError(f"{_shown(part)}: {count} devices are not possible; write 1 to {MOST_OF_A_KIND}")
    return count, names.find(counted[2])


def _one(part: str, names: HardwareNames) -> Hardware:
    try:
        return names.find(part)
    except ValueError:
        if (meant := _WITHOUT_X.fullmatch(part)) and names.one(meant[2]):
            sentence = f"{_shown(part)}: the x behind the number is missing; write {meant[1]}x {meant[2]}"
            raise ValueError(sentence) from None
        raise


def _shown(text: str) -> str:
    shown = ascii(text[:60])
    return shown if len(shown) <= 62 and len(text) <= 60 else shown[:57] + "..."


def _words(name: str) -> list[str]:
    return _WORD.findall(_CORES.sub("", name.lower()))


def _makers(device: Hardware) -> frozenset[str]:
    return _MAKERS.intersection(_words(f"{device.vendor} {device.name} {device.slug}"))


@lru_cache(maxsize=2048)
def _short_key(name: str) -> str:
    """The same without makers' words: a driver says NVIDIA GeForce RTX 3080 where a person says RTX 3080."""
    return "".join(word for word in _words(name) if word not in _MAKERS and word not in _FILLERS)
