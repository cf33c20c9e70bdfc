//! A new epoch.

use reeeductio_core::{
    DecryptionKey, EncryptionKey, Epoch, Identity, Key, Record, WrapContext, find_shard,
    read_shard, roster_hash, write_shards,
};
use reeeductio_proto::{MemberId, Signature, SpaceId};
use serde_json::{Value, json};

use crate::Result;
use crate::turns::{median, millis, round};

/// Epochs that are made for so many members, of which the median is taken.
const EPOCHS: usize = 5;

/// A member as an issuer knows it, and the bytes that the issuer knew it by.
struct Member {
    id: MemberId,
    secret: DecryptionKey,
    bytes: Vec<u8>,
    signature: Signature,
}

impl Member {
    fn new(space: &SpaceId, number: usize) -> Result<Self> {
        let mut seed = [0xA5; 32];
        for (to, from) in seed.iter_mut().zip(number.to_le_bytes()) {
            *to = from;
        }
        let identity = Identity::from_seed(&seed);
        let (id, secret) = (identity.user_id(), identity.decryption_key(0));
        let key = secret.encryption_key().ok_or("no key")?;
        Ok(Self {
            signature: identity.sign_encryption_key(space, &id, &key),
            bytes: key.as_bytes().to_vec(),
            id,
            secret,
        })
    }
}

/// Milliseconds of a new epoch for so many members, and bytes of its shards for each.
pub(crate) fn measure(count: usize) -> Result<Value> {
    let owner = Identity::from_seed(&[1; 32]);
    let (space, issuer) = (owner.space_id(), owner.user_id());
    let members = (0..count).map(|number| Member::new(&space, number));
    let members: Vec<Member> = members.collect::<Result<_>>()?;
    let (keys, verified) = millis(|| {
        let read = |member: &Member| {
            let Member { id, bytes, .. } = member;
            EncryptionKey::verify(&space, id, 0, bytes, &member.signature)
        };
        let keys: std::result::Result<Vec<_>, _> = members.iter().map(read).collect();
        Ok(keys?)
    })?;
    let (mut times, mut shards) = (Vec::new(), Vec::new());
    let mut epoch = Epoch::new(space, 0, Key::new([7; 32]));
    for number in 1..=EPOCHS {
        let root = Key::new([u8::try_from(number)?; 32]);
        let number = u32::try_from(number)?;
        let ((next, written), made) = millis(|| {
            let next = Epoch::new(space, number, root);
            next.seal_previous(&epoch)?;
            let mut records = Vec::with_capacity(count);
            for (index, (member, key)) in members.iter().zip(&keys).enumerate() {
                let mut seed = [9; 32];
                for (to, from) in seed.iter_mut().zip(index.to_le_bytes()) {
                    *to = from;
                }
                let wrap = key.wrap(&next, &member.id, &issuer, &seed);
                records.push(Record {
                    member: member.id,
                    wrap: wrap.ok_or("no wrap")?,
                });
            }
            let ids: Vec<MemberId> = members.iter().map(|member| member.id).collect();
            roster_hash(&space, number, &ids);
            Ok((next, write_shards(records)?))
        })?;
        times.push(made);
        (epoch, shards) = (next, written);
    }
    // On a machine that others use as well, the fastest says more of the work.
    let fastest = times.iter().copied().fold(f64::INFINITY, f64::min);
    let bytes: usize = shards.iter().map(|(_, bytes)| bytes.len()).sum();
    let unwrapped = unwrap(&members, &epoch, &issuer, &shards)?;
    #[expect(clippy::cast_precision_loss, reason = "a small number")]
    let per_member = bytes as f64 / count as f64;
    Ok(json!({
        "verify_keys_ms": round(verified),
        "wrap_and_write_shards_fastest_ms": round(fastest),
        "wrap_and_write_shards_ms": round(median(times)),
        "unwrap_one_ms": round(unwrapped),
        "shards": shards.len(),
        "bytes_per_member": round(per_member),
    }))
}

/// Milliseconds in which one member reads the shard with its wrap, and unwraps the root.
fn unwrap(
    members: &[Member],
    epoch: &Epoch,
    issuer: &MemberId,
    shards: &[(MemberId, Vec<u8>)],
) -> Result<f64> {
    let firsts: Vec<MemberId> = shards.iter().map(|(first, _)| *first).collect();
    let mut times = Vec::new();
    for member in members.iter().take(50) {
        let (found, time) = millis(|| {
            let shard = find_shard(&firsts, &member.id).ok_or("no shard")?;
            let (_, bytes) = shards.get(shard).ok_or("no shard")?;
            let records = read_shard(bytes)?;
            let mine = records.iter().find(|record| record.member == member.id);
            let context = WrapContext {
                space: &epoch.space(),
                recipient: &member.id,
                issuer,
                epoch: epoch.number(),
                commitment: epoch.commitment(),
            };
            Ok(member
                .secret
                .unwrap(context, &mine.ok_or("no wrap")?.wrap)?)
        })?;
        if found.root().expose() != epoch.root().expose() {
            return Err("another root".into());
        }
        times.push(time);
    }
    Ok(median(times))
}
