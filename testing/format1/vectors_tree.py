"""Cases of events, trees with their proofs, checkpoints, restores and strict signatures."""

from base import digest
from checkpoints import Checkpoint, key_id, make_origin, restore_statement, sign_note, signature_line
from fixed import (
    HOST,
    INCARNATION,
    LANE,
    OPERATOR_SEED,
    OTHER_SPACE,
    OWNER_SEED,
    SERVER_SEED,
    SPACE,
    TIME,
    Case,
    fill,
)
from notation import ZERO, make_id, public_key, sha256, sign, to_base64
from tree import Event, consistency_proof, data_event_hash, inclusion_proof, root

LARGEST_TREE = 9
ENTRY = "tasks/1", sign(OWNER_SEED, b"an entry"), TIME


def history() -> list[Event]:
    """Return the events of a space: state, two lanes of a topic, and data."""
    events: list[Event] = []
    previous: dict[str, bytes] = {}
    state = ZERO
    entry = data_event_hash(*ENTRY)
    lane, other = LANE, fill(0x2B, 8)
    kinds = (
        ("state", bytes(8)),
        ("state", bytes(8)),
        ("general", lane),
        ("general", other),
        ("", b""),
        ("general", lane),
        ("state", bytes(8)),
        ("alerts", lane),
        ("-", b""),
    )
    for n, (topic, lane_id) in enumerate(kinds):
        if topic in {"", "-"}:
            event = Event(n, "data_removed" if topic else "data", entry, TIME, state)
        else:
            hashed = digest(make_id("M", sha256(bytes([n]))))
            event = Event(n, "message", hashed, TIME + n, state, topic, lane_id, previous.get(topic, ZERO))
            previous[topic] = event.leaf(SPACE)
            state = hashed if topic == "state" else state
        events.append(event)
    return events


def data_events() -> list[Case]:
    """Return the hashes of data entries in their events."""
    path, signature, signed_at = ENTRY
    return [
        {
            "path": given,
            "signature_hex": signature.hex(),
            "signed_at": time,
            "hash_hex": data_event_hash(given, signature, time).hex(),
        }
        for given, time in ((path, signed_at), ("notizen/ä b", signed_at), (path, 0))
    ]


def event_cases() -> list[Case]:
    """Return the leaves of events."""
    return [
        {
            "space": SPACE,
            "n": event.n,
            "what": event.what,
            "topic": event.topic,
            "lane_hex": event.lane.hex(),
            "hash_hex": event.hash.hex(),
            "timestamp": event.timestamp,
            "previous_hex": event.previous.hex(),
            "state_hex": event.state.hex(),
            "leaf_hex": event.leaf(SPACE).hex(),
        }
        for event in history()
    ]


def leaves() -> list[bytes]:
    """Return the leaf hashes of the events."""
    return [event.leaf(SPACE) for event in history()]


def hexes(hashes: list[bytes]) -> list[str]:
    """Return hashes in hex."""
    return [hashed.hex() for hashed in hashes]


def trees() -> list[Case]:
    """Return the trees of the first events, with all proofs; the empty tree has none."""
    return [
        {
            "size": size,
            "root_hex": root(leaves()[:size]).hex(),
            "inclusion_hex": [hexes(inclusion_proof(leaves()[:size], index)) for index in range(size)],
            "consistency_hex": {old: hexes(consistency_proof(leaves()[:size], old)) for old in range(1, size + 1)},
        }
        for size in range(LARGEST_TREE + 1)
    ]


