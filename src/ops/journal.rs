//! What has happened in each operation, on the disk: a file for each, one fact a line, in the order in which they were.
//!
//! A fact is on the disk, and so is the name of its file, before anybody acts on it. A line that was cut off by a crash
//! was acted on by nobody, and is cut away. A line in the middle that makes no sense is never passed over: what stood
//! there may have been sent. A journal has its name only once its first line is whole, so one without any was damaged.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use crate::model::clock::Timestamp;
use crate::model::operation::fact::{Fact, Stamped};
use crate::model::operation::operation::{NoOperation, Operation};
use crate::model::operation::plan::{OperationId, VERSION};
use crate::model::safe_text::harmless_json;

/// What a journal's name ends with.
const ENDING: &str = "jsonl";

/// The same while it has no line yet.
const UNNAMED: &str = "new";

/// No operation has so many facts: 84 environments make some thousand lines.
const LARGEST: u64 = 64 << 20;

/// Where facts are kept before anybody acts on them.
pub trait Record: Send + Sync {
    /// Appends facts, and answers once they are on the disk.
    ///
    /// # Errors
    /// When they are not, for certain or perhaps. Then nothing must be sent any more.
    fn append(&mut self, facts: Vec<Stamped>) -> BoxFuture<'_, Result<(), JournalError>>;
}

/// A record that keeps nothing: the demo leaves no file behind.
#[derive(Clone, Copy, Debug)]
pub struct Nowhere;

impl Record for Nowhere {
    fn append(&mut self, _facts: Vec<Stamped>) -> BoxFuture<'_, Result<(), JournalError>> {
        std::future::ready(Ok(())).boxed()
    }
}

/// Why a journal could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// There is no place for them.
    #[error("there is no place for the journals of operations: neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// It cannot be read.
    #[error("the journal {} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It cannot be written.
    #[error(
        "the journal {} cannot be written: {why}. Nothing more is sent; make room or mend the folder, then resume the operation",
        path.display()
    )]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// A line makes no sense.
    #[error(
        "line {line} of the journal {} cannot be understood ({why}): look at it, since what stood there may have been sent",
        path.display()
    )]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// Which line, from 1.
        line: usize,
        /// What is wrong with it.
        why: String,
    },
    /// It holds no whole line.
    #[error(
        "the journal {} holds no whole line, and none is ever without one: what stood there is lost, and may have been sent. Look at what the audit log and the platform tell of it, then delete the file",
        path.display()
    )]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Its facts are not those of an operation.
    #[error("the journal {} tells no operation: {why}", path.display())]
    NoOperation {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: NoOperation,
    },
    /// Another process carries it on.
    #[error("the operation of {} goes on in another Quarterdeck on this machine", path.display())]
    Held {
        /// The file.
        path: PathBuf,
    },
}

/// One line. Not flattened out of a [`Stamped`]: what is flattened cannot have numbers for keys, and exit codes are.
#[derive(Serialize, Deserialize)]
struct Line {
    version: u32,
    at: Timestamp,
    fact: Fact,
}

/// The folder of journals.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Journals {
    folder: PathBuf,
}

/// A journal in the folder, as it is now.
#[derive(Debug)]
pub struct Entry {
    /// Whose it is.
    pub id: OperationId,
    /// What it tells.
    pub operation: Result<Operation, JournalError>,
    /// Whether a process carries it on now. One that has not ended and is carried on by nobody was interrupted.
    pub is_live: bool,
}

/// Tells whether a file was written since.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edition {
    length: u64,
    seconds: i64,
    nanoseconds: i64,
}

impl Journals {
    /// The journals in this folder, which is made when it is needed.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where they are by the XDG base directories: `$XDG_STATE_HOME`, else `~/.local/state`.
    ///
    /// # Errors
    /// When neither is set.
    pub fn usual(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, JournalError> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        state.map(|state| Self::at(state.join("quarterdeck/operations"))).ok_or(JournalError::NoHome)
    }

    /// The file of an operation.
    #[must_use]
    pub fn path(&self, id: &OperationId) -> PathBuf {
        self.folder.join(format!("{id}.{ENDING}"))
    }

