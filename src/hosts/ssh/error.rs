//! What went wrong, from what ssh says about it: in sentences, and by whether the command may have run.

use std::time::Duration;

use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};

/// A command that brought no answer.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{failure}")]
pub struct SshError {
    /// On which host.
    pub to: Destination,
    /// Why.
    pub failure: Failure,
}

/// Why a command brought no answer. The texts in it come from outside: not yet safe to show.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Failure {
    /// There is no ssh.
    #[error("the ssh program is not on this machine: install OpenSSH's client, or take the host's ssh out of the configuration")]
    NotInstalled,
    /// ssh could not be started.
    #[error("ssh could not be started: {0}")]
    NotStarted(String),
    /// ssh or its files are not set up as it wants them.
    #[error("ssh does not accept how it is set up: {0}")]
    BadSetup(String),
    /// The host's name leads nowhere.
    #[error("{0} is not known: check the name, or whether this machine is in the right network")]
    NoSuchHost(String),
    /// Nobody listens, or nothing leads there.
    #[error("there is no connection to {to}: {why}")]
    NoConnection {
        /// Whereto.
        to: String,
        /// In the system's words.
        why: String,
    },
    /// The host's key was never seen.
    #[error("the host key of {0} is not known to ssh: connect once by hand with \"ssh {0}\" and compare the fingerprint")]
    UnknownHostKey(String),
    /// The host has another key than before.
    #[error(
        "the host key of {0} is not the one that known_hosts holds: if the host was set up anew remove the old key with ssh-keygen -R, else somebody may be in between"
    )]
    ChangedHostKey(String),
    /// The host does not let the user in.
    #[error("{0} does not let this user in with any key that ssh may use without asking: load the key into the agent (ssh-add)")]
    PermissionDenied(String),
    /// It took too long.
    #[error("{to} did not finish within {} s", .limit.as_secs_f64())]
    TooSlow {
        /// Which host.
        to: String,
        /// So much was allowed.
        limit: Duration,
    },
    /// It said more than is read.
    #[error("{to} told more than {limit} bytes, which is more than this command has to tell")]
    TooMuch {
        /// Which host.
        to: String,
        /// So much was allowed.
        limit: usize,
    },
    /// The connection was there, and then no more.
    #[error("the connection to {to} ended while the command ran: {why}")]
    Lost {
        /// Which host.
        to: String,
        /// In ssh's words.
        why: String,
    },
    /// The command itself failed.
    #[error("the command on {to} ended with exit code {code}{}", because(.last_line.as_deref()))]
    Exited {
        /// Which host.
        to: String,
        /// Its exit code.
        code: i32,
        /// The last line it wrote to standard error.
        last_line: Option<String>,
    },
    /// ssh was killed.
    #[error("ssh was ended by another program before {0} had answered")]
    Killed(String),
}

fn because(line: Option<&str>) -> String {
    line.map_or_else(String::new, |line| format!(": {line}"))
}

/// A longer line of an error is cut.
const LONGEST_LINE: usize = 300;

impl SshError {
    /// What the model is told of it.
    #[must_use]
    pub fn fault(&self) -> Fault {
        let kind = match &self.failure {
            Failure::NotInstalled | Failure::BadSetup(_) => FaultKind::Missing,
            Failure::NotStarted(_) | Failure::Killed(_) | Failure::Exited { .. } => FaultKind::Failed,
            Failure::NoSuchHost(_) | Failure::NoConnection { .. } | Failure::TooSlow { .. } | Failure::Lost { .. } => {
                FaultKind::Unreachable
            }
            Failure::UnknownHostKey(_) | Failure::ChangedHostKey(_) | Failure::PermissionDenied(_) => FaultKind::Denied,
            Failure::TooMuch { .. } => FaultKind::Malformed,
        };
        Fault::new(kind, self.failure.to_string())
    }

    /// Whether the command may have run at the host: what must not be done twice is then looked for first.
    #[must_use]
    pub const fn may_have_run(&self) -> bool {
        match &self.failure {
            Failure::NotInstalled
            | Failure::NotStarted(_)
            | Failure::BadSetup(_)
            | Failure::NoSuchHost(_)
            | Failure::NoConnection { .. }
            | Failure::UnknownHostKey(_)
            | Failure::ChangedHostKey(_)
            | Failure::PermissionDenied(_) => false,
            Failure::TooSlow { .. } | Failure::TooMuch { .. } | Failure::Lost { .. } | Failure::Exited { .. } | Failure::Killed(_) => true,
        }
    }
}

