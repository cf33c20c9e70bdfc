//! The names of password login (wire.md 9): its data entries, and the role whose holders register
//! passwords.

use crate::capability::{Capability, Operation};
use crate::path::{DataPath, PathError};
use crate::state_entry::{EntryError, StateEntry, pattern, right_of_role, role};

/// Data path of the server setup, whose presence enables password login. The owner writes it, nobody else.
pub const SETUP_PATH: &str = "opaque/server/setup";
/// Prefix of the data paths of the users' records.
pub const RECORDS_PREFIX: &str = "opaque/users/";
/// The role whose holders register passwords.
pub const ROLE: &str = "opaque-user";
/// Name of the role's right to register a password.
pub const REGISTER_RIGHT: &str = "cap_create_opaque_user";
/// Name of the role's right to change the password that one registered oneself.
pub const CHANGE_RIGHT: &str = "cap_change_opaque_user";

/// Path below a member's own data entries where its account is kept: the spaces that it opens.
pub const ACCOUNT: &str = "reeeductio/account";
/// Name of a role's right to keep one's account.
pub const ACCOUNT_RIGHT: &str = "cap_keep_account";

/// [`SETUP_PATH`] as a path.
pub fn setup_path() -> Result<DataPath, PathError> {
    DataPath::parse(SETUP_PATH)
}

/// Data path of the record of a username: 1 to 255 characters of `[a-zA-Z0-9._@+-]`, `None` for any other.
pub fn record_path(username: &str) -> Option<DataPath> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || b"._@+-".contains(&c);
    let fits = (1..=255).contains(&username.len()) && username.bytes().all(allowed);
    fits.then(|| DataPath::parse(&format!("{RECORDS_PREFIX}{username}")).ok())
        .flatten()
}

/// Defines the role, then its rights to register a password and to change one's own.
pub fn role_entries() -> Result<[StateEntry; 3], EntryError> {
    let [register, change] = password_rights(ROLE)?;
    Ok([
        role(ROLE, Some("May register a password"))?,
        register,
        change,
    ])
}

/// Gives a role the rights to register a password, to change one's own, and to keep one's account.
pub fn rights_of_role(role: &str) -> Result<[StateEntry; 3], EntryError> {
    let [register, change] = password_rights(role)?;
    let account = Capability {
        op: Operation::Write,
        path: pattern(&format!("data/user/{{self}}/{ACCOUNT}")),
        must_be_owner: false,
        expires_at: None,
    };
    let account = right_of_role(role, ACCOUNT_RIGHT, &account)?;
    Ok([register, change, account])
}

fn password_rights(role: &str) -> Result<[StateEntry; 2], EntryError> {
    let right = |name, op, must_be_owner| {
        let right = Capability {
            op,
            path: pattern(&format!("data/{RECORDS_PREFIX}{{any}}")),
            must_be_owner,
            expires_at: None,
        };
        right_of_role(role, name, &right)
    };
    Ok([
        right(REGISTER_RIGHT, Operation::Create, false)?,
        right(CHANGE_RIGHT, Operation::Modify, true)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_that_servers_refuse_have_no_record() {
        let check = |name: &str, fits: bool| {
            assert_eq!(record_path(name).is_some(), fits, "{name:?}");
        };
        check("ann+x@example.org", true);
        check(&"a".repeat(255), true);
        check(&"a".repeat(256), false);
        for name in ["", "a b", "a/b", "ü", "a\n", ".", ".."] {
            check(name, false);
        }
    }

    #[test]
    fn the_role_is_written_as_the_published_clients_write_it() {
        let [role, register, change] = role_entries().unwrap();
        assert_eq!(role.path.as_str(), "auth/roles/opaque-user");
        assert_eq!(
            register.path.as_str(),
            "auth/roles/opaque-user/rights/cap_create_opaque_user"
        );
        assert_eq!(
            register.value,
            r#"{"op":"create","path":"data/opaque/users/{any}"}"#
        );
        assert!(change.value.contains(r#""must_be_owner":true"#));
    }

    #[test]
    fn another_role_gets_the_same_rights_and_its_holders_account() {
        let [_, register, change] = role_entries().unwrap();
        let rights = rights_of_role("member").unwrap();
        assert_eq!(rights[0].value, register.value);
        assert_eq!(rights[1].value, change.value);
        assert_eq!(
            rights[2].path.as_str(),
            "auth/roles/member/rights/cap_keep_account"
        );
        assert_eq!(
            rights[2].value,
            r#"{"op":"write","path":"data/user/{self}/reeeductio/account"}"#
        );
    }
}
