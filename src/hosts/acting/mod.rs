//! What is done on hosts over the system's ssh: files are copied, commands run detached, and a host is tried.
//!
//! One connection for each thing that is sent or looked at, ended with whoever waits for it; what runs on a host
//! goes on without it. What a host tells is anybody's text.

mod copy;
mod run;
mod scripts;

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::Duration;

use futures_util::future::BoxFuture;

use crate::model::clock::Timestamp;
use crate::model::compute::{Site, TargetGroups};
use crate::model::destination::Destination;
use crate::model::fault::{Fault, FaultKind};
use crate::model::host::Login;
use crate::model::id::{self, Connection};
use crate::model::operation::action::{Action, Place, Way};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Receipt};
use crate::model::pattern::NamePattern;
use crate::ops::limit::{BudgetKey, Limiter};
use crate::ops::output::Outputs;
use crate::ops::port::Platform;
use crate::ssh::{Command, Limits, Output, Ssh, SshError};

/// How long a look or a beginning may take beyond the connection.
const ANSWER: Duration = Duration::from_secs(20);
/// For how long after the look before it a command that nothing shows may still be on its way to the host: a
/// connection that was lost may have brought it there, and its shell may be slow.
const ON_ITS_WAY: Duration = Duration::from_secs(15);

/// How the machines of the target groups of one declaration are logged in to.
struct Group {
    site: Site,
    name: NamePattern,
    /// None: as the user's own configuration does.
    ssh: Option<Ssh>,
}

/// A host, and how it is logged in to.
#[derive(Clone, Copy)]
struct Host<'h> {
    to: &'h Destination,
    ssh: &'h Ssh,
}

/// Acts on hosts.
pub struct Acting {
    logins: HashMap<Destination, Ssh>,
    /// How the machines of target groups are logged in to, in the order of their declarations.
    groups: Vec<Group>,
    usual: Ssh,
    limiter: Limiter,
    outputs: Outputs,
}

impl Acting {
    /// Logs in as these say, and elsewhere as the user's own configuration does. `patience` is how long the making
    /// of a connection may take.
    #[must_use]
    pub fn new(logins: impl IntoIterator<Item = Login>, patience: Duration, limiter: Limiter, outputs: Outputs) -> Self {
        let usual = Ssh { patience, ..Ssh::default() };
        let logins = logins.into_iter().map(|login| {
            let Login { to, config, options } = login;
            (to, Ssh { config, options, ..usual.clone() })
        });
        Self { logins: logins.collect(), groups: Vec::new(), usual, limiter, outputs }
    }

