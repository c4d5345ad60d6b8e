"""How much accepted shares prove: their number is random, and its bounds are known."""

import math
from statistics import NormalDist


def expected_shares_bounds(*, accepted_shares: int, coverage: float) -> tuple[float, float]:
    """Between which numbers the expected count of shares lies, given how many were accepted.

    Shares come as a Poisson process. These are its exact central bounds (Garwood) in the approximation of Wilson and
    Hilferty, which is within 2 % of them from 10 shares on. Stale shares and changes of difficulty are not in it.

    Args:
        accepted_shares: shares of one difficulty that were accepted in a window of time. [1]
        coverage: how often the bounds shall hold, such as 0.99. [1]

    Raises:
        ValueError: the count is negative, or the coverage is not between 0 and 1.

    Source:
        https://en.wikipedia.org/wiki/Poisson_distribution#Confidence_interval

    >>> [round(bound, 1) for bound in expected_shares_bounds(accepted_shares=100, coverage=0.99)]
    [76.1, 128.8]
    """
    if accepted_shares < 0 or not 0 < coverage < 1:
        raise ValueError(f"{accepted_shares} shares at a coverage of {coverage}; expected 0 or more, and 0 to 1")
    z = NormalDist().inv_cdf((1 + coverage) / 2)
    lower = 0.0 if accepted_shares == 0 else _quantile_of(accepted_shares, -z)
    return max(0.0, lower), _quantile_of(accepted_shares + 1, z)


def _quantile_of(count: int, z: float) -> float:
    return float(count * (1 - 1 / (9 * count) + z / (3 * math.sqrt(count))) ** 3)
