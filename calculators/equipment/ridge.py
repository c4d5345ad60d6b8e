"""Least squares in which each weight is pulled towards zero as strongly as is said of it: few figures, many weights.

Source: A. Hoerl, R. Kennard, "Ridge regression: biased estimation for nonorthogonal problems", Technometrics 12, 1970.
"""

import math
from collections.abc import Sequence


class Ridge:
    """A fit, and what each figure would have been taken for by the others alone."""

    def __init__(self, rows: Sequence[Sequence[float]], values: Sequence[float], penalties: Sequence[float]) -> None:
        """Fit the weights.

        Args:
            rows: the features of each figure.
            values: the figures.
            penalties: of each weight, in units of the errors' variance over the weight's own; all above zero.
        """
        self._rows, self._values = [tuple(row) for row in rows], tuple(values)
        size = len(penalties)
        normal = [[penalties[line] if line == column else 0.0 for column in range(size)] for line in range(size)]
        sums = [0.0] * size
        for row, value in zip(self._rows, self._values, strict=True):
            filled = [(at, feature) for at, feature in enumerate(row) if feature]
            for line, feature in filled:
                sums[line] += feature * value
                for column, other in filled:
                    normal[line][column] += feature * other
        self._inverse = _inverse(normal)
        self._weights = [math.fsum(map(float.__mul__, line, sums)) for line in self._inverse]

    def value(self, row: Sequence[float]) -> float:
        """What the fit makes of these features.

        Args:
            row: what is known of one case, in the order of the weights. [any]

        >>> round(Ridge([(1.0, 1.0), (1.0, 2.0), (1.0, 3.0)], (3.0, 5.0, 7.0), (1e-9, 1e-9)).value((1.0, 4.0)), 6)
        9.0
        """
        return math.fsum(weight * feature for weight, feature in zip(self._weights, row, strict=True))

    def spread(self, row: Sequence[float]) -> float:
        """How much wider than one figure's own error the fit errs here: 1 among many like it, more far from
        them. [1]

        Args:
            row: what is known of one case, in the order of the weights. [any]
        """
        return math.sqrt(1 + self._leverage(row))

    def left_out(self) -> list[tuple[float, float]]:
        """Of each figure: the error of the others' fit, and how wide that fit errs there.

        >>> errors = Ridge([(1.0,), (1.0,), (1.0,)], (1.0, 2.0, 6.0), (1e-9,)).left_out()
        >>> [round(error, 6) for error, _ in errors]  # 1 against the mean of 2 and 6, ...
        [-3.0, -1.5, 4.5]
        """
        found = []
        for row, value in zip(self._rows, self._values, strict=True):
            rest = 1 - self._leverage(row)  # with this figure in the fit; without it the leverage is (1 - rest) / rest
            found.append(((value - self.value(row)) / rest, math.sqrt(1 / rest)))
        return found

    def _leverage(self, row: Sequence[float]) -> float:
        filled = [(at, feature) for at, feature in enumerate(row) if feature]
        return math.fsum(one * self._inverse[line][column] * other for line, one in filled for column, other in filled)


def _inverse(matrix: list[list[float]]) -> list[list[float]]:
    """Of a symmetric matrix without a zero among its pivots, as the penalties see to."""
    size = len(matrix)
    wide = [[*line, *(1.0 if at == column else 0.0 for column in range(size))] for at, line in enumerate(matrix)]
    for at in range(size):
        pivot = wide[at][at]
        wide[at] = [value / pivot for value in wide[at]]
        for other in range(size):
            factor = wide[other][at]
            if other != at and factor:
                wide[other] = [value - factor * known for value, known in zip(wide[other], wide[at], strict=True)]
    return [line[size:] for line in wide]
