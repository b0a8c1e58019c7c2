//! Leases: one operation per target across machines, in a place that all of them see.
//!
//! ```text
//! Driver ──► Leased ──before a write──► hold: create ─┬─ created ─────────────────────────► ours
//!              │                                      └─ there is one ─┬─ of this operation ──► ours, as long as it lasts
//!              │                                                      ├─ of another one ────► refused, by whom and until when
//!              └──► the platform                                      └─ expired ──► take it over ──► ours, or refused
//! ```
//!
//! A lease lasts for a while and is renewed while its operation is carried on, so that a machine that is gone keeps
//! others out for minutes, not for ever. It is given back when the operation is over; one that was interrupted keeps
//! it, and whoever carries it on has it again.
//!
//! The place creates without overwriting, and can do nothing else in one step. So an expired lease is taken over behind
//! a second one, whose name is that of the operation that let it expire: of those who want to take over one lease, one
//! creates it, and looks once more at what it takes over.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::clock::Clock;
use super::port::{Leases, Platform};
use crate::model::clock::Timestamp;
use crate::model::fault::{Fault, FaultKind};
use crate::model::id::Platform as Kind;
use crate::model::operation::action::{Action, Place};
use crate::model::operation::evidence::{Baseline, Begun, Mark, Observed, Receipt};
use crate::model::operation::operation::Operation;
use crate::model::operation::plan::{self, Deed, OperationId};
use crate::model::safe_text::harmless_json;

/// How long a lease lasts.
pub const LASTS: Duration = Duration::from_secs(15 * 60);

/// How often what is held is renewed.
const RENEWED: Duration = Duration::from_secs(5 * 60);

/// How much longer a lease counts for others than for whoever holds it: clocks differ.
const MARGIN: Duration = Duration::from_secs(2 * 60);

/// How long giving leases back may take, when the operation is over.
const FAREWELL: Duration = Duration::from_secs(20);

/// How often a lease is tried for that others give back, or take, in between.
const TRIES: usize = 3;

/// Who holds a target, and for how long.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Lease {
    /// Which operation.
    pub operation: OperationId,
    /// What it is, on one line. From outside: not yet safe to show.
    pub title: Arc<str>,
    /// Whose credentials write, where that is known: an ARN.
    pub owner: Option<Arc<str>>,
    /// From which machine.
    pub machine: Arc<str>,
    /// Since when.
    pub since: Timestamp,
    /// Until when, unless it is renewed.
    pub until: Timestamp,
}

impl Lease {
    fn text(&self) -> String {
        // Of these types nothing fails to be written.
        harmless_json(&serde_json::to_string(self).unwrap_or_default())
    }

    fn is_expired(&self, now: Timestamp) -> bool {
        now > later(self.until, MARGIN)
    }
}

/// Carries actions out as another platform does, and holds a lease of each target before it is first changed.
pub struct Leased {
    platform: Arc<dyn Platform>,
    leases: Arc<dyn Leases>,
    clock: Arc<dyn Clock>,
    operation: OperationId,
    title: Arc<str>,
    owner: Option<Arc<str>>,
    held: Mutex<BTreeMap<Arc<str>, Held>>,
}

#[derive(Clone)]
struct Held {
    place: Place,
    /// None where another process may have taken it for the same operation.
    lease: Option<Lease>,
}

impl Leased {
    /// For this operation, be it new or one that was interrupted.
    #[must_use]
    pub fn new(platform: Arc<dyn Platform>, leases: Arc<dyn Leases>, clock: Arc<dyn Clock>, operation: &Operation) -> Self {
        let plan = operation.plan();
        let (id, title, owner) = (plan.id.clone(), Arc::clone(&plan.title), plan.actor.identity.clone());
        let held = Mutex::new(begun(operation));
        Self { platform, leases, clock, operation: id, title, owner, held }
    }

    /// Renews what is held, for as long as this is polled.
    pub async fn renew(&self) -> Infallible {
        loop {
            tokio::time::sleep(RENEWED).await;
            let names: Vec<Arc<str>> = self.held.lock().await.keys().cloned().collect();
            for name in names {
                self.renew_one(&name).await;
            }
        }
    }

