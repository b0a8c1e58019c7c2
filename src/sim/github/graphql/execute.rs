//! Carrying out a query: which fields, under which names, with which arguments.
//!
//! Owns aliases, fragments, directives, variables, and errors in GraphQL's
//! shape, each with its path. Never knows a field.

use graphql_parser::Pos;
use graphql_parser::query::{
    Definition, Directive, Document, Field, Selection, SelectionSet, Type, TypeCondition, Value as Written, VariableDefinition,
};
use serde_json::{Map, Value, json};

use super::fields;
use super::node::Node;
use crate::github::limits::Left;
use crate::github::rest::Cx;

/// Fragments within fragments go no deeper.
const DEEPEST: usize = 40;

/// What a field comes to.
#[derive(Debug)]
pub enum Out {
    /// A value.
    Leaf(Value),
    /// Something with fields, or nothing.
    One(Option<Node>),
    /// Several.
    Many(Vec<Node>),
}

/// Why a field comes to nothing.
#[derive(Debug)]
pub enum Problem {
    /// There is no such field.
    Unknown,
    /// GitHub's kind of error, and its sentence.
    Other(&'static str, String),
}

/// What a field is called with.
#[derive(Debug, Default)]
pub struct Arguments(Map<String, Value>);

impl Arguments {
    /// A text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.as_str()
    }

    /// A number.
    pub fn number(&self, name: &str) -> Option<usize> {
        usize::try_from(self.0.get(name)?.as_u64()?).ok()
    }

    /// Several words.
    pub fn words(&self, name: &str) -> Vec<String> {
        match self.0.get(name) {
            Some(Value::Array(items)) => items.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            Some(Value::String(word)) => vec![word.clone()],
            _ => Vec::new(),
        }
    }

    /// A member of an input object that is yes or no; no where it is missing.
    pub fn flag_within(&self, name: &str, member: &str) -> bool {
        self.0.get(name).and_then(|input| input.get(member)?.as_bool()).unwrap_or(false)
    }

    /// A member of an input object.
    pub fn within(&self, name: &str, member: &str) -> Option<&str> {
        self.0.get(name)?.get(member)?.as_str()
    }
}

type Query<'q> = Document<'q, String>;

/// A query on its way.
pub struct Execution<'a, 'q> {
    /// The world, and what git said.
    pub cx: &'a Cx<'a>,
    /// What is left of the limit.
    pub left: Left,
    /// What went wrong so far.
    pub errors: Vec<Value>,
    document: &'a Query<'q>,
    variables: Map<String, Value>,
}

