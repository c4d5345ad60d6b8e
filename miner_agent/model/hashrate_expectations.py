"""What a miner or a device should make, by whatever tells it: its owner, its own last days, its firmware, a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias, get_args

from miner_agent.model.called import goes_by
from miner_agent.model.made_in_c import made_in_c

HashrateSource: TypeAlias = Literal["configured", "learnt", "firmware", "table"]
HASHRATE_SOURCES: tuple[HashrateSource, ...] = get_args(HashrateSource)
"""The first that tells it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HashrateRule:
    """What its owner expects on one algorithm: of a miner, or of each device that it speaks of."""

    algorithm: str  # in our spelling
    hashes_per_second: float
    miner: str | None = None  # all of it together
    device: str | None = None  # by its label
    model: str | None = None

    @property
    def rank(self) -> tuple[bool, int]:
        """The more closely it says what it is of, the higher."""
        return self.device is not None, len(self.model or "")

    def is_of(self, asked: "Asked") -> bool:
        """Whether it speaks of that."""
        is_named = self.device in {None, asked.device} and (self.model is None or goes_by(asked.called, self.model))
        return self.algorithm == asked.algorithm and self.miner == asked.miner and is_named


@made_in_c
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Of what a hashrate is wanted."""

    algorithm: str
    miner: str | None = None  # None: of the device alone
    device: str | None = None
    called: str = ""  # all that is told of the device
    models: tuple[str | None, ...] = ()  # the names of all that work on it, as a table may have them
    parts: "tuple[Asked, ...]" = ()  # of a miner: each of its devices that work on it
    learnt_hashes_per_second: float | None = None
    nominal_hashes_per_second: float | None = None  # as its firmware says


class Rated(Protocol):
    """A table of devices."""

    def rate_of(self, name: str, algorithm: str, /) -> float | None:
        """What a device of that name makes [H/s]; ``None`` where the table does not say."""


@dataclass(frozen=True, slots=True)
class HashrateExpectations:
    """All that is known beside what is learnt."""

    told: tuple[HashrateRule, ...] = ()
    rated: Rated | None = None

    def of(self, asked: Asked) -> tuple[HashrateSource, float] | None:
        """Who tells it, and what [H/s]."""
        for source in HASHRATE_SOURCES:
            hashes_per_second = self._told_by(source, asked)
            if hashes_per_second:
                return source, hashes_per_second
        return None

    def _told_by(self, source: HashrateSource, asked: Asked) -> float | None:
        match source:
            case "configured":
                return self._configured(asked) if self.told else None
            case "learnt":
                return asked.learnt_hashes_per_second
            case "firmware":
                return asked.nominal_hashes_per_second
            case "table":
                return self._rated(asked)

    def _configured(self, asked: Asked) -> float | None:
        """What its owner says of it, else the sum of what he says of each of its devices, where he does of all."""
        fitting = [(one.rank, place, one.hashes_per_second) for place, one in enumerate(self.told) if one.is_of(asked)]
        return max(fitting)[2] if fitting else _whole([self._configured(part) for part in asked.parts])

    def _rated(self, asked: Asked) -> float | None:
        """The sum of what the table has of each; ``None`` where it lacks one."""
        if self.rated is None:
            return None
        return _whole([None if name is None else self.rated.rate_of(name, asked.algorithm) for name in asked.models])


def _whole(rates: Sequence[float | None]) -> float | None:
    """Their sum; ``None`` where there are none or one is not known."""
    known = [rate for rate in rates if rate is not None]
    return sum(known) if known and len(known) == len(rates) else None


NO_HASHRATES = HashrateExpectations()
"""Only what is learnt, and what firmware says."""
