//! Starting operations, and carrying on those that were interrupted: what the screens and the command line talk to.
//!
//! ```text
//! plan ── Operations::start ──┐
//!                             ├──► Handle: shown(), changed() ──► Shown { operation, notes, conclusion }
//! id ── Operations::resume ───┘            command(Command), let_go()
//! ```
//!
//! An interrupted operation is finished with [`Wish::Resume`], paused or not, put back with [`Wish::Stop`], and left as
//! it is with [`Wish::Leave`]. `resume(id, None)` carries it on as it stands, a pause included.
//!
//! [`Wish::Resume`]: crate::model::operation::fact::Wish::Resume
//! [`Wish::Stop`]: crate::model::operation::fact::Wish::Stop
//! [`Wish::Leave`]: crate::model::operation::fact::Wish::Leave

use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use super::audit::Audit;
use super::clock::Clock;
use super::driver::{Conclusion, Driver, NotHeeded, Parts, Request, Shown, audited, heeded};
use super::journal::{JournalError, Journals, Nowhere, Record};
use super::lease::Leased;
use super::operation_lock::{Held, Holder, LockError, OperationLocks};
use super::port::{Leases, Platform};
use crate::model::operation::command::NotNow;
use crate::model::operation::fact::{Command, Fact, Stamped};
use crate::model::operation::operation::{NoOperation, Operation};
use crate::model::operation::plan::{OperationId, Plan};

/// How many commands may wait to be heard.
const COMMANDS: usize = 16;

/// Where operations are kept.
#[derive(Clone, Debug)]
pub enum Keeping {
    /// In these folders.
    Disk {
        /// The journals.
        journals: Journals,
        /// The locks.
        locks: OperationLocks,
    },
    /// In memory: they are gone when the process ends. For what is simulated.
    Memory,
}

/// Starts operations and carries them on.
#[derive(Clone)]
pub struct Operations {
    /// Carries actions out.
    pub platform: Arc<dyn Platform>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// The audit log.
    pub audit: Audit,
    /// Where they are kept.
    pub keeping: Keeping,
    /// Where targets are held against other machines, if anywhere.
    pub leases: Option<Arc<dyn Leases>>,
}

