"""What the United States let be written off of 5-year property, computers among it, in each tax year.

Shares of the depreciable basis: 200 % declining balance, then straight line (IRS Publication 946, tables A-1 to A-5).
"""

from decimal import Decimal

HALF_YEAR = tuple(Decimal(percent) / 100 for percent in ("20", "32", "19.2", "11.52", "11.52", "5.76"))
"""Half a year in the first tax year, half a year in the last."""

MID_QUARTER = tuple(
    tuple(Decimal(percent) / 100 for percent in row.split())
    for row in (
        "35 26 15.6 11.01 11.01 1.38",
        "25 30 18 11.37 11.37 4.26",
        "15 34 20.4 12.24 11.3 7.06",
        "5 38 22.8 13.68 10.94 9.58",
    )
)
"""By the quarter of the tax year in which it was placed in service: from the middle of that quarter on."""
