//! What a job's `if` asks for, as far as a person who starts its workflow decides it.
//!
//! Shapes: GitHub's documentation, "Evaluate expressions in workflows and actions". Understood is what
//! deploying workflows write: inputs, events and the functions of a status, joined by `&&`. Anything else
//! is not known.

use std::sync::Arc;

use crate::model::dispatch::{Condition, Term};

/// Where the event has the inputs.
const EVENT: &str = "github.event.inputs.";

/// How many parts are looked at.
const MOST: usize = 20;

/// The condition that this text is; none at all where there is none.
pub fn condition(text: Option<&str>) -> Condition {
    let Some(text) = text else { return Condition::default() };
    let inner = text.trim();
    let inner = inner.strip_prefix("${{").and_then(|rest| rest.strip_suffix("}}")).unwrap_or(inner);
    if inner.contains("||") || inner.contains("${{") || inner.split("&&").count() > MOST {
        return Condition(vec![Term::Unknown]);
    }
    Condition(inner.split("&&").filter_map(|part| term(part.trim())).collect())
}

/// One part; none where it holds of any run whose jobs before have not failed.
fn term(part: &str) -> Option<Term> {
    if matches!(part, "always()" | "success()" | "!cancelled()" | "!failure()" | "true") {
        return None;
    }
    if let Some((left, right)) = part.split_once("==") {
        return Some(equal(left.trim(), right.trim()).or_else(|| equal(right.trim(), left.trim())).unwrap_or(Term::Unknown));
    }
    // In the event, every input is a text: one that says "false" is there all the same.
    let of_event = part.starts_with(EVENT);
    Some(input(part).map_or(Term::Unknown, |name| if of_event { Term::Filled(name) } else { Term::Given(name) }))
}

fn equal(name: &str, value: &str) -> Option<Term> {
    let text = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match (input(name), text, value) {
        (Some(_), _, "true") if name.starts_with(EVENT) => None,
        (Some(name), _, "true") => Some(Term::Ticked(name)),
        (Some(name), Some(text), _) => Some(Term::Is(name, text.into())),
        (None, Some(text), _) if name == "github.event_name" => Some(Term::Event(text.into())),
        _ => None,
    }
}

/// The input that this names.
fn input(text: &str) -> Option<Arc<str>> {
    let name = text.strip_prefix("inputs.").or_else(|| text.strip_prefix(EVENT))?;
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'));
    is_name.then(|| name.into())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::dispatch::{Input, InputKind};

    #[test]
    fn what_a_person_decides_is_known_and_nothing_else() {
        let input = |name: &str, kind| Input { name: name.into(), description: "".into(), kind, required: false, default: None };
        let inputs = [
            input("live", InputKind::Tick),
            input("dry", InputKind::Tick),
            input("where", InputKind::Choice(vec!["Prod".into()])),
            input("note", InputKind::Text),
            input("word", InputKind::Text),
            input("none", InputKind::Number),
        ];
        let values = [("live", "true"), ("dry", "false"), ("where", "Prod"), ("note", ""), ("word", "false"), ("none", "0")];
        let values: BTreeMap<Arc<str>, String> = values.map(|(name, value)| (name.into(), value.to_owned())).into();
        for (text, holds) in [
            ("inputs.live", Some(true)),
            ("${{ inputs.live }}", Some(true)),
            ("inputs.live == true", Some(true)),
            ("inputs.word == true", None),
            ("github.event.inputs.live == 'true'", Some(true)),
            ("github.event.inputs.live == true", None),
            ("inputs.dry", Some(false)),
            // There, it is the text "false".
            ("github.event.inputs.dry", Some(true)),
            ("github.event.inputs.note", Some(false)),
            ("inputs.word", Some(true)),
            ("inputs.none", Some(false)),
            ("inputs.note", Some(false)),
            ("inputs.absent", Some(false)),
            ("inputs.where == 'prod'", Some(true)),
            ("'staging' == inputs.where", Some(false)),
            ("github.event_name == 'push'", Some(false)),
            ("github.event_name == 'workflow_dispatch' && inputs.live", Some(true)),
            ("always() && !cancelled()", Some(true)),
            ("github.ref == 'refs/heads/main'", None),
            ("github.ref == 'refs/heads/main' && inputs.dry", Some(false)),
            ("!inputs.live", None),
            ("inputs.live || inputs.dry", None),
            ("contains(inputs.where, 'prod')", None),
            ("inputs.where != 'prod'", None),
            ("failure()", None),
        ] {
            assert_eq!(condition(Some(text)).holds(&inputs, &values), holds, "{text}");
        }
        assert_eq!(condition(None).holds(&inputs, &values), Some(true));
        assert!(condition(Some("inputs.live && inputs.where == 'x'")).asks_for("where"));
    }
}