def wrong_proofs() -> list[Case]:
    """Return proofs that prove nothing; each fails with `proof.mismatch`."""
    nodes = leaves()
    of = {size: root(nodes[:size]).hex() for size in range(LARGEST_TREE + 1)}
    proof, consistency = hexes(inclusion_proof(nodes[:7], 3)), hexes(consistency_proof(nodes[:7], 3))
    inclusion: list[tuple[str, int, int, list[str], str]] = [
        ("another leaf", 2, 7, proof, of[7]),
        ("another root", 3, 7, proof, of[6]),
        ("another size", 3, 9, proof, of[7]),
        ("a proof that is too short", 3, 7, proof[:-1], of[7]),
        ("a proof that is too long", 3, 7, [*proof, proof[0]], of[7]),
        ("an empty proof", 3, 7, [], of[7]),
        ("a proof in another order", 3, 7, proof[::-1], of[7]),
        ("a leaf behind the tree", 7, 7, proof, of[7]),
        ("a leaf of the empty tree", 0, 0, [], of[0]),
        ("a leaf behind a tree of one", 1, 1, [], of[1]),
    ]
    between: list[tuple[str, int, int, list[str], str, str]] = [
        ("another old root", 3, 7, consistency, of[4], of[7]),
        ("another new root", 3, 7, consistency, of[3], of[6]),
        ("another old size", 4, 7, consistency, of[4], of[7]),
        ("another new size", 3, 9, consistency, of[3], of[7]),
        ("a proof that is too short", 3, 7, consistency[:-1], of[3], of[7]),
        ("a proof that is too long", 3, 7, [*consistency, proof[0]], of[3], of[7]),
        ("an empty proof", 3, 7, [], of[3], of[7]),
        ("an empty proof from a power of two", 4, 7, [], of[4], of[7]),
        ("one size with two roots", 7, 7, [], of[6], of[7]),
        ("one size with a proof", 7, 7, [of[7]], of[7], of[7]),
        ("a tree that shrinks", 7, 3, consistency, of[7], of[3]),
        ("from the empty tree", 0, 7, [], of[0], of[7]),
    ]
    # Without its size, the root of two leaves would pass for that of one.
    above = {"index": 0, "size": 1, "proof_hex": hexes(nodes[:1]), "root_hex": of[2]}
    return [
        {"name": "a proof that goes on above the tree", "leaf_hex": nodes[1].hex(), **above},
        *(
            {"name": name, "leaf_hex": nodes[3].hex(), "index": at, "size": size, "proof_hex": path, "root_hex": to}
            for name, at, size, path, to in inclusion
        ),
        *(
            {"name": name, "old_size": old, "size": size, "proof_hex": path, "old_root_hex": one, "root_hex": two}
            for name, old, size, path, one, two in between
        ),
    ]


def checkpoints() -> Case:
    """Return the cases of checkpoints."""
    origin, public = make_origin(HOST, SPACE, INCARNATION), public_key(SERVER_SEED)
    roots = {size: root(leaves()[:size]) for size in (0, 9)}
    base = {"origin": origin, "public_key_hex": public.hex()}
    valid: list[Case] = [
        {
            "name": f"of {size} events",
            **base,
            "host": HOST,
            "space": SPACE,
            "incarnation_hex": INCARNATION.hex(),
            "seed_hex": SERVER_SEED.hex(),
            "size": size,
            "root_hex": hashed.hex(),
            "key_id_hex": key_id(origin, public).hex(),
            "note": Checkpoint(origin, size, hashed).sign(SERVER_SEED).decode(),
        }
        for size, hashed in roots.items()
    ]
    text = Checkpoint(origin, 9, roots[9]).text()
    good, b64 = valid[1]["note"], to_base64(roots[9])
    line, other = signature_line(text, origin, SERVER_SEED), signature_line(text, "witness.example", OPERATOR_SEED)
    result = {"size": 9, "root_hex": roots[9].hex(), "note": f"{text}\n{other}{line}"}
    valid.append({"name": "with a signature by another key", **base, **result})
    again = {**result, "note": f"{text}\n{line}{signature_line(text, origin, OPERATOR_SEED)}"}
    valid.append({"name": "with a signature by another key of the same name", **base, **again})

    def signed(changed: str) -> str:
        return sign_note(changed, origin, SERVER_SEED).decode()

    flipped = to_base64(bytes([roots[9][0] ^ 1]) + roots[9][1:])
    last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    noncanonical = b64[:-2] + last[last.index(b64[-2]) ^ 1] + "="
    elsewhere = make_origin(HOST, OTHER_SPACE, INCARNATION)
    malformed = (
        ("nothing", ""),
        ("a text without signatures", text),
        ("without the blank line", text + line),
        ("without a signature line", f"{text}\n"),
        ("without the last line feed", good[:-1]),
        ("a blank line at the end", good + "\n"),
        ("carriage returns", good.replace("\n", "\r\n")),
        ("a hyphen for the dash", good.replace("—", "-")),
        ("two spaces after the dash", good.replace("— ", "—  ")),
        ("a space at the end of the signature", good[:-1] + " \n"),
        ("a signature that is not base64", good[:-3] + "*\n"),
        ("a leading zero of the size", signed(text.replace("\n9\n", "\n09\n"))),
        ("a sign before the size", signed(text.replace("\n9\n", "\n+9\n"))),
        ("a size in other digits", signed(text.replace("\n9\n", "\n٩\n"))),
        ("a size of 2^64", signed(text.replace("\n9\n", "\n18446744073709551616\n"))),
        ("no size", signed(text.replace("\n9\n", "\n\n"))),
        ("a root in base64url", signed(text.replace(b64, b64.translate({43: 45, 47: 95})[:-1] + "="))
         if {"+", "/"} & set(b64) else signed(text.replace(b64, "-" + b64[1:]))),
        ("a root without padding", signed(text.replace(b64, b64[:-1]))),
        ("a root with other spare bits", signed(text.replace(b64, noncanonical))),
        ("a root of 31 bytes", signed(text.replace(b64, to_base64(roots[9][:31])))),
        ("an extension line", signed(text + "more\n")),
        ("another origin than the name of the key", signed(text.replace(origin, elsewhere))),
        ("a space behind the origin", signed(text.replace(origin, origin + " "))),
    )  # fmt: skip
    unsigned = (
        ("a changed size", good.replace("\n9\n", "\n8\n")),
        ("a changed root", good.replace(b64, flipped)),
        ("signed by another key", sign_note(text, origin, OPERATOR_SEED).decode()),
        ("signed under another name", f"{text}\n{signature_line(text, 'witness.example', SERVER_SEED)}"),
        ("a good signature and one that is not", f"{text}\n{line}{signature_line(text + 'x', origin, SERVER_SEED)}"),
    )
    return {
        "valid": valid,
        "invalid": [
            {"name": name, **base, "note": note, "error": error}
            for cases, error in ((malformed, "format.malformed"), (unsigned, "signature.mismatch"))
            for name, note in cases
        ],
    }


