//! Roles of members, and their rights.

use reeeductio_client::{
    ClientError, MemberSummary, NewLink, Operation, PolicySpace, RoleSummary, StatePath, now,
};

use crate::commands::{lose_answer, losses};
use crate::rig::{Rig, admit, bodies, history, keys, post, soon, unread};

fn code(result: Result<impl std::fmt::Debug, ClientError>) -> String {
    result.unwrap_err().code_text().to_owned()
}

async fn roles(space: &PolicySpace, seed: u8) -> Vec<String> {
    let member = keys(seed).user_id();
    soon(space.members().roles_of(&member)).await.unwrap()
}

async fn set_role(by: &PolicySpace, seed: u8, role: &str) -> Result<(), ClientError> {
    soon(by.members().set_role(keys(seed).user_id(), role)).await
}

/// Operations and paths, as text.
fn rights(role: &RoleSummary) -> Vec<String> {
    let rights = role.rights.iter();
    rights
        .map(|right| format!("{} {}", right.op.as_str(), right.path))
        .collect()
}

async fn role(space: &PolicySpace, name: &str) -> Option<RoleSummary> {
    let roles = soon(space.roles().list()).await.unwrap();
    roles.into_iter().find(|role| role.name == name)
}

/// The length of the state.
async fn length(rig: &Rig) -> usize {
    let owner = rig.server.owner(1).await;
    let page = owner.get("topics/state/messages?limit=1000").await.json;
    page["messages"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_viewer_that_becomes_an_editor_posts_and_is_refused_when_it_is_a_viewer_again() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    let ada = rig.open(2, rig.builder()).await.unwrap();
    assert_eq!(code(post(&ada, "too early").await), "permission.denied");
    set_role(&rig.owner, 2, "editor").await.unwrap();
    post(&ada, "as an editor").await.unwrap();
    set_role(&rig.owner, 2, "viewer").await.unwrap();
    assert_eq!(code(post(&ada, "too late").await), "permission.denied");
    // She reads as before.
    post(&rig.owner, "to all").await.unwrap();
    assert_eq!(bodies(&unread(&ada).await), ["as an editor", "to all"]);
    assert_eq!(
        bodies(&history(&rig.owner).await),
        ["as an editor", "to all"]
    );
}

#[tokio::test]
async fn a_member_has_the_role_that_was_set_and_none_of_those_before() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    rig.admit(2, "editor").await;
    assert_eq!(roles(&rig.owner, 2).await, ["editor", "viewer"]);
    set_role(&rig.owner, 2, "viewer").await.unwrap();
    let ada = rig.open(2, rig.builder()).await.unwrap();
    assert_eq!(roles(&ada, 2).await, ["viewer"]);
    assert_eq!(code(post(&ada, "no editor").await), "permission.denied");
    let before = length(&rig).await;
    set_role(&rig.owner, 2, "viewer").await.unwrap();
    assert_eq!(length(&rig).await, before, "it is so already");
    // One that has lapsed is given again, and without an end.
    let owner = rig.server.owner(1).await;
    let path = format!("auth/users/{}/roles/viewer", keys(2).user_id());
    let lapsing = serde_json::json!({
        "user_id": keys(2).user_id().to_string(), "role_id": "viewer", "expires_at": now() - 60_000,
    });
    assert_eq!(owner.set(&path, &lapsing).await.status, 201);
    assert!(roles(&ada, 2).await.is_empty());
    set_role(&rig.owner, 2, "viewer").await.unwrap();
    assert_eq!(length(&rig).await, before + 2);
    assert_eq!(roles(&ada, 2).await, ["viewer"]);
}

