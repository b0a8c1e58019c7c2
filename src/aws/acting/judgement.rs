//! What has become of an action on an environment of Elastic Beanstalk, from one look at it. Pure.
//!
//! A service that is Ready and Green proves nothing: a deploy that failed ends so as well, on the old version. So an
//! action is tied to its request. The answer to it names the request, or, where that was lost, the events do: those
//! since the look before it of which one says that this kind of thing began. A redeploy and a restart change nothing
//! else that could tell them from none.

use std::collections::BTreeSet;
use std::time::Duration;

use super::{ON_ITS_WAY, done, failed, passed, underway};
use crate::model::activity::ActivityKind;
use crate::model::clock::Timestamp;
use crate::model::event::{BeganKind, Meaning, PlatformEvent, Severity};
use crate::model::health::Level;
use crate::model::id::VersionLabel;
use crate::model::instance::{Deployment, DeploymentState};
use crate::model::operation::action::Action;
use crate::model::operation::evidence::{Baseline, Observed, Progress};

/// How long an environment is Ready before its end is believed without the event that says so: events come late, but
/// not that late.
const QUIET: Duration = Duration::from_secs(300);

/// How late events come, as a rule.
const LATE: Duration = Duration::from_secs(20);

/// An environment as one answer describes it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Described {
    pub name: String,
    pub application: String,
    pub account: Option<String>,
    pub status: String,
    pub label: Option<VersionLabel>,
    pub updated_at: Option<Timestamp>,
    pub cname: Option<String>,
    pub is_abortable: bool,
    /// How the platform finds it, and its word for that.
    pub level: Level,
    pub health: String,
    /// Whether its instances tell what is deployed on them.
    pub tells_deployments: bool,
}

impl Described {
    pub fn is_ready(&self) -> bool {
        self.status == "Ready"
    }

    pub fn is_ending(&self) -> bool {
        matches!(self.status.as_str(), "Terminating" | "Terminated")
    }

    /// Why it failed, and then what it runs: who reads it knows of which environment it is told.
    fn went_wrong(&self, error: &PlatformEvent) -> String {
        format!("{}; it {}", error.message.trim_end_matches('.'), self.runs())
    }

    fn runs(&self) -> String {
        self.label.as_ref().map_or_else(|| "tells no version".to_owned(), |label| format!("runs {label}"))
    }
}

/// All that one look shows.
pub struct Look<'a> {
    pub action: &'a Action,
    pub environment: &'a Described,
    /// What has happened there since the look before the action, oldest first.
    pub events: &'a [PlatformEvent],
    /// What each instance tells of what is deployed on it, where that was asked for.
    pub deployments: &'a [Deployment],
    pub baseline: &'a Baseline,
    /// The request by the answer to it, where one came.
    pub request: Option<&'a str>,
    pub was_accepted: bool,
    /// From when on it has to show: when it was taken, or else when the place was looked at before it.
    pub sent: Option<Timestamp>,
    pub now: Timestamp,
}

/// Which request an action was.
enum Request<'a> {
    Known(&'a str),
    /// No event tells.
    Unknown,
    /// Several could have been it.
    Ambiguous,
}

