use reeeductio_proto::tree::Proof;

use super::*;

/// Two servers that share a beginning of five events.
fn fork() -> (World, World) {
    let mut world = World::new();
    let mut ada = Device::new(&world.ada, 1);
    let mut other = World::new();
    other.server = world.server.backup(5);
    for world in [&mut world, &mut other] {
        while world.server.size() < 13 {
            world.post(&mut ada, "hi");
        }
    }
    (world, other)
}

#[test]
fn evidence_is_verified_by_anybody_without_the_server() {
    let (one, other) = fork();
    let mut shown = 0;
    for smaller in 1..=other.server.size() {
        for larger in smaller..=one.server.size() {
            let (a, b) = (one.server.note(larger), other.server.note(smaller));
            let Ok(evidence) = one.server.evidence(&a, &b) else {
                // They share five events; a few sizes have no proof.
                let inconclusive = smaller.is_power_of_two() && larger - smaller == 1;
                assert!(smaller <= 5 || inconclusive, "{smaller} {larger}");
                continue;
            };
            assert!(smaller > 5);
            shown += 1;
            let read = Evidence::parse(&evidence.to_bytes()).unwrap();
            assert_eq!(read, evidence);
            let split = read.verify().unwrap();
            assert_eq!((split.smaller.size, split.larger.size), (smaller, larger));
            assert_eq!(read.log_key(), &one.server.key.public_key());
            if smaller < larger {
                assert_eq!(read.notes(), [&b, &a]);
            }
            // In any order.
            assert_eq!(
                one.server
                    .evidence(&b, &a)
                    .unwrap()
                    .verify()
                    .unwrap()
                    .larger
                    .size,
                larger
            );
        }
    }
    assert!(shown > 20);
}

#[test]
fn an_honest_server_cannot_be_accused() {
    let (one, other) = fork();
    let size = one.server.size();
    let (note, same) = (one.server.note(size), one.server.note(size - 2));
    assert_eq!(
        one.server.evidence(&note, &note),
        Err(EvidenceError::NoSplit)
    );
    assert_eq!(
        one.server.evidence(&note, &same),
        Err(EvidenceError::NoSplit)
    );
    // A proof of another tree, or none, shows nothing.
    let key = one.server.key.public_key();
    let question = Evidence::question(&key, &note, &same).unwrap().unwrap();
    for proof in [other.server.consistency(&question), Proof::default()] {
        let made_up = Evidence::new(key, note.clone(), same.clone(), proof);
        assert_eq!(made_up, Err(EvidenceError::NoSplit));
    }
    // Another incarnation, and another key, are other histories.
    let mut restored = other.server.clone();
    restored.incarnation = [2; 8];
    let foreign = restored.note(size);
    assert_eq!(
        one.server.evidence(&note, &foreign),
        Err(EvidenceError::Origins)
    );
    restored = other.server.clone();
    restored.key = crate::Identity::from_seed(&[44; 32]);
    let foreign = restored.note(size);
    let refused = one.server.evidence(&note, &foreign);
    assert!(
        matches!(refused, Err(EvidenceError::Checkpoint(_))),
        "{refused:?}"
    );
}

#[test]
fn damaged_evidence_is_refused() {
    let (one, other) = fork();
    let note = |world: &World, size| world.server.note(size);
    let size = one.server.size();
    let evidence = one
        .server
        .evidence(&note(&one, size), &note(&other, size - 1))
        .unwrap();
    let bytes = evidence.to_bytes();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let is_evidence = Evidence::parse(&changed).is_ok_and(|read| read.verify().is_ok());
        assert!(!is_evidence, "byte {at}");
        assert!(Evidence::parse(&bytes[..at]).is_err());
    }
    let unknown = String::from_utf8(bytes.clone())
        .unwrap()
        .replace("evidence 1", "evidence 2");
    assert_eq!(
        Evidence::parse(unknown.as_bytes()),
        Err(EvidenceError::Unknown)
    );
    let mut longer = bytes;
    longer.push(b'\n');
    assert_eq!(Evidence::parse(&longer), Err(EvidenceError::Malformed));
}
