"""A recorded answer, and how ours is compared with it."""

import base64
import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx

VECTORS = Path(__file__).resolve().parents[3] / "spec" / "vectors"
FILES = ("http_auth_messages_state.json", "http_permissions_opaque_blobs.json")
#: Fields of an error of ours. Clients of the published server read `detail`, others `error`.
ERROR_KEYS = {"detail", "error", "code"}
#: Numbers that are times; all others are sizes.
TIMES = (".server_timestamp", ".expires_at", ".signed_at")
#: An id in a URL.
ID = re.compile(r"(?<![\w-])([BMSTU])[\w-]{43}(?![\w-])")
#: A placeholder in a recorded text for something that is new each time.
PLACEHOLDER = re.compile(r"\{([BMSTU]-id|b64-32|jwt|sig)\}")
#: How the data of a user's definition begins. It goes on with an id.
DEFINITION = base64.b64encode(b'{"user_id": ').decode()


@dataclass(frozen=True)
class Row:
    """One recorded answer."""

    group: str
    case: str
    request: str
    status: int
    content_type: str | None
    body: object
    www_authenticate: str | None

    def __str__(self) -> str:
        return f"{self.group}: {self.case}"

    def differences(self, ours: httpx.Response) -> list[str]:
        """Everything in which our answer is not the recorded one."""
        headers = ours.headers
        found = compare("status", self.status, ours.status_code)
        found += compare("content type", self.content_type, family(headers.get("content-type")))
        found += compare("www-authenticate", self.www_authenticate, headers.get("www-authenticate"))
        # A body is compared where it is one of the same kind; blobs and pages were not recorded.
        if not found and self.body is not None:
            json_body = self.content_type == "application/json"
            found += compare("body", self.body, ours.json() if json_body else ours.text)
        return found


@cache
def recorded() -> tuple[Row, ...]:
    """Every row, in the order of the files."""
    rows = []
    for name in FILES:
        for group, entries in json.loads((VECTORS / name).read_text()).items():
            if group != "description":
                rows += [read(group, entry) for entry in entries]
    return tuple(rows)


def read(group: str, entry: dict) -> Row:
    content_type = family(entry.get("content_type"))
    body = entry.get("body")
    if body is not None and content_type == "application/json":
        body = json.loads(body.replace("{ms}", "0"))
    return Row(
        group,
        entry["case"],
        entry["request"],
        entry["status"],
        content_type,
        body,
        entry.get("www_authenticate"),
    )


def family(content_type: str | None) -> str | None:
    """The content type without its parameters."""
    return content_type and content_type.split(";")[0].strip()


def request_line(response: httpx.Response) -> str:
    """Give the request, as the recordings write it."""
    path = ID.sub(r"{\1-id}", response.request.url.raw_path.decode())
    return f"{response.request.method} {path}"


def compare(where: str, recorded, ours) -> list[str]:
    """Same keys, same kinds of value, and the same value where the recording has no placeholder."""
    if type(recorded) is not type(ours):
        return [f"{where} is {ours!r}, recorded {recorded!r}"]
    if isinstance(recorded, dict):
        if "detail" in recorded:
            return compare_errors(where, recorded, ours)
        if recorded.keys() != ours.keys():
            return [f"{where} has {sorted(ours)}, recorded {sorted(recorded)}"]
        return [line for key in recorded for line in compare(f"{where}.{key}", recorded[key], ours[key])]
    if isinstance(recorded, list):
        if len(recorded) != len(ours):
            return [f"{where} has {len(ours)} entries, recorded {len(recorded)}"]
        pairs = zip(recorded, ours, strict=True)
        return [line for at, pair in enumerate(pairs) for line in compare(f"{where}[{at}]", *pair)]
    if isinstance(recorded, str):
        varies = PLACEHOLDER.search(recorded) or recorded.startswith(DEFINITION)
    else:
        varies = where.endswith(TIMES)
    return [] if varies or recorded == ours else [f"{where} is {ours!r}, recorded {recorded!r}"]


def compare_errors(where: str, recorded: dict, ours: dict) -> list[str]:
    """An error may hold more than `detail`, and its text is ours."""
    found = []
    if not ERROR_KEYS <= ours.keys() <= ERROR_KEYS | {"details"}:
        found.append(f"{where} has {sorted(ours)}")
    if type(ours.get("detail")) is not type(recorded["detail"]):
        found.append(f"{where}.detail is {ours.get('detail')!r}, recorded {recorded['detail']!r}")
    return found
