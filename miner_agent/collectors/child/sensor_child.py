"""The process that touches what can hang.

    python -m miner_agent.collectors.child.sensor_child [--procfs DIRECTORY] [--sysfs DIRECTORY] COLLECTOR...

One line of JSON asks and one answers: ``{"id": 7, "collector": "nvml", "within_seconds": 3.0}`` gets ``{"id": 7,
"collector": "nvml", "raw": {...}}``, or ``"error": "..."`` in place of ``raw``. What stands under ``kept`` in a raw
answer is told where it is new, and holds until it is told anew. A line of its own tells before that it is ready.

There are as many threads that take requests as there are collectors, and each card that does not answer has one
(``card_threads``): one that hangs holds up no other. When the parent closes standard input the process ends at once,
whatever its threads wait for. It imports as little as it can: 18 MiB is all it may use.
"""

import os
import select
import signal
import sys
import threading
from collections.abc import Sequence
from functools import partial

from miner_agent.collectors.child.card_json import decoded, encoded
from miner_agent.collectors.child.card_threads import CardThreads, Reader, Said
from miner_agent.collectors.child.wake_up import WakeUp

COLLECTORS = ("nvml", "amdgpu")
EXIT_USAGE = 2
EXIT_NEW_PROCESS_WANTED = 3
READY = {"ready": True}


def main(arguments: list[str]) -> int:
    """Serve until standard input ends. Returns only where the arguments are wrong."""
    roots, names = _arguments(arguments)
    unknown = [name for name in names if name not in COLLECTORS]
    if unknown or not names:
        sys.stderr.write(f"sensor child: {' '.join(unknown) or 'nothing'} is no collector; known: {COLLECTORS}\n")
        return EXIT_USAGE
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides
    wake_up = WakeUp()
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    answers = Answers()
    answers.write(encoded(READY))
    requests = SensorRequests(names, roots, answers, wake_up)
    for _ in names:
        requests.serve_aside()
    while True:
        wake_up.wait()


def _end_with_parent() -> None:
    """When nobody holds the other end of standard input: a thread that hangs in the driver must not keep the process.

    Whoever waits for that alone is not woken by requests.
    """
    parent = select.poll()
    parent.register(0, 0)  # its end is told all the same
    parent.poll()
    os._exit(0)


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

    def write(self, answer: str) -> None:
        line = f"{answer}\n".encode()
        try:
            with self._lock:
                self._file.write(line)
                self._file.flush()
        except OSError:
            os._exit(0)  # nobody reads any more


class SensorRequests:
    """What the parent asks, line by line, taken by whichever thread is free. Each collector is asked once at a time."""

    def __init__(self, names: Sequence[str], roots: Roots, answers: Answers, wake_up: WakeUp) -> None:
        self._lock = threading.Lock()  # held by the thread that takes the next one
        self._roots, self._answers, self._wake_up = roots, answers, wake_up
        self._collectors: dict[str, CardThreads | None] = dict.fromkeys(names)

    def serve_aside(self) -> None:
        """Begin a thread that answers requests."""
        threading.Thread(target=self._serve, name="requests", daemon=True).start()

    def _serve(self) -> None:
        """Until another thread has taken its place."""
        keeps_place = True
        while keeps_place:
            with self._lock:
                line = sys.stdin.buffer.readline()
            if not line:
                os._exit(0)
            request = decoded(line.decode())
            keeps_place = self._answer(request["id"], request["collector"], request["within_seconds"])

    def _answer(self, number: int, name: str, within_seconds: float) -> bool:
        tell = partial(self._tell, number, name)
        try:
            cards = self._collectors[name]
            if cards is None:
                reader = _reader(name, self._roots)
                self._collectors[name] = cards = CardThreads(reader, self._wake_up, replace=self.serve_aside)
            return cards.ask(within_seconds, tell)
        except Exception as error:  # noqa: BLE001  # the parent must hear of it, and the next tick may be better
            tell(error)
            return True

    def _tell(self, number: int, name: str, said: Said | Exception) -> None:
        if isinstance(said, Exception):
            error = f"{type(said).__name__}: {said}"
            self._answers.write(encoded({"id": number, "collector": name, "error": error}))
            return
        raw = said if isinstance(said, str) else encoded(said)
        self._answers.write(f'{{"id":{number},"collector":{encoded(name)},"raw":{raw}}}')
        if isinstance(said, dict) and said.get("wants_new_process"):
            os._exit(EXIT_NEW_PROCESS_WANTED)  # the parent starts one


def _reader(name: str, roots: Roots) -> Reader:
    """Only what is asked for is imported, when it is asked for: an import can fail or hang as well."""
    if name == "nvml":
        from miner_agent.collectors.nvml import nvml_reader  # noqa: PLC0415

        return nvml_reader.NvmlReader(procfs=roots.procfs)
    if name == "amdgpu":
        from miner_agent.collectors.amdgpu import amdgpu_reader  # noqa: PLC0415

        return amdgpu_reader.AmdgpuReader(sysfs=roots.sysfs)
    raise ValueError(f"{name} is no collector")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
