//! Challenges that nobody answers.

use std::collections::HashSet;

use crate::rig::Rig;

#[tokio::test]
async fn ten_thousand_challenges_leave_nothing_behind() {
    let rig = Rig::start();
    let owner = rig.owner(1).await;
    let first = rig.challenge(owner.space, owner.id).await;
    let mut seen = HashSet::new();
    for _ in 0..10_000 {
        seen.insert(rig.challenge(owner.space, owner.id).await);
    }
    assert_eq!(seen.len(), 10_000);
    // The first is as good as ever: asking again replaces nothing, because nothing is kept.
    let answer = rig.answer_challenge(owner.space, 1, owner.id, &first).await;
    answer.expect(200);
    // Not even the server that issued it: another with the same secret knows it as well.
    let twin = Rig::start();
    let other = seen.into_iter().next().unwrap();
    let answer = twin
        .answer_challenge(owner.space, 1, owner.id, &other)
        .await;
    answer.expect(200);
}
