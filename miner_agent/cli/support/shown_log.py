"""What a part of the agent writes into its log, on standard error of a command."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from miner_agent.service.logs import LineFormatter


@contextmanager
def shown_log(name: str) -> Iterator[None]:
    """Show it for as long as this lasts. ``name``: of the package that writes."""
    log, handler = logging.getLogger(name), logging.StreamHandler()
    handler.setFormatter(LineFormatter(journal=False))
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)
