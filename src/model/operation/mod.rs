//! What an operator has done to environments: planned, begun once, observed to its proven end.
//!
//! Pure data and pure conclusions. Adapters carry actions out (`ops::port::Platform`); nothing here sends anything.

pub mod action;
pub mod evidence;
