"""One space in Rust and Python: each reads and checks what the other left.

`REEEDUCTIO_INTERCHANGE` names the example of the Rust client that plays the other side.
"""

import base64
import json
import os
import subprocess

from reeeductio.opaque import opaque_login

TOPIC = "shared"


def in_rust(space, action: str, name: str, *left: dict) -> dict:
    keys = [base64.b64encode(each).decode() for each in (space.keys.private_key, space.root)]
    command = [os.environ["REEEDUCTIO_INTERCHANGE"], action, space.url, name, *keys, *map(json.dumps, left)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def expected(name: str) -> dict:
    what = {"message": "sealed", "state": "state", "data": "data", "blob": "blob"}
    return {key: f"{value} by {name}" for key, value in what.items()} | {"history": 1, "password": True}


def test_rust_reads_what_python_left(sync_space):
    with sync_space.owner() as owner:
        posted = owner.post_encrypted_message(TOPIC, "chat.text", b"sealed by python")
        owner.set_encrypted_state("profiles/python", "state by python")
        owner.set_encrypted_data("python/sealed", b"data by python")
        blob = owner.encrypt_and_upload_blob(b"blob by python")
        owner.enable_opaque()
        owner.opaque_register("user-python", "password of python")
    left = {"message": posted.message_hash, "blob": [blob.blob_id, base64.b64encode(blob.key).decode()]}
    assert in_rust(sync_space, "read", "python", left) == expected("python")


def test_python_reads_what_rust_left(sync_space):
    left = in_rust(sync_space, "write", "rust")
    blob, key = left["blob"]
    with sync_space.owner() as owner:
        found = opaque_login(sync_space.url, sync_space.id, "user-rust", "password of rust")
        seen = {
            "message": owner.decrypt_message_data(owner.get_message(TOPIC, left["message"]), TOPIC).decode(),
            "history": len(owner.get_messages(TOPIC)),
            "state": owner.get_encrypted_state("profiles/rust"),
            "data": owner.get_encrypted_data("rust/sealed").decode(),
            "blob": owner.download_and_decrypt_blob(blob, base64.b64decode(key)).decode(),
            "password": found.keypair.private_key == sync_space.keys.private_key,
        }
    assert seen == expected("rust")
