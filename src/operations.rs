//! The shell towards operations: starts and resumes them, and hands on what is wanted of them.
//!
//! Tells the console how they are: its own as they change, those of other processes on this machine by their journals.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval};

use crate::app;
use crate::app::event::Event;
use crate::app::operations::{Carrier, Known, News, Note, Order};
use crate::model::operation::evidence::Progress;
use crate::model::operation::fact::{Command, Spot};
use crate::model::operation::plan::OperationId;
use crate::ops::audit::Audit;
use crate::ops::clock::Clock;
use crate::ops::driver::{Conclusion, Note as Noted, Shown};
use crate::ops::journal::{Edition, Journals};
use crate::ops::operation_lock::OperationLocks;
use crate::ops::operations::{Handle, Keeping, Operations};
use crate::ops::output::Written;
use crate::ops::port::{Leases, Platform};

/// How often is looked at the journals of others.
const LOOK: Duration = Duration::from_secs(1);

/// How long what was sent is waited for once the console is gone.
const FAREWELL: Duration = crate::ops::LONGEST_WRITE;

/// Where operations are kept, and where they are recorded.
#[derive(Clone, Debug)]
pub struct Way {
    /// The journals and locks; the sentence says why there is no place for them.
    pub keeping: Result<Kept, String>,
    /// The log; the sentence says why there is none.
    pub audit: Result<Audit, String>,
}

/// The folders of operations.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The journals.
    pub journals: Journals,
    /// The locks.
    pub locks: OperationLocks,
    /// A folder that goes with the program: the demo leaves none behind.
    pub folder: Option<Arc<tempfile::TempDir>>,
}

impl Kept {
    /// In the person's own folder for what programs keep.
    ///
    /// # Errors
    /// When there is none.
    pub fn usual(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, String> {
        let journals = Journals::usual(variable).map_err(|error| error.to_string())?;
        let locks = OperationLocks::usual(variable).map_err(|error| error.to_string())?;
        Ok(Self { journals, locks, folder: None })
    }

    /// In a folder of its own, which goes with the last of these.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn passing() -> Result<Self, String> {
        let folder = tempfile::Builder::new().prefix("quarterdeck-operations-").tempdir();
        let folder = folder.map_err(|error| format!("there is no place for the journals of operations: {error}"))?;
        let kept = Self::in_folder(folder.path());
        Ok(Self { folder: Some(Arc::new(folder)), ..kept })
    }

    /// In this folder.
    #[must_use]
    pub fn in_folder(folder: &std::path::Path) -> Self {
        Self { journals: Journals::at(folder.join("operations")), locks: OperationLocks::at(folder.join("locks")), folder: None }
    }
}

/// Who carries actions out, and what comes of that beside outcomes.
pub struct Acts {
    /// Carries them out.
    pub platform: Arc<dyn Platform>,
    /// Where targets are held against other machines, if anywhere.
    pub leases: Option<Arc<dyn Leases>>,
    /// What they write.
    pub written: mpsc::UnboundedReceiver<Written>,
}

/// What an inner task tells.
enum Told {
    /// An operation of this console is so now.
    Shown(OperationId, Shown),
    /// It could not be started, resumed, or did not heed.
    Refused(OperationId, String),
    /// It is carried on.
    Started(Handle),
    /// What a look at the journals has shown.
    Looked(LookedAt),
}

/// Serves the console until it is gone; then lets go of its operations, so that they can be resumed.
pub async fn serve(
    way: Way,
    acts: Acts,
    clock: Arc<dyn Clock>,
    mut orders: mpsc::UnboundedReceiver<Order>,
    events: mpsc::UnboundedSender<Event>,
) {
    let (inner, mut told) = mpsc::unbounded_channel();
    let Acts { platform, leases, mut written } = acts;
    let mut desk = Desk {
        way,
        platform,
        leases,
        clock,
        inner,
        events,
        handles: HashMap::new(),
        starting: HashSet::new(),
        known: BTreeMap::new(),
        broken: HashMap::new(),
        read: None,
        is_looking: false,
        tasks: JoinSet::new(),
    };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            // What a person wants comes first.
            biased;
            order = orders.recv() => match order {
                Some(order) => desk.heed(order),
                None => break,
            },
            Some(told) = told.recv() => desk.take(told),
            Some(Written { mark, text, .. }) = written.recv() => desk.tell(News::Written(mark, text)),
            Some(_) = desk.tasks.join_next(), if !desk.tasks.is_empty() => {}
            _ = look.tick() => desk.look(),
        }
    }
    desk.let_go(told).await;
}

/// What is known of the journal of an operation that others may carry on.
#[derive(Clone, PartialEq, Eq)]
struct Looked {
    edition: Edition,
    is_live: bool,
    is_over: bool,
}

