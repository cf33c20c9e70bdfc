//! The members of a space with a policy.

use reeeductio_core::app::Audit;
use reeeductio_core::{ChainError, EncryptionKey, Epoch, JoinRequest, StateEntry, state_entry};
use reeeductio_proto::{History, MemberId, Signature, StatePath, View};

use super::new_epoch::{Carry, Progress};
use super::{PolicyError, PolicySpace};
use crate::error::ClientError;
use crate::platform::{MaybeSend, MaybeSync, random};
use crate::space::SpaceBuilder;

/// The members of a space with a policy. Clones share everything.
#[derive(Clone, Debug)]
pub struct PolicyMembers(pub(super) PolicySpace);

/// A user that is to become a member.
#[derive(Clone, Debug)]
pub struct NewMember {
    /// The user.
    pub user: MemberId,
    /// Its role: `viewer`, `editor`, or another one of the space.
    pub role: String,
    /// Its encryption key and its signature of that, as a [join request](reeeductio_core::JoinRequest) carries them. Neither is secret; the
    /// user makes both, and the program brings them to the member that admits. Without them the user reads nothing before it has
    /// [published](PolicyMembers::publish_key) a key and a member that may has [given](PolicyMembers::give_key) it the newest root.
    pub key: Option<(EncryptionKey, Signature)>,
}

impl NewMember {
    /// The user that asks.
    pub(crate) fn asking(request: &JoinRequest, role: &str) -> Self {
        Self {
            user: request.member(),
            role: role.to_owned(),
            key: Some((request.encryption_key().clone(), *request.key_signature())),
        }
    }
}

impl PolicyMembers {
    /// Lets a user in, in one command: its definition, its role, its encryption key, and the wrap of the newest epoch's root.
    pub async fn admit(&self, new: &NewMember) -> Result<(), ClientError> {
        self.admit_with(new, &[], |_| Ok(())).await
    }

    /// Lets in the user who asks, with a role. A request counts once, and never for somebody who was a member before.
    pub async fn admit_request(
        &self,
        request: &JoinRequest,
        role: &str,
    ) -> Result<(), ClientError> {
        self.admit_asking(request, role, &[]).await
    }

    /// [`admit_request`](Self::admit_request), with further entries.
    pub(crate) async fn admit_asking(
        &self,
        request: &JoinRequest,
        role: &str,
        beside: &[StateEntry],
    ) -> Result<(), ClientError> {
        let check = |view: &View| Ok(request.check(view).map_err(PolicyError::from)?);
        let new = NewMember::asking(request, role);
        self.admit_with(&new, beside, check).await
    }

    /// [`admit`](Self::admit), after a check of the state that it is written to, with further entries.
    pub(crate) async fn admit_with(
        &self,
        new: &NewMember,
        beside: &[StateEntry],
        check: impl Fn(&View) -> Result<(), ClientError> + MaybeSync,
    ) -> Result<(), ClientError> {
        let space = &self.0;
        let issuer = space.member();
        let admission = |view: &View, epoch: Option<&Epoch>| {
            check(view)?;
            let mut entries = vec![
                state_entry::user(new.user, None)?,
                state_entry::role_grant(new.user, &new.role, None)?,
            ];
            // Its key may be there from an earlier membership.
            let known = published(view, &new.user);
            let is_newer = |key: &EncryptionKey| {
                let known = known.as_ref();
                known.is_none_or(|known| known.generation() < key.generation())
            };
            let given = new.key.as_ref().filter(|(key, _)| is_newer(key));
            if let Some((key, signature)) = given {
                let key = key.to_published();
                entries.push(state_entry::encryption_key(new.user, &key, signature)?);
            }
            let key = given.map(|(key, _)| key).or(known.as_ref());
            if let (Some(epoch), Some(key)) = (epoch, key) {
                entries.push(wrap(epoch, key, new.user, issuer)?);
            }
            entries.extend_from_slice(beside);
            Ok(entries)
        };
        space.write(admission).await?;
        Ok(())
    }

