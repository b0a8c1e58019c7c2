//! Everything the eye sees, and the loop that keys and answers come in by.
//!
//! Views are functions of the state: they read it and write cells, nothing
//! else. Only this folder names ratatui and crossterm, and only [`theme`]
//! and its inks name colours, and [`application`] those that applications ask for.

pub mod application;
pub mod chain;
mod clicks;
mod clipboard;
pub mod colour;
pub mod decision;
pub mod environment;
pub mod environment_heading;
pub mod environment_panes;
pub mod environment_why;
pub mod first_steps;
pub mod fleet;
pub mod fleet_cells;
pub mod fleet_details;
pub mod fleet_empty;
pub mod form;
mod help;

mod inks;
pub mod input;
pub mod line;
pub mod lock;
pub mod logs;
pub mod middle;
pub mod operations;
pub mod operations_elsewhere;
pub mod operations_units;
pub mod overlay;
pub mod own_theme;
pub mod panes;
pub mod pending;
pub mod picture;
mod preferences;
pub mod previews;
pub mod promotions;
pub mod properties;
mod reader;
pub mod reason;
mod role;
pub mod runtime;
pub mod screen;
pub mod sheet;
pub mod table;
pub mod term;
pub mod text;
pub mod theme;
pub mod timeline;
pub mod troubles;
pub mod version;
pub mod view;
pub mod words;
