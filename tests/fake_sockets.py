"""Miners on loopback that take commands over TCP: as they are, or framed by their length."""

import asyncio
import itertools
from collections.abc import Mapping

from miner_agent.sources.driver import ANSWER_BYTES
from tests.fakes import BLOCK, HUGE_BYTES, LoopbackFake, Mode


class FakeFramedMiner(LoopbackFake):
    """Answers framed messages with what ``answers`` holds for them, framed alike, and leaves the connection open.

    ``before`` goes ahead of each answer's length, ``behind`` follows the answer.
    """

    def __init__(
        self,
        answers: Mapping[bytes, bytes] | None = None,
        *,
        mode: Mode = Mode.NORMAL,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(mode=mode, host=host, port=port)
        self.answers = dict(answers or {})
        self.before = self.behind = b""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(4)
        command = await reader.readexactly(int.from_bytes(head, "little"))
        self.received.append(command)
        body = self.answers.get(command, b"")
        answer = self.before + len(body).to_bytes(4, "little") + body + self.behind
        match self.mode:
            case Mode.HANG:
                await self._hang(reader)
            case Mode.CLOSE:
                return
            case Mode.RESET:
                await self._send(writer, answer[: len(answer) // 2])
                await self._reset(writer)
            case Mode.TOO_SHORT:
                await self._send(writer, answer[:-1])
                return
            case Mode.DRIP_HEAD | Mode.DRIP_BODY:
                whole = 0 if self.mode is Mode.DRIP_HEAD else 4
                await self._send(writer, answer[:whole])
                await self._send_slowly(writer, answer[whole:])
            case Mode.HUGE_BODY | Mode.ENDLESS_BODY | Mode.NEGATIVE_LENGTH | Mode.HEARTBEATS:
                start, again = FRAMED_FLOODS[self.mode]
                await self._send(writer, start)
                for block in itertools.repeat(again):
                    await self._send(writer, block)
            case _:
                await self._send(writer, answer)
        await self._hang(reader)


class FakeTcpMiner(LoopbackFake):
    """Answers a TCP command with the bytes that ``answers`` holds for it, as they are, and closes.

    ``ending`` follows each answer; ``keeps_open`` leaves the connection open behind it, and answers what comes next on
    it. ``answers_anything`` answers what ``answers`` does not hold.
    """

    def __init__(
        self,
        answers: Mapping[bytes, bytes] | None = None,
        *,
        ending: bytes = b"",
        keeps_open: bool = False,
        mode: Mode = Mode.NORMAL,
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        super().__init__(mode=mode, host=host, port=port)
        self.answers = dict(answers or {})
        self.answers_anything = b""
        self.ending = ending
        self.keeps_open = keeps_open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await reader.read(4096):
            self.received.append(command)
            await self._reply(reader, writer, command)
            if not self.keeps_open:
                return

    async def _reply(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, command: bytes) -> None:
        answer = self.answers.get(command, self.answers_anything) + self.ending
        match self.mode:
            case Mode.HANG:
                await self._hang(reader)
            case Mode.CLOSE:
                return
            case Mode.RESET:
                await self._send(writer, answer[: len(answer) // 2])
                await self._reset(writer)
            case Mode.DRIP_BODY:
                await self._send_slowly(writer, answer)
            case Mode.ENDLESS_BODY:
                for block in itertools.repeat(BLOCK):
                    await self._send(writer, block)
            case _:
                await self._send(writer, answer)


FRAMED_FLOODS = {  # how each begins, and what then comes for ever
    Mode.HUGE_BODY: (HUGE_BYTES.to_bytes(4, "little"), BLOCK),
    Mode.ENDLESS_BODY: (ANSWER_BYTES.to_bytes(4, "little"), BLOCK),
    Mode.NEGATIVE_LENGTH: ((-1).to_bytes(4, "little", signed=True), BLOCK),
    Mode.HEARTBEATS: (b"", bytes(len(BLOCK))),
}
