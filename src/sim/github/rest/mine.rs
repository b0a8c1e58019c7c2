//! The repositories that the viewer sees.

use serde_json::Value;

use super::page::Page;
use super::{Answered, Cx, Reply, Request, objects};

/// `GET /user/repos`: sorted by name, or with `sort=pushed` those that were pushed to last first.
///
/// # Errors
///
/// None: whoever sees none gets an empty list.
pub fn list(cx: &Cx<'_>, request: &Request<'_>) -> Answered {
    let mut found: Vec<_> = cx.world.github.repositories.iter().collect();
    match request.params.get("sort") {
        Some("pushed") => found.sort_by(|one, other| other.pushed.cmp(&one.pushed).then_with(|| one.full_name().cmp(&other.full_name()))),
        _ => found.sort_by_key(|repository| repository.full_name()),
    }
    let rows: Vec<Value> = found.into_iter().map(|repository| objects::full_repository(cx, repository)).collect();
    let page = Page::read(&request.params, 30);
    Ok(Reply::Json(200, Value::Array(page.cut(&rows)), page.link(request, 0, rows.len())))
}
