//! The shell towards locks: reads the file when it has changed, and changes it once that is recorded.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::{JoinError, JoinHandle};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::app::event::Event;
use crate::config::Settings;
use crate::model::clock::Timestamp;
use crate::model::lock::{Change, Known, Locks};
use crate::ops::audit::{Audit, Entry};
use crate::ops::clock::Clock;
use crate::ops::lock_file::{Edition, LockError, LockFile};

/// How often is looked whether the file has changed.
const LOOK: Duration = Duration::from_secs(3);

/// How long the file may take to answer: one on a share may hang for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where locks are kept.
#[derive(Clone, Debug)]
pub enum Keeping {
    /// Nowhere: they go with the program. The demo leaves no file behind.
    Memory,
    /// In this file; the sentence says why there is none.
    File(Result<LockFile, String>),
}

impl Keeping {
    /// In the file that the settings name, else in the person's own.
    #[must_use]
    pub fn of(settings: &Settings, variable: &dyn Fn(&str) -> Option<String>) -> Self {
        let shared = settings.locks.file.clone().map(LockFile::shared);
        Self::File(shared.map_or_else(|| LockFile::usual(variable), Ok).map_err(|error: LockError| error.to_string()))
    }

    /// Where that is, in a sentence.
    fn place(&self) -> String {
        match self {
            Self::File(Ok(file)) => file.path().display().to_string(),
            Self::File(Err(_)) | Self::Memory => "the place where locks are kept".to_owned(),
        }
    }
}

/// Where locks are kept, and where changes of them are recorded.
#[derive(Clone, Debug)]
pub struct Way {
    /// The locks.
    pub keeping: Keeping,
    /// The log; the sentence says why there is none.
    pub audit: Result<Audit, String>,
}

/// Tells the console what is locked, and changes it, until the console is gone.
pub async fn serve(way: Way, clock: Arc<dyn Clock>, mut changes: mpsc::UnboundedReceiver<Change>, events: mpsc::UnboundedSender<Event>) {
    let mut desk = Desk { way, told: None, read: None };
    let mut look = interval(LOOK);
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let change = tokio::select! {
            change = changes.recv() => match change {
                Some(change) => Some(change),
                None => return,
            },
            _ = look.tick() => None,
        };
        let now = clock.now();
        let (place, before, asked) = (desk.way.keeping.place(), desk.told.clone(), change.clone());
        let mut job = tokio::task::spawn_blocking(move || {
            let news = match &change {
                Some(change) => desk.change(change, now),
                None => desk.look(),
            };
            (desk, news)
        });
        let in_time = timeout(PATIENCE, &mut job).await;
        let was_silent = in_time.is_err();
        let done = match in_time {
            Ok(done) => done,
            Err(_) => {
                for event in silent(&place, before.as_ref(), asked.as_ref()) {
                    let _ = events.send(event);
                }
                match answered(&place, job, &mut changes, &events).await {
                    Some(done) => done,
                    None => return,
                }
            }
        };
        let Ok((back, news)) = done else {
            let _ = events.send(Event::Locks(unknown(before.as_ref(), "what reads it has stopped: start Quarterdeck again")));
            return;
        };
        desk = back;
        let tells = news.iter().any(|event| matches!(event, Event::Locks(_)));
        for event in news {
            let _ = events.send(event);
        }
        if let Some(locks) = desk.told.clone().filter(|_| was_silent && !tells) {
            // It was said meanwhile that this is not known.
            let _ = events.send(Event::Locks(locks));
        }
    }
}

/// What is said once the file has not answered for so long: what is locked is not known, nor what became of a change.
fn silent(place: &str, before: Option<&Locks>, change: Option<&Change>) -> Vec<Event> {
    let why = format!("{place} has not answered for {} s", PATIENCE.as_secs());
    let mut events = vec![Event::Locks(unknown(before, &why))];
    events.extend(change.map(|change| answer(format!("not known whether this was done: {}: {why}", change.plan()), true)));
    events
}

/// Waits until the file answers all the same; what else is asked for meanwhile is refused, since whoever asks means
/// now. None when the console is gone.
async fn answered<T>(
    place: &str,
    mut job: JoinHandle<T>,
    changes: &mut mpsc::UnboundedReceiver<Change>,
    events: &mpsc::UnboundedSender<Event>,
) -> Option<Result<T, JoinError>> {
    loop {
        tokio::select! {
            done = &mut job => return Some(done),
            change = changes.recv() => {
                change?;
                let _ = events.send(answer(format!("nothing was done: {place} does not answer"), true));
            }
        }
    }
}

/// What was read before stands, and it is said why it may be old.
fn unknown(before: Option<&Locks>, why: &str) -> Locks {
    Locks { each: before.map(|told| told.each.clone()).unwrap_or_default(), known: Known::Failed(why.into()) }
}

struct Desk {
    way: Way,
    /// What the console was told last.
    told: Option<Locks>,
    /// The edition that was read last; none where reading failed.
    read: Option<Edition>,
}