    /// Publishes the member's own encryption key, unless it is there.
    pub async fn publish_key(&self) -> Result<(), ClientError> {
        let space = &self.0;
        space.follow_state().await?;
        let member = space.member();
        if space.with_view(|view| view.encryption_key(&member).is_some()) {
            return Ok(());
        }
        let entry = space.key_entry(0)?;
        match space.write(|_, _| Ok(vec![entry.clone()])).await {
            Err(error) if error.refusal().is_some() => {
                // Another device of the member may have published it meanwhile.
                space.follow_state().await?;
                let is_there = space.with_view(|view| view.encryption_key(&member).is_some());
                if is_there { Ok(()) } else { Err(error) }
            }
            other => other.map(drop),
        }
    }

    /// Gives a member that has published its key the root of the newest epoch.
    pub async fn give_key(&self, member: MemberId) -> Result<(), ClientError> {
        let space = &self.0;
        let issuer = space.member();
        let given = |view: &View, epoch: Option<&Epoch>| {
            let newest = view.newest_epoch().map(|newest| newest.entry.number);
            let epoch = epoch.ok_or(PolicyError::KeyMissing {
                epoch: newest.unwrap_or_default(),
            })?;
            let key = published(view, &member).ok_or_else(|| {
                let problem = "has published no encryption key; it must do so first";
                ClientError::argument("member", problem)
            })?;
            Ok(vec![wrap(epoch, &key, member, issuer)?])
        };
        space.write(given).await?;
        Ok(())
    }

    /// Removes a member and begins an epoch that it has no part in, in one command. Members that have read the command write
    /// nothing that it can read. One that was removed before, or has left, is no error: an answer may have been lost.
    pub async fn remove(&self, member: MemberId) -> Result<(), ClientError> {
        self.remove_telling(member, |_, _| {}).await
    }

    /// [`remove`](Self::remove), telling for how many members the new root was wrapped, and for how many it will be. The work is
    /// done beside the other tasks, where there are threads.
    pub async fn remove_telling(
        &self,
        member: MemberId,
        progress: impl Fn(usize, usize) + MaybeSend + MaybeSync + 'static,
    ) -> Result<(), ClientError> {
        let space = &self.0;
        space.follow_state().await?;
        if !self.check_removal(&member)? {
            return Ok(());
        }
        let removal = removal(member)?;
        let progress: Progress = std::sync::Arc::new(progress);
        let entries = |view: &View| view.knows(&member).then(|| vec![removal.clone()]);
        space
            .write_with_epoch(entries, Carry::Root, Some(progress))
            .await
    }

    /// Begins an epoch although the root of the one before is missing, in a space with static history: somebody has begun that one and
    /// gives its root to nobody, so that nobody else can carry it over. `remove` is removed in the same command. For the owner alone.
    ///
    /// **Those who join later read nothing from before**; all others keep what they have. Another member may have the root: if it calls
    /// [`rotate`](Self::rotate) nothing is lost, so ask for that first. Where the root is at hand after all, this is
    /// [`remove`](Self::remove), or refused if there is nobody to remove.
    pub async fn cut_history(&self, remove: Option<MemberId>) -> Result<(), ClientError> {
        let refuse = |problem| Err(ClientError::argument("history", problem));
        let space = &self.0;
        if !space.is_owner() {
            return refuse("is cut by the owner alone");
        }
        space.follow_state().await?;
        let policy = space.with_view(|view| view.policy().map(|policy| policy.history));
        if policy != Some(History::Static) {
            return refuse("is never carried over in this space; use `rotate` or `remove`");
        }
        let removal = match remove {
            Some(member) if self.check_removal(&member)? => Some((member, removal(member)?)),
            _ => None,
        };
        if space.finds_newest_root().await? {
            return match remove {
                Some(member) => self.remove(member).await,
                None => refuse("need not be cut: the root of the newest epoch is at hand"),
            };
        }
        let entries = |view: &View| {
            let removal = removal.iter().filter(|(member, _)| view.knows(member));
            Some(removal.map(|(_, entry)| entry.clone()).collect())
        };
        space.write_with_epoch(entries, Carry::Nothing, None).await
    }

    /// Returns whether there is something to remove; an error for somebody who never was a member.
    fn check_removal(&self, member: &MemberId) -> Result<bool, ClientError> {
        let refuse = |problem| Err(ClientError::argument("member", problem));
        let path = state_entry::member_path(*member)?;
        self.0.with(|known| {
            let view = known.state.view();
            if view.space().is_owned_by(member) {
                return refuse("is the owner of the space, which is never removed");
            }
            if view.link(member).is_some() {
                return refuse("is an invite link; `links().revoke` ends it");
            }
            if known.state.entry(&path).is_none() {
                return refuse("is no member of this space and never was");
            }
            Ok(view.knows(member))
        })
    }