    /// A lease that cannot be renewed now is tried for again; one that others have taken over, or that has run out, is
    /// held no longer: the next change takes it anew, or is refused. What is there counts, not what was last written:
    /// another process of the operation may have taken it, and the answer to a renewal may have been lost.
    async fn renew_one(&self, name: &Arc<str>) {
        let mut held = self.held.lock().await;
        let Some(Held { place, .. }) = held.get(name).cloned() else { return };
        let text = match self.leases.read(place.clone(), Arc::clone(name)).await {
            Ok(Some(text)) => text,
            Ok(None) => return drop(held.remove(name)),
            Err(_) => return,
        };
        let now = self.clock.now();
        let ours = self.read(&place, name, &text).ok().filter(|lease| lease.operation == self.operation && now < lease.until);
        let Some(lease) = ours else { return drop(held.remove(name)) };
        let renewed = Lease { until: later(now, LASTS), ..lease };
        if self.leases.replace(place.clone(), Arc::clone(name), renewed.text()).await.is_ok() {
            held.insert(Arc::clone(name), Held { place, lease: Some(renewed) });
        }
    }

    /// The platform without leases: who only checks changes nothing.
    pub(super) const fn unheld(&self) -> &Arc<dyn Platform> {
        &self.platform
    }

    /// Gives back everything that is held: the operation is over. What cannot be given back runs out.
    pub async fn give_back(&self) {
        let all = async {
            let held = std::mem::take(&mut *self.held.lock().await);
            for (name, Held { place, .. }) in held {
                let told = self.leases.read(place.clone(), Arc::clone(&name)).await;
                // Others may have taken over what had run out.
                let is_ours =
                    matches!(told, Ok(Some(text)) if self.read(&place, &name, &text).is_ok_and(|lease| lease.operation == self.operation));
                if is_ours && let Err(fault) = self.leases.remove(place, name).await {
                    tracing::warn!("a lease was not given back: {fault}");
                }
            }
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::warn!("leases were not given back in time");
        }
    }

    /// Holds every target of an action that changes something.
    async fn hold(&self, place: &Place, action: &Action) -> Result<(), Fault> {
        if !has_place(place) {
            return Ok(());
        }
        for name in plan::held(place, action) {
            let mut held = self.held.lock().await;
            let lease = held.get(&name).and_then(|held| held.lease.as_ref());
            if lease.is_some_and(|lease| self.clock.now() < lease.until) {
                continue;
            }
            let lease = self.take(place, &name).await?;
            held.insert(name, Held { place: place.clone(), lease: Some(lease) });
        }
        Ok(())
    }

    fn lease(&self) -> Lease {
        let now = self.clock.now();
        Lease {
            operation: self.operation.clone(),
            title: Arc::clone(&self.title),
            owner: self.owner.clone(),
            machine: self.leases.machine(),
            since: now,
            until: later(now, LASTS),
        }
    }

    async fn take(&self, place: &Place, name: &Arc<str>) -> Result<Lease, Fault> {
        for _ in 0..TRIES {
            let ours = self.lease();
            if self.leases.create(place.clone(), Arc::clone(name), ours.text()).await? {
                return Ok(ours);
            }
            let Some(text) = self.leases.read(place.clone(), Arc::clone(name)).await? else { continue };
            let theirs = self.read(place, name, &text)?;
            let now = self.clock.now();
            if theirs.operation == self.operation && now < theirs.until {
                return Ok(theirs);
            }
            if !theirs.is_expired(now) && theirs.operation != self.operation {
                return Err(refused(held_by(name, &theirs)));
            }
            if let Some(lease) = self.take_over(place, name, &text, &theirs).await? {
                return Ok(lease);
            }
        }
        Err(refused(format!("the lease of {name} goes from hand to hand: wait a moment, and try again")))
    }

