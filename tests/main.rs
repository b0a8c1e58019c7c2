//! The one integration-test binary, so that linking happens once.

mod architecture;
mod readme;
mod truth;

mod support {
    pub mod sim;
}
