//! A hastened clock: all that the program waits for by tokio's clock comes sooner, and the program stays the same.
//!
//! Intervals, budgets and limits keep their proportions to each other; only this machine's time passes more slowly beside
//! them. Where the machine is slow the clock is slow as well: it goes on a step each time that the runtime gets to it, so
//! a limit never ends because others use the processor.

use std::sync::mpsc;
use std::time::Duration;

/// From one step to the next.
const STEP: Duration = Duration::from_millis(5);

/// The clock is hastened for as long as this lives.
pub struct Haste {
    _held: mpsc::Sender<()>,
}

impl Haste {
    /// So many times quicker than ours, on a runtime of one thread, before anything else is begun there.
    #[expect(clippy::disallowed_methods, reason = "a thread of its own, which is the clock")]
    pub fn of(times: u16) -> Self {
        tokio::time::pause();
        // While something blocks, the paused clock does not leap by itself to what is waited for next: answers come over
        // sockets, which no clock knows of.
        let (held, released) = mpsc::channel();
        drop(tokio::task::spawn_blocking(move || released.recv()));
        let (tick, mut ticks) = tokio::sync::mpsc::channel(1);
        std::thread::spawn(move || {
            // One that is not taken in time is left out.
            while !matches!(tick.try_send(()), Err(tokio::sync::mpsc::error::TrySendError::Closed(()))) {
                std::thread::sleep(STEP);
            }
        });
        tokio::spawn(async move {
            while ticks.recv().await.is_some() {
                tokio::time::advance(STEP * u32::from(times)).await;
            }
        });
        Self { _held: held }
    }
}
