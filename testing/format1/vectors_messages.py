"""Cases of padding and sealed messages."""

from dataclasses import dataclass, replace

from base import Message
from epochs import Epoch
from fixed import (
    ALICE,
    AUTHORITY,
    BOB,
    CLIENT_ID,
    EPOCH,
    GENERAL,
    INCARNATION,
    LANE,
    OTHER_SPACE,
    SEEDS,
    SPACE,
    TARGET,
    TOOL,
    Case,
    fill,
    salt,
)
from format1 import Change, Content, Data, Envelope, Place, Seen, decode_data, message_keys, seal, seal_plaintext
from notation import lp, sha256, to_base64, u32
from padding import LARGEST, pad, padded_length

STATE = Place(SPACE, "state", "settings/title", BOB)
SEEN = Seen(INCARNATION, 5, fill(0x25))
PLAIN = Envelope(LANE, AUTHORITY, salt(0))
IN_STATE = replace(PLAIN, lane=bytes(8))
EXPIRES = 1_800_000_100_000
LARGEST_BODY = LARGEST - 4 - len(lp("", "", CLIENT_ID, ""))
EDIT = Change(delete=False, target=TARGET, revision=1)
DELETE = Change(delete=True, target=TARGET, revision=0xFFFFFFFF)
HELLO = Content(CLIENT_ID, b"hello", "text/plain", SEEN)


def padding() -> list[Case]:
    """Return lengths of contents and of their plaintexts."""
    lengths = (32, 188, 189, 204, 205, 252, 253, 508, 1_020, 1_021, 16_380, 16_381, 63_484, 63_485, LARGEST - 4)
    return [{"content_length": length, "plaintext_length": padded_length(4 + length)} for length in lengths]


def place_case(place: Place) -> Case:
    """Return where a message is."""
    return {"space": place.space, "topic": place.topic, "type": place.type, "sender": place.sender}


def epoch_case(epoch: Epoch) -> Case:
    """Return the reader's epoch."""
    return {"epoch": epoch.number, "root_hex": epoch.root.hex()}


def bytes_case(name: str, raw: bytes) -> Case:
    """Return bytes, or if they are long their one byte and how often it comes."""
    if len(raw) > 1 << 12 and raw == raw[:1] * len(raw):
        return {f"{name}_byte_hex": raw[:1].hex(), f"{name}_length": len(raw)}
    return {f"{name}_hex": raw.hex()}


def message_case(place: Place, envelope: Envelope, content: Content, prev: str | None) -> Case:
    """Return inputs and outputs of a message."""
    keys = message_keys(place, EPOCH, envelope.lane, envelope.salt)
    data, payload = seal(place, EPOCH, envelope, content)
    message = Message(place.space, place.topic, place.type, prev, data, place.sender)
    change, seen = envelope.change, content.seen
    plaintext = pad(content.encode())
    return {
        **place_case(place),
        **epoch_case(EPOCH),
        "lane_hex": envelope.lane.hex(),
        "authority_hex": envelope.authority.hex(),
        "salt_hex": envelope.salt.hex(),
        "expires": envelope.expires,
        "change": change and {"delete": change.delete, "target_hex": change.target.hex(), "revision": change.revision},
        "seen": seen and {"incarnation_hex": seen.incarnation.hex(), "size": seen.size, "root_hex": seen.root.hex()},
        "content_type": content.content_type,
        "client_id_hex": content.client_id.hex(),
        **bytes_case("body", content.body),
        "key_hex": keys.key.hex(),
        "nonce_hex": keys.nonce.hex(),
        "commitment_hex": keys.commitment().hex(),
        "plaintext_sha256_hex": sha256(plaintext).hex(),
        "data_hex": data.hex(),
        "payload_sha256_hex": sha256(payload).hex(),
        **({"payload_hex": payload.hex()} if len(payload) < 1 << 12 else {}),
        "seed_hex": SEEDS[place.sender].hex(),
        "prev_hash": prev,
        "message_hash": message.hash(),
        "signature": to_base64(message.sign(SEEDS[place.sender])),
    }