struct Desk {
    way: Way,
    platform: Arc<dyn Platform>,
    leases: Option<Arc<dyn Leases>>,
    clock: Arc<dyn Clock>,
    inner: mpsc::UnboundedSender<Told>,
    events: mpsc::UnboundedSender<Event>,
    /// The operations of this console that go on.
    handles: HashMap<OperationId, Handle>,
    /// Those that are being started or resumed: their journals are not others'.
    starting: HashSet<OperationId>,
    known: BTreeMap<OperationId, Looked>,
    /// Why operations of this console are carried on no longer.
    broken: HashMap<OperationId, Arc<str>>,
    /// Whether the journals can be looked at, or why not, as it was told; none before the first look.
    read: Option<Result<(), Arc<str>>>,
    /// Whether a look at the journals goes on: a shared folder may hang.
    is_looking: bool,
    tasks: JoinSet<()>,
}

impl Desk {
    fn tell(&self, news: News) {
        // Without a console there is nobody to tell.
        let _ = self.events.send(Event::Operations(news));
    }

    /// What starts and resumes operations.
    fn operations(&self) -> Result<Operations, String> {
        let Kept { journals, locks, .. } = self.way.keeping.clone()?;
        Ok(Operations {
            platform: Arc::clone(&self.platform),
            clock: Arc::clone(&self.clock),
            audit: self.way.audit.clone()?,
            keeping: Keeping::Disk { journals, locks },
            leases: self.leases.clone(),
        })
    }

    fn heed(&mut self, order: Order) {
        let (id, inner) = (order.id().clone(), self.inner.clone());
        if let Order::Wish(_, command) = order {
            self.wish(id, command);
            return;
        }
        let operations = match self.operations() {
            Ok(operations) => operations,
            Err(why) => return self.tell(News::Refused(id, why.into())),
        };
        self.starting.insert(id.clone());
        // A disk may take its time: nothing else waits for it.
        self.tasks.spawn(async move {
            let started = match order {
                Order::Start(plan) => operations.start(*plan).await,
                Order::Resume(id, command) => operations.resume(&id, command).await,
                Order::Wish(..) => return,
            };
            let told = started.map_or_else(|why| Told::Refused(id, why.to_string()), Told::Started);
            let _ = inner.send(told);
        });
    }

    fn wish(&mut self, id: OperationId, command: Command) {
        let Some(handle) = self.handles.get(&id).cloned() else {
            return self.tell(News::Refused(id, "it is not carried on here any more".into()));
        };
        let inner = self.inner.clone();
        self.tasks.spawn(async move {
            if let Err(why) = handle.command(command).await {
                let _ = inner.send(Told::Refused(id, why.to_string()));
            }
        });
    }

    fn take(&mut self, told: Told) {
        match told {
            Told::Refused(id, why) => {
                self.starting.remove(&id);
                self.tell(News::Refused(id, why.into()));
            }
            Told::Looked(looked) => self.looked(looked),
            Told::Started(handle) => self.follow(handle),
            Told::Shown(id, shown) => {
                if let Some(conclusion) = &shown.conclusion {
                    self.handles.remove(&id);
                    if let Conclusion::Broken(why) = conclusion {
                        self.broken.insert(id.clone(), Arc::clone(why));
                    }
                    // Whoever looks at its journal next sees it as anybody's.
                    self.known.remove(&id);
                }
                self.tell(News::Known(Box::new(known(&shown))));
            }
        }
    }

    /// Has every change of an operation told.
    fn follow(&mut self, mut handle: Handle) {
        let (id, inner) = (handle.id().clone(), self.inner.clone());
        self.starting.remove(&id);
        self.broken.remove(&id);
        self.handles.insert(id.clone(), handle.clone());
        self.tell(News::Known(Box::new(known(&handle.shown()))));
        self.tasks.spawn(async move {
            while let Some(shown) = handle.changed().await {
                if inner.send(Told::Shown(id.clone(), shown)).is_err() {
                    return;
                }
            }
        });
    }

    /// Looks at the journals of others, and at those of operations that were interrupted.
    fn look(&mut self) {
        let Kept { journals, .. } = match self.way.keeping.clone() {
            Ok(kept) => kept,
            Err(why) => return self.tell_read(Err(why.into())),
        };
        if self.is_looking {
            return;
        }
        self.is_looking = true;
        let (before, inner) = (self.known.clone(), self.inner.clone());
        let ours: HashSet<OperationId> = self.handles.keys().chain(&self.starting).cloned().collect();
        self.tasks.spawn_blocking(move || drop(inner.send(Told::Looked(look(&journals, &before, &ours)))));
    }

    /// Tells whether the journals can be looked at, where that is news.
    fn tell_read(&mut self, read: Result<(), Arc<str>>) {
        if self.read.as_ref() != Some(&read) {
            self.read = Some(read.clone());
            self.tell(News::Journals(read.err()));
        }
    }

