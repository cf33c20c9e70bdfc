//! Thirty-two secret bytes: wiped when dropped, never printed.

/// Defines a newtype over 32 secret bytes.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, zeroize::Zeroize, zeroize::ZeroizeOnDrop)]
        pub struct $name([u8; 32]);

        impl $name {
            /// Takes a copy of the bytes; wiping the original is up to the caller.
            pub fn from_bytes(bytes: &[u8; 32]) -> Self {
                Self(*bytes)
            }

            /// The bytes, for keeping them somewhere safe. Named so that every use can be found.
            pub fn expose(&self) -> &[u8; 32] {
                &self.0
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(secret)"))
            }
        }
    };
}

pub(crate) use secret;

#[cfg(test)]
mod tests {
    use crate::{
        BlobKey, Draft, Identity, MemberSecrets, MessageKey, SealingKey, SigningKey, SymmetricRoot,
        UserKey, WrapKey,
    };

    /// What a leak of the bytes 0xC3 would look like in decimal, hex or base64.
    const TRACES: [&str; 5] = ["195", "c3", "C3", "w8PD", "w8Pd"];

    #[test]
    fn debug_text_of_every_secret_is_pinned_and_holds_no_secret() {
        let bytes = [0xC3; 32];
        let key = SigningKey::from_seed(&bytes);
        let secrets = MemberSecrets {
            signing_key: key.clone(),
            symmetric_root: SymmetricRoot::from_bytes(&bytes),
            user_key: Some(UserKey::from_bytes(&bytes)),
        };
        for (actual, expected) in [
            (format!("{:?}", SymmetricRoot::from_bytes(&bytes)), "SymmetricRoot(secret)"),
            (format!("{:?}", UserKey::from_bytes(&bytes)), "UserKey(secret)"),
            (format!("{:?}", MessageKey::from_bytes(&bytes)), "MessageKey(secret)"),
            (format!("{:?}", SealingKey::from_bytes(&bytes)), "SealingKey(secret)"),
            (format!("{:?}", BlobKey::from_bytes(&bytes)), "BlobKey(secret)"),
            (format!("{:?}", WrapKey::from_export_key(&bytes)), "WrapKey(secret)"),
            (format!("{key:?}"), "SigningKey(secret)"),
            (
                format!("{secrets:?}"),
                "MemberSecrets { signing_key: SigningKey(secret), \
                 symmetric_root: SymmetricRoot(secret), user_key: Some(UserKey(secret)) }",
            ),
        ] {
            assert_eq!(actual, expected);
            for trace in TRACES {
                assert!(!actual.contains(trace), "{actual} shows {trace}");
            }
        }
    }

    #[test]
    fn debug_text_of_an_identity_is_its_public_id() {
        let identity = Identity::user(SigningKey::from_seed(&[0xC3; 32]));
        assert_eq!(
            format!("{identity:?}"),
            format!("Identity({})", identity.member_id())
        );
    }

    #[test]
    fn debug_text_of_a_draft_does_not_show_its_content() {
        let space = SigningKey::from_seed(&[1; 32]).space_id();
        let topic = reeeductio_proto::TopicId::parse("general").unwrap();
        let draft = Draft::new(space, topic, "chat.text", &[0xC3; 9]);
        assert!(!format!("{draft:?}").contains("w8PD"));
    }
}
