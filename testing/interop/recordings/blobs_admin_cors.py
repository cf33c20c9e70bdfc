"""Group `blobs_admin_cors`: blobs, administration, and the routes outside of spaces."""

import hashlib

from reeeductio import generate_keypair, to_blob_id, to_message_id
from rig.ids import with_version_1
from rig.wire import Member, Wire, now

from recordings.stage import Answers, Stage


def blob_id(content: bytes) -> str:
    return to_blob_id(hashlib.sha256(content).digest())


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    largest = bytes(stage.max_blob)
    return (
        uploads(wire, largest)
        | administration(stage, wire, blob_id(largest))
        | registration(stage)
        | other_routes(stage)
    )


def uploads(wire: Wire, largest: bytes) -> Answers:
    answers = {}
    owner, a, other = wire.owner, wire.add(Member.user()), wire.add(Member.user())
    content = b"twenty bytes of blob"
    blob = blob_id(content)

    def get(member=owner, of=blob, **more):
        return wire.get(member, f"blobs/{of}", **more)

    answers["get missing"] = get()
    answers["put"] = wire.put_blob(a, blob, content)
    answers["put again"] = wire.put_blob(a, blob, content)
    answers["put wrong content"] = wire.put_blob(a, blob, b"something else")
    answers["put bad id"] = wire.put_blob(a, "zzz", content)
    answers["put M id"] = wire.put_blob(a, to_message_id(hashlib.sha256(content).digest()), content)
    answers["put version1 id"] = wire.put_blob(a, with_version_1(blob), content)
    answers["get by owner"] = get()
    answers["HEAD"] = wire.http.head(f"/spaces/{wire.id}/blobs/{blob}", headers=wire.bearer(owner))
    answers["range"] = get(headers={"Range": "bytes=0-4"})
    answers["put empty"] = wire.put_blob(a, blob_id(b""), b"")
    answers["get empty"] = get(of=blob_id(b""))
    too_big = largest + b"x"
    answers["too big CL"] = wire.put_blob(a, blob_id(too_big), too_big)
    # An iterator has no length to announce.
    answers["too big chunked"] = wire.put_blob(a, blob_id(too_big), iter([largest, b"x"]))
    answers["exact max"] = wire.put_blob(a, blob_id(largest), largest)
    answers["owner deletes A's blob"] = wire.delete(owner, f"blobs/{blob}")
    answers["still there?"] = get()
    # Gone here, and needed by the rows that follow.
    wire.put_blob(a, blob, content).raise_for_status()
    answers["other member deletes"] = wire.delete(other, f"blobs/{blob}")
    answers["uploader deletes"] = wire.delete(a, f"blobs/{blob}")
    answers["then get"] = get()
    answers["delete missing"] = wire.delete(a, f"blobs/{blob}")
    elsewhere = Wire(wire.http)
    answers["other space get"] = elsewhere.get(elsewhere.owner, f"blobs/{blob_id(largest)}")
    answers["other space delete"] = elsewhere.delete(elsewhere.owner, f"blobs/{blob_id(largest)}")
    answers["POST blobs"] = wire.http.post(f"/spaces/{wire.id}/blobs", headers=wire.bearer(owner), content=content)
    return answers


def administration(stage: Stage, wire: Wire, blob: str) -> Answers:
    answers = {}
    http = stage.http
    admin = Wire(http, stage.admin)
    member = Member.user()
    answers["admin challenge"] = http.post("/admin/auth/challenge", json={"public_key": admin.owner.id})
    answers["admin space"] = http.get("/admin/space", headers=admin.bearer(admin.owner))
    answers["add user to admin space"] = admin.set(admin.owner, f"auth/users/{member.id}", {"user_id": member.id})
    ordinary, owner = admin.bearer(member), admin.bearer(admin.owner)
    case = "ordinary admin-space member deletes blob of other space!"
    answers[case] = http.delete(f"/admin/blobs/{blob}", headers=ordinary)
    answers["after"] = wire.get(wire.owner, f"blobs/{blob}")
    answers["admin delete missing"] = http.delete(f"/admin/blobs/{blob_id(b'nowhere')}", headers=owner)
    answers["admin delete garbage id"] = http.delete("/admin/blobs/zzz", headers=owner)
    answers["admin delete '..'"] = http.delete("/admin/blobs/%2e%2e", headers=owner)
    garbage = {"Authorization": "Bearer garbage"}
    answers["admin delete bad token"] = http.delete(f"/admin/blobs/{blob}", headers=garbage)
    return answers


def registration(stage: Stage) -> Answers:
    answers = {}
    admin = Wire(stage.http, stage.admin)
    member = admin.add(Member.user())
    space = Member(keys := generate_keypair(), keys.to_space_id())
    other = generate_keypair().to_space_id()
    created_at = now()

    def register(path=space.id, without=(), **different):
        signature = space.sign(f"{space.id}|{member.id}|{created_at}".encode())
        body = {"space_id": space.id, "created_by": member.id, "created_at": created_at, "space_signature": signature}
        body = {key: value for key, value in (body | different).items() if key not in without}
        return admin.set(member, f"spaces/{path}", body)

    def index(user=member.id, of=space.id, said=space.id):
        return admin.set(member, f"users/{user}/spaces/{of}", {"space_id": said})

    answers["register w/o cap"] = register()
    admin.grant(member, "cap_000", "create", "state/spaces/{any}")
    admin.grant(member, "cap_001", "create", "state/users/{self}/spaces/{any}")
    answers["bad space_sig"] = register(space_signature=member.sign(b"something else"))
    answers["no sig"] = register(without=["space_signature"])
    answers["created_by other"] = register(created_by=admin.owner.id)
    answers["space_id mismatch"] = register(space_id=other)
    answers["no created_at"] = register(without=["created_at"])
    answers["U-type id"] = register(keys.to_user_id(), space_id=keys.to_user_id())
    answers["bad id"] = register("abc", space_id="abc")
    answers["register ok"] = register()
    answers["register twice"] = register()
    answers["index ok"] = index()
    answers["index mismatch"] = index(of=other, said="x")
    answers["index other user"] = index(user=Member.user().id)
    answers["unregister tombstone by admin"] = admin.set(admin.owner, f"spaces/{space.id}", "")
    return answers


def other_routes(stage: Stage) -> Answers:
    http = stage.http
    return {
        "404": http.get("/nope"),
        "405": http.put("/health"),
        "openapi": http.get("/openapi.json"),
        "docs": http.get("/docs"),
        "short space id auto": http.post("/spaces/abc/auth/challenge", json={"public_key": Member.user().id}),
    }
