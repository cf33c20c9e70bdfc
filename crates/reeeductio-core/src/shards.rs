//! Shards: the wraps of an epoch, for its members, in blobs (`spec/crypto.md`, "Shards").

use reeeductio_proto::{BYTE_LENGTH, FormatError, MemberId, MemberKind, Reader, SHARDS, lp};

/// Most records of a shard.
pub const RECORDS: usize = 48;
/// Most bytes of a wrap.
const WRAP: usize = 4_096;
const FORMAT: u8 = 1;

/// A member and the wrap of an epoch's root for it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Record {
    /// The recipient.
    pub member: MemberId,
    /// The wrap.
    pub wrap: Vec<u8>,
}

/// Writes the wraps of an epoch into blobs, each with its first member. The records are sorted here.
pub fn write_shards(mut records: Vec<Record>) -> Result<Vec<(MemberId, Vec<u8>)>, FormatError> {
    records.iter().try_for_each(Record::check)?;
    records.sort_unstable_by_key(|record| record.member.to_bytes());
    let twice = records.windows(2).any(|pair| match pair {
        [one, other] => one.member == other.member,
        _ => false,
    });
    if twice {
        return Err(FormatError::Malformed("a member has two wraps"));
    }
    if records.len() > RECORDS * SHARDS {
        return Err(FormatError::Malformed(
            "an epoch has at most 19,200 members",
        ));
    }
    let shards = records.chunks(RECORDS);
    Ok(shards
        .filter_map(|records| Some((records.first()?.member, write(records))))
        .collect())
}

impl Record {
    fn check(&self) -> Result<(), FormatError> {
        if self.member.kind() == MemberKind::Space {
            return Err(FormatError::Malformed("the owner is named by its user id"));
        }
        if self.wrap.len() > WRAP {
            return Err(FormatError::Malformed("a wrap has at most 4,096 bytes"));
        }
        Ok(())
    }
}

fn write(records: &[Record]) -> Vec<u8> {
    // At most RECORDS.
    let count = u8::try_from(records.len()).unwrap_or(u8::MAX);
    let mut bytes = vec![FORMAT, count];
    for record in records {
        bytes.extend_from_slice(&record.member.to_bytes());
        bytes.extend(lp([record.wrap.as_slice()]));
    }
    bytes
}

/// Reads a shard, whole: its order is part of the format.
pub fn read_shard(bytes: &[u8]) -> Result<Vec<Record>, FormatError> {
    let cut_off = || FormatError::Malformed("the shard is cut off");
    let mut reader = Reader::new(bytes);
    let format = reader.byte().ok_or_else(cut_off)?;
    if format != FORMAT {
        return Err(FormatError::unknown("shard format", format));
    }
    let count = usize::from(reader.byte().ok_or_else(cut_off)?);
    if count == 0 || count > RECORDS {
        return Err(FormatError::Malformed("a shard has 1 to 48 records"));
    }
    let mut records: Vec<Record> = Vec::with_capacity(count);
    for _ in 0..count {
        let member: [u8; BYTE_LENGTH] = reader.array().ok_or_else(cut_off)?;
        let wrap = reader.field().ok_or_else(cut_off)?.to_vec();
        let ascends = records
            .last()
            .is_none_or(|last| last.member.to_bytes() < member);
        if !ascends {
            return Err(FormatError::Malformed(
                "the members of a shard do not ascend",
            ));
        }
        let member = MemberId::from_bytes(&member)
            .map_err(|_| FormatError::Malformed("a record of the shard has no member"))?;
        let record = Record { member, wrap };
        record.check()?;
        records.push(record);
    }
    if !reader.is_empty() {
        return Err(FormatError::Malformed("the shard is too long"));
    }
    Ok(records)
}

/// The index of the one shard that can hold a member's wrap; `None` if it is before the first. `firsts` are the first members of the
/// shards, as the keyring entry names them, ascending.
pub fn find_shard(firsts: &[MemberId], member: &MemberId) -> Option<usize> {
    let member = member.to_bytes();
    firsts
        .partition_point(|first| first.to_bytes() <= member)
        .checked_sub(1)
}
#[cfg(test)]
mod tests {
    use reeeductio_proto::SpaceId;

    use super::*;

    fn record(seed: u8) -> Record {
        Record {
            member: MemberId::user([seed; 32]),
            wrap: vec![seed; 3],
        }
    }

    #[test]
    fn a_member_finds_its_wrap_in_the_shard_that_its_id_points_to() {
        let records: Vec<Record> = (0..=99).rev().map(record).collect();
        let shards = write_shards(records).unwrap();
        let firsts: Vec<MemberId> = shards.iter().map(|(first, _)| *first).collect();
        assert_eq!(firsts, [0, 48, 96].map(|seed| record(seed).member));
        for (seed, shard) in [(0, 0), (47, 0), (48, 1), (95, 1), (99, 2), (200, 2)] {
            let found = find_shard(&firsts, &record(seed).member);
            assert_eq!(found, Some(shard), "{seed}");
        }
        assert_eq!(find_shard(&firsts[1..], &record(1).member), None);
        let mut all = Vec::new();
        for (first, bytes) in &shards {
            let read = read_shard(bytes).unwrap();
            assert_eq!(read[0].member, *first);
            all.extend(read);
        }
        assert_eq!(all, (0..=99).map(record).collect::<Vec<_>>());
        assert!(write_shards(vec![]).unwrap().is_empty());
        assert!(write_shards(vec![record(1), record(1)]).is_err());
    }

    #[test]
    fn shards_that_no_release_writes_are_refused() {
        let (_, bytes) = write_shards(vec![record(1), record(2)]).unwrap().remove(0);
        assert_eq!(read_shard(&bytes).unwrap().len(), 2);
        for length in 0..bytes.len() {
            assert!(read_shard(&bytes[..length]).is_err(), "{length}");
        }
        let changed = |index: usize, value| {
            let mut bytes = bytes.clone();
            bytes[index] = value;
            read_shard(&bytes).unwrap_err().to_string()
        };
        assert_eq!(changed(0, 2), "shard format 2 is not known to this release");
        assert_eq!(changed(1, 0), "a shard has 1 to 48 records");
        assert_eq!(changed(1, 49), "a shard has 1 to 48 records");
        assert_eq!(changed(1, 1), "the shard is too long");
        assert_eq!(changed(2, 0), "a record of the shard has no member");
        let owner = Record {
            member: MemberId::owner_of(SpaceId::from_public_key([1; 32])),
            ..record(1)
        };
        let long = Record {
            wrap: vec![0; 4_097],
            ..record(1)
        };
        for (record, error) in [
            (owner, "the owner is named by its user id"),
            (long, "a wrap has at most 4,096 bytes"),
        ] {
            let refused = read_shard(&write(std::slice::from_ref(&record)));
            assert_eq!(refused.unwrap_err().to_string(), error);
            let refused = write_shards(vec![record]);
            assert_eq!(refused.unwrap_err().to_string(), error);
        }
        let order = write(&[record(2), record(1)]);
        assert!(read_shard(&order).is_err());
        let twice = write(&[record(1), record(1)]);
        assert!(read_shard(&twice).is_err());
    }
}
