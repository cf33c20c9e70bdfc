//! The end of all tokens of a member or a space: state at `auth/tokens/…` (docs/adr/0012).

use axum::http::Method;
use reeeductio_proto::MemberId;
use serde_json::json;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use super::{claims, opens};
use crate::rig::{Answer, Bound, Member, Rig};
use crate::spaces::stream::Client;

async fn end(rig: &Rig, by: &Member, whose: &str) -> Answer {
    by.try_set(rig, &format!("auth/tokens/{whose}"), b"{}")
        .await
}

async fn refresh(rig: &Rig, member: &Member) -> Answer {
    member.call(rig, Method::POST, "auth/refresh", None).await
}

async fn is_revoked(rig: &Rig, member: &Member) {
    opens(rig, member).await.refused(401, "token.revoked");
    let refused = refresh(rig, member).await;
    refused.refused(401, "token.revoked");
}

async fn again(rig: &Rig, member: &Member) -> Member {
    let seed = member.key.to_bytes()[0];
    rig.sign_in(member.space, seed, member.id).await
}

#[tokio::test]
async fn ended_tokens_are_refused_and_a_sign_in_right_after_is_not() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (member, other) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let ended = end(&rig, &owner, &member.id.to_string()).await.expect(201);
    is_revoked(&rig, &member).await;
    for unconcerned in [&owner, &other] {
        opens(&rig, unconcerned).await.expect(200);
    }
    // In the same millisecond.
    let signed_in = again(&rig, &member).await;
    opens(&rig, &signed_in).await.expect(200);
    assert_eq!(
        claims(&signed_in.token)["tokens_valid_from"],
        ended["server_timestamp"]
    );
    is_revoked(&rig, &member).await;
}

#[tokio::test]
async fn tokens_that_were_refreshed_end_with_the_one_of_the_sign_in() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    for _ in 0..2 {
        let mut signed_in = again(&rig, &member).await;
        rig.clock.advance(3_600_000);
        let fresh = refresh(&rig, &signed_in).await.expect(200);
        fresh["token"]
            .as_str()
            .unwrap()
            .clone_into(&mut signed_in.token);
        opens(&rig, &signed_in).await.expect(200);
        let whose = member.id.to_string();
        end(&rig, &owner, &whose).await.expect(201);
        is_revoked(&rig, &signed_in).await;
    }
}

#[tokio::test]
async fn tokens_are_ended_as_often_as_one_likes_within_a_second() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let mut member = rig.user(&owner, 2).await;
    for _ in 0..5 {
        let whose = member.id.to_string();
        end(&rig, &owner, &whose).await.expect(201);
        is_revoked(&rig, &member).await;
        member = again(&rig, &member).await;
        opens(&rig, &member).await.expect(200);
    }
}

#[tokio::test]
async fn the_tokens_of_everybody_end_with_those_of_the_owner() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let user = rig.user(&owner, 2).await;
    let tool = rig.tool(&owner, 3, json!({})).await;
    end(&rig, &owner, "all").await.expect(201);
    for member in [&owner, &user, &tool] {
        is_revoked(&rig, member).await;
        opens(&rig, &again(&rig, member).await).await.expect(200);
    }
    let elsewhere = rig.owner(9).await;
    opens(&rig, &elsewhere).await.expect(200);
}

#[tokio::test]
async fn the_owner_has_two_ids_and_its_tokens_end_under_either() {
    let rig = Rig::start();
    for named in 0..2 {
        let owner = rig.owner(1).await;
        let ids = [owner.id, MemberId::owner_of(owner.space)];
        let mut sessions = Vec::new();
        for id in ids {
            sessions.push(rig.sign_in(owner.space, 1, id).await);
        }
        let ended = end(&rig, &owner, &ids[named].to_string()).await;
        ended.expect(201);
        for session in &sessions {
            is_revoked(&rig, session).await;
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_set_back_neither_spares_old_tokens_nor_refuses_new_ones() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let member = rig.user(&owner, 2).await;
    let whose = member.id.to_string();
    end(&rig, &owner, &whose).await.expect(201);
    rig.clock.advance(-30_000);
    is_revoked(&rig, &member).await;
    // Now even tokens that were not ended are from the future.
    rig.clock.advance(-3_600_000);
    let owner = rig.owner(1).await;
    let second = again(&rig, &member).await;
    opens(&rig, &second).await.expect(200);
    end(&rig, &owner, &whose).await.expect(201);
    is_revoked(&rig, &second).await;
    opens(&rig, &again(&rig, &member).await).await.expect(200);
}

#[tokio::test]
async fn ending_tokens_needs_the_right_to_write_there() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let (member, other) = (rig.user(&owner, 2).await, rig.user(&owner, 3).await);
    let whose = other.id.to_string();
    let refused = end(&rig, &member, &whose).await;
    refused.refused(403, "permission.denied");
    opens(&rig, &other).await.expect(200);
    owner
        .grant(&rig, &member, "end", "write", "state/auth/tokens/{any}")
        .await;
    end(&rig, &member, &whose).await.expect(201);
    is_revoked(&rig, &other).await;
}

#[tokio::test]
async fn the_streams_of_ended_tokens_end_and_no_others() {
    let bound = Bound::start().await;
    let owner = bound.rig.owner(1).await;
    let member = bound.rig.user(&owner, 2).await;
    let mut owners = Client::open(&bound, &owner).await;
    let members = Client::open(&bound, &member).await;
    let whose = member.id.to_string();
    end(&bound.rig, &owner, &whose).await.expect(201);
    assert_eq!(members.ended().await, (Some(CloseCode::Policy), 0));
    assert_eq!(owners.next().await["type"], format!("auth/tokens/{whose}"));
    let signed_in = again(&bound.rig, &member).await;
    Client::open(&bound, &signed_in)
        .await
        .exchange_pings()
        .await;
}
