"""What a question of the log is: whoever has the log open is told by it what to look for."""

from abc import ABC, abstractmethod

import msgspec

from miner_agent.face.asked_wrongly import NothingThere
from miner_agent.face.question_desk import AskedLater
from miner_agent.storage.telemetry.log import TelemetryLog


class LogQuestion(AskedLater, ABC):
    """One question of the log."""

    __slots__ = ()

    @abstractmethod
    def answer(self, log: TelemetryLog) -> msgspec.Struct:
        """What the log says. Raises NothingThere where it holds nothing of what is meant."""


def known_rig(log: TelemetryLog, rig: str, own: str) -> str:
    """That rig.

    Raises:
        NothingThere: neither is it this one, nor has the log ever heard of it.
    """
    if rig != own and rig not in log.rigs():
        raise NothingThere(f"The log holds nothing of the rig {rig!a:.64}.")
    return rig
