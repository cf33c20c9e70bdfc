"""Readers of the vectors: each takes a case, refuses it, or fails if it is not what its inputs give."""

from collections.abc import Callable

from base import Message
from checkpoints import Checkpoint, make_origin, read_checkpoint, restore_statement
from epochs import Epoch, Record, decode_shard, encode_shard
from fixed import Case
from format1 import (
    Change,
    Content,
    Envelope,
    Keys,
    Place,
    Seen,
    decode_data,
    message_keys,
    open_message,
    open_revealed,
    seal,
)
from inbox import Item, join_body, join_hash, join_statement
from keys import Wrapping, decapsulation_key, encapsulation_key, key_statement
from notation import from_base64, id_bytes, member_bytes, sha256, sign, verify
from signals import Signal
from tree import verify_consistency, verify_inclusion
from write_vectors import read

VECTORS = read()
#: Bytes of the wrap of a root.
WRAP = 1_179


def raw(case: Case, name: str) -> bytes:
    """Return the bytes of a field."""
    if f"{name}_byte_hex" in case:
        return bytes.fromhex(case[f"{name}_byte_hex"]) * int(case[f"{name}_length"])
    return bytes.fromhex(case[f"{name}_hex"])


def member_key(member: str) -> bytes:
    """Return a member's public key."""
    return id_bytes(member, "UT")[1:]


def read_key(case: Case) -> None:
    """Read an encryption key and its statement."""
    statement = key_statement(case["space"], case["member"], case["generation"], raw(case, "public_key"))
    verify(member_key(case["member"]), statement, raw(case, "signature"))
    if "seed_hex" in case:
        key = decapsulation_key(raw(case, "seed"), case["generation"])
        assert key == raw(case, "decapsulation_key")
        assert encapsulation_key(key) == raw(case, "public_key")
        assert sha256(statement) == raw(case, "statement_sha256")
        assert sign(raw(case, "seed"), statement) == raw(case, "signature")


def read_wrap(case: Case) -> None:
    """Read a wrap of a root."""
    parts = (case["space"], case["epoch"], raw(case, "commitment"), case["recipient"], case["issuer"])
    wrapping = Wrapping(*parts)
    key = decapsulation_key(raw(case, "seed"), case["generation"])
    unwrapped = wrapping.unwrap(key, raw(case, "sealed"))
    assert unwrapped == raw(case, "root")
    assert wrapping.info() == raw(case, "info")
    assert len(raw(case, "sealed")) == WRAP


def epoch_of(case: Case) -> Epoch:
    """Return the reader's epoch."""
    return Epoch(case["space"], case["epoch"], raw(case, "root"))


def read_epoch(case: Case) -> None:
    """Read the root before an epoch, and compare all keys of the epoch."""
    epoch = epoch_of(case)
    if "commitment_hex" in case:
        assert epoch.commitment == raw(case, "commitment")
        assert epoch.key_id == raw(case, "key_id") == epoch.commitment[:8]
        assert epoch.message_key == raw(case, "message_key")
        assert epoch.signal_key == raw(case, "signal_key")
        assert {topic: epoch.topic_key(topic).hex() for topic in case["topic_keys_hex"]} == case["topic_keys_hex"]
    if "previous_hex" in case:
        before = epoch.open_previous(raw(case, "previous"), raw(case, "commitment_before"))
        assert before.root == raw(case, "root_before")
        assert epoch.seal_previous(before) == raw(case, "previous")


def read_shard(case: Case) -> None:
    """Read a shard."""
    after = member_bytes(case["after"]) if case["after"] else b""
    if "members" in case:
        wrap = raw(VECTORS["wraps"]["valid"][case["wrap"]], "sealed")
        records = [Record(member_bytes(member), wrap) for member in case["members"]]
        shard = encode_shard(records)
        assert decode_shard(shard, after) == records
        assert sha256(shard) == raw(case, "shard_sha256")
        assert case.get("shard_hex", shard.hex()) == shard.hex()
    else:
        decode_shard(raw(case, "shard"), after)


def place_of(case: Case) -> Place:
    """Return where a message is."""
    return Place(case["space"], case["topic"], case["type"], case["sender"])


def read_message(case: Case) -> None:
    """Read a message, and seal and sign it again."""
    if case.get("reader") == "data":
        decode_data(raw(case, "data"))
        return
    place, epoch, data = place_of(case), epoch_of(case), raw(case, "data")
    if "error" in case:
        open_message(place, epoch, data, raw(case, "payload"))
        return
    change, seen = case["change"], case["seen"]
    envelope = Envelope(
        raw(case, "lane"),
        raw(case, "authority"),
        raw(case, "salt"),
        case["expires"],
        Change(change["delete"], raw(change, "target"), change["revision"]) if change else None,
    )
    content = Content(
        raw(case, "client_id"),
        raw(case, "body"),
        case["content_type"],
        Seen(raw(seen, "incarnation"), seen["size"], raw(seen, "root")) if seen else None,
    )
    made, payload = seal(place, epoch, envelope, content)
    assert made == data
    assert sha256(payload) == raw(case, "payload_sha256")
    assert case.get("payload_hex", payload.hex()) == payload.hex()
    assert decode_data(data).encode() == data
    assert open_message(place, epoch, data, payload) == content
    keys = message_keys(place, epoch, envelope.lane, envelope.salt)
    assert (keys.key, keys.nonce, keys.commitment()) == (raw(case, "key"), raw(case, "nonce"), raw(case, "commitment"))
    message = Message(place.space, place.topic, place.type, case["prev_hash"], data, place.sender)
    assert message.hash() == case["message_hash"]
    assert message.sign(raw(case, "seed")) == from_base64(case["signature"])
    message.verify(from_base64(case["signature"]))


