//! The one integration-test binary, so that linking happens once.

mod architecture;
mod cli;
mod terminal;
mod truth;

mod support {
    pub mod program;
    pub mod pty;
    pub mod sim;
}
