//! The two forms that go over the wire: query parameters in, XML out.

pub mod query;
pub mod xml;
