"""Properties that no list of cases shows: every byte counts, nothing opens elsewhere, HPKE is that of the page."""

import hashlib
import hmac
import itertools
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from checkpoints import Checkpoint, make_origin, read_checkpoint
from epochs import Epoch
from fixed import (
    ALICE,
    ALICE_SEED,
    BOB,
    BOB_SEED,
    CLIENT_ID,
    EPOCH,
    EPOCHS,
    GENERAL,
    HOST,
    INCARNATION,
    OWNER,
    SERVER_SEED,
    SPACE,
    fill,
    salt,
)
from format1 import Content, Envelope, decode_data, open_message, seal
from keys import ENCAPSULATED, Wrapping, decapsulation_key, encapsulation_key, expand, unframe
from notation import FormatError, from_base64, id_bytes, make_id, public_key, u16
from padding import LARGEST, pad, padded_length, unpad
from tree import consistency_proof, inclusion_proof, leaf_hash, root, verify_consistency, verify_inclusion
from vectors_messages import DELETE, EDIT, EXPIRES, HELLO, PLAIN

ENVELOPES = [
    replace(PLAIN, change=change, expires=expires) for change in (None, EDIT, DELETE) for expires in (None, EXPIRES)
]


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_no_byte_of_a_message_can_be_changed(envelope: Envelope) -> None:
    data, payload = seal(GENERAL, EPOCH, envelope, Content(CLIENT_ID, b""))
    for index in range(len(data)):
        changed = data[:index] + bytes([data[index] ^ 1]) + data[index + 1 :]
        with pytest.raises(FormatError):
            open_message(GENERAL, EPOCH, changed, payload)


def test_data_has_the_length_of_its_flags_and_is_written_as_it_was_read() -> None:
    data, _ = seal(GENERAL, EPOCH, PLAIN, HELLO)
    for flags, length in itertools.product(range(256), range(100, 190)):
        changed = (data[:2] + bytes([flags]) + data[3:] + bytes([1]) * 60)[:length]
        known = flags <= 7
        sizes = {0: 135, 1: 143, 2: 171, 3: 179, 4: 171, 5: 179}
        if sizes.get(flags) == length:
            assert decode_data(changed).encode() == changed
        else:
            with pytest.raises(FormatError, match="malformed" if known else "unknown"):
                decode_data(changed)


