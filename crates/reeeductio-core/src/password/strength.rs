//! The least that a new password must be (docs/adr/0023-passwords-of-a-minimum-strength.md).

use zeroize::Zeroizing;

use super::PasswordError;

/// Fewest characters.
pub const MIN_CHARACTERS: usize = 12;
/// Most bytes.
pub const MAX_BYTES: usize = 1024;
/// Fewest characters that neither repeat the one before nor continue a run such as `abc` or `321`.
const MIN_UNFORESEEN: usize = 8;

/// Refuses a password that is too weak to register. Passwords that are registered already are not looked at.
///
/// Characters are counted as Unicode scalar values. The username inside the password does not count, nor do repetitions of
/// its beginning. This finds what is weak by its form; it knows no list of common passwords.
pub fn check_strength(username: &str, password: &str) -> Result<(), PasswordError> {
    if password.len() > MAX_BYTES {
        return Err(PasswordError::Weak("has more than 1,024 bytes"));
    }
    if password.chars().count() < MIN_CHARACTERS {
        return Err(PasswordError::Weak("has fewer than 12 characters"));
    }
    let lower = Zeroizing::new(password.to_lowercase());
    let without_name = match username {
        "" => lower,
        name => Zeroizing::new(lower.replace(&name.to_lowercase(), "")),
    };
    let characters = Zeroizing::new(without_name.chars().collect::<Vec<char>>());
    let unit = once(&characters);
    if unit.len() < MIN_CHARACTERS.min(characters.len()) || unforeseen(unit) < MIN_UNFORESEEN {
        return Err(PasswordError::Weak(
            "is easy to guess: it consists of repetitions, runs such as 1234, or the username",
        ));
    }
    Ok(())
}

/// The shortest beginning of which the rest is a repetition.
fn once(characters: &[char]) -> &[char] {
    let repeats = |length: &usize| {
        let later = characters.iter().skip(*length);
        later
            .zip(characters)
            .all(|(later, earlier)| later == earlier)
    };
    let length = (1..characters.len()).find(repeats);
    length
        .and_then(|length| characters.get(..length))
        .unwrap_or(characters)
}

/// How many characters do not follow from the one before.
fn unforeseen(characters: &[char]) -> usize {
    let pairs = characters.iter().zip(characters.iter().skip(1));
    let foreseen = |(one, next): &(&char, &char)| u32::from(**one).abs_diff(u32::from(**next)) <= 1;
    characters.len() - pairs.filter(foreseen).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_are_short_or_foreseeable_are_refused() {
        for (password, reason) in [
            ("", "fewer than 12"),
            ("hunter2", "fewer than 12"),
            ("elevenchars", "fewer than 12"),
            ("üüüüüüüüüüü", "fewer than 12"),
            ("aaaaaaaaaaaaaaaa", "easy to guess"),
            ("123456789012", "easy to guess"),
            ("abcdefghijklmnop", "easy to guess"),
            ("passwordpassword", "easy to guess"),
            ("aabbccddeeffgg", "easy to guess"),
            ("ann@example.org", "easy to guess"),
            ("Ann@Example.ORG2024", "easy to guess"),
        ] {
            let error = check_strength("ann@example.org", password).unwrap_err();
            assert!(error.to_string().contains(reason), "{password}: {error}");
            assert_eq!(error.code(), "client.weak_password");
        }
        let long = "correct horse ".repeat(80);
        assert!(check_strength("ann", &long).is_err());
    }

    #[test]
    fn passwords_that_people_and_generators_choose_are_accepted() {
        for password in [
            "correct horse battery staple",
            "correct horse",
            "password of python",
            "Kq7-vR2x-9Lzt",
            "ein längerer Satz",
            "正しい馬の電池の留め金です",
        ] {
            assert_eq!(check_strength("ann", password), Ok(()), "{password}");
        }
    }
}
