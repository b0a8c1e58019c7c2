//! What an operator has done to environments: planned, begun once, observed to its proven end.
//!
//! Pure data and pure conclusions. Adapters carry actions out (`ops::port::Platform`); nothing here sends anything.

pub mod action;
pub mod command;
mod course;
pub mod evidence;
pub mod fact;
pub mod id;
pub mod look;
pub mod next;
#[expect(clippy::module_inception, reason = "the folder is about operations, and this file is one")]
pub mod operation;
pub mod outcome;
pub mod plan;
pub mod timing;
pub mod verdict;

#[cfg(test)]
mod tests;
