"""The server's routes over an httpx client, for the functions that take one in release 0.1.1.

They check hashes and signatures, as 0.1.1 does not, but know nothing of a space's state: who may do what is checked by
`Space`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reeeductio.crypto import Ed25519KeyPair, decode_base64, verify_signature
from reeeductio.exceptions import ReeeductioError, also, from_failure

if TYPE_CHECKING:
    import httpx

FAR_FUTURE = 9_999_999_999_999


def accepted(response: httpx.Response, kind: type[ReeeductioError] = ReeeductioError) -> httpx.Response:
    """Return the response, or raise what the server refused with, which can be caught as `kind` too."""
    if response.is_success:
        return response
    try:
        body = response.json()
    except ValueError:
        body = {}
    if not isinstance(body, dict):
        body = {}
    text = body.get("error") or body.get("detail") or f"HTTP {response.status_code}"
    code = body.get("code")
    if not isinstance(code, str) or not code:
        code = "client.refused"
    raise also(from_failure(code, response.status_code, str(text), body.get("details") or {}), kind)


def field(body: Any, name: str) -> Any:
    """Return a field of an answer, or raise that it is missing."""
    if not isinstance(body, dict) or name not in body:
        msg = f"the server's answer has no {name}"
        failure = from_failure("client.answer", message=msg)
        raise failure
    return body[name]


def is_signed(signed: bytes, signature: str, signer: str) -> bool:
    """Whether a signature is by the key in an id."""
    try:
        return verify_signature(signed, decode_base64(signature), Ed25519KeyPair.from_typed_public_key(signer))
    except ValueError:
        return False
