"""Cases of encryption keys, wraps, epochs, shards and rosters."""

from dataclasses import replace

from epochs import Epoch, Record, encode_shard, roster_hash, shard_of
from fixed import ALICE, BOB, EPOCH, EPOCHS, OTHER_SPACE, OWNER, SEEDS, SPACE, TOOL, Case, Kept, Recipient, fill
from keys import (
    ENCAPSULATED,
    Wrapping,
    decapsulation_key,
    encapsulation_key,
    frame,
    key_statement,
)
from notation import aead_seal, id_bytes, make_id, member_bytes, sha256, sign

MEMBERS = sorted(SEEDS, key=member_bytes)


def encryption_keys() -> Case:
    """Return the cases of encryption keys and their statements."""
    valid: list[Case] = []
    invalid: list[Case] = []
    for name, member, generation in (
        ("the first key of a user", ALICE, 0),
        ("the second", ALICE, 1),
        ("the last", ALICE, 0xFFFFFFFF),
        ("the first key of a tool", TOOL, 0),
    ):
        key = decapsulation_key(SEEDS[member], generation)
        public = encapsulation_key(key)
        statement = key_statement(SPACE, member, generation, public)
        valid.append({
            "name": name,
            "space": SPACE,
            "member": member,
            "seed_hex": SEEDS[member].hex(),
            "generation": generation,
            "decapsulation_key_hex": key.hex(),
            "public_key_hex": public.hex(),
            "statement_sha256_hex": sha256(statement).hex(),
            "signature_hex": sign(SEEDS[member], statement).hex(),
        })  # fmt: skip
    first = valid[0]
    unreduced = b"\xff\xff\xff"
    public = bytes.fromhex(first["public_key_hex"])
    for name, change, error in (
        ("a public key that is cut off", {"public_key_hex": public[:-1].hex()}, "format.malformed"),
        ("a byte more", {"public_key_hex": (public + b"\0").hex()}, "format.malformed"),
        ("a coefficient that is not reduced", {"public_key_hex": (unreduced + public[3:]).hex()}, "format.malformed"),
        ("an X25519 key of small order", {"public_key_hex": (public[:-32] + bytes(32)).hex()}, "format.malformed"),
        ("another generation", {"generation": 1}, "signature.mismatch"),
        ("another member", {"member": BOB}, "signature.mismatch"),
        ("another space", {"space": OTHER_SPACE}, "signature.mismatch"),
    ):
        case = {key: first[key] for key in ("space", "member", "generation", "public_key_hex", "signature_hex")}
        invalid.append({"name": name, **case, **change, "error": error})
    return {"valid": valid, "invalid": invalid}


def wrap_case(name: str, wrapping: Wrapping, generation: int, wrap: bytes) -> Case:
    """Return what a reader of a wrap has."""
    return {
        "name": name,
        "space": wrapping.space,
        "epoch": wrapping.epoch,
        "commitment_hex": wrapping.commitment.hex(),
        "recipient": wrapping.recipient,
        "issuer": wrapping.issuer,
        "seed_hex": SEEDS[wrapping.recipient].hex(),
        "generation": generation,
        "sealed_hex": wrap.hex(),
    }


