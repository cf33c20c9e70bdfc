//! One password that opens several spaces.

use std::sync::Arc;

use reeeductio_client::transport::Transport;
use reeeductio_client::{
    Account, Capability, Content, Credentials, Identity, InviteLink, Key, LinkOptions,
    MemberSecrets, MemoryStore, PasswordLogin, Space, Store,
};
use reeeductio_proto::{DataPath, ErrorCode, ErrorKind, Operation, Remedy};

use crate::meddled::Meddled;
use crate::rig::{Rig, data_path, owner, root, topic};

const PASSWORD: &str = "correct horse";

/// A space with passwords, and a role for guests that may register one and write to the topic `general`.
async fn rig() -> Rig {
    let rig = Rig::start().await;
    open_to_guests(&rig.owner).await;
    rig
}

async fn open_to_guests(owner: &Space) {
    let members = owner.members();
    members.create_role("member", None).await.unwrap();
    let right = Capability::new(Operation::Write, "topics/general").unwrap();
    let granted = members.grant_to_role("member", "chat", &right).await;
    granted.unwrap();
    owner.passwords().enable().await.unwrap();
    owner.passwords().allow("member").await.unwrap();
}

async fn join(owner: &Space, store: &Arc<dyn Store>) -> Space {
    let options = LinkOptions {
        role: Some("member"),
        ..LinkOptions::default()
    };
    let link = owner.invitations().link(options).await.unwrap();
    let link = InviteLink::parse(link.expose()).unwrap();
    Space::join(&link, Arc::clone(store)).await.unwrap()
}

async fn guest(rig: &Rig) -> Space {
    join(&rig.owner, &store()).await
}

fn store() -> Arc<dyn Store> {
    Arc::new(MemoryStore::default())
}

async fn log_in(rig: &Rig, name: &str) -> Space {
    let login = PasswordLogin::log_in(rig.owner.id(), name, PASSWORD, &rig.server.url()).await;
    let builder = Space::builder(&rig.server.url());
    login.unwrap().open(builder).unwrap()
}

/// Credentials for a space that is nowhere.
fn credentials(seed: u8) -> Credentials {
    let identity = Identity::from_seed(&[seed; 32]);
    let (space, member) = (identity.space_id(), identity.user_id());
    let secrets = MemberSecrets {
        identity,
        symmetric_root: root(),
        user_key: None,
    };
    Credentials::new(space, "https://h", member, secrets).unwrap()
}

async fn spaces(account: &Account) -> Vec<String> {
    let spaces = account.spaces().await.unwrap();
    spaces.iter().map(|kept| kept.space.to_string()).collect()
}

#[tokio::test]
async fn one_password_opens_several_spaces_on_a_new_device() {
    let rig = rig().await;
    let second = owner(&rig.server, 3);
    open_to_guests(&second).await;

    let mine = store();
    let (home, other) = (join(&rig.owner, &mine).await, join(&second, &mine).await);
    home.passwords().register("ann", PASSWORD).await.unwrap();
    let account = home.account().unwrap();
    account.remember(&other.credentials()).await.unwrap();
    let notes = Content::Sealed(b"from the old device");
    other
        .topic(&topic("general"))
        .post(notes, "n")
        .await
        .unwrap();

    let account = log_in(&rig, "ann").await.account().unwrap();
    assert_eq!(account.home().member(), home.member());
    assert_eq!(spaces(&account).await, [second.id().to_string()]);
    let there = account.open(&second.id()).await.unwrap();
    assert_eq!(there.member(), other.member());
    let newest = there.topic(&topic("general")).newest().await;
    let message = newest.unwrap().unwrap();
    assert_eq!(
        there.open_message(&message).unwrap(),
        b"from the old device"
    );

    account.forget(&second.id()).await.unwrap();
    account.forget(&second.id()).await.unwrap();
    assert!(spaces(&account).await.is_empty());
    let gone = account.open(&second.id()).await.unwrap_err();
    assert!(gone.to_string().starts_with("space:"), "{gone}");
}