impl Look<'_> {
    /// What it shows.
    pub fn judge(&self) -> Observed {
        let name = &self.environment.name;
        if self.environment.is_ending() {
            return failed(format!("{name} is {}: somebody has ended it", self.environment.status.to_lowercase()));
        }
        if let Action::Proven(label) = self.action {
            return self.proven(label);
        }
        if matches!(self.action, Action::Abort) {
            return self.aborted();
        }
        match self.request() {
            Request::Known(request) => self.of_request(request),
            Request::Unknown if self.was_accepted => self.of_request(""),
            Request::Unknown => self.without_request(),
            Request::Ambiguous => {
                Observed::Unclear(format!("more than one such change of {name} has begun since: its events tell which is whose").into())
            }
        }
    }

    /// For how long it should show; none where nobody noted since when.
    fn passed(&self) -> Option<Duration> {
        self.sent.map(|sent| passed(sent, self.now))
    }

    /// Whether it must show by now.
    fn must_show(&self) -> bool {
        self.passed().is_some_and(|passed| passed >= ON_ITS_WAY)
    }

    /// The version that is to run, where a version is.
    const fn wanted(&self) -> Option<&VersionLabel> {
        match self.action {
            Action::Deploy(label) | Action::Proven(label) => Some(label),
            _ => None,
        }
    }

    fn request(&self) -> Request<'_> {
        if let Some(request) = self.request {
            return Request::Known(request);
        }
        let kind = match self.action {
            Action::Deploy(_) => ActivityKind::Deploy,
            Action::Restart => ActivityKind::Restart,
            Action::Rebuild => ActivityKind::Rebuild,
            Action::Abort => ActivityKind::Abort,
            Action::Swap { .. } => ActivityKind::Swap,
            Action::Resize { .. } => ActivityKind::Configuration,
            _ => return Request::Unknown,
        };
        let fits = |event: &&PlatformEvent| self.wanted().is_none_or(|label| event.label.as_ref().is_none_or(|told| told == label));
        let named = self.events.iter().filter(fits).filter_map(|event| event.request.as_deref());
        let requests: BTreeSet<&str> = named.filter(|request| self.is_of_kind(request, kind)).collect();
        let mut requests = requests.into_iter();
        match (requests.next(), requests.next()) {
            (None, _) => Request::Unknown,
            (Some(request), None) => Request::Known(request),
            (Some(_), Some(_)) => Request::Ambiguous,
        }
    }

    /// Whether this request began something of this kind. Not every deploy says that it is one: an update that is
    /// over and did not change the configuration was one too.
    fn is_of_kind(&self, request: &str, kind: ActivityKind) -> bool {
        let says = |meaning: Meaning| self.events_of(request).any(|event| event.meaning == Some(meaning));
        let began = |kind| says(Meaning::Began(BeganKind(kind)));
        let is_over = || says(Meaning::Ended) || says(Meaning::Failed);
        let updated = || began(ActivityKind::Unknown) && is_over() && !began(ActivityKind::Configuration);
        began(kind) || (kind == ActivityKind::Deploy && updated())
    }

    fn events_of<'e>(&'e self, request: &'e str) -> impl DoubleEndedIterator<Item = &'e PlatformEvent> + Clone {
        self.events.iter().filter(move |event| event.request.as_deref() == Some(request))
    }

    /// Somebody else's abort, where there was one.
    fn foreign_abort(&self, request: &str) -> bool {
        let is_abort = |event: &PlatformEvent| event.meaning == Some(Meaning::Began(BeganKind(ActivityKind::Abort)));
        self.events.iter().any(|event| is_abort(event) && event.request.as_deref() != Some(request))
    }

    /// It was taken, and these are its events.
    fn of_request(&self, request: &str) -> Observed {
        let environment = self.environment;
        let name = &environment.name;
        let newest = self.events_of(request).next_back().map(|event| &*event.message);
        if !environment.is_ready() {
            return self.goes_on(newest);
        }
        let ended = self.events_of(request).any(|event| event.meaning == Some(Meaning::Ended));
        let runs_another = self.wanted().is_some_and(|label| environment.label.as_ref() != Some(label));
        if self.foreign_abort(request) && (runs_another || !ended) {
            return failed(format!("somebody has aborted the update of {name}, which {} now", environment.runs()));
        }
        if let Some(error) = first_error(self.events_of(request)) {
            return failed(environment.went_wrong(error));
        }
        if runs_another {
            let said = newest.map_or_else(String::new, |message| format!(": {message}"));
            // Ready is shown before the update is, for a moment, and before the events that tell why.
            let is_told = ended || (self.must_show() && self.has_rested(LATE));
            if !is_told {
                return underway("waiting for what its events say of the end");
            }
            return failed(format!("{name} is Ready, but {}{said}", environment.runs()));
        }
        if matches!(self.action, Action::Resize { .. }) && self.has_noted_nothing() {
            return done(format!("{name} is Ready, and noted no change: it had these sizes already"));
        }
        if !ended && !self.is_quiet() {
            return underway(newest.map_or_else(|| "waiting for what its events say of the end".to_owned(), str::to_owned));
        }
        if let Some(kept) = self.kept_cname() {
            return kept;
        }
        self.by_instances().unwrap_or_else(|| done(self.proof()))
    }

    fn goes_on(&self, newest: Option<&str>) -> Observed {
        let (new, all) = self.deployed();
        let parts = (all > 0 && self.wanted().is_some()).then_some((new, all));
        let note = newest.map_or_else(|| format!("{} is {}", self.environment.name, self.environment.status), str::to_owned);
        Observed::Underway(Progress { parts, note: Some(note.into()) })
    }

    /// Nobody has said that it was taken, and no event tells which request it was.
    fn without_request(&self) -> Observed {
        let environment = self.environment;
        let name = &environment.name;
        let is_new = |label: &VersionLabel| environment.label.as_ref() == Some(label) && self.baseline.version.as_ref() != Some(label);
        if let Some(label) = self.wanted().filter(|label| is_new(label)) {
            // It has come to run what it did not: whoever asked for it, that is what was wanted.
            return self.by_version(label);
        }
        if let Some((_, true)) = self.cname() {
            return if environment.is_ready() { done(self.proof()) } else { self.goes_on(None) };
        }
        if environment.is_ready() && self.has_not_changed() {
            if self.must_show() {
                return Observed::NotBegun;
            }
            return Observed::Unclear(format!("nothing shows at {name} yet, but it may still be on its way").into());
        }
        Observed::Unclear(
            format!("{name} is {}, and was changed since, but nothing tells by whom: look at its events", environment.status).into(),
        )
    }

    /// The CNAME of an environment that is to get another one, and whether it has; none where that cannot be compared.
    fn cname(&self) -> Option<(&str, bool)> {
        let cname = self.environment.cname.as_deref().filter(|_| matches!(self.action, Action::Swap { .. }))?;
        (!self.baseline.known.is_empty()).then(|| (cname, !self.baseline.known.contains(cname)))
    }

    /// What it says against the end of a swap that the CNAME is still the one of before.
    fn kept_cname(&self) -> Option<Observed> {
        let (cname, false) = self.cname()? else { return None };
        // The environment may be described later than its events are.
        if !(self.must_show() && self.has_rested(LATE)) {
            return Some(underway(format!("waiting until another CNAME than {cname} shows")));
        }
        Some(failed(format!("{} is Ready, but has the CNAME {cname} still: the swap changed nothing", self.environment.name)))
    }

    /// Whether the platform has noted no change since the look before.
    fn has_not_changed(&self) -> bool {
        let noted = self.environment.updated_at.is_some() && self.environment.updated_at == self.baseline.updated_at;
        noted && !self.events.iter().any(|event| matches!(event.meaning, Some(Meaning::Began(_) | Meaning::Ended | Meaning::Failed)))
    }

    /// Whether nothing has changed for so long that what was taken had nothing to change.
    fn has_noted_nothing(&self) -> bool {
        self.has_not_changed() && self.passed().is_some_and(|passed| passed >= QUIET)
    }

    /// It runs the version that it did not run before.
    fn by_version(&self, label: &VersionLabel) -> Observed {
        let environment = self.environment;
        if !environment.is_ready() {
            return self.goes_on(self.events.last().map(|event| &*event.message));
        }
        if let Some(error) = first_error(self.events.iter()) {
            return failed(format!("{} runs {label}, but not without an error: {}", environment.name, error.message));
        }
        let ended = self.events.iter().any(|event| event.meaning == Some(Meaning::Ended));
        if !ended && !self.is_quiet() {
            return underway("waiting for what its events say of the end");
        }
        self.by_instances().unwrap_or_else(|| done(self.proof()))
    }

    /// Somebody else deploys: it is waited until that is proven.
    fn proven(&self, label: &VersionLabel) -> Observed {
        let environment = self.environment;
        let runs_it = environment.label.as_ref() == Some(label);
        let (new, _) = self.deployed();
        let is_new = self.baseline.version.as_ref() != Some(label) || new > 0 || !self.has_not_changed();
        if runs_it && is_new {
            return self.by_version(label);
        }
        if !environment.is_ready() {
            return self.goes_on(self.events.last().map(|event| &*event.message));
        }
        match first_error(self.events.iter()) {
            Some(error) => failed(environment.went_wrong(error)),
            None => underway(format!("{} {} as before", environment.name, environment.runs())),
        }
    }

    fn aborted(&self) -> Observed {
        let environment = self.environment;
        let name = &environment.name;
        let began = |event: &PlatformEvent| event.meaning == Some(Meaning::Began(BeganKind(ActivityKind::Abort)));
        let abort = self.events.iter().find(|event| began(event));
        if environment.status == "Aborting" {
            return self.goes_on(abort.map(|event| &*event.message));
        }
        if environment.is_ready() {
            return if self.was_accepted || abort.is_some() {
                done(format!("no update of {name} goes on any more: it {}", environment.runs()))
            } else {
                failed(format!("the update of {name} came to its end before it was aborted: it {}", environment.runs()))
            };
        }
        if self.was_accepted || abort.is_some() {
            return self.goes_on(abort.map(|event| &*event.message));
        }
        if self.must_show() {
            Observed::NotBegun
        } else {
            Observed::Unclear(format!("nothing shows yet whether {name} is to be aborted").into())
        }
    }

    /// How many instances tell a deployment that is newer than those before, of how many that tell any.
    fn deployed(&self) -> (u32, u32) {
        let telling = || self.deployments.iter().filter(|deployment| deployment.number.is_some());
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(telling().filter(|deployment| self.is_new(deployment)).count()), count(telling().count()))
    }

    /// Whether it was made since the look before. Instances tell late: an earlier one says nothing of this deploy.
    fn is_since(&self, deployment: &Deployment) -> bool {
        number(deployment) > self.baseline.deployment
    }

    fn is_new(&self, deployment: &Deployment) -> bool {
        self.is_since(deployment)
            && deployment.state.as_ref().is_none_or(|state| *state == DeploymentState::Deployed)
            && self.wanted().is_none_or(|label| deployment.label.as_ref().is_none_or(|told| told == label))
    }

    /// What the instances say against the end of a deploy; none where all agree, or none tells.
    fn by_instances(&self) -> Option<Observed> {
        let wanted = self.wanted()?;
        self.baseline.deployment?;
        let (new, all) = self.deployed();
        let failed_there = |deployment: &&Deployment| deployment.state == Some(DeploymentState::Failed) && self.is_since(deployment);
        if self.deployments.iter().any(|deployment| failed_there(&deployment)) {
            return Some(failed(format!("{} is Ready, but {wanted} failed on one of its instances", self.environment.name)));
        }
        let note = format!("{new} of {all} instances tell that they run it");
        (new < all).then(|| Observed::Underway(Progress { parts: Some((new, all)), note: Some(note.into()) }))
    }

    fn proof(&self) -> String {
        let Described { name, .. } = self.environment;
        if let Some((cname, true)) = self.cname() {
            return format!("{name} is Ready, and has the CNAME {cname} now");
        }
        let Some(label) = self.wanted() else {
            return format!("{name} is Ready, and no event tells of an error");
        };
        match self.deployed() {
            (_, 0) => format!("{name} runs {label}, is Ready, and no event tells of an error"),
            (new, all) => format!("{name} runs {label} on {new} of {all} instances, is Ready, and no event tells of an error"),
        }
    }

    /// Whether it has been Ready for so long that no late event is to be expected.
    fn is_quiet(&self) -> bool {
        self.has_rested(QUIET) && self.must_show() && !self.has_not_changed()
    }

    /// Whether the platform's own last change of it is so long ago, or unknown.
    fn has_rested(&self, length: Duration) -> bool {
        self.environment.updated_at.is_none_or(|since| passed(since, self.now) >= length)
    }
}

/// The number of a deployment: it only grows.
pub fn number(deployment: &Deployment) -> Option<u64> {
    deployment.number.and_then(|number| u64::try_from(number).ok())
}

/// What went wrong first. How healthy something is, is no error of what was done.
fn first_error<'e>(events: impl Iterator<Item = &'e PlatformEvent> + Clone) -> Option<&'e PlatformEvent> {
    let of_health = |event: &&PlatformEvent| matches!(event.meaning, Some(Meaning::HealthChanged { .. }));
    let error = events.clone().filter(|event| !of_health(event)).find(|event| event.severity >= Severity::Error);
    error.or_else(|| events.into_iter().find(|event| event.meaning == Some(Meaning::Failed)))
}

#[cfg(test)]
#[path = "judgement_tests.rs"]
mod tests;
