"""Whether a device is of the model that somebody has written, whatever else stands in its name."""

import re
from collections.abc import Iterator

_WORD = re.compile(r"[0-9a-z.+]+")


def goes_by(called: str, model: str) -> bool:
    """Whether the words of a model stand in a name one after the other; letters may follow the last one, no digit.

    Args:
        called: all that is told of the device: its maker, name, machine and program.
        model: as its name begins, or goes on at any of its words.

    >>> goes_by("NVIDIA GeForce RTX 3080 Ti", "RTX 3080"), goes_by("Antminer S9j", "antminer s9"), goes_by("S19", "S1")
    (True, True, False)
    """
    words = _WORD.findall(model.lower())
    return bool(words) and any(
        place[:-1] == words[:-1] and _goes_on(place[-1], words[-1])
        for place in _places(_WORD.findall(called.lower()), len(words))
    )


def _places(words: list[str], length: int) -> Iterator[list[str]]:
    return (words[start : start + length] for start in range(len(words) - length + 1))


def _goes_on(told: str, word: str) -> bool:
    rest = told[len(word) :]
    return told.startswith(word) and not (word[-1].isdigit() and rest[:1].isdigit())
