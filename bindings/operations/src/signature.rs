//! The table of operations as data, for the stubs of the packages.

/// An operation: its arguments and its answer.
#[derive(Clone, Copy, Debug)]
pub struct Signature {
    /// The name that [`parse`](crate::Operation::parse) takes.
    pub name: &'static str,
    /// The part of the table that it is in.
    pub area: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// The arguments, in the order in which they are checked.
    pub parameters: &'static [Parameter],
    /// The answer.
    pub answer: AnswerType,
}

/// An argument of an operation.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name, in words with `_` between them.
    pub name: &'static str,
    /// Its type.
    pub kind: Type,
}

/// Type of an argument, in the terms of every language.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// True or false.
    Bool,
    /// A whole number.
    Whole,
    /// Text.
    Text,
    /// Bytes.
    Bytes,
    /// Bytes or text.
    Content,
    /// The id of a message; where the language can say it, none for the place before the first.
    Place,
    /// Path of a file.
    Path,
    /// A local store.
    Store,
    /// Bytes that are read piece by piece.
    Source,
    /// A function that is told how far a transfer is.
    Progress,
    /// A function that changes a value.
    Change,
    /// The hash and the time of a message.
    Position,
    /// Topics, each with the hash and the time of a message of it, or with none.
    Follow,
    /// May be left out.
    Optional(&'static Type),
}

/// Shape of an answer; see [`Answer`](crate::Answer).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[expect(missing_docs, reason = "those of `Answer`, and streams of them")]
pub enum AnswerType {
    None,
    Text,
    MaybeText,
    Texts,
    Bytes,
    Number,
    Position,
    Message,
    Page,
    Entry,
    Blob,
    SealedBlob,
    Enabled,
    Login,
    Credentials,
    Keyring,
    MaybeBytes,
    Entries,
    Opened,
    OpenedPage,
    Waiting,
    Sent,
    /// A stream of messages, and of nothing for each ping.
    Live,
    /// A stream of pages of opened messages.
    History,
    /// A stream of pages of entries.
    Changes,
    /// A stream of texts.
    Statuses,
    /// A stream of a length, if it is known, and of bytes. Its end proves them.
    Pieces,
}

/// Names that TypeScript has for arguments, where they are not the same in another spelling.
const RENAMED: &[(&str, &str)] = &[
    ("cap_id", "name"),
    ("from_timestamp", "from"),
    ("msg_type", "type"),
    ("role_name", "role"),
    ("space", "spaceId"),
    ("store", "localStore"),
    ("to_timestamp", "to"),
    ("user_key", "userSymmetricKey"),
];

/// Spells an argument's name as TypeScript does.
pub fn camel(name: &str) -> String {
    if let Some((_, renamed)) = RENAMED.iter().find(|(from, _)| *from == name) {
        return (*renamed).to_owned();
    }
    let mut spelled = String::with_capacity(name.len());
    let mut raise = false;
    for letter in name.chars() {
        match letter {
            '_' => raise = true,
            letter if raise => {
                spelled.push(letter.to_ascii_uppercase());
                raise = false;
            }
            letter => spelled.push(letter),
        }
    }
    spelled
}

#[cfg(test)]
mod tests {
    use super::camel;

    #[test]
    fn an_argument_has_a_name_in_camel_case_or_a_shorter_one() {
        assert_eq!(camel("user_symmetric_key"), "userSymmetricKey");
        assert_eq!(camel("path"), "path");
        assert_eq!(camel("from_timestamp"), "from");
    }
}
