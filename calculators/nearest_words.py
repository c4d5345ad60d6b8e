"""The known word that somebody probably meant."""

from collections.abc import Iterable, Mapping

LONGEST_WORD = 64
"""Of letters that are compared: comparing takes their number squared."""
_LOOKED_AT = 5


def nearest(given: str, known: Iterable[str], *, everyday: Mapping[str, str] | None = None) -> str | None:
    """The nearest of the known words by its letters and digits, or by another name that people have for it.

    Args:
        given: the word that is not known.
        known: those that are.
        everyday: other names, and which known word each stands for.

    >>> nearest("onec", ["once", "run"]), nearest("zzz", ["once", "run"])
    ('once', None)
    >>> nearest("stauts", ["status", "log"], everyday={"stats": "log"})
    'status'
    >>> nearest("monero", ["XMR", "NEOX"], everyday={"Monero": "XMR"})
    'XMR'
    >>> nearest("phoenix-minr", ["trex", "claymore"], everyday={"PhoenixMiner": "claymore"})
    'claymore'
    """
    words = list(known)
    meant = {_letters(name): word for name, word in (everyday or {}).items() if word in words}
    meant |= {_letters(word): word for word in words}
    key = _letters(given[:LONGEST_WORD])
    if key in meant:
        return meant[key]
    from difflib import get_close_matches  # noqa: PLC0415  few words are unknown, and all commands have this module

    own = {_letters(word) for word in words}
    near = get_close_matches(key, meant, n=_LOOKED_AT)
    return meant[min(near, key=lambda word: (_slips(key, word), word not in own))] if near else None


def suggestion(
    given: str, known: Iterable[str], *, otherwise: str | None = None, everyday: Mapping[str, str] | None = None
) -> str:
    """The end of a sentence about an unknown word: the nearest known one, else what to do, else all that are known.

    >>> suggestion("trx", ["trex", "xmrig"]), suggestion("?", ["trex", "xmrig"])
    ('did you mean "trex"?', 'known: trex, xmrig')
    """
    words = sorted(known)
    near = nearest(given, words, everyday=everyday)
    return f'did you mean "{near}"?' if near is not None else otherwise or f"known: {', '.join(words)}"


def _slips(given: str, meant: str) -> int:
    """How many slips of a finger lie between them: a letter more, fewer, another one, or two that changed places."""
    before: list[int] = []
    row = list(range(len(meant) + 1))
    for place, letter in enumerate(given, 1):
        before, further, row = row, before, [place]
        for column, wanted in enumerate(meant, 1):
            slips = min(before[column] + 1, row[column - 1] + 1, before[column - 1] + (letter != wanted))
            if further and column > 1 and (letter, given[place - 2]) == (meant[column - 2], wanted):
                slips = min(slips, further[column - 2] + 1)
            row.append(slips)
    return row[-1]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))
