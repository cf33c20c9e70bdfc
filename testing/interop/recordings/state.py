"""Group `state`: state entries, their paths, and what is asked of those below `auth/`."""

import hashlib

from reeeductio import to_message_id
from rig.wire import Member, Wire, b64

from recordings.stage import Answers, Stage

#: Sent as types in this order. Every slash, dot and character that might be let through is here.
TYPES = (
    "profiles/{self}",
    "a/{foo}",
    "a b",
    "a//b",
    "",
    "/",
    "/lead",
    "trail/",
    "a/../b",
    "a/./b",
    "x@y",
    "a|b",
    "é",
    "a/b\n",
    "{...}",
    "state/x",
    "a%20b",
    "~x",
    "a+b",
)
#: Read in this order.
PATHS = ("profiles/{self}", "a/../b", "a//b", "x@y", "trail/", "/lead", "a%20b")


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    return entries(wire) | authority(wire)


def entries(wire: Wire) -> Answers:
    answers = {}
    owner = wire.owner
    alice = "profiles/alice"

    def body(path, data="AAAA", **other):
        return wire.message(owner, "state", path, data, **other)

    def post(sent):
        return wire.post(owner, "state", sent)

    def get(path):
        return wire.get(owner, f"state/{path}")

    answers["nonb64 data"] = wire.post(owner, "general", wire.message(owner, "general", "x", "not base64!"))
    large = wire.message(owner, "general", "x", "A" * 102_400)
    answers["data 102400"] = wire.post(owner, "general", large)
    answers["get missing"] = get(alice)
    first = body(alice, b64({"a": 1}), prev=None)
    answers["PUT ok"] = wire.put_state(owner, alice, first)
    answers["GET ok"] = get(alice)
    stale = body(alice, b64({"a": 2}), prev=None)
    answers["PUT stale prev"] = wire.put_state(owner, alice, stale)
    answers["POST stale prev"] = post(stale)
    answers["PUT path mismatch"] = wire.put_state(owner, alice, body("profiles/bob"))
    for path in TYPES:
        answers[f"POST state type {path!r}"] = post(body(path))
    for path in PATHS:
        answers[f"GET state path {path!r}"] = get(path)
    answers["GET state trailing slash root"] = get("")
    answers["PUT invalid path"] = wire.put_state(owner, "x@y", body("x@y"))
    absent = to_message_id(hashlib.sha256(b"of nothing").digest())
    answers["PUT hash mismatch"] = wire.put_state(owner, "q", body("q", message_hash=absent))
    answers["PUT bad sig"] = wire.put_state(owner, "q", body("q", signature=owner.sign(b"something else")))
    answers["PUT bad sig b64"] = wire.put_state(owner, "q", body("q", signature="abc"))
    answers["delete tombstone"] = post(body(alice, ""))
    answers["GET after tombstone"] = get(alice)
    answers["tombstone nonexistent"] = post(body("never/was", ""))
    answers["GET tombstoned nonexist"] = get("never/was")
    return answers


def authority(wire: Wire) -> Answers:
    answers = {}
    owner, user, tool = wire.owner, Member.user().id, Member.tool().id
    right, grant = f"auth/users/{user}/rights/c1", f"auth/users/{user}/roles/r1"

    def post(path, value):
        return wire.set(owner, path, value)

    def put(path, value):
        return wire.put_state(owner, path, wire.message(owner, "state", path, b64(value)))

    answers["cap bad json"] = post(right, "not json")
    answers["cap list json"] = post(right, [])
    answers["cap no prefix"] = post(right, {"op": "read", "path": "foo/bar"})
    answers["cap no path"] = post(right, {"op": "read"})
    answers["cap bad op"] = post(right, {"op": "look", "path": "state/x"})
    answers["cap missing op"] = post(right, {"path": "state/x"})
    answers["cap path int"] = post(right, {"op": "read", "path": 1})
    answers["cap delete"] = post(right, "")
    answers["cap PUT bad"] = put(right, {"op": "read", "path": "foo/bar"})
    answers["cap PUT delete"] = put(right, "")
    answers["cap deep path"] = post(f"{right}/deep", {"op": "read", "path": "state/x"})
    answers["role grant ok"] = post(grant, {"user_id": user, "role_id": "r1"})
    answers["role grant wrong role"] = post(grant, {"user_id": user, "role_id": "r2"})
    answers["role grant wrong user"] = post(grant, {"user_id": "x", "role_id": "r1"})
    answers["role grant PUT wrong"] = put(grant, {"user_id": "x", "role_id": "r1"})
    answers["role grant delete"] = post(grant, "")
    answers["role grant list"] = post(grant, [])
    answers["role def mismatch"] = post("auth/roles/r1", {"role_id": "r2"})
    answers["tool def mismatch"] = post(f"auth/tools/{tool}", {"tool_id": "x"})
    answers["user def garbage"] = post(f"auth/users/{user}", "not json")
    answers["state history"] = wire.get(owner, "state", params={"limit": 1})
    return answers
