//! `reeeductio-admin space remove` and `purge`.

use reeeductio_client::ClientError;
use reeeductio_proto::state_entry::registration_paths;
use reeeductio_proto::{ErrorCode, SpaceId};
use serde_json::json;

use super::stored::{status, unknown};
use crate::answer::Answer;
use crate::failure::Failure;
use crate::given::GivenKey;
use crate::report::warning;
use crate::session::{Operator, Session};

/// Takes a registration back. Whether the space is served all the same is told by the server, if the caller may ask.
pub(super) async fn remove(
    session: &Session,
    space: SpaceId,
    given: &GivenKey,
) -> Result<Answer, Failure> {
    let operator = session.caller(given)?.operator().await?;
    check_not_admin(&operator, space)?;
    let before = match status(&operator, space, None).await {
        Err(failure) if is_denied(&failure) => None,
        other => Some(other?),
    };
    // One without an entry was in use while every space existed, or an app registers it: taking that back makes it purgeable.
    if before.is_some_and(|before| !before.registered) && has_entry(&operator, space).await? {
        return Err(not_registered(space));
    }
    let Operator { caller, client, .. } = &operator;
    session.confirm(
        &format!(
            "Remove space {space} from {}? What it holds stays.",
            caller.base_url
        ),
        "nobody can use the space until `space create --space FILE` registers it again",
    )?;
    let registry = caller.space_of(operator.space, &caller.credentials.identity)?;
    let posted = registry
        .registrations()
        .remove(space)
        .await
        .map_err(|error| match error {
            ClientError::Argument { field: "space", .. } => not_registered(space),
            other => other.into(),
        })?;
    match client.space(space, None).await {
        Ok(status) if status.served => warning(&format!(
            "space {space} can still be used: this server serves every space (spaces.creation, admin.auto_create_spaces), or an app registers it"
        )),
        _ if before.is_none() => warning(&format!(
            "whether space {space} was registered is not known: that takes the right to read state/spaces/{space} \
             in the admin space"
        )),
        _ => {}
    }
    Ok(Answer::posted(
        "Registration removed",
        json!({}),
        space,
        posted,
    ))
}

/// Removes what an unregistered space holds.
pub(super) async fn purge(
    session: &Session,
    space: SpaceId,
    given: &GivenKey,
) -> Result<Answer, Failure> {
    let operator = session.caller(given)?.operator().await?;
    check_not_admin(&operator, space)?;
    if was_seen(&operator, space).await? == Some(false) {
        return Err(unknown(space));
    }
    let url = &operator.caller.base_url;
    session.confirm(
        &format!("Remove for good everything that space {space} holds on {url}?"),
        "this cannot be undone",
    )?;
    let mut removed = 0;
    loop {
        let step = operator.client.purge_step(space).await.inspect_err(|_| {
            if removed > 0 {
                warning(&format!(
                    "{removed} items are removed; run it again to remove the rest"
                ));
            }
        })?;
        removed += step.removed;
        if !step.has_more {
            break;
        }
        session
            .report
            .progress(&format!("{removed} items removed so far"));
    }
    let text =
        format!("Space purged: {space}\nRemoved:      {removed} messages, data entries and blobs");
    let fields = json!({ "space_id": space, "removed": removed });
    Ok(Answer::new(text, &fields))
}

/// Returns whether the space holds anything or was ever registered; `None` if the caller may not know.
async fn was_seen(operator: &Operator, space: SpaceId) -> Result<Option<bool>, Failure> {
    match status(operator, space, None).await {
        Ok(_) => return Ok(Some(true)),
        Err(failure) if is_denied(&failure) => return Ok(None),
        Err(failure) if failure.code() == ErrorCode::SpaceUnknown.as_str() => {}
        Err(failure) => return Err(failure),
    }
    has_entry(operator, space).await.map(Some)
}

/// Returns whether the admin space has an entry for the space, be it that of one whose registration was taken back.
async fn has_entry(operator: &Operator, space: SpaceId) -> Result<bool, Failure> {
    let Operator { caller, .. } = operator;
    let user = caller.credentials.identity.user_id();
    let [path, _] = registration_paths(&space, &user).map_err(ClientError::from)?;
    let registry = caller.space_of(operator.space, &caller.credentials.identity)?;
    match registry.state().entry(&path).await {
        Ok(_) => Ok(true),
        Err(error) if error.code() == Some(ErrorCode::StateNotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn check_not_admin(operator: &Operator, space: SpaceId) -> Result<(), Failure> {
    if space != operator.space {
        return Ok(());
    }
    Err(Failure::refused(
        ErrorCode::SpaceInUse,
        format!(
            "space {space} is the admin space, which is never registered and stays as long as the server names it"
        ),
        "`reeeductio-admin space list` lists the other spaces",
    ))
}

fn not_registered(space: SpaceId) -> Failure {
    Failure::not_found(
        format!("space {space} is not registered"),
        "`reeeductio-admin space list` lists the spaces; `reeeductio-admin space purge` removes what it holds",
    )
}

fn is_denied(failure: &Failure) -> bool {
    failure.code() == ErrorCode::PermissionDenied.as_str()
}
