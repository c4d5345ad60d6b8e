"""The head that almost every answer over HTTP has: status 200, and a body as long as it says.

What is plain is a part of what ``h11`` takes, and comes to the same; a state machine and a dozen objects an answer are
not needed for it. Whatever is in any way odd is left to ``h11``.
"""

import re

_END = re.compile(rb"\n\r?\n")
_PLAIN = re.compile(rb"HTTP/1\.[01] 200(?: [\t -~]*)?\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+\r\n")
_LENGTH = re.compile(rb"\r\ncontent-length:[\t ]*([0-9]{1,12})[\t ]*\r\n")
_LENGTHS, _CODINGS = b"\r\ncontent-length:", re.compile(rb"\r\n(?:transfer|content)-encoding:")


def head_size(opening: bytearray, *, searched: int = 0) -> int | None:
    """How long the head is, its empty line with it; ``None`` where that has not come yet.

    ``searched``: how much of it was looked through before.
    """
    found = _END.search(opening, max(0, searched - 2))
    return None if found is None else found.end()


def plain_length(head: bytearray) -> int | None:
    """How long the body behind a plain head is; ``None`` where the head is none."""
    if _PLAIN.fullmatch(head) is None:
        return None
    lowered = head.lower()
    length = _LENGTH.search(lowered)
    if length is None or lowered.count(_LENGTHS) != 1 or _CODINGS.search(lowered):
        return None
    return int(length[1])