    /// Takes an expired lease over; none where somebody else was quicker.
    async fn take_over(&self, place: &Place, name: &Arc<str>, text: &str, theirs: &Lease) -> Result<Option<Lease>, Fault> {
        let claim: Arc<str> = format!("{name}:taken-over-from-{}", theirs.operation).into();
        if !self.leases.create(place.clone(), Arc::clone(&claim), self.lease().text()).await? {
            let Some(claimed) = self.leases.read(place.clone(), Arc::clone(&claim)).await? else { return Ok(None) };
            let claimant = self.read(place, &claim, &claimed)?;
            if claimant.operation != self.operation {
                let removal = self.leases.removal(place, &claim);
                return Err(refused(format!(
                    "an expired lease of {name} is being taken over from {} ({}): wait a moment; if nobody is at it any more, {removal}",
                    claimant.machine, claimant.title
                )));
            }
        }
        // Whoever was quicker has taken it over, and given the claim back.
        let is_unchanged = self.leases.read(place.clone(), Arc::clone(name)).await?.as_deref() == Some(text);
        let ours = self.lease();
        let taken = if is_unchanged {
            self.leases.remove(place.clone(), Arc::clone(name)).await?;
            self.leases.create(place.clone(), Arc::clone(name), ours.text()).await?
        } else {
            false
        };
        self.leases.remove(place.clone(), claim).await?;
        Ok(taken.then_some(ours))
    }

    fn read(&self, place: &Place, name: &str, text: &str) -> Result<Lease, Fault> {
        serde_json::from_str(text).map_err(|_| {
            let removal = self.leases.removal(place, name);
            refused(format!("what is kept as the lease of {name} cannot be read as one: if nobody works there, {removal}"))
        })
    }
}

/// Whether there is a place to keep a lease of it: beside what no cloud's credentials lead to there is none.
fn has_place(place: &Place) -> bool {
    place.connection.is_some() && place.environment.platform != Kind::Host
}

/// What the operation has begun to change, before it was interrupted: it may hold leases of that.
fn begun(operation: &Operation) -> BTreeMap<Arc<str>, Held> {
    let deeds = operation.all_begun().filter_map(|spot| operation.deed(spot));
    let deeds = deeds.filter(|deed| deed.writes() && has_place(&deed.place));
    let each = |deed: &Deed| {
        let place = deed.place.clone();
        plan::held(&deed.place, &deed.action).into_iter().map(move |name| (name, Held { place: place.clone(), lease: None }))
    };
    deeds.flat_map(each).collect()
}

fn held_by(name: &str, lease: &Lease) -> String {
    let Lease { operation, title, owner, machine, since, until } = lease;
    let owner = owner.as_ref().map_or_else(String::new, |owner| format!(" by {owner}"));
    let (since, until) = (since.strftime("%H:%M UTC"), until.strftime("%H:%M UTC"));
    format!(
        "{name} is being changed from {machine}{owner}: {title} (operation {operation}, since {since}). \
         Wait until it is over; should that machine be gone, the lease runs out at {until}"
    )
}

fn refused(sentence: String) -> Fault {
    Fault::new(FaultKind::Refused, sentence)
}

fn later(moment: Timestamp, by: Duration) -> Timestamp {
    moment.checked_add(by).unwrap_or(moment)
}

impl Platform for Leased {
    fn before(&self, place: Place, action: Action) -> BoxFuture<'_, Result<Baseline, Fault>> {
        Box::pin(async move {
            self.hold(&place, &action).await?;
            self.platform.before(place, action).await
        })
    }

    /// What is only looked at is held by nobody.
    fn check(&self, place: Place, action: Action) -> BoxFuture<'_, Result<(), Fault>> {
        self.platform.check(place, action)
    }

    fn begin(&self, place: Place, action: Action, mark: Mark) -> BoxFuture<'_, Begun> {
        self.platform.begin(place, action, mark)
    }

    fn observe(
        &self,
        place: Place,
        action: Action,
        mark: Mark,
        baseline: Baseline,
        receipt: Option<Receipt>,
    ) -> BoxFuture<'_, Result<Observed, Fault>> {
        self.platform.observe(place, action, mark, baseline, receipt)
    }
}

#[cfg(test)]
mod tests;
