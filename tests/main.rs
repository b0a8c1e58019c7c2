//! The one integration-test binary, so that linking happens once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect should fail there and then")]

mod acting;
mod architecture;
mod cli;
mod github;
mod hosts;
mod logs;
mod readme;
mod screens;
mod terminal;
mod truth;

mod support {
    pub mod circleci;
    pub mod console;
    pub mod desk;
    pub mod fleet;
    pub mod forge;
    pub mod haste;
    pub mod lines;
    pub mod live;
    pub mod operations;
    pub mod previews;
    pub mod program;
    pub mod pty;
    pub mod sim;
    pub mod sshd;
    pub mod stage;
    pub mod systems;
    pub mod tls;
}
