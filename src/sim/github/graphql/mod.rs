//! GraphQL, as far as the queries of a console go.
//!
//! ```text
//! mod      a request: query, variables, errors
//! execute  selections: aliases, fragments, directives, arguments
//! fields   what each type's fields are
//! node     the types
//! ```
//!
//! What is not simulated is an error beside the data that is: a query is never
//! quietly answered with less.

mod connection;
mod execute;
mod fields;
mod git;
mod node;

use graphql_parser::query::{Definition, Document, OperationDefinition, parse_query};
use serde_json::{Map, Value, json};

use super::limits::Left;
use super::rest::{Answered, Cx, Refusal, Reply, Request};
use execute::Execution;

/// Answers a query.
///
/// # Errors
///
/// When the body is no request of GraphQL at all.
pub fn answer(cx: &Cx<'_>, request: &Request<'_>, left: Left) -> Answered {
    let body: Value = serde_json::from_slice(request.body).map_err(|_| Refusal::new(400, "Problems parsing JSON"))?;
    let Some(text) = body.get("query").and_then(Value::as_str) else {
        return Err(Refusal::new(400, "A query attribute must be specified and must be a string."));
    };
    let document: Document<'_, String> = match parse_query(text) {
        Ok(document) => document,
        Err(error) => return Ok(failed(&format!("Parse error: {}", error.to_string().replace('\n', " ")))),
    };
    let wanted = body.get("operationName").and_then(Value::as_str);
    let operation = document.definitions.iter().find_map(|definition| match definition {
        Definition::Operation(operation) => wanted.is_none_or(|wanted| name(operation) == Some(wanted)).then_some(operation),
        Definition::Fragment(_) => None,
    });
    let empty = Vec::new();
    let (selection, variables) = match operation {
        None => return Ok(failed("No operation found")),
        Some(OperationDefinition::SelectionSet(selection)) => (selection, &empty),
        Some(OperationDefinition::Query(query)) => (&query.selection_set, &query.variable_definitions),
        Some(OperationDefinition::Mutation(_) | OperationDefinition::Subscription(_)) => {
            return Ok(failed("Only queries are simulated"));
        }
    };
    let given = body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
    let variables = match execute::variables(variables, &given) {
        Ok(variables) => variables,
        Err(sentence) => return Ok(failed(&sentence)),
    };
    let mut execution = Execution::new(cx, left, &document, variables);
    let data = execution.query(selection);
    let mut reply = Map::new();
    reply.insert(String::from("data"), data);
    if !execution.errors.is_empty() {
        reply.insert(String::from("errors"), Value::Array(execution.errors));
    }
    Ok(Reply::json(Value::Object(reply)))
}

fn failed(message: &str) -> Reply {
    Reply::json(json!({ "errors": [{ "message": message }] }))
}

fn name<'a>(operation: &'a OperationDefinition<'_, String>) -> Option<&'a str> {
    match operation {
        OperationDefinition::Query(query) => query.name.as_deref(),
        OperationDefinition::Mutation(mutation) => mutation.name.as_deref(),
        OperationDefinition::Subscription(_) | OperationDefinition::SelectionSet(_) => None,
    }
}