impl Desk {
    /// What is locked, where that is something else than was told.
    fn look(&mut self) -> Vec<Event> {
        let locks = match &self.way.keeping {
            Keeping::Memory => self.told.clone().unwrap_or_default(),
            Keeping::File(Err(why)) => self.failed(why),
            Keeping::File(Ok(file)) => {
                // Taken before it is read: what is written meanwhile is read the next time.
                let edition = file.edition();
                if edition.is_some() && self.read == edition {
                    return Vec::new();
                }
                let read = file.read();
                self.read = edition.filter(|_| read.is_ok());
                read.unwrap_or_else(|error| self.failed(&error.to_string()))
            }
        };
        self.tell(locks)
    }

    fn failed(&self, why: &str) -> Locks {
        unknown(self.told.as_ref(), why)
    }

    fn tell(&mut self, locks: Locks) -> Vec<Event> {
        if self.told.as_ref() == Some(&locks) {
            return Vec::new();
        }
        self.told = Some(locks.clone());
        vec![Event::Locks(locks)]
    }

    /// Changes what is locked. What cannot be recorded is not done.
    fn change(&mut self, change: &Change, now: Timestamp) -> Vec<Event> {
        if let Err(why) = self.record(change, now, "intended", None) {
            return vec![answer(format!("it could not be recorded, so nothing was done: {why}"), true)];
        }
        let changed = match &self.way.keeping {
            Keeping::Memory => {
                let mut locks = self.told.clone().unwrap_or_default();
                locks.change(change, now).map(|()| locks)
            }
            Keeping::File(Ok(file)) => file.change(change, now).map_err(|error| error.to_string()),
            Keeping::File(Err(why)) => Err(why.clone()),
        };
        let (outcome, fault) = changed.as_ref().map_or_else(|why| ("refused", Some(why.as_str())), |_| ("done", None));
        if let Err(why) = self.record(change, now, outcome, fault) {
            tracing::error!(%why, outcome, "what became of a lock could not be recorded");
        }
        match changed {
            Ok(locks) => {
                let mut events = self.tell(locks);
                events.push(answer(done(change), false));
                events
            }
            // Where it is not as it was shown, it is shown as it is.
            Err(why) => {
                let mut events = self.look();
                events.push(answer(format!("nothing was done: {why}"), true));
                events
            }
        }
    }

    fn record(&self, change: &Change, now: Timestamp, outcome: &str, fault: Option<&str>) -> Result<(), String> {
        let audit = self.way.audit.as_ref().map_err(Clone::clone)?;
        let (plan, environment) = (change.plan(), change.environment().to_string());
        let entry = Entry {
            environment: Some(&environment),
            identity: Some(change.by()),
            comment: change.reason(),
            fault,
            ..Entry::of(now, outcome, &plan)
        };
        let of = |error: std::io::Error| audit.path().map_or_else(|| error.to_string(), |path| format!("{}: {error}", path.display()));
        audit.append(&entry).map_err(of)
    }
}

fn done(change: &Change) -> String {
    let environment = change.environment();
    // A name alone is ambiguous where there are several, and what there is is not known here.
    let region = environment.region.as_ref().map_or_else(String::new, |region| format!(" {region}"));
    let name = format!("{}{region}", environment.name);
    match change {
        Change::Lock(_) => format!("{name} is locked"),
        Change::Unlock { .. } => format!("{name} is not locked any more"),
    }
}

