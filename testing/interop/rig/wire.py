"""The protocol by hand: signed bodies and plain HTTP, for what the published client does not send."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass

import httpx
from reeeductio import encode_base64, generate_keypair, sign_data
from reeeductio.crypto import Ed25519KeyPair, decode_urlsafe_base64
from reeeductio.messages import compute_message_hash

#: Where "newest first" starts.
FAR_FUTURE = 9999999999999
#: Stands for the head of the topic, whatever it is.
HEAD = object()


def now() -> int:
    """Unix milliseconds."""
    return int(time.time() * 1000)


def b64(value) -> str:
    """The base64 text of a value: bytes and text as they are, anything else as JSON."""
    if not isinstance(value, (bytes, str)):
        value = json.dumps(value)
    return encode_base64(value)


def forge_token(secret: str, **claims) -> str:
    """A JWT with exactly these claims."""

    def part(content: bytes) -> str:
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()

    signed = ".".join(part(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT"}, claims))
    return f"{signed}.{part(hmac.digest(secret.encode(), signed.encode(), hashlib.sha256))}"


@dataclass
class Member:
    """A key and the id it acts under."""

    keys: Ed25519KeyPair
    id: str

    @classmethod
    def user(cls) -> "Member":
        keys = generate_keypair()
        return cls(keys, keys.to_user_id())

    @classmethod
    def tool(cls) -> "Member":
        keys = generate_keypair()
        return cls(keys, keys.to_tool_id())

    def sign(self, content: bytes) -> str:
        """The signature as text."""
        return encode_base64(sign_data(content, self.keys.private_key))


class Wire:
    """A space over plain HTTP. Methods that return a response check nothing; the others do."""

    def __init__(self, http: httpx.Client, keys: Ed25519KeyPair | None = None):
        self.http = http
        keys = keys or generate_keypair()
        self.id = keys.to_space_id()
        self.owner = Member(keys, keys.to_user_id())
        self._tokens: dict[str, str] = {}

    # Signing in

    def challenge(self, member_id: str) -> str:
        answer = self.http.post(f"/spaces/{self.id}/auth/challenge", json={"public_key": member_id})
        return answer.raise_for_status().json()["challenge"]

    def verify(self, member: Member, challenge: str, **other) -> httpx.Response:
        body = {"public_key": member.id, "challenge": challenge, "signature": member.sign(challenge.encode())}
        return self.http.post(f"/spaces/{self.id}/auth/verify", json=body | other)

    def token(self, member: Member) -> str:
        """The member's token; one login per member."""
        if member.id not in self._tokens:
            answer = self.verify(member, self.challenge(member.id))
            self._tokens[member.id] = answer.raise_for_status().json()["token"]
        return self._tokens[member.id]

    def bearer(self, member: Member) -> dict:
        return {"Authorization": f"Bearer {self.token(member)}"}

    def get(self, member: Member, path: str, **more) -> httpx.Response:
        return self.http.get(f"/spaces/{self.id}/{path}", headers=self.bearer(member) | more.pop("headers", {}), **more)

    # Messages and state

    def head(self, topic: str) -> str | None:
        query = {"from": FAR_FUTURE, "to": 0, "limit": 1}
        found = self.get(self.owner, f"topics/{topic}/messages", params=query).raise_for_status().json()["messages"]
        return found[0]["message_hash"] if found else None

    def message(self, member: Member, topic: str, kind: str, data: str, prev=HEAD, **other) -> dict:
        """A correct body, with `other` laid over it."""
        prev = self.head(topic) if prev is HEAD else prev
        message_hash = compute_message_hash(self.id, topic, kind, prev, data, member.id)
        body = {
            "type": kind,
            "prev_hash": prev,
            "data": data,
            "message_hash": message_hash,
            "signature": member.sign(decode_urlsafe_base64(message_hash)),
        }
        return body | other

    def post(self, member: Member, topic: str, body: dict) -> httpx.Response:
        return self.http.post(f"/spaces/{self.id}/topics/{topic}/messages", json=body, headers=self.bearer(member))

    def put_state(self, member: Member, path: str, body: dict) -> httpx.Response:
        return self.http.put(f"/spaces/{self.id}/state/{path}", json=body, headers=self.bearer(member))

    def set(self, member: Member, path: str, value) -> httpx.Response:
        """Posts a state entry on top of the head; `""` removes."""
        return self.post(member, "state", self.message(member, "state", path, b64(value)))

    # Arranged by the owner

    def arrange(self, path: str, value) -> None:
        """The owner sets a state entry, which must succeed."""
        self.set(self.owner, path, value).raise_for_status()

    def add(self, member: Member, **definition) -> Member:
        """The owner adds a user or tool."""
        folder, field = ("tools", "tool_id") if member.id.startswith("T") else ("users", "user_id")
        self.arrange(f"auth/{folder}/{member.id}", {field: member.id, **definition})
        return member

    def grant(self, member: Member, name: str, op: str, path: str, **more) -> None:
        """The owner grants a right."""
        folder = "tools" if member.id.startswith("T") else "users"
        self.arrange(f"auth/{folder}/{member.id}/rights/{name}", {"op": op, "path": path, **more})

    # Data and blobs

    def entry(self, member: Member, path: str, data: str, signed_at: int | None = None, **other) -> dict:
        """A correct body, with `other` laid over it."""
        signed_at = now() if signed_at is None else signed_at
        signature = member.sign(f"{self.id}|{path}|{data}|{signed_at}".encode())
        return {"data": data, "signature": signature, "signed_by": member.id, "signed_at": signed_at} | other

    def put_data(self, member: Member, path: str, body: dict, url_path: str | None = None) -> httpx.Response:
        url = f"/spaces/{self.id}/data/{url_path or path}"
        return self.http.put(url, json=body, headers=self.bearer(member))

    def put_blob(self, member: Member, blob: str, content, **headers) -> httpx.Response:
        url = f"/spaces/{self.id}/blobs/{blob}"
        return self.http.put(url, content=content, headers=self.bearer(member) | headers)

    def delete(self, member: Member, path: str) -> httpx.Response:
        return self.http.delete(f"/spaces/{self.id}/{path}", headers=self.bearer(member))
