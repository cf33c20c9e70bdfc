//! Checking arguments by their types.

mod id;
mod object;
mod place;

use std::mem::take;

use reeeductio_client::{ClientError, Key};
use zeroize::Zeroizing;

pub(crate) use object::Report;
pub(crate) use place::{Follow, Values};

use crate::signature::Type;
use crate::value::{Arguments, Value};

/// The largest whole number that every number of JavaScript up to it can be told from.
const LARGEST_EXACT: u64 = 9_007_199_254_740_991;

/// A type of arguments.
pub(crate) trait Argument: Sized {
    /// Its type in a stub.
    const TYPE: Type;

    /// Checks a value. An error names `field`.
    fn check(field: &'static str, value: Value) -> Result<Self, ClientError>;
}

/// Takes an argument and checks it. One function for each type, and not one for each argument of each operation, and an error of
/// one word: the WebAssembly module is smaller by it.
#[inline(never)]
pub(crate) fn taken<T: Argument>(
    arguments: &mut dyn Arguments,
    field: &'static str,
) -> Result<T, Box<ClientError>> {
    let checked = arguments
        .take(field)
        .and_then(|value| T::check(field, value));
    checked.map_err(Box::new)
}

fn wrong<T>(field: &'static str, needed: &str) -> Result<T, ClientError> {
    Err(ClientError::Argument {
        field,
        message: format!("must be {needed}"),
    })
}

impl Argument for bool {
    const TYPE: Type = Type::Bool;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Bool(given) => Ok(given),
            _ => wrong(field, "true or false"),
        }
    }
}

impl Argument for String {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        text(field, value).map(|mut text| take(&mut *text))
    }
}

/// Text that is wiped when it is dropped.
impl Argument for Zeroizing<String> {
    const TYPE: Type = Type::Text;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        text(field, value)
    }
}

fn text(field: &'static str, value: Value) -> Result<Zeroizing<String>, ClientError> {
    match value {
        Value::Text(text) => Ok(text),
        _ => wrong(field, "a string"),
    }
}

impl Argument for Vec<u8> {
    const TYPE: Type = Type::Bytes;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        bytes(field, value).map(|mut bytes| take(&mut *bytes))
    }
}

fn bytes(field: &'static str, value: Value) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    match value {
        Value::Bytes(bytes) => Ok(bytes),
        _ => wrong(field, "bytes"),
    }
}

/// Bytes, or text as UTF-8.
pub(crate) struct Content(pub(crate) Vec<u8>);

impl Content {
    /// The bytes as they are; or sealed with `key`, by default the space's own.
    pub(crate) fn content<'a>(
        &'a self,
        sealed: bool,
        key: Option<&'a Key>,
    ) -> reeeductio_client::Content<'a> {
        match key {
            _ if !sealed => reeeductio_client::Content::Plain(&self.0),
            None => reeeductio_client::Content::Sealed(&self.0),
            Some(key) => reeeductio_client::Content::SealedWith(key, &self.0),
        }
    }
}

impl Argument for Content {
    const TYPE: Type = Type::Content;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Bytes(mut bytes) => Ok(Self(take(&mut *bytes))),
            Value::Text(mut text) => Ok(Self(take(&mut *text).into_bytes())),
            _ => wrong(field, "bytes or a string"),
        }
    }
}

/// A whole number that is not negative, up to `most`.
fn whole(field: &'static str, value: &Value, most: u64) -> Result<u64, ClientError> {
    let number = match *value {
        Value::Whole(number) => u64::try_from(number).ok(),
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_precision_loss,
            clippy::cast_sign_loss,
            reason = "a whole number in range"
        )]
        Value::Number(number)
            if number.fract() == 0.0 && (0.0..=LARGEST_EXACT as f64).contains(&number) =>
        {
            Some(number as u64)
        }
        _ => None,
    };
    match number {
        Some(number) if number <= most => Ok(number),
        _ => wrong(field, &format!("a whole number from 0 to {most}")),
    }
}

impl Argument for u32 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        let number = whole(field, &value, Self::MAX.into())?;
        Ok(Self::try_from(number).unwrap_or(Self::MAX))
    }
}

impl Argument for u64 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        whole(field, &value, LARGEST_EXACT)
    }
}

/// A time in Unix milliseconds.
impl Argument for i64 {
    const TYPE: Type = Type::Whole;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        if let Value::Whole(number) = value {
            return Ok(number);
        }
        match whole(field, &value, LARGEST_EXACT) {
            Ok(number) => Ok(Self::try_from(number).unwrap_or(Self::MAX)),
            Err(_) => wrong(field, "a time in Unix milliseconds, a whole number"),
        }
    }
}

impl<T: Argument> Argument for Option<T> {
    const TYPE: Type = Type::Optional(&T::TYPE);

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        match value {
            Value::Absent | Value::Null => Ok(None),
            given => T::check(field, given).map(Some),
        }
    }
}

impl<T: Argument> Argument for Box<T> {
    const TYPE: Type = T::TYPE;

    fn check(field: &'static str, value: Value) -> Result<Self, ClientError> {
        T::check(field, value).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused<T: Argument>(value: Value) -> String {
        match T::check("field", value) {
            Ok(_) => panic!("it was taken"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn numbers_are_whole_and_in_range_whichever_language_they_are_of() {
        assert_eq!(u32::check("field", Value::Number(7.0)).ok(), Some(7));
        assert_eq!(i64::check("field", Value::Whole(-1)).ok(), Some(-1));
        let most = format!("field: must be a whole number from 0 to {}", u32::MAX);
        for wrong in [1.5, -1.0, f64::NAN, f64::INFINITY, 4_294_967_296.0] {
            assert_eq!(refused::<u32>(Value::Number(wrong)), most);
        }
        assert_eq!(refused::<u32>(Value::Whole(-1)), most);
        assert_eq!(refused::<u32>(Value::Bool(true)), most);
        for wrong in [1e300, 1.5, -1.0] {
            assert_eq!(
                refused::<i64>(Value::Number(wrong)),
                "field: must be a time in Unix milliseconds, a whole number"
            );
        }
    }

    #[test]
    fn content_is_bytes_or_text_and_other_arguments_are_one_of_them() {
        let text = || Value::from("Grüße".to_owned());
        assert_eq!(
            Content::check("field", text())
                .map(|content| content.0)
                .ok(),
            Some("Grüße".into())
        );
        assert_eq!(
            refused::<Content>(Value::Bool(false)),
            "field: must be bytes or a string"
        );
        assert_eq!(refused::<Vec<u8>>(text()), "field: must be bytes");
        assert_eq!(
            refused::<String>(Value::from(vec![1])),
            "field: must be a string"
        );
        assert_eq!(
            refused::<Key>(Value::from(vec![1])),
            "field: 1 bytes, 32 are needed"
        );
    }

    #[test]
    fn an_argument_that_may_be_left_out_is_checked_where_it_is_given() {
        assert!(matches!(
            Option::<u32>::check("field", Value::Absent),
            Ok(None)
        ));
        assert!(matches!(
            Option::<u32>::check("field", Value::Null),
            Ok(None)
        ));
        assert!(refused::<Option<u32>>(Value::Other).starts_with("field: "));
    }
}