def valid_messages() -> list[Case]:
    """Return messages that open."""
    edit_again = replace(EDIT, revision=2)
    exact = Content(CLIENT_ID, fill(0x61, 188 - 32))
    cases = (
        ("text", GENERAL, PLAIN, HELLO),
        ("with `expires`", GENERAL, replace(PLAIN, expires=EXPIRES), HELLO),
        ("an edit", GENERAL, replace(PLAIN, change=EDIT), HELLO),
        ("an edit with `expires`", GENERAL, replace(PLAIN, change=edit_again, expires=EXPIRES), HELLO),
        ("a delete", GENERAL, replace(PLAIN, change=replace(DELETE, revision=3)), Content(CLIENT_ID, b"")),
        ("a delete with `expires`, the last revision, `seen`", GENERAL,
         replace(PLAIN, change=DELETE, expires=EXPIRES), Content(CLIENT_ID, b"", seen=SEEN)),
        ("without `seen`", GENERAL, PLAIN, replace(HELLO, seen=None)),
        ("an empty body, no content type", GENERAL, PLAIN, Content(CLIENT_ID, b"")),
        ("a content type of 128 bytes", GENERAL, PLAIN, replace(HELLO, content_type="ä" * 64)),
        ("192 bytes without padding", GENERAL, PLAIN, exact),
        ("193 bytes, padded to 208", GENERAL, PLAIN, replace(exact, body=exact.body + b"a")),
        ("a body of bytes", GENERAL, PLAIN, replace(HELLO, body=bytes(range(256)))),
        ("the largest body", GENERAL, PLAIN, Content(CLIENT_ID, fill(0x5A, LARGEST_BODY))),
        ("by a tool, in another topic", replace(GENERAL, topic="alerts", sender=TOOL), PLAIN, HELLO),
        ("state, its path as type", STATE, IN_STATE, HELLO),
    )  # fmt: skip
    valid: list[Case] = []
    prev: dict[str, str] = {}
    for number, (name, place, envelope, content) in enumerate(cases):
        case = message_case(place, replace(envelope, salt=salt(number)), content, prev.get(place.topic))
        prev[place.topic] = case["message_hash"]
        valid.append({"name": name, **case})
    return valid


def with_hash(data: bytes, payload: bytes) -> bytes:
    """Return `data` with the hash of another payload."""
    return data[:-32] + sha256(payload)


def invalid_data() -> list[Case]:
    """Return `data` that the server refuses too, as no payload is needed for it."""
    data, _ = seal(GENERAL, EPOCH, PLAIN, HELLO)
    expiring, _ = seal(GENERAL, EPOCH, replace(PLAIN, expires=EXPIRES), HELLO)
    edit, _ = seal(GENERAL, EPOCH, replace(PLAIN, change=EDIT), HELLO)

    def flags(data: bytes, value: int) -> bytes:
        return data[:2] + bytes([value]) + data[3:]

    zero = edit[:135] + bytes(4) + edit[139:]
    cases = [
        ("nothing", b"", "format.malformed"),
        ("a version alone", data[:1], "format.malformed"),
        ("version 0", b"\0" + data[1:], "format.unknown"),
        ("version 2", b"\x02" + data[1:], "format.unknown"),
        ("suite 0", data[:1] + b"\0" + data[2:], "format.unknown"),
        ("suite 2", data[:1] + b"\x02" + data[2:], "format.unknown"),
        ("flag 0x08", flags(data, 0x08), "format.unknown"),
        ("flag 0x80", flags(data, 0x80), "format.unknown"),
        ("edit and delete", flags(edit, 0x06), "format.malformed"),
        ("cut off", data[:-1], "format.malformed"),
        ("a byte more", data + b"\0", "format.malformed"),
        ("the flag of `expires` without its field", flags(data, 0x01), "format.malformed"),
        ("`expires` without its flag", flags(expiring, 0x00), "format.malformed"),
        ("the flag of an edit without its fields", flags(data, 0x02), "format.malformed"),
        ("an edit with the revision 0", zero, "format.malformed"),
        ("a delete with the revision 0", flags(zero, 0x04), "format.malformed"),
    ]
    return [{"name": name, "reader": "data", "data_hex": data.hex(), "error": error} for name, data, error in cases]


@dataclass
class Reading:
    """Inputs of a reader of a message."""

    place: Place
    epoch: Epoch
    data: bytes
    payload: bytes

    def case(self, name: str, error: str) -> Case:
        """Return the case that is refused."""
        parts = {**place_case(self.place), **epoch_case(self.epoch), "data_hex": self.data.hex()}
        return {"name": name, "reader": "open", **parts, **bytes_case("payload", self.payload), "error": error}


