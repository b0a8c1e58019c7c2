//! What the services that speak JSON share: requests in, pages and times out.
//!
//! Owns the envelope of JSON 1.1. Never decides what a member means.

use serde_json::Value;

use super::{Call, Fault, token};
use crate::moment::Moment;

/// The content type of every answer of such a service.
pub const JSON: &str = "application/x-amz-json-1.1";

/// What an operation makes of a call.
pub type Answered = Result<Value, Fault>;

/// Whether a service speaks JSON, and what stands before an operation in its `X-Amz-Target`.
#[must_use]
pub fn target_prefix(service: &str) -> Option<&'static str> {
    match service {
        "ecr" => Some("AmazonEC2ContainerRegistry_V20150921"),
        "ssm" => Some("AmazonSSM"),
        "logs" => Some("Logs_20140328"),
        _ => None,
    }
}

/// A request, or a part of one.
#[derive(Clone, Debug, Default)]
pub struct Body {
    value: Value,
}

impl Body {
    /// Reads a request; `None` where it is no JSON object.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.is_empty() {
            return Some(Self::default());
        }
        serde_json::from_slice(bytes).ok().filter(Value::is_object).map(|value| Self { value })
    }

    /// Whether a member was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.value.get(name).is_some_and(|value| !value.is_null())
    }

    /// A text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.value.get(name).and_then(Value::as_str)
    }

    /// A whole number.
    #[must_use]
    pub fn number(&self, name: &str) -> Option<i64> {
        self.value.get(name).and_then(Value::as_i64)
    }

    /// A truth value.
    #[must_use]
    pub fn flag(&self, name: &str) -> bool {
        self.value.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A list; an empty one where there is none.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Value] {
        self.value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The texts of a list.
    #[must_use]
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.list(name).iter().filter_map(Value::as_str).collect()
    }

    /// The structures of a list.
    #[must_use]
    pub fn structures(&self, name: &str) -> Vec<Self> {
        self.list(name).iter().map(|value| Self { value: value.clone() }).collect()
    }

    /// A structure within.
    #[must_use]
    pub fn within(&self, name: &str) -> Self {
        Self { value: self.value.get(name).cloned().unwrap_or_default() }
    }

    /// An answer with the token of the next page, where there is one.
    #[must_use]
    pub fn with(mut answer: Value, name: &str, token: Option<String>) -> Value {
        if let (Some(answer), Some(token)) = (answer.as_object_mut(), token) {
            answer.insert(name.to_owned(), Value::String(token));
        }
        answer
    }

    /// What is null is left out.
    #[must_use]
    pub fn without_nulls(mut answer: Value) -> Value {
        if let Some(answer) = answer.as_object_mut() {
            answer.retain(|_, value| !value.is_null());
        }
        answer
    }
}

/// A time as JSON 1.1 writes it: seconds since 1970.
#[must_use]
#[allow(clippy::cast_precision_loss, reason = "milliseconds of any year to come fit 52 bits")]
pub fn seconds(moment: Moment) -> f64 {
    moment.millis() as f64 / 1_000.0
}

/// One page, and the token of the next; `sizes` and `tokens` are what the service calls them.
///
/// # Errors
///
/// When the size or the token makes no sense.
pub fn page<'s, T>(
    call: &Call<'_>,
    kind: &str,
    all: &'s [T],
    sizes: &str,
    tokens: &str,
    usual: usize,
) -> Result<(&'s [T], Option<String>), Fault> {
    let size = match call.body.number(sizes) {
        None => usual,
        Some(size) => usize::try_from(size).ok().filter(|size| (1..=1_000).contains(size)).ok_or_else(|| Fault::invalid_json(sizes))?,
    };
    let from = match call.body.text(tokens) {
        None => 0,
        Some(text) => {
            let numbers = token::read(kind, text).map_err(|_| Fault::invalid_json(tokens))?;
            usize::try_from(numbers.first().copied().unwrap_or(0)).unwrap_or(usize::MAX)
        }
    };
    let rest = all.get(from..).unwrap_or_default();
    let end = size.min(rest.len());
    let next = i64::try_from(from + end).unwrap_or(0);
    let token = (end < rest.len()).then(|| token::write(kind, &[next]));
    Ok((rest.get(..end).unwrap_or_default(), token))
}

impl Fault {
    /// A member that is missing or makes no sense.
    #[must_use]
    pub fn invalid_json(member: &str) -> Self {
        let sentence =
            format!("Invalid parameter at '{member}' failed to satisfy constraint: it is missing or not one that the service takes");
        Self::new(400, "InvalidParameterException", sentence)
    }

    /// No such operation.
    #[must_use]
    pub fn unknown_json_operation(operation: &str) -> Self {
        Self::new(400, "UnknownOperationException", format!("The operation {operation} is not one of this service."))
    }

    /// The same refusal with the code and status that services which speak JSON have for it.
    #[must_use]
    pub fn for_json(self) -> Self {
        let code = match self.code.as_str() {
            "MissingAuthenticationToken" => "MissingAuthenticationTokenException",
            "IncompleteSignature" => "IncompleteSignatureException",
            "InvalidClientTokenId" => "UnrecognizedClientException",
            "AccessDenied" => "AccessDeniedException",
            "Throttling" => "ThrottlingException",
            "ExpiredToken" => "ExpiredTokenException",
            _ => return self,
        };
        Self::new(400, code, self.message)
    }
}
