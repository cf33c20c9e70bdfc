//! The members, and their rights.

use std::sync::Arc;

use reeeductio_client::{Capability, ClientError};
use reeeductio_proto::Operation;

use super::clock::wait;
use super::member::{Handle, Member, Person};
use super::world::World;

/// An owner, and users with different rights. The last one is removed and taken back.
pub(super) const PEOPLE: [Person; 4] = [
    Person {
        name: "owner",
        seed: 100,
        topics: &["general", "random", "quiet"],
        has_store: true,
    },
    Person {
        name: "ann",
        seed: 1,
        topics: &["general", "random", "quiet"],
        has_store: false,
    },
    Person {
        name: "bob",
        seed: 2,
        topics: &["general", "random"],
        has_store: true,
    },
    Person {
        name: "cat",
        seed: 3,
        topics: &["general", "quiet"],
        has_store: false,
    },
];

/// A right that a member is given.
type Right = (&'static str, Operation, &'static str);

/// Makes the space, with its members and their rights.
pub(super) async fn found(world: &Arc<World>) -> Vec<Arc<Member>> {
    let members: Vec<Arc<Member>> = PEOPLE
        .iter()
        .map(|person| Arc::new(Member::new(world, person)))
        .collect();
    for member in &members[1..] {
        admit(world, &members[0], member).await;
    }
    members
}

/// Makes a user a member, and grants the rights.
pub(super) async fn admit(world: &World, owner: &Member, member: &Member) {
    let add = async |handle: Handle| {
        let added = handle.space.members().add_user(&member.id, None).await;
        added.map(drop)
    };
    insist(world, owner, "add", add).await;
    for (name, op, path) in rights(member.name) {
        let grant = async |handle: Handle| {
            let (members, right) = (handle.space.members(), Capability::new(*op, path).unwrap());
            let granted = members.grant_to_member(&member.id, name, &right).await;
            granted.map(drop)
        };
        insist(world, owner, "grant", grant).await;
    }
}

fn rights(name: &str) -> &'static [Right] {
    match name {
        "bob" => &[
            ("general", Operation::Write, "topics/general"),
            ("look", Operation::Read, "topics/random"),
            ("speak", Operation::Create, "topics/random"),
            ("data", Operation::Write, "data/shared/{any}"),
            ("notes", Operation::Write, "state/notes/{any}"),
        ],
        "cat" => &[
            ("look", Operation::Read, "topics/{any}"),
            ("speak", Operation::Create, "topics/{any}"),
            ("data", Operation::Write, "data/shared/{any}"),
            ("notes", Operation::Write, "state/notes/{any}"),
        ],
        _ => &[
            ("topics", Operation::Write, "topics/{any}"),
            ("data", Operation::Write, "data/shared/{any}"),
            ("notes", Operation::Write, "state/notes/{any}"),
        ],
    }
}

/// Repeats an action of a member until it succeeds.
pub(super) async fn insist(
    world: &World,
    member: &Member,
    what: &'static str,
    act: impl AsyncFn(Handle) -> Result<(), ClientError>,
) {
    for _ in 0..100 {
        let handle = member.handle(world);
        match act(handle.clone()).await {
            Ok(()) => return world.done(&handle, what, ""),
            Err(error) => {
                world.failed(member, &handle, what, &error);
                wait(300).await;
            }
        }
        world.check_disk(member).await;
    }
    world.violated(format!("{} cannot {what}", member.name));
}
