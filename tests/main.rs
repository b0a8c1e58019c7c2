//! The one integration-test binary, so that linking happens once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect should fail there and then")]

mod architecture;
mod readme;
mod screens;
mod truth;

mod support {
    pub mod fleet;
    pub mod sim;
    pub mod stage;
}
