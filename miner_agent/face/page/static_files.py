"""The files of the pages, each at an address that changes with what is in it: a browser keeps it for good."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from miner_agent.web.inquiry import Reply

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/vnd.microsoft.icon",
    ".txt": "text/plain; charset=utf-8",
}
_FOR_GOOD = {"cache-control": "private, max-age=31536000, immutable"}


@dataclass(frozen=True, slots=True)
class StaticFiles:
    """All of them, read once."""

    _answers: Mapping[str, Reply]
    _urls: Mapping[str, str]

    @classmethod
    def read(cls, folder: Path = STATIC) -> Self:
        """Those of a folder whose kind is known."""
        answers, urls = {}, {}
        for file in sorted(folder.rglob("*")):
            if (media_type := _TYPES.get(file.suffix)) is not None:
                body, name = file.read_bytes(), file.relative_to(folder)
                mark = hashlib.blake2b(body, digest_size=6).hexdigest()
                url = urls[name.as_posix()] = f"{PREFIX}{name.with_suffix('').as_posix()}.{mark}{file.suffix}"
                answers[url] = Reply(media_type=media_type, body=body, headers=_FOR_GOOD)
        return cls(answers, urls)

    def url(self, name: str) -> str:
        """Where a file is, by its path in the folder; KeyError where there is none."""
        return self._urls[name]

    def answer(self, path: str) -> Reply | None:
        """The file at that address, if there is one."""
        return self._answers.get(path)
