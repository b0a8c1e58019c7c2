//! The forms that go over the wire: query parameters in, XML and event streams out.

pub mod event_stream;
pub mod query;
pub mod xml;
