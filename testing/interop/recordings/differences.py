"""Every recorded row that our server answers differently on purpose, and why.

`python -m recordings.differences`, run in `testing/interop`, writes `spec/recorded-differences.md` from this table.
"""

from dataclasses import dataclass
from pathlib import Path

from recordings.row import ERROR_KEYS, Row, recorded

DOCUMENT = Path(__file__).resolve().parents[3] / "spec" / "recorded-differences.md"

JSON = "application/json"
BYTES = "application/octet-stream"
#: Keys of the bodies that are answered where the recording has an error.
TOKEN = {"token", "expires_at"}
POSTED = {"message_hash", "server_timestamp"}
PAGE = {"messages", "has_more"}
MESSAGE = {"message_hash", "topic_id", "type", "prev_hash", "data", "sender", "signature", "server_timestamp"}
ENTRY = {"data", "signature", "signed_by", "signed_at"}


@dataclass(frozen=True)
class Difference:
    """Our answer."""

    status: int
    reason: str
    content_type: str | None = JSON
    #: Keys of a JSON body.
    keys: frozenset[str] | None = None


def same(group: str, status: int, reason: str, *cases: str, content_type=JSON, keys=None) -> dict:
    """Rows of a group that differ in the same way for the same reason."""
    if content_type == JSON:
        keys = frozenset(ERROR_KEYS if status >= 400 else keys)
    difference = Difference(status, reason, content_type, keys)
    return {(group, case): difference for case in cases}


AUTH = (
    same(
        "auth", 400, "7: whoever cannot hold a key gets no challenge, so nothing is kept for it", "challenge garbage id"
    )
    | same("auth", 403, "1: a tool is never the owner, and this one is no member", "verify owner as to_tool_id")
    | same("auth", 400, "1: one key has one spelling; only version 0 is an id", "verify owner version1 UWv7")
)

MESSAGES = (
    same("tokens_and_messages", 200, "7: refreshing works", "refresh valid", keys=TOKEN)
    | same(
        "tokens_and_messages",
        401,
        "6 and 14.2.2: a bad token is refused on blob routes as anywhere",
        *(f"{method} blob {token}" for token in ("bad", "exp", "oth") for method in ("GET", "PUT")),
    )
    | same(
        "tokens_and_messages",
        401,
        "7: a token without an id is not valid, and nothing crashes",
        "GET msgs noid",
        "GET state noid",
        "GET data noid",
    )
    | same("tokens_and_messages", 400, "3.3: a line break is no part of a topic id", "topic newline")
    | same(
        "tokens_and_messages",
        200,
        "3.5: a time beyond 64 bits is as far as times go",
        f"q {{'from': {2**70}}}",
        keys=PAGE,
    )
    | same(
        "tokens_and_messages",
        400,
        "2.3 and 11: a signature that is not strict base64 of 64 bytes is malformed",
        "post bad sig b64",
        "post sig invalid chars dropped",
    )
    | same("tokens_and_messages", 400, "3.2: `data` is strict standard base64", "post nonb64 data")
    | same(
        "tokens_and_messages",
        400,
        "3.2 and 14.1.14: a `|` in a type would let one hash stand for two messages",
        "post type with pipe",
    )
)