def moved_messages() -> list[Case]:
    """Return messages of which a part was changed, or that are shown where they are not from."""
    data, payload = seal(GENERAL, EPOCH, PLAIN, HELLO)
    other_data, other = seal(GENERAL, EPOCH, replace(PLAIN, salt=salt(1)), replace(HELLO, body=b"another"))
    expiring, expiring_payload = seal(GENERAL, EPOCH, replace(PLAIN, expires=EXPIRES), HELLO)
    state, state_payload = seal(STATE, EPOCH, IN_STATE, HELLO)
    edit, edit_payload = seal(GENERAL, EPOCH, replace(PLAIN, change=EDIT), HELLO)
    two_roots = Epoch(SPACE, EPOCH.number, fill(0x77))
    flipped = payload[:-1] + bytes([payload[-1] ^ 1])
    short, long = payload[:-1], bytes(LARGEST + 17)
    fields = decode_data(data)

    def changed(**parts: bytes | int) -> bytes:
        return Data(**{**fields.__dict__, **parts}).encode()

    good = Reading(GENERAL, EPOCH, data, payload)
    return [
        replace(good, payload=other).case("the payload of another message", "payload.mismatch"),
        replace(good, payload=b"").case("no payload", "payload.mismatch"),
        replace(good, payload=flipped).case("a changed payload", "payload.mismatch"),
        replace(good, data=with_hash(data, flipped), payload=flipped).case("a changed tag", "client.open"),
        replace(good, data=with_hash(data, other), payload=other).case("a moved ciphertext", "client.open"),
        replace(good, data=other_data, payload=payload).case("moved under another message", "payload.mismatch"),
        replace(good, data=with_hash(data, short), payload=short).case("a payload of 207 bytes", "format.malformed"),
        replace(good, data=with_hash(data, long), payload=long).case("a payload of 65,553 bytes", "format.malformed"),
        replace(good, data=changed(commitment=fill(0x77))).case("another commitment", "commitment.mismatch"),
        replace(good, data=changed(salt=salt(9))).case("another salt", "commitment.mismatch"),
        replace(good, data=changed(lane=fill(0x77, 8))).case("another lane", "commitment.mismatch"),
        replace(good, data=changed(authority=fill(0x77))).case("another authority", "client.open"),
        replace(good, data=changed(epoch=2)).case("another epoch", "key.missing"),
        replace(good, data=changed(key_id=fill(0x77, 8))).case("another key id", "key.missing"),
        replace(good, epoch=two_roots).case("the reader has another root for the epoch", "key.missing"),
        replace(good, place=replace(GENERAL, topic="random")).case("another topic", "commitment.mismatch"),
        replace(good, place=replace(GENERAL, sender=BOB)).case("another sender", "commitment.mismatch"),
        replace(good, place=replace(GENERAL, type="chat.text")).case("another type in a topic", "format.malformed"),
        replace(good, data=changed(lane=bytes(8))).case("no lane in a topic", "format.malformed"),
        Reading(replace(STATE, type="settings/name"), EPOCH, state, state_payload).case("another path", "client.open"),
        Reading(replace(STATE, sender=ALICE), EPOCH, state, state_payload).case(
            "state by another sender", "commitment.mismatch"
        ),
        Reading(replace(GENERAL, topic="state", type="a"), EPOCH, data, payload).case(
            "a lane in the state", "format.malformed"
        ),
        replace(good, data=expiring[:110] + b"\x01" + expiring[111:], payload=expiring_payload).case(
            "another time in `expires`", "client.open"
        ),
        replace(good, data=edit[:2] + b"\x04" + edit[3:], payload=edit_payload).case(
            "an edit turned into a delete", "client.open"
        ),
        replace(good, data=edit[:138] + b"\x02" + edit[139:], payload=edit_payload).case(
            "an edit of another revision", "client.open"
        ),
        replace(good, place=replace(GENERAL, space=OTHER_SPACE)).case("another space", "key.missing"),
        two_roots_case(two_roots),
    ]


def two_roots_case(other: Epoch) -> Case:
    """Return a message under another root than the one whose key id it names."""
    data, payload = seal(GENERAL, other, PLAIN, HELLO)
    lying = replace(decode_data(data), key_id=EPOCH.key_id)
    return Reading(GENERAL, EPOCH, lying.encode(), payload).case("another root for its key id", "commitment.mismatch")


