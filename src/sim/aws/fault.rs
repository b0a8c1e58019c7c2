//! Refusals, with AWS's codes, statuses and sentences.

use crate::faults::{Hit, Spoil};
use crate::sign::Unsigned;

/// Why a call is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The HTTP status.
    pub status: u16,
    /// AWS's code.
    pub code: String,
    /// AWS's sentence.
    pub message: String,
}

impl Fault {
    /// A refusal.
    #[must_use]
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into() }
    }

    /// `InvalidParameterValue`.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(400, "InvalidParameterValue", message)
    }

    /// A value that is none of those that the model allows.
    #[must_use]
    pub fn not_in_enum(value: &str, member: &str, allowed: &[&str]) -> Self {
        Self::new(
            400,
            "ValidationError",
            format!(
                "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
                 Member must satisfy enum value set: [{}]",
                allowed.join(", ")
            ),
        )
    }

    /// Something that has to be said was not.
    #[must_use]
    pub fn missing(member: &str) -> Self {
        Self::new(
            400,
            "ValidationError",
            format!("1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"),
        )
    }

    /// No such operation.
    #[must_use]
    pub fn unknown_operation(operation: &str) -> Self {
        Self::new(400, "InvalidAction", format!("The action {operation} is not valid for this web service."))
    }

    /// A signature that is missing or cannot be read.
    #[must_use]
    pub fn unsigned(why: &Unsigned) -> Self {
        match why {
            Unsigned::Missing => Self::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token"),
            Unsigned::Garbled(sentence) => Self::new(400, "IncompleteSignature", sentence),
        }
    }

    /// A key that nobody has, or a region that is not enabled.
    #[must_use]
    pub fn unknown_key(service: &str) -> Self {
        if service == "ec2" {
            let sentence = "AWS was not able to validate the provided access credentials";
            return Self::new(401, "AuthFailure", sentence);
        }
        Self::new(403, "InvalidClientTokenId", "The security token included in the request is invalid.")
    }

    /// A call that the identity may not make.
    #[must_use]
    pub fn denied(service: &str, operation: &str, user: &str, why: &str) -> Self {
        let sentence = format!("User: {user} is not authorized to perform: {service}:{operation} {why}");
        if service == "ec2" {
            return Self::new(403, "UnauthorizedOperation", format!("You are not authorized to perform this operation. {sentence}"));
        }
        Self::new(403, "AccessDenied", sentence)
    }

    /// A write while the simulated cloud is read-only.
    #[must_use]
    pub fn read_only(service: &str, operation: &str, user: &str) -> Self {
        Self::denied(service, operation, user, "with an explicit deny in a service control policy: the simulated cloud is read-only")
    }

    /// What a fault that was asked for says.
    #[must_use]
    pub fn spoilt(hit: Hit, service: &str, operation: &str, user: &str) -> Self {
        match hit.kind {
            Spoil::Throttle if service == "ec2" => Self::new(503, "RequestLimitExceeded", "Request limit exceeded."),
            Spoil::Throttle => Self::new(400, "Throttling", "Rate exceeded"),
            Spoil::Denied => {
                let why = format!("because no identity-based policy allows the {service}:{operation} action");
                Self::denied(service, operation, user, &why)
            }
            Spoil::Expired => Self::new(403, "ExpiredToken", "The security token included in the request is expired"),
            Spoil::Status => {
                let status = u16::try_from(hit.value).unwrap_or(500);
                Self::new(status, "ServiceUnavailable", "The service is unavailable.")
            }
            Spoil::Latency | Spoil::Reset | Spoil::Truncate | Spoil::Garbage | Spoil::Unreachable | Spoil::LostAnswer => {
                Self::new(500, "InternalFailure", "An internal error has occurred.")
            }
        }
    }
}
