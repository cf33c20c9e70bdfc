"""Group `permissions_and_data`: what a member without rights may do, then data entries."""

import hashlib

from reeeductio import to_blob_id
from rig.wire import Member, Wire, b64, now

from recordings.stage import Answers, Stage


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    member = Member.user()
    return without_rights(wire, member) | rights_to_data(wire, member) | entries(wire, member)


def without_rights(wire: Wire, member: Member) -> Answers:
    answers = {}
    wire.add(member)
    definition = wire.head("state")
    content = b"hello"
    blob = to_blob_id(hashlib.sha256(content).digest())

    def get(path, **more):
        return wire.get(member, path, **more)

    answers["read topic"] = get("topics/general/messages")
    answers["read state list"] = get("state", params={"limit": 1})
    answers["read topics/state/messages"] = get("topics/state/messages", params={"limit": 1})
    answers["read state msg by hash"] = get(f"topics/state/messages/{definition}")
    answers["get state path"] = get(f"state/auth/users/{member.id}")
    answers["post topic"] = wire.post(member, "general", wire.message(member, "general", "x", b64("1")))
    answers["write state"] = wire.set(member, "profiles/x", "1")
    answers["get data"] = get("data/x")
    answers["upload blob"] = wire.put_blob(member, blob, content)
    answers["download blob"] = get(f"blobs/{blob}")
    wire.grant(member, "topic", "create", "topics/g1/messages")
    answers["modify needs?"] = wire.post(member, "g1", wire.message(member, "g1", "x", b64("1")))
    return answers


def rights_to_data(wire: Wire, member: Member) -> Answers:
    answers = {}

    def put(path):
        return wire.put_data(member, path, wire.entry(member, path, b64("1")))

    answers["no cap"] = put("foo/bar")
    wire.grant(member, "foo", "write", "data/foo/{any}")
    answers["cap data/foo/{any}"] = put("foo/bar")
    answers["path data/foo/bar w/ same cap"] = put("data/foo/bar")
    answers["read foo/bar"] = wire.get(member, "data/foo/bar")
    answers["read data/foo/bar"] = wire.get(member, "data/data/foo/bar")
    wire.grant(member, "state", "write", "state/kk/{any}")
    answers["state cap lets data path state/kk/1"] = put("state/kk/1")
    wire.grant(member, "one", "write", "{any}")
    answers["{any} one-seg"] = put("oneseg")
    return answers


def entries(wire: Wire, member: Member) -> Answers:
    answers = {}
    owner = wire.owner
    start = now()

    def put(path, signed_at=None, data=b64("1"), **other):
        url_path = other.pop("url_path", None)
        return wire.put_data(owner, path, wire.entry(owner, path, data, signed_at, **other), url_path)

    answers["ok"] = put("x/y", start)
    answers["get"] = wire.get(owner, "data/x/y")
    answers["old 61s"] = put("x/y", now() - 61_000)
    answers["future 61s"] = put("x/y", now() + 61_000)
    answers["older than current"] = put("x/y", start - 1)
    answers["equal ts"] = put("x/y", start, b64("2"))
    answers["future 50s"] = put("x/z", now() + 50_000)
    answers["then now"] = put("x/z")
    answers["bad sig"] = put("x/y", start + 1, signature=owner.sign(b"something else"))
    answers["bad sig b64"] = put("x/y", start + 1, signature="abc")
    answers["signer mismatch"] = put("x/y", start + 1, signed_by=member.id)
    answers["weird path"] = put("we ird@~x/..x", url_path="we%20ird@~x/..x")
    answers["empty data put"] = put("x/y", start + 2, "")
    answers["get after empty"] = wire.get(owner, "data/x/y")
    answers["DELETE"] = wire.delete(owner, "data/x/y")
    answers["get after DELETE"] = wire.get(owner, "data/x/y")
    answers["DELETE missing"] = wire.delete(owner, "data/x/y")
    answers["replay after delete"] = put("x/y", start)
    headers = wire.bearer(owner)
    answers["missing field"] = wire.http.put(f"/spaces/{wire.id}/data/x/y", json={"data": ""}, headers=headers)
    answers["non-b64 data"] = put("x/nb", data="not base64!")
    answers["big data 1MB"] = put("x/big", data=b64(bytes(1 << 20)))
    answers["signed_at float"] = wire.put_data(owner, "x/y", wire.entry(owner, "x/y", b64("1")) | {"signed_at": 1.5})
    answers["DELETE no perm"] = wire.delete(member, "data/zz/y")
    answers["list data?"] = wire.get(owner, "data/")
    answers["list data noslash"] = wire.get(owner, "data")
    return answers
