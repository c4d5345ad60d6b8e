"""Why there is no document, in the form of RFC 9457."""

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a question, or with who was asked."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
