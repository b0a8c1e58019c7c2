//! The shipped binary in a real terminal: what a person sees, and what is left behind.

mod clipboard;
mod custom;
mod demo;
mod endings;
mod init;
mod lent;
mod login;
mod looks;
mod memory;
mod mouse;
mod shell;