STATE = (
    same("state", 400, "3.2: `data` is strict standard base64", "nonb64 data")
    | same("state", 409, "4.2: PUT answers a conflict like POST", "PUT stale prev")
    | same(
        "state",
        400,
        "4.1 and 11: a bad path is a malformed request, not a failed sign-in",
        *(
            f"POST state type {path!r}"
            for path in (
                "profiles/{self}",
                "a/{foo}",
                "a b",
                "a//b",
                "",
                "/",
                "x@y",
                "a|b",
                "é",
                "{...}",
                "a%20b",
                "~x",
                "a+b",
            )
        ),
        *(f"GET state path {path!r}" for path in ("profiles/{self}", "a//b", "x@y", "a%20b")),
        "GET state trailing slash root",
    )
    | same(
        "state",
        400,
        "4.1 and 14.2.8: one entry has one path; slashes at the ends, `.`, `..` and line breaks are refused",
        *(f"POST state type {path!r}" for path in ("/lead", "trail/", "a/../b", "a/./b", "a/b\n")),
        *(f"GET state path {path!r}" for path in ("trail/", "/lead")),
    )
    | same("state", 400, "4.2: PUT answers a wrong hash like POST", "PUT hash mismatch")
    | same(
        "state",
        400,
        "2.3 and 11: a signature that is not strict base64 of 64 bytes is malformed",
        "PUT bad sig b64",
    )
    | same(
        "state",
        400,
        "8.1 and 11: a right that is not one is refused when it is written, with the status of a malformed request",
        "cap bad json",
        "cap list json",
        "cap no prefix",
        "cap no path",
        "cap bad op",
        "cap missing op",
        "cap path int",
    )
    | same(
        "state",
        400,
        "8.4 and 8.5: what is given names a member and a role that exist; the clients define both before",
        "cap deep path",
        "role grant ok",
    )
    | same("state", 201, "4.4 and 14.1.3: rights can be taken back", "cap delete", keys=POSTED)
    | same("state", 200, "4.4 and 14.1.3: rights can be taken back", "cap PUT delete", keys=POSTED)
    | same(
        "state",
        400,
        "8.5 and 11: a role grant that is not one is malformed",
        "role grant PUT wrong",
        "role grant list",
    )
    | same("state", 201, "4.4 and 14.1.3: roles can be taken back", "role grant delete", keys=POSTED)
    | same(
        "state",
        400,
        "8.1: a definition is a JSON object that names what its path names",
        "role def mismatch",
        "tool def mismatch",
        "user def garbage",
    )
)

DATA = (
    same(
        "permissions_and_data",
        200,
        "3.6: a member may fetch one state message, as it may list them; filling gaps needs it",
        "read state msg by hash",
        keys=MESSAGE,
    )
    | same(
        "permissions_and_data",
        200,
        "5 and 14.1.5: writing data is judged on `data/{path}`, like reading",
        "cap data/foo/{any}",
        keys={"path", "signed_at"},
    )
    | same(
        "permissions_and_data",
        403,
        "5 and 14.1.5: writing data is judged on `data/{path}`, not on the bare path",
        "path data/foo/bar w/ same cap",
        "state cap lets data path state/kk/1",
        "{any} one-seg",
    )
    | same("permissions_and_data", 200, "5: the entry is there, as its write was allowed", "read foo/bar", keys=ENTRY)
    | same(
        "permissions_and_data",
        400,
        "14.2.7: of two entries with the same time the first stays; putting the same one again succeeds",
        "equal ts",
    )
    | same("permissions_and_data", 400, "14.2.7: a removal keeps its place in time", "replay after delete")
    | same(
        "permissions_and_data",
        400,
        "2.3 and 11: a signature that is not strict base64 of 64 bytes is malformed",
        "bad sig b64",
    )
    | same("permissions_and_data", 403, "11: the token is good, signing for another is not", "signer mismatch")
    | same("permissions_and_data", 400, "2.3: `data` is strict standard base64", "non-b64 data")
)

TRUST = (
    same(
        "trust_roles_tools_ownership",
        403,
        "11: granting without the right to is forbidden, not a failed sign-in",
        "b grant cap no rights-cap",
        "b grant not held",
        "b assign role stronger",
    )
    | same(
        "trust_roles_tools_ownership",
        201,
        "8.4: `…/rights/{any}` is the permission to write a right, as anybody reads it",
        "b grant w/ .../rights/{any}",
        keys=POSTED,
    )
    | same(
        "trust_roles_tools_ownership",
        403,
        "11: a tool past its limit is forbidden",
        "tool post 2",
        "tool blob over limit",
    )
    | same(
        "trust_roles_tools_ownership",
        201,
        "8.5: an invitation gives the role it was made for, also if the role has rights",
        "invite grants role w/ caps",
        keys=POSTED,
    )
    | same(
        "trust_roles_tools_ownership",
        403,
        "14.1.8: a tool hands out no more than it holds",
        "tool grants any cap to user (unbounded)",
    )
    | same(
        "trust_roles_tools_ownership",
        403,
        "8.1 and 14.1.7: the malformed right was refused when it was written, so its holder has no right and nothing crashes",
        "F read",
        "F get state",
    )
)

