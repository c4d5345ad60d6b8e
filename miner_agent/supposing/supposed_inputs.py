"""What is asked: which inputs are others."""

from msgspec import Struct

DEADLINE_SECONDS = 8.0  # of an answer


class SupposedInputs(Struct, frozen=True, kw_only=True):
    """Inputs that are others, in the words of ``what-if``: ``kwh_price=0.20``, ``kwh_price=0.05:0.30:0.05``."""

    settings: tuple[str, ...] = ()
    sweeps: tuple[str, ...] = ()
    coin: str | None = None  # None: the best one
