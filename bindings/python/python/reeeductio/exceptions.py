"""The exceptions of the package.

Every exception is a `ReeeductioError` with a stable `code`, and with the HTTP `status` and `details` where the server
refused. The text names what is wrong and what to do.

A failure can be caught as what it is, and as what release 0.1.1 raised there: a post that is not permitted is an
`AuthorizationError` and a `ChainError`.
"""

import sys
from typing import Any, TypeVar

__all__ = [
    "AuthenticationError",
    "AuthorizationError",
    "BlobError",
    "ChainError",
    "ConflictError",
    "DecryptionError",
    "NetworkError",
    "NotFoundError",
    "OpaqueError",
    "OpaqueNotEnabledError",
    "RateLimitError",
    "ReeeductioError",
    "StoreError",
    "StreamError",
    "ValidationError",
]


class ReeeductioError(Exception):
    """Anything that goes wrong between a program and its space.

    Attributes:
        code: Stable and machine-readable, such as `permission.denied`; see the error list of the documentation.
        status: The server's HTTP status; `None` if the server did not refuse.
        details: Values that a program can act on: `retry_after` (seconds), `head` (message hash or `None`).
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
        """Give the code, if there is one, and the text."""
        text = super().__str__()
        return f"{self.code}: {text}" if self.code else text


class AuthenticationError(ReeeductioError):
    """Signing in, or renewing a token, failed: not a member (`member.unknown`), or a wrong password."""


class AuthorizationError(ReeeductioError):
    """The server answered 403: the member may not do this.

    Codes: `permission.denied`, `grant.escalation`, `tool.use_limit`, `member.unknown` and others.
    """


class NotFoundError(ReeeductioError):
    """The server answered 404: nothing is there, or there is no such space (`space.unknown`)."""


class ValidationError(ReeeductioError, ValueError):
    """An argument, or something the server was sent, is not what it must be."""


class DecryptionError(ValidationError):
    """Sealed bytes do not open: the key or the place is wrong, or the bytes were changed."""


class ChainError(ReeeductioError):
    """Messages or entries fail verification (`verify.…`), or a message cannot be appended."""


class ConflictError(ChainError):
    """Others posted to the topic first: `details["head"]` is the newest message."""


class BlobError(ReeeductioError):
    """A blob cannot be stored, or its bytes are not those of its id."""


class NetworkError(ReeeductioError):
    """No answer came. The request may have arrived."""


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


_Error = TypeVar("_Error", bound=ReeeductioError)

# Classes that are two at once, so that there is one of each.
_MADE: dict[tuple[type[Exception], type[Exception]], Any] = {}

_BY_STATUS: dict[int, type[ReeeductioError]] = {
    400: ValidationError,
    401: AuthenticationError,
    403: AuthorizationError,
    404: NotFoundError,
    409: ConflictError,
    413: ValidationError,
    422: ValidationError,
    429: RateLimitError,
    501: OpaqueNotEnabledError,
}

# The first that a code begins with.
_BY_CODE: tuple[tuple[str, type[ReeeductioError]], ...] = (
    ("chain.conflict", ConflictError),
    ("client.argument", ValidationError),
    ("client.credentials", OpaqueError),
    ("client.not_signed_in", ValidationError),
    ("client.open", DecryptionError),
    ("client.seal", ValidationError),
    ("client.stretching", OpaqueError),
    ("opaque.not_enabled", OpaqueNotEnabledError),
    ("opaque.username_taken", ValidationError),
    ("opaque.wrong_password", AuthenticationError),
    ("store.", StoreError),
    ("transport.", NetworkError),
    ("verify.blob", BlobError),
    ("verify.", ChainError),
)


# Codes of the client. With a status it is a server that says them, and these are not the server's to give.
_OWN = ("client.", "store.", "transport.", "verify.")

_SIGNING_IN = ("challenge.", "client.not_signed_in", "member.unknown", "space.unknown", "token.")


def from_failure(code: str, status: int | None, message: str, details: dict[str, Any]) -> ReeeductioError:
    """Give the exception for a failure that the native module reports."""
    foreign = status is not None and code.startswith(_OWN)
    kind = next((kind for beginning, kind in _BY_CODE if code.startswith(beginning) and not foreign), None)
    if kind is None:
        kind = _BY_STATUS.get(status or _unasked(code), ReeeductioError)
    if code == "client.not_signed_in" and not foreign:
        message = "Not authenticated: call authenticate() first, or leave auto_authenticate on"
    if kind is DecryptionError:
        return undecryptable(message)
    error = kind(message, code, status, details)
    # Whatever keeps a member from signing in is a failure of that, too.
    return also(error, AuthenticationError) if code.startswith(_SIGNING_IN) and not foreign else error


def _unasked(code: str) -> int:
    """Give the status that the server has for an argument that was refused before it was asked."""
    return 404 if code.endswith(".not_found") else 400 if ".invalid_" in code else 0


def undecryptable(message: str) -> DecryptionError:
    """Give the exception for sealed bytes that do not open.

    Where the package `cryptography` is in use it can also be caught as its `InvalidTag`, which 0.1.1 raised.
    """
    there = sys.modules.get("cryptography.exceptions")
    kind = DecryptionError if there is None else _both(DecryptionError, there.InvalidTag)
    return kind(message, "client.open")


def also(error: ReeeductioError, kind: type[ReeeductioError]) -> ReeeductioError:
    """Give the same error as one that can be caught as `kind` too."""
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
