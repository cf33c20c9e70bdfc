//! Tasks in an order that chance decides, and timers on a clock that stands still while anything can run.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use parking_lot::Mutex;
use reeeductio_backend::{Clock as _, ManualClock, Runtime};

use crate::dice::Dice;

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An executor that runs one task at a time.
pub(crate) struct Executor {
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) dice: Arc<Dice>,
    tasks: Mutex<Vec<Task>>,
    timers: Timers,
}

type Timers = Arc<Mutex<Vec<(i64, Waker)>>>;

struct Task {
    work: Work,
    ready: Arc<Ready>,
}

struct Ready(AtomicBool);

impl Wake for Ready {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Executor {
    pub(crate) fn new(seed: u64, start: i64) -> Arc<Self> {
        Arc::new(Self {
            clock: Arc::new(ManualClock::at(start)),
            dice: Arc::new(Dice::new(seed)),
            tasks: Mutex::default(),
            timers: Timers::default(),
        })
    }

    /// Runs until nothing happens before `deadline` (of the monotonic clock) any more.
    pub(crate) fn run_until(&self, deadline: i64) {
        loop {
            while self.step() {}
            let next = self.timers.lock().iter().map(|(at, _)| *at).min();
            match next {
                Some(at) if at <= deadline => self.advance_to(at),
                _ => return self.advance_to(deadline),
            }
        }
    }

    /// Polls one of the tasks that are ready; `false` if none is.
    fn step(&self) -> bool {
        let mut task = {
            let mut tasks = self.tasks.lock();
            let ready: Vec<usize> = (0..tasks.len())
                .filter(|index| tasks[*index].ready.0.load(Ordering::SeqCst))
                .collect();
            if ready.is_empty() {
                return false;
            }
            tasks.swap_remove(ready[self.dice.below(ready.len())])
        };
        task.ready.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(&task.ready));
        let polled = task.work.as_mut().poll(&mut Context::from_waker(&waker));
        if polled.is_pending() {
            self.tasks.lock().push(task);
        }
        true
    }

    fn advance_to(&self, at: i64) {
        let now = self.clock.monotonic();
        self.clock.advance((at - now).max(0));
        let now = now.max(at);
        self.timers.lock().retain(|(due, waker)| {
            let waits = *due > now;
            if !waits {
                waker.wake_by_ref();
            }
            waits
        });
    }

    /// Lets other tasks run for a while, and now and then time pass.
    pub(crate) async fn pause(&self) {
        for _ in 0..self.dice.below(4) {
            yield_now().await;
        }
        if self.dice.chance(5) {
            let milliseconds = 1 + self.dice.next() % 400;
            self.sleep(Duration::from_millis(milliseconds)).await;
        }
    }
}

impl Runtime for Executor {
    fn spawn(&self, task: Work) {
        self.tasks.lock().push(Task {
            work: task,
            ready: Arc::new(Ready(AtomicBool::new(true))),
        });
    }

    fn sleep(&self, duration: Duration) -> Work {
        Box::pin(Sleep {
            due: self.clock.monotonic() + i64::try_from(duration.as_millis()).unwrap(),
            clock: Arc::clone(&self.clock),
            timers: Arc::clone(&self.timers),
        })
    }
}

struct Sleep {
    due: i64,
    clock: Arc<ManualClock>,
    timers: Timers,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if self.clock.monotonic() >= self.due {
            return Poll::Ready(());
        }
        self.timers.lock().push((self.due, cx.waker().clone()));
        Poll::Pending
    }
}

async fn yield_now() {
    let mut yielded = false;
    std::future::poll_fn(|cx| {
        if yielded {
            return Poll::Ready(());
        }
        yielded = true;
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
