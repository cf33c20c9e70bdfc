"""The committed vectors are what the code gives, and every reader takes or refuses each case as it says."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from base import Message
from epochs import Epoch, roster_hash, shard_of
from fixed import Case, render
from keys import decapsulation_key, encapsulation_key
from links import link_secret, link_seed, link_url, stretch
from notation import FormatError, from_base64, make_id, public_key, sha256, to_base64
from padding import padded_length
from read_vectors import READERS, VECTORS, raw, read_proof, read_signature, read_wrap
from tree import (
    Event,
    consistency_proof,
    data_event_hash,
    inclusion_proof,
    root,
    verify_consistency,
    verify_inclusion,
)
from write_vectors import FILE, build

BASE = FILE.parent


def cases(kind: str) -> list[Any]:
    return [
        pytest.param(read, case, id=f"{section}: {case['name']}")
        for section, read in READERS.items()
        for case in VECTORS[section][kind]
    ]


def test_the_file_is_what_the_code_gives() -> None:
    assert render(build(VECTORS)) == FILE.read_text()
    assert FILE.stat().st_size < 400 * 1024


def test_every_section_has_a_reader() -> None:
    assert {name for name, part in VECTORS.items() if isinstance(part, dict) and "valid" in part} == set(READERS)
    used = {case["error"] for section in READERS for case in VECTORS[section]["invalid"]}
    assert used | {"proof.mismatch"} == set(VECTORS["errors"])


@pytest.mark.parametrize(("reader", "case"), cases("valid"))
def test_a_valid_case_is_read(reader: Callable[[Case], None], case: Case) -> None:
    reader(case)


@pytest.mark.parametrize(("reader", "case"), cases("invalid"))
def test_an_invalid_case_is_refused_with_its_error(reader: Callable[[Case], None], case: Case) -> None:
    with pytest.raises(FormatError) as refused:
        reader(case)
    assert refused.value.code == case["error"]


def test_wraps_of_other_implementations_open() -> None:
    for case in VECTORS["wraps_of_others"]:
        read_wrap(case)


@pytest.mark.parametrize("case", VECTORS["signatures_invalid"], ids=lambda case: case["name"])
def test_signatures_are_verified_strictly(case: Case) -> None:
    with pytest.raises(FormatError) as refused:
        read_signature(case)
    assert refused.value.code == "signature.mismatch"


@pytest.mark.parametrize("case", VECTORS["proofs_invalid"], ids=lambda case: case["name"])
def test_a_wrong_proof_is_refused(case: Case) -> None:
    with pytest.raises(FormatError) as refused:
        read_proof(case)
    assert refused.value.code == "proof.mismatch"


def test_shards_are_found_by_their_first_members() -> None:
    for case in VECTORS["shard_lookups"]:
        assert shard_of(case["firsts"], case["member"]) == case["shard"]
    assert {case["shard"] for case in VECTORS["shard_lookups"]} == {None, 0, 1, 2}


def test_rosters_have_their_hashes_in_any_order() -> None:
    for case in VECTORS["rosters"]:
        assert roster_hash(case["space"], case["epoch"], case["members"][::-1]) == raw(case, "roster_hash")


def test_plaintexts_have_the_lengths_of_the_table() -> None:
    for case in VECTORS["padding"]:
        assert padded_length(4 + case["content_length"]) == case["plaintext_length"]


def test_links_have_their_keys() -> None:
    for case in VECTORS["links"]:
        space, secret, password = case["space"], raw(case, "secret"), case["password"]
        assert password is None or stretch(secret, password) == raw(case, "argon2id")
        assert link_secret(space, secret, password) == raw(case, "effective_secret")
        seed = link_seed(space, secret, password)
        assert seed == raw(case, "seed")
        assert make_id("T", public_key(seed)) == case["tool"]
        key = decapsulation_key(seed, 0)
        assert key == raw(case, "decapsulation_key")
        assert sha256(encapsulation_key(key)) == raw(case, "public_key_sha256")


def test_links_have_their_texts() -> None:
    for case in VECTORS["link_urls"]:
        parts = (case["page"], case["space"], raw(case, "secret"), case["epoch"], case["head"], case["server"])
        assert link_url(*parts, needs_password=case["needs_password"]) == case["url"]


def test_events_have_their_leaves() -> None:
    for case in VECTORS["data_events"]:
        assert data_event_hash(case["path"], raw(case, "signature"), case["signed_at"]) == raw(case, "hash")
    for case in VECTORS["events"]:
        parts = (case["n"], case["what"], raw(case, "hash"), case["timestamp"], raw(case, "state"))
        event = Event(*parts, case["topic"], raw(case, "lane"), raw(case, "previous"))
        assert event.leaf(case["space"]) == raw(case, "leaf")


def test_each_event_of_a_topic_names_the_leaf_before_it_and_the_newest_state() -> None:
    before: dict[str, str] = {}
    state = "00" * 32
    for case in VECTORS["events"]:
        assert case["state_hex"] == state
        if case["what"] == "message":
            assert case["previous_hex"] == before.get(case["topic"], "00" * 32)
            before[case["topic"]] = case["leaf_hex"]
        if case["topic"] == "state":
            state = case["hash_hex"]


def test_trees_have_their_roots_and_proofs() -> None:
    leaves = [raw(case, "leaf") for case in VECTORS["events"]]
    roots = [root(leaves[:size]) for size in range(len(leaves) + 1)]
    for tree in VECTORS["trees"]:
        size = tree["size"]
        assert roots[size] == raw(tree, "root")
        for index, path in enumerate(tree["inclusion_hex"]):
            proof = [bytes.fromhex(node) for node in path]
            assert proof == inclusion_proof(leaves[:size], index)
            verify_inclusion(leaves[index], index, size, proof, roots[size])
        for old, path in tree["consistency_hex"].items():
            proof = [bytes.fromhex(node) for node in path]
            assert proof == consistency_proof(leaves[:size], int(old))
            verify_consistency(int(old), size, proof, roots[int(old)], roots[size])


def test_the_base_protocol_is_that_of_its_own_vectors() -> None:
    for case in json.loads((BASE / "messages.json").read_text())["chain"]:
        parts = (case["space_id"], case["topic_id"], case["type"], case["prev_hash"])
        message = Message(*parts, from_base64(case["data"]), case["sender"])
        assert message.hash() == case["message_hash"]
        assert to_base64(message.sign(raw(case, "sender_seed"))) == case["signature"]
    keys = json.loads((BASE / "key_derivation.json").read_text())
    epoch = Epoch(keys["space_id"], 0, raw(keys, "symmetric_root"))
    derived = {case["name"]: case["hex"] for case in keys["keys"]}
    assert epoch.message_key.hex() == derived["message_key"]
    assert epoch.topic_key("state").hex() == derived["state_key"]
    assert epoch.topic_key("general").hex() == derived["topic_key[general]"]
