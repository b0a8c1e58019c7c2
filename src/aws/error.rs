//! What goes wrong at AWS, as the model's faults.
//!
//! Codes, statuses and transport errors stop here. What a fault says is in
//! [`sentence`]; what kind it is follows from the tables below. Unknown
//! answers are placed by their status, never dropped.

mod sentence;
#[cfg(test)]
mod tests;
mod trouble;

use std::error::Error;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use self::sentence::Place;
use self::trouble::{Break, Lack, Refusal, Trouble};
use super::call::{Line, Operation};
use super::whole::Flaw;
use crate::model::fault::{Fault, FaultKind};

/// The fault that a failed call is; `left` where it was sent at all.
pub fn fault<E>(line: &Line, operation: Operation<'_>, failed: &SdkError<E, HttpResponse>, left: bool) -> Fault
where
    E: ProvideErrorMetadata + Error + 'static,
{
    let place = Place::of(line, operation);
    let trouble = if left { met(failed, place.endpoint.is_some()) } else { unsent(failed) };
    Fault::new(trouble.kind(), sentence::of(&place, operation, &trouble))
}

/// Whether a call that failed was certainly not taken: it never left this machine, or the service itself said no.
///
/// A service's own no is a status of 4xx with one of its codes; and a throttling code with any status, since what is
/// throttled is not looked at (EC2 says so with 503). Of everything else (5xx, an answer that was lost, cut or is
/// somebody else's, a time that ran out) nobody can tell.
pub fn is_untaken<E>(failed: &SdkError<E, HttpResponse>, left: bool) -> bool
where
    E: ProvideErrorMetadata + Error + 'static,
{
    if !left {
        return true;
    }
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open, and most of it leaves open what was done")]
    match failed {
        SdkError::ConstructionFailure(_) => true,
        SdkError::DispatchFailure(_) => Break::is_before_sending(failed),
        SdkError::ServiceError(told) => {
            let status = told.raw().status().as_u16();
            let meta = told.err().meta();
            let code = meta.code().map(str::trim).filter(|code| !code.is_empty());
            match code.map(|code| by_code(code, meta.message(), status)) {
                Some(Class::Throttled) => true,
                Some(_) => (400..500).contains(&status) && status != 408,
                // What a proxy does not let through has gone nowhere.
                None => status == 407,
            }
        }
        _ => false,
    }
}

/// The fault of an answer that is well formed and lacks what it is for.
pub fn incomplete(line: &Line, operation: Operation<'_>, why: &'static str) -> Fault {
    let trouble = Trouble::Garbled(why);
    Fault::new(trouble.kind(), sentence::of(&Place::of(line, operation), operation, &trouble))
}

/// What kept a call from leaving. Before it leaves, only finding credentials takes time.
fn unsent<E>(failed: &SdkError<E, HttpResponse>) -> Trouble
where
    E: Error + 'static,
{
    let lack = Lack::found_in(failed).or_else(|| matches!(failed, SdkError::TimeoutError(_)).then_some(Lack::Slow));
    lack.map_or(Trouble::NotSent, Trouble::Credentials)
}

/// What a call that left met with.
fn met<E>(failed: &SdkError<E, HttpResponse>, elsewhere: bool) -> Trouble
where
    E: ProvideErrorMetadata + Error + 'static,
{
    #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open: what is neither answer nor patience nor path was not sent")]
    match failed {
        SdkError::TimeoutError(_) => Trouble::NoAnswer,
        SdkError::DispatchFailure(_) => Break::of(failed).map_or(Trouble::NoAnswer, Trouble::Broken),
        SdkError::ResponseError(_) => match causes(failed).find_map(|cause| cause.downcast_ref::<Flaw>()) {
            Some(Flaw::NotXml) => Trouble::Garbled("it is not XML; is a proxy or a sign-in page in the way?"),
            Some(Flaw::CutShort) | None => Trouble::CutShort,
        },
        SdkError::ServiceError(told) => {
            if told.raw().status().is_success() {
                return Trouble::Garbled("it is not what the service answers");
            }
            let meta = told.err().meta();
            answered(told.raw(), meta.code(), meta.message(), elsewhere)
        }
        _ => Trouble::NotSent,
    }
}

/// An answer that is an error.
fn answered(raw: &HttpResponse, code: Option<&str>, message: Option<&str>, elsewhere: bool) -> Trouble {
    let status = raw.status().as_u16();
    let code = code.map(str::trim).filter(|code| !code.is_empty());
    let message = message.map(str::trim).filter(|message| !message.is_empty());
    let class = code.map_or_else(|| by_status(status, raw, elsewhere), |code| by_code(code, message, status));
    match class {
        Class::Throttled => Trouble::Throttled(retry_after(raw)),
        Class::Lack(Lack::Signature) if message.is_some_and(is_about_time) => Trouble::Credentials(Lack::Clock),
        Class::Lack(lack) => Trouble::Credentials(lack),
        Class::Garbled => Trouble::Garbled("its error is not one of AWS's; is a proxy in the way?"),
        Class::Proxy => Trouble::Broken(Break::Proxy),
        Class::NoAnswer => Trouble::NoAnswer,
        Class::Kind(kind) => {
            let (code, message) = (code.map(str::to_owned), message.map(str::to_owned));
            Trouble::Refused(Refusal { kind, status, code, message })
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Class {
    Throttled,
    Lack(Lack),
    Garbled,
    Proxy,
    NoAnswer,
    Kind(FaultKind),
}

/// What the codes of Elastic Beanstalk, EC2, ELB and STS mean.
const CODES: &[(&str, Class)] = &[
    ("Throttling", Class::Throttled),
    ("ThrottlingException", Class::Throttled),
    ("ThrottledException", Class::Throttled),
    ("RequestThrottled", Class::Throttled),
    ("RequestThrottledException", Class::Throttled),
    ("RequestLimitExceeded", Class::Throttled),
    ("TooManyRequestsException", Class::Throttled),
    ("TooManyRequests", Class::Throttled),
    ("EC2ThrottledException", Class::Throttled),
    ("SlowDown", Class::Throttled),
    ("ImageNotFoundException", Class::Kind(FaultKind::Missing)),
    ("RepositoryNotFoundException", Class::Kind(FaultKind::Missing)),
    ("AccessDenied", Class::Kind(FaultKind::Denied)),
    ("AccessDeniedException", Class::Kind(FaultKind::Denied)),
    ("UnauthorizedOperation", Class::Kind(FaultKind::Denied)),
    ("InsufficientPrivilegesException", Class::Kind(FaultKind::Denied)),
    ("InsufficientPrivileges", Class::Kind(FaultKind::Denied)),
    ("NotAuthorized", Class::Kind(FaultKind::Denied)),
    ("OptInRequired", Class::Kind(FaultKind::Denied)),
    ("Blocked", Class::Kind(FaultKind::Denied)),
    ("ExpiredToken", Class::Lack(Lack::Expired)),
    ("ExpiredTokenException", Class::Lack(Lack::Expired)),
    // EC2's word for temporary keys that have run out.
    ("RequestExpired", Class::Lack(Lack::Expired)),
    ("TokenRefreshRequired", Class::Lack(Lack::Expired)),
    ("InvalidClientTokenId", Class::Lack(Lack::Unknown)),
    ("UnrecognizedClientException", Class::Lack(Lack::Unknown)),
    ("InvalidAccessKeyId", Class::Lack(Lack::Unknown)),
    ("InvalidToken", Class::Lack(Lack::Unknown)),
    ("AuthFailure", Class::Lack(Lack::Unknown)),
    ("MissingAuthenticationToken", Class::Lack(Lack::Unknown)),
    ("MissingAuthenticationTokenException", Class::Lack(Lack::Unknown)),
    ("SignatureDoesNotMatch", Class::Lack(Lack::Signature)),
    ("InvalidSignatureException", Class::Lack(Lack::Signature)),
    ("IncompleteSignature", Class::Lack(Lack::Signature)),
    ("IncompleteSignatureException", Class::Lack(Lack::Signature)),
    ("RequestTimeTooSkewed", Class::Lack(Lack::Clock)),
    ("RequestInTheFuture", Class::Lack(Lack::Clock)),
    ("InvalidAction", Class::Kind(FaultKind::Unsupported)),
    ("UnknownOperation", Class::Kind(FaultKind::Unsupported)),
    ("UnknownOperationException", Class::Kind(FaultKind::Unsupported)),
    ("NotImplemented", Class::Kind(FaultKind::Unsupported)),
    ("NotImplementedException", Class::Kind(FaultKind::Unsupported)),
    ("ResourceNotFoundException", Class::Kind(FaultKind::Missing)),
    ("ParameterAlreadyExists", Class::Kind(FaultKind::Refused)),
];

fn by_code(code: &str, message: Option<&str>, status: u16) -> Class {
    let message = message.unwrap_or_default();
    if message.starts_with("Rate exceeded") {
        return Class::Throttled;
    }
    if let Some((_, class)) = CODES.iter().find(|(known, _)| *known == code) {
        return *class;
    }
    // Elastic Beanstalk's way of saying that there is no such environment.
    let is_version = message.starts_with("No Application Version");
    let no_such = message.starts_with("No Environment found") || (message.starts_with("No Application") && !is_version);
    if no_such || code.ends_with("NotFound") || code.starts_with("NoSuch") {
        return Class::Kind(FaultKind::Missing);
    }
    match status {
        429 => Class::Throttled,
        501 => Class::Kind(FaultKind::Unsupported),
        500.. => Class::Kind(FaultKind::Failed),
        _ => Class::Kind(FaultKind::Refused),
    }
}

/// An error that carries no code: a load balancer's, a proxy's, another server's.
fn by_status(status: u16, raw: &HttpResponse, elsewhere: bool) -> Class {
    match status {
        429 => Class::Throttled,
        401 | 403 => Class::Kind(FaultKind::Denied),
        404 | 405 | 501 => Class::Kind(FaultKind::Unsupported),
        407 => Class::Proxy,
        408 => Class::NoAnswer,
        500 if elsewhere && is_motos_page(raw) => Class::Kind(FaultKind::Unsupported),
        500.. => Class::Kind(FaultKind::Failed),
        _ => Class::Garbled,
    }
}

/// moto, the commonest other server of these APIs, answers an operation that
/// it does not have with its web framework's error page. A page of any other
/// server is a failure like any other.
fn is_motos_page(raw: &HttpResponse) -> bool {
    let says = |name: &str, word: &str| raw.headers().get(name).is_some_and(|value| value.starts_with(word));
    says("content-type", "text/html") && says("server", "Werkzeug")
}

/// "Signature expired: … is now earlier than …", "Signature not yet current: …".
fn is_about_time(message: &str) -> bool {
    message.starts_with("Signature expired") || message.starts_with("Signature not yet current")
}

fn retry_after(raw: &HttpResponse) -> Option<Duration> {
    let number = |name: &str| raw.headers().get(name)?.trim().parse::<u32>().ok().map(u64::from);
    number("x-amz-retry-after").map(Duration::from_millis).or_else(|| number("retry-after").map(Duration::from_secs))
}

/// An error and everything that caused it.
fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    // `io::Error::source` skips the very error that it carries.
    std::iter::successors(Some(error), |&error| {
        let carried = |carrier: &'a std::io::Error| carrier.get_ref().map(|carried| carried as &(dyn Error + 'static));
        error.downcast_ref::<std::io::Error>().map_or_else(|| error.source(), carried)
    })
}
