"""Writes `spec/vectors/format1.json`. Random output of HPKE is kept from the file that is there."""

import json
from pathlib import Path

import vectors_keys
import vectors_messages
import vectors_others
import vectors_signals
import vectors_tree
from fixed import Case, Kept, render

FILE = Path(__file__).resolve().parents[2] / "spec" / "vectors" / "format1.json"

DESCRIPTION = (
    "Vectors of spec/crypto.md, made by testing/format1 from that page alone. Bytes are hex, in fields that end in "
    "`_hex`; ids are texts; `X_byte_hex` and `X_length` are bytes that are all the same. Each case of `valid` is read, "
    "and made again from its inputs, except `sealed_hex` of `wraps` and `inbox`: HPKE made it at random. Each case of "
    "`invalid` has one fault, and is refused with `error`."
)
ERRORS = {
    "format.unknown": "a version, suite or flag that the reader does not know",
    "format.malformed": "what no writer would write",
    "payload.mismatch": "the payload has another hash than `payload_hash`",
    "keyring.wrong_root": "a root has another commitment than the epoch",
    "commitment.mismatch": "the key of a message or signal is not the one that it commits to",
    "client.open": "AES-256-GCM or HPKE does not open",
    "key.missing": "epoch and key id are not those of the reader's root",
    "signature.mismatch": "no signature by the key, or one that does not match",
    "proof.mismatch": "the proof does not lead to the root",
}


def build(before: Case) -> Case:
    """Return the vectors; what is random in them is that of the ones before."""
    kept = Kept(before)
    wraps = vectors_keys.wraps(kept)
    return {
        "description": DESCRIPTION,
        "errors": ERRORS,
        "signatures_invalid": vectors_tree.signatures(),
        "encryption_keys": vectors_keys.encryption_keys(),
        "wraps": wraps,
        "wraps_of_others": before.get("wraps_of_others", []),
        "epochs": vectors_keys.epochs(),
        "shards": vectors_keys.shards(wraps),
        "shard_lookups": vectors_keys.lookups(),
        "rosters": vectors_keys.rosters(),
        "padding": vectors_messages.padding(),
        "messages": vectors_messages.messages(),
        "revealed_keys": vectors_messages.revealed(),
        "signals": vectors_signals.signals(),
        "inbox": vectors_others.inbox(kept),
        "links": vectors_others.links(),
        "link_urls": vectors_others.link_urls(),
        "joins": vectors_others.joins(),
        "data_events": vectors_tree.data_events(),
        "events": vectors_tree.event_cases(),
        "trees": vectors_tree.trees(),
        "proofs_invalid": vectors_tree.wrong_proofs(),
        "checkpoints": vectors_tree.checkpoints(),
        "restores": vectors_tree.restores(),
    }


def read() -> Case:
    """Return the vectors in the file, or none if it is not there."""
    vectors: Case = json.loads(FILE.read_text()) if FILE.exists() else {}
    return vectors


if __name__ == "__main__":
    FILE.write_text(render(build(read())))
