"""Names of wallets, coins and categories in letters that a format takes: each its own, however alike they become."""

from collections.abc import Callable


class SafeNames:
    """Remembers which name became which, so that two never become one."""

    def __init__(self, spell: Callable[[str], str], *, numbered: Callable[[str, int], str] | None = None) -> None:
        """
        Args:
            spell: makes the letters of a name fit.
            numbered: makes another name of a spelling that is taken; with ``-2`` behind it if nothing else is said.
        """
        self._spell = spell
        self._numbered = numbered or (lambda text, number: f"{text}-{number}")
        self._given: dict[str, str] = {}
        self._taken: set[str] = set()

    def __call__(self, name: str) -> str:
        """The name as the format has it, the same each time."""
        if name not in self._given:
            first = text = self._spell(name)
            number = 1
            while text.casefold() in self._taken:
                number += 1
                text = self._numbered(first, number)
            self._taken.add(text.casefold())
            self._given[name] = text
        return self._given[name]

    def items(self) -> list[tuple[str, str]]:
        """Every name so far, and what became of it."""
        return list(self._given.items())


def ascii_word(name: str, *, more: str = "") -> str:
    """Letters and digits of ASCII; what is something else becomes one dash.

    Args:
        more: further characters that may stand in it.

    >>> ascii_word("my wallet / 2"), ascii_word("שלום"), ascii_word("USDT.e", more=".")
    ('my-wallet-2', '', 'USDT.e')
    """
    kept = "".join(
        character if (character.isascii() and character.isalnum()) or character in more else "-" for character in name
    )
    return "-".join(part for part in kept.split("-") if part)


def file_word(name: str) -> str:
    """A part of a file's name, which can be no path and no option.

    >>> file_word("../../etc/passwd"), file_word("--config"), file_word("\\U0001f4a9")
    ('etc-passwd', 'config', 'wallet')
    """
    return ascii_word(name, more="_").strip("_-")[:60] or "wallet"