#[tokio::test]
async fn a_member_registers_a_password_only_with_a_role_that_allows_it() {
    let rig = Rig::start().await;
    let members = rig.owner.members();
    members.create_role("member", None).await.unwrap();
    rig.owner.passwords().enable().await.unwrap();
    let ann = guest(&rig).await;
    let refused = ann.passwords().register("ann", PASSWORD).await;
    assert_eq!(
        refused.unwrap_err().code(),
        Some(ErrorCode::PermissionDenied)
    );

    rig.owner.passwords().allow("member").await.unwrap();
    ann.passwords().register("ann", PASSWORD).await.unwrap();
    let ben = guest(&rig).await;
    // Not that of another.
    let taken = ben
        .passwords()
        .change("ann", PASSWORD, "another password")
        .await;
    assert_eq!(
        taken.unwrap_err().code(),
        Some(ErrorCode::OpaqueUsernameTaken)
    );
    ann.passwords()
        .change("ann", PASSWORD, "battery staple")
        .await
        .unwrap();

    let refused = rig.owner.passwords().allow("nobody").await.unwrap_err();
    assert_eq!(refused.code(), Some(ErrorCode::AuthInvalidEntry));
}

#[tokio::test]
async fn a_password_that_is_too_weak_is_refused_before_anything_is_sent() {
    let rig = rig().await;
    let (space, network) = rig.meddled();
    let passwords = space.passwords();
    for weak in ["", "short", "123456789012", "owner@example.org"] {
        let refused = passwords.register("owner@example.org", weak).await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.code_text(), "client.weak_password", "{weak}");
    }
    let refused = passwords.change("owner", PASSWORD, "short").await;
    assert_eq!(refused.unwrap_err().code_text(), "client.weak_password");
    let refused = passwords.register("", PASSWORD).await.unwrap_err();
    assert_eq!(refused.code_text(), "opaque.invalid_username");
    let network_ = Arc::clone(&network) as Arc<dyn Transport>;
    let empty = PasswordLogin::over(network_, space.id(), "owner", "", &rig.server.url()).await;
    assert!(empty.unwrap_err().to_string().starts_with("password:"));
    assert!(network.requests().is_empty());
}

#[tokio::test]
async fn a_change_that_another_device_overwrites_is_made_again() {
    let rig = rig().await;
    let ann = guest(&rig).await;
    let device = |network: &Arc<Meddled>| {
        let network = Arc::clone(network) as Arc<dyn Transport>;
        let builder = Space::builder(&rig.server.url()).transport(network);
        ann.credentials().open(builder).unwrap().account().unwrap()
    };
    let (mine, others) = (Arc::new(Meddled::new()), Arc::new(Meddled::new()));
    let (account, other) = (device(&mine), device(&others));
    let (step, _) = tokio::sync::watch::channel(0);
    let reach = {
        let step = step.clone();
        move |reached: u8| {
            step.send_modify(|step| *step = reached.max(*step));
            step.subscribe()
        }
    };
    let is_write = |line: &str| line.starts_with("Put data");
    // The other device has read (1); mine writes (2); the other's write comes over it (3); mine reads its own back.
    let to = reach.clone();
    others.on_request(move |line| {
        let mut step = to(u8::from(is_write(&line)));
        async move {
            if is_write(&line) {
                step.wait_for(|step| *step >= 2).await.unwrap();
            }
            Ok(())
        }
    });
    let to = reach.clone();
    mine.on_answer(move |line| {
        let mut step = to(if is_write(&line) { 2 } else { 0 });
        async move {
            if is_write(&line) {
                step.wait_for(|step| *step >= 3).await.unwrap();
            }
            Ok(())
        }
    });
    let (one, two) = (credentials(40), credentials(41));
    let others_change = async {
        other.remember(&two).await.unwrap();
        reach(3);
    };
    let my_change = async {
        reach(0).wait_for(|step| *step >= 1).await.unwrap();
        account.remember(&one).await.unwrap();
    };
    tokio::join!(others_change, my_change);
    let mut wanted = [one.space.to_string(), two.space.to_string()];
    let mut found = spaces(&other).await;
    wanted.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, wanted);
}

#[tokio::test]
async fn changes_of_one_handle_do_not_overwrite_each_other() {
    let rig = rig().await;
    let account = guest(&rig).await.account().unwrap();
    let many: Vec<Credentials> = (10..30).map(credentials).collect();
    let changes = many.iter().map(|one| account.remember(one));
    for change in futures_util::future::join_all(changes).await {
        change.unwrap();
    }
    assert_eq!(spaces(&account).await.len(), many.len());
}

