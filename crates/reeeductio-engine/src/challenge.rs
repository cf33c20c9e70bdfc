//! Sign-in challenges that the server need not remember.
//!
//! A challenge is 32 bytes: expiry (u48, Unix milliseconds), a 10-byte nonce, and a 16-byte tag that
//! binds them to the space and the id. So nobody can fill the server's memory with challenges or
//! invalidate another's. Only the nonces of *answered* challenges are kept, until they expire. A server does not accept
//! what was issued before it started, as it does not know what was answered then (docs/adr/0013).

use std::collections::HashSet;
use std::sync::atomic::{AtomicI64, Ordering};

use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use parking_lot::Mutex;
use reeeductio_backend::Rng;
use reeeductio_proto::{ErrorCode, MemberId, SpaceId, encoding};
use secrecy::ExposeSecret as _;
use sha2::Sha256;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::Secret;
use crate::refusal::Refusal;

const NONCE: usize = 10;
const TAG: usize = 16;

/// Issues challenges and accepts each at most once.
#[derive(Debug)]
pub(crate) struct Challenges {
    key: Secret,
    lifetime: i64,
    /// Unix milliseconds before which no challenge may have been issued.
    since: AtomicI64,
    answered: Mutex<Answered>,
}

/// Nonces of answered challenges in two generations: a generation is forgotten once every challenge
/// that could be in it has expired.
#[derive(Debug, Default)]
struct Answered {
    current: HashSet<[u8; NONCE]>,
    previous: HashSet<[u8; NONCE]>,
    turned_at: i64,
    capacity: usize,
}

impl Challenges {
    /// Remembers at most `capacity` answers. `now` is the start of the server, Unix milliseconds.
    pub(crate) fn new(
        secret: &Secret,
        lifetime: i64,
        capacity: usize,
        now: i64,
    ) -> Result<Self, Refusal> {
        let mut key = Zeroizing::new(vec![0; 32]);
        Hkdf::<Sha256>::new(None, secret.expose_secret())
            .expand(b"reeeductio/challenge-key/v1", &mut key)
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        Ok(Self {
            key: Secret::from(key.to_vec()),
            lifetime,
            since: AtomicI64::new(now),
            answered: Mutex::new(Answered {
                capacity,
                ..Answered::default()
            }),
        })
    }

    /// Returns the challenge's text and when it expires.
    pub(crate) fn issue(
        &self,
        space: SpaceId,
        member: &MemberId,
        now: i64,
        rng: &dyn Rng,
    ) -> Result<(String, i64), Refusal> {
        self.was_running_at(now);
        let expires_at = now + self.lifetime;
        let mut bytes = [0; 32];
        let (head, tag) = bytes.split_at_mut(16);
        let (expiry, nonce) = head.split_at_mut(6);
        expiry.copy_from_slice(expires_at.to_be_bytes().get(2..).unwrap_or(&[0; 6]));
        rng.fill(nonce)?;
        tag.copy_from_slice(&self.tag(space, member, head)?);
        Ok((encoding::encode(&bytes), expires_at))
    }

    /// Checks that the challenge was issued for this id, has not expired and was not answered.
    pub(crate) fn check(
        &self,
        text: &str,
        space: SpaceId,
        member: &MemberId,
        now: i64,
    ) -> Result<Answer, Refusal> {
        let unknown = || {
            Refusal::new(
                ErrorCode::ChallengeUnknown,
                "This challenge was not issued for this id, has expired or was answered already. Ask for a new one.",
            )
        };
        self.was_running_at(now);
        let bytes: [u8; 32] = encoding::decode_array(text).map_err(|_| unknown())?;
        let (head, tag) = bytes.split_at(16);
        let expected = self.tag(space, member, head)?;
        if !bool::from(expected.ct_eq(tag)) {
            return Err(unknown());
        }
        let (expiry, nonce) = head.split_at(6);
        let expires_at = expiry
            .iter()
            .fold(0_i64, |sum, byte| sum << 8 | i64::from(*byte));
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| unknown())?;
        let issued_at = expires_at - self.lifetime;
        let is_early = issued_at < self.since.load(Ordering::Relaxed);
        if expires_at <= now || is_early || self.answered.lock().contains(&nonce) {
            return Err(unknown());
        }
        Ok(Answer { nonce })
    }

    /// Marks a challenge as answered; fails if it was answered since it was checked.
    pub(crate) fn consume(&self, answer: &Answer, now: i64) -> Result<(), Refusal> {
        self.answered
            .lock()
            .insert(answer.nonce, now, self.lifetime)
    }

    /// Follows a clock that was set back: then challenges are issued that seem to be from before the start.
    fn was_running_at(&self, now: i64) {
        self.since.fetch_min(now, Ordering::Relaxed);
    }

    fn tag(&self, space: SpaceId, member: &MemberId, head: &[u8]) -> Result<[u8; TAG], Refusal> {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose_secret())
            .map_err(|error| Refusal::new(ErrorCode::Internal, error.to_string()))?;
        // Fixed lengths: 32, 33 and 16 bytes.
        mac.update(space.as_bytes());
        mac.update(&member.to_bytes());
        mac.update(head);
        let mut tag = [0; TAG];
        for (to, from) in tag.iter_mut().zip(mac.finalize().into_bytes()) {
            *to = from;
        }
        Ok(tag)
    }
}

