"""How long a thread that computes keeps the others waiting.

Python runs one thread at a time, and takes it back after five thousandths of a second where another one wants it. A
scrape wants it several times: beside a question of the log its 99th percentile was over 5 ms, with this below 3.
While nobody computes they are as quick with either.
"""

import sys

HAND_OVER_SECONDS = 0.001


def hand_over_soon() -> None:
    """For all threads of this process."""
    sys.setswitchinterval(HAND_OVER_SECONDS)
