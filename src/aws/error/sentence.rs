//! What went wrong, in one sentence for a person: what happened, to what, what to do.
//!
//! No secrets: a signature's refusal repeats the request with its session
//! token, a credential process may print anything. Those texts are never used.

use std::sync::Arc;
use std::time::Duration;

use super::super::call::{Line, Operation};
use super::super::connection::{ConnectionSettings, Renewal};
use super::super::local;
use super::super::profiles::MfaDevice;
use super::trouble::{Break, Lack, Refusal, Trouble};
use crate::model::fault::{FaultKind, NO_CREDENTIALS};

/// How much of a service's own message is repeated.
const MESSAGE_KEPT: usize = 300;

/// Where a call went, and as whom.
pub(super) struct Place {
    region: String,
    /// Where the service is, if it is not where AWS has it.
    pub(super) endpoint: Option<String>,
    renewal: Renewal,
    /// The role that the configuration has assumed.
    role: Option<Arc<str>>,
    /// The MFA device that the profile asks for.
    mfa: Option<MfaDevice>,
    /// How long an answer may take.
    patience: Duration,
    /// How long the making of a connection may take.
    connect: Duration,
}

impl Place {
    pub(super) fn of(line: &Line, operation: Operation<'_>) -> Self {
        let settings = line.way.settings();
        let place = Self::new(line.region.as_str(), line.opened.endpoint(operation.service), settings.renewal(), settings);
        Self { mfa: line.opened.mfa.clone(), ..place }
    }

    pub(super) fn new(region: &str, endpoint: Option<String>, renewal: Renewal, settings: &ConnectionSettings) -> Self {
        Self {
            region: region.to_owned(),
            endpoint,
            renewal,
            role: settings.role.as_ref().map(|role| Arc::clone(&role.arn)),
            mfa: None,
            patience: settings.timeout,
            connect: settings.connect_timeout(),
        }
    }

    /// The machine that was meant, where a person named it; else the API in its region.
    fn server(&self, operation: Operation<'_>) -> String {
        let named = self.endpoint.as_deref().and_then(local::authority);
        named.map_or_else(|| format!("{}.{}.amazonaws.com", operation.api, self.region), str::to_owned)
    }
}

/// The sentence.
pub(super) fn of(place: &Place, operation: Operation<'_>, trouble: &Trouble) -> String {
    let region = &place.region;
    let what = what(operation);
    match trouble {
        Trouble::NotSent => match &place.endpoint {
            Some(endpoint) if local::authority(endpoint).is_none() => {
                format!(
                    "{what} could not be sent to {region}: the configured endpoint (AWS_ENDPOINT_URL) is not a URL such as https://host:port"
                )
            }
            Some(_) | None => format!("{what} could not be sent to {region}: check the endpoint and FIPS settings of this connection"),
        },
        Trouble::Credentials(lack) => credentials(place, *lack),
        Trouble::NoAnswer => format!("{region} did not answer within {} s", place.patience.as_secs()),
        Trouble::Broken(broken) => broken_way(place, operation, *broken),
        Trouble::CutShort => format!("the answer of {region} to {what} breaks off in the middle"),
        Trouble::Garbled(why) => format!("the answer of {region} to {what} cannot be understood: {why}"),
        Trouble::Throttled(Some(after)) => {
            format!("{region} throttles {}: too many calls, not asking for {} s", operation.name, after.as_secs().max(1))
        }
        Trouble::Throttled(None) => format!("{region} throttles {}: too many calls, asking more slowly", operation.name),
        Trouble::Refused(refusal) => refused(place, operation, refusal),
    }
}

/// The operation, and what it was about.
fn what(operation: Operation<'_>) -> String {
    operation.about.map_or_else(|| operation.name.to_owned(), |about| format!("{} of {about}", operation.name))
}

fn refused(place: &Place, operation: Operation<'_>, refusal: &Refusal) -> String {
    let region = &place.region;
    let what = what(operation);
    let reason = reason(refusal);
    match refusal.kind {
        FaultKind::Denied => denied(place, operation, refusal, &reason),
        // Of other services' things only this much is known: they are not the environment.
        FaultKind::Missing => operation.about.filter(|_| operation.api == "elasticbeanstalk").map_or_else(
            || format!("{region} does not find what {what} asks for{reason}"),
            |about| format!("{region} has no environment {about}: it may have been terminated"),
        ),
        FaultKind::Unsupported => format!("{} does not offer {}", place.server(operation), operation.name),
        FaultKind::Failed => {
            format!("{region} failed to answer {what}: HTTP {}{}", refusal.status, in_parentheses(refusal.code.as_deref()))
        }
        FaultKind::Refused if is_out_of_sessions(operation, refusal) => format!(
            "{region} has no live tail session left: the account's limit at once (15 unless it was raised) counts those of other programs, too"
        ),
        FaultKind::Refused | FaultKind::Throttled(_) | FaultKind::Expired | FaultKind::Unreachable | FaultKind::Malformed => {
            format!("{region} refused {what}{reason}")
        }
    }
}

/// The limit on sessions is the one limit that StartLiveTail has beside its rate (its documentation: LimitExceededException).
fn is_out_of_sessions(operation: Operation<'_>, refusal: &Refusal) -> bool {
    operation.name == "StartLiveTail" && refusal.code.as_deref() == Some("LimitExceededException")
}

