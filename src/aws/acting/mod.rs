//! What is done at AWS: sent once, and looked for where no answer came.
//!
//! Every action looks at the place itself first, by the platform's own id: names are used again. No layer sends
//! anything a second time, and what nobody can tell is said to be unclear.

mod commands;
mod environments;
mod images;
mod judgement;
pub mod leases;
mod machines;
mod steady;
mod targets;
#[cfg(test)]
mod throttled_tests;

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;

use super::call::{Line, Operation, Wire};
use super::clients::Clients;
use super::told::arn_parts;
use crate::model::account::Writer;
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::{AccountId, Connection, InstanceId, Platform as Kind, Region};
use crate::model::operation::action::{Action, Place, Way};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Outcome, Progress, Receipt};
use crate::ops::limit::Limiter;
use crate::ops::output::Outputs;
use crate::ops::port::Platform;

/// For how long a write that nothing shows may still be on its way, from when it was taken, or else from the look before
/// it: longer than an answer is waited for, and than a service takes to show what it took.
const ON_ITS_WAY: Duration = Duration::from_secs(30);

/// Acts on AWS. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Acting {
    wire: Wire,
    outputs: Outputs,
    versions: environments::Versions,
}

impl Acting {
    /// Acts through these clients, out of these budgets.
    #[must_use]
    pub fn new(clients: Clients, limiter: Limiter, outputs: Outputs) -> Self {
        Self { wire: Wire::new(clients, limiter), outputs, versions: environments::Versions::default() }
    }

    /// The way in of the place, in a region: in its own where no other is meant. It leads into the account that is meant.
    /// Who only looks goes in as who reads.
    async fn line(&self, place: &Place, region: Option<&Region>) -> Result<Line, Fault> {
        let (connection, region) = way_in(place, region)?;
        let line = self.wire.line(connection, Some(region)).await;
        self.check_accounts(&line, place).await?;
        Ok(line)
    }

    /// The way in of who writes to the place: who the plan says, and nobody else. Its credentials are asked for here and
    /// nowhere before, and the account that they lead into is held against the one that is meant.
    async fn writing_line(&self, place: &Place) -> Result<Line, Fault> {
        let (connection, region) = way_in(place, None)?;
        let name = place.environment.name.as_str();
        let writer = self.wire.writer(connection);
        if writer != place.writer {
            let who = |writer: &Option<Writer>| writer.as_ref().map_or_else(|| "who reads it".to_owned(), Writer::to_string);
            return Err(refused(format!(
                "the plan says that {name} is written by {}, and the configuration of {connection} says {} now: put that back, or leave this and plan it anew",
                who(&place.writer),
                who(&writer)
            )));
        }
        let Some(writer) = writer else { return self.line(place, None).await };
        writer.may_write(name, place.environment.account.as_ref()).map_err(refused)?;
        let Some(line) = self.wire.writing_line(connection, region).await else {
            return Err(refused(format!("nothing says how {writer} is got at: start again")));
        };
        self.check_accounts(&line, place).await?;
        Ok(line)
    }

    async fn check_accounts(&self, line: &Line, place: &Place) -> Result<(), Fault> {
        let key = &place.environment;
        let account = key.account.as_ref().filter(|_| key.platform != Kind::Host).map(AccountId::as_str);
        let of_id = place.id.as_ref().and_then(|id| arn_parts(id.as_str()).0);
        for meant in account.into_iter().chain(of_id) {
            self.check_account(line, key.name.as_str(), meant).await?;
        }
        Ok(())
    }

    /// Refuses a way that leads into another account than what is meant is in. What is asked for there does not exist for
    /// it, and that would be taken for its end. Where the server never says whose the credentials are, the ids alone tell.
    async fn check_account(&self, line: &Line, name: &str, meant: &str) -> Result<(), Fault> {
        match self.wire.account(line).await? {
            Some(there) if there.as_str() != meant => {
                Err(refused(format!("the credentials lead into account {there}, and {name} is in {meant}: use others")))
            }
            _ => Ok(()),
        }
    }

    fn now(&self) -> Timestamp {
        self.wire.stamp().asked_at
    }

    /// A baseline that says only when it was looked.
    fn looked(&self) -> Baseline {
        Baseline { at: Some(self.now()), ..Baseline::default() }
    }

