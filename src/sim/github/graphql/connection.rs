//! Parts of lists: `first`, `after`, `last`, `before`.

use base64::Engine as _;
use serde_json::{Value, json};

use super::execute::{Arguments, Out, Problem};
use super::node::{Connection, Node, Span};

/// No part is larger.
const MOST: usize = 100;

/// The part that is asked for.
///
/// # Errors
///
/// When neither its length nor its end is given, or it is too long.
pub fn part(kind: &'static str, field: &str, nodes: Vec<Node>, arguments: &Arguments) -> Result<Out, Problem> {
    let total = nodes.len();
    let (first, last) = (arguments.number("first"), arguments.number("last"));
    let asked = first.or(last).ok_or_else(|| {
        let message = format!("You must provide a `first` or `last` value to properly paginate the `{field}` connection.");
        Problem::Other("MISSING_PAGINATION_BOUNDARIES", message)
    })?;
    if asked > MOST {
        let message = format!("Requesting {asked} records on the `{field}` connection exceeds the `first` limit of {MOST} records.");
        return Err(Problem::Other("EXCESSIVE_PAGINATION", message));
    }
    let after = arguments.text("after").and_then(number).unwrap_or(0).min(total);
    let before = arguments.text("before").and_then(number).map_or(total, |number| number.saturating_sub(1)).min(total);
    let (from, to) = match (first, last) {
        (Some(first), _) => (after, (after + first).min(before)),
        (None, Some(last)) => (before.saturating_sub(last).max(after), before),
        (None, None) => (after, before),
    };
    let span = Span { from, to: to.max(from), total };
    let nodes = nodes.into_iter().skip(span.from).take(span.to - span.from).collect();
    Ok(Out::One(Some(Node::Connection(Box::new(Connection { kind, nodes, span })))))
}

/// A field of a part.
pub fn field(connection: &Connection, name: &str) -> Result<Out, Problem> {
    match name {
        "nodes" => Ok(Out::Many(connection.nodes.clone())),
        "edges" => {
            let edges = connection.nodes.iter().enumerate();
            Ok(Out::Many(edges.map(|(at, node)| Node::Edge(Box::new(node.clone()), connection.span.from + at + 1)).collect()))
        }
        "totalCount" => Ok(Out::Leaf(json!(connection.span.total))),
        "pageInfo" => Ok(Out::One(Some(Node::PageInfo(connection.span)))),
        _ => Err(Problem::Unknown),
    }
}

/// A field of `pageInfo`.
pub fn page(span: Span, name: &str) -> Result<Out, Problem> {
    let some = span.to > span.from;
    Ok(Out::Leaf(match name {
        "hasNextPage" => json!(span.to < span.total),
        "hasPreviousPage" => json!(span.from > 0),
        "endCursor" => some.then(|| cursor(span.to)).into(),
        "startCursor" => some.then(|| cursor(span.from + 1)).into(),
        _ => return Err(Problem::Unknown),
    }))
}

/// A field of an edge.
pub fn edge(node: &Node, number: usize, name: &str) -> Result<Out, Problem> {
    match name {
        "node" => Ok(Out::One(Some(node.clone()))),
        "cursor" => Ok(Out::Leaf(Value::String(cursor(number)))),
        _ => Err(Problem::Unknown),
    }
}

fn cursor(number: usize) -> String {
    base64::engine::general_purpose::STANDARD.encode(format!("cursor:{number}"))
}

fn number(cursor: &str) -> Option<usize> {
    let text = base64::engine::general_purpose::STANDARD.decode(cursor).ok()?;
    std::str::from_utf8(&text).ok()?.strip_prefix("cursor:")?.parse().ok()
}
