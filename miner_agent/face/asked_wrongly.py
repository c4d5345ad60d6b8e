"""A question that cannot be answered as it is put."""


class AskedWrongly(ValueError):
    """Which parameter is wrong, what stood there, and what is to."""


class NothingThere(LookupError):
    """What there is nothing of, in one sentence."""