#[tokio::test]
async fn an_account_that_another_member_wrote_or_that_is_of_another_place_is_not_believed() {
    let rig = rig().await;
    let ann = guest(&rig).await;
    let account = ann.account().unwrap();
    let path = |space: &Space| data_path(&format!("user/{}/reeeductio/account", space.member()));
    account.remember(&credentials(50)).await.unwrap();
    let sealed = ann.data().value(&path(&ann)).await.unwrap();

    // The owner may write there, and puts back what it has seen.
    let forged = rig
        .owner
        .data()
        .set(&path(&ann), Content::Plain(&sealed))
        .await;
    forged.unwrap();
    let refused = account.spaces().await.unwrap_err();
    assert!(refused.to_string().contains("had no right"), "{refused}");

    // The same bytes in another member's account, with the same key.
    let key = ann.credentials().secrets.user_key.unwrap();
    let ben = rig
        .user(7, &[(Operation::Write, "data/user/{self}/{...}")])
        .await;
    let keys = Identity::from_seed(&[7; 32]);
    let ben = Space::builder(&rig.server.url())
        .user_key(key)
        .open(rig.owner.id(), ben.member(), keys, &root())
        .unwrap();
    let moved = ben.data().set(&path(&ben), Content::Plain(&sealed)).await;
    moved.unwrap();
    let refused = ben.account().unwrap().spaces().await.unwrap_err();
    assert_eq!(refused.code_text(), "client.open");
}

#[tokio::test]
async fn an_account_shows_the_server_no_secret_and_needs_the_users_key() {
    let rig = rig().await;
    let ann = guest(&rig).await;
    let account = ann.account().unwrap();
    account.remember(&credentials(0x55)).await.unwrap();
    let path = DataPath::parse(&format!("user/{}/reeeductio/account", ann.member())).unwrap();
    let stored = rig.owner.data().value(&path).await.unwrap();
    assert!(!stored.windows(8).any(|bytes| bytes == [0x55; 8]));
    assert!(
        !stored
            .windows(8)
            .any(|bytes| bytes == &root().expose()[..8])
    );

    let without = Space::builder(&rig.server.url());
    let keys = Identity::from_seed(&[1; 32]);
    let without = without.open(rig.owner.id(), keys.user_id(), keys, &root());
    let refused = without.unwrap().account().unwrap_err();
    assert!(refused.to_string().starts_with("user_key:"), "{refused}");
    let other = Space::builder(&rig.server.url()).user_key(Key::new([6; 32]));
    let mine = ann.credentials();
    let other = mine.open(other).unwrap();
    let refused = other.account().unwrap().spaces().await.unwrap_err();
    assert_eq!(refused.code_text(), "client.open");

    let refused = account.remember(&mine).await.unwrap_err();
    assert!(refused.to_string().contains("home space"), "{refused}");
}

#[tokio::test]
async fn a_list_that_another_member_has_overwritten_is_not_said_to_be_the_servers_fault() {
    let rig = rig().await;
    let ann = guest(&rig).await;
    let account = ann.account().unwrap();
    account.remember(&credentials(50)).await.unwrap();
    let path = data_path(&format!("user/{}/reeeductio/account", ann.member()));
    let data = rig.owner.data();
    data.set(&path, Content::Plain(b"1")).await.unwrap();
    let refused = account.spaces().await.unwrap_err();
    assert!(refused.to_string().contains("had no right"), "{refused}");
    assert_ne!(refused.kind(), ErrorKind::Server, "{refused}");
    assert_ne!(refused.remedy(), Remedy::Operator, "{refused}");
}

#[tokio::test]
async fn data_of_the_users_own_that_is_called_account_does_not_take_the_place_of_the_credentials() {
    let rig = rig().await;
    let right = Capability::new(Operation::Write, "data/user/{self}/{...}").unwrap();
    let members = rig.owner.members();
    members
        .grant_to_role("member", "own", &right)
        .await
        .unwrap();
    let ann = guest(&rig).await;
    let account = ann.account().unwrap();
    account.remember(&credentials(50)).await.unwrap();
    // A program that knows nothing of accounts.
    let own = ann.user_data();
    own.set(&data_path("account"), b"name and address")
        .await
        .unwrap();
    let refused = own
        .set(&data_path("reeeductio/account"), b"1")
        .await
        .unwrap_err();
    assert_eq!(refused.code_text(), "client.argument");
    let kept = account.spaces().await;
    assert_eq!(
        kept.map(|kept| kept.len()).ok(),
        Some(1),
        "no credentials are lost"
    );
}