OPAQUE = (
    same("opaque", 403, "14.1.2: whole segments decide: `rightsx` is not `rights`", "after")
    | same(
        "opaque",
        200,
        "9 and 14.1.12: an unknown user is answered like a known one",
        "login unknown",
        keys={"credential_response", "login_state"},
    )
    | same(
        "opaque",
        400,
        "9: the server keeps nothing between the halves of a registration, so the garbled record is all that is wrong",
        "reg finish other user",
    )
    | same(
        "opaque",
        401,
        "9: several logins of a name may be in progress, and a stranger's wrong answer ends none of them",
        "login finish again",
    )
)

BLOBS = (
    same("blobs_admin_cors", 200, "6: HEAD tells the size", "HEAD", content_type=BYTES)
    | same("blobs_admin_cors", 206, "6: ranges are served", "range", content_type=BYTES)
    | same("blobs_admin_cors", 200, "14.2.4: an empty blob can be read", "get empty", content_type=BYTES)
    | same("blobs_admin_cors", 404, "6 and 14.2.5: what the owner deletes is gone", "still there?")
    | same(
        "blobs_admin_cors",
        404,
        "14.1.13: whether another space has a blob is not told",
        "other space get",
        "other space delete",
    )
    | same(
        "blobs_admin_cors",
        403,
        "7.1 and 14.1.4: members of the admin space need the right `delete` on `blobs/{id}` there",
        "ordinary admin-space member deletes blob of other space!",
    )
    | same("blobs_admin_cors", 200, "7.1 and 14.1.4: so the blob is still there", "after", content_type=BYTES)
    | same(
        "blobs_admin_cors",
        400,
        "7.1 and 14.1.4: what is no blob id is not looked up",
        "admin delete garbage id",
        "admin delete '..'",
    )
    | same(
        "blobs_admin_cors",
        400,
        "7.1 and 11: a registration that is not valid is malformed, not a failed sign-in",
        "created_by other",
        "no created_at",
        "U-type id",
        "bad id",
    )
    | same(
        "blobs_admin_cors",
        201,
        "7.1 and 14.4: a space can be unregistered by removing its entry",
        "unregister tombstone by admin",
        keys=POSTED,
    )
    | same("blobs_admin_cors", 400, "1 and 14.1.11: nothing is made for what is no space id", "short space id auto")
)

#: By group and case.
DIFFERENCES: dict[tuple[str, str], Difference] = AUTH | MESSAGES | STATE | DATA | TRUST | OPAQUE | BLOBS


def difference(row: Row) -> Difference | None:
    """Give our answer to the row, if it is another."""
    return DIFFERENCES.get((row.group, row.case))


def document() -> str:
    """The table as a page."""
    rows = recorded()
    lines = [
        "# Where our answers differ from the recorded ones",
        "",
        "<!-- Written by `python -m recordings.differences` in testing/interop; a test compares. -->",
        "",
        f"The two recordings in [vectors](vectors/), `http_*.json`, hold {len(rows)} answers of the published server.",
        f"The interoperability suite sends the same requests to ours: {len(rows) - len(DIFFERENCES)} answers have the same",
        f"status, content type and keys, and these {len(DIFFERENCES)} differ on purpose. Numbers are sections of the base",
        "protocol's description, which lists the published server's defects in section 14. No published client depends on",
        "the recorded answer in any of these rows.",
    ]
    for group in dict.fromkeys(row.group for row in rows):
        lines += ["", f"## {group}", "", "| sent | recorded | ours | why |", "|---|---|---|---|"]
        for row in rows:
            if row.group == group and (ours := difference(row)):
                case = row.case.replace("\\", "\\\\").replace("|", "\\|")
                lines.append(f"| {case} | {row.status} | {ours.status} | {ours.reason.replace('|', chr(92) + '|')} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document())