def restores() -> Case:
    """Return the statements of restores."""
    old, new = INCARNATION, fill(0x0B, 8)
    hashed = root(leaves())
    statement = restore_statement(HOST, SPACE, (old, 9, hashed), new)
    case = {
        "host": HOST,
        "space": SPACE,
        "old_incarnation_hex": old.hex(),
        "size": 9,
        "root_hex": hashed.hex(),
        "new_incarnation_hex": new.hex(),
        "public_key_hex": public_key(OPERATOR_SEED).hex(),
        "signature_hex": sign(OPERATOR_SEED, statement).hex(),
    }
    changes: tuple[tuple[str, Case], ...] = (
        ("another host", {"host": "other.example"}),
        ("another size", {"size": 8}),
        ("another incarnation before", {"old_incarnation_hex": "77" * 8}),
        ("another incarnation after", {"new_incarnation_hex": "77" * 8}),
        ("another space", {"space": OTHER_SPACE}),
        ("another root", {"root_hex": "77" * 32}),
        ("signed by the server", {"signature_hex": sign(SERVER_SEED, statement).hex()}),
    )
    return {
        "valid": [{"name": "of 9 events", **case, "seed_hex": OPERATOR_SEED.hex(), "statement_hex": statement.hex()}],
        "invalid": [{"name": name, **case, **change, "error": "signature.mismatch"} for name, change in changes],
    }


def signatures() -> list[Case]:
    """Return signatures that are refused although the equation of Ed25519 holds, or nearly does."""
    order = (1 << 252) + 27742317777372353535851937790883648493
    key, statement = public_key(OWNER_SEED), b"statement"
    good = sign(OWNER_SEED, statement)
    larger = (int.from_bytes(good[32:], "little") + order).to_bytes(32, "little")
    neutral = b"\x01" + bytes(31)
    cases = (
        ("S that is not reduced", key, good[:32] + larger),
        ("key and R of small order", neutral, neutral + bytes(32)),
        ("of 63 bytes", key, good[:63]),
        ("of 65 bytes", key, good + b"\0"),
    )
    return [
        {"name": name, "public_key_hex": public.hex(), "statement_hex": statement.hex(), "signature_hex": raw.hex()}
        for name, public, raw in cases
    ]
