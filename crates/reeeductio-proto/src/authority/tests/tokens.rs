//! Ending sign-ins.

use super::*;

fn tokens(of: impl std::fmt::Display) -> String {
    format!("auth/tokens/{of}")
}

#[test]
fn the_newest_entry_says_from_when_tokens_count_whether_it_is_empty_or_not() {
    let mut chain = Chain::new();
    let (ada, bob) = (user(2), user(3));
    chain.add(ada);
    chain.add(bob);
    assert_eq!(chain.view.tokens_valid_from(&ada), None);
    for value in ["{}", "", r#"{"reason": "lost"}"#, ""] {
        chain.own(&tokens(ada), value);
        assert_eq!(chain.view.tokens_valid_from(&ada), Some(chain.time));
    }
    assert_eq!(chain.view.tokens_valid_from(&bob), None);
    for value in ["{}", ""] {
        chain.own(&tokens("all"), value);
        for member in [ada, bob, user(OWNER)] {
            assert_eq!(chain.view.tokens_valid_from(&member), Some(chain.time));
        }
    }
    let all = chain.time;
    chain.own(&tokens(bob), "{}");
    assert_eq!(chain.view.tokens_valid_from(&bob), Some(all + 1));
    assert_eq!(chain.view.tokens_valid_from(&ada), Some(all));
}

#[test]
fn removing_and_adding_a_member_brings_no_tokens_back() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    chain.own(&tokens(ada), "{}");
    let ended = chain.time;
    chain.own(&format!("auth/users/{ada}"), "");
    chain.add(ada);
    assert_eq!(chain.view.tokens_valid_from(&ada), Some(ended));
}

#[test]
fn a_member_ends_its_own_tokens_and_nobody_elses() {
    let mut chain = Chain::new();
    let (ada, bob, bot) = (user(2), user(3), tool(2));
    for member in [ada, bob, bot] {
        chain.add(member);
    }
    for value in ["{}", "", "{}"] {
        assert_eq!(chain.write(2, &tokens(ada), value), Ok(()));
        assert_eq!(chain.write_as(2, bot, &tokens(bot), value), Ok(()));
    }
    for path in [tokens(bob), tokens(bot), tokens("all")] {
        for value in ["{}", ""] {
            let refused = chain.write(2, &path, value);
            assert_eq!(refused, Err(ErrorCode::PermissionDenied), "{path}");
        }
    }
    chain.grant(ada, "t", "create", "state/auth/tokens/{any}");
    assert_eq!(chain.write(2, &tokens(bob), "{}"), Ok(()));
    assert_eq!(chain.write(2, &tokens("all"), "{}"), Ok(()));
    chain.own(&format!("auth/users/{ada}"), "");
    assert_eq!(
        chain.write(2, &tokens(ada), "{}"),
        Err(ErrorCode::MemberUnknown)
    );
}

#[test]
fn the_owner_is_one_member_by_both_of_its_ids() {
    let mut chain = Chain::new();
    let (by_user, by_space) = (user(OWNER), MemberId::owner_of(chain.view.space()));
    for path in [by_user, by_space] {
        chain.own(&tokens(path), "{}");
        for id in [by_user, by_space] {
            assert_eq!(chain.view.tokens_valid_from(&id), Some(chain.time));
        }
    }
}

#[test]
fn tokens_of_what_is_no_member_are_refused_and_mean_nothing_where_they_are_stored() {
    let mut chain = Chain::new();
    let ada = user(2);
    chain.add(ada);
    let other_space = MemberId::owner_of(SpaceId::from_public_key(*ada.public_key()));
    for path in [
        tokens("nobody"),
        tokens(other_space),
        tokens(format!("{ada}/more")),
        tokens("all/more"),
    ] {
        let refusal = chain.judge(user(OWNER), &path, "{}").unwrap_err();
        assert_eq!(refusal.code(), ErrorCode::AuthInvalidEntry, "{path}");
        assert_eq!(refusal.field(), Some("path"));
        assert_eq!(chain.had(OWNER, user(OWNER), &path, "{}"), Applied::Changed);
        assert_eq!(chain.view.tokens_valid_from(&ada), None, "{path}");
    }
    for body in ["[]", "7", "not json"] {
        let refused = chain.write(OWNER, &tokens(ada), body);
        assert_eq!(refused, Err(ErrorCode::AuthInvalidEntry), "{body}");
    }
}
