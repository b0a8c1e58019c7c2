//! The record of every request that reached the server.
//!
//! Owns their numbers. A request is entered on arrival and its status when it
//! is known; one that never gets an answer has none.

use std::collections::VecDeque;

use serde::Serialize;

/// No more than this many are kept; numbers go on.
const MOST: usize = 100_000;

/// One request.
#[derive(Clone, Debug, Serialize)]
pub struct Call {
    /// Its number, from 1.
    pub seq: u64,
    /// When it arrived.
    pub at: String,
    /// AWS's signing name.
    pub service: String,
    /// The operation.
    pub operation: String,
    /// The region of its signature.
    pub region: Option<String>,
    /// The account of its key.
    pub account: Option<String>,
    /// The ARN of the identity that its key stands for.
    pub caller: Option<String>,
    /// Whether the operation changes anything.
    pub write: bool,
    /// The HTTP status of the answer.
    pub status: Option<u16>,
    /// The fault that met it.
    pub fault: Option<&'static str>,
}

/// All requests, in the order of their arrival.
#[derive(Debug, Default)]
pub struct Calls {
    calls: VecDeque<Call>,
    numbered: u64,
}

impl Calls {
    /// Enters a request; its number is set here and returned.
    pub fn enter(&mut self, mut call: Call) -> u64 {
        self.numbered += 1;
        call.seq = self.numbered;
        self.calls.push_back(call);
        if self.calls.len() > MOST {
            self.calls.pop_front();
        }
        self.numbered
    }

    /// Notes how a request was answered.
    pub fn answered(&mut self, seq: u64, status: u16) {
        let first = self.calls.front().map_or(0, |call| call.seq);
        let index = usize::try_from(seq.wrapping_sub(first)).unwrap_or(usize::MAX);
        if let Some(call) = self.calls.get_mut(index) {
            call.status = Some(status);
        }
    }

    /// Those that came after number `since`.
    pub fn since(&self, since: u64) -> impl Iterator<Item = &Call> {
        self.calls.iter().filter(move |call| call.seq > since)
    }
}
