"""Says in the log what has changed from tick to tick, and nothing of what stays as it is."""

import logging

from miner_agent.model.snapshot import RigSnapshot

log = logging.getLogger(__name__)


class Changes:
    """Of one rig. Fed once a tick."""

    __slots__ = ("_astray", "_down")

    def __init__(self) -> None:
        self._down: dict[str, str] = {}
        self._astray: frozenset[str] = frozenset()

    def say(self, snapshot: RigSnapshot) -> None:
        """The first failure of a source, every change of its kind, and its recovery: a line each. The same of pools."""
        for outcome in snapshot.outcomes:
            before = self._down.get(outcome.source)
            if outcome.error is None:
                if self._down.pop(outcome.source, None) is not None:
                    log.info("%s: gives readings again", outcome.source)
            elif outcome.error.kind != before:
                self._down[outcome.source] = outcome.error.kind
                log.warning("%s", outcome.error)
        astray = {f"{pool.miner} ({pool.algorithm})": pool for pool in snapshot.pools if pool.differs}
        for name in astray.keys() - self._astray:
            pool = astray[name]
            log.warning(
                "%s: mines to another %s than before (now %s): is that you? Then write it into the configuration",
                name,
                " and ".join(pool.differs or ()),
                pool.host or "an unnamed pool",
            )
        self._astray = frozenset(astray)