    /// Begins a journal. There is none yet, and it is nobody's before its first facts are appended: one that is given up
    /// before leaves nothing behind.
    ///
    /// # Errors
    /// When it cannot be made, or there is one.
    pub fn create(&self, id: &OperationId) -> Result<Journal, JournalError> {
        let path = self.path(id);
        let unwritable = |why| JournalError::Unwritable { path: path.clone(), why };
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder).map_err(unwritable)?;
        if path.exists() {
            return Err(unwritable(ErrorKind::AlreadyExists.into()));
        }
        let at = path.with_extension(UNNAMED);
        let file = OpenOptions::new().read(true).append(true).create_new(true).mode(0o600).open(&at).map_err(unwritable)?;
        let unnamed = Some(Unnamed { at, folder: self.folder.clone() });
        hold(&file, &path)?;
        Ok(Journal { file: Arc::new(Mutex::new(Appending { file, good: 0, unnamed })), path })
    }

    /// Opens a journal to carry its operation on, and reads it. A last line that was cut off is cut away.
    ///
    /// # Errors
    /// When it cannot be read or understood, or another process carries it on.
    pub fn open(&self, id: &OperationId) -> Result<(Journal, Operation), JournalError> {
        let path = self.path(id);
        let unwritable = |why| JournalError::Unwritable { path: path.clone(), why };
        let mut file = OpenOptions::new().read(true).append(true).open(&path).map_err(unwritable)?;
        hold(&file, &path)?;
        let (facts, good) = facts(&mut file, &path)?;
        let operation = replayed(&facts, &path)?;
        file.set_len(good).and_then(|()| file.sync_all()).map_err(unwritable)?;
        Ok((Journal { file: Arc::new(Mutex::new(Appending { file, good, unnamed: None })), path }, operation))
    }

    /// Reads the operation of a journal, whoever carries it on.
    ///
    /// # Errors
    /// When it cannot be read or understood.
    pub fn read(&self, id: &OperationId) -> Result<Operation, JournalError> {
        let path = self.path(id);
        let mut file = File::open(&path).map_err(|why| JournalError::Unreadable { path: path.clone(), why })?;
        let (facts, _) = facts(&mut file, &path)?;
        replayed(&facts, &path)
    }

    /// Which journals there are, the newest first, and which edition of each. Cheap: none of them is read.
    ///
    /// # Errors
    /// When the folder cannot be read. Where there is none, there are no journals.
    pub fn editions(&self) -> Result<Vec<(OperationId, Edition)>, JournalError> {
        let unreadable = |why| JournalError::Unreadable { path: self.folder.clone(), why };
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(unreadable(why)),
        };
        let mut all = Vec::new();
        for entry in entries {
            let entry = entry.map_err(unreadable)?;
            let path = entry.path();
            let named = path.extension().is_some_and(|ending| ending == ENDING);
            let id = path.file_stem().and_then(|stem| stem.to_str()).and_then(|stem| OperationId::parse(stem).ok());
            // Whatever else lies there is nobody's journal; what went away meanwhile is none any more.
            let (true, Some(id), Ok(told)) = (named, id, entry.metadata()) else { continue };
            all.push((id, Edition { length: told.len(), seconds: told.mtime(), nanoseconds: told.mtime_nsec() }));
        }
        all.sort_by(|(one, _), (other, _)| other.cmp(one));
        Ok(all)
    }

    /// Reads every journal, the newest first. One that cannot be understood hides none of the others.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn list(&self) -> Result<Vec<Entry>, JournalError> {
        let entry = |id: OperationId| Entry { operation: self.read(&id), is_live: self.is_live(&id), id };
        Ok(self.editions()?.into_iter().map(|(id, _)| entry(id)).collect())
    }

    /// Whether a process carries an operation on now.
    #[must_use]
    pub fn is_live(&self, id: &OperationId) -> bool {
        // Shared, so that two who look do not take each other for who carries it on.
        File::open(self.path(id)).is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }
}

/// Holds the file for as long as it is open: the system lets go of it when this process ends, however it ends.
fn hold(file: &File, path: &Path) -> Result<(), JournalError> {
    // Whoever only looks holds it for a moment.
    let mut tries = 100;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if tries > 0 => std::thread::yield_now(),
            Err(TryLockError::WouldBlock) => return Err(JournalError::Held { path: path.to_owned() }),
            Err(TryLockError::Error(why)) => return Err(JournalError::Unwritable { path: path.to_owned(), why }),
        }
        tries -= 1;
    }
}

