//! Whether members may send under the newest epoch, and wraps for those who came later.

use super::keyring::{LINK, space};
use super::*;

#[test]
fn an_epoch_is_current_until_somebody_is_removed_or_leaves_and_nobody_comes_back_into_it() {
    let mut chain = space(History::Static);
    chain.admit(3, user(3));
    chain.begin(2);
    chain.own(&format!("auth/users/{}", user(3)), "");
    assert!(!chain.view.is_epoch_current(chain.time));
    chain.add(user(3));
    assert!(!chain.view.is_epoch_current(chain.time));
    chain.begin(2);
    chain
        .write(3, &format!("auth/leaves/{}", user(3)), "{}")
        .unwrap();
    assert!(!chain.view.is_epoch_current(chain.time));
    chain.begin(2);
    // Newcomers, rights and keys change nothing.
    chain.admit(4, user(4));
    chain.own(&format!("auth/keys/{}", user(4)), "");
    assert!(chain.view.is_epoch_current(chain.time));
    // Somebody who came later and was wrapped to counts too.
    chain.own(&format!("auth/users/{}", user(4)), "");
    assert!(!chain.view.is_epoch_current(chain.time));
}

#[test]
fn an_epoch_is_current_until_a_link_that_has_its_root_expires() {
    let mut chain = space(History::Static);
    chain.link(LINK, 1);
    chain.begin(2);
    let expiry = NOW + 1_000;
    assert!(chain.view.is_epoch_current(expiry - 1));
    assert!(!chain.view.is_epoch_current(expiry));
    assert!(!chain.view.roster(expiry).contains(&tool(LINK)));
    // One that is wrapped to later, too.
    let mut chain = space(History::Static);
    chain.begin(2);
    chain.link(LINK, 1);
    assert!(chain.view.is_epoch_current(expiry));
    chain.wrap(2, user(2), 0, tool(LINK)).unwrap();
    assert!(!chain.view.is_epoch_current(expiry));
    // The next epoch is for the link as long as it has uses.
    assert!(chain.view.roster(chain.time).contains(&tool(LINK)));
    chain
        .write_as(LINK, tool(LINK), &format!("auth/users/{}", user(5)), "{}")
        .unwrap();
    assert!(!chain.view.roster(chain.time).contains(&tool(LINK)));
    chain.begin(2);
    assert!(chain.view.is_epoch_current(expiry));
}

#[test]
fn a_tool_that_expires_sooner_than_was_said_ends_the_epoch_sooner() {
    let mut chain = space(History::Static);
    chain.admit(41, tool(41));
    chain.begin(2);
    assert!(chain.view.is_epoch_current(NOW + 1_000));
    let path = format!("auth/tools/{}", tool(41));
    chain.own(&path, &format!(r#"{{"expires_at": {}}}"#, NOW + 1_000));
    assert!(!chain.view.is_epoch_current(NOW + 1_000));
}

#[test]
fn a_link_that_a_removal_ended_is_not_in_the_next_roster() {
    let mut chain = space(History::Static);
    chain.link(LINK, 5);
    chain.admit(3, user(3));
    chain.own(&format!("auth/users/{}", user(3)), "");
    assert!(!chain.view.roster(chain.time).contains(&tool(LINK)));
    chain.begin(2);
    // Tidying it up afterwards costs no epoch.
    chain.own(&format!("auth/tools/{}", tool(LINK)), "");
    assert!(chain.view.is_epoch_current(chain.time));
}

#[test]
fn a_wrap_is_written_once_for_a_member_with_a_key_by_somebody_with_the_right() {
    let mut chain = space(History::Static);
    chain.begin(2);
    let bob = user(3);
    chain.add(bob);
    let invalid = Err(ErrorCode::AuthInvalidEntry);
    assert_eq!(chain.wrap(2, user(2), 0, bob), invalid);
    let key = chain.key_entry(bob, 3, 0);
    chain.put(3, bob, &key).unwrap();
    assert_eq!(chain.wrap(2, user(2), 1, bob), invalid);
    assert_eq!(chain.wrap(3, bob, 0, bob), Err(ErrorCode::PermissionDenied));
    for body in [
        "{}".to_owned(),
        r#"{"wrap": ""}"#.to_owned(),
        format!(r#"{{"wrap": "{}"}}"#, encoding::encode(&[0; 4_097])),
    ] {
        let refused = chain.write(2, &format!("keyring/0/{bob}"), &body);
        assert_eq!(refused, invalid);
    }
    chain.wrap(2, user(2), 0, bob).unwrap();
    let once = Err(ErrorCode::KeyringInvalid);
    assert_eq!(chain.wrap(2, user(2), 0, bob), once);
    assert_eq!(chain.wrap(OWNER, user(OWNER), 0, bob), once);
    assert_eq!(chain.write(OWNER, &format!("keyring/0/{bob}"), ""), once);
}

#[test]
fn a_link_wraps_for_those_that_it_let_in_alone() {
    let mut chain = space(History::Static);
    chain.link(LINK, 1);
    chain.begin(2);
    let (guest, bob) = (user(5), user(3));
    chain.admit(3, bob);
    chain
        .write_as(LINK, tool(LINK), &format!("auth/users/{guest}"), "{}")
        .unwrap();
    let key = chain.key_entry(guest, 5, 0);
    chain.put(5, guest, &key).unwrap();
    assert_eq!(
        chain.wrap(LINK, tool(LINK), 0, bob),
        Err(ErrorCode::PermissionDenied)
    );
    chain.wrap(LINK, tool(LINK), 0, guest).unwrap();
}
