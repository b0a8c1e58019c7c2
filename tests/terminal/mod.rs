//! The shipped binary in a real terminal: what a person sees, and what is left behind.

mod demo;
mod endings;
mod lent;
mod looks;
mod memory;
mod shell;