    fn looked(&mut self, (news, known, read): LookedAt) {
        self.is_looking = false;
        // What was started meanwhile is told by its own driver.
        for (id, mut news) in news {
            if self.handles.contains_key(&id) || self.starting.contains(&id) {
                continue;
            }
            if let (News::Known(known), Some(why)) = (&mut news, self.broken.get(&id)) {
                known.broken = Some(Arc::clone(why));
            }
            self.known.extend(known.get(&id).map(|looked| (id, looked.clone())));
            self.tell(news);
        }
        // Once that is said, all that was found has been told.
        self.tell_read(read);
    }

    /// Lets go of what goes on here: what was sent is answered and written down, nothing else is begun.
    async fn let_go(mut self, mut told: mpsc::UnboundedReceiver<Told>) {
        let all = async {
            let mut handles = self.let_go_of_handles().await;
            // What is just being started is written down, or refused, first: else nobody would know of it.
            while !self.starting.is_empty() {
                let Some(told) = told.recv().await else { break };
                self.take(told);
                handles.extend(self.let_go_of_handles().await);
            }
            for mut handle in handles {
                let _ = handle.ended().await;
                // Whoever still listens learns what came of the last request, or that it could not be written down.
                self.tell(News::Known(Box::new(known(&handle.shown()))));
            }
        };
        if tokio::time::timeout(FAREWELL, all).await.is_err() {
            tracing::error!("operations were let go of before all that was sent had been answered");
        }
    }

    async fn let_go_of_handles(&mut self) -> Vec<Handle> {
        let handles: Vec<Handle> = self.handles.drain().map(|(_, handle)| handle).collect();
        for handle in &handles {
            handle.let_go().await;
        }
        handles
    }
}

/// Everything that the journals tell now, whoever carries it on.
#[must_use]
pub fn survey(kept: &Kept) -> app::operations::Operations {
    let (news, _, read) = look(&kept.journals, &BTreeMap::new(), &HashSet::new());
    let mut all = app::operations::Operations::default();
    for (_, news) in news {
        all.take(news);
    }
    all.take(News::Journals(read.err()));
    all
}

type LookedAt = (Vec<(OperationId, News)>, BTreeMap<OperationId, Looked>, Result<(), Arc<str>>);

/// What is different in the journals that this console does not write.
fn look(journals: &Journals, before: &BTreeMap<OperationId, Looked>, ours: &HashSet<OperationId>) -> LookedAt {
    let editions = match journals.editions() {
        Ok(editions) => editions,
        Err(why) => return (Vec::new(), BTreeMap::new(), Err(why.to_string().into())),
    };
    let (mut news, mut known) = (Vec::new(), BTreeMap::new());
    for (id, edition) in editions.into_iter().filter(|(id, _)| !ours.contains(id)) {
        let seen = before.get(&id).filter(|seen| seen.edition == edition);
        // What has ended is over for good, whoever still holds its file.
        if seen.is_some_and(|seen| seen.is_over) {
            continue;
        }
        let is_live = journals.is_live(&id);
        if seen.is_some_and(|seen| seen.is_live == is_live) {
            continue;
        }
        let (told, is_over) = match journals.read(&id) {
            Ok(operation) => {
                let is_over = operation.is_over();
                let carrier = if is_live { Carrier::Elsewhere } else { Carrier::Nobody };
                let known = Known { operation: Arc::new(operation), carrier, notes: Arc::default(), broken: None };
                (News::Known(Box::new(known)), is_over)
            }
            Err(why) => (News::Unreadable(id.clone(), why.to_string().into()), false),
        };
        known.insert(id.clone(), Looked { edition, is_live, is_over });
        news.push((id, told));
    }
    (news, known, Ok(()))
}

/// An operation of this console as the app knows it.
fn known(shown: &Shown) -> Known {
    let (carrier, broken) = match &shown.conclusion {
        None => (Carrier::Here, None),
        Some(Conclusion::Ended(_) | Conclusion::Interrupted) => (Carrier::Nobody, None),
        Some(Conclusion::Broken(why)) => (Carrier::Nobody, Some(Arc::clone(why))),
    };
    let notes: BTreeMap<Spot, Note> = shown.notes.iter().map(|(spot, noted)| (*spot, note(noted))).collect();
    Known { operation: Arc::clone(&shown.operation), carrier, notes: Arc::new(notes), broken }
}

fn note(noted: &Noted) -> Note {
    match noted {
        Noted::Progress(Progress { parts, note }) => Note { parts: *parts, sentence: note.clone(), is_trouble: false },
        Noted::Unclear(why) => Note { parts: None, sentence: Some(Arc::clone(why)), is_trouble: true },
        Noted::Waits(fault) => Note { parts: None, sentence: Some(Arc::clone(&fault.sentence)), is_trouble: true },
    }
}
