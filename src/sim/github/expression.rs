//! `${{ … }}` and `if:` as far as deployment workflows use them.
//!
//! Owns reading values such as `inputs.name` and `github.ref`, comparisons
//! with a literal, and negation. What it does not know is empty, and as a
//! condition true.

use std::collections::BTreeMap;

/// What expressions can name: `inputs.staging`, `github.ref` …
pub type Values = BTreeMap<String, String>;

/// A text with its expressions filled in.
#[must_use]
pub fn fill(text: &str, values: &Values) -> String {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${{") {
        filled.push_str(before);
        let Some((inside, next)) = after.split_once("}}") else {
            filled.push_str("${{");
            filled.push_str(after);
            return filled;
        };
        filled.push_str(&value(inside.trim(), values));
        rest = next;
    }
    filled.push_str(rest);
    filled
}

fn value(name: &str, values: &Values) -> String {
    if let Some(text) = name.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\'')) {
        return text.to_owned();
    }
    if let Some((first, second)) = name.split_once("||") {
        let first = value(first.trim(), values);
        return if first.is_empty() { value(second.trim(), values) } else { first };
    }
    let name = name.strip_prefix("github.event.").unwrap_or(name);
    values.get(name).cloned().unwrap_or_default()
}

/// Whether a job with this condition runs.
#[must_use]
pub fn holds(condition: &str, values: &Values) -> bool {
    let inside = condition.trim().trim_start_matches("${{").trim_end_matches("}}").trim();
    if let Some((first, second)) = inside.split_once("&&") {
        return holds(first, values) && holds(second, values);
    }
    if let Some((first, second)) = inside.split_once("||") {
        return holds(first, values) || holds(second, values);
    }
    if let Some((left, right)) = inside.split_once("==") {
        return value(left.trim(), values) == value(right.trim(), values);
    }
    if let Some((left, right)) = inside.split_once("!=") {
        return value(left.trim(), values) != value(right.trim(), values);
    }
    if let Some(rest) = inside.strip_prefix('!') {
        return !holds(rest, values);
    }
    let known = inside.strip_prefix("github.event.").unwrap_or(inside);
    values.get(known).is_none_or(|text| !text.is_empty() && text != "false")
}

/// Whether the condition runs the job whatever became of those before it.
#[must_use]
pub fn regardless(condition: &str) -> bool {
    condition.contains("always()")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_conditions_are_read() {
        let pairs = [("inputs.staging", "true"), ("inputs.production", "false"), ("github.ref", "refs/heads/main")];
        let values: Values = pairs.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(fill("deploy-${{ github.ref }}-${{inputs.none}}", &values), "deploy-refs/heads/main-");
        assert!(holds("inputs.staging", &values) && !holds("inputs.production", &values));
        assert!(holds("${{ inputs.production != 'true' && github.ref == 'refs/heads/main' }}", &values));
        assert!(holds("github.event.inputs.staging == 'true'", &values) && holds("always()", &values));
    }
}
