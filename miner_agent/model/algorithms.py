"""What algorithms are called: by us, and by whoever else writes them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from miner_agent.text import clean_text, letters_of

_PERSONALISED = re.compile(r'\s*"[^"]*"\s*$')
"""What some put behind an Equihash: ``Equihash 144,5 "BgoldPoW"``. Every coin has its own; the work is the same."""


@dataclass(frozen=True, slots=True)
class Algorithms:
    """Our spelling of an algorithm by the letters and digits of each that others use."""

    spellings: Mapping[str, str] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        """Every algorithm, as we spell it."""
        return frozenset(self.spellings.values())

    def known(self, word: str) -> str | None:
        """Our spelling of what somebody else wrote; ``None`` where nobody knows it.

        >>> Algorithms({"equihash1445": "equihash-144-5"}).known('Equihash 144,5 "BgoldPoW"')
        'equihash-144-5'
        """
        return self.spellings.get(letters_of(word)) or self.spellings.get(letters_of(_PERSONALISED.sub("", word)))

    def spelled(self, word: str) -> str:
        """Our spelling; a word that nobody knows stays as it is, in lower case.

        >>> Algorithms({"rx0": "randomx"}).spelled("RX/0"), Algorithms().spelled("Never-Heard_Of")
        ('randomx', 'never-heard_of')
        """
        return self.known(word) or clean_text(word).lower()


NO_ALGORITHMS = Algorithms()
"""Every word stays as it is."""
