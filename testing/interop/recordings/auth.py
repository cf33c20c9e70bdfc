"""Group `auth`: signing in."""

from rig.ids import with_version_1
from rig.wire import Member, Wire

from recordings.stage import Answers, Stage

#: 32 bytes that are no challenge.
NO_CHALLENGE = "A" * 43 + "="


def play(stage: Stage) -> Answers:
    wire, answers = Wire(stage.http), {}
    owner, stranger = wire.owner, Member.user()

    def ask(**request):
        return stage.http.post(f"/spaces/{wire.id}/auth/challenge", **request)

    answers["challenge ok"] = asked = ask(json={"public_key": owner.id})
    answers["challenge garbage id"] = ask(json={"public_key": "x"})
    answers["challenge missing"] = ask(json={})
    answers["challenge notjson"] = ask(content="{nope", headers={"content-type": "application/json"})

    challenge = asked.json()["challenge"]
    answers["verify no challenge"] = wire.verify(stranger, NO_CHALLENGE)
    answers["verify mismatch"] = wire.verify(owner, NO_CHALLENGE)
    answers["verify badsig"] = wire.verify(owner, challenge, signature=owner.sign(b"something else"))
    answers["verify badb64"] = wire.verify(owner, challenge, signature="abc")
    answers["verify ok after failures"] = wire.verify(owner, challenge)
    answers["verify reuse"] = wire.verify(owner, challenge)
    answers["verify garbage id"] = wire.verify(owner, challenge, public_key="x")
    answers["verify nonmember"] = wire.verify(stranger, wire.challenge(stranger.id))
    for name in ("to_space_id", "to_tool_id"):
        alias = Member(owner.keys, getattr(owner.keys, name)())
        answers[f"verify owner as {name}"] = wire.verify(alias, wire.challenge(alias.id))
    # Ours gives no challenge for such an id, so the one answered is for the canonical id.
    alias = Member(owner.keys, with_version_1(owner.id))
    answers["verify owner version1 UWv7"] = wire.verify(alias, wire.challenge(owner.id))
    return answers
