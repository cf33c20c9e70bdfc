"""Cases of inbox items, invite links and join requests."""

from dataclasses import replace

from fixed import ALICE, BOB, OTHER_SPACE, OWNER, SEEDS, SPACE, TIME, Case, Kept, Recipient, fill
from inbox import Item, join_body, join_hash, join_statement
from keys import ENCAPSULATED, decapsulation_key, encapsulation_key, frame, key_statement
from links import link_secret, link_seed, link_url, stretch
from notation import lp, make_id, public_key, sha256, sign, u32
from padding import pad


def item_case(name: str, item: Item, sealed: bytes) -> Case:
    """Return what a reader of an inbox item has."""
    return {
        "name": name,
        "space": item.space,
        "recipient": item.recipient,
        "sender": item.sender,
        "item_hex": item.item.hex(),
        "generation": item.generation,
        "expires": item.expires,
        "seed_hex": SEEDS[item.recipient].hex(),
        "sealed_hex": sealed.hex(),
    }


def inbox(kept: Kept) -> Case:
    """Return the cases of inbox items."""
    valid: list[Case] = []
    item = Item(SPACE, BOB, ALICE, fill(0x31, 16), 0)
    key = decapsulation_key(SEEDS[BOB], 0)
    for name, given, kind, body in (
        ("a text", item, "text/plain", b"hello"),
        ("with `expires`, to a second key", replace(item, generation=1, expires=TIME), "text/plain", b"hello"),
        ("empty", item, "", b""),
        ("of 210 bytes", item, "", fill(0x61, 198)),
    ):
        to = Recipient(decapsulation_key(SEEDS[BOB], given.generation), given.info())
        sealed = kept.sealed("inbox", name, to, pad(lp(kind, body)))
        statement = given.statement(sealed)
        valid.append({
            **item_case(name, given, sealed),
            "info_hex": given.info().hex(),
            "content_type": kind,
            "body_hex": body.hex(),
            "statement_hex": statement.hex(),
            "signature_hex": sign(SEEDS[ALICE], statement).hex(),
        })  # fmt: skip
    sealed = bytes.fromhex(valid[0]["sealed_hex"])
    encapsulated, ciphertext = sealed[11 : 11 + ENCAPSULATED], sealed[11 + ENCAPSULATED :]
    cases: list[tuple[str, Item, bytes, str]] = [
        ("nothing", item, b"", "format.malformed"),
        ("version 2", item, b"\x02" + sealed[1:], "format.unknown"),
        ("another AEAD", item, sealed[:5] + b"\x00\x03" + sealed[7:], "format.unknown"),
        ("a short encapsulated key", item, frame(encapsulated[:-1], ciphertext), "format.malformed"),
        ("a short ciphertext", item, sealed[:-1], "format.malformed"),
        ("a changed ciphertext", item, sealed[:-1] + bytes([sealed[-1] ^ 1]), "client.open"),
        ("another item", replace(item, item=fill(0x32, 16)), sealed, "client.open"),
        ("another sender", replace(item, sender=OWNER), sealed, "client.open"),
        ("another recipient", replace(item, recipient=ALICE), sealed, "client.open"),
        ("another generation", replace(item, generation=1), sealed, "client.open"),
        ("another space", replace(item, space=OTHER_SPACE), sealed, "client.open"),
    ]
    good = pad(lp("text/plain", "hello"))
    for name, plaintext in (
        ("padding that is not zero", good[:-1] + b"\x01"),
        ("a step of padding too many", good + bytes(16)),
        ("a length that is longer than the plaintext", u32(189) + good[4:]),
        ("one field", pad(lp("text/plain"))),
        ("a field more", pad(lp("text/plain", "hello", ""))),
        ("a line feed in the content type", pad(lp("text/plain\n", "hello"))),
    ):
        cases.append(
            (name, item, kept.sealed("inbox", name, Recipient(key, item.info()), plaintext), "format.malformed")
        )
    return {
        "valid": valid,
        "invalid": [item_case(name, given, sealed) | {"error": error} for name, given, sealed, error in cases],
    }


def links() -> list[Case]:
    """Return the secrets of invite links."""
    cases = []
    secret = fill(0x33)
    for space, password in (
        (SPACE, None),
        (SPACE, "correct horse"),
        (SPACE, "Pässword"),
        (OTHER_SPACE, "correct horse"),
    ):
        seed = link_seed(space, secret, password)
        key = decapsulation_key(seed, 0)
        cases.append({
            "space": space,
            "secret_hex": secret.hex(),
            "password": password,
            "argon2id_hex": None if password is None else stretch(secret, password).hex(),
            "effective_secret_hex": link_secret(space, secret, password).hex(),
            "seed_hex": seed.hex(),
            "tool": make_id("T", public_key(seed)),
            "decapsulation_key_hex": key.hex(),
            "public_key_sha256_hex": sha256(encapsulation_key(key)).hex(),
        })  # fmt: skip
    return cases


def link_urls() -> list[Case]:
    """Return the texts of invite links."""
    cases = []
    for needs_password, epoch in ((True, 7), (False, 0)):
        case: Case = {
            "page": "https://app.example/join",
            "space": SPACE,
            "secret_hex": fill(0xC3).hex(),
            "epoch": epoch,
            "head": make_id("M", fill(0xA5)),
            "server": "https://spaces.example",
            "needs_password": needs_password,
        }
        parts = (case["page"], SPACE, fill(0xC3), epoch, case["head"], case["server"])
        cases.append({**case, "url": link_url(*parts, needs_password=needs_password)})
    return cases


def joins() -> Case:
    """Return join requests: their statements and hashes. Their keys are in `encryption_keys`."""
    valid: list[Case] = []
    for name, member, generation, nonce in (
        ("with the first key of a user", ALICE, 0, fill(0x34, 16)),
        ("with the second", ALICE, 1, fill(0x35, 16)),
    ):
        public = encapsulation_key(decapsulation_key(SEEDS[member], generation))
        key = key_statement(SPACE, member, generation, public)
        statement = join_statement(SPACE, member, sha256(key), TIME, nonce)
        signature = sign(SEEDS[member], statement)
        body = join_body(member, generation, public, sign(SEEDS[member], key), TIME, nonce, signature)
        valid.append({
            "name": name,
            "space": SPACE,
            "member": member,
            "generation": generation,
            "key_statement_sha256_hex": sha256(key).hex(),
            "time": TIME,
            "nonce_hex": nonce.hex(),
            "seed_hex": SEEDS[member].hex(),
            "statement_hex": statement.hex(),
            "signature_hex": signature.hex(),
            "hash_hex": join_hash(statement, signature).hex(),
            "body_sha256_hex": sha256(body).hex(),
        })  # fmt: skip
    keys = ("space", "member", "key_statement_sha256_hex", "time", "nonce_hex", "signature_hex")
    first = {key: valid[0][key] for key in keys}
    changes: tuple[tuple[str, Case], ...] = (
        ("another time", {"time": TIME + 1}),
        ("another nonce", {"nonce_hex": "77" * 16}),
        ("another member", {"member": BOB}),
        ("another space", {"space": OTHER_SPACE}),
        ("another key", {"key_statement_sha256_hex": valid[1]["key_statement_sha256_hex"]}),
    )
    return {
        "valid": valid,
        "invalid": [{"name": name, **first, **change, "error": "signature.mismatch"} for name, change in changes],
    }
