//! `${{ … }}` and `if:` as far as deployment workflows use them.
//!
//! Owns GitHub's expressions: literals, names such as `inputs.name`, operators by
//! their precedence, and the functions below. What only a run can know (outputs,
//! secrets, variables) is [`Value::Unknown`]: empty as a text, and as a condition
//! it stands in nobody's way.

use std::collections::BTreeMap;

/// What a name or an expression comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing: an input that was not given.
    Null,
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// A text.
    Text(String),
    /// Only a run could know.
    Unknown,
}

/// What expressions can name: `inputs.staging`, `github.ref` …
pub type Values = BTreeMap<String, Value>;

/// How it stands with the jobs before one, for `success()` and `failure()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    /// All succeeded.
    Well,
    /// One failed.
    Failed,
    /// None failed, but one was skipped or cancelled.
    Stopped,
}

impl Value {
    /// The text in place of an expression.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Null | Self::Unknown => String::new(),
            Self::Flag(flag) => flag.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// Whether it holds as a condition; `None` where only a run could know.
    fn holds(&self) -> Option<bool> {
        match self {
            Self::Null => Some(false),
            Self::Flag(flag) => Some(*flag),
            Self::Number(number) => Some(*number != 0.0 && !number.is_nan()),
            Self::Text(text) => Some(!text.is_empty()),
            Self::Unknown => None,
        }
    }

    /// What it is beside a value of another type.
    fn number(&self) -> f64 {
        match self {
            Self::Null => 0.0,
            Self::Flag(flag) => f64::from(u8::from(*flag)),
            Self::Number(number) => *number,
            Self::Text(text) if text.trim().is_empty() => 0.0,
            Self::Text(text) => text.trim().parse().unwrap_or(f64::NAN),
            Self::Unknown => f64::NAN,
        }
    }

    /// GitHub's loose equality: texts without regard to case, different types as numbers.
    fn equals(&self, other: &Self) -> Self {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Text(a), Self::Text(b)) => Self::Flag(a.eq_ignore_ascii_case(b)),
            (a, b) => Self::Flag(a.number().partial_cmp(&b.number()) == Some(std::cmp::Ordering::Equal)),
        }
    }

    fn not(&self) -> Self {
        self.holds().map_or(Self::Unknown, |holds| Self::Flag(!holds))
    }
}

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
        filled.push_str(&evaluate(inside, values, Before::Well).text());
        rest = next;
    }
    filled.push_str(rest);
    filled
}

/// What a text comes to: an expression alone keeps its type.
#[must_use]
pub fn value(text: &str, values: &Values) -> Value {
    match inside(text) {
        Some(expression) => evaluate(expression, values, Before::Well),
        None => Value::Text(fill(text, values)),
    }
}

/// Whether a job with this condition runs. One that does not ask how it stands
/// with the jobs before it runs only after success.
#[must_use]
pub fn runs(condition: &str, values: &Values, before: Before) -> bool {
    let expression = inside(condition).unwrap_or(condition);
    let asks = tokens(expression).iter().any(|token| matches!(token, Token::Word(word) if STATES.contains(&word.as_str())));
    let holds = expression.trim().is_empty() || evaluate(expression, values, before).holds().unwrap_or(true);
    holds && (asks || before == Before::Well)
}

/// The functions that ask how it stands.
const STATES: [&str; 4] = ["always", "success", "failure", "cancelled"];

/// What is in the braces, where there is nothing else.
fn inside(text: &str) -> Option<&str> {
    let inside = text.trim().strip_prefix("${{")?.strip_suffix("}}")?;
    (!inside.contains("${{")).then_some(inside)
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Text(String),
    Number(f64),
    /// A name, with its dots.
    Word(String),
    /// An operator, a parenthesis or a comma.
    Sign(&'static str),
    /// What no expression has.
    Strange,
}

/// Two letters before one: `<=` is not `<` and `=`.
const SIGNS: [&str; 13] = ["&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "(", ")", ",", "*"];

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(letter) = rest.chars().next() {
        let (token, length) = if letter == '\'' {
            quoted(rest)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            let end = rest.find(|c: char| !(c.is_alphanumeric() || "_-.".contains(c))).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or_default();
            match word.parse::<f64>() {
                _ if word.is_empty() => (Token::Strange, letter.len_utf8()),
                Ok(number) if !letter.is_alphabetic() => (Token::Number(number), end),
                _ => (Token::Word(word.to_owned()), end),
            }
        };
        tokens.push(token);
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    tokens
}

/// A text in single quotes, in which two stand for one; and its length.
fn quoted(rest: &str) -> (Token, usize) {
    let mut text = String::new();
    let mut letters = rest.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '\'' {
            text.push(letter);
        } else if letters.next_if(|(_, next)| *next == '\'').is_some() {
            text.push('\'');
        } else {
            return (Token::Text(text), at + 1);
        }
    }
    (Token::Strange, rest.len())
}

/// Reads an expression from left to right; what makes no sense is unknown.
struct Reader<'a> {
    tokens: Vec<Token>,
    at: usize,
    values: &'a Values,
    before: Before,
}

