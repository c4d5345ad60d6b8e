"""Options that take a measure."""

from math import isnan

import click


class MeasureRange(click.FloatRange):
    """A number between two ends. ``nan``, which Python reads as a number, lies in no range and is outside of none."""

    def convert(self, value: float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The number.

        Raises:
            click.BadParameter: it is none, or none between the ends.
        """
        number: float = super().convert(value, param, ctx)
        if isnan(number):
            self.fail(f"{value!r} is not a number.", param, ctx)
        return number
