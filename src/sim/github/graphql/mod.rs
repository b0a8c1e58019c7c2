//! GraphQL, as far as the queries of a console go.
//!
//! ```text
//! mod      a request: query, variables, errors
//! execute  selections: aliases, fragments, directives, arguments
//! fields   what each type's fields are
//! node     the types
//! mutation what changes something
//! ```
//!
//! What is not simulated is an error beside the data that is: a query is never
//! quietly answered with less.

mod connection;
mod execute;
mod fields;
mod git;
mod mutation;
mod node;

use std::cell::OnceCell;

use graphql_parser::query::{Definition, Document, OperationDefinition, SelectionSet, parse_query};
use serde_json::{Map, Value, json};

use super::git::ask::{Facts, Question};
use super::limits::Left;
use super::rest::{Answered, Cx, Refusal, Reply, Request};
use crate::world::World;
use execute::Execution;

/// A query or a mutation, read.
struct Read<'a> {
    document: &'a Document<'a, String>,
    selection: &'a SelectionSet<'a, String>,
    variables: Map<String, Value>,
    mutates: bool,
}

/// What a mutation did, once it has: what is selected of it may need git, and the
/// answer is then made again, without doing it again.
#[derive(Debug, Default)]
pub struct Effect(OnceCell<Result<node::Node, execute::Problem>>);

impl Effect {
    fn get(&self) -> Option<&Result<node::Node, execute::Problem>> {
        self.0.get()
    }

    /// The first time only.
    fn set(&self, done: Result<node::Node, execute::Problem>) {
        self.0.get_or_init(|| done);
    }
}

/// The mutation that a body asks for, if it asks for one.
#[must_use]
pub fn mutation(body: &[u8]) -> Option<&'static str> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let document: Document<'_, String> = parse_query(body.get("query")?.as_str()?).ok()?;
    match operation(&document, &body)? {
        OperationDefinition::Mutation(found) => mutation::only(&found.selection_set).ok().map(|_| mutation::REVERT),
        OperationDefinition::Query(_) | OperationDefinition::Subscription(_) | OperationDefinition::SelectionSet(_) => None,
    }
}

fn operation<'a, 'q>(document: &'a Document<'q, String>, body: &Value) -> Option<&'a OperationDefinition<'q, String>> {
    let wanted = body.get("operationName").and_then(Value::as_str);
    document.definitions.iter().find_map(|definition| match definition {
        Definition::Operation(operation) => wanted.is_none_or(|wanted| name(operation) == Some(wanted)).then_some(operation),
        Definition::Fragment(_) => None,
    })
}

/// Answers a query or a mutation, whose effect is kept between its rounds.
///
/// # Errors
///
/// What git has to be asked first; then nothing has changed.
pub fn answer(world: &mut World, facts: &Facts, request: &Request<'_>, left: Left, effect: &Effect) -> Result<Answered, Vec<Question>> {
    let Ok(body) = serde_json::from_slice::<Value>(request.body) else {
        return Ok(Err(Refusal::new(400, "Problems parsing JSON")));
    };
    let Some(text) = body.get("query").and_then(Value::as_str) else {
        return Ok(Err(Refusal::new(400, "A query attribute must be specified and must be a string.")));
    };
    let document: Document<'_, String> = match parse_query(text) {
        Ok(document) => document,
        Err(error) => return Ok(Ok(failed(&format!("Parse error: {}", error.to_string().replace('\n', " "))))),
    };
    match read(&document, &body) {
        Err(sentence) => Ok(Ok(failed(&sentence))),
        Ok(read) if read.mutates => mutate(world, facts, request, left, &read, effect),
        Ok(read) => {
            let cx = Cx::new(world, facts, request);
            let mut execution = Execution::new(&cx, left, read.document, read.variables);
            let data = execution.query(read.selection);
            let reply = reply(data, execution.errors);
            let needs = cx.needs.into_inner();
            if needs.is_empty() { Ok(Ok(reply)) } else { Err(needs) }
        }
    }
}

fn read<'a>(document: &'a Document<'a, String>, body: &Value) -> Result<Read<'a>, String> {
    let (selection, defined, mutates) = match operation(document, body) {
        None => return Err(String::from("No operation found")),
        Some(OperationDefinition::SelectionSet(selection)) => (selection, &[][..], false),
        Some(OperationDefinition::Query(query)) => (&query.selection_set, query.variable_definitions.as_slice(), false),
        Some(OperationDefinition::Mutation(found)) => (&found.selection_set, found.variable_definitions.as_slice(), true),
        Some(OperationDefinition::Subscription(_)) => return Err(String::from("Subscriptions are not simulated")),
    };
    let given = body.get("variables").and_then(Value::as_object).cloned().unwrap_or_default();
    Ok(Read { document, selection, variables: execute::variables(defined, &given)?, mutates })
}

fn mutate(
    world: &mut World,
    facts: &Facts,
    request: &Request<'_>,
    left: Left,
    read: &Read<'_>,
    effect: &Effect,
) -> Result<Answered, Vec<Question>> {
    let field = match mutation::only(read.selection) {
        Ok(field) => field,
        Err(sentence) => return Ok(Ok(failed(&sentence))),
    };
    if effect.get().is_none() {
        let cx = Cx::new(world, facts, request);
        let planned = mutation::plan(&cx, field, &read.variables);
        let needs = cx.needs.into_inner();
        if !needs.is_empty() {
            return Err(needs);
        }
        let done = planned.and_then(|planned| mutation::carry_out(world, &planned).ok_or(execute::Problem::Unknown));
        effect.set(done);
    }
    let cx = Cx::new(world, facts, request);
    let mut execution = Execution::new(&cx, left, read.document, read.variables.clone());
    let data = match effect.get() {
        Some(Ok(node)) => execution.mutation(field, node),
        Some(Err(problem)) => execution.refused(field, problem),
        None => Value::Null,
    };
    let reply = reply(data, execution.errors);
    let needs = cx.needs.into_inner();
    if needs.is_empty() { Ok(Ok(reply)) } else { Err(needs) }
}

fn reply(data: Value, errors: Vec<Value>) -> Reply {
    let mut reply = Map::new();
    reply.insert(String::from("data"), data);
    if !errors.is_empty() {
        reply.insert(String::from("errors"), Value::Array(errors));
    }
    Reply::json(Value::Object(reply))
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