/// The values of a query's variables.
pub fn variables(defined: &[VariableDefinition<'_, String>], given: &Map<String, Value>) -> Result<Map<String, Value>, String> {
    let mut values = Map::new();
    for variable in defined {
        let value = match (given.get(&variable.name), &variable.default_value) {
            (Some(value), _) => value.clone(),
            (None, Some(default)) => literal(default, &Map::new()),
            (None, None) => Value::Null,
        };
        if value.is_null() && matches!(variable.var_type, Type::NonNullType(_)) {
            return Err(format!("Variable ${} of type {} was provided invalid value", variable.name, variable.var_type));
        }
        values.insert(variable.name.clone(), value);
    }
    Ok(values)
}

/// What a field is called with.
pub fn arguments(field: &Field<'_, String>, variables: &Map<String, Value>) -> Arguments {
    Arguments(field.arguments.iter().map(|(name, value)| (name.clone(), literal(value, variables))).collect())
}

fn literal(value: &Written<'_, String>, variables: &Map<String, Value>) -> Value {
    match value {
        Written::Variable(name) => variables.get(name).cloned().unwrap_or(Value::Null),
        Written::Int(number) => json!(number.as_i64()),
        Written::Float(number) => json!(number),
        Written::String(text) | Written::Enum(text) => json!(text),
        Written::Boolean(flag) => json!(flag),
        Written::Null => Value::Null,
        Written::List(items) => Value::Array(items.iter().map(|item| literal(item, variables)).collect()),
        Written::Object(members) => Value::Object(members.iter().map(|(name, value)| (name.clone(), literal(value, variables))).collect()),
    }
}

impl<'a, 'q> Execution<'a, 'q> {
    /// A query that is to be carried out.
    pub const fn new(cx: &'a Cx<'a>, left: Left, document: &'a Query<'q>, variables: Map<String, Value>) -> Self {
        Self { cx, left, errors: Vec::new(), document, variables }
    }

    /// Its data.
    pub fn query(&mut self, selection: &'a SelectionSet<'q, String>) -> Value {
        self.node(&Node::Query, &[selection], &mut Vec::new())
    }

    /// The data of a mutation's field, whose effect was had.
    pub fn mutation(&mut self, field: &'a Field<'q, String>, node: &Node) -> Value {
        let key = field.alias.as_deref().unwrap_or(&field.name);
        let inner = self.node(node, &[&field.selection_set], &mut vec![json!(key)]);
        json!({ key: inner })
    }

    /// Why a mutation's field had no effect.
    pub fn refused(&mut self, field: &'a Field<'q, String>, problem: &Problem) -> Value {
        let key = field.alias.as_deref().unwrap_or(&field.name);
        let (kind, message) = match problem {
            Problem::Unknown => ("NOT_FOUND", "Could not resolve to a node."),
            Problem::Other(kind, message) => (*kind, message.as_str()),
        };
        self.error(field.position, &[json!(key)], Some(kind), message);
        json!({ key: null })
    }

    fn node(&mut self, node: &Node, selections: &[&'a SelectionSet<'q, String>], path: &mut Vec<Value>) -> Value {
        let mut collected: Vec<(&str, Vec<&'a Field<'q, String>>)> = Vec::new();
        for selection in selections {
            self.collect(node, selection, &mut collected, 0);
        }
        let mut members = Map::new();
        for (key, fields) in collected {
            path.push(json!(key));
            members.insert(key.to_owned(), self.field(node, &fields, path));
            path.pop();
        }
        Value::Object(members)
    }

    /// The fields of a selection by the names they are answered under.
    fn collect(
        &mut self,
        node: &Node,
        selection: &'a SelectionSet<'q, String>,
        into: &mut Vec<(&'a str, Vec<&'a Field<'q, String>>)>,
        depth: usize,
    ) {
        if depth > DEEPEST {
            self.errors.push(json!({ "message": "Fragments are nested too deeply" }));
            return;
        }
        for item in &selection.items {
            match item {
                Selection::Field(field) if self.wanted(&field.directives) => {
                    let key = field.alias.as_deref().unwrap_or(&field.name);
                    match into.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, fields)) => fields.push(field),
                        None => into.push((key, vec![field])),
                    }
                }
                Selection::InlineFragment(fragment) if self.wanted(&fragment.directives) => {
                    let about = fragment.type_condition.as_ref().is_none_or(|TypeCondition::On(kind)| node.is(kind));
                    if about {
                        self.collect(node, &fragment.selection_set, into, depth + 1);
                    }
                }
                Selection::FragmentSpread(spread) if self.wanted(&spread.directives) => {
                    let named = self.document.definitions.iter().find_map(|definition| match definition {
                        Definition::Fragment(fragment) => (fragment.name == spread.fragment_name).then_some(fragment),
                        Definition::Operation(_) => None,
                    });
                    match named {
                        Some(fragment) => {
                            let TypeCondition::On(kind) = &fragment.type_condition;
                            if node.is(kind) {
                                self.collect(node, &fragment.selection_set, into, depth + 1);
                            }
                        }
                        None => self.errors.push(json!({
                            "message": format!("Fragment {} was used, but not defined", spread.fragment_name),
                            "extensions": { "code": "useAndDefineFragment" },
                        })),
                    }
                }
                Selection::Field(_) | Selection::InlineFragment(_) | Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// What `@skip` and `@include` say.
    fn wanted(&self, directives: &[Directive<'_, String>]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.iter().find(|(name, _)| name == "if");
            let holds = condition.is_some_and(|(_, value)| literal(value, &self.variables) == Value::Bool(true));
            match directive.name.as_str() {
                "skip" => !holds,
                "include" => holds,
                _ => true,
            }
        })
    }

    fn field(&mut self, node: &Node, fields: &[&'a Field<'q, String>], path: &mut Vec<Value>) -> Value {
        let Some(field) = fields.first() else { return Value::Null };
        if field.name == "__typename" {
            return json!(node.kind());
        }
        let found = fields::resolve(self.cx, &self.left, node, &field.name, &arguments(field, &self.variables));
        let selections: Vec<&'a SelectionSet<'q, String>> = fields.iter().map(|field| &field.selection_set).collect();
        let bare = selections.iter().all(|selection| selection.items.is_empty());
        match found {
            Ok(Out::Leaf(_)) if !bare => {
                self.error(field.position, path, None, &format!("Selections can't be made on scalars (field '{}')", field.name))
            }
            Ok(Out::Leaf(value)) => value,
            Ok(Out::One(_) | Out::Many(_)) if bare => {
                self.error(field.position, path, None, &format!("Field must have selections (field '{}' returns an object)", field.name))
            }
            Ok(Out::One(None)) => Value::Null,
            Ok(Out::One(Some(inner))) => self.node(&inner, &selections, path),
            Ok(Out::Many(inner)) => {
                let mut items = Vec::with_capacity(inner.len());
                for (number, item) in inner.iter().enumerate() {
                    path.push(json!(number));
                    items.push(self.node(item, &selections, path));
                    path.pop();
                }
                Value::Array(items)
            }
            Err(Problem::Unknown) => {
                let message = format!("Field '{}' doesn't exist on type '{}'", field.name, node.kind());
                self.error(field.position, path, None, &message);
                if let Some(error) = self.errors.last_mut().and_then(Value::as_object_mut) {
                    let code = json!({ "code": "undefinedField", "typeName": node.kind(), "fieldName": field.name });
                    error.insert(String::from("extensions"), code);
                }
                Value::Null
            }
            Err(Problem::Other(kind, message)) => self.error(field.position, path, Some(kind), &message),
        }
    }

    /// Notes an error; the field is null.
    fn error(&mut self, at: Pos, path: &[Value], kind: Option<&str>, message: &str) -> Value {
        let mut error = json!({ "path": path, "locations": [{ "line": at.line, "column": at.column }], "message": message });
        if let (Some(kind), Some(members)) = (kind, error.as_object_mut()) {
            members.insert(String::from("type"), json!(kind));
        }
        self.errors.push(error);
        Value::Null
    }
}
