//! The program's state and how it changes: events in, state and effects out.
//!
//! Pure: no I/O, no clock, no terminal. One value, [`state::State`], holds the
//! program; [`update::update`] is the only thing that changes it.

pub mod accounts;
pub mod act;
mod agreement;
pub mod columns;
pub mod command;
pub mod copy;
pub mod cursor;
pub mod custom;
pub mod decision;
pub mod dialog;
pub mod environment;
pub mod event;
pub mod filter;
pub mod fleet;
pub mod form;
pub mod github;
pub mod github_act;
mod github_update;
pub mod headless;
pub mod history;
pub mod instance;
pub mod key;
pub mod keymap;
pub mod links;
pub mod lock;
pub mod login;
pub mod logs;
pub mod markdown;
pub mod menu;
pub mod notice;
pub mod operate;
pub mod operations;
pub mod operations_screen;
mod operations_update;
pub mod palette;
pub mod panes;
pub mod pending;
pub mod plans;
pub mod preferences;
pub mod previews;
pub mod promotions;
pub mod quit;
pub mod reader;
pub mod reason;
pub mod remembered;
pub mod saving;
pub mod setup;
pub mod sheet;
pub mod standing;
pub mod state;
pub mod timeline;
pub mod update;
pub mod views;
pub mod widths;
