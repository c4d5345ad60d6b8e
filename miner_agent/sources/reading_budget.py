"""How much work one source's answers may be, counted where they are looked at, so that every driver is bounded.

Lists that a driver multiplies, such as cards and algorithms, need no bound of their own: each look at a place counts,
whether something stands there or not.
"""

from miner_agent.errors import Excessive

STEPS = 32_768
"""Forty times what the answers of 6 cards take, the most that were ever recorded: a rig of 64 has room."""
FARM_STEPS = 8 * STEPS  # twenty-six for each of ten thousand that mine through it
STEPS_A_PART = 64  # for each device and each work of one: what is done with it later, and the memory until then
STEPS_A_WORKER = 8  # that mines through it: a smaller one
STEPS_A_DEFECT = 4  # of which its place is told, and what stands there
CHARACTERS_A_STEP = 16  # of text, which is cleaned and taken apart by the letter


class ReadingBudget:
    """What is left to one source in one tick, in steps: a list or an object, a look at a value, 16 letters."""

    __slots__ = ("most_steps", "steps_left")

    def __init__(self, most_steps: int = STEPS) -> None:
        self.most_steps = self.steps_left = most_steps

    def spend(self, steps: int) -> None:
        """Count some more.

        Raises:
            Excessive: it is too much; nothing of the source is read.
        """
        self.steps_left -= steps
        if self.steps_left < 0:
            raise Excessive(f"reading its answers takes more than {self.most_steps} steps; no miner's do")

    def spend_text(self, text: str) -> None:
        """Count the reading of a text."""
        self.spend(len(text) // CHARACTERS_A_STEP)
