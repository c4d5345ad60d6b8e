"""The process that touches what can hang.

    python -m miner_agent.collectors.child.sensor_child [--procfs DIRECTORY] [--sysfs DIRECTORY] COLLECTOR...

One line of JSON asks and one answers: ``{"id": 7, "collector": "nvml", "within_seconds": 3.0}`` gets ``{"id": 7,
"collector": "nvml", "raw": {...}}``, or ``"error": "..."`` in place of ``raw``. A line of its own tells before that it
is ready.

Each collector has a thread of its own, and so has each card that does not answer (``card_threads``): one that hangs
holds up no other. When the parent closes standard input the process ends at once, whatever its threads wait for. It
imports as little as it can: 18 MiB is all it may use.
"""

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from queue import SimpleQueue

from miner_agent.collectors.child.card_threads import CardThreads, Reader

COLLECTORS = ("nvml", "amdgpu")
EXIT_USAGE = 2
EXIT_NEW_PROCESS_WANTED = 3
READY = {"ready": True}

Request = tuple[int, float]  # its number, and within how many seconds it is to be answered


def main(arguments: list[str]) -> int:
    """Serve until standard input ends. Returns only where the arguments are wrong."""
    roots, names = _arguments(arguments)
    unknown = [name for name in names if name not in COLLECTORS]
    if unknown or not names:
        sys.stderr.write(f"sensor child: {' '.join(unknown) or 'nothing'} is no collector; known: {COLLECTORS}\n")
        return EXIT_USAGE
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    answers = Answers()
    queues: dict[str, SimpleQueue[Request]] = {name: SimpleQueue() for name in names}
    for name, queue in queues.items():
        threading.Thread(target=_serve, args=(name, roots, queue, answers), name=name, daemon=True).start()
    answers.write(READY)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        queues[request["collector"]].put((request["id"], request["within_seconds"]))
    os._exit(0)  # a thread that hangs in the driver must not keep the process


class Roots:
    """Where the kernel's trees are mounted."""

    procfs, sysfs = "/proc", "/sys"


def _arguments(arguments: list[str]) -> tuple[Roots, list[str]]:
    # argparse would cost a megabyte
    roots = Roots()
    while len(arguments) >= 2 and arguments[0] in {"--procfs", "--sysfs"}:
        setattr(roots, arguments[0].removeprefix("--"), arguments[1])
        arguments = arguments[2:]
    return roots, arguments


class Answers:
    """The way out: one line an answer, from whichever thread has one."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._file = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # what a driver's library prints goes to the log, not between our lines

    def write(self, answer: Mapping[str, object]) -> None:
        line = json.dumps(answer, separators=(",", ":")).encode() + b"\n"
        try:
            with self._lock:
                self._file.write(line)
                self._file.flush()
        except OSError:
            os._exit(0)  # nobody reads any more


def _serve(name: str, roots: Roots, queue: "SimpleQueue[Request]", answers: Answers) -> None:
    cards: CardThreads | None = None
    while True:
        number, within_seconds = queue.get()
        answer: dict[str, object] = {"id": number, "collector": name}
        wants_new_process = False
        try:
            cards = cards or CardThreads(_reader(name, roots))
            answer["raw"] = raw = cards.read(within_seconds)
            wants_new_process = bool(raw.get("wants_new_process"))
        except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
            answer["error"] = f"{type(error).__name__}: {error}"
        answers.write(answer)
        if wants_new_process:
            os._exit(EXIT_NEW_PROCESS_WANTED)  # the parent starts one


def _reader(name: str, roots: Roots) -> Reader:
    """Only what is asked for is imported, and in its own thread: an import can fail or hang as well."""
    if name == "nvml":
        from miner_agent.collectors.nvml import nvml_reader  # noqa: PLC0415

        return nvml_reader.NvmlReader(procfs=roots.procfs)
    if name == "amdgpu":
        from miner_agent.collectors.amdgpu import amdgpu_reader  # noqa: PLC0415

        return amdgpu_reader.AmdgpuReader(sysfs=roots.sysfs)
    raise ValueError(f"{name} is no collector")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