fn evaluate(text: &str, values: &Values, before: Before) -> Value {
    let mut reader = Reader { tokens: tokens(text), at: 0, values, before };
    let value = reader.either(0);
    if reader.at < reader.tokens.len() { Value::Unknown } else { value }
}

/// Parentheses within parentheses go no deeper.
const DEEPEST: usize = 50;

impl Reader<'_> {
    fn take(&mut self, signs: &[&'static str]) -> Option<&'static str> {
        let Some(Token::Sign(sign)) = self.tokens.get(self.at) else { return None };
        let found = signs.iter().find(|wanted| *wanted == sign)?;
        self.at += 1;
        Some(found)
    }

    /// `a || b`: the first that holds, else the last.
    fn either(&mut self, depth: usize) -> Value {
        let mut left = self.both(depth);
        while self.take(&["||"]).is_some() {
            let right = self.both(depth);
            left = match (left.holds(), right.holds()) {
                (Some(true), _) => left,
                (Some(false), _) | (None, Some(true)) => right,
                (None, _) => Value::Unknown,
            };
        }
        left
    }

    /// `a && b`: the first that does not hold, else the last.
    fn both(&mut self, depth: usize) -> Value {
        let mut left = self.compared(depth);
        while self.take(&["&&"]).is_some() {
            let right = self.compared(depth);
            left = match (left.holds(), right.holds()) {
                (Some(false), _) => left,
                (Some(true), _) | (None, Some(false)) => right,
                (None, _) => Value::Unknown,
            };
        }
        left
    }

    fn compared(&mut self, depth: usize) -> Value {
        let mut left = self.one(depth);
        while let Some(sign) = self.take(&["==", "!=", "<=", ">=", "<", ">"]) {
            let right = self.one(depth);
            left = compare(&left, sign, &right);
        }
        left
    }

    fn one(&mut self, depth: usize) -> Value {
        if depth > DEEPEST {
            return Value::Unknown;
        }
        if self.take(&["!"]).is_some() {
            return self.one(depth + 1).not();
        }
        if self.take(&["("]).is_some() {
            let value = self.either(depth + 1);
            return if self.take(&[")"]).is_some() { value } else { Value::Unknown };
        }
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        match token {
            Some(Token::Text(text)) => Value::Text(text),
            Some(Token::Number(number)) => Value::Number(number),
            Some(Token::Word(word)) if self.take(&["("]).is_some() => self.call(&word, depth),
            Some(Token::Word(word)) => self.named(&word),
            Some(Token::Sign(_) | Token::Strange) | None => Value::Unknown,
        }
    }

    fn named(&self, name: &str) -> Value {
        match name {
            "true" => return Value::Flag(true),
            "false" => return Value::Flag(false),
            "null" => return Value::Null,
            _ => {}
        }
        if let Some(input) = name.strip_prefix("github.event.inputs.") {
            // There every input is a text.
            let found = self.values.get(&format!("inputs.{input}"));
            return found.map_or(Value::Null, |value| Value::Text(value.text()));
        }
        let known = ["inputs.", "github."].iter().any(|context| name.starts_with(context));
        self.values.get(name).cloned().unwrap_or(if known { Value::Null } else { Value::Unknown })
    }

    fn call(&mut self, name: &str, depth: usize) -> Value {
        let mut arguments = Vec::new();
        while self.take(&[")"]).is_none() {
            if self.at >= self.tokens.len() {
                return Value::Unknown;
            }
            arguments.push(self.either(depth + 1));
            self.take(&[","]);
        }
        self.function(name, &arguments)
    }

    fn function(&self, name: &str, arguments: &[Value]) -> Value {
        if arguments.contains(&Value::Unknown) {
            return Value::Unknown;
        }
        let texts: Vec<String> = arguments.iter().map(|value| value.text().to_lowercase()).collect();
        match (name, texts.as_slice()) {
            ("always", []) => Value::Flag(true),
            ("success", []) => Value::Flag(self.before == Before::Well),
            ("failure", []) => Value::Flag(self.before == Before::Failed),
            // A run that is cancelled here ends at once: nothing is left to ask.
            ("cancelled", []) => Value::Flag(false),
            ("contains", [text, part]) => Value::Flag(text.contains(part.as_str())),
            ("startsWith", [text, part]) => Value::Flag(text.starts_with(part.as_str())),
            ("endsWith", [text, part]) => Value::Flag(text.ends_with(part.as_str())),
            ("format", [_, ..]) => format(arguments),
            _ => Value::Unknown,
        }
    }
}

fn compare(left: &Value, sign: &str, right: &Value) -> Value {
    match sign {
        "==" => return left.equals(right),
        "!=" => return left.equals(right).not(),
        _ => {}
    }
    if *left == Value::Unknown || *right == Value::Unknown {
        return Value::Unknown;
    }
    let order = match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.to_lowercase().cmp(&b.to_lowercase())),
        (a, b) => a.number().partial_cmp(&b.number()),
    };
    Value::Flag(order.is_some_and(|order| match sign {
        "<" => order.is_lt(),
        "<=" => order.is_le(),
        ">" => order.is_gt(),
        _ => order.is_ge(),
    }))
}

