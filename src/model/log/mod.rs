//! Log lines out of many sources as one stream: kept, ordered, filtered, searched.
//!
//! Owns what a line is, where it stands, and what is known to be missing.
//! Never fetches a line and never draws one; all text in here is as it came,
//! so hostile: [`ansi::spans`] makes it safe to show.
//!
//! ```text
//! feeds ─► feed      which ways of reading there are; whoever reads one tells
//! batches ─► buffer ─┬─ chunk    text in arenas, evicted whole
//!                    ├─ overlap  what several reports tell of one line
//!                    ├─ order    by time, whatever came first
//!                    └─ note     gaps, samplings, markers, each in its place
//! known, timed           what lines without an id, or without a time of their own, say of themselves
//! filter ─► matches ─► view      what is shown, and where the reader is
//! ```

pub mod ansi;
pub mod batch;
pub mod buffer;
#[cfg(test)]
mod buffer_tests;
mod chunk;
pub mod feed;
pub mod feeds;
#[cfg(test)]
mod feeds_tests;
pub mod filter;
pub mod histogram;
pub mod known;
pub mod level;
pub mod line;
pub mod matches;
pub mod note;
mod order;
mod overlap;
pub mod source;
pub mod timed;
pub mod view;
#[cfg(test)]
mod view_tests;
