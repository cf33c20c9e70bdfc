//! Giving memory back to the system after a peak.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;

use super::Memory;
use crate::http::stopped;

/// Time between two looks. Allocators wait for about as long before they give back what was freed.
const TICK: Duration = Duration::from_secs(1);
/// Bytes less than at the peak that make it worth while.
const FALL: usize = 8 << 20;
/// Looks after a fall at which the allocator is reminded: not everything is freed at once.
const REMINDERS: u32 = 5;
/// Large enough for an allocation of its own; its memory is never touched.
const REMINDER_BYTES: usize = 32 << 20;

/// Reminds the allocator after each peak that there is something to give back, until `stopping` becomes true.
///
/// mimalloc, which our programs use, gives freed memory back at the next large allocation or release a second
/// later. In a server that has become quiet there is none.
pub(crate) async fn release_after_peaks(memory: Arc<Memory>, mut stopping: watch::Receiver<bool>) {
    let mut peak = 0;
    let mut reminders = 0;
    loop {
        tokio::select! {
            () = stopped(&mut stopping) => return,
            () = sleep(TICK) => {}
        }
        peak = peak.max(memory.take_peak());
        let held = memory.used().held;
        if held + FALL < peak {
            reminders = REMINDERS;
            peak = held;
        }
        if reminders > 0 {
            reminders -= 1;
            drop(black_box(Vec::<u8>::with_capacity(REMINDER_BYTES)));
        }
    }
}