/// `format('{0} of {1}', a, b)`.
fn format(arguments: &[Value]) -> Value {
    let mut values = arguments.iter().map(Value::text);
    let mut text = values.next().unwrap_or_default();
    for (number, value) in values.enumerate() {
        text = text.replace(&format!("{{{number}}}"), &value);
    }
    Value::Text(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        [
            ("inputs.staging", Value::Flag(true)),
            ("inputs.production", Value::Flag(false)),
            ("inputs.tag", Value::Text(String::from("v1"))),
            ("inputs.size", Value::Number(3.0)),
            ("github.ref", Value::Text(String::from("refs/heads/main"))),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .into()
    }

    #[test]
    fn texts_are_filled_in() {
        for (text, expected) in [
            ("deploy-${{ github.ref }}-${{inputs.none}}", "deploy-refs/heads/main-"),
            ("${{ inputs.tag || 'latest' }}", "v1"),
            ("${{ inputs.none || 'latest' }}", "latest"),
            ("${{ inputs.production && 'live' || 'test' }}", "test"),
            ("${{ format('{0}/{1}', inputs.tag, inputs.size) }}", "v1/3"),
            ("it''s ${{ 'it''s' }}", "it''s it's"),
            ("${{ secrets.KEY }}", ""),
            ("${{ open", "${{ open"),
        ] {
            assert_eq!(fill(text, &values()), expected, "{text}");
        }
    }

    #[test]
    fn conditions_hold_as_github_says() {
        for (condition, expected) in [
            ("", true),
            ("true", true),
            ("false", false),
            ("${{ false }}", false),
            ("inputs.staging", true),
            ("inputs.production", false),
            ("inputs.none", false),
            ("!inputs.none", true),
            ("'false'", true),
            ("''", false),
            ("0", false),
            // `&&` binds closer than `||`.
            ("true || false && false", true),
            ("false && false || true", true),
            ("(true || false) && false", false),
            ("!(inputs.staging && inputs.production)", true),
            ("${{ inputs.production != 'true' && github.ref == 'refs/heads/main' }}", true),
            ("github.ref == 'REFS/heads/main'", true),
            ("inputs.size > 2 && inputs.size <= 3", true),
            ("github.event.inputs.staging == 'true'", true),
            // An input that is a flag is no text.
            ("inputs.staging == 'true'", false),
            ("inputs.staging == true", true),
            ("contains(github.ref, 'main') && startsWith(inputs.tag, 'v')", true),
            // What only a run knows stands in nobody's way.
            ("needs.build.outputs.changed == 'true'", true),
            ("needs.build.outputs.changed && inputs.production", false),
            ("needs.build.outputs.changed || inputs.staging", true),
            ("1 +", true),
        ] {
            assert_eq!(runs(condition, &values(), Before::Well), expected, "{condition}");
        }
    }

    #[test]
    fn how_it_stands_before_counts() {
        for (condition, after) in [
            ("", [true, false, false]),
            ("inputs.staging", [true, false, false]),
            ("always()", [true, true, true]),
            ("!cancelled()", [true, true, true]),
            ("failure()", [false, true, false]),
            ("success() || failure()", [true, true, false]),
            ("always() && inputs.production", [false, false, false]),
            ("!failure()", [true, false, true]),
        ] {
            let found = [Before::Well, Before::Failed, Before::Stopped].map(|before| runs(condition, &values(), before));
            assert_eq!(found, after, "{condition}");
        }
    }
}