    /// Removes the member itself. Others begin an epoch before they write again.
    pub async fn leave(&self) -> Result<(), ClientError> {
        let leave = state_entry::leave(self.0.member())?;
        self.0.write_last(leave).await
    }

    /// Begins an epoch, for a member that may. If another one begins at the same time, that one is used.
    pub async fn rotate(&self) -> Result<(), ClientError> {
        self.rotate_telling(|_, _| {}).await
    }

    /// [`rotate`](Self::rotate), telling for how many members the root was wrapped, and for how many it will be.
    pub async fn rotate_telling(
        &self,
        progress: impl Fn(usize, usize) + MaybeSend + MaybeSync + 'static,
    ) -> Result<(), ClientError> {
        let progress: Progress = std::sync::Arc::new(progress);
        self.0.follow_state().await?;
        self.0.begin_epoch(Some(progress)).await
    }

    /// The members, without the owner, sorted by their ids.
    pub async fn list(&self) -> Result<Vec<MemberId>, ClientError> {
        self.0.follow_state().await?;
        let now = self.0.server_time();
        let mut members: Vec<MemberId> = self.0.with_view(|view| {
            let members = view.members().filter(|member| view.is_member(member, now));
            members.copied().collect()
        });
        members.sort_unstable_by_key(MemberId::to_bytes);
        Ok(members)
    }
}

impl PolicySpace {
    /// Reads the state anew, and judges the admissions of a channel's keeper.
    pub(crate) async fn audit(&self) -> Result<Audit, ClientError> {
        let builder = SpaceBuilder::beside(self.base(), self.base().base_url()).without_store();
        let fresh = Self::at(builder, self.id(), self.member(), self.identity().clone()).await?;
        fresh.with(|known| known.audit = Some(Audit::default()));
        fresh.follow_state().await?;
        // A server that shows less, or something else, than it has shown before.
        let head = self.with(|known| known.state.head());
        if let Some(head) = head
            && !fresh.with(|known| known.state.contains(&head.hash))
        {
            return Err(ChainError::NotInChain(head.hash).into());
        }
        Ok(fresh.with(|known| known.audit.take()).unwrap_or_default())
    }

    /// Returns whether nobody has given a member the newest root: it published its key after the epoch began.
    pub(crate) fn lacks_newest_root(&self, member: &MemberId) -> Result<bool, ClientError> {
        let path = |text: String| {
            StatePath::parse(&text).map_err(|error| ClientError::argument("member", error))
        };
        let key = path(format!("auth/keys/{member}"))?;
        Ok(self
            .with(|known| {
                let state = &known.state;
                let newest = state.view().newest_epoch()?;
                let wrap = path(format!("keyring/{}/{member}", newest.entry.number)).ok()?;
                let published = state.entry(&key)?;
                let is_later = published.timestamp > newest.position.timestamp;
                Some(is_later && state.entry(&wrap).is_none())
            })
            .unwrap_or(false))
    }

    /// The newest epoch with its root, if that is at hand.
    pub(crate) fn newest_root(&self) -> Option<Epoch> {
        self.with(|known| {
            let newest = known.state.view().newest_epoch()?.entry.number;
            let root = known.roots.get(newest)?;
            known.has_root(newest).then(|| root.clone())
        })
    }
}

/// The encryption key that a member has published, if it can be used.
fn published(view: &View, member: &MemberId) -> Option<EncryptionKey> {
    EncryptionKey::published(view.encryption_key(member)?)
}

/// The entry with the wrap of an epoch's root for a member.
pub(crate) fn wrap(
    epoch: &Epoch,
    key: &EncryptionKey,
    member: MemberId,
    issuer: MemberId,
) -> Result<StateEntry, ClientError> {
    let wrap = key.wrap(epoch, &member, &issuer, &random()?);
    let wrap = wrap.ok_or_else(|| ClientError::argument("key", "cannot be used"))?;
    Ok(state_entry::wrap(epoch.number(), member, &wrap)?)
}

/// The removal of a member's definition.
pub(super) fn removal(member: MemberId) -> Result<StateEntry, ClientError> {
    Ok(StateEntry {
        path: state_entry::member_path(member)?,
        value: String::new(),
    })
}