/// Why an operation was not started or carried on. Nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum NotStarted {
    /// Its plan makes no sense.
    #[error(transparent)]
    Plan(#[from] NoOperation),
    /// Its journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// Another operation changes its target.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The audit log cannot be written.
    #[error("{0}")]
    Audit(Arc<str>),
    /// What is wanted of it makes no sense.
    #[error(transparent)]
    NotNow(#[from] NotNow),
    /// It was kept in memory only.
    #[error("there is no operation {0}: it was kept in memory only")]
    Forgotten(OperationId),
}

/// An operation that is carried on. It goes on when this is dropped.
#[derive(Clone, Debug)]
pub struct Handle {
    id: OperationId,
    requests: mpsc::Sender<Request>,
    shown: watch::Receiver<Shown>,
}

impl Operations {
    /// Starts what was planned. The plan is on the disk and in the audit log before anything is sent.
    ///
    /// # Errors
    /// When a target is changed by another operation, or the plan cannot be recorded. Then nothing was sent.
    pub async fn start(&self, plan: Plan) -> Result<Handle, NotStarted> {
        let planned = Stamped { at: self.clock.now(), fact: Fact::Planned { plan: Arc::new(plan) } };
        let operation = Operation::replay(std::slice::from_ref(&planned))?;
        let held = self.lock(&operation)?;
        let record: Box<dyn Record> = match &self.keeping {
            Keeping::Disk { journals, .. } => Box::new(journals.create(&operation.plan().id)?),
            Keeping::Memory => Box::new(Nowhere),
        };
        let mut parts = self.parts(record, &operation);
        audited(&parts, &operation, "intended", "", None, None).await.map_err(NotStarted::Audit)?;
        parts.record.append(vec![planned]).await?;
        Ok(drive(operation, parts, held))
    }

    /// Carries on an operation that was interrupted, with what is wanted of it first.
    ///
    /// # Errors
    /// When another process carries it on, a target is changed by another operation, its journal cannot be read or
    /// written, it has ended, or what is wanted makes no sense. Then nothing was sent.
    pub async fn resume(&self, id: &OperationId, command: Option<Command>) -> Result<Handle, NotStarted> {
        let Keeping::Disk { journals, .. } = &self.keeping else { return Err(NotStarted::Forgotten(id.clone())) };
        let (journal, mut operation) = journals.open(id)?;
        if operation.is_over() {
            return Err(NotNow::Over.into());
        }
        let held = self.lock(&operation)?;
        let mut parts = self.parts(Box::new(journal), &operation);
        let wanted = command.as_ref().map(|command| operation.heeds_interrupted(command)).transpose()?;
        let by = command.as_ref().map(|command| Arc::clone(&command.by));
        let reason = command.as_ref().and_then(|command| command.wish.reason().cloned());
        let what = command.as_ref().map_or("carry on", |command| command.wish.words());
        let recorded = audited(&parts, &operation, "intended", what, by.as_deref(), reason.as_deref()).await;
        heeded(command.as_ref().map(|command| &command.wish), recorded).map_err(NotStarted::Audit)?;
        if let Some(fact) = wanted {
            let fact = Stamped { at: self.clock.now(), fact };
            parts.record.append(vec![fact.clone()]).await?;
            operation.evolve(&fact);
        }
        Ok(drive(operation, parts, held))
    }

    fn lock(&self, operation: &Operation) -> Result<Option<Held>, LockError> {
        let Keeping::Disk { locks, .. } = &self.keeping else { return Ok(None) };
        let plan = operation.plan();
        let (operation, title) = (plan.id.clone(), Arc::clone(&plan.title));
        let holder = Holder { operation, title, process: std::process::id(), since: self.clock.now() };
        locks.take(&plan.holds(), &holder).map(Some)
    }

    fn parts(&self, record: Box<dyn Record>, operation: &Operation) -> Parts {
        let (platform, clock) = (Arc::clone(&self.platform), Arc::clone(&self.clock));
        let leased = |leases| Arc::new(Leased::new(Arc::clone(&platform), leases, Arc::clone(&clock), operation));
        let leased = self.leases.clone().map(leased);
        let platform = leased.clone().map_or(platform, |leased| leased as Arc<dyn Platform>);
        Parts { platform, leased, record, clock, audit: self.audit.clone() }
    }
}

/// Drives an operation in a task of its own, which holds its locks until it has ended.
pub(super) fn drive(operation: Operation, parts: Parts, held: Option<Held>) -> Handle {
    let id = operation.plan().id.clone();
    let (driver, shown) = Driver::new(operation, parts);
    let (requests, heard) = mpsc::channel(COMMANDS);
    tokio::spawn(async move {
        driver.run(heard).await;
        drop(held);
    });
    Handle { id, requests, shown }
}

impl Handle {
    /// Whose it is.
    #[must_use]
    pub const fn id(&self) -> &OperationId {
        &self.id
    }

    /// The operation as it is now.
    #[must_use]
    pub fn shown(&self) -> Shown {
        self.shown.borrow().clone()
    }

    /// Waits until it has changed, and tells it as it is then; none where nothing changes any more.
    pub async fn changed(&mut self) -> Option<Shown> {
        // The last change is told although whoever made it is gone.
        self.shown.changed().await.ok()?;
        Some(self.shown.borrow_and_update().clone())
    }

    /// Waits until nothing changes any more, and tells how it came to that.
    pub async fn ended(&mut self) -> Conclusion {
        let ended = self.shown.wait_for(|shown| shown.conclusion.is_some()).await;
        let conclusion = ended.ok().and_then(|shown| shown.conclusion.clone());
        conclusion.unwrap_or_else(|| Conclusion::Broken("a mistake in Quarterdeck ended it: please report it, and resume it".into()))
    }

    /// Wants something of it, and waits until that is written down.
    ///
    /// # Errors
    /// When it makes no sense now, or cannot be written down.
    pub async fn command(&self, command: Command) -> Result<(), NotHeeded> {
        let (answer, told) = oneshot::channel();
        self.requests.send(Request::Command(command, answer)).await.map_err(|_| NotHeeded::Gone)?;
        told.await.map_err(|_| NotHeeded::Gone)?
    }

    /// Has it interrupted: what was sent is answered and written down, nothing else is sent. It can be resumed.
    pub async fn let_go(&self) {
        // Where nobody hears it, it is let go of already.
        let _ = self.requests.send(Request::LetGo).await;
    }
}
