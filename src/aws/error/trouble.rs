//! What can happen to a call, before it is put into words.

use std::error::Error;
use std::io;
use std::time::Duration;

use super::{CredentialsError, causes};
use crate::model::fault::FaultKind;

/// What happened to a call.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Trouble {
    /// It could not be made at all.
    NotSent,
    /// The credentials are not there or not good.
    Credentials(Lack),
    /// Nothing came back in time.
    NoAnswer,
    /// The way there is broken.
    Broken(Break),
    /// The answer ends before its end.
    CutShort,
    /// The answer cannot be understood.
    Garbled(&'static str),
    /// The service wants fewer calls.
    Throttled(Option<Duration>),
    /// The service said no.
    Refused(Refusal),
}

/// A service's no.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Refusal {
    pub(super) kind: FaultKind,
    pub(super) status: u16,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
}

impl Trouble {
    pub(super) const fn kind(&self) -> FaultKind {
        match self {
            Self::NotSent => FaultKind::Refused,
            Self::Credentials(Lack::Network) | Self::NoAnswer | Self::Broken(_) => FaultKind::Unreachable,
            Self::Credentials(_) => FaultKind::Expired,
            Self::CutShort | Self::Garbled(_) => FaultKind::Malformed,
            Self::Throttled(after) => FaultKind::Throttled(*after),
            Self::Refused(refusal) => refusal.kind,
        }
    }
}

/// What is wrong with the credentials.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Lack {
    /// Nobody has any.
    None,
    /// The profile is not in the configuration files, or is wrong there.
    Profile,
    /// The credential process failed.
    Process,
    /// What hands them out could not be reached.
    Network,
    /// They have run out.
    Expired,
    /// The single sign-on session has run out.
    SignOn,
    /// Finding them took too long.
    Slow,
    /// The role that the profile names may not be assumed.
    Role,
    /// They could not be obtained, for a reason of their own.
    Unusable,
    /// AWS does not know them.
    Unknown,
    /// AWS computes another signature.
    Signature,
    /// This machine's clock is wrong.
    Clock,
}

impl Lack {
    /// What is wrong with the credentials, if that is what made a call fail.
    pub(super) fn found_in(failed: &(dyn Error + 'static)) -> Option<Self> {
        let mut told = causes(failed);
        while let Some(cause) = told.next() {
            // These errors are private to the SDK: the identity cache's, and that of a client without credentials.
            let text = cause.to_string();
            if text.starts_with("identity resolver timed out") {
                return Some(Self::Slow);
            }
            if text.starts_with("failed to select an auth scheme") {
                return Some(Self::None);
            }
            let Some(error) = cause.downcast_ref::<CredentialsError>() else { continue };
            // The texts below the error may hold what a credential process wrote: read, never shown.
            let texts: Vec<String> = std::iter::once(cause).chain(told).map(|cause| cause.to_string().to_ascii_lowercase()).collect();
            return Some(Self::of(error, &texts));
        }
        None
    }

    /// The SDK tells most of these apart in its texts only. The order matters:
    /// a profile may be called anything, a process may say anything.
    fn of(error: &CredentialsError, texts: &[String]) -> Self {
        let says = |words: &str| texts.iter().any(|text| text.contains(words));
        if says("external process") {
            return Self::Process;
        }
        // STS's own words: "User: … is not authorized to perform: sts:AssumeRole on resource: …".
        if says("sts:assumerole") {
            return Self::Role;
        }
        // The SDK tells of a wrong profile once; from then on, that it has told of it.
        if says("was not defined") || says("already taken") || matches!(error, CredentialsError::InvalidConfiguration(_)) {
            return Self::Profile;
        }
        // The last place that is looked at: whatever fails there, there are none.
        if says("imds") {
            return Self::None;
        }
        if texts.iter().any(|text| text == "dispatch failure") || says("timed out") {
            return Self::Network;
        }
        if says("sso") {
            return Self::SignOn;
        }
        if says("expired") {
            return Self::Expired;
        }
        #[expect(clippy::wildcard_enum_match_arm, reason = "the enum is open: everything else is a provider that failed")]
        match error {
            CredentialsError::CredentialsNotLoaded(_) => Self::None,
            CredentialsError::ProviderTimedOut(_) => Self::Slow,
            _ => Self::Unusable,
        }
    }
}

/// Where the way to a service is broken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Break {
    /// Its name is not known.
    Name,
    /// Nobody listens there.
    Refused,
    /// There is no way to its network.
    NoRoute,
    /// Connecting took too long.
    Slow,
    /// The connection ended before the answer.
    Midway,
    /// The other side is not who it should be.
    Trust,
    /// The proxy does not let it through.
    Proxy,
    /// Something else.
    Other,
}

impl Break {
    /// Where it is broken; `None` where nothing is but the patience.
    pub(super) fn of(failed: &(dyn Error + 'static)) -> Option<Self> {
        let mut found = Self::Other;
        for cause in causes(failed) {
            let text = cause.to_string().to_ascii_lowercase();
            let says = |words: &str| text.contains(words);
            if says("read timeout") {
                return None;
            }
            if says("connect timeout") {
                return Some(Self::Slow);
            }
            if says("proxy") || says("tunnel") {
                return Some(Self::Proxy);
            }
            if says("dns error") || says("lookup address") {
                return Some(Self::Name);
            }
            if says("certificate") {
                return Some(Self::Trust);
            }
            if let Some(broken) = cause.downcast_ref::<io::Error>().and_then(Self::of_kind) {
                return Some(broken);
            }
            // Hyper's words for a connection that ended in the middle of things.
            if says("incomplete") || says("connection closed") || says("canceled") {
                found = Self::Midway;
            }
        }
        Some(found)
    }

    /// Whether the connection was never made, so that nothing was sent. A path that is gone or a time that ran out
    /// may be that of a connection that was there.
    pub(super) fn is_before_sending(failed: &(dyn Error + 'static)) -> bool {
        let connecting = || causes(failed).any(|cause| cause.to_string().to_ascii_lowercase().contains("connect timeout"));
        match Self::of(failed) {
            Some(Self::Name | Self::Refused | Self::Trust | Self::Proxy) => true,
            Some(Self::Slow) => connecting(),
            Some(Self::NoRoute | Self::Midway | Self::Other) | None => false,
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "dozens of kinds; every other may carry one of these within")]
    fn of_kind(error: &io::Error) -> Option<Self> {
        Some(match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable | io::ErrorKind::NetworkDown => Self::NoRoute,
            io::ErrorKind::TimedOut => Self::Slow,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Midway,
            _ => return None,
        })
    }
}
