//! The one integration-test binary, so that linking happens once.

mod architecture;
mod screens;
mod truth;

mod support {
    pub mod fleet;
    pub mod sim;
    pub mod stage;
}
