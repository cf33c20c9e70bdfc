//! Reading by a right that comes from a role, in spaces with little and much state: the server must not look
//! through the state each time.

use anyhow::Result;
use reeeductio_client::{Identity, random};
use serde_json::{Value, json};

use crate::chain::Chain;
use crate::figure::Figure;
use crate::limits::Limit;
use crate::member::Member;
use crate::rig::{Rig, announce};

const ROLE: &str = "reader";

pub(crate) async fn run(rig: &mut Rig) -> Result<()> {
    let mut first = None;
    for state in [10, rig.scaled(5_000, 1_000)] {
        let figure = one(rig, state).await?;
        let median = figure.latency_ms.map_or(0.0, |latency| latency.p50);
        let figure = match first {
            None => figure,
            Some(few) => figure.note(format!("p50 is {:.2} times that at 10", median / few)),
        };
        first = first.or(Some(median));
        rig.add(figure, &[(Limit::Echo1, 1.0)]).await?;
    }
    Ok(())
}

async fn one(rig: &Rig, state: usize) -> Result<Figure> {
    let name = format!("member's read by a role, {state} state messages");
    announce(&name);
    let owner = rig.owner().await?;
    let mut connection = rig.connect().await?;
    Chain::new(&owner, "general")?
        .fill(&mut connection, 10)
        .await?;
    let keys = Identity::from_seed(&random()?);
    let id = keys.user_id();
    let mut entries = definitions(&id.to_string());
    entries
        .extend((entries.len()..state).map(|number| (format!("filler/{number}"), json!(number))));
    let mut chain = Chain::of_state(&owner, None);
    for (path, value) in entries {
        chain.set_kind(path);
        chain
            .post(&mut connection, value.to_string().as_bytes())
            .await?;
    }
    let member = Member::sign_in(&mut connection, keys, owner.space, id).await?;
    let request = member.get(&connection, "topics/general/messages?limit=1");
    let run = rig.measure_request(&request, 1).await?;
    Ok(Figure::rate(
        format!("role.{state}"),
        name,
        "reads/s",
        1.0,
        &run,
    ))
}

/// A user with a role of three rights.
fn definitions(user: &str) -> Vec<(String, Value)> {
    let right = |name: &str, op: &str, path: &str| {
        (
            format!("auth/roles/{ROLE}/rights/{name}"),
            json!({"op": op, "path": path}),
        )
    };
    vec![
        (format!("auth/roles/{ROLE}"), json!({"role_id": ROLE})),
        right("data", "read", "data/{any}"),
        right("state", "read", "state/{any}"),
        right("topics", "read", "topics/{any}/messages"),
        (format!("auth/users/{user}"), json!({"user_id": user})),
        (
            format!("auth/users/{user}/roles/{ROLE}"),
            json!({"user_id": user, "role_id": ROLE}),
        ),
    ]
}