def malformed_content() -> list[Case]:
    """Return messages that open, with a plaintext that no writer would write."""
    content = HELLO.encode()
    good = pad(content)
    unpadded = pad(lp("", "", CLIENT_ID, fill(0x61, 264)))
    no_seen = "", "text/plain", CLIENT_ID, b"hello"
    delete = replace(PLAIN, change=DELETE)
    cases = (
        ("padding that is not zero", PLAIN, good[:-1] + b"\x01"),
        ("a step of padding too many", PLAIN, good + bytes(16)),
        ("less padding than PADMÉ's", PLAIN, unpadded[:-1]),
        ("no padding to 192 bytes, 256 instead", PLAIN, u32(32) + lp("", "", CLIENT_ID, "") + bytes(220)),
        ("a length that is longer than the plaintext", PLAIN, u32(len(good) - 3) + good[4:]),
        ("a length of 0xffffffff", PLAIN, b"\xff" * 4 + good[4:]),
        ("an empty content", PLAIN, bytes(192)),
        ("three fields", PLAIN, pad(lp("", "text/plain", CLIENT_ID))),
        ("a field more", PLAIN, pad(lp(*no_seen, b""))),
        ("a byte behind the fields", PLAIN, pad(content + b"\0")),
        ("a client id of 15 bytes", PLAIN, pad(lp("", "", fill(0x24, 15), "hello"))),
        ("a client id of 17 bytes", PLAIN, pad(lp("", "", fill(0x24, 17), "hello"))),
        ("no client id", PLAIN, pad(lp("", "", "", "hello"))),
        ("a content type of 129 bytes", PLAIN, pad(lp("", "a" * 129, CLIENT_ID, "hello"))),
        ("a line feed in the content type", PLAIN, pad(lp("", "text/plain\n", CLIENT_ID, "hello"))),
        ("U+007F in the content type", PLAIN, pad(lp("", "text\x7f", CLIENT_ID, "hello"))),
        ("U+0085 in the content type", PLAIN, pad(lp("", "text\x85", CLIENT_ID, "hello"))),
        ("a content type that is not UTF-8", PLAIN, pad(lp("", b"\xff", CLIENT_ID, "hello"))),
        ("a content type with a surrogate", PLAIN, pad(lp("", b"\xed\xa0\x80", CLIENT_ID, "hello"))),
        ("`seen` of 47 bytes", PLAIN, pad(lp(fill(0x25, 47), "", CLIENT_ID, "hello"))),
        ("`seen` of 49 bytes", PLAIN, pad(lp(fill(0x25, 49), "", CLIENT_ID, "hello"))),
        ("a delete with a body", delete, pad(lp("", "", CLIENT_ID, "hello"))),
        ("a delete with a content type", delete, pad(lp("", "text/plain", CLIENT_ID, ""))),
    )
    return [
        Reading(GENERAL, EPOCH, *seal_plaintext(GENERAL, EPOCH, envelope, plaintext)).case(name, "format.malformed")
        for name, envelope, plaintext in cases
    ]


def revealed() -> Case:
    """Return messages that are opened by their own key, which a member gave away."""
    message, other = seal(GENERAL, EPOCH, PLAIN, HELLO), seal(GENERAL, EPOCH, replace(PLAIN, salt=salt(1)), HELLO)
    keys = message_keys(GENERAL, EPOCH, LANE, salt(0))

    def case(name: str, data: bytes, payload: bytes, key: bytes, nonce: bytes) -> Case:
        parts = {"data_hex": data.hex(), "payload_hex": payload.hex(), "key_hex": key.hex(), "nonce_hex": nonce.hex()}
        return {"name": name, **place_case(GENERAL), **parts}

    wrong = {"error": "commitment.mismatch"}
    return {
        "valid": [case("a message and its key", *message, keys.key, keys.nonce) | {"body_hex": HELLO.body.hex()}],
        "invalid": [
            case("the key of another message", *other, keys.key, keys.nonce) | wrong,
            case("another nonce", *message, keys.key, fill(0x77, 12)) | wrong,
            case("another key", *message, fill(0x77), keys.nonce) | wrong,
        ],
    }


def messages() -> Case:
    """Return the cases of sealed messages."""
    return {"valid": valid_messages(), "invalid": [*invalid_data(), *moved_messages(), *malformed_content()]}
