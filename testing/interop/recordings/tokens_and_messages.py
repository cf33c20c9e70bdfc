"""Group `tokens_and_messages`: every kind of bad token on every kind of route, then the topic routes."""

import hashlib

from reeeductio import to_blob_id, to_message_id
from rig.wire import Wire, b64, forge_token, now

from recordings.stage import Answers, Stage


def play(stage: Stage) -> Answers:
    wire = Wire(stage.http)
    return tokens(stage, wire) | pages(wire) | posts(wire)


def tokens(stage: Stage, wire: Wire) -> Answers:
    answers = {}
    seconds = now() // 1000
    times = {"iat": seconds, "exp": seconds + 3600}
    elsewhere = Wire(stage.http)
    expired = {"iat": seconds - 7200, "exp": seconds - 3600}

    def forged(**claims):
        return {"Authorization": f"Bearer {forge_token(stage.token_secret, **claims)}"}

    headers = {
        "none": {},
        "bad": {"Authorization": "Bearer garbage"},
        "exp": forged(space_id=wire.id, id=wire.owner.id, **expired),
        "oth": elsewhere.bearer(elsewhere.owner),
        "noid": forged(space_id=wire.id, **times),
    }

    def refresh(headers):
        return stage.http.post(f"/spaces/{wire.id}/auth/refresh", headers=headers)

    answers["refresh valid"] = refresh(wire.bearer(wire.owner))
    answers["refresh bad"] = refresh(headers["bad"])
    answers["refresh expired"] = refresh(headers["exp"])
    answers["refresh otherspace"] = refresh(headers["oth"])
    answers["refresh none"] = refresh({})
    answers["refresh basic scheme"] = refresh({"Authorization": "Basic dXNlcjpwYXNz"})

    blob = to_blob_id(hashlib.sha256(b"x").digest())
    routes = {
        "GET msgs": f"/spaces/{wire.id}/topics/general/messages",
        "GET state": f"/spaces/{wire.id}/state/foo",
        "GET data": f"/spaces/{wire.id}/data/foo",
        "GET blob": f"/spaces/{wire.id}/blobs/{blob}",
        "PUT blob": f"/spaces/{wire.id}/blobs/{blob}",
        "GET admin space": "/admin/space",
    }
    for kind, sent in headers.items():
        for name, path in routes.items():
            method = name.split()[0]
            content = b"x" if method == "PUT" else None
            answers[f"{name} {kind}"] = stage.http.request(method, path, headers=sent, content=content)
    return answers


def pages(wire: Wire) -> Answers:
    answers = {}
    topics = {
        "bad": "A",
        "one char": "a",
        "newline": "ab%0A",
        "64": "a" * 64,
        "65": "a" * 65,
        "trailing -": "ab-",
    }
    for name, topic in topics.items():
        answers[f"topic {name}"] = wire.get(wire.owner, f"topics/{topic}/messages")
    queries = [
        {"limit": 0},
        {"limit": 1001},
        {"limit": "x"},
        {"from": "x"},
        {"from": -5},
        {"from": "1.5"},
        {"from": 2**70},
        {"limit": 1000},
    ]
    for query in queries:
        answers[f"q {query}"] = wire.get(wire.owner, "topics/general/messages", params=query)
    answers["empty"] = wire.get(wire.owner, "topics/general/messages")
    return answers


def posts(wire: Wire) -> Answers:
    answers = {}
    owner = wire.owner
    absent = to_message_id(hashlib.sha256(b"of nothing").digest())

    def body(text: str = "1", kind: str = "chat.text", **other):
        return wire.message(owner, "general", kind, b64(text), **other)

    def post(sent, topic="general"):
        return wire.post(owner, topic, sent)

    genesis = body(prev=None)
    answers["post1"] = post(genesis)
    answers["post dup genesis"] = post(genesis)
    answers["post wrong prev"] = post(body(prev=absent))
    answers["post hash mismatch"] = post(body(message_hash=absent))
    answers["post bad sig"] = post(body(signature=owner.sign(b"something else")))
    answers["post bad sig b64"] = post(body(signature="abc"))
    # Only a signature with a + or a / is spelled differently in the other alphabet.
    spelled = next(each for each in map(body, map(str, range(1000))) if set("+/") & set(each["signature"]))
    signature = spelled["signature"].replace("+", "-").replace("/", "_")
    answers["post urlsafe sig"] = post(spelled | {"signature": signature})
    foreign = body("2")
    answers["post sig invalid chars dropped"] = post(foreign | {"signature": "!*" + foreign["signature"]})
    answers["post empty data"] = post(body(""))
    answers["post nonb64 data"] = post(wire.message(owner, "general", "chat.text", "not base64!"))
    untyped = body("3")
    del untyped["type"]
    answers["post default type"] = post(untyped)
    unlinked = body("4")
    del unlinked["prev_hash"]
    answers["post no prev field"] = post(unlinked)
    empty_link = wire.message(owner, "newtopic", "chat.text", b64("1"), prev=None, prev_hash="")
    answers["post empty-string prev (genesis?)"] = post(empty_link, "newtopic")
    answers["post empty type"] = post(body("5", kind=""))
    answers["post type with pipe"] = post(body("6", kind="a|b"))
    answers["post type null"] = post(body("7", type=None))
    answers["post extra field"] = post(body("8", extra="ignored"))

    def fetch(message_hash, topic="general"):
        return wire.get(owner, f"topics/{topic}/messages/{message_hash}")

    answers["get by hash"] = fetch(genesis["message_hash"])
    answers["get by hash 404"] = fetch(absent)
    answers["get by hash garbage"] = fetch("zzz")
    answers["get by hash bad topic"] = fetch(genesis["message_hash"], "A")
    return answers