fn denied(place: &Place, operation: Operation<'_>, refusal: &Refusal, reason: &str) -> String {
    let (region, whose) = (&place.region, place.renewal.name());
    match refusal.code.as_deref() {
        Some("OptInRequired") => {
            format!("{region} is not enabled for the account of {whose}{reason}; enable it, or leave it out of the regions to read")
        }
        Some("Blocked") => format!("AWS has blocked the account of {whose} in {region}{reason}; ask AWS Support"),
        Some(_) => format!("{region} denies {}:{} to {whose}{reason}; ask for that permission", operation.api, operation.name),
        // AWS always says why.
        None => format!(
            "{} answered {} with HTTP {} and no reason: is a proxy in the way?",
            place.server(operation),
            what(operation),
            refusal.status
        ),
    }
}

fn in_parentheses(code: Option<&str>) -> String {
    code.map_or_else(String::new, |code| format!(" ({code})"))
}

/// The service's own words, as far as a line takes them.
fn reason(refusal: &Refusal) -> String {
    let Some(message) = &refusal.message else { return String::new() };
    // Hundreds of characters that only `sts decode-authorization-message` can read.
    let plain = message.split("Encoded authorization failure message").next().unwrap_or_default();
    let plain = plain.trim().trim_end_matches('.');
    let kept: String = plain.chars().take(MESSAGE_KEPT).collect();
    let more = if plain.chars().nth(MESSAGE_KEPT).is_some() { "…" } else { "" };
    if kept.is_empty() { String::new() } else { format!(": {kept}{more}") }
}

fn credentials(place: &Place, lack: Lack) -> String {
    let whose = &place.renewal;
    let region = &place.region;
    match lack {
        Lack::None => format!("{NO_CREDENTIALS} for {}: {}", whose.name(), whose.first_time()),
        Lack::Profile => {
            format!("{} is not in the AWS configuration files, or is wrong there: check ~/.aws/config and ~/.aws/credentials", whose.name())
        }
        Lack::Process => format!("the credential process of {} failed: run it by hand to see why", whose.name()),
        Lack::Network => format!(
            "the credentials of {} could not be fetched from where it gets them (STS, sign-on, metadata): check the network",
            whose.name()
        ),
        Lack::SignOn => format!("the single sign-on session of {} has expired: {}", whose.name(), whose.again()),
        Lack::Slow => format!("the credentials of {} were not found in time: check its credential process or network", whose.name()),
        Lack::Role if matches!(whose, Renewal::Command { .. }) => {
            format!("{} may not assume its role, or not without a login: {}", whose.name(), whose.again())
        }
        Lack::Role => may_not_assume(place),
        // What was got with a code has run out.
        Lack::Expired if place.mfa.as_ref().is_some_and(|mfa| !mfa.roles.is_empty()) && !matches!(whose, Renewal::Command { .. }) => {
            may_not_assume(place)
        }
        Lack::Expired => format!("the credentials of {} have expired: {}", whose.name(), whose.again()),
        Lack::Unusable => format!("the credentials of {} could not be obtained: {}", whose.name(), whose.again()),
        Lack::Unknown => {
            format!("{region} does not accept the credentials of {} (or is not enabled for its account): {}", whose.name(), whose.again())
        }
        Lack::Signature => {
            format!("{region} does not accept the signature of {}: check its secret key and this machine's clock", whose.name())
        }
        Lack::Clock => format!("{region} finds this machine's clock wrong: set it right"),
    }
}

/// Nobody can be asked for a code in the background: so what asks for one at the terminal is said.
fn may_not_assume(place: &Place) -> String {
    let whose = place.renewal.name();
    match (&place.mfa, &place.role) {
        (Some(MfaDevice { serial, roles, .. }), _) if !roles.is_empty() => {
            let command = place.renewal.with_code().join(" ");
            let otherwise = place.role.as_ref().map_or_else(String::new, |role| format!(", or may not assume {role}"));
            format!("{whose} wants an MFA code of {serial}{otherwise}: run `{command}`, which asks for the code; reading then goes on")
        }
        (Some(MfaDevice { serial, keys, .. }), _) => format!(
            "{whose} asks for an MFA code (mfa_serial), and nobody can be asked for one while reading: run `aws sts get-session-token --serial-number {serial} --token-code CODE --profile {keys}`, put the keys that it prints into a profile of their own, and have that be the source_profile of the role, without mfa_serial; reading then goes on"
        ),
        (None, Some(role)) => format!(
            "{whose} may not assume {role}: check the role's ARN and external id in Quarterdeck's configuration, and that its trust policy lets them in, or ask for sts:AssumeRole"
        ),
        (None, None) => {
            format!("{whose} may not assume its role: check role_arn and source_profile in ~/.aws/config, or ask for sts:AssumeRole")
        }
    }
}

fn broken_way(place: &Place, operation: Operation<'_>, broken: Break) -> String {
    let (region, server) = (&place.region, place.server(operation));
    match broken {
        Break::Name => format!("{region} cannot be reached: the name {server} does not resolve; check the network"),
        Break::Refused => format!("{region} cannot be reached: nothing listens at {server}"),
        Break::NoRoute => format!("{region} cannot be reached: there is no network to {server}"),
        Break::Slow => {
            format!("{region} cannot be reached: {server} took longer than {} s to accept a connection", place.connect.as_secs())
        }
        Break::Midway => format!("{region} broke the connection before it answered {}", what(operation)),
        Break::Trust => format!(
            "{region} cannot be trusted: the certificate of {server} is not one that this machine accepts; where a proxy inspects TLS, point SSL_CERT_FILE at its root certificates"
        ),
        Break::Proxy => format!("{region} cannot be reached through the proxy: check HTTPS_PROXY and NO_PROXY"),
        Break::Other => format!("{region} cannot be reached: the connection to {server} failed"),
    }
}
