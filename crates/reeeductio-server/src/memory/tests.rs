use reeeductio_proto::MemberId;

use super::*;

const MIB: usize = 1 << 20;
const AT_ONCE: Duration = Duration::ZERO;

/// 32 MiB: 24 for everything, 4 in reserve, 4 for streams, 16 for one member.
fn memory() -> Arc<Memory> {
    let mut config = Config::default();
    config.limits.memory_bytes = 32 * MIB;
    Arc::new(Memory::new(&config))
}

fn holder(seed: u8) -> Holder {
    (
        SpaceId::from_public_key([seed; 32]),
        MemberId::user([seed; 32]),
    )
}

async fn take(memory: &Arc<Memory>, seed: u8, bytes: usize) -> Result<Held, Failure> {
    memory.take_for(holder(seed), bytes, AT_ONCE).await
}

#[tokio::test]
async fn small_requests_pass_large_ones_that_wait() {
    let memory = memory();
    let held = [
        take(&memory, 1, 16 * MIB).await.unwrap(),
        take(&memory, 2, 8 * MIB).await.unwrap(),
    ];
    assert!(take(&memory, 3, MIB).await.is_err());
    let queued = tokio::spawn({
        let memory = Arc::clone(&memory);
        let patience = Duration::from_mins(10);
        async move { memory.take_for(holder(3), MIB, patience).await.is_ok() }
    });
    while memory.used().waiting == 0 {
        tokio::task::yield_now().await;
    }
    let small = take(&memory, 3, SMALL).await.unwrap();
    drop((small, held));
    assert!(queued.await.unwrap());
    assert_eq!(memory.used().held, 0);
    assert_eq!(memory.used().refused, 1);
}

#[tokio::test]
async fn one_member_holds_at_most_half() {
    let memory = memory();
    let held = take(&memory, 1, 15 * MIB).await.unwrap();
    assert!(take(&memory, 1, MIB).await.is_err());
    let other = take(&memory, 2, MIB).await.unwrap();
    // Its small requests use the reserve, and only a quarter of it.
    let mut small = Vec::new();
    while let Ok(request) = take(&memory, 1, SMALL).await {
        small.push(request);
    }
    assert_eq!(small.len(), MIB / SMALL);
    drop((held, other));
    let answer = small.pop().unwrap().keep(vec![0; SMALL].into());
    assert!(answer.is_ok());
    drop((answer, small));
    assert_eq!(memory.used().held, 0);
}

#[tokio::test]
async fn one_member_holds_at_most_half_by_small_requests() {
    let memory = memory();
    let mut hog = Vec::new();
    while let Ok(request) = take(&memory, 1, SMALL).await {
        hog.push(request);
    }
    assert_eq!(memory.used().held, 16 * MIB);
    // The others have room for large requests and for small ones, in the general part and in the reserve.
    let large = take(&memory, 2, 9 * MIB).await.unwrap();
    let mut small = Vec::new();
    for seed in 3..6 {
        while let Ok(request) = take(&memory, seed, SMALL).await {
            small.push(request);
        }
    }
    assert_eq!(small.len(), 3 * MIB / SMALL);
    // An answer that is larger than its request counts as well.
    drop(small);
    drop(large);
    let freed = hog.pop().unwrap();
    assert!(freed.keep(vec![0; SMALL + 1].into()).is_err());
}

#[tokio::test]
async fn an_answer_counts_until_its_last_byte_is_gone() {
    let memory = memory();
    let held = take(&memory, 1, 8 * MIB).await.unwrap();
    let mut answer = held.keep(vec![0; MIB].into()).unwrap();
    assert_eq!(memory.used().held, MIB);
    let rest = answer.split_off(1);
    drop(answer);
    assert_eq!(memory.used().held, MIB);
    drop(rest);
    assert_eq!(memory.used().held, 0);
}

#[tokio::test]
async fn a_tiny_answer_is_not_counted() {
    let memory = memory();
    let held = take(&memory, 1, 8 * MIB).await.unwrap();
    let answer = held.keep(vec![0; FREE].into()).unwrap();
    assert_eq!((memory.used().held, answer.len()), (0, FREE));
}

#[tokio::test]
async fn an_answer_larger_than_expected_takes_more_or_is_refused() {
    let memory = memory();
    let held = take(&memory, 1, MIB).await.unwrap();
    let answer = held.keep(vec![0; 3 * MIB].into()).unwrap();
    assert_eq!(memory.used().held, 3 * MIB);
    let held = take(&memory, 1, MIB).await.unwrap();
    assert!(held.keep(vec![0; 14 * MIB].into()).is_err());
    drop(answer);
    assert_eq!(memory.used().held, 0);
}

#[tokio::test]
async fn a_frame_counts_once_however_many_streams_are_stuck_with_it() {
    let memory = memory();
    let frames = [Bytes::from(vec![1; MIB]), Bytes::from(vec![2; MIB])];
    let first = memory.stall(&frames).unwrap();
    let second = memory.stall(&frames[1..]).unwrap();
    assert_eq!(memory.used().held, 2 * MIB);
    drop(first);
    assert_eq!(memory.used().held, MIB);
    drop(second);
    assert_eq!(memory.used().held, 0);
}

#[tokio::test]
async fn frames_for_which_there_is_no_room_leave_nothing_behind() {
    let memory = memory();
    let _held = [
        take(&memory, 1, 16 * MIB).await.unwrap(),
        take(&memory, 2, 7 * MIB).await.unwrap(),
    ];
    let frames = [Bytes::from(vec![1; MIB]), Bytes::from(vec![2; MIB])];
    assert!(memory.stall(&frames).is_none());
    assert_eq!(memory.used().held, 23 * MIB);
    assert!(memory.stall(&frames[..1]).is_some());
}

#[tokio::test]
async fn the_answers_of_operations_have_a_room_of_their_own() {
    let memory = memory();
    let _held = [
        take(&memory, 1, 16 * MIB).await.unwrap(),
        take(&memory, 2, 8 * MIB).await.unwrap(),
    ];
    let answer = memory.operation("x".repeat(MIB)).unwrap();
    let more = memory.operation("x".repeat(MIB)).unwrap();
    assert!(memory.operation("x".repeat(MIB)).is_err());
    drop((answer, more));
    assert!(memory.operation("x".repeat(MIB)).is_ok());
}
