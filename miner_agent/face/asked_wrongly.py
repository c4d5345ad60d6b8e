"""A question that cannot be answered as it is put."""


class AskedWrongly(ValueError):
    """Which parameter is wrong, what stood there, and what is to."""


class NothingThere(LookupError):
    """What there is nothing of, in one sentence."""


class NotNow(Exception):
    """Why there is no answer at the moment; ``why`` says it to whoever keeps the agent, in its log."""

    def __init__(self, sentence: str, *, why: str | None = None) -> None:
        super().__init__(sentence)
        self.why = why


class NotShown(Exception):
    """It is shown to others alone; the sentence says to whom."""
