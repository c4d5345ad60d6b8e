"""What the agent costs, beside a peer in the same run. ``make bench`` prints one table.

Gate on ratios and CPU time: walls of a shared machine waver. No test depends on these figures.
"""
