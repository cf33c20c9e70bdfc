"""Contents of messages and entries: bytes, text, or a value of JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from reeeductio._arguments import refuse
from reeeductio.exceptions import DecryptionError, ValidationError

__all__ = ["Content"]

#: Bytes as they are, text as UTF-8, or any other value that JSON has. `None` only within a list or an object.
Content = bytes | str | Mapping[str, Any] | Sequence[Any] | float | bool


def encoded(content: Content, instead: str = "") -> bytes | str:
    """Return the bytes, or the text, of a content. `instead` says what removes a value, where `None` is given."""
    if content is None:
        refuse("content", f"bytes, a string, or a value that JSON has, not None{instead}")
    if isinstance(content, bytes | bytearray | memoryview | str):
        return content if isinstance(content, str) else bytes(content)
    try:
        return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        msg = f"content: must be bytes, a string, or a value that JSON has: {error}"
        raise ValidationError(msg, "client.argument") from None


def decoded(what: str, value: bytes) -> str:
    """Decode UTF-8. `what` names the value in the error."""
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        msg = f"the {what} is not UTF-8 text: {error}"
        raise ValidationError(msg, "client.text") from None


class Opened:
    """The base of what holds an opened content."""

    __slots__ = ()

    content: bytes | None

    @property
    def bytes(self) -> bytes:
        """The content as bytes.

        Raises:
            DecryptionError: it was not sealed with the key for its place, or does not open.
        """
        if self.content is None:
            msg = "was not sealed with the key for its place, or does not open"
            raise DecryptionError(msg, "client.open")
        return self.content

    @property
    def text(self) -> str:
        """The content as text.

        Raises:
            DecryptionError: it does not open.
            ValidationError: it is not UTF-8.
        """
        return decoded("content", self.bytes)

    def json(self) -> Any:  # noqa: ANN401 - JSON
        """Parse the content as JSON.

        Raises:
            DecryptionError: it does not open.
            ValidationError: it is not JSON.
        """
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            msg = f"the content is not JSON: {error}"
            raise ValidationError(msg, "client.text") from None
