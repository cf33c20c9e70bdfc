//! Judging sealed messages beyond the right to append them: their epoch, the authority they name, and the message they change
//! (spec/protocol.md, "What the server accepts").

use std::sync::Arc;

use reeeductio_backend::{Payload, Revised, Revision};
use reeeductio_proto::{
    ChainId, EpochEntry, ErrorCode, Lane, Message, MessageId, Operation, Policy, SealedHeader,
    StatePath, Target, TargetChange, TopicId, View, encoding,
};

use crate::caller::SpaceMember;
use crate::draft::Sealed;
use crate::engine::Engine;
use crate::messages::topic_action;
use crate::refusal::Refusal;

/// Authority of a message that names none.
const NOTHING: [u8; 32] = [0; 32];

impl Engine {
    /// Judges a sealed message by the view as it is now, but for the right to append it. Returns what it changes.
    pub(crate) async fn admit_sealed(
        &self,
        caller: &SpaceMember,
        message: &Message,
        sealed: &Sealed,
    ) -> Result<Option<Revision>, Refusal> {
        let judged = self.judge_sealed(caller, message, sealed).await;
        let may_be_behind = matches!(
            judged.as_ref().map_err(Refusal::code),
            Err(ErrorCode::EpochSuperseded | ErrorCode::AuthorityUnknown)
        );
        if !may_be_behind || !self.records.is_shared() {
            return judged;
        }
        // Another server may have stored the epoch, or the authority, that this one has not read yet.
        caller.space.catch_up().await?;
        self.judge_sealed(caller, message, sealed).await
    }

    async fn judge_sealed(
        &self,
        caller: &SpaceMember,
        message: &Message,
        sealed: &Sealed,
    ) -> Result<Option<Revision>, Refusal> {
        let header = &sealed.header;
        check_epoch(&caller.space.authority().await?.view, header)?;
        if message.topic_id.is_state() {
            self.check_state_authority(caller, header).await?;
            return Ok(None);
        }
        self.check_authority(caller, message, header).await?;
        match &header.target {
            None => Ok(None),
            Some(target) => {
                let topic = &message.topic_id;
                self.check_target(caller, topic, target).await?;
                Ok(Some(Revision {
                    target: MessageId::from_hash(target.message),
                    number: target.revision,
                    deletes: target.change == TargetChange::Delete,
                }))
            }
        }
    }

    /// The authority that a message of a lane names is known, and not older than that of the lane's entry before.
    async fn check_authority(
        &self,
        caller: &SpaceMember,
        message: &Message,
        header: &SealedHeader,
    ) -> Result<(), Refusal> {
        let before = match message.prev_hash {
            None => NOTHING,
            Some(prev_hash) => {
                let lane = Lane {
                    member: message.sender,
                    id: header.lane,
                };
                let chain = ChainId {
                    topic: message.topic_id.clone(),
                    lane: Some(lane),
                };
                self.authority_of(caller, &chain, prev_hash).await?
            }
        };
        let authority = caller.space.authority().await?;
        let time = |digest: &[u8; 32]| match *digest {
            NOTHING => Some(i64::MIN),
            _ => authority.view.authority_time(digest),
        };
        let named = time(&header.authority).ok_or_else(|| {
            Refusal::field(
                ErrorCode::AuthorityUnknown,
                "data",
                "authority: no message of `state` below `auth/` has this id. Read the state, and seal the message again.",
            )
        })?;
        if header.authority != before && time(&before).is_some_and(|before| named < before) {
            return Err(Refusal::field(
                ErrorCode::AuthorityOlder,
                "data",
                "authority: is before the one that the lane's last message names. Read the state, and seal the message again.",
            ));
        }
        Ok(())
    }

    /// The authority that a stored message names. One that is not there names none: the store will find that it is not the head.
    async fn authority_of(
        &self,
        caller: &SpaceMember,
        chain: &ChainId,
        hash: MessageId,
    ) -> Result<[u8; 32], Refusal> {
        if let Some(known) = caller.space.heads().authority_of(chain, &hash) {
            return Ok(known);
        }
        let space = caller.space_id();
        let found = self.records.message(space, &chain.topic, hash).await?;
        let header = found.as_deref().and_then(read_header);
        Ok(header.map_or(NOTHING, |header| header.authority))
    }

    /// A sealed value of the state may name any message of the state.
    pub(crate) async fn check_state_authority(
        &self,
        caller: &SpaceMember,
        header: &SealedHeader,
    ) -> Result<(), Refusal> {
        if header.authority == NOTHING {
            return Ok(());
        }
        let named = MessageId::from_hash(header.authority);
        let state = TopicId::state();
        let found = self.records.message(caller.space_id(), &state, named);
        found.await?.map(drop).ok_or_else(|| {
            Refusal::field(
                ErrorCode::AuthorityUnknown,
                "data",
                "authority: no message of `state` has this id. Read the state, and seal the value again.",
            )
        })
    }

