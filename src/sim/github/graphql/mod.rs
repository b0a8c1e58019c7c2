//! GraphQL, as far as queries of a console go.

use serde_json::json;

use super::limits::Left;
use super::rest::{Answered, Cx, Reply, Request};

/// Answers a query.
///
/// # Errors
///
/// When the body is not JSON.
pub fn answer(_cx: &Cx<'_>, _request: &Request<'_>, _left: Left) -> Answered {
    Ok(Reply::json(json!({ "data": null, "errors": [{ "message": "not yet" }] })))
}
