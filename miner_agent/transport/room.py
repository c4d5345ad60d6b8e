"""How many bytes of answers are held at a time: of one source, and of all of them together."""

from miner_agent.errors import BadPayload

ROOM_BYTES = 2 << 20  # for all that is beyond what each source holds without asking: two farms of ten thousand
OWN_BYTES = 32 << 10  # four times the longest that was ever recorded


class Room:
    """What one event loop has for answers that are longer than usual."""

    __slots__ = ("free_bytes",)

    def __init__(self, free_bytes: int = ROOM_BYTES) -> None:
        self.free_bytes = free_bytes


class Allowance:
    """What the answers of one source may take, from the first byte until they are handed over."""

    __slots__ = ("_kept_bytes", "_lent_bytes", "_room", "most_bytes")

    def __init__(self, most_bytes: int, room: Room) -> None:
        self.most_bytes, self._room = most_bytes, room
        self._kept_bytes = self._lent_bytes = 0

    def hold(self, size: int, source: object) -> None:
        """Have room for an answer that is so long by now, beside those that are kept.

        Raises:
            BadPayload: it is too long; ``source`` opens the sentence.
        """
        whole = self._kept_bytes + size
        if whole > self.most_bytes:
            others = f", {self._kept_bytes} in its other answers with it" if self._kept_bytes else ""
            raise BadPayload(_length_of(source), size, f"at most {self.most_bytes}{others}")
        wanted = max(0, whole - OWN_BYTES) - self._lent_bytes
        if wanted > self._room.free_bytes:
            raise BadPayload(_length_of(source), size, "less, while other sources send as much")
        self._room.free_bytes -= wanted
        self._lent_bytes += wanted

    def keep(self, size: int) -> None:
        """What is held is a whole answer."""
        self._kept_bytes += size

    def give_back(self) -> None:
        """Its answers are somebody else's now, or nobody's. Twice is once."""
        self._room.free_bytes += self._lent_bytes
        self._lent_bytes = 0


def _length_of(source: object) -> str:
    return f"{source}: length of the answer"