def test_padding_has_one_length_and_takes_the_contents_of_it() -> None:
    for length in (*range(700), *range(LARGEST - 4_200, LARGEST - 3)):
        plaintext = pad(bytes([1]) * length)
        assert len(plaintext) == padded_length(4 + length) >= 192
        assert len(plaintext) - 4 - length <= max(192, (4 + length) * 12 // 100)
        assert unpad(plaintext) == bytes([1]) * length
    assert len(plaintext) == LARGEST
    with pytest.raises(FormatError):
        pad(bytes(LARGEST - 3))


def test_one_epoch_has_one_root() -> None:
    other = Epoch(SPACE, EPOCH.number, fill(0x77))
    assert other.commitment != EPOCH.commitment
    key = decapsulation_key(ALICE_SEED, 0)
    wrapping = Wrapping(SPACE, EPOCH.number, EPOCH.commitment, ALICE, OWNER)
    with pytest.raises(FormatError, match="wrong_root"):
        wrapping.unwrap(key, wrapping.wrap(encapsulation_key(key), other.root))
    with pytest.raises(FormatError, match=r"client\.open"):
        EPOCHS[2].open_previous(EPOCHS[2].seal_previous(other), EPOCH.commitment)


def test_swapped_wraps_do_not_open() -> None:
    seeds = {ALICE: ALICE_SEED, BOB: BOB_SEED}
    wraps = {}
    for member, seed in seeds.items():
        wrapping = Wrapping(SPACE, EPOCH.number, EPOCH.commitment, member, OWNER)
        wraps[member] = wrapping.wrap(encapsulation_key(decapsulation_key(seed, 0)), EPOCH.root)
    for member, other in ((ALICE, BOB), (BOB, ALICE)):
        key = decapsulation_key(seeds[member], 0)
        for recipient in seeds:
            with pytest.raises(FormatError, match=r"client\.open"):
                Wrapping(SPACE, EPOCH.number, EPOCH.commitment, recipient, OWNER).unwrap(key, wraps[other])


def test_messages_do_not_share_keys() -> None:
    _, one = seal(GENERAL, EPOCH, PLAIN, HELLO)
    for place, epoch, envelope in (
        (GENERAL, EPOCH, replace(PLAIN, salt=salt(1))),
        (GENERAL, EPOCH, replace(PLAIN, lane=fill(0x2B, 8))),
        (GENERAL, EPOCHS[2], PLAIN),
        (replace(GENERAL, topic="alerts"), EPOCH, PLAIN),
        (replace(GENERAL, sender=BOB), EPOCH, PLAIN),
    ):
        _, other = seal(place, epoch, envelope, HELLO)
        assert all(one[at : at + 16] != other[at : at + 16] for at in range(0, len(one), 16))


def test_hpke_is_rfc_9180_with_x_wing() -> None:
    """Opens a wrap by the key schedule of RFC 9180 and the combiner of X-Wing, without the library's HPKE."""
    key = decapsulation_key(ALICE_SEED, 0)
    wrapping = Wrapping(SPACE, EPOCH.number, EPOCH.commitment, ALICE, OWNER)
    encapsulated, ciphertext = unframe(wrapping.wrap(encapsulation_key(key), EPOCH.root))
    assert len(encapsulated) == ENCAPSULATED
    mlkem, x25519 = expand(key)
    public = X25519PublicKey.from_public_bytes(encapsulated[1_088:])
    secrets = mlkem.decapsulate(encapsulated[:1_088]) + x25519.exchange(public)
    ours = x25519.public_key().public_bytes_raw()
    shared = hashlib.sha3_256(secrets + encapsulated[1_088:] + ours + b"\\.//^\\").digest()
    suite = b"HPKE" + bytes.fromhex("647a00010002")

    def extract(salt: bytes, label: bytes, key: bytes) -> bytes:
        return hmac.new(salt or bytes(32), b"HPKE-v1" + suite + label + key, "sha256").digest()

    def expand_to(secret: bytes, label: bytes, context: bytes, length: int) -> bytes:
        info = u16(length) + b"HPKE-v1" + suite + label + context
        return HKDFExpand(hashes.SHA256(), length, info).derive(secret)

    context = b"\0" + extract(b"", b"psk_id_hash", b"") + extract(b"", b"info_hash", wrapping.info())
    secret = extract(shared, b"secret", b"")
    nonce = expand_to(secret, b"base_nonce", context, 12)
    assert AESGCM(expand_to(secret, b"key", context, 32)).decrypt(nonce, ciphertext, b"") == EPOCH.root


def test_x_wing_keys_are_those_of_the_draft() -> None:
    """Appendix C of draft-connolly-cfrg-xwing-kem, first vector: the beginning of its public key."""
    seed = bytes.fromhex("7f9c2ba4e88f827d616045507605853ed73b8093f6efbc88eb1a6eacfa66ef26")
    public = encapsulation_key(seed).hex()
    assert public.startswith("e2236b35a8c24b39b10aa1323a96a919a2ced88400633a7b07131713fc14b2b5b19cfc3d")
    assert len(public) == 2 * 1_216


def test_proofs_of_trees_up_to_40_leaves_verify_and_prove_nothing_else() -> None:
    leaves = [leaf_hash(bytes([index])) for index in range(40)]
    roots = [root(leaves[:size]) for size in range(41)]
    for size in range(1, 41):
        for index in range(size):
            proof = inclusion_proof(leaves[:size], index)
            verify_inclusion(leaves[index], index, size, proof, roots[size])
            for wrong in ((index + 1) % size, size) if size > 1 else (size,):
                with pytest.raises(FormatError):
                    verify_inclusion(leaves[index], wrong, size, proof, roots[size])
        for old in range(1, size + 1):
            path = consistency_proof(leaves[:size], old)
            verify_consistency(old, size, path, roots[old], roots[size])
            if old < size:
                for one, two in ((roots[old - 1], roots[size]), (roots[old], roots[size - 1])):
                    with pytest.raises(FormatError):
                        verify_consistency(old, size, path, one, two)


def test_no_character_of_a_checkpoint_can_be_changed() -> None:
    origin, public = make_origin(HOST, SPACE, INCARNATION), public_key(SERVER_SEED)
    checkpoint = Checkpoint(origin, 10, fill(0x25))
    note = checkpoint.sign(SERVER_SEED)
    assert read_checkpoint(note, origin, public) == checkpoint
    for index in range(len(note)):
        for changed in (note[:index] + bytes([note[index] ^ 1]) + note[index + 1 :], note[:index] + note[index + 1 :]):
            with pytest.raises(FormatError):
                read_checkpoint(changed, origin, public)


def test_an_id_has_one_spelling() -> None:
    raw = id_bytes(ALICE, "U")
    assert make_id("U", raw[1:]) == ALICE
    for text in ("", ALICE[:-1], ALICE + "=", ALICE + "\n", "V" + ALICE[1:], "UQ" + ALICE[2:], ALICE[:-1] + "+"):
        with pytest.raises(FormatError):
            id_bytes(text, "U")
    with pytest.raises(FormatError):
        id_bytes(ALICE, "S")


def test_base64_has_one_spelling() -> None:
    assert from_base64("AAE=") == b"\0\1"
    for text in ("AAE", "AAF=", "AAE=\n", "AA E=", "A-E=", "AAE=="):
        with pytest.raises(FormatError):
            from_base64(text)
    assert from_base64("") == b""
