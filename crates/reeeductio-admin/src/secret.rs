//! Texts that nobody may see.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use reeeductio_client::{Identity, Key};
use reeeductio_proto::encoding;
use serde::{Deserialize, Deserializer, Serializer};
use zeroize::Zeroizing;

/// A key or password as it was given. Wiped when dropped, never shown.
#[derive(Clone)]
pub(crate) struct Secret(Zeroizing<String>);

/// A text is not a key. It is not repeated here.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error(
    "a key is 32 bytes, written as 64 hexadecimal digits or 43 or 44 characters of base64, not {0}"
)]
pub(crate) struct KeyError(&'static str);

impl Secret {
    /// Takes over the text.
    pub(crate) fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// The key pair of this private key.
    pub(crate) fn identity(&self) -> Result<Identity, KeyError> {
        let seed = self.bytes()?;
        Ok(Identity::from_seed(&seed))
    }

    /// The symmetric key.
    pub(crate) fn key(&self) -> Result<Key, KeyError> {
        Ok(Key::new(*self.bytes()?))
    }

    fn bytes(&self) -> Result<Zeroizing<[u8; 32]>, KeyError> {
        let text = self.0.trim();
        match text.len() {
            64 => from_hex(text).ok_or(KeyError("64 characters of which some are no digits")),
            43 | 44 => from_base64(text).ok_or(KeyError(
                "what looks like base64 and does not decode to 32 bytes",
            )),
            0 => Err(KeyError("nothing")),
            _ => Err(KeyError("a text of another length")),
        }
    }
}

fn from_hex(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut bytes = Zeroizing::new([0; 32]);
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = pair.iter().try_fold(0_u8, |value, &digit| {
            let digit = char::from(digit).to_digit(16)?;
            Some(value << 4 | u8::try_from(digit).ok()?)
        })?;
    }
    Some(bytes)
}

/// Both alphabets, with and without padding.
fn from_base64(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let mut standard = Zeroizing::new(text.replace('-', "+").replace('_', "/"));
    if standard.len() == 43 {
        standard.push('=');
    }
    let decoded = Zeroizing::new(encoding::decode(&standard).ok()?);
    decoded.as_slice().try_into().ok().map(Zeroizing::new)
}

/// Lower-case hexadecimal digits.
pub(crate) fn to_hex(bytes: &[u8; 32]) -> Zeroizing<String> {
    // All at once: growing would leave copies behind.
    let mut text = Zeroizing::new(String::with_capacity(64));
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.extend(char::from_digit(digit.into(), 16));
        }
    }
    text
}

/// Writes a key into the JSON of its owner: the one place where that is meant.
pub(crate) fn write_exposed<S: Serializer>(
    text: &Zeroizing<String>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text)
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl FromStr for Secret {
    /// Whatever is wrong is said later, in words that do not repeat it.
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::new(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn a_key_is_read_in_every_spelling() {
        let bytes = [0xFB; 32];
        let base64 = encoding::encode(&bytes);
        let spellings = [
            to_hex(&bytes).to_string(),
            to_hex(&bytes).to_uppercase(),
            format!(" {}\n", &*to_hex(&bytes)),
            base64.clone(),
            base64.trim_end_matches('=').to_owned(),
            base64.replace('+', "-").replace('/', "_"),
        ];
        for spelling in spellings {
            assert_eq!(
                secret(&spelling).key().unwrap().expose(),
                &bytes,
                "{spelling}"
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_being_repeated() {
        let texts = [
            "",
            "abc",
            &"g".repeat(64),
            &"é".repeat(32),
            &"!".repeat(43),
            &"A".repeat(44),
        ];
        for text in texts {
            let error = secret(text).key().unwrap_err();
            assert!(
                text.is_empty() || !error.to_string().contains(text),
                "{error}"
            );
        }
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", secret("x")), "Secret(..)");
    }
}