#[tokio::test]
async fn members_are_listed_with_their_roles_and_without_links() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    rig.admit(3, "editor").await;
    rig.admit(4, "editor").await;
    let link = NewLink {
        role: "editor".to_owned(),
        uses: 1,
        expires_at: now() + 60_000,
        password: None,
        page: None,
    };
    rig.owner.links().create(&link).await.unwrap();
    rig.owner.members().remove(keys(4).user_id()).await.unwrap();
    rig.owner.links().create(&link).await.unwrap();
    let summary = |seed: u8, role: &str| MemberSummary {
        member: keys(seed).user_id(),
        roles: vec![role.to_owned()],
    };
    let mut expected = vec![summary(2, "viewer"), summary(3, "editor")];
    expected.sort_unstable_by_key(|summary| summary.member.to_bytes());
    assert_eq!(rig.owner.members().with_roles().await.unwrap(), expected);
    assert!(roles(&rig.owner, 1).await.is_empty());
    assert!(roles(&rig.owner, 4).await.is_empty());
    assert!(roles(&rig.owner, 9).await.is_empty());
}

#[tokio::test]
async fn a_role_is_set_once_although_the_answer_was_lost() {
    for error in losses() {
        let rig = Rig::start().await;
        rig.admit(2, "viewer").await;
        let (builder, network) = rig.meddled();
        let owner = rig.open(1, builder).await.unwrap();
        let before = length(&rig).await;
        lose_answer(&network, error.clone());
        set_role(&owner, 2, "editor").await.unwrap();
        lose_answer(&network, error);
        let rights = [(Operation::Read, "topics/{any}")];
        soon(owner.roles().define("reader", &rights)).await.unwrap();
        assert_eq!(length(&rig).await, before + 4);
        assert_eq!(roles(&rig.owner, 2).await, ["editor"]);
    }
}

#[tokio::test]
async fn a_role_for_nobody_or_one_that_is_none_is_refused_by_its_reason() {
    let rig = Rig::start().await;
    rig.admit(2, "viewer").await;
    let link = NewLink {
        role: "viewer".to_owned(),
        uses: 1,
        expires_at: now() + 60_000,
        password: None,
        page: None,
    };
    rig.owner.links().create(&link).await.unwrap();
    let link = rig.owner.links().list().await.unwrap()[0].tool;
    let members = rig.owner.members();
    let before = length(&rig).await;
    for (member, role, problem) in [
        (keys(2).user_id(), "boss", "role: there is no role \"boss\""),
        (keys(3).user_id(), "viewer", "member: is no member"),
        (rig.owner.member(), "viewer", "member: is the owner"),
        (link, "viewer", "member: is no user"),
    ] {
        let error = members.set_role(member, role).await.unwrap_err();
        assert_eq!(error.code_text(), "client.argument");
        assert!(error.to_string().starts_with(problem), "{error}");
    }
    let error = rig.owner.roles().remove("boss").await.unwrap_err();
    assert_eq!(error.code_text(), "client.argument");
    assert_eq!(length(&rig).await, before);
}

#[tokio::test]
async fn a_member_without_the_right_changes_no_roles() {
    let rig = Rig::start().await;
    rig.admit(3, "editor").await;
    let ada = rig.editor(2).await;
    assert_eq!(code(set_role(&ada, 3, "viewer").await), "permission.denied");
    assert_eq!(code(set_role(&ada, 2, "viewer").await), "permission.denied");
    let rights = [(Operation::Write, "{...}")];
    let defined = soon(ada.roles().define("boss", &rights)).await;
    assert!(["permission.denied", "grant.escalation"].contains(&code(defined).as_str()));
    let removed = soon(ada.roles().remove("viewer")).await;
    assert_eq!(code(removed), "permission.denied");
    assert_eq!(roles(&rig.owner, 3).await, ["editor"]);
}

#[tokio::test]
async fn a_member_that_may_assign_roles_makes_itself_less() {
    let rig = Rig::start().await;
    let rights = [
        (Operation::Read, "topics/{any}"),
        (Operation::Read, "state/{...}"),
        (Operation::Write, "state/auth/users/{any}/roles/{any}"),
    ];
    let humble = &rights[..2];
    rig.owner.roles().define("admin", &rights).await.unwrap();
    rig.owner.roles().define("humble", humble).await.unwrap();
    rig.admit(2, "admin").await;
    rig.admit(2, "editor").await;
    let ada = rig.open(2, rig.builder()).await.unwrap();
    set_role(&ada, 2, "humble").await.unwrap();
    assert_eq!(roles(&rig.owner, 2).await, ["humble"]);
    assert_eq!(code(set_role(&ada, 2, "admin").await), "grant.escalation");
}

