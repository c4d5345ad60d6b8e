"""One sample of 12 stub cards (B11): the reader of the sensor child, beside nvidia-ml-py as most call it.

The stub answers at once, so this is what Python adds; a real driver takes 0.1 to 2 ms a card on top. The time that
the reader sees goes on by 10 s a sample, so that counters of errors are read as often as on a rig.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

import pynvml

from bench.figure import Figure
from bench.rig import CARDS
from bench.turns import in_turn
from miner_agent.collectors.child.card_threads import CardThreads, Said
from miner_agent.collectors.child.wake_up import WakeUp
from miner_agent.collectors.nvml.nvml_reader import NvmlReader
from tests import nvml_stub
from tests.nvml_stub import NvmlStub

INTERVAL_SECONDS = 10
PATIENCE_SECONDS = 3.0
SAMPLES = 300
TURNS = 9
MEMORY_TEMPERATURE = 82


def measure() -> list[Figure]:
    with tempfile.TemporaryDirectory() as folder:
        library = nvml_stub.build(Path(folder))
        with NvmlStub(library, Path(folder, "control"), cards=CARDS) as stub:
            answer = subprocess.run(
                [sys.executable, "-m", "bench.nvml_sample"], env={**os.environ, **stub.environment()},
                stdout=subprocess.PIPE, check=True,
            ).stdout  # fmt: skip
    ours, naive = json.loads(answer)
    return [
        Figure(
            name=f"one sample of {CARDS} cards, CPU", unit="µs", ours=ours, ratio_limit=1,
            peer="nvidia-ml-py, 20 calls a card", peers=naive,
        )
    ]  # fmt: skip


def main() -> None:
    """In a process of its own, which found the stub where it looks for NVIDIA's library."""
    moments = count(0, INTERVAL_SECONDS)
    cards = CardThreads(NvmlReader(), WakeUp(), replace=lambda: None, monotonic=lambda: float(next(moments)))
    ours = partial(cards.ask, PATIENCE_SECONDS, _assert_whole)
    ours()
    assert len(naive_sample()) == CARDS
    print(
        json.dumps(
            in_turn(
                partial(_microseconds, ours),
                partial(_microseconds, naive_sample),
                TURNS,
            )
        )
    )


def _assert_whole(said: Said | Exception) -> None:
    assert isinstance(said, str)
    assert said.count("[") > CARDS


def _microseconds(sample: Callable[[], object]) -> float:
    """CPU of one sample."""
    begun = time.process_time()
    for _ in range(SAMPLES):
        sample()
    return 1e6 * (time.process_time() - begun) / SAMPLES


def naive_sample() -> list[dict[str, object]]:
    """Everything of every card, each with a call of its own, names and handles looked up every time."""
    return [_naive_card(index) for index in range(pynvml.nvmlDeviceGetCount())]


def _naive_card(index: int) -> dict[str, object]:
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    return {
        name: _or_none(function, handle, *arguments)
        for name, function, *arguments in (
            ("name", pynvml.nvmlDeviceGetName),
            ("uuid", pynvml.nvmlDeviceGetUUID),
            ("serial", pynvml.nvmlDeviceGetSerial),
            ("pci", pynvml.nvmlDeviceGetPciInfo),
            ("temperature", pynvml.nvmlDeviceGetTemperature, 0),
            ("power", pynvml.nvmlDeviceGetPowerUsage),
            ("limit", pynvml.nvmlDeviceGetEnforcedPowerLimit),
            ("energy", pynvml.nvmlDeviceGetTotalEnergyConsumption),
            ("utilization", pynvml.nvmlDeviceGetUtilizationRates),
            ("core_clock", pynvml.nvmlDeviceGetClockInfo, 0),
            ("memory_clock", pynvml.nvmlDeviceGetClockInfo, 2),
            ("memory", pynvml.nvmlDeviceGetMemoryInfo),
            ("throttle", pynvml.nvmlDeviceGetCurrentClocksEventReasons),
            ("width", pynvml.nvmlDeviceGetCurrPcieLinkWidth),
            ("generation", pynvml.nvmlDeviceGetCurrPcieLinkGeneration),
            ("state", pynvml.nvmlDeviceGetPerformanceState),
            ("fan", pynvml.nvmlDeviceGetFanSpeed_v2, 0),
            ("fan2", pynvml.nvmlDeviceGetFanSpeed_v2, 1),
            ("memory_temperature", pynvml.nvmlDeviceGetFieldValues, [MEMORY_TEMPERATURE]),
        )
    }


def _or_none(function: Callable[..., object], *arguments: object) -> object:
    try:
        return function(*arguments)
    except pynvml.NVMLError:
        return None


if __name__ == "__main__":
    main()