/// What an exit code other than 0 and what was said beside it mean.
///
/// 255 is ssh's own (ssh(1), "EXIT STATUS"), and then its last words say what happened. A command
/// that ends with 255 by itself is told by its own last line.
pub(super) fn of_exit(to: &Destination, code: i32, said: &str) -> Failure {
    let host = to.to_string();
    let lines: Vec<&str> = said.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let failure = (code == 255).then(|| lines.iter().rev().find_map(|line| of_line(&host, line, &lines))).flatten();
    let last_line = lines.last().map(|line| cut(line));
    failure.unwrap_or_else(|| match last_line {
        None if code == 255 => Failure::Lost { to: host, why: "ssh does not say why".to_owned() },
        last_line => Failure::Exited { to: host, code, last_line },
    })
}

/// What one of ssh's own lines means.
fn of_line(host: &str, line: &str, all: &[&str]) -> Option<Failure> {
    let host = || host.to_owned();
    if line.starts_with("Host key verification failed") {
        let changed =
            all.iter().any(|line| line.contains("REMOTE HOST IDENTIFICATION HAS CHANGED") || line.contains("has changed and you"));
        return Some(if changed { Failure::ChangedHostKey(host()) } else { Failure::UnknownHostKey(host()) });
    }
    if line.contains(": Permission denied (") && line.ends_with(").") {
        return Some(Failure::PermissionDenied(host()));
    }
    if let Some(rest) = line.strip_prefix("ssh: Could not resolve hostname ") {
        return Some(Failure::NoSuchHost(cut(rest.split(": ").next().unwrap_or(rest))));
    }
    if let Some(rest) = line.strip_prefix("ssh: connect to ") {
        let (place, why) = rest.rsplit_once(": ").unwrap_or((rest, "it failed"));
        return Some(Failure::NoConnection { to: cut(place), why: cut(&why.to_lowercase()) });
    }
    let before_login = ["kex_exchange_identification: ", "Connection timed out during banner exchange", "ssh_exchange_identification: "];
    if before_login.iter().any(|start| line.starts_with(start)) {
        return Some(Failure::NoConnection { to: host(), why: cut(line) });
    }
    let setup = ["Bad owner or permissions on ", "Can't open user config file ", "command-line line ", "command-line: line "];
    if setup.iter().any(|start| line.starts_with(start)) || line.contains(": Bad configuration option: ") {
        return Some(Failure::BadSetup(cut(line)));
    }
    let lost =
        ["Timeout, server ", "client_loop: ", "Connection to ", "Connection closed by ", "Connection reset by ", "Read from remote host "];
    lost.iter().any(|start| line.starts_with(start)).then(|| Failure::Lost { to: host(), why: cut(line) })
}

fn cut(line: &str) -> String {
    let mut characters = line.chars();
    let mut short: String = characters.by_ref().take(LONGEST_LINE).collect();
    if characters.next().is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(code: i32, said: &str) -> Failure {
        of_exit(&Destination::new("deploy@shop").unwrap(), code, said)
    }

    #[test]
    fn ssh_s_own_words_become_sentences() {
        for (said, start, may_have_run) in [
            ("Host key verification failed.\r\n", "the host key of deploy@shop is not known to ssh: connect once by hand", false),
            (
                "@    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\nHost key verification failed.",
                "the host key of deploy@shop is not the one that known_hosts holds",
                false,
            ),
            ("deploy@10.0.0.1: Permission denied (publickey,password).", "deploy@shop does not let this user in", false),
            ("ssh: Could not resolve hostname shop: Name or service not known", "shop is not known: check the name", false),
            (
                "ssh: connect to host shop port 22: Connection refused",
                "there is no connection to host shop port 22: connection refused",
                false,
            ),
            ("kex_exchange_identification: read: Connection reset by peer", "there is no connection to deploy@shop: kex_", false),
            ("command-line line 0: Bad configuration option: nonsense", "ssh does not accept how it is set up: command-line", false),
            ("Timeout, server shop not responding.", "the connection to deploy@shop ended while the command ran: Timeout", true),
            ("", "the connection to deploy@shop ended while the command ran: ssh does not say why", true),
            ("fatal: not a git repository", "the command on deploy@shop ended with exit code 255: fatal: not a", true),
        ] {
            let failure = failure(255, said);
            assert!(failure.to_string().starts_with(start), "{said:?}: {failure}");
            let error = SshError { to: Destination::new("deploy@shop").unwrap(), failure };
            assert_eq!(error.may_have_run(), may_have_run, "{said:?}");
        }
    }

    #[test]
    fn another_exit_code_is_the_command_s_whatever_it_said() {
        let told = failure(1, "warning: one\nssh: connect to host x port 22: Connection refused\n\n");
        assert!(matches!(&told, Failure::Exited { code: 1, last_line: Some(line), .. } if line.starts_with("ssh: connect")), "{told}");
        assert_eq!(failure(3, "").to_string(), "the command on deploy@shop ended with exit code 3");
        let long = failure(1, &"x".repeat(5_000)).to_string();
        assert!(long.len() < 400, "{}", long.len());
    }
}
