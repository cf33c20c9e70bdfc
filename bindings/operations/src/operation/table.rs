//! The form in which operations are declared.

/// Declares the operations of an area: `Name { argument: Type, … } -> Answer`, with one sentence about each. It gives the enum `Operation`,
/// its `parse` and its `SIGNATURES`.
macro_rules! operations {
    ($(
        $(#[doc = $about:literal])+
        $name:ident { $($field:ident: $kind:ty),* $(,)? } -> $answer:ident
    ),* $(,)?) => {
        /// The operations of the area.
        pub(super) enum Operation {
            $($(#[doc = $about])+ $name { $($field: $kind),* },)*
        }

        impl Operation {
            /// The operations as data.
            pub(super) const SIGNATURES: &[$crate::signature::Signature] = &[$(
                $crate::signature::Signature {
                    name: stringify!($name),
                    area: module_path!(),
                    about: concat!($($about),+),
                    parameters: &[$($crate::signature::Parameter {
                        name: stringify!($field),
                        kind: <$kind as $crate::argument::Argument>::TYPE,
                    }),*],
                    answer: $crate::signature::AnswerType::$answer,
                },
            )*];

            /// The shape of its answer.
            pub(super) fn answer(&self) -> $crate::signature::AnswerType {
                match self {
                    $(Self::$name { .. } => $crate::signature::AnswerType::$answer,)*
                }
            }

            /// The operation of a name; `None` if it is none of this area.
            pub(super) fn parse(
                name: &str,
                arguments: &mut dyn $crate::value::Arguments,
            ) -> Result<Option<Self>, Box<reeeductio_client::ClientError>> {
                // Some operations take none.
                let _ = &arguments;
                Ok(Some(match name {
                    $(stringify!($name) => Self::$name {
                        $($field: $crate::argument::taken(arguments, stringify!($field))?),*
                    },)*
                    _ => return Ok(None),
                }))
            }
        }
    };
}

pub(super) use operations;