    /// How long ago the action was taken; where nobody said so, how long ago the place was looked at before it. A request
    /// may wait long for its budget: what is measured from before that shows too early.
    fn since(&self, baseline: &Baseline, receipt: Option<&Receipt>) -> Option<Duration> {
        sent(baseline, receipt).map(|at| passed(at, self.now()))
    }

    /// Whether it must show by now.
    fn must_show(&self, baseline: &Baseline, receipt: Option<&Receipt>) -> bool {
        self.since(baseline, receipt).is_some_and(|passed| passed >= ON_ITS_WAY)
    }

    /// What a service answered when it took something.
    fn receipt(&self, request: Option<&str>) -> Receipt {
        Receipt { request: request.map(Arc::from), id: None, at: Some(self.now()) }
    }

    /// What can be said of an action of which nothing shows, and which was not answered.
    fn unseen(&self, baseline: &Baseline, sentence: String) -> Observed {
        if self.must_show(baseline, None) { Observed::NotBegun } else { Observed::Unclear(sentence.into()) }
    }

    async fn look_before(&self, place: Place, action: Action) -> Result<Baseline, Fault> {
        match &action {
            Action::Deploy(_)
            | Action::Restart
            | Action::Rebuild
            | Action::Abort
            | Action::Swap { .. }
            | Action::Resize { .. }
            | Action::Proven(_) => self.before_environment(&place, &action).await,
            Action::Deregister(registration) => self.before_deregistering(&place, registration).await,
            Action::Register(registration) => self.before_registering(&place, registration).await,
            Action::Reboot | Action::Terminate => self.before_machine(&place, &action).await,
            Action::Replace => self.before_replacing(&place).await,
            Action::Run { way: Way::Ssm, limit, .. } => self.before_command(&place, *limit).await,
            Action::Drained(_) | Action::Healthy(_) | Action::Steady | Action::Reached(Way::Ssm) | Action::Built { .. } => {
                Ok(self.looked())
            }
            Action::Copy(..)
            | Action::Run { way: Way::Ssh(_), .. }
            | Action::Reached(Way::Ssh(_))
            | Action::Local(_)
            | Action::Quiet { .. }
            | Action::Rerun(_)
            | Action::Renewed { .. }
            | Action::Runs { .. }
            | Action::Pause(_) => Err(elsewhere()),
        }
    }

    async fn send(&self, place: Place, action: Action, mark: Mark) -> Result<Receipt, Begun> {
        match &action {
            Action::Deploy(_) | Action::Restart | Action::Rebuild | Action::Abort | Action::Swap { .. } | Action::Resize { .. } => {
                self.send_to_environment(&place, &action).await
            }
            Action::Deregister(registration) => self.deregister(&place, registration).await,
            Action::Register(registration) => self.register(&place, registration).await,
            Action::Reboot => self.reboot(&place).await,
            Action::Terminate => self.terminate(&place).await,
            Action::Replace => self.replace(&place).await,
            Action::Run { way: Way::Ssm, command, limit } => self.send_command(&place, command, *limit, &mark).await,
            Action::Proven(_)
            | Action::Drained(_)
            | Action::Healthy(_)
            | Action::Steady
            | Action::Reached(_)
            | Action::Built { .. }
            | Action::Copy(..)
            | Action::Run { way: Way::Ssh(_), .. }
            | Action::Local(_)
            | Action::Quiet { .. }
            | Action::Rerun(_)
            | Action::Renewed { .. }
            | Action::Runs { .. }
            | Action::Pause(_) => Err(Begun::Refused(elsewhere())),
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
        let receipt = receipt.as_ref();
        match &action {
            Action::Deploy(_)
            | Action::Restart
            | Action::Rebuild
            | Action::Abort
            | Action::Swap { .. }
            | Action::Resize { .. }
            | Action::Proven(_) => self.see_environment(&place, &action, &baseline, receipt).await,
            Action::Deregister(registration) => self.see_deregistered(&place, registration, &baseline, receipt).await,
            Action::Register(registration) => self.see_registered(&place, registration, &baseline, receipt).await,
            Action::Drained(registration) => self.see_drained(&place, registration, &baseline).await,
            Action::Healthy(registration) => self.see_healthy(&place, registration).await,
            Action::Steady => self.see_steady(&place).await,
            Action::Reboot => self.see_rebooted(&place, &baseline, receipt).await,
            Action::Terminate => self.see_terminated(&place, &baseline, receipt).await,
            Action::Replace => self.see_replaced(&place, &baseline, receipt).await,
            Action::Run { way: Way::Ssm, limit, .. } => self.see_command(&place, *limit, &mark, &baseline, receipt).await,
            Action::Reached(Way::Ssm) => self.see_agent(&place).await,
            Action::Built { region, repository, tag } => self.see_image(&place, region, repository, tag).await,
            Action::Copy(..)
            | Action::Run { way: Way::Ssh(_), .. }
            | Action::Reached(Way::Ssh(_))
            | Action::Local(_)
            | Action::Quiet { .. }
            | Action::Rerun(_)
            | Action::Renewed { .. }
            | Action::Runs { .. }
            | Action::Pause(_) => Err(elsewhere()),
        }
    }
}

/// With whose credentials a place is looked at, and in which region: in its own where no other is meant.
fn way_in<'a>(place: &'a Place, region: Option<&'a Region>) -> Result<(&'a Connection, &'a Region), Fault> {
    let name = &place.environment.name;
    let Some(connection) = &place.connection else {
        return Err(refused(format!("nothing says with which credentials to act on {name}: read it first")));
    };
    let Some(region) = region.or(place.environment.region.as_ref()) else {
        return Err(refused(format!("nothing says in which region {name} is: read it first")));
    };
    Ok((connection, region))
}