/// All whole lines, and where they end.
fn facts(file: &mut File, path: &Path) -> Result<(Vec<Stamped>, u64), JournalError> {
    let unreadable = |why| JournalError::Unreadable { path: path.to_owned(), why };
    let mut bytes = Vec::new();
    file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable(io::Error::new(ErrorKind::FileTooLarge, "it is larger than any operation's")));
    }
    // A line without its end was never told to be on the disk, so nobody acted on it.
    let good = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |last| last + 1);
    let whole = bytes.get(..good).unwrap_or_default();
    let lines = whole.split_inclusive(|byte| *byte == b'\n').enumerate();
    let facts =
        lines.map(|(number, line)| fact(line).map_err(|why| JournalError::NotUnderstood { path: path.to_owned(), line: number + 1, why }));
    Ok((facts.collect::<Result<_, _>>()?, good as u64))
}

fn fact(line: &[u8]) -> Result<Stamped, String> {
    let line: Line = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    if line.version == VERSION {
        Ok(stamped(line.at, line.fact))
    } else {
        Err(format!("its version is {}, and this program understands {VERSION}", line.version))
    }
}

/// A fact as its line, its end included. Escaped, so that reading the journal in a terminal does nothing to it.
fn line(Stamped { at, fact }: &Stamped) -> io::Result<String> {
    let line = serde_json::to_string(&Line { version: VERSION, at: *at, fact: fact.clone() })?;
    Ok(harmless_json(&line) + "\n")
}

fn replayed(facts: &[Stamped], path: &Path) -> Result<Operation, JournalError> {
    if facts.is_empty() {
        return Err(JournalError::Empty { path: path.to_owned() });
    }
    Operation::replay(facts).map_err(|why| JournalError::NoOperation { path: path.to_owned(), why })
}

/// The journal of an operation that this process carries on. Nobody else can meanwhile.
#[derive(Debug)]
pub struct Journal {
    file: Arc<Mutex<Appending>>,
    path: PathBuf,
}

#[derive(Debug)]
struct Appending {
    file: File,
    /// Where the last line ends that is known to be on the disk.
    good: u64,
    /// Until its first line is on the disk.
    unnamed: Option<Unnamed>,
}

/// A file that becomes a journal with its first line, and goes away without one.
#[derive(Debug)]
struct Unnamed {
    at: PathBuf,
    folder: PathBuf,
}

impl Unnamed {
    /// Gives it its name, which is on the disk before anything is sent: else a crash may leave what was sent without a
    /// journal.
    fn name(&self) -> io::Result<()> {
        fs::rename(&self.at, self.at.with_extension(ENDING))?;
        File::open(&self.folder)?.sync_all()
    }
}

impl Drop for Unnamed {
    fn drop(&mut self) {
        // Where it has its name by now, nothing is left there.
        let _ = fs::remove_file(&self.at);
    }
}

impl Journal {
    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Record for Journal {
    fn append(&mut self, facts: Vec<Stamped>) -> BoxFuture<'_, Result<(), JournalError>> {
        let (file, path) = (Arc::clone(&self.file), self.path.clone());
        // A disk may take its time: nobody else has to wait for it.
        let written = tokio::task::spawn_blocking(move || file.lock().unwrap_or_else(PoisonError::into_inner).append(&facts));
        let told = async move {
            let why = match written.await {
                Ok(Ok(())) => return Ok(()),
                Ok(Err(why)) => why,
                Err(error) => io::Error::other(error),
            };
            Err(JournalError::Unwritable { path, why })
        };
        told.boxed()
    }
}

impl Appending {
    fn append(&mut self, facts: &[Stamped]) -> io::Result<()> {
        let mut lines = Vec::new();
        for stamped in facts {
            lines.extend_from_slice(line(stamped)?.as_bytes());
        }
        // What a failed append may have left is no fact: it is cut away before the next, or there is no next.
        if self.file.metadata()?.len() != self.good {
            self.file.set_len(self.good)?;
        }
        self.file.write_all(&lines).and_then(|()| self.file.sync_all()).inspect_err(|_| {
            // Tried at once as well, so that nobody who reads it takes it for a fact.
            let _ = self.file.set_len(self.good);
        })?;
        if let Some(unnamed) = &self.unnamed {
            unnamed.name()?;
            self.unnamed = None;
        }
        self.good += lines.len() as u64;
        Ok(())
    }
}

/// A fact at its moment.
#[must_use]
pub const fn stamped(at: Timestamp, fact: Fact) -> Stamped {
    Stamped { at, fact }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
