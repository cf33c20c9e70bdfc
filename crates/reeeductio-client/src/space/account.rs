//! An account: the spaces that a member opens with one password.

use reeeductio_core::ChainError;
use reeeductio_core::{Key, NONCE_LENGTH, open_in, seal_in, user_data_key};
use reeeductio_proto::{DataPath, SpaceId, encoding, opaque};
use zeroize::Zeroizing;

use super::content::Content;
use super::{Space, SpaceBuilder};
use crate::credentials::{Credentials, Unreadable};
use crate::error::ClientError;
use crate::platform::random;

/// The form of the list that this release writes and reads.
const VERSION: u8 = 1;
/// Most spaces of an account.
const MAX_SPACES: usize = 200;
/// Attempts to write a change that another device does not overwrite.
const ATTEMPTS: u32 = 8;
/// First bytes of the context that a list is sealed for.
const CONTEXT: &[u8] = b"reeeductio account\0";

/// The spaces that a member opens with one password, besides its home space, in which the password is registered.
///
/// Their credentials are a data entry of the home space, `user/{member}/reeeductio/account`, sealed under the user's own key. The server
/// sees that there is an account, how large it is and when it changes. Clones share everything.
#[derive(Clone, Debug)]
pub struct Account {
    home: Space,
    user_key: Key,
}

impl Space {
    /// The account whose home this space is. The handle must have the user's own key, as after a login by password and after
    /// joining by a link. The member needs the right to keep it: [`Passwords::allow`](crate::Passwords::allow).
    pub fn account(&self) -> Result<Account, ClientError> {
        let user_key = self.inner.user_key.clone().ok_or_else(|| {
            ClientError::argument(
                "user_key",
                "is needed: open the space with the user's own key",
            )
        })?;
        Ok(Account {
            home: self.clone(),
            user_key,
        })
    }
}

impl Account {
    /// The home space.
    pub fn home(&self) -> &Space {
        &self.home
    }

    /// The credentials for all spaces of the account, without the home space.
    pub async fn spaces(&self) -> Result<Vec<Credentials>, ClientError> {
        let entry = match self.home.data().entry(&self.path()?).await {
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            other => other?,
        };
        // Others may be allowed to write there. Of what is sealed they could only put back what was there before.
        if entry.signed_by.public_key() != self.home.member().public_key() {
            return Err(ChainError::Unauthorized {
                what: "the account, which only its own member writes, and which may be deleted to begin anew,"
                    .to_owned(),
                sender: entry.signed_by,
            }
            .into());
        }
        let sealed =
            encoding::decode(&entry.data).map_err(|error| ClientError::answer("data", error))?;
        if sealed.is_empty() {
            return Ok(Vec::new());
        }
        let list = Zeroizing::new(open_in(&self.context(), &self.key(), &sealed)?);
        read(&list)
    }

    /// Adds credentials, in the place of those for the same space. Credentials of a join that was cut short are refused.
    ///
    /// When two devices change the account in the same moment, each reads its change back and makes it again if it is lost. If the
    /// other device's write is still on its way then, that write decides: call this again if the space is missing later.
    pub async fn remember(&self, credentials: &Credentials) -> Result<(), ClientError> {
        if !credentials.is_joined() {
            return Err(ClientError::argument(
                "credentials",
                "are of a join that was cut short; complete it with reopen",
            ));
        }
        if credentials.space == self.home.id() {
            return Err(ClientError::argument(
                "credentials",
                "are for the home space",
            ));
        }
        self.change(credentials.space, Some(credentials)).await
    }

    /// Removes the credentials for a space. Where there are none it does nothing.
    pub async fn forget(&self, space: &SpaceId) -> Result<(), ClientError> {
        self.change(*space, None).await
    }

    /// Opens a space of the account, over the network of the home space and with its local store.
    pub async fn open(&self, space: &SpaceId) -> Result<Space, ClientError> {
        let spaces = self.spaces().await?;
        let credentials = spaces.iter().find(|found| found.space == *space);
        let credentials =
            credentials.ok_or_else(|| ClientError::argument("space", "is not in the account"))?;
        let builder = SpaceBuilder::beside(&self.home, &credentials.base_url);
        credentials.open(builder)
    }

