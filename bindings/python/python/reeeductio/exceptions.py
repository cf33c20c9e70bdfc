"""The exceptions of the package.

Every exception is a `ReeeductioError` with a stable `code`, and with the HTTP `status` and `details` where the server
refused. The text names what is wrong and what to do.

The class says what a program can do about it. The failures of methods that release 0.1.1 has can also be caught as what
it raised there: a post that is not permitted is an `AuthorizationError` and a `ChainError`. Failures that are temporary
(`NetworkError`, `ServerError`, `RateLimitError`), an answer that cannot be right (`IntegrityError`) and a damaged store
(`StoreError`) say nothing about the arguments, so they are never a `ValidationError`.
"""

import sys
from typing import Any, Final, TypeVar

from reeeductio._error_codes import ALSO, CLIENT, SERVER, STATUS

__all__ = [
    "AuthenticationError",
    "AuthorizationError",
    "BlobError",
    "ChainError",
    "ConflictError",
    "DecryptionError",
    "IntegrityError",
    "InternalError",
    "NetworkError",
    "NotFoundError",
    "OpaqueError",
    "OpaqueNotEnabledError",
    "RateLimitError",
    "ReeeductioError",
    "ServerError",
    "StoreError",
    "StreamError",
    "ValidationError",
]


class ReeeductioError(Exception):
    """Anything that goes wrong between a program and its space.

    Attributes:
        code: Stable and machine-readable, such as `permission.denied`; see the error list of the documentation.
        status: The server's HTTP status; `None` if the server did not refuse.
        details: Values that a program can act on: `retry_after` (seconds), `head` (message hash or `None`), `number`
            and `topic` of a message in the outbox, `quota`.
    """

    def __init__(
        self,
        message: str = "",
        code: str | None = None,
        status: int | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.details = details or {}

    def __str__(self) -> str:
        """Return the code, if there is one, and the text."""
        text = super().__str__()
        return f"{self.code}: {text}" if self.code else text


class AuthenticationError(ReeeductioError):
    """Signing in, or renewing a token, failed: not a member (`member.unknown`), or a wrong password."""


class AuthorizationError(ReeeductioError):
    """The member may not do this.

    Codes: `permission.denied`, `grant.escalation`, `tool.use_limit`, `quota.exceeded`, `member.unknown` and others.
    """


class NotFoundError(ReeeductioError):
    """Nothing is there; or, with the code `space.unknown`, the server does not have the space."""


class ValidationError(ReeeductioError, ValueError):
    """An argument, or something the server was sent, is not what it must be."""


class DecryptionError(ValidationError):
    """Sealed bytes do not open: the key or the place is wrong, or the bytes were changed."""


class IntegrityError(ReeeductioError):
    """The answer cannot be right: the server, or somebody between, changed, made up or withheld something.

    Do not trust the server before you know why. The code begins with `verify.`. It is a `ChainError` too, or a
    `BlobError` if a blob has other bytes: that is what release 0.1.1 raised.
    """


class ChainError(ReeeductioError):
    """A message cannot be appended, or messages or entries fail verification (`IntegrityError`)."""


class ConflictError(ChainError):
    """Somebody else was first: `details["head"]` is the topic's newest message, or an entry is newer (`data.stale`)."""


class BlobError(ReeeductioError):
    """A blob cannot be stored or read, or its bytes are not those of its id (`IntegrityError`)."""


class NetworkError(ReeeductioError):
    """No answer came. The request may have arrived."""


class ServerError(ReeeductioError):
    """The server failed or is busy; nothing is wrong with the request.

    Try again, after `details["retry_after"]` seconds if it says so, or ask the operator of the server.
    """


class StreamError(ReeeductioError):
    """The live stream ended for good."""


class StoreError(ReeeductioError):
    """The local store is damaged or cannot be used."""


class OpaqueError(ReeeductioError):
    """Registering or logging in with a password failed."""


class OpaqueNotEnabledError(OpaqueError):
    """The space does not have passwords enabled: its owner calls `enable_opaque` first."""


class RateLimitError(ReeeductioError):
    """Too many requests; `details["retry_after"]` says how many seconds to wait."""


class InternalError(ReeeductioError):
    """The package, or the system that it runs on, failed: the operating system gave no randomness."""


_Error = TypeVar("_Error", bound=ReeeductioError)

# Classes that are two at once, so that there is one of each.
_MADE: dict[tuple[type[Exception], type[Exception]], Any] = {}

_CLASSES: Final[dict[str, type[ReeeductioError]]] = {
    kind.__name__: kind
    for kind in (
        AuthenticationError, AuthorizationError, BlobError, ChainError, ConflictError, DecryptionError, IntegrityError,
        InternalError, NetworkError, NotFoundError, OpaqueError, OpaqueNotEnabledError, RateLimitError, ReeeductioError,
        ServerError, StoreError, ValidationError,
    )
}  # fmt: skip

_SERVER_FAILED = range(500, 600)

# An error of the second tuple is nothing that the caller did.
_OF_THE_CALLER = (AuthenticationError, ChainError, ValidationError)
_NOT_OF_THE_CALLER = (IntegrityError, InternalError, NetworkError, RateLimitError, ServerError, StoreError)


def from_failure(
    code: str, status: int | None = None, message: str = "", details: dict[str, Any] | None = None
) -> ReeeductioError:
    """Return the exception for a code.

    With a status it is a server that says the code, and only a server's codes count: no server chooses the class of
    what the client finds by itself.
    """
    known = SERVER.get(code) or (CLIENT.get(code) if status is None else None)
    kind = _of_status(status) if known is None else _CLASSES[known]
    if known is not None and code == "client.not_signed_in":
        message = "Not authenticated: call authenticate() first, or leave auto_authenticate on"
    if kind is DecryptionError:
        return undecryptable(message)
    error = kind(message, code, status, details)
    second = ALSO.get(code)
    return error if known is None or second is None else _as(error, _CLASSES[second])


def _of_status(status: int | None) -> type[ReeeductioError]:
    if status is None:
        return ReeeductioError
    return _CLASSES[STATUS.get(status, "ServerError" if status in _SERVER_FAILED else "ReeeductioError")]


def undecryptable(message: str) -> DecryptionError:
    """Return the exception for sealed bytes that do not open.

    Where the package `cryptography` is in use it can also be caught as its `InvalidTag`, which 0.1.1 raised.
    """
    there = sys.modules.get("cryptography.exceptions")
    kind = DecryptionError if there is None else _both(DecryptionError, there.InvalidTag)
    return kind(message, "client.open")


def also(error: ReeeductioError, kind: type[ReeeductioError]) -> ReeeductioError:
    """Return the same error as one that can be caught as `kind` too, unless that would say that the caller did it."""
    if isinstance(error, _NOT_OF_THE_CALLER) and issubclass(kind, _OF_THE_CALLER):
        return error
    return _as(error, kind)


def _as(error: ReeeductioError, kind: type[ReeeductioError]) -> ReeeductioError:
    if isinstance(error, kind):
        return error
    chosen = kind if issubclass(kind, type(error)) else _both(type(error), kind)
    return chosen(error.args[0], error.code, error.status, error.details)


def _both(first: type[_Error], second: type[Exception]) -> type[_Error]:
    made = _MADE.get((first, second))
    if made is None:
        names = {"__module__": first.__module__, "__doc__": first.__doc__}
        made = _MADE[first, second] = type(first.__name__, (first, second), names)
    kind: type[_Error] = made
    return kind
