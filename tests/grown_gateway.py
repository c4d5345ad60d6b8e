"""A gateway with any number of rigs that answers were made for beforehand, and one round of it."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar

from miner_agent import drivers
from miner_agent.model.temperature_limits import TemperatureLimits
from miner_agent.service.gateway import Gateway, GatewayConfig
from miner_agent.service.keeping import Keeping
from miner_agent.tick.mistakes import Mistakes
from miner_agent.tick.pipeline import MinerSource
from miner_agent.transport.polls import Answer, Ask, Endpoint
from tests.fleet import ANTMINER, BITAXE, driver_of
from tests.waiting import until

LONG_SECONDS = 3600.0  # the first round is the only one
ROUND_SECONDS = 300.0  # of thousands of rigs, on a machine with much else to do
CAPTURES = {"antminer": ANTMINER, "bitaxe": BITAXE}
Key = TypeVar("Key")


class _Asked:
    """In the place of the network: each rig answers at once, with the captured bytes of its make."""

    def __init__(self) -> None:
        self._said = {
            driver: {
                request.name: Path(folder, f"{request.name}.raw").read_bytes()
                for request in drivers.load(driver).requests
            }
            for driver, folder in CAPTURES.items()
        }

    def fetch(self, asks: Sequence[Ask]) -> "Future[list[Answer]]":
        done: Future[list[Answer]] = Future()
        done.set_result([self._answer(ask) for ask in asks])
        return done

    def fetch_each(
        self,
        groups: Mapping[Key, Sequence[Ask]],
        take: Callable[[Key, list[Answer] | Exception], None],
        *,
        over_seconds: float = 0.0,
    ) -> None:
        for key, asks in groups.items():
            take(key, [self._answer(ask) for ask in asks])

    def _answer(self, ask: Ask) -> Answer:
        raw = self._said[ask.source.partition("-")[0]]
        return Answer(source=ask.source, raw=raw, error=None, duration_seconds=0.01)

    def close(self) -> None:
        """It holds nothing."""


def grown_gateway(keeping: Keeping, rigs: int) -> Gateway:
    """One that has not begun; half of its rigs are Bitaxes, half are Antminers."""
    return Gateway(
        GatewayConfig(rigs=dict(map(_rig, range(rigs))), interval_seconds=LONG_SECONDS, limits=TemperatureLimits()),
        keeping=keeping,
        boot_id="grown",
        asker=_Asked(),
        mistakes=Mistakes(),
    )


def go_round(gateway: Gateway) -> None:
    """Its first round, to the end."""
    gateway.start()
    until(lambda: gateway.status is not None and gateway.status.round_ended_at is not None, seconds=ROUND_SECONDS)
    gateway.stop()


def _rig(number: int) -> tuple[str, tuple[MinerSource, ...]]:
    driver = driver_of(number)
    endpoint = Endpoint(scheme="http", host=f"10.77.{number // 250}.{number % 250 + 1}", port=80)
    source = MinerSource(name=f"{driver}-{number}", driver=drivers.load(driver), endpoint=endpoint)
    return f"rig-{number}", (source,)
