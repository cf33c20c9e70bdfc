"""The stage that the groups are played on."""

from dataclasses import dataclass

import httpx
from reeeductio.crypto import Ed25519KeyPair


@dataclass(frozen=True)
class Stage:
    """A server configured as the recorded one was: spaces exist from their first use, blobs up to 1 MiB."""

    http: httpx.Client
    #: Signs its tokens.
    token_secret: str
    #: Owns its admin space.
    admin: Ed25519KeyPair
    #: Largest blob it takes, in bytes.
    max_blob: int


#: Answers by the name of their case.
Answers = dict[str, httpx.Response]
