"""Repairs of JSON that firmware is known to break. A driver opts in to one by name.

A repair touches only what stands between two complete tokens, or a control character within a text. It closes nothing:
an answer that was cut short stays cut short, and is refused.
"""

import re

from miner_agent.sources.foreign_json import JSON_TEXT

_CONTROL = re.compile(rb"[\x00-\x1f]")
_OBJECTS_WITHOUT_COMMA = re.compile(rb"\}(\s*+)\{")
_COMMA_BEFORE_END = re.compile(rb",(\s*+[}\]])")
_COMMA_AFTER_START = re.compile(rb"([{\[]\s*+),")
_NO_NUMBER = re.compile(rb"([:,\[]\s*+)[+-]?(?:nan|inf(?:inity)?)(?=\s*+[,}\]])", re.IGNORECASE)
_BROKEN = re.compile(rb"\}\s*+\{|,\s*+[}\]]|[{\[]\s*+,|nan|inf", re.IGNORECASE)  # any of them: answers are mostly sound
_SOUND = (b":", b",")
_SIGNS_OF_A_BREAK = (b"}{", b",}", b",]", b"{,", b"[,", b'""', b"nan", b"inf")


def cgminer_json(raw: bytes) -> bytes:
    r"""An answer of the cgminer family as the JSON that its author meant.

    Seen: two objects without a comma between them (Antminer ``stats``), a bare ``nan`` (Avalon). Known from other
    programs: ``inf``, a comma before the end of a list or after its start, two texts without a comma between them, a
    control character within a text. What is no number becomes ``null``.

    >>> cgminer_json(b'{"STATS":[{"Type":"x"}{"GHS av":nan,"id":"a}{b"}]}')
    b'{"STATS":[{"Type":"x"},{"GHS av":null,"id":"a}{b"}]}'
    """
    if not _may_be_broken(raw):
        return raw
    parts = JSON_TEXT.split(raw)  # what stands between texts, a text, what stands between texts, ...
    for position in range(0, len(parts), 2):
        part = parts[position]
        if part in _SOUND:
            continue
        if not part.strip() and 0 < position < len(parts) - 1:
            parts[position] = b","
        elif _BROKEN.search(part):
            parts[position] = _repaired_between_texts(part)
    if _CONTROL.search(raw.rstrip(b"\x00")):
        parts[1::2] = [_CONTROL.sub(b" ", text) for text in parts[1::2]]
    return b"".join(parts)


def objects_as_one_list(raw: bytes) -> bytes:
    r"""Objects that follow each other without a comma, as one list.

    >>> objects_as_one_list(b'{"id":"a}{b"}\n{"id":1}')
    b'[{"id":"a}{b"},\n{"id":1}]'
    """
    parts = JSON_TEXT.split(raw)
    objects = 1
    for position in range(0, len(parts), 2):
        parts[position], more = _OBJECTS_WITHOUT_COMMA.subn(rb"},\1{", parts[position])
        objects += more
    return b"[" + b"".join(parts) + b"]" if objects > 1 else raw


def _may_be_broken(raw: bytes) -> bool:
    """False where no repair could change anything: to look costs a twentieth, and most answers are whole."""
    parts = raw.split(b'"')
    if b"\\" in raw or len(parts) % 2 == 0:
        return True  # a text may go on behind a quotation mark, or does not end
    between = b'"'.join(parts[::2]).translate(None, b" \t\n\r\v\f").lower()
    return any(sign in between for sign in _SIGNS_OF_A_BREAK) or _CONTROL.search(b"".join(parts[1::2])) is not None


def _repaired_between_texts(part: bytes) -> bytes:
    part = _OBJECTS_WITHOUT_COMMA.sub(rb"},\1{", part)
    part = _COMMA_BEFORE_END.sub(rb"\1", part)
    part = _COMMA_AFTER_START.sub(rb"\1", part)
    return _NO_NUMBER.sub(rb"\1null", part)
