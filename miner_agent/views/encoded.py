"""Views as bytes of JSON."""

import msgspec


def json_bytes(view: msgspec.Struct | list[msgspec.Struct]) -> bytes:
    """A view as JSON in UTF-8. What is no letter, such as a byte of a path that nobody can read, becomes a mark.

    >>> json_bytes([]), json_bytes(["a\\udcc3"])
    (b'[]', b'["a?"]')
    """
    try:
        return msgspec.json.encode(view)
    except UnicodeEncodeError:
        return msgspec.json.encode(_legible(msgspec.to_builtins(view)))


def _legible(value: object) -> object:
    match value:
        case str():
            return value.encode("utf-8", "replace").decode()
        case dict():
            return {_legible(name): _legible(one) for name, one in value.items()}
        case list():
            return [_legible(one) for one in value]
        case _:
            return value
