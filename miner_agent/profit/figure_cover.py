"""For which algorithms of a market a rig has a figure: measured or cited, a model's, or none."""

from collections.abc import Sequence
from dataclasses import dataclass

from calculators.chain.quote import Quote
from miner_agent.profit.rig_figures import Rig

MOST_NAMED = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureCover:
    """Algorithms by where their figure is from, each in the order of the market."""

    cited: tuple[str, ...]  # measured here, said, or looked up
    modelled: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def told(self) -> str:
        """One sentence for people.

        >>> FigureCover(cited=("kawpow",), modelled=("etchash", "octopus"), missing=("scrypt",)).told
        "for 3 of the market's 4 algorithms: 1 measured or cited, 2 modelled (~); none for scrypt"
        """
        count = len(self.cited) + len(self.modelled)
        kinds = [f"{len(self.cited)} measured or cited"] if self.cited else []
        kinds += [f"{len(self.modelled)} modelled (~)"] if self.modelled else []
        whole = f"for {count} of the market's {count + len(self.missing)} algorithms"
        gaps = f"; none for {_listed(self.missing)}" if self.missing else ""
        return f"{whole}{': ' if kinds else ''}{', '.join(kinds)}{gaps}"


def figure_cover(rig: Rig, quotes: Sequence[Quote]) -> FigureCover:
    """Which algorithms of the market the rig has which figure for.

    Args:
        rig: what can mine.
        quotes: the market's.
    """
    names = tuple(dict.fromkeys(quote.algorithm for quote in quotes))
    able = rig.algorithms
    modelled = {name for part in rig.parts for name in part.modelled}  # of one part is enough
    return FigureCover(
        cited=tuple(name for name in names if name in able and name not in modelled),
        modelled=tuple(name for name in names if name in modelled),
        missing=tuple(name for name in names if name not in able),
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: MOST_NAMED - 1])} and {len(names) - MOST_NAMED + 1} more"
