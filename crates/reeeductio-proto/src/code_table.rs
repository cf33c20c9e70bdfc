//! The macro of both tables of codes.

/// Makes an enum of stable codes, each with its class of errors, the party that must act, and its meaning.
macro_rules! code_table {
    ($(#[$doc:meta])* $name:ident:
     $($variant:ident, $code:literal, $kind:ident, $remedy:ident, $description:literal;)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $(#[doc = $description] $variant,)*
        }

        impl $name {
            /// Every code, in the order of the list in `spec/errors.md`.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The code as text.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $code,)* }
            }

            /// Returns the class of errors that it belongs to.
            pub fn kind(self) -> $crate::ErrorKind {
                match self { $(Self::$variant => $crate::ErrorKind::$kind,)* }
            }

            /// Returns the party that must act.
            pub fn remedy(self) -> $crate::Remedy {
                match self { $(Self::$variant => $crate::Remedy::$remedy,)* }
            }

            /// Returns its meaning, in one sentence.
            pub fn description(self) -> &'static str {
                match self { $(Self::$variant => $description,)* }
            }

            /// The code with this text.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($code => Some(Self::$variant),)* _ => None }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use code_table;
