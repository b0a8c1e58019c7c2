//! GitHub as a client sees it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test that meets what it did not expect should fail there and then")]

mod beside;
mod dispatch;
mod graphql;
mod promote;
mod rest;
mod support;
