//! Why a page brought no answer: by what happened, in sentences.

use std::error::Error;
use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rustls::{AlertDescription, CertificateError};

use crate::model::fault::{Fault, FaultKind};
use crate::model::health::Level;
use crate::model::probe::Verdict;

/// Why a page brought no whole answer. The texts in it come from outside: not yet safe to show.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum NoAnswer {
    /// The host's name leads nowhere.
    #[error("the name {0} is not known: check it, or whether this machine is in the right network")]
    NoSuchName(String),
    /// Nothing leads to the host, as far as this machine knows.
    #[error("nothing leads to {host} from here: {why}")]
    NoWay {
        /// The host.
        host: String,
        /// In the system's words.
        why: String,
    },
    /// The proxy brought no connection.
    #[error("through the proxy: {0}")]
    Proxy(String),
    /// There is nothing to hold certificates against.
    #[error("{0}")]
    NoTrust(String),
    /// The host says that nobody listens.
    #[error("{0} refuses connections: nothing listens there")]
    Refused(String),
    /// The time was over.
    #[error("{}", late(*.stage, *.limit))]
    Late {
        /// How far it had come.
        stage: Reached,
        /// So much was allowed.
        limit: Duration,
    },
    /// Something was sent that is no HTTP, or the connection ended before the answer did.
    #[error("the answer broke off: {0}")]
    Broken(String),
    /// The certificate is not to be believed.
    #[error("the certificate of {host} {}", certificate(.why))]
    Certificate {
        /// The host.
        host: String,
        /// Why.
        why: Doubt,
    },
    /// Both sides found no TLS to speak.
    #[error("{host} and this program found no way to speak TLS: {why}")]
    Tls {
        /// The host.
        host: String,
        /// In the library's words.
        why: String,
    },
}

/// Why a certificate is not to be believed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Doubt {
    /// Its time is over.
    Expired,
    /// Its time has not come.
    NotYet,
    /// Nobody whom this machine believes has signed it.
    UnknownIssuer,
    /// It is for other names.
    OtherName,
    /// It was taken back.
    Revoked,
    /// Something else, in the library's words.
    Other(String),
}

fn certificate(why: &Doubt) -> String {
    match why {
        Doubt::Expired => "has expired: renew it".to_owned(),
        Doubt::NotYet => "is not valid yet: compare the clocks".to_owned(),
        Doubt::UnknownIssuer => {
            "is signed by nobody whom this machine trusts: if the issuer is your own, add its certificate to this machine's".to_owned()
        }
        Doubt::OtherName => "is for other names than that: compare the names in it with the address".to_owned(),
        Doubt::Revoked => "was revoked: replace it".to_owned(),
        Doubt::Other(why) => format!("is not to be believed: {why}"),
    }
}

/// How far a probe came.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Reached {
    /// There was no connection yet.
    #[default]
    Nothing,
    /// There was one, without TLS yet.
    Connection,
    /// The request could be sent.
    Request,
    /// The answer had begun.
    Answer,
}

fn late(stage: Reached, limit: Duration) -> String {
    let seconds = limit.as_secs_f64();
    match stage {
        Reached::Nothing => format!("no connection within {seconds} s"),
        Reached::Connection => format!("the connection was made, TLS was not, within {seconds} s"),
        Reached::Request => format!("the connection was made, and no answer came within {seconds} s"),
        Reached::Answer => format!("the answer began and did not end within {seconds} s"),
    }
}

/// Notes how far a probe comes.
#[derive(Debug, Default)]
pub(super) struct Stage(Mutex<Reached>);

impl Stage {
    pub(super) fn set(&self, reached: Reached) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reached;
    }

    pub(super) fn reached(&self) -> Reached {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl NoAnswer {
    pub(super) fn broken(error: &hyper::Error) -> Self {
        let why = match error {
            error if error.is_incomplete_message() => "the connection ended in the middle of it".to_owned(),
            error if error.is_parse() => format!("it is no HTTP ({})", innermost(error)),
            error => innermost(error),
        };
        Self::Broken(why)
    }

    /// What it says of the page's health; `None` where the reason may as well be on this side, so that nothing is known.
    ///
    /// A host that can be reached and does not answer, or answers what no browser would take, is not
    /// well. No name, no way and no connection in time may be this machine's network.
    #[must_use]
    pub fn judged(&self, page: &str) -> Option<Verdict> {
        let level = match self {
            Self::NoSuchName(_) | Self::NoWay { .. } | Self::Proxy(_) | Self::NoTrust(_) | Self::Late { stage: Reached::Nothing, .. } => {
                return None;
            }
            // Who stands in between may be this side's own, and the issuer one that only this machine does not know.
            Self::Certificate { why: Doubt::UnknownIssuer | Doubt::NotYet | Doubt::Other(_), .. } => Level::Degraded,
            Self::Refused(_) | Self::Late { .. } | Self::Broken(_) | Self::Certificate { .. } | Self::Tls { .. } => Level::Severe,
        };
        Some(Verdict::of(level, format!("{page}: {self}")))
    }

    /// What the model is told where nothing is known.
    #[must_use]
    pub fn fault(&self, page: &str) -> Fault {
        Fault::new(FaultKind::Unreachable, format!("{page}: {self}"))
    }
}

/// What a failure to connect means.
pub(super) fn of_connecting(host: &str, error: &(dyn Error + 'static)) -> NoAnswer {
    let system = causes(error).find_map(|cause| cause.downcast_ref::<io::Error>());
    let why = innermost(error);
    match system.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => NoAnswer::Refused(host.to_owned()),
        Some(io::ErrorKind::ConnectionReset) => NoAnswer::Broken("the connection was reset".to_owned()),
        _ if why.contains("lookup address information") || why.contains("dns error") => NoAnswer::NoSuchName(host.to_owned()),
        _ => NoAnswer::NoWay { host: host.to_owned(), why },
    }
}

/// What a failure of TLS means.
pub(super) fn of_tls(host: &str, error: &(dyn Error + 'static)) -> NoAnswer {
    let host = host.to_owned();
    let Some(cause) = causes(error).find_map(|cause| cause.downcast_ref::<rustls::Error>()) else {
        return NoAnswer::Broken(format!("{} while TLS was being made", innermost(error)));
    };
    match cause {
        rustls::Error::InvalidCertificate(why) => NoAnswer::Certificate { host, why: doubt(why) },
        rustls::Error::AlertReceived(alert) => NoAnswer::Tls { host, why: alerted(*alert) },
        other => NoAnswer::Tls { host, why: other.to_string() },
    }
}

fn doubt(why: &CertificateError) -> Doubt {
    match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Doubt::Expired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Doubt::NotYet,
        CertificateError::UnknownIssuer => Doubt::UnknownIssuer,
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Doubt::OtherName,
        CertificateError::Revoked => Doubt::Revoked,
        other => Doubt::Other(other.to_string()),
    }
}

fn alerted(alert: AlertDescription) -> String {
    if alert == AlertDescription::UnrecognisedName {
        return "it has no certificate for this name".to_owned();
    }
    format!("it ended the talk with {alert:?}")
}

/// An error and what has caused it, outermost first.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error: &&'e (dyn Error + 'static)| {
        let error: &'e (dyn Error + 'static) = *error;
        // `io::Error::source` skips the very error that it carries.
        let carried = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref).map(|carried| carried as &(dyn Error + 'static));
        carried.or_else(|| error.source())
    })
}

/// The innermost cause, in its own words.
pub(super) fn innermost(error: &(dyn Error + 'static)) -> String {
    causes(error).last().unwrap_or(error).to_string()
}