/// A challenge that may be answered.
#[derive(Debug)]
pub(crate) struct Answer {
    nonce: [u8; NONCE],
}

impl Answered {
    fn contains(&self, nonce: &[u8; NONCE]) -> bool {
        self.current.contains(nonce) || self.previous.contains(nonce)
    }

    fn insert(&mut self, nonce: [u8; NONCE], now: i64, lifetime: i64) -> Result<(), Refusal> {
        let age = now - self.turned_at;
        if age > lifetime {
            self.previous = std::mem::take(&mut self.current);
            self.turned_at = now;
        }
        if age > 2 * lifetime {
            self.previous.clear();
        }
        if self.current.len() + self.previous.len() >= self.capacity {
            return Err(Refusal::new(
                ErrorCode::RateLimited,
                "Too many sign-ins at once. Try again in a few minutes.",
            )
            .with(crate::refusal::Details::RetryAfter(60)));
        }
        if self.previous.contains(&nonce) || !self.current.insert(nonce) {
            return Err(Refusal::new(
                ErrorCode::ChallengeUnknown,
                "This challenge was answered already. Ask for a new one.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use reeeductio_backend::SystemRng;

    use super::*;

    const NOW: i64 = 1_700_000_000_000;

    fn started_at(now: i64) -> Challenges {
        Challenges::new(&Secret::from(vec![1; 32]), 300_000, 100, now).unwrap()
    }

    fn challenges() -> Challenges {
        started_at(NOW)
    }

    #[test]
    fn a_challenge_is_for_one_id_in_one_space_and_for_a_while() {
        let challenges = challenges();
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let (text, expires_at) = challenges.issue(space, &member, NOW, &SystemRng).unwrap();
        assert_eq!(text.len(), 44, "32 bytes, as the published clients expect");
        assert!(
            challenges
                .check(&text, space, &member, expires_at - 1)
                .is_ok()
        );
        assert!(challenges.check(&text, space, &member, expires_at).is_err());
        let (other, tool) = (SpaceId::from_public_key([3; 32]), MemberId::tool([2; 32]));
        assert!(challenges.check(&text, other, &member, NOW).is_err());
        assert!(challenges.check(&text, space, &tool, NOW).is_err());
    }

    #[test]
    fn a_challenge_is_answered_once_however_long_one_waits() {
        let challenges = challenges();
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let (text, expires_at) = challenges.issue(space, &member, NOW, &SystemRng).unwrap();
        let answer = challenges.check(&text, space, &member, NOW).unwrap();
        challenges.consume(&answer, NOW).unwrap();
        assert!(challenges.consume(&answer, NOW).is_err());
        // Others come and go; the generation with this one must outlive it.
        for at in (NOW..expires_at).step_by(60_000) {
            let (other, _) = challenges.issue(space, &member, at, &SystemRng).unwrap();
            let other = challenges.check(&other, space, &member, at).unwrap();
            challenges.consume(&other, at).unwrap();
            assert!(challenges.check(&text, space, &member, at).is_err());
        }
    }

    #[test]
    fn ten_thousand_challenges_take_no_memory_and_invalidate_none() {
        let challenges = challenges();
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let (first, _) = challenges.issue(space, &member, NOW, &SystemRng).unwrap();
        for _ in 0..10_000 {
            challenges.issue(space, &member, NOW, &SystemRng).unwrap();
        }
        assert!(challenges.answered.lock().current.is_empty());
        assert!(challenges.check(&first, space, &member, NOW).is_ok());
    }

    #[test]
    fn what_was_answered_before_a_restart_is_not_accepted_after_it() {
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let before = challenges();
        let (text, _) = before.issue(space, &member, NOW, &SystemRng).unwrap();
        let answer = before.check(&text, space, &member, NOW).unwrap();
        before.consume(&answer, NOW).unwrap();
        let after = started_at(NOW + 1);
        assert!(after.check(&text, space, &member, NOW + 1).is_err());
        // Another server that shares the secret and runs all along takes the challenge: that one is not known to be
        // answered there.
        assert!(challenges().check(&text, space, &member, NOW + 1).is_ok());
    }

    #[test]
    fn after_the_clock_was_set_back_one_can_sign_in() {
        let challenges = challenges();
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let earlier = NOW - 3_600_000;
        let (text, _) = challenges
            .issue(space, &member, earlier, &SystemRng)
            .unwrap();
        assert!(challenges.check(&text, space, &member, earlier).is_ok());
    }

    #[test]
    fn when_too_many_answers_are_remembered_no_more_are_taken_until_some_have_expired() {
        let challenges = challenges();
        let (space, member) = (SpaceId::from_public_key([1; 32]), MemberId::user([2; 32]));
        let sign_in = |now: i64| {
            let (text, _) = challenges.issue(space, &member, now, &SystemRng).unwrap();
            let answer = challenges.check(&text, space, &member, now).unwrap();
            challenges.consume(&answer, now)
        };
        for _ in 0..100 {
            sign_in(NOW).unwrap();
        }
        assert_eq!(sign_in(NOW).unwrap_err().code(), ErrorCode::RateLimited);
        assert!(sign_in(NOW + 600_002).is_ok());
    }
}