def read_revealed(case: Case) -> None:
    """Read a message by its own key."""
    keys = Keys(raw(case, "key"), raw(case, "nonce"))
    content = open_revealed(place_of(case), keys, raw(case, "data"), raw(case, "payload"))
    assert content.body == raw(case, "body")


def read_signal(case: Case) -> None:
    """Read a signal, and seal it again."""
    parts = (case["space"], case["subject"], case["to"], case["sender"], raw(case, "session"), case["counter"])
    signal, sealed = Signal(*parts), raw(case, "sealed")
    # The root is that of the reader's own space, whatever space a signal is said to be of.
    epoch = Epoch(VECTORS["signals"]["valid"][0]["space"], case["epoch"], raw(case, "root"))
    assert signal.open(epoch, sealed) == raw(case, "body")
    assert signal.seal(epoch, raw(case, "salt"), raw(case, "body")) == sealed
    assert signal.context() == raw(case, "context")
    assert signal.statement(sealed) == raw(case, "statement")
    verify(member_key(case["sender"]), signal.statement(sealed), raw(case, "signature"))


def read_item(case: Case) -> None:
    """Read an inbox item."""
    parts = (case["space"], case["recipient"], case["sender"], raw(case, "item"), case["generation"], case["expires"])
    item, sealed = Item(*parts), raw(case, "sealed")
    key = decapsulation_key(raw(case, "seed"), case["generation"])
    assert item.open(key, sealed) == (case["content_type"], raw(case, "body"))
    assert item.info() == raw(case, "info")
    assert item.statement(sealed) == raw(case, "statement")
    verify(member_key(case["sender"]), item.statement(sealed), raw(case, "signature"))


def read_join(case: Case) -> None:
    """Read a join request."""
    key_hash = raw(case, "key_statement_sha256")
    statement = join_statement(case["space"], case["member"], key_hash, case["time"], raw(case, "nonce"))
    verify(member_key(case["member"]), statement, raw(case, "signature"))
    assert statement == raw(case, "statement")
    assert join_hash(statement, raw(case, "signature")) == raw(case, "hash")
    generation = case["generation"]
    public = encapsulation_key(decapsulation_key(raw(case, "seed"), generation))
    key_signature = sign(raw(case, "seed"), key_statement(case["space"], case["member"], generation, public))
    tail = (case["time"], raw(case, "nonce"), raw(case, "signature"))
    body = join_body(case["member"], generation, public, key_signature, *tail)
    assert sha256(body) == raw(case, "body_sha256")
    assert key_hash.hex() in {key["statement_sha256_hex"] for key in VECTORS["encryption_keys"]["valid"]}


def read_note(case: Case) -> None:
    """Read a checkpoint, and sign it again."""
    checkpoint = read_checkpoint(case["note"].encode(), case["origin"], raw(case, "public_key"))
    assert checkpoint == Checkpoint(case["origin"], case["size"], raw(case, "root"))
    if "seed_hex" in case:
        assert case["origin"] == make_origin(case["host"], case["space"], raw(case, "incarnation"))
        assert checkpoint.sign(raw(case, "seed")) == case["note"].encode()


def read_restore(case: Case) -> None:
    """Read the statement of a restore."""
    old = raw(case, "old_incarnation"), case["size"], raw(case, "root")
    statement = restore_statement(case["host"], case["space"], old, raw(case, "new_incarnation"))
    verify(raw(case, "public_key"), statement, raw(case, "signature"))
    assert statement == raw(case, "statement")


def read_proof(case: Case) -> None:
    """Read a proof."""
    proof = [bytes.fromhex(node) for node in case["proof_hex"]]
    if "leaf_hex" in case:
        verify_inclusion(raw(case, "leaf"), case["index"], case["size"], proof, raw(case, "root"))
    else:
        verify_consistency(case["old_size"], case["size"], proof, raw(case, "old_root"), raw(case, "root"))


def read_signature(case: Case) -> None:
    """Read a signature."""
    verify(raw(case, "public_key"), raw(case, "statement"), raw(case, "signature"))


READERS: dict[str, Callable[[Case], None]] = {
    "encryption_keys": read_key,
    "wraps": read_wrap,
    "epochs": read_epoch,
    "shards": read_shard,
    "messages": read_message,
    "revealed_keys": read_revealed,
    "signals": read_signal,
    "inbox": read_item,
    "joins": read_join,
    "checkpoints": read_note,
    "restores": read_restore,
}
