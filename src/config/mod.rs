//! The configuration: where its file is, what it may say, and every mistake in it at once.
//!
//! Owns the file's format and the variables of the environment that stand
//! beside it; yields [`Settings`] in the model's words. It never reads the
//! process's environment by itself (a lookup is handed in), never writes, and
//! nothing outside this folder names the TOML crate.
//!
//! A file goes one way: bytes → text ([`parse()`], which refuses what
//! is no text) → tree (`syntax`) → entries with their places (`file`, each
//! value checked by one function of `shape`) → rules over several entries
//! (`contradiction`) → [`Settings`]. No step stops at the first mistake,
//! except that a file which is no TOML is not looked into.

mod account;
mod binding;
mod circleci;
mod compute;
mod contradiction;
mod custom;
mod file;
mod finding;
mod freeze;
mod host;
mod keys;
mod link;
mod load;
mod log;
mod migrations;
mod nearest;
mod parse;
mod rolling;
mod settings;
mod shape;
mod source;
mod syntax;
mod table;
mod theme;
mod variables;
mod view;
mod waves;

#[cfg(test)]
mod corpus;

pub use finding::{Finding, Findings, Warning};
pub use load::{BadFile, ConfigError, NamedBy, Place, Summary, check, load, usual_file};
pub use parse::{LARGEST, parse, parse_bytes};
pub use settings::{Account, Colors, Display, Locks, Overrides, Reading, Settings, Theme};
pub use shape::typed_region;
pub use theme::parse_theme;
pub use variables::BadVariable;

/// A file with every key, its default and what it means, all settings commented out.
pub const DEFAULT: &str = include_str!("default.toml");