    /// Puts `wanted` in the place of the credentials for `space`.
    async fn change(
        &self,
        space: SpaceId,
        wanted: Option<&Credentials>,
    ) -> Result<(), ClientError> {
        let wanted = wanted.map(Credentials::to_bytes).transpose()?;
        let _turn = self.home.inner.account_turn.lock().await;
        for _attempt in 0..ATTEMPTS {
            let mut spaces = self.spaces().await?;
            let present = spaces.iter().find(|found| found.space == space);
            let present = present.map(Credentials::to_bytes).transpose()?;
            if present == wanted {
                return Ok(());
            }
            spaces.retain(|found| found.space != space);
            let mut list = write(&spaces)?;
            if let Some(wanted) = &wanted {
                if spaces.len() >= MAX_SPACES {
                    let error = format!("has {MAX_SPACES} spaces already, which is the most");
                    return Err(ClientError::argument("account", error));
                }
                push(&mut list, &space, wanted);
            }
            let sealed = seal_in(
                &self.context(),
                &self.key(),
                random::<NONCE_LENGTH>()?,
                &list,
            )?;
            let content = Content::Plain(&sealed);
            self.home.data().set(&self.path()?, content).await?;
        }
        Err(ClientError::argument(
            "account",
            "another device changes it all the time; try again",
        ))
    }

    fn path(&self) -> Result<DataPath, ClientError> {
        let path = format!("user/{}/{}", self.home.member(), opaque::ACCOUNT);
        DataPath::parse(&path).map_err(|error| ClientError::argument("path", error))
    }

    fn key(&self) -> Key {
        user_data_key(&self.user_key, &self.home.id())
    }

    fn context(&self) -> Vec<u8> {
        let mut context = CONTEXT.to_vec();
        context.extend_from_slice(self.home.id().as_bytes());
        context.extend_from_slice(&self.home.member().to_bytes());
        context
    }
}

/// The version, then for each space its public key, the length of the credentials (2 bytes, big-endian) and the credentials.
fn write(spaces: &[Credentials]) -> Result<Zeroizing<Vec<u8>>, ClientError> {
    let mut list = Zeroizing::new(vec![VERSION]);
    for credentials in spaces {
        push(&mut list, &credentials.space, &credentials.to_bytes()?);
    }
    Ok(list)
}

fn push(list: &mut Zeroizing<Vec<u8>>, space: &SpaceId, credentials: &[u8]) {
    // Growing leaves a copy of the old bytes behind, so the room is made first and the old bytes are wiped.
    let mut grown = Zeroizing::new(Vec::with_capacity(list.len() + 34 + credentials.len()));
    grown.extend_from_slice(list);
    grown.extend_from_slice(space.as_bytes());
    let length = u16::try_from(credentials.len()).unwrap_or(u16::MAX);
    grown.extend_from_slice(&length.to_be_bytes());
    grown.extend_from_slice(credentials);
    *list = grown;
}

fn read(list: &[u8]) -> Result<Vec<Credentials>, ClientError> {
    let mut rest = match list.split_first() {
        Some((&VERSION, rest)) => rest,
        Some((version, _)) if *version > VERSION => return Err(newer()),
        _ => return Err(unreadable("cannot be read")),
    };
    let mut spaces: Vec<Credentials> = Vec::new();
    while !rest.is_empty() {
        let (space, bytes, left) = split(rest).ok_or_else(|| unreadable("cannot be read"))?;
        let credentials = Credentials::from_bytes(space, bytes).map_err(|error| match error {
            Unreadable::Damaged => unreadable("cannot be read"),
            Unreadable::Newer => newer(),
        })?;
        spaces.push(credentials);
        rest = left;
    }
    Ok(spaces)
}

fn split(list: &[u8]) -> Option<(SpaceId, &[u8], &[u8])> {
    let (space, rest) = list.split_first_chunk::<32>()?;
    let (length, rest) = rest.split_first_chunk::<2>()?;
    let (bytes, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
    Some((SpaceId::from_public_key(*space), bytes, rest))
}

fn unreadable(what: &str) -> ClientError {
    ClientError::answer("account", what)
}

fn newer() -> ClientError {
    ClientError::argument("account", "was written by a newer release; use that")
}
