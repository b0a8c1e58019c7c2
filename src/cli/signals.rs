//! The signals by which somebody wants the program to end.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// What the exit code of a program that a signal has ended begins at, as shells have it.
pub const BY_SIGNAL: u8 = 128;

/// Listens to whoever wants the program to end. While this lives, the signals do not end it by themselves, and what it
/// has started does not go on without it.
pub struct Signals {
    interrupt: Option<Signal>,
    terminate: Option<Signal>,
    hang_up: Option<Signal>,
}

impl Signals {
    /// Listens from now on. A signal that cannot be listened to ends the program as the system has it.
    #[must_use]
    pub fn listen() -> Self {
        let listen = |kind: SignalKind| signal(kind).ok();
        Self {
            interrupt: listen(SignalKind::interrupt()),
            terminate: listen(SignalKind::terminate()),
            hang_up: listen(SignalKind::hangup()),
        }
    }

    /// The number of the next one.
    pub async fn next(&mut self) -> u8 {
        tokio::select! {
            () = told(self.interrupt.as_mut()) => number(SignalKind::interrupt()),
            () = told(self.terminate.as_mut()) => number(SignalKind::terminate()),
            () = told(self.hang_up.as_mut()) => number(SignalKind::hangup()),
        }
    }
}

fn number(kind: SignalKind) -> u8 {
    u8::try_from(kind.as_raw_value()).unwrap_or_default()
}

async fn told(signal: Option<&mut Signal>) {
    if let Some(signal) = signal
        && signal.recv().await.is_some()
    {
        return;
    }
    std::future::pending::<()>().await;
}
