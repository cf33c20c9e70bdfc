"""Group `trust_roles_tools_ownership`: what members hand out, what tools may do, and whose entry it is."""

import hashlib

from reeeductio import to_blob_id
from rig.wire import Member, Wire, b64, now

from recordings.stage import Answers, Stage


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    return granting(wire) | tools(wire) | ownership(wire)


def granting(wire: Wire) -> Answers:
    answers = {}
    b, c, d = (Member.user() for _ in range(3))
    held = {"op": "create", "path": "state/auth/users/{any}"}
    wire.add(b)

    def define(member):
        return wire.set(b, f"auth/users/{member.id}", {"user_id": member.id})

    def right(member, name, capability):
        return wire.set(b, f"auth/users/{member.id}/rights/{name}", capability)

    def assign(member, role):
        return wire.set(b, f"auth/users/{member.id}/roles/{role}", {"user_id": member.id, "role_id": role})

    answers["b add user without cap"] = define(c)
    wire.grant(b, "add", **held)
    answers["b add user with cap"] = define(c)
    answers["b add again (exists)"] = define(c)
    answers["b grant cap no rights-cap"] = right(c, "r1", held)
    wire.grant(b, "any", "create", "state/auth/users/{any}/rights/{any}")
    answers["b grant w/ .../rights/{any}"] = right(c, "r1", held)
    wire.grant(b, "rest", "create", "state/auth/users/{any}/rights/{...}")
    answers["b grant w/ .../rights/{...}"] = right(c, "r2", held)
    answers["b grant not held"] = right(c, "r3", {"op": "read", "path": "topics/general/messages"})
    answers["b grant to self of held"] = right(b, "r1", held)

    wire.arrange("auth/roles/user", {"role_id": "user"})
    answers["b assign empty role (no create cap on path)"] = assign(c, "user")
    wire.grant(b, "assign", "create", "state/auth/users/{any}/roles/{...}")
    answers["b assign empty role"] = assign(c, "user")
    wire.arrange("auth/roles/strong", {"role_id": "strong"})
    wire.arrange("auth/roles/strong/rights/r1", {"op": "read", "path": "topics/general/messages"})
    answers["b assign role stronger"] = assign(c, "strong")
    wire.grant(b, "read", "read", "topics/{any}/messages")
    answers["b assign role now dominated"] = assign(c, "strong")
    expired = {"user_id": d.id, "role_id": "strong", "expires_at": now() - 1000}
    wire.add(d)
    answers["role expired"] = wire.set(wire.owner, f"auth/users/{d.id}/roles/strong", expired)
    answers["b add cap to role"] = wire.set(b, "auth/roles/user/rights/r2", held)
    return answers


def tools(wire: Wire) -> Answers:
    answers = {}
    limited = wire.add(Member.tool(), use_limit=2)
    wire.grant(limited, "post", "create", "topics/tooltopic/messages")
    for number in range(3):
        body = wire.message(limited, "tooltopic", "x", b64(str(number)))
        answers[f"tool post {number}"] = wire.post(limited, "tooltopic", body)
    blob = to_blob_id(hashlib.sha256(b"x").digest())
    answers["tool blob over limit"] = wire.put_blob(limited, blob, b"x")
    answers["tool data w/o cap"] = wire.put_data(limited, "zz", wire.entry(limited, "zz", ""))
    wire.arrange(f"auth/tools/{limited.id}", "")
    body = wire.message(limited, "tooltopic", "x", b64("3"))
    answers["removed tool post"] = wire.post(limited, "tooltopic", body)

    # The role that invitations give, which has a right from here on.
    wire.arrange("auth/roles/user/rights/r1", {"op": "read", "path": "topics/general/messages"})
    invitation = wire.add(Member.tool())
    wire.grant(invitation, "can_create_user", "create", "state/auth/users/{any}")
    wire.grant(invitation, "can_grant_user_role", "create", "state/auth/users/{any}/roles/user")
    guest, second = Member.user(), Member.user()

    def define(member):
        return wire.set(invitation, f"auth/users/{member.id}", {"user_id": member.id})

    answers["invite adds user"] = define(guest)
    role = {"user_id": guest.id, "role_id": "user"}
    answers["invite grants role w/ caps"] = wire.set(invitation, f"auth/users/{guest.id}/roles/user", role)
    answers["invite adds 2nd user (not one-time)"] = define(second)
    granter = wire.add(Member.tool())
    wire.grant(granter, "grant", "create", "state/auth/users/{any}/rights/{any}")
    everything = {"op": "write", "path": "{...}"}
    path = f"auth/users/{second.id}/rights/all"
    answers["tool grants any cap to user (unbounded)"] = wire.set(granter, path, everything)
    return answers


def ownership(wire: Wire) -> Answers:
    answers = {}
    # Upstream stores a right without an operation, and then fails at everything its holder asks for.
    f = wire.add(Member.user())
    wire.set(wire.owner, f"auth/users/{f.id}/rights/broken", {"path": "topics/general/messages"})
    answers["F read"] = wire.get(f, "topics/general/messages")
    answers["F get state"] = wire.get(f, "state/x")

    g = wire.add(Member.user())
    wire.grant(g, "own", "write", "state/posts/{any}", must_be_owner=True)
    answers["create"] = wire.set(g, "posts/1", {"a": 1})
    answers["modify own"] = wire.set(g, "posts/1", {"a": 2})
    answers["read own"] = wire.get(g, "state/posts/1")
    wire.arrange("posts/2", {"a": 1})
    answers["modify other"] = wire.set(g, "posts/2", {"a": 2})
    answers["read other"] = wire.get(g, "state/posts/2")
    answers["delete other"] = wire.set(g, "posts/2", "")
    answers["delete own"] = wire.set(g, "posts/1", "")
    answers["recreate own after tombstone"] = wire.set(g, "posts/1", {"a": 3})
    wire.arrange("posts/1", {"a": 4})
    answers["owner overwrote -> G modify"] = wire.set(g, "posts/1", {"a": 5})
    answers["delete nonexistent"] = wire.set(g, "posts/none", "")
    return answers
