"""A question that cannot be answered as it is put."""

from collections.abc import Mapping


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


def refuse_longer(parameters: Mapping[str, str], most_characters: int) -> None:
    """Raises AskedWrongly where one of them is longer than that."""
    for name, text in parameters.items():
        if len(text) > most_characters:
            raise AskedWrongly(f"{name}: that is longer than {most_characters} characters")
