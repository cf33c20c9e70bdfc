"""Group `opaque`: the path that only begins like a right, then password login."""

from opaque_snake import OpaqueClient, OpaqueServer, RegistrationResponse
from reeeductio.crypto import decode_base64
from rig.wire import Member, Wire, b64

from recordings.stage import Answers, Stage


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    return almost_a_right(wire) | passwords(stage, wire)


def almost_a_right(wire: Wire) -> Answers:
    answers = {}
    member = wire.add(Member.user())
    wire.grant(member, "own", "create", "state/auth/users/{self}/{any}")
    answers["before"] = wire.get(member, "topics/general/messages")
    everything = {"op": "write", "path": "{...}"}
    answers["write auth/users/A/rightsx"] = wire.set(member, f"auth/users/{member.id}/rightsx", everything)
    answers["after"] = wire.get(member, "topics/general/messages")
    return answers


def passwords(stage: Stage, wire: Wire) -> Answers:
    answers = {}
    member = wire.add(Member.user())
    owner, other = wire.bearer(wire.owner), wire.bearer(member)
    garbage = {"Authorization": "Bearer garbage"}
    client = OpaqueClient()

    def call(route, body=None, headers=None):
        return stage.http.post(f"/spaces/{wire.id}/opaque/{route}", json=body, headers=headers)

    registration, registering = client.start_registration("password")
    credential, _ = client.start_login("password")
    register = {"username": "al", "registration_request": b64(registration.to_bytes())}
    login = {"username": "al", "credential_request": b64(credential.to_bytes())}

    answers["setup no auth"] = call("setup")
    answers["setup nonowner"] = call("setup", headers=other)
    answers["setup badtok"] = call("setup", headers=garbage)
    answers["reg init not enabled"] = call("register/init", register, owner)
    answers["login init not enabled"] = call("login/init", login)
    finish = {"username": "al", "credential_finalization": b64(bytes(64))}
    answers["login finish not enabled"] = call("login/finish", finish)

    setup = b64(OpaqueServer().export_setup())
    path = "opaque/server/setup"
    wire.put_data(wire.owner, path, wire.entry(wire.owner, path, setup)).raise_for_status()
    answers["reg init bad b64"] = call("register/init", register | {"registration_request": "***"}, owner)
    answers["reg init no token"] = call("register/init", register)
    answers["reg init bad token"] = call("register/init", register, garbage)
    answers["reg init bad username"] = call("register/init", register | {"username": "a b"}, owner)
    answers["reg init empty username"] = call("register/init", register | {"username": ""}, owner)
    record = {"username": "al", "registration_record": b64(bytes(10))}
    answers["reg finish no init"] = call("register/finish", record, owner)
    answers["reg init"] = started = call("register/init", register, owner)
    answers["reg finish other user"] = call("register/finish", record, other)
    answers["reg finish bad"] = call("register/finish", record, owner)
    unknown = login | {"username": "nobody"}
    answers["login unknown"] = call("login/init", unknown)
    answers["login finish no init"] = call("login/finish", finish)

    # The registration is finished, so that the name is taken and there is a password to get wrong.
    call("register/init", register, owner).raise_for_status()
    response = RegistrationResponse.from_bytes(decode_base64(started.json()["registration_response"]))
    upload = client.finish_registration(response, registering, "password").upload
    finished = call("register/finish", record | {"registration_record": b64(upload.to_bytes())}, owner)
    account = finished.raise_for_status().json() | {
        "encrypted_credentials": b64(bytes(124)),
        "public_key": wire.owner.id,
    }
    path = "opaque/users/al"
    wire.put_data(wire.owner, path, wire.entry(wire.owner, path, b64(account))).raise_for_status()

    answers["reg init dup"] = call("register/init", register, owner)
    call("login/init", login).raise_for_status()
    garbled = finish | {"credential_finalization": b64(bytes(10))}
    answers["login finish garbage"] = call("login/finish", garbled)
    answers["login finish again"] = call("login/finish", garbled)
    call("login/init", login).raise_for_status()
    answers["login finish wrong mac"] = call("login/finish", finish)
    answers["login init pydantic missing"] = call("login/init", {"username": "al"})
    return answers