def wraps(kept: Kept) -> Case:
    """Return the cases of wraps."""
    valid, invalid = [], []
    for name, epoch, recipient, issuer, generation in (
        ("of the first epoch, to its owner", EPOCHS[0], OWNER, OWNER, 0),
        ("of the second epoch, to a user", EPOCH, ALICE, OWNER, 0),
        ("to the second key of a user", EPOCH, ALICE, OWNER, 1),
        ("to a tool, by a user", EPOCH, TOOL, BOB, 0),
    ):
        key = decapsulation_key(SEEDS[recipient], generation)
        wrapping = Wrapping(SPACE, epoch.number, epoch.commitment, recipient, issuer)
        wrap = kept.sealed("wraps", name, Recipient(key, wrapping.info()), epoch.root)
        more = {"info_hex": wrapping.info().hex(), "root_hex": epoch.root.hex()}
        valid.append(wrap_case(name, wrapping, generation, wrap) | more)
    wrap = bytes.fromhex(valid[1]["sealed_hex"])
    wrapping = Wrapping(SPACE, EPOCH.number, EPOCH.commitment, ALICE, OWNER)
    encapsulated, ciphertext = wrap[11 : 11 + ENCAPSULATED], wrap[11 + ENCAPSULATED :]
    for name, changed, error in (
        ("nothing", b"", "format.malformed"),
        ("another version", b"\x02" + wrap[1:], "format.unknown"),
        ("another KEM", wrap[:1] + b"\x00\x20" + wrap[3:], "format.unknown"),
        ("another KDF", wrap[:3] + b"\x00\x02" + wrap[5:], "format.unknown"),
        ("another AEAD", wrap[:5] + b"\x00\x01" + wrap[7:], "format.unknown"),
        ("cut off in its head", wrap[:9], "format.malformed"),
        ("cut off", wrap[:-1], "format.malformed"),
        ("a byte more", wrap + b"\0", "format.malformed"),
        ("a short encapsulated key", frame(encapsulated[:-1], encapsulated[-1:] + ciphertext), "format.malformed"),
        ("a changed encapsulated key of ML-KEM", wrap[:11] + bytes([wrap[11] ^ 1]) + wrap[12:], "client.open"),
        ("a changed ciphertext", wrap[:-1] + bytes([wrap[-1] ^ 1]), "client.open"),
    ):
        invalid.append(wrap_case(name, wrapping, 0, changed) | {"error": error})
    for name, moved, generation in (
        ("shown to another member", replace(wrapping, recipient=BOB), 0),
        ("opened by the key of another generation", wrapping, 1),
        ("said to be by another issuer", replace(wrapping, issuer=BOB), 0),
        ("said to be of another epoch", replace(wrapping, epoch=2), 0),
        ("said to be of another space", replace(wrapping, space=OTHER_SPACE), 0),
        ("of an epoch with another commitment", replace(wrapping, commitment=EPOCHS[2].commitment), 0),
    ):
        invalid.append(wrap_case(name, moved, generation, wrap) | {"error": "client.open"})
    key = decapsulation_key(SEEDS[ALICE], 0)
    for name, secret, purpose, error in (
        ("another root than the epoch's", fill(0x77), "epoch", "keyring.wrong_root"),
        ("of 31 bytes", fill(0x11, 31), "epoch", "format.malformed"),
        ("for another purpose", EPOCH.root, "backup", "client.open"),
    ):
        wrap = kept.sealed("wraps", name, Recipient(key, wrapping.info(purpose)), secret)
        invalid.append(wrap_case(name, wrapping, 0, wrap) | {"error": error})
    return {"valid": valid, "invalid": invalid}


def epochs() -> Case:
    """Return the cases of epochs, with the root before."""
    valid, invalid = [], []
    last = Epoch(SPACE, 0xFFFFFFFF, fill(0x1F))
    before = {1: EPOCHS[0], 2: EPOCHS[1], last.number: Epoch(SPACE, 0xFFFFFFFE, fill(0x1E))}
    for epoch in (*EPOCHS, last, Epoch(OTHER_SPACE, 0, EPOCHS[0].root)):
        case: Case = {
            "name": f"{epoch.number} of {epoch.space}",
            "space": epoch.space,
            "epoch": epoch.number,
            "root_hex": epoch.root.hex(),
            "commitment_hex": epoch.commitment.hex(),
            "key_id_hex": epoch.key_id.hex(),
            "message_key_hex": epoch.message_key.hex(),
            "signal_key_hex": epoch.signal_key.hex(),
            "topic_keys_hex": {topic: epoch.topic_key(topic).hex() for topic in ("general", "state")},
        }
        if epoch.number in before:
            case["root_before_hex"] = before[epoch.number].root.hex()
            case["commitment_before_hex"] = before[epoch.number].commitment.hex()
            case["previous_hex"] = epoch.seal_previous(before[epoch.number]).hex()
        valid.append(case)
    first = EPOCHS[0]
    previous = EPOCH.seal_previous(first)
    key, nonce, associated = EPOCH.previous_keys(first.commitment)
    other = aead_seal(key, nonce, fill(0x77), associated)
    for name, changed, expected, error in (
        ("nothing", b"", first, "format.malformed"),
        ("cut off", previous[:-1], first, "format.malformed"),
        ("a byte more", previous + b"\0", first, "format.malformed"),
        ("changed", previous[:-1] + bytes([previous[-1] ^ 1]), first, "client.open"),
        ("of an epoch with another commitment", previous, EPOCHS[2], "client.open"),
        ("another root than that of the epoch before", other, first, "keyring.wrong_root"),
    ):
        invalid.append({
            "name": name,
            "space": SPACE,
            "epoch": EPOCH.number,
            "root_hex": EPOCH.root.hex(),
            "commitment_before_hex": expected.commitment.hex(),
            "previous_hex": changed.hex(),
            "error": error,
        })  # fmt: skip
    return {"valid": valid, "invalid": invalid}