#[tokio::test]
async fn a_role_has_the_rights_that_it_was_defined_with_last() {
    let rig = Rig::start().await;
    let many = [
        (Operation::Create, "state/notes/{self}"),
        (Operation::Create, "state/names/{any}"),
        (Operation::Read, "topics/{any}"),
        (Operation::Read, "topics/{any}"),
        (Operation::Create, "topics/general"),
    ];
    let defined = rig.owner.roles();
    defined.define("scribe", &many).await.unwrap();
    let scribe = role(&rig.owner, "scribe").await.unwrap();
    let expected = [
        "create state/names/{any}",
        "create state/notes/{self}",
        "create topics/general/messages",
        "read topics/{any}/messages",
    ];
    assert_eq!(rights(&scribe), expected);
    let before = length(&rig).await;
    defined.define("scribe", &many).await.unwrap();
    assert_eq!(length(&rig).await, before, "it is so already");

    // They count for those who have the role already.
    rig.admit(2, "scribe").await;
    let ada = rig.open(2, rig.builder()).await.unwrap();
    post(&ada, "to general").await.unwrap();
    let name = StatePath::parse("names/ann").unwrap();
    ada.state().create(&name, b"Ann").await.unwrap();
    let fewer = [many[1], (Operation::Read, "state/{...}")];
    defined.define("scribe", &fewer).await.unwrap();
    assert_eq!(code(post(&ada, "no more").await), "permission.denied");
    let name = StatePath::parse("names/bob").unwrap();
    ada.state().create(&name, b"Bob").await.unwrap();
    let scribe = role(&rig.owner, "scribe").await.unwrap();
    assert_eq!(
        rights(&scribe),
        ["create state/names/{any}", "read state/{...}"]
    );
    let names: Vec<String> = { rig.owner.roles().list().await.unwrap().into_iter() }
        .map(|role| role.name)
        .collect();
    assert_eq!(names, ["editor", "scribe", "viewer"]);
    let viewer = role(&rig.owner, "viewer").await.unwrap();
    assert_eq!(rights(&viewer).len(), 5);
    let wrong = [(Operation::Read, "nothing/{any}")];
    assert_eq!(
        code(defined.define("wrong", &wrong).await),
        "client.argument"
    );
    assert_eq!(code(defined.define("a/b", &many).await), "client.argument");
    assert!(role(&rig.owner, "wrong").await.is_none());
}

#[tokio::test]
async fn a_role_that_is_removed_is_taken_from_all_and_not_given_back_with_a_new_one_of_its_name() {
    let rig = Rig::start().await;
    let posts = [
        (Operation::Create, "topics/{any}"),
        (Operation::Read, "topics/{any}"),
    ];
    rig.owner.roles().define("poster", &posts).await.unwrap();
    rig.admit(2, "poster").await;
    let ada = rig.open(2, rig.builder()).await.unwrap();
    post(&ada, "while it is there").await.unwrap();
    rig.owner.roles().remove("poster").await.unwrap();
    let removed = length(&rig).await;
    rig.owner.roles().remove("poster").await.unwrap();
    assert_eq!(length(&rig).await, removed, "it is so already");
    assert!(role(&rig.owner, "poster").await.is_none());
    assert!(roles(&ada, 2).await.is_empty());
    assert_eq!(code(post(&ada, "without it").await), "permission.denied");
    let error = admit(&rig.owner, 3, "poster").await.unwrap_err();
    assert_eq!(error.code_text(), "auth.invalid_entry");

    rig.owner
        .roles()
        .define("poster", &posts[..1])
        .await
        .unwrap();
    let poster = role(&rig.owner, "poster").await.unwrap();
    assert_eq!(rights(&poster), ["create topics/{any}/messages"]);
    assert!(roles(&ada, 2).await.is_empty());
    assert_eq!(
        code(post(&ada, "with another's").await),
        "permission.denied"
    );
    set_role(&rig.owner, 2, "poster").await.unwrap();
    assert_eq!(roles(&ada, 2).await, ["poster"]);
    post(&ada, "with its own").await.unwrap();
}