fn answer(sentence: String, is_fault: bool) -> Event {
    Event::LockAnswer { sentence, is_fault }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lock::Lock;

    fn now() -> Timestamp {
        Timestamp::from_second(1_700_000_000).unwrap()
    }

    fn lock() -> Change {
        let environment = "beanstalk:1:us-west-1:h-prod".parse().unwrap();
        Change::Lock(Lock { environment, by: "@ada".into(), at: now(), until: None, reason: "moving the database".into() })
    }

    fn desk(keeping: Keeping, audit: Result<Audit, String>) -> Desk {
        Desk { way: Way { keeping, audit }, told: None, read: None }
    }

    fn locked(events: &[Event]) -> Vec<usize> {
        let count = |event: &Event| if let Event::Locks(locks) = event { Some(locks.each.len()) } else { None };
        events.iter().filter_map(count).collect()
    }

    #[test]
    fn a_lock_is_recorded_kept_and_told_to_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let (log, file) = (folder.path().join("audit.jsonl"), LockFile::own(folder.path().join("locks.json")));
        let console = || desk(Keeping::File(Ok(file.clone())), Ok(Audit::at(log.clone())));
        let (mut mine, mut other) = (console(), console());
        assert_eq!((locked(&mine.look()), locked(&other.look())), (vec![0], vec![0]));
        let told = mine.change(&lock(), now());
        assert_eq!(locked(&told), [1]);
        assert_eq!(told.last(), Some(&answer("h-prod us-west-1 is locked".to_owned(), false)));
        // The other console reads it once; this one knows it.
        assert_eq!((locked(&other.look()), locked(&other.look()), locked(&mine.look())), (vec![1], vec![], vec![]));
        let text = std::fs::read_to_string(&log).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines.len() == 2 && lines[0].contains("intended") && lines[1].contains("done"), "{text}");
        assert!(lines[0].contains("lock beanstalk:1:us-west-1:h-prod") && lines[0].contains("moving the database"), "{text}");
    }

    #[test]
    fn what_cannot_be_recorded_or_written_is_not_done_and_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::own(folder.path().join("locks.json"));
        let mut unrecorded = desk(Keeping::File(Ok(file.clone())), Err("no log".to_owned()));
        let said = unrecorded.change(&lock(), now());
        assert!(matches!(said.as_slice(), [Event::LockAnswer { sentence, is_fault: true }] if sentence.contains("no log")), "{said:?}");
        assert!(file.read().unwrap().each.is_empty());
        std::fs::write(file.path(), "nonsense").unwrap();
        let mut broken = desk(Keeping::File(Ok(file)), Ok(Audit::nowhere()));
        let said = broken.look();
        assert!(matches!(said.as_slice(), [Event::Locks(Locks { known: Known::Failed(_), .. })]), "{said:?}");
        assert!(broken.look().is_empty());
        let said = broken.change(&lock(), now());
        assert!(matches!(said.as_slice(), [Event::LockAnswer { sentence, is_fault: true }] if sentence.contains("mend it")), "{said:?}");
    }

    #[test]
    fn what_another_has_locked_since_is_shown_and_not_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::own(folder.path().join("locks.json"));
        let console = || desk(Keeping::File(Ok(file.clone())), Ok(Audit::nowhere()));
        let (mut mine, mut other) = (console(), console());
        assert_eq!((locked(&mine.look()), locked(&other.look())), (vec![0], vec![0]));
        other.change(&lock(), now());
        let said = mine.change(&lock(), now());
        assert_eq!(locked(&said), [1]);
        let is_said =
            |sentence: &str| sentence.starts_with("nothing was done: h-prod is locked by @ada since") && sentence.ends_with("look again");
        assert!(matches!(said.last(), Some(Event::LockAnswer { sentence, is_fault: true }) if is_said(sentence)), "{said:?}");
    }

    /// What the system does not tell of a file is like nothing that it told before.
    #[test]
    fn a_file_that_is_gone_is_looked_for_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let state = folder.path().join("state");
        let mut desk = desk(Keeping::File(Ok(LockFile::own(state.join("locks.json")))), Ok(Audit::nowhere()));
        assert_eq!((locked(&desk.look()), locked(&desk.look())), (vec![0], vec![]));
        // A link that leads to itself can be neither read nor said to be missing.
        std::os::unix::fs::symlink(&state, &state).unwrap();
        let said = desk.look();
        assert!(matches!(said.as_slice(), [Event::Locks(Locks { known: Known::Failed(_), .. })]), "{said:?}");
    }

    /// A file that never answers, as on a share whose server is gone.
    #[tokio::test(start_paused = true)]
    async fn a_file_that_hangs_is_said_to_be_unknown_until_it_answers() {
        struct At;
        impl Clock for At {
            fn now(&self) -> Timestamp {
                now()
            }
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.json");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        let way = Way { keeping: Keeping::File(Ok(LockFile::shared(path.clone()))), audit: Ok(Audit::nowhere()) };
        let ((ask, asked), (tell, mut told)) = (mpsc::unbounded_channel(), mpsc::unbounded_channel());
        let serving = tokio::spawn(serve(way, Arc::new(At), asked, tell));
        let mut next = async || {
            loop {
                match told.try_recv() {
                    Ok(event) => return event,
                    Err(_) => tokio::time::advance(Duration::from_secs(1)).await,
                }
            }
        };
        let why = format!("{} has not answered for 10 s", path.display());
        assert_eq!(next().await, Event::Locks(unknown(None, &why)));
        ask.send(lock()).unwrap();
        assert_eq!(next().await, answer(format!("nothing was done: {} does not answer", path.display()), true));
        // Whoever opens it lets it answer. What is read next is an ordinary file.
        let mut pipe = std::fs::OpenOptions::new().write(true).open(&path).unwrap();
        let empty = "{\"version\":1,\"locks\":[]}";
        std::fs::write(folder.path().join("new"), empty).unwrap();
        std::fs::rename(folder.path().join("new"), &path).unwrap();
        std::io::Write::write_all(&mut pipe, empty.as_bytes()).unwrap();
        drop(pipe);
        assert_eq!(next().await, Event::Locks(Locks::default()));
        serving.abort();
    }

    #[test]
    fn without_a_file_locks_go_with_the_program() {
        let mut desk = desk(Keeping::Memory, Ok(Audit::nowhere()));
        assert_eq!((locked(&desk.look()), locked(&desk.look())), (vec![0], vec![]));
        assert_eq!(locked(&desk.change(&lock(), now())), [1]);
        assert!(locked(&desk.look()).is_empty());
    }
}