def many(count: int) -> list[str]:
    """Return the ids of so many users, in order."""
    return sorted((make_id("U", sha256(bytes([number]))) for number in range(count)), key=member_bytes)


def shards(wraps: Case) -> Case:
    """Return the cases of shards; records name their wraps by the index in `wraps.valid`."""
    valid: list[Case] = []
    invalid: list[Case] = []
    bytes_of = [bytes.fromhex(case["sealed_hex"]) for case in wraps["valid"]]

    def encode(members: list[str], wrap: int) -> bytes:
        return encode_shard([Record(member_bytes(member), bytes_of[wrap]) for member in members])

    for name, members, after in (
        ("one record", [ALICE], None),
        ("two records", MEMBERS[:2], None),
        ("after another shard", MEMBERS[2:3], MEMBERS[1]),
        ("48 records", many(48), None),
    ):
        shard = encode(members, 1)
        case = {"name": name, "after": after, "members": members, "wrap": 1, "shard_sha256_hex": sha256(shard).hex()}
        valid.append(case | ({"shard_hex": shard.hex()} if name == "one record" else {}))
    one, two = encode([ALICE], 1), encode(MEMBERS[:2], 1)
    message = b"\x30" + member_bytes(ALICE)[1:]
    for name, shard, after, error in (
        ("nothing", b"", None, "format.malformed"),
        ("another version", b"\x02" + one[1:], None, "format.unknown"),
        ("no records", b"\x01\x00", None, "format.malformed"),
        ("fewer records than it counts", b"\x01\x02" + one[2:], None, "format.malformed"),
        ("more records than it counts", b"\x01\x01" + two[2:], None, "format.malformed"),
        ("cut off", one[:-1], None, "format.malformed"),
        ("a record of a message id", one[:2] + message + one[35:], None, "format.malformed"),
        ("a record of an id of version 1", one[:2] + b"\x51" + one[3:], None, "format.malformed"),
        ("the last member of the shard before", one, ALICE, "format.malformed"),
        ("a member that is before the shard before", encode(MEMBERS[:1], 1), MEMBERS[1], "format.malformed"),
    ):
        invalid.append({"name": name, "after": after, "shard_hex": shard.hex(), "error": error})
    for name, members in (
        ("members that descend", MEMBERS[1::-1]),
        ("a member twice", [ALICE, ALICE]),
        ("49 records", many(49)),
    ):
        invalid.append({"name": name, "after": None, "members": members, "wrap": 1, "error": "format.malformed"})
    return {"valid": valid, "invalid": invalid}


def lookups() -> list[Case]:
    """Return where members look for themselves."""
    members = many(7)
    firsts = members[1::2]
    return [{"firsts": firsts, "member": member, "shard": shard_of(firsts, member)} for member in members]


def rosters() -> list[Case]:
    """Return the hashes of rosters, whose members are in any order."""
    return [
        {
            "space": SPACE,
            "epoch": epoch,
            "members": members,
            "ids_ascending_hex": b"".join(sorted(id_bytes(member, "UT") for member in members)).hex(),
            "roster_hash_hex": roster_hash(SPACE, epoch, members).hex(),
        }
        for epoch, members in ((0, [OWNER]), (1, [TOOL, OWNER, BOB, ALICE]), (1, [BOB, ALICE, OWNER]))
    ]
