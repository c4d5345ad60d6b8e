"""An invented history of coins, to try commands with."""

from importlib.resources import files


def sample_history() -> str:
    """As CSV. ``tools/sample_history.py`` makes it."""
    return files(__package__).joinpath("history.csv").read_text("utf-8")