    /// The same, and to the machines of these target groups as their declarations say.
    #[must_use]
    pub fn with_groups<'g>(mut self, groups: impl IntoIterator<Item = &'g TargetGroups>) -> Self {
        let each = groups.into_iter().map(|group| {
            let login = group.rolling.as_ref().and_then(|rolling| rolling.login.as_ref());
            let ssh = login.map(|login| Ssh { config: login.config.clone(), options: login.options.clone(), ..self.usual.clone() });
            Group { site: group.site.clone(), name: group.name.clone(), ssh }
        });
        self.groups = each.collect();
        self
    }

    /// How a machine is logged in to.
    ///
    /// The place decides, not the text: machines of two networks may have one address, and two target groups one user
    /// and two bastions.
    fn ssh(&self, place: &Place, to: &Destination) -> &Ssh {
        let key = &place.environment;
        if key.platform != id::Platform::TargetGroup {
            return self.logins.get(to).unwrap_or(&self.usual);
        }
        let is_its = |group: &&Group| {
            Some(&group.site.connection) == place.connection.as_ref()
                && Some(&group.site.region) == key.region.as_ref()
                && group.name.matches(key.name.as_str())
        };
        self.groups.iter().find(is_its).and_then(|group| group.ssh.as_ref()).unwrap_or(&self.usual)
    }

    fn host<'h>(&'h self, place: &Place, to: &'h Destination) -> Host<'h> {
        Host { to, ssh: self.ssh(place, to) }
    }

    /// Waits for the host's budget, and counts what is sent there.
    async fn pass(&self, to: &Destination) {
        let budget = BudgetKey { connection: Connection::from(to.as_str()), region: None, api: "ssh" };
        let _ = self.limiter.pass(&budget).await;
        self.limiter.sent(&budget);
    }

    async fn ask(&self, Host { to, ssh }: Host<'_>, command: &Command) -> Result<Output, SshError> {
        self.pass(to).await;
        ssh.run(to, command, Limits { time: ssh.patience + ANSWER, ..Limits::default() }).await
    }

    fn now(&self) -> Timestamp {
        self.limiter.stamp().asked_at
    }

    /// How long ago the host was looked at before something was sent there.
    fn since(&self, baseline: &Baseline) -> Option<Duration> {
        baseline.at.and_then(|at| Duration::try_from(self.now().duration_since(at)).ok())
    }

    /// What can be said of a command that nothing shows on the host, where it was not answered.
    fn unseen_command(&self, baseline: &Baseline) -> Observed {
        // Longer ago than that the host would run it a second time.
        if self.since(baseline).is_some_and(|passed| passed >= Mark::KEPT) {
            return Observed::Unclear("the command is not there, but that was too long ago to tell: look at the host".into());
        }
        self.unseen(baseline, "the command")
    }

    /// What can be said of something that nothing shows on the host.
    fn unseen(&self, baseline: &Baseline, what: &str) -> Observed {
        if self.since(baseline).is_some_and(|passed| passed >= ON_ITS_WAY) {
            return Observed::NotBegun;
        }
        Observed::Unclear(format!("{what} is not there, but may still be on its way").into())
    }

    fn look_before(&self, action: &Action) -> Result<Baseline, Fault> {
        let baseline = Baseline { at: Some(self.now()), ..Baseline::default() };
        match action {
            Action::Copy(_, files) => copy::check(files).map(|()| baseline),
            Action::Run { way: Way::Ssh(_), limit, .. } if limit.is_zero() => {
                Err(Fault::new(FaultKind::Refused, "the command has no time to run: give it a limit of a second or more"))
            }
            Action::Run { way: Way::Ssh(_), .. } | Action::Reached(Way::Ssh(_)) => Ok(baseline),
            _ => Err(elsewhere()),
        }
    }

    async fn send(&self, place: Place, action: Action, mark: Mark) -> Begun {
        if !mark.is_safe() {
            return Begun::Refused(Fault::new(FaultKind::Refused, "nothing was sent: its mark cannot be a file's name on a host"));
        }
        match action {
            Action::Copy(to, files) => self.copy(self.host(&place, &to), &files, &mark).await,
            Action::Run { way: Way::Ssh(to), command, limit } => self.run(self.host(&place, &to), &command, limit, &mark).await,
            _ => Begun::Refused(elsewhere()),
        }
    }

    async fn look(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> Result<Observed, Fault> {
        let was_accepted = receipt.is_some();
        match action {
            Action::Copy(to, files) => self.copied(self.host(&place, &to), files.len(), &mark, &baseline, was_accepted).await,
            Action::Run { way: Way::Ssh(to), limit, .. } => self.ran(self.host(&place, &to), limit, &mark, &baseline, was_accepted).await,
            Action::Reached(Way::Ssh(to)) => Ok(Observed::Ended(self.reached(self.host(&place, &to)).await)),
            _ => Err(elsewhere()),
        }
    }

    /// Whether a host can be reached and runs a shell: whatever is wrong is told as it is, once.
    async fn reached(&self, host: Host<'_>) -> Outcome {
        let to = host.to;
        match self.ask(host, &Command::script("echo quarterdeck")).await {
            Ok(output) if output.text().lines().any(|line| line == "quarterdeck") => Outcome::Done(format!("{to} answers").into()),
            Ok(_) => Outcome::Failed(format!("{to} lets this user in, but runs no shell for it").into()),
            Err(error) => Outcome::Failed(error.to_string().into()),
        }
    }
}

/// What was sent and not answered as it should be.
fn unanswered(error: &SshError) -> Begun {
    if error.may_have_run() { Begun::Unclear(error.fault()) } else { Begun::Refused(error.fault()) }
}

fn elsewhere() -> Fault {
    Fault::new(FaultKind::Unsupported, "this is not done over ssh: a cloud or this machine does it")
}

fn not_understood(to: &Destination) -> Fault {
    let sentence = format!("{to} did not answer as it was asked to: log in by hand and look what its shell prints");
    Fault::new(FaultKind::Malformed, sentence)
}

impl Platform for Acting {
    fn before(&self, _place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        Box::pin(std::future::ready(self.look_before(&action)))
    }

    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun> {
        Box::pin(self.send(place, action, mark))
    }

    fn observe(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        Box::pin(self.look(place, action, mark, baseline, receipt))
    }
}
