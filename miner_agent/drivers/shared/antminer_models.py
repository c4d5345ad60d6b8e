"""How many chips and boards an Antminer was built with, by its model. The counts are those that pyasic has, of 2026."""

import re
from typing import NamedTuple


class Build(NamedTuple):
    """Chips of one board, in each of its versions; and how many boards there are."""

    chips: tuple[int, ...]
    boards: int
    first_chain: int = 1


LEAST_PART = 0.5
"""A board that finds less than half of its chips may as well be one that is not known here."""

_BUILDS = {
    "S9": Build((63,), 3, first_chain=6), "S9i": Build((63,), 3, first_chain=6), "S9j": Build((63,), 3, first_chain=6),
    "D3": Build((60,), 3), "L3+": Build((72,), 4), "L7": Build((120,), 4), "Z15": Build((3,), 3), "K7": Build((92,), 3),
    "S17": Build((48,), 3), "S17 Pro": Build((48,), 3), "S17+": Build((65,), 3), "S17e": Build((135,), 3),
    "T17": Build((30,), 3), "T17+": Build((44,), 3), "T17e": Build((78,), 3),
    "S19": Build((76, 88), 3), "S19 Pro": Build((114,), 3), "S19 Pro+": Build((120,), 3), "S19+": Build((80,), 3),
    "S19i": Build((80,), 3), "S19L": Build((76,), 3), "S19a": Build((72,), 3), "S19a Pro": Build((100,), 3),
    "S19j": Build((88, 114), 3), "S19j+": Build((108,), 3), "S19j Pro": Build((126,), 3), "S19j Pro+": Build((120,), 3),
    "S19j XP": Build((110,), 3), "S19k Pro": Build((77,), 3), "S19 XP": Build((110,), 3), "S19 XP+": Build((108,), 3),
    "S19 Hyd": Build((104,), 4), "S19 Pro Hyd": Build((180,), 4), "S19 Pro+ Hyd": Build((180,), 4),
    "S19 XP Hyd": Build((204,), 3), "T19": Build((76,), 3),
    "S21": Build((108,), 3), "S21 Pro": Build((65,), 3), "T21": Build((108,), 3),
}  # fmt: skip


def model_of(product: str) -> str:
    """The model, without its maker before it and its firmware behind it.

    >>> model_of("Antminer S21 Pro (Vnish 1.2.7)"), model_of("antminer S19 Pro Hyd.")
    ('S21 Pro', 'S19 Pro Hyd.')
    """
    return re.sub(r"(?i)^\s*antminer\s*", "", product.partition("(")[0]).strip()


def build_of(product: str | None) -> Build | None:
    """How a machine of that name was built, where it is known."""
    return _BY_LETTERS.get(_letters(model_of(product))) if product else None


def chips_of(build: Build | None, found: int) -> int | None:
    """How many chips a board was built with on which so many were found; ``None`` where it is not known."""
    return next((chips for chips in build.chips if found <= chips <= found / LEAST_PART), None) if build else None


def is_cooled_by_water(product: str | None) -> bool:
    return product is not None and "hyd" in model_of(product).lower()


def _letters(model: str) -> str:
    """The same for ``S19 XP Hyd.``, ``S19XP Hydro`` and ``S19 XP Hyd``."""
    return re.sub(r"hyd(?:ro)?$", "hyd", re.sub(r"[^a-z0-9+]", "", model.lower()))


_BY_LETTERS = {_letters(model): build for model, build in _BUILDS.items()}
