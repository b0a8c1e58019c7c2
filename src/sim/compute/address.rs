//! Elastic IP addresses.
//!
//! Owns which there are and where each points.

use crate::chance::mix;
use crate::environment::Place;

/// An Elastic IP address of an account.
#[derive(Clone, Debug)]
pub struct Address {
    /// Whose and where.
    pub place: Place,
    /// The number in its ids.
    pub id: u64,
    /// The address.
    pub ip: String,
    /// The machine that it points to.
    pub machine: Option<usize>,
    /// Its tags.
    pub tags: Vec<(String, String)>,
}

impl Address {
    /// `eipalloc-` and seventeen hexadecimal digits.
    #[must_use]
    pub fn allocation(&self) -> String {
        format!("eipalloc-0{:016x}", self.id)
    }

    /// `eipassoc-` and seventeen hexadecimal digits.
    #[must_use]
    pub fn association(&self) -> String {
        format!("eipassoc-0{:016x}", mix(self.id, 1))
    }
}
