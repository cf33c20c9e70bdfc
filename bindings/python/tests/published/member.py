"""One side of a shared space: the same program for the published client and for ours.

Arguments: the address, what to do. From standard input: the space's secrets and what to read, as JSON. Prints what it
did, as JSON.
"""

import json
import sys

from reeeductio import Space, opaque_login
from reeeductio.crypto import encode_base64, generate_keypair

TOPIC, PATH, USER_KEY = "shared", "profiles/alice", bytes(range(32))


def write(space: Space, name: str) -> dict:
    """Leave something of every kind in the space."""
    sealed = space.post_encrypted_message(TOPIC, "chat.text", f"sealed by {name}".encode())
    plain = space.post_message(TOPIC, "chat.text", f"plain by {name}".encode())
    space.set_plaintext_state(f"{PATH}/plain", f"plain state by {name}")
    space.set_encrypted_state(f"{PATH}/sealed", f"sealed state by {name}")
    space.set_plaintext_data(f"{name}/plain", f"plain data by {name}".encode())
    space.set_encrypted_data(f"{name}/sealed", f"sealed data by {name}".encode())
    space.set_encrypted_user_data(name, f"private data by {name}".encode())
    blob = space.encrypt_and_upload_blob(f"blob by {name}".encode() * 1000)
    open_blob = space.upload_plaintext_blob(f"open blob by {name}".encode())
    guest = generate_keypair()
    space.add_user(guest.to_user_id())
    space.create_role(f"role-{name}")
    space.grant_capability_to_role(f"role-{name}", "read", {"op": "read", "path": "topics/{any}"})
    space.assign_role_to_user(guest.to_user_id(), f"role-{name}")
    space.enable_opaque()
    space.opaque_register(f"user-{name}", f"password of {name}")
    return {
        "messages": [sealed.message_hash, plain.message_hash],
        "blob": [blob.blob_id, blob.key.hex()],
        "open_blob": open_blob.blob_id,
        "guest": guest.private_key.hex(),
        "guest_id": guest.to_user_id(),
    }


def read(space: Space, name: str, left: dict) -> dict:
    """Read what the other side left."""
    blob, key = left["blob"]
    messages = [each for each in space.get_messages(TOPIC) if each.message_hash in left["messages"]]
    sealed, plain = messages
    single = space.get_message(TOPIC, left["messages"][0])
    guest = Space(space.space_id, left["guest_id"], bytes.fromhex(left["guest"]), space.symmetric_root, sys.argv[1])
    with guest:
        seen = [space.decrypt_message_data(each, TOPIC).decode() for each in guest.get_messages(TOPIC)[:1]]
    found = opaque_login(sys.argv[1], space.space_id, f"user-{name}", f"password of {name}")
    return {
        "sealed message": space.decrypt_message_data(sealed, TOPIC).decode(),
        "plain message": plain.data == encode_base64(f"plain by {name}"),
        "single message": single == sealed,
        "plain state": space.get_plaintext_state(f"{PATH}/plain"),
        "sealed state": space.get_encrypted_state(f"{PATH}/sealed"),
        "plain data": space.get_plaintext_data(f"{name}/plain").decode(),
        "sealed data": space.get_encrypted_data(f"{name}/sealed").decode(),
        "private data": space.get_encrypted_user_data(name).decode(),
        "blob": space.download_and_decrypt_blob(blob, bytes.fromhex(key)) == f"blob by {name}".encode() * 1000,
        "open blob": space.download_plaintext_blob(left["open_blob"]).decode(),
        "guest": len(seen),
        "password": found.keypair.private_key == space.private_key and found.symmetric_root == space.symmetric_root,
        "user key": found.user_symmetric_key == USER_KEY,
        "history": len(space.get_state_history()) > 5,
    }


def main() -> None:
    given = json.load(sys.stdin)
    secrets = (bytes.fromhex(given[name]) for name in ("private_key", "symmetric_root"))
    arguments = (given["space_id"], given["member_id"], *secrets)
    with Space(*arguments, base_url=sys.argv[1], user_symmetric_key=USER_KEY) as space:
        done = write(space, given["name"]) if sys.argv[2] == "write" else read(space, given["name"], given["left"])
    print(json.dumps(done))


if __name__ == "__main__":
    main()
