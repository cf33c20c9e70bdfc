//! A chain gives one view, however it is taken in.

use super::*;
use crate::state_entry;

/// Members by each kind of id.
const CAST: u8 = 8;

/// Random choices that follow from a seed (splitmix64).
struct Choices(u64);

impl Choices {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    /// A user or a tool. The first user is the owner, the later ones are newcomers.
    fn member(&mut self, cast: u8) -> (u8, MemberId) {
        let seed = u8::try_from(1 + self.below(cast.into())).unwrap();
        (
            seed,
            if self.below(3) == 0 {
                tool(seed)
            } else {
                user(seed)
            },
        )
    }

    fn entry(&mut self, chain: &Chain) -> (String, String) {
        let (seed, member) = self.member(CAST);
        let folder = match member.kind() {
            crate::MemberKind::Tool => "tools",
            _ => "users",
        };
        let owned = |entry: crate::StateEntry| (entry.path.as_str().to_owned(), entry.value);
        match self.below(12) {
            0 | 1 => (format!("auth/{folder}/{member}"), "{}".to_owned()),
            2 => (format!("auth/{folder}/{member}"), String::new()),
            3 => (format!("auth/leaves/{member}"), "{}".to_owned()),
            4 | 5 => {
                let generation = u32::try_from(self.below(4)).unwrap();
                owned(chain.key_entry(member, seed, generation))
            }
            6 => (format!("auth/keys/{member}"), String::new()),
            7 => {
                let terms = LinkTerms {
                    uses: 1 + u32::try_from(self.below(2)).unwrap(),
                    role: "guest".to_owned(),
                };
                let expires_at = chain.time + 400;
                owned(state_entry::link(tool(seed), None, &terms, expires_at).unwrap())
            }
            8 | 9 => {
                let (_, issuer) = self.member(2);
                owned(state_entry::epoch(&chain.next_epoch(issuer)).unwrap())
            }
            10 => {
                let epoch = u32::try_from(self.below(3)).unwrap();
                owned(state_entry::wrap(epoch, member, &[1]).unwrap())
            }
            _ => {
                let body = format!(r#"{{"user_id": "{}", "role_id": "guest"}}"#, user(seed));
                (format!("auth/users/{}/roles/guest", user(seed)), body)
            }
        }
    }
}

/// Answers of a view about the cast.
fn answers(view: &View, now: i64) -> Vec<String> {
    let topic = TopicId::parse("general").unwrap();
    let mut answers = vec![format!(
        "{:?} {:?} {:?} {} {:?} {:?}",
        view.policy(),
        view.settings(),
        view.newest_epoch(),
        view.is_epoch_current(now),
        view.roster(now),
        view.newest_authority(),
    )];
    for seed in 1..=CAST {
        for member in [user(seed), tool(seed)] {
            let action = Action {
                op: Operation::Read,
                resource: Resource::Topic(&topic),
                owner: None,
            };
            answers.push(format!(
                "{member} {} {} {:?} {:?} {:?}",
                view.is_member(&member, now),
                view.was_removed(&member),
                view.encryption_key(&member),
                view.link(&member),
                judge(view, &member, &action, now),
            ));
        }
    }
    answers
}

#[test]
fn a_chain_gives_one_view_step_by_step_by_replay_from_a_store_and_restored() {
    let (mut epochs, mut links, mut ended) = (0, 0, 0);
    for seed in 0..60 {
        let mut choices = Choices(seed);
        let mut chain = Chain::new();
        let fresh = chain.view.clone();
        let (mut from_store, mut restored) = (fresh.clone(), fresh.clone());
        let mut messages = Vec::new();
        let mut write = |chain: &mut Chain, by: (u8, MemberId), path: &str, value: &str| {
            let admitted = chain.judge(by.1, path, value).is_ok();
            let message = chain.sign(by.0, by.1, path, value);
            let applied = chain.view.replay(&message);
            if path.starts_with("auth/") || path.starts_with("keyring/") {
                let changed = applied == Applied::Changed;
                assert!(changed || !admitted, "admitted, and then ignored: {path}");
            }
            if is_authority(path) {
                let again = from_store.apply(&message);
                assert_eq!(again, applied, "{path} {value}");
            }
            if applied == Applied::Changed {
                restored.restore(&message);
            }
            messages.push(message);
        };
        let owner = (OWNER, user(OWNER));
        let policy = state_entry::policy(&Policy::new(History::Static)).unwrap();
        let right = r#"{"op": "read", "path": "topics/{any}"}"#;
        let all = r#"{"op": "write", "path": "state/{...}"}"#;
        write(&mut chain, owner, "space/policy", &policy.value);
        write(&mut chain, owner, "auth/roles/guest", "{}");
        write(&mut chain, owner, "auth/roles/guest/rights/r", right);
        write(&mut chain, owner, &format!("auth/users/{}", user(2)), "{}");
        write(
            &mut chain,
            owner,
            &format!("auth/users/{}/rights/r", user(2)),
            right,
        );
        write(
            &mut chain,
            owner,
            &format!("auth/users/{}/rights/all", user(2)),
            all,
        );
        for _ in 0..80 {
            let by = match choices.below(3) {
                0 => owner,
                _ => choices.member(4),
            };
            let (path, value) = choices.entry(&chain);
            write(&mut chain, by, &path, &value);
            if choices.below(4) == 0 {
                write(&mut chain, by, "profiles/somebody", "{}");
            }
        }
        let mut replayed = fresh.clone();
        for message in &messages {
            let _applied = replayed.replay(message);
        }
        for now in [chain.time, chain.time + 401] {
            let expected = answers(&chain.view, now);
            for view in [&replayed, &from_store, &restored] {
                assert_eq!(answers(view, now), expected, "seed {seed}");
            }
        }
        epochs += chain
            .view
            .newest_epoch()
            .map_or(0, |epoch| epoch.entry.number);
        let all_links = (1..=CAST).filter_map(|seed| chain.view.link(&tool(seed)));
        for link in all_links {
            links += link.used;
            ended += u32::from(link.ended);
        }
    }
    assert!(
        epochs > 20 && links > 5 && ended > 20,
        "the histories are too dull: {epochs} {links} {ended}"
    );
}
