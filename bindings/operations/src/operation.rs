//! The table of operations, and running them.

mod account;
mod admin;
mod blobs;
mod connection;
mod data;
mod entrance;
#[cfg(not(target_arch = "wasm32"))]
mod files;
mod invitations;
mod members;
mod messages;
mod outbox;
mod passwords;
mod session;
mod state;
mod table;
mod topics;
mod values;

use std::fmt;
use std::sync::Arc;

use reeeductio_client::{AdminClient, ClientError, Space, Transport};

use crate::answer::Answer;
use crate::signature::{AnswerType, Signature};
use crate::value::Arguments;
use table::operations;

/// An operation on a space, its arguments checked.
pub struct Operation(Area);

/// The parts of the table, each in a file of its own.
enum Area {
    Blobs(blobs::Operation),
    Data(data::Operation),
    #[cfg(not(target_arch = "wasm32"))]
    Files(files::Operation),
    Members(members::Operation),
    Messages(messages::Operation),
    Passwords(passwords::Operation),
    Session(session::Operation),
    State(state::Operation),
    Values(values::Operation),
    Invitations(invitations::Operation),
    Account(account::Operation),
    Topics(topics::Operation),
    Outbox(outbox::Operation),
    Connection(connection::Operation),
}

impl Operation {
    /// The operation of a name, with its arguments. An error names the field.
    pub fn parse(name: &str, arguments: &mut dyn Arguments) -> Result<Self, ClientError> {
        macro_rules! first {
            ($($area:ident: $module:ident),* $(,)?) => {
                $(if let Some(found) = $module::Operation::parse(name, arguments).map_err(|error| *error)? {
                    return Ok(Self(Area::$area(found)));
                })*
            };
        }
        first!(
            Messages: messages,
            State: state,
            Data: data,
            Session: session,
            Members: members,
            Blobs: blobs,
            Values: values,
            Passwords: passwords,
            Invitations: invitations,
            Account: account,
            Topics: topics,
            Outbox: outbox,
            Connection: connection,
        );
        #[cfg(not(target_arch = "wasm32"))]
        first!(Files: files);
        Err(unknown(name))
    }

    /// The table.
    pub fn signatures() -> impl Iterator<Item = &'static Signature> {
        [
            session::Operation::SIGNATURES,
            messages::Operation::SIGNATURES,
            state::Operation::SIGNATURES,
            data::Operation::SIGNATURES,
            blobs::Operation::SIGNATURES,
            #[cfg(not(target_arch = "wasm32"))]
            files::Operation::SIGNATURES,
            members::Operation::SIGNATURES,
            invitations::Operation::SIGNATURES,
            values::Operation::SIGNATURES,
            passwords::Operation::SIGNATURES,
            account::Operation::SIGNATURES,
            topics::Operation::SIGNATURES,
            outbox::Operation::SIGNATURES,
            connection::Operation::SIGNATURES,
        ]
        .into_iter()
        .flatten()
    }
}

impl fmt::Debug for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Arguments may be secret.
        f.write_str("Operation")
    }
}

/// Runs an operation on a space.
pub async fn dispatch(space: &Space, operation: Operation) -> Result<Answer, ClientError> {
    let answer = match operation.0 {
        Area::Blobs(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Data(operation) => checked(operation.answer(), operation.run(space).await),
        #[cfg(not(target_arch = "wasm32"))]
        Area::Files(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Members(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Messages(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Passwords(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Session(operation) => checked(operation.answer(), operation.run(space).await),
        Area::State(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Values(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Invitations(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Account(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Topics(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Outbox(operation) => checked(operation.answer(), operation.run(space).await),
        Area::Connection(operation) => checked(operation.answer(), operation.run(space).await),
    };
    answer.map_err(named)
}

/// Packages call the user's own key by its whole name.
fn named(error: ClientError) -> ClientError {
    match error {
        ClientError::Argument {
            field: "user_key",
            message,
        } => ClientError::Argument {
            field: "user_symmetric_key",
            message,
        },
        other => other,
    }
}

/// Holds an answer against its declaration, from which the stubs are written.
fn checked(
    declared: AnswerType,
    answer: Result<Answer, ClientError>,
) -> Result<Answer, ClientError> {
    if let Ok(answer) = &answer {
        debug_assert_eq!(answer.kind(), declared, "the stubs say otherwise");
    }
    answer
}

/// An operation of somebody who has no handle on a space yet.
pub struct Entrance(entrance::Operation);

impl Entrance {
    /// The operation of a name, with its arguments. An error names the field.
    pub fn parse(name: &str, arguments: &mut dyn Arguments) -> Result<Self, ClientError> {
        entrance::Operation::parse(name, arguments)
            .map_err(|error| *error)?
            .map(Self)
            .ok_or_else(|| unknown(name))
    }

    /// The table.
    pub fn signatures() -> impl Iterator<Item = &'static Signature> {
        entrance::Operation::SIGNATURES.iter()
    }
}

impl fmt::Debug for Entrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entrance")
    }
}

/// Runs an operation of somebody who has no handle yet.
pub async fn enter(
    transport: Arc<dyn Transport>,
    operation: Entrance,
) -> Result<Answer, ClientError> {
    checked(operation.0.answer(), operation.0.run(transport).await)
}

/// An operation on a server, by its administrator.
pub struct AdminOperation(admin::Operation);

impl AdminOperation {
    /// The operation of a name, with its arguments. An error names the field.
    pub fn parse(name: &str, arguments: &mut dyn Arguments) -> Result<Self, ClientError> {
        admin::Operation::parse(name, arguments)
            .map_err(|error| *error)?
            .map(Self)
            .ok_or_else(|| unknown(name))
    }

    /// The table.
    pub fn signatures() -> impl Iterator<Item = &'static Signature> {
        admin::Operation::SIGNATURES.iter()
    }
}

impl fmt::Debug for AdminOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AdminOperation")
    }
}

/// Runs an operation of an administrator.
pub async fn administer(
    client: &AdminClient,
    operation: AdminOperation,
) -> Result<Answer, ClientError> {
    checked(operation.0.answer(), operation.0.run(client).await)
}

fn unknown(name: &str) -> ClientError {
    ClientError::Argument {
        field: "operation",
        message: format!("{name} is none"),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::value::Value;

    /// Arguments that are of no type that an operation takes.
    struct Wrong;

    impl Arguments for Wrong {
        fn take(&mut self, _field: &'static str) -> Result<Value, ClientError> {
            Ok(Value::Other)
        }
    }

    #[test]
    fn no_two_operations_have_one_name() {
        let mut names = HashSet::new();
        for signature in Operation::signatures() {
            assert!(names.insert(signature.name), "{}", signature.name);
        }
    }

    #[test]
    fn a_wrong_argument_is_named_whatever_the_operation() {
        for signature in Operation::signatures() {
            let parsed = Operation::parse(signature.name, &mut Wrong);
            match signature.parameters.first() {
                None => assert!(parsed.is_ok(), "{}", signature.name),
                Some(first) => {
                    let refused = parsed.expect_err(signature.name);
                    assert_eq!(refused.code_text(), "client.argument", "{refused}");
                    assert!(refused.to_string().starts_with(first.name), "{refused}");
                }
            }
        }
    }

    #[test]
    fn an_operation_that_is_not_in_the_table_is_refused() {
        let refused = Operation::parse("Nothing", &mut Wrong).expect_err("there is none");
        assert_eq!(refused.to_string(), "operation: Nothing is none");
    }
}
