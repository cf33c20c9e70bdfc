"""One client's figures, as JSON: the same program for release 0.1.1 and for ours.

Argument: the server's address.
"""

import asyncio
import base64
import json
import os
import statistics
import sys
import time
from importlib.metadata import version

from reeeductio import AsyncSpace, Space, generate_keypair

POSTS = 200
MESSAGES = 1000
READINGS = 9
AT_ONCE = 200
BLOB = 64 << 20
BODY = bytes(256)


def fresh() -> dict:
    """Give the arguments for a handle on a new space."""
    keys = generate_keypair()
    return {
        "space_id": keys.to_space_id(),
        "member_id": keys.to_user_id(),
        "private_key": keys.private_key,
        "symmetric_root": os.urandom(32),
        "base_url": sys.argv[1],
    }


def seconds(work) -> float:
    """How long something takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def post(space) -> float:
    """Milliseconds per sealed message, one after the other, each told on disk."""
    space.post_encrypted_message("general", "chat.text", BODY)

    def work():
        for _ in range(POSTS):
            space.post_encrypted_message("general", "chat.text", BODY)

    return seconds(work) / POSTS * 1000


def read(space) -> tuple[float, float]:
    """Messages per second of one read of 1,000, opened: as the package does it, and with every signature checked.

    Ours checks signatures by itself, so both are the same work. With release 0.1.1 the program has to, with the
    library that 0.1.1 signs with.
    """
    while len(space.get_messages("history", limit=MESSAGES)) < MESSAGES:
        for _ in range(100):
            space.post_encrypted_message("history", "chat.text", BODY)

    def work():
        page = space.get_messages("history", limit=MESSAGES)
        for message in page:
            space.decrypt_message_data(message, "history")
        return page

    def checked():
        page = work()
        if version("reeeductio") == "0.1.1":
            check_signatures(page)

    return rate(work), rate(checked)


def rate(work) -> float:
    """Messages per second, by the median of several readings: the first ones grow the process."""
    return MESSAGES / statistics.median(seconds(work) for _ in range(READINGS))


def check_signatures(page) -> None:
    """Check the signatures, as a program with 0.1.1 has to by itself."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    keys = {}
    for message in page:
        if message.sender not in keys:
            public = base64.urlsafe_b64decode(message.sender)[1:]
            keys[message.sender] = Ed25519PublicKey.from_public_bytes(public)
        signed = base64.urlsafe_b64decode(message.message_hash)
        keys[message.sender].verify(base64.b64decode(message.signature), signed)


def blob(space) -> tuple[float, float]:
    """MiB per second of a sealed blob of 64 MiB, up and down."""
    content = os.urandom(BLOB)
    made = []
    up = seconds(lambda: made.append(space.encrypt_and_upload_blob(content)))
    down = seconds(lambda: space.download_and_decrypt_blob(made[0].blob_id, made[0].key))
    return 64 / up, 64 / down


def at_once() -> tuple[float, int]:
    """Messages per second of 200 posts that are begun at once, each to a topic of its own; and how many failed."""

    async def work() -> tuple[float, int]:
        async with AsyncSpace(**fresh()) as space:
            await space.authenticate()
            posts = [space.post_encrypted_message(f"topic-{n}", "chat.text", BODY) for n in range(AT_ONCE)]
            begun = time.perf_counter()
            results = await asyncio.gather(*posts, return_exceptions=True)
            taken = time.perf_counter() - begun
            failed = sum(isinstance(each, BaseException) for each in results)
            return (AT_ONCE - failed) / taken, failed

    return asyncio.run(work())


def main() -> None:
    with Space(**fresh()) as space:
        figures = {"post_ms": post(space)}
        figures["read_per_s"], figures["read_checked_per_s"] = read(space)
        figures["blob_up_mib_per_s"], figures["blob_down_mib_per_s"] = blob(space)
        figures["at_once_per_s"], figures["at_once_failed"] = at_once()
    print(json.dumps({"version": version("reeeductio"), "figures": figures}))


if __name__ == "__main__":
    main()
