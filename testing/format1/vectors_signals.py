"""Cases of signals."""

from dataclasses import replace

from fixed import ALICE, BOB, EPOCH, OTHER_SPACE, SEEDS, SPACE, Case, fill, salt
from notation import sign, u32
from padding import pad
from signals import Signal
from vectors_messages import epoch_case


def signal_case(name: str, signal: Signal, sealed: bytes) -> Case:
    """Return what a reader of a signal has."""
    return {
        "name": name,
        "space": signal.space,
        "subject": signal.subject,
        "to": signal.to,
        "sender": signal.sender,
        "session_hex": signal.session.hex(),
        "counter": signal.counter,
        **epoch_case(EPOCH),
        "sealed_hex": sealed.hex(),
    }


def signals() -> Case:
    """Return the cases of signals."""
    valid, invalid = [], []
    signal = Signal(SPACE, "typing", None, ALICE, fill(0x26, 16), 1)
    cases = (
        ("to all", signal, b"hello"),
        ("to one member", replace(signal, to=BOB, counter=2), b"hello"),
        ("an empty body", replace(signal, counter=3), b""),
        ("the counter 0", replace(signal, counter=0), bytes(range(256))),
    )
    for number, (name, given, body) in enumerate(cases, 0x30):
        sealed = given.seal(EPOCH, salt(number), body)
        statement = given.statement(sealed)
        valid.append({
            **signal_case(name, given, sealed),
            "salt_hex": salt(number).hex(),
            "body_hex": body.hex(),
            "context_hex": given.context().hex(),
            "statement_hex": statement.hex(),
            "signature_hex": sign(SEEDS[ALICE], statement).hex(),
        })  # fmt: skip
    sealed = bytes.fromhex(valid[0]["sealed_hex"])
    dirty = pad(b"hello")[:-1] + b"\x01"
    flipped = sealed[:-1] + bytes([sealed[-1] ^ 1])
    for name, given, changed, error in (
        ("nothing", signal, b"", "format.malformed"),
        ("version 2", signal, b"\x02" + sealed[1:], "format.unknown"),
        ("suite 2", signal, b"\x01\x02" + sealed[2:], "format.unknown"),
        ("a tag of 15 bytes", signal, sealed[: 62 + 15], "format.malformed"),
        ("another epoch", signal, sealed[:5] + b"\x02" + sealed[6:], "key.missing"),
        ("another key id", signal, sealed[:6] + fill(0x77, 8) + sealed[14:], "key.missing"),
        ("another salt", signal, sealed[:14] + fill(0x77, 16) + sealed[30:], "commitment.mismatch"),
        ("another commitment", signal, sealed[:30] + fill(0x77) + sealed[62:], "commitment.mismatch"),
        ("a changed ciphertext", signal, flipped, "client.open"),
        ("another subject", replace(signal, subject="cursor"), sealed, "commitment.mismatch"),
        ("another sender", replace(signal, sender=BOB), sealed, "commitment.mismatch"),
        ("to somebody", replace(signal, to=BOB), sealed, "commitment.mismatch"),
        ("another session", replace(signal, session=fill(0x27, 16)), sealed, "commitment.mismatch"),
        ("another counter", replace(signal, counter=2), sealed, "commitment.mismatch"),
        ("another space", replace(signal, space=OTHER_SPACE), sealed, "commitment.mismatch"),
        (
            "not padded",
            signal,
            signal.seal_plaintext(EPOCH, salt(0x38), u32(5) + b"hello" + bytes(190)),
            "format.malformed",
        ),
        ("padding that is not zero", signal, signal.seal_plaintext(EPOCH, salt(0x39), dirty), "format.malformed"),
    ):
        invalid.append(signal_case(name, given, changed) | {"error": error})
    return {"valid": valid, "invalid": invalid}
