//! Challenge, answer, token.

use reeeductio_proto::{ErrorCode, MemberId, SpaceId};

use crate::rig::{Rig, START, code, keys, space};

#[tokio::test]
async fn a_signed_challenge_gives_a_token_for_a_day() {
    let rig = Rig::start();
    let owner = rig.owner().await;
    assert_eq!(owner.token.expires_at, START + 24 * 3_600_000);
    assert_eq!(owner.caller.id(), &keys(1).user_id());
    assert_eq!(owner.caller.space_id(), space());
    assert_eq!(owner.caller.expires_at(), owner.token.expires_at);
    assert!(!format!("{:?}", owner.token).contains(&owner.token.token));
}

#[tokio::test]
async fn whoever_is_no_member_gets_a_challenge_and_no_token() {
    let rig = Rig::start();
    let stranger = rig.sign_in(keys(2).user_id(), 2).await;
    assert_eq!(code(stranger), ErrorCode::MemberUnknown);
    // A tool with the owner's key is not the owner.
    let tool = rig.sign_in(keys(1).tool_id(), 1).await;
    assert_eq!(code(tool), ErrorCode::MemberUnknown);
    rig.sign_in(MemberId::owner_of(space()), 1).await.unwrap();
}

#[tokio::test]
async fn a_wrong_answer_leaves_the_challenge_and_the_right_one_uses_it_up() {
    let rig = Rig::start();
    let id = keys(1).user_id().to_string();
    let challenge = rig.engine.challenge(space(), &id).await.unwrap().challenge;
    let answer =
        async |signature: &str| rig.engine.verify(space(), &id, &challenge, signature).await;
    let others = keys(2).sign(challenge.as_bytes()).to_string();
    let of_else = keys(1).sign(b"something else").to_string();
    for wrong in ["", "AAAA", "no base64", &others, &of_else] {
        assert_eq!(code(answer(wrong).await), ErrorCode::ChallengeBadSignature);
    }
    let right = keys(1).sign(challenge.as_bytes()).to_string();
    answer(&right).await.unwrap();
    assert_eq!(code(answer(&right).await), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn a_challenge_is_for_one_id_in_one_space_and_ends() {
    let rig = Rig::start();
    let id = keys(1).user_id().to_string();
    let challenge = rig.engine.challenge(space(), &id).await.unwrap();
    assert_eq!(challenge.expires_at, START + 300_000);
    let text = &challenge.challenge;
    let signature = keys(1).sign(text.as_bytes()).to_string();
    let other = SpaceId::from_public_key([9; 32]);
    let elsewhere = rig.engine.verify(other, &id, text, &signature).await;
    assert_eq!(code(elsewhere), ErrorCode::ChallengeUnknown);
    let owner = MemberId::owner_of(space()).to_string();
    let as_other = rig.engine.verify(space(), &owner, text, &signature).await;
    assert_eq!(code(as_other), ErrorCode::ChallengeUnknown);
    rig.clock.advance(300_000);
    let late = rig.engine.verify(space(), &id, text, &signature).await;
    assert_eq!(code(late), ErrorCode::ChallengeUnknown);
}

#[tokio::test]
async fn an_answer_of_before_a_restart_is_not_taken_again() {
    let rig = Rig::start();
    let id = keys(1).user_id().to_string();
    let challenge = rig.engine.challenge(space(), &id).await.unwrap().challenge;
    let signature = keys(1).sign(challenge.as_bytes()).to_string();
    rig.engine
        .verify(space(), &id, &challenge, &signature)
        .await
        .unwrap();
    rig.clock.advance(1);
    let restarted = rig.again();
    let again = restarted
        .engine
        .verify(space(), &id, &challenge, &signature)
        .await;
    assert_eq!(code(again), ErrorCode::ChallengeUnknown);
    restarted.owner().await;
}

#[tokio::test]
async fn a_space_that_is_not_registered_is_unknown() {
    let rig = Rig::with(|config| config.auto_create_spaces = false);
    let id = keys(1).user_id().to_string();
    let challenge = rig.engine.challenge(space(), &id).await;
    assert_eq!(code(challenge), ErrorCode::SpaceUnknown);
}