/// The instance that an action is about.
fn instance(place: &Place) -> Result<&str, Fault> {
    let missing = || refused(format!("nothing says which instance of {} is meant", place.environment.name));
    place.instance.as_ref().map(InstanceId::as_str).ok_or_else(missing)
}

/// What must not be done, or not now. Nothing was sent.
fn refused(sentence: impl Into<Arc<str>>) -> Fault {
    Fault::new(FaultKind::Refused, sentence)
}

fn elsewhere() -> Fault {
    Fault::new(FaultKind::Unsupported, "this is not done at AWS: a host or this machine does it")
}

fn done(sentence: impl Into<Arc<str>>) -> Observed {
    Observed::Ended(Outcome::Done(sentence.into()))
}

fn failed(sentence: impl Into<Arc<str>>) -> Observed {
    Observed::Ended(Outcome::Failed(sentence.into()))
}

fn underway(note: impl Into<Arc<str>>) -> Observed {
    Observed::Underway(Progress { parts: None, note: Some(note.into()) })
}

/// From when on an action has to show.
fn sent(baseline: &Baseline, receipt: Option<&Receipt>) -> Option<Timestamp> {
    receipt.and_then(|receipt| receipt.at).or(baseline.at)
}

/// A clock that was set back makes it shorter, never negative.
fn passed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// A call about one place. It does not take turns with the sweep: somebody waits for it.
const fn operation<'a>(api: Api, name: &'static str, about: &'a str) -> Operation<'a> {
    let (api, service) = match api {
        Api::Beanstalk => ("elasticbeanstalk", "Elastic Beanstalk"),
        Api::Balancing => ("elasticloadbalancing", "Elastic Load Balancing v2"),
        Api::Compute => ("ec2", "EC2"),
        Api::Scaling => ("autoscaling", "Auto Scaling"),
        Api::Commands => ("ssm", "SSM"),
        Api::Images => ("ecr", "ECR"),
    };
    Operation { api, service, name, about: Some(about), in_turn: false }
}

/// The APIs that are acted through.
#[derive(Clone, Copy)]
enum Api {
    Beanstalk,
    Balancing,
    Compute,
    Scaling,
    Commands,
    Images,
}

impl Platform for Acting {
    fn before(&self, place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        Box::pin(self.look_before(place, action))
    }

    fn check(&self, place: Place, action: Action) -> BoxFuture<'_, Result<(), Fault>> {
        Box::pin(async move {
            if environments::is_checked(&action) {
                self.check_environment(&place, &action).await
            } else {
                self.look_before(place, action).await.map(drop)
            }
        })
    }

    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun> {
        Box::pin(async move { self.send(place, action, mark).await.map_or_else(|begun| begun, Begun::Accepted) })
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
