"""Makes text from outside safe for every sink: labels, logs, tables, files, pages, notifications."""

import codecs
import os
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache

LABEL_LENGTH = 64
LOG_LENGTH = 256

_LIKE_AN_ACCOUNT = re.compile(r"[0-9A-Za-z]{26}")  # no coin's addresses are shorter

_ESCAPED_MARK = re.compile(r"%(?:25)*(3a|40|2f)", re.IGNORECASE)  # of a text that was escaped once or several times
_MARKS = {"3a": ":", "40": "@", "2f": "/"}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,31}")
_HOST = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]{2,45}\]|(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]{2,45}(?![^/?#\s])|[^\s/?#:,;|&=]+)"
    r"(?P<port>:\d{1,5}(?![^/?#\s]))?"
)
"""A name, an IPv4 or an IPv6 address, and a port: what else stands behind a colon is a password."""

_WORDS_AND_NUMBERS = re.compile(r"(\D*)(\d{0,18})")
_WITHOUT_BLANK = re.compile(r"[!-~]+")
_BYTES = re.compile("[\udc80-\udcff]+")  # as Python shows those that are no letters in a locale
_DROPPED_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_INVISIBLE_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\U0001d159")  # fillers, and what is drawn with no ink
_INVISIBLE_MARKS = re.compile("[\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0f\U00016fe4\U000e0100-\U000e01ef]+")
_FIRST_MARK = "\u0300"
MARKS_A_LETTER = 3
_MARKS_SORTED_FAST = (
    30  # Unicode's own bound (UAX #15): putting the marks of a letter in order takes their number squared
)


def legible(text: str) -> str:
    """What the locale could not read of a path, an argument or the environment, read as UTF-8. Nothing else changes.

    >>> legible("dir_\\udcc3\\udca4"), legible("ä")
    ('dir_ä', 'ä')
    """
    if text.isascii():
        return text
    return _BYTES.sub(
        lambda found: found[0].encode("ascii", "surrogateescape").decode("utf-8", "surrogateescape"), text
    )


def argument_text(argument: str) -> str:
    """An argument in UTF-8, whatever the locale made of its bytes."""
    return os.fsencode(argument).decode("utf-8", "surrogateescape")


def path_text(text: str) -> str:
    """A path in UTF-8 as this system takes it: the other way round."""
    return os.fsdecode(text.encode("utf-8", "surrogateescape"))


def clean_text(text: str, *, length: int = LABEL_LENGTH) -> str:
    """``text`` on one line, without control, format, surrogate or private characters, at most ``length`` long.

    Runs of white space, dropped characters and letters without ink become one space. Other letters of any language
    stay, in one spelling (NFC) and with no more marks than languages put on them, which none of them loses to the line
    above. Bidirectional marks go, so that a name cannot turn the rest of a line around.

    >>> clean_text("Antminer S9\\nV1.3.58")
    'Antminer S9 V1.3.58'
    >>> clean_text("\\x1b[31mred\\u202e"), clean_text("\\u3164\\u2800"), clean_text("e\\u0301") == "\\xe9"
    ('[31mred', '', True)
    """
    if text.isascii() and text.isprintable() and "  " not in text and len(text) <= length:
        return text.strip()
    text = legible(text[: 16 * length])
    # A hostile text can be a megabyte: what can still show is at most four characters per kept one.
    kept = "".join(map(_shown, _INVISIBLE_MARKS.sub("", text[: 4 * length])))
    composed = unicodedata.normalize("NFC", _with_marks(kept, _MARKS_SORTED_FAST))
    line = " ".join(_with_marks(composed, MARKS_A_LETTER).split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def _shown(character: str) -> str:
    if character.isspace() or character in _INVISIBLE_LETTERS:
        return " "
    return " " if unicodedata.category(character) in _DROPPED_CATEGORIES else character


def _with_marks(text: str, most: int) -> str:
    """``text`` with no more combining marks on a letter than these, and none on nothing.

    >>> _with_marks("\\u0301a\\u0301\\u0302\\u0303b", 2) == "a\\u0301\\u0302b"
    True
    """
    return "".join(_few_marks(text, most)) if any(character >= _FIRST_MARK for character in text) else text


def _few_marks(text: Iterable[str], most: int) -> Iterator[str]:
    room = 0  # for marks, on the letter before; on a space there is none
    for character in text:
        if character >= _FIRST_MARK and unicodedata.category(character).startswith("M"):
            room -= 1
            if room < 0:
                continue
        else:
            room = 0 if character == " " else most
        yield character


def natural_key(text: str) -> tuple[object, ...]:
    """A key that sorts names as people count: whatever their letters' case, and numbers by what they are.

    >>> sorted(["gpu10", "GPU2", "gpu1", "rack-2/b", "rack-10/a"], key=natural_key)
    ['gpu1', 'GPU2', 'gpu10', 'rack-2/b', 'rack-10/a']
    """
    parts = _WORDS_AND_NUMBERS.findall(text.casefold())
    return (tuple((words, int(number or 0)) for words, number in parts), text)


def clean_or_none(text: str | None, *, length: int = LABEL_LENGTH) -> str | None:
    """``clean_text``, where nothing and an empty text are both "not said"."""
    return (clean_text(text, length=length) or None) if text is not None else None


def clean_apart(texts: Iterable[str], *, length: int = LABEL_LENGTH) -> dict[str, str]:
    """``clean_text`` of each of several names that have to stay several.

    Those that would come out alike get a mark made of what they were, whichever comes first: all but one that is clean
    as it is.

    >>> clean_apart(["rig", "rig\\u200b", "left rack"])
    {'rig': 'rig', 'rig\\u200b': 'rig #9ca00a', 'left rack': 'left rack'}
    """
    cleaned = {text: clean_text(text, length=length) for text in texts}
    alike = Counter(cleaned.values())
    return {
        text: line if line == text or alike[line] == 1 else _marked(line, text, length)
        for text, line in cleaned.items()
    }


def _marked(line: str, text: str, length: int) -> str:
    mark = f"#{_digest(text)[:6]}"
    return f"{line[: length - 1 - len(mark)].rstrip()} {mark}".lstrip()


def _digest(text: str) -> str:
    import hashlib  # noqa: PLC0415  no help of a command needs it, and it takes longer than all of ours there

    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def fits_in_header(secret: str) -> bool:
    """Whether an HTTP header can carry it as one word: visible ASCII without a blank, and not nothing.

    >>> fits_in_header("s3cret"), fits_in_header("two words"), fits_in_header("")
    (True, False, False)
    """
    return _WITHOUT_BLANK.fullmatch(secret) is not None


def pool_address(url: str | None) -> str | None:
    """A pool's scheme, host and port, without the account and password that some programs put before the host.

    >>> pool_address("stratum+ssl://0xWALLET.rig:secret@eth.example:4444/path?x=1")
    'stratum+ssl://eth.example:4444'
    >>> pool_address("pool.example:3333")
    'pool.example:3333'
    >>> pool_address("WALLET@pool.example:secret"), pool_address("x%3Asecret%40pool.example:3333")
    ('pool.example', 'pool.example:3333')
    """
    if not url:
        return None
    return _known_address(url) if len(url) <= LABEL_LENGTH else _address_in(url)


def _address_in(url: str) -> str | None:
    scheme, separator, rest = _with_plain_marks(url).rpartition("://")
    if not _SCHEME.fullmatch(scheme):
        scheme, separator = "", ""
    found = _HOST.match(rest.strip().rpartition("@")[2])
    host, port = found.group("host", "port") if found is not None else ("", None)
    if not host or ("." not in host and _LIKE_AN_ACCOUNT.search(host)):  # no host is called so: it is who mines there
        return None
    return clean_or_none(f"{scheme}{separator}{host}{port or ''}", length=128)


_known_address = lru_cache(maxsize=256)(_address_in)  # a miner tells the same at each tick


def account_hash(account: str | None) -> str | None:
    """A short fingerprint of a pool account: enough to see that it changed, not to pay it or to show whose it is.

    >>> account_hash("43invented")
    'df3b89f3ae8f'
    """
    text = (account or "").strip()
    return _digest(text)[:12] if text else None


_MARKED_ACCOUNT = re.compile(r"#[0-9a-f]{12}")


def marked_account(user: str) -> str:
    """The account of a user name as a configuration keeps it: its fingerprint behind a ``#``, which stays what it is.

    >>> marked_account("43invented.rig1"), marked_account("#df3b89f3ae8f")
    ('#df3b89f3ae8f', '#df3b89f3ae8f')
    """
    user = user.strip()
    if _MARKED_ACCOUNT.fullmatch(user):
        return user
    account, _ = account_and_worker(user)
    return f"#{account}" if account else ""


def account_and_worker(user: str | None) -> tuple[str | None, str | None]:
    """What a pool's user name stands for: the fingerprint of its account, and the worker.

    What some pools want behind the worker, such as an address for mail, is left away, and so is a password.

    >>> account_and_worker("43invented.rig1/owner@mail.example")
    ('df3b89f3ae8f', 'rig1')
    >>> account_and_worker("43invented:pass.word"), account_and_worker("43invented.rig1:pass")
    (('df3b89f3ae8f', None), ('df3b89f3ae8f', 'rig1'))
    """
    if not user:
        return None, None
    return _known_user(user) if len(user) <= LOG_LENGTH else _account_and_worker_in(user)


def _account_and_worker_in(user: str) -> tuple[str | None, str | None]:
    account, *others = re.split(r"[./]", _without_password(user.strip()), maxsplit=2)
    return account_hash(account), worker_name(others[0]) if account and others else None


_known_user = lru_cache(maxsize=256)(_account_and_worker_in)  # as above


def worker_name(name: str | None) -> str | None:
    """A worker's name; ``None`` for one that may be an account itself, as some write it there.

    >>> worker_name("rig-1%3Apass"), worker_name("rig@pool.example:pass")
    ('rig-1', 'rig@pool.example')
    >>> worker_name("rig-1"), worker_name("0xE5D7a01f6a8b4C0d2eE5D7a01f6a8b4C0d2eabcd"), worker_name("rig-1:pass")
    ('rig-1', None, 'rig-1')
    """
    if not name:
        return None
    return _known_worker(name) if len(name) <= LABEL_LENGTH else _worker_in(name)


def _worker_in(name: str) -> str | None:
    text = _with_plain_marks(name).partition(":")[0]
    return None if _LIKE_AN_ACCOUNT.search(text) else clean_or_none(text)


_known_worker = lru_cache(maxsize=256)(_worker_in)  # as above


def _without_password(user: str) -> str:
    """What stands before the colon and the password behind it. Some addresses and coins have a colon of their own.

    >>> _without_password("rig:pass"), _without_password("kaspa:qr" + 30 * "x" + ".rig:pass")
    ('rig', 'kaspa:qrxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.rig')
    """
    name, _, rest = _with_plain_marks(user).partition(":")
    if name.isalpha() and _LIKE_AN_ACCOUNT.search(rest):
        return f"{name}:{rest.partition(':')[0]}"
    return name


def _with_plain_marks(text: str) -> str:
    """``text`` with ``:``, ``@`` and ``/`` where they were escaped, as in a URL.

    >>> _with_plain_marks("user%3Apass%2540host")
    'user:pass@host'
    """
    return _ESCAPED_MARK.sub(lambda found: _MARKS[found[1].lower()], text) if "%" in text else text


def login_name(user: str | None) -> str | None:
    """The name with which a miner logged in, as a label: never its account, which many give in place of a name.

    >>> login_name("left rack"), login_name("43" + 30 * "x" + ".rig1"), login_name("43" + 30 * "x" + "+5000")
    ('left rack', 'rig1', '870b1253c468')
    """
    return clean_or_none(_public_login(user))


def login_names(users: Iterable[str | None]) -> list[str | None]:
    """``login_name`` of each of several miners: of two names that are not one, neither hides the other.

    >>> login_names(["rig:pass", "rig", "rig\\u200b", None])
    ['rig', 'rig', 'rig #9ca00a', None]
    """
    told = [_public_login(user) for user in users]
    apart = clean_apart(text for text in told if text is not None)
    return [None if text is None else apart[text] or None for text in told]


def _public_login(user: str | None) -> str | None:
    text = _without_password((user or "").strip())
    if not _LIKE_AN_ACCOUNT.search(text):
        return text
    account, worker = account_and_worker(text.partition("+")[0])
    return worker or account


def letters_of(algorithm: str) -> str:
    """The same for every way to write a name: letters and digits alone.

    >>> letters_of("SHA-256")
    'sha256'
    """
    return _known_letters(algorithm) if len(algorithm) <= LABEL_LENGTH else _letters_in(algorithm)


def _letters_in(algorithm: str) -> str:
    return re.sub(r"[^a-z0-9]", "", algorithm.lower())


_known_letters = lru_cache(maxsize=256)(_letters_in)  # as above


NEAREST_LETTERS = "miner_agent.nearest_letters"
"""As ``errors`` of a stream: what its encoding lacks is written in letters that it has."""
_IN_ASCII = {"–": "-", "’": "'", "°": ""}


def _nearest_letters(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    told = legible(error.object[error.start : error.end])
    return "".join(_spelled(character, error.encoding) for character in told), error.end


def _spelled(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return _in_ascii(character)
    return character


def _in_ascii(character: str) -> str:
    """
    >>> [_in_ascii(character) for character in "é–…€"]
    ['e', '-', '...', '?']
    """
    if character in _IN_ASCII:
        return _IN_ASCII[character]
    return unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode() or "?"


codecs.register_error(NEAREST_LETTERS, _nearest_letters)