    /// The sender may change the message that this one names.
    async fn check_target(
        &self,
        caller: &SpaceMember,
        topic: &TopicId,
        target: &Target,
    ) -> Result<(), Refusal> {
        let is_mutable = {
            let authority = caller.space.authority().await?;
            authority.view.settings().mutable
        };
        if !is_mutable {
            return Err(Refusal::new(
                ErrorCode::PermissionDenied,
                "Messages of this space are not changed: its owner has not set `mutable` in space/settings.",
            ));
        }
        let id = MessageId::from_hash(target.message);
        let found = self.records.message(caller.space_id(), topic, id).await?;
        let changed = found.ok_or_else(|| {
            Refusal::field(
                ErrorCode::MessageNotFound,
                "data",
                format!("target: there is no message {id} in topic {topic}."),
            )
        })?;
        if read_header(&changed).is_none_or(|header| header.target.is_some()) {
            return Err(Refusal::field(
                ErrorCode::FormatMalformed,
                "data",
                "target: is itself an edit or a delete. Name the message that it changes.",
            ));
        }
        if changed.sender == caller.id {
            return Ok(());
        }
        let op = match target.change {
            TargetChange::Edit => Operation::Modify,
            TargetChange::Delete => Operation::Delete,
        };
        self.authorize(caller, &topic_action(op, topic)).await
    }

    /// The blobs that a keyring entry names are there, for its recipients to read.
    pub(crate) async fn check_shards(
        &self,
        caller: &SpaceMember,
        path: &StatePath,
        data: &str,
    ) -> Result<(), Refusal> {
        let number = path.as_str().strip_prefix("keyring/");
        if number.is_none_or(|number| number.contains('/')) {
            return Ok(());
        }
        for shard in EpochEntry::read(data)?.shards {
            let blob = shard.blob;
            if self.records.blob(caller.space_id(), blob).await?.is_none() {
                return Err(Refusal::field(
                    ErrorCode::KeyringShardMissing,
                    "shards",
                    format!("blob {blob} is not stored in this space. Upload it first."),
                ));
            }
        }
        Ok(())
    }
}

/// The admin space stays one of the base protocol: the published clients administer it.
pub(crate) fn check_policy(caller: &SpaceMember, path: &StatePath) -> Result<(), Refusal> {
    if path.as_str() == Policy::PATH && caller.space.is_admin() {
        return Err(Refusal::field(
            ErrorCode::SpacePolicyFixed,
            "path",
            "The admin space has no policy. Make another space.",
        ));
    }
    Ok(())
}

/// The epoch and key are those of the newest epoch.
pub(crate) fn check_epoch(view: &View, header: &SealedHeader) -> Result<(), Refusal> {
    let newest = view.newest_epoch();
    if newest.is_some_and(|newest| {
        (newest.entry.number, newest.entry.key_id()) == (header.epoch, header.key_id)
    }) {
        return Ok(());
    }
    let fix = match newest {
        None => "The space has no epoch yet. Write keyring/0 first.".to_owned(),
        Some(newest) => format!(
            "The newest epoch is {}. Seal the message again under it.",
            newest.entry.number
        ),
    };
    Err(Refusal::field(
        ErrorCode::EpochSuperseded,
        "data",
        format!(
            "epoch: {} with this key id is not the newest. {fix}",
            header.epoch
        ),
    ))
}

/// The signed part of a message in sealed format 1, `None` of any other.
pub(crate) fn read_header(message: &Message) -> Option<SealedHeader> {
    let data = encoding::decode(&message.data).ok()?;
    SealedHeader::parse(&data).ok()
}

impl From<&Sealed> for Payload {
    fn from(sealed: &Sealed) -> Self {
        Self {
            bytes: Arc::clone(&sealed.payload),
            // Later than there is time for: never.
            expires: sealed.header.expires.and_then(|at| i64::try_from(at).ok()),
        }
    }
}

pub(crate) fn revision_moved(newest: Option<Revised>) -> Refusal {
    let now = match newest {
        None => "It was not changed before: its first revision is 1.".to_owned(),
        Some(Revised { deletes: true, .. }) => {
            "It is deleted, which ends its revisions.".to_owned()
        }
        Some(Revised { number, .. }) => {
            format!("Its newest revision is {number}. Read it, and seal the change again.")
        }
    };
    Refusal::field(
        ErrorCode::RevisionConflict,
        "data",
        format!("revision: is not the next of the message. {now}"),
    )
}

pub(crate) fn no_target() -> Refusal {
    Refusal::field(
        ErrorCode::MessageNotFound,
        "data",
        "target: is not a message of this topic that can be changed.",
    )
}

pub(crate) fn lane_limit() -> Refusal {
    Refusal::field(
        ErrorCode::LaneLimit,
        "data",
        "lane: a member has at most 256 lanes in a topic. Go on with one of them.",
    )
}

pub(crate) fn space_not_empty() -> Refusal {
    Refusal::field(
        ErrorCode::SpacePolicyFixed,
        "path",
        "A policy is the first that is written in a space, and this one has messages or data. Make a new space.",
    )
}
