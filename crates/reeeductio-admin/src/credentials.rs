//! Credentials of the acting member, from the places that can hold them.

pub(crate) mod file;

use std::fmt::Display;
use std::path::PathBuf;

use reeeductio_client::{Identity, Key};
use reeeductio_proto::{MemberId, SpaceId};

use crate::environment;
use crate::failure::Failure;
use crate::secret::Secret;

/// Where something was said.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Origin {
    CommandLine,
    Environment,
    File(PathBuf),
    Prompt,
}

/// Values from one place.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) origin: Origin,
    pub(crate) private_key: Option<Secret>,
    pub(crate) symmetric_root: Option<Secret>,
    pub(crate) space_id: Option<String>,
    pub(crate) member_id: Option<String>,
    pub(crate) base_url: Option<String>,
}

/// The acting member, its keys and its space.
#[derive(Clone, Debug)]
pub(crate) struct Credentials {
    pub(crate) identity: Identity,
    pub(crate) symmetric_root: Option<Key>,
    pub(crate) space: SpaceId,
    pub(crate) member: MemberId,
    /// Where the key comes from.
    pub(crate) origin: Origin,
}

/// The things that a place can say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Field {
    PrivateKey,
    SymmetricRoot,
    SpaceId,
    MemberId,
}

impl Source {
    /// A place that says nothing.
    pub(crate) fn empty(origin: Origin) -> Self {
        Self {
            origin,
            private_key: None,
            symmetric_root: None,
            space_id: None,
            member_id: None,
            base_url: None,
        }
    }
}

impl Origin {
    /// Returns the name of a field there.
    pub(crate) fn name(&self, field: Field) -> String {
        let names = match field {
            Field::PrivateKey => ["--private-key", environment::PRIVATE_KEY, "private_key_hex"],
            Field::SymmetricRoot => [
                "--symmetric-root",
                environment::SYMMETRIC_ROOT,
                "symmetric_root_hex",
            ],
            Field::SpaceId => ["--space-id", environment::SPACE_ID, "space_id"],
            Field::MemberId => ["--member-id", environment::MEMBER_ID, "user_id"],
        };
        let [option, variable, key] = names;
        match self {
            Self::CommandLine => option.to_owned(),
            Self::Environment => variable.to_owned(),
            Self::File(path) => format!("{key} in {}", path.display()),
            Self::Prompt => "what was typed".to_owned(),
        }
    }

    fn wrong(&self, field: Field, problem: impl Display) -> Failure {
        let name = self.name(field);
        Failure::usage(
            &name,
            format!("is wrong: {problem}"),
            format!("correct {name}"),
        )
    }
}

impl Credentials {
    /// Chooses the credentials from the places, the most explicit one first; `ask` gives the key if none does.
    ///
    /// The space and the member must fit the key. So they are not taken from a place that comes after the
    /// one the key is from: it speaks of another key.
    pub(crate) fn choose(
        sources: &[Source],
        ask: impl FnOnce() -> Result<Secret, Failure>,
    ) -> Result<Self, Failure> {
        let at = sources
            .iter()
            .position(|source| source.private_key.is_some());
        let fitting = sources
            .get(..=at.unwrap_or(usize::MAX - 1))
            .unwrap_or(sources);
        let find = |field: Field| {
            fitting.iter().find_map(|source| {
                let text = match field {
                    Field::SpaceId => source.space_id.as_ref(),
                    _ => source.member_id.as_ref(),
                };
                text.map(|text| (&source.origin, text))
            })
        };
        let (origin, key) = match fitting.last().map(|source| (source, &source.private_key)) {
            Some((source, Some(key))) => (source.origin.clone(), key.clone()),
            _ => (Origin::Prompt, ask()?),
        };
        let identity = key
            .identity()
            .map_err(|error| origin.wrong(Field::PrivateKey, error))?;
        let space = match find(Field::SpaceId) {
            Some((origin, text)) => {
                SpaceId::parse(text).map_err(|error| origin.wrong(Field::SpaceId, error))?
            }
            None => identity.space_id(),
        };
        let member = match find(Field::MemberId) {
            Some((origin, text)) => {
                member(text, &identity).map_err(|problem| origin.wrong(Field::MemberId, problem))?
            }
            None => identity.user_id(),
        };
        let root = fitting.iter().find_map(|source| {
            source
                .symmetric_root
                .as_ref()
                .map(|root| (&source.origin, root))
        });
        let symmetric_root = root
            .map(|(origin, root)| {
                root.key()
                    .map_err(|error| origin.wrong(Field::SymmetricRoot, error))
            })
            .transpose()?;
        Ok(Self {
            identity,
            symmetric_root,
            space,
            member,
            origin,
        })
    }
}

fn member(text: &str, identity: &Identity) -> Result<MemberId, String> {
    let member = MemberId::parse(text).map_err(|error| error.to_string())?;
    if *member.public_key() == identity.public_key() {
        Ok(member)
    } else {
        Err(format!(
            "{member} is not an id of the private key, whose user id is {}",
            identity.user_id()
        ))
    }
}

#[cfg(test)]
mod tests;
