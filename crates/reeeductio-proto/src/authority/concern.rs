//! Which entries of the state bear on one member.

use super::path::{AuthPath, Holder, of_person};
use super::policy_entry::PolicyPath;
use crate::id::{MemberId, MemberKind};

/// Returns whether a state message at `path` may have a meaning for [`View`](super::View). In a space without a policy, that
/// below `keyring/` and `space/` has none, and the view passes it over.
pub fn is_authority(path: &str) -> bool {
    ["auth/", "keyring/", "space/"]
        .iter()
        .any(|prefix| path.starts_with(prefix))
}

/// Returns whether a state message at `path` may change what `member` may do, so that what was judged before it
/// must be judged again.
///
/// True for the member's own definition, rights, role grants, leave and ended tokens, for the definition and the
/// rights of any role, for `auth/tokens/all`, for the policy, the settings and a new epoch; for a tool also for the definition
/// and the leave of anybody, because a removal ends every invite link. False for what else is written about other members
/// and for all other paths. The owner is the same member by its `U…` and its `S…` id.
///
/// A write to the topic `state` does not need this: it names the message before it, so it is judged
/// exactly where it stands.
///
/// ```
/// use reeeductio_proto::{MemberId, authority_concerns};
/// let (ada, bob) = (MemberId::user([1; 32]), MemberId::user([2; 32]));
/// assert!(authority_concerns(&format!("auth/users/{ada}/rights/read"), &ada));
/// assert!(!authority_concerns(&format!("auth/users/{ada}/rights/read"), &bob));
/// assert!(authority_concerns("auth/roles/reader", &bob));
/// assert!(authority_concerns("keyring/1", &bob));
/// assert!(!authority_concerns("profiles/alice", &bob));
/// ```
pub fn authority_concerns(path: &str, member: &MemberId) -> bool {
    match Concern::of(path) {
        Concern::Everybody => true,
        Concern::Member(named) => named == of_person(member),
        Concern::MemberAndLinks(named) => {
            named == of_person(member) || member.kind() == MemberKind::Tool
        }
        Concern::Nobody => false,
    }
}

/// On whom a state message bears, by its path; see [`authority_concerns`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum Concern {
    /// On every member: a role, a right of one, the end of all tokens, the policy, the settings, or an epoch.
    Everybody,
    /// On one member, the owner by its `U…` id.
    Member(MemberId),
    /// On one member, and on every tool that is an invite link: the member is defined, removed, or leaves.
    MemberAndLinks(MemberId),
    /// On nobody's rights.
    Nobody,
}

impl Concern {
    /// Reads a path of the state.
    pub fn of(path: &str) -> Self {
        match PolicyPath::read(path) {
            Some(PolicyPath::Policy | PolicyPath::Settings | PolicyPath::Epoch(_)) => {
                return Self::Everybody;
            }
            Some(PolicyPath::Leave(member)) => return Self::MemberAndLinks(of_person(&member)),
            Some(
                PolicyPath::Key(_)
                | PolicyPath::Wrap { .. }
                | PolicyPath::WrongMember
                | PolicyPath::WrongEpoch,
            ) => return Self::Nobody,
            None => {}
        }
        match AuthPath::read(path) {
            Some(AuthPath::Definition(named)) => Self::MemberAndLinks(of_person(&named)),
            Some(
                AuthPath::MemberRight { member: named, .. }
                | AuthPath::Grant { user: named, .. }
                | AuthPath::Tokens(Holder::Member(named)),
            ) => Self::Member(of_person(&named)),
            Some(
                AuthPath::Role(_) | AuthPath::RoleRight { .. } | AuthPath::Tokens(Holder::All),
            ) => Self::Everybody,
            Some(AuthPath::Other | AuthPath::WrongId | AuthPath::WrongHolder) | None => {
                Self::Nobody
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_about_one_member_concerns_that_member_only() {
        let (ada, bot) = (MemberId::user([1; 32]), MemberId::tool([1; 32]));
        let bob = MemberId::user([2; 32]);
        for tail in [
            "/rights/r",
            "/rights/r/s",
            "/roles/reader",
            "/roles/reader/x",
        ] {
            let path = format!("auth/users/{ada}{tail}");
            assert!(authority_concerns(&path, &ada), "{path}");
            assert!(!authority_concerns(&path, &bob), "{path}");
            assert!(!authority_concerns(&path, &bot), "{path}");
        }
        let path = format!("auth/tools/{bot}/rights/r");
        assert!(authority_concerns(&path, &bot) && !authority_concerns(&path, &ada));
        let tokens = format!("auth/tokens/{ada}");
        assert!(authority_concerns(&tokens, &ada));
        assert!(!authority_concerns(&tokens, &bob) && !authority_concerns(&tokens, &bot));
    }

    #[test]
    fn the_end_of_a_membership_concerns_the_member_and_every_link() {
        let (ada, bot) = (MemberId::user([1; 32]), MemberId::tool([1; 32]));
        let (bob, other) = (MemberId::user([2; 32]), MemberId::tool([2; 32]));
        for path in [format!("auth/users/{ada}"), format!("auth/leaves/{ada}")] {
            assert!(authority_concerns(&path, &ada) && authority_concerns(&path, &bot));
            assert!(!authority_concerns(&path, &bob), "{path}");
        }
        for path in [format!("auth/tools/{bot}"), format!("auth/leaves/{bot}")] {
            assert!(authority_concerns(&path, &bot) && authority_concerns(&path, &other));
            assert!(!authority_concerns(&path, &ada), "{path}");
        }
    }

    #[test]
    fn an_epoch_concerns_everybody_and_a_key_or_a_wrap_nobody() {
        let ada = MemberId::user([1; 32]);
        for path in ["space/policy", "space/settings", "keyring/0", "keyring/7"] {
            assert!(
                authority_concerns(path, &ada) && is_authority(path),
                "{path}"
            );
        }
        for path in [format!("keyring/0/{ada}"), format!("auth/keys/{ada}")] {
            assert!(
                !authority_concerns(&path, &ada) && is_authority(&path),
                "{path}"
            );
        }
        assert!(!is_authority("profiles/alice") && !is_authority("keyrings/0"));
    }

    #[test]
    fn roles_and_the_end_of_all_tokens_concern_everybody() {
        for member in [MemberId::user([1; 32]), MemberId::tool([2; 32])] {
            for path in ["auth/roles/r", "auth/roles/r/rights/x", "auth/tokens/all"] {
                assert!(authority_concerns(path, &member), "{path}");
            }
        }
    }

    #[test]
    fn the_owner_is_the_same_by_both_of_its_ids() {
        let (user, space) = (
            MemberId::user([1; 32]),
            MemberId::owner_of(crate::SpaceId::from_public_key([1; 32])),
        );
        assert!(authority_concerns(&format!("auth/tokens/{space}"), &user));
        assert!(authority_concerns(&format!("auth/tokens/{user}"), &space));
    }

    #[test]
    fn what_has_no_meaning_concerns_nobody() {
        let ada = MemberId::user([1; 32]);
        for path in [
            "auth",
            "auth/roles",
            "auth/tokens",
            "auth/tokens/nobody",
            "auth/users/nobody/rights/r",
            "author/users",
            "profiles/alice",
            "",
        ] {
            assert!(!authority_concerns(path, &ada), "{path}");
        }
        assert!(!authority_concerns(
            &format!("auth/users/{ada}/rightsx/r"),
            &ada
        ));
    }
}
