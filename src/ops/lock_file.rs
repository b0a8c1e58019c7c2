//! The file in which locks are kept: of this person alone, or shared by a team.
//!
//! Replaced as a whole, so that nobody reads half of one; whoever changes it holds a
//! guard file meanwhile, so that of two changes none is lost. What is in it was written
//! by anybody: one that cannot be understood is never written over.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::clock::Timestamp;
use crate::model::id::EnvironmentKey;
use crate::model::lock::{Change, Known, Lock, Locks};

/// No team has so many locks.
const LARGEST: u64 = 1 << 20;

/// What a file says that this program writes.
const VERSION: u32 = 1;

/// Where locks are kept.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LockFile {
    path: PathBuf,
    /// Whether others write it as well: then it is made as their umasks allow, and its folder is not.
    shared: bool,
}

/// Why locks could not be read or changed.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is no place for them.
    #[error("there is no place for locks: neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// It cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// It is shared, and not there: what is locked is somewhere else, or nowhere.
    #[error(
        "{} is not there: its share may not be mounted; if your team has not made it yet, write {{\"version\":1,\"locks\":[]}} into it once",
        path.display()
    )]
    NotThere {
        /// The file.
        path: PathBuf,
    },
    /// What is locked is not what was shown to whoever wants to change it.
    #[error("{0}: look again")]
    Overtaken(String),
    /// It does not hold locks.
    #[error("{} does not hold locks as this version writes them ({why}): mend it, or move it away", path.display())]
    NotUnderstood {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Tells whether the file is the one that was read: replaced, it has another number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Edition(u64, i64, i64, u64);

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    locks: Vec<WrittenLock>,
}

#[derive(Serialize, Deserialize)]
struct WrittenLock {
    environment: String,
    by: Arc<str>,
    at: Timestamp,
    until: Option<Timestamp>,
    reason: Arc<str>,
}

impl LockFile {
    /// A file of this person alone.
    #[must_use]
    pub const fn own(path: PathBuf) -> Self {
        Self { path, shared: false }
    }

    /// A file that a team shares.
    #[must_use]
    pub const fn shared(path: PathBuf) -> Self {
        Self { path, shared: true }
    }

    /// The person's own by the XDG base directories: `$XDG_STATE_HOME`, else `~/.local/state`.
    ///
    /// # Errors
    /// When neither is set.
    pub fn usual(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, LockError> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        state.map(|state| Self::own(state.join("quarterdeck/locks.json"))).ok_or(LockError::NoHome)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Which edition of the file there is now; none where the system does not tell: that is like no other.
    #[must_use]
    pub fn edition(&self) -> Option<Edition> {
        let told = fs::metadata(&self.path).ok()?;
        Some(Edition(told.ino(), told.mtime(), told.mtime_nsec(), told.len()))
    }

    /// What is locked. Where this person has no file, nothing is. One that is shared has to be there: the folder in
    /// which a share is mounted is there without it, too.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub fn read(&self) -> Result<Locks, LockError> {
        let unreadable = |why| LockError::Unreadable { path: self.path.clone(), why };
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(why) if is_missing(&why) && self.shared => return Err(LockError::NotThere { path: self.path.clone() }),
            Err(why) if is_missing(&why) => return Ok(Locks::default()),
            Err(why) => return Err(unreadable(why)),
        };
        let mut text = String::new();
        file.take(LARGEST + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > LARGEST {
            return Err(self.not_understood(&"it is larger than a megabyte"));
        }
        let written: Written = serde_json::from_str(&text).map_err(|error| self.not_understood(&error))?;
        if written.version != VERSION {
            return Err(self.not_understood(&format!("its version is {}", written.version)));
        }
        let each: Result<BTreeMap<EnvironmentKey, Lock>, LockError> =
            written.locks.into_iter().map(|lock| self.lock(lock).map(|lock| (lock.environment.clone(), lock))).collect();
        Ok(Locks { each: each?, known: Known::Yes })
    }

    fn lock(&self, written: WrittenLock) -> Result<Lock, LockError> {
        let environment = written.environment.parse().map_err(|error| self.not_understood(&error))?;
        let WrittenLock { by, at, until, reason, .. } = written;
        Ok(Lock { environment, by, at, until, reason })
    }

    fn not_understood(&self, why: &impl ToString) -> LockError {
        LockError::NotUnderstood { path: self.path.clone(), why: why.to_string() }
    }

    /// Changes what is locked, and returns all that is once it is on the disk.
    ///
    /// # Errors
    /// When the file cannot be read, understood or written, or does not say what was shown. Then it is as it was.
    pub fn change(&self, change: &Change, now: Timestamp) -> Result<Locks, LockError> {
        let unwritable = |why| LockError::Unwritable { path: self.path.clone(), why };
        if self.shared {
            // Nothing is left behind where a share is not mounted.
            self.read()?;
        } else if let Some(folder) = self.path.parent() {
            DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
        }
        let guard = self.beside("guard");
        let guard = OpenOptions::new().create(true).append(true).mode(self.mode()).open(guard).map_err(unwritable)?;
        // Others hold it for as long as it takes to write a small file. It is let go of when it is closed.
        guard.lock().map_err(unwritable)?;
        let mut locks = self.read()?;
        locks.change(change, now).map_err(LockError::Overtaken)?;
        self.replace(&locks).map_err(unwritable)?;
        Ok(locks)
    }

    const fn mode(&self) -> u32 {
        if self.shared { 0o666 } else { 0o600 }
    }

    /// A file beside it, with another ending.
    fn beside(&self, ending: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".");
        name.push(ending);
        self.path.with_file_name(name)
    }

    fn replace(&self, locks: &Locks) -> io::Result<()> {
        let each = locks.each.values().map(|lock| WrittenLock {
            environment: lock.environment.to_string(),
            by: Arc::clone(&lock.by),
            at: lock.at,
            until: lock.until,
            reason: Arc::clone(&lock.reason),
        });
        let mut text = serde_json::to_string_pretty(&Written { version: VERSION, locks: each.collect() })?;
        text.push('\n');
        let new = self.beside("new");
        // One that is there was left behind when a machine stopped: the guard says that nobody writes it.
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        let mut file = OpenOptions::new().write(true).create_new(true).mode(self.mode()).open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        // From here on it is done. Where the folder cannot be synced, as some shares cannot, a loss of power may bring the
        // former file back: that is no reason to say that nothing was changed.
        if let Some(Err(why)) = self.path.parent().map(|folder| File::open(folder)?.sync_all()) {
            tracing::warn!(file = %self.path.display(), %why, "the folder of a lock file could not be synced");
        }
        Ok(())
    }
}

/// Whether there is no such file: a folder on the way to it may be a file as well.
fn is_missing(why: &io::Error) -> bool {
    matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn lock(name: &str) -> Lock {
        let environment = format!("beanstalk:1:us-west-1:{name}").parse().unwrap();
        Lock { environment, by: "@ada".into(), at: at(0), until: Some(at(60)), reason: "line\nbreak \u{202e}".into() }
    }

    fn unlock(name: &str) -> Change {
        Change::Unlock { lock: lock(name), by: "@grace".into() }
    }

    /// A file that a team shares, as it is made once.
    fn made(path: PathBuf) -> LockFile {
        fs::write(&path, "{\"version\":1,\"locks\":[]}").unwrap();
        LockFile::shared(path)
    }

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn locks_are_kept_for_whoever_reads_the_file_next() {
        let folder = tempfile::tempdir().unwrap();
        let file = LockFile::own(folder.path().join("deep/quarterdeck/locks.json"));
        assert_eq!((file.read().unwrap(), file.edition()), (Locks::default(), None));
        file.change(&Change::Lock(lock("a")), at(0)).unwrap();
        let before = file.edition();
        let both = LockFile::own(file.path().to_owned()).change(&Change::Lock(lock("b")), at(1)).unwrap();
        assert_eq!(both.each.values().cloned().collect::<Vec<_>>(), [lock("a"), lock("b")]);
        assert_eq!(file.read().unwrap(), both);
        assert_ne!(file.edition(), before);
        assert_eq!(file.change(&unlock("a"), at(2)).unwrap().each.len(), 1);
        // What is over goes with the next change.
        let later = Lock { until: None, ..lock("c") };
        assert_eq!(file.change(&Change::Lock(later.clone()), at(60)).unwrap().each.into_values().collect::<Vec<_>>(), [later]);
        assert_eq!(mode(file.path()), 0o600);
        assert_eq!(mode(file.path().parent().unwrap()), 0o700);
    }

    #[test]
    fn of_changes_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = made(folder.path().join("locks.json"));
        std::thread::scope(|scope| {
            for number in 0..20 {
                let file = &file;
                scope.spawn(move || file.change(&Change::Lock(lock(&format!("e{number}"))), at(0)).unwrap());
            }
        });
        assert_eq!(file.read().unwrap().each.len(), 20);
    }

    #[test]
    fn what_is_no_file_of_locks_is_told_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locks.json");
        let file = LockFile::own(path.clone());
        let key = "\"environment\":\"nonsense\",\"by\":\"a\",\"at\":\"2026-01-01T00:00:00Z\",\"until\":null,\"reason\":\"r\"";
        for (text, why) in [
            ("", "EOF"),
            ("[]", "invalid length 0"),
            ("{\"version\":2,\"locks\":[]}", "its version is 2"),
            (&format!("{{\"version\":1,\"locks\":[{{{key}}}]}}"), "not an environment's key"),
            (&" ".repeat(2 << 20), "larger than a megabyte"),
        ] {
            fs::write(&path, text).unwrap();
            for failed in [file.read().unwrap_err(), file.change(&Change::Lock(lock("a")), at(0)).unwrap_err()] {
                assert!(matches!(failed, LockError::NotUnderstood { .. }) && failed.to_string().contains(why), "{failed}");
            }
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
    }

    /// Where a share is not mounted there may be an empty folder: its locks are somewhere.
    #[test]
    fn a_shared_file_that_is_not_there_is_not_known_and_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let share = folder.path().join("share");
        let file = LockFile::shared(share.join("locks.json"));
        for is_mounted in [false, true] {
            if is_mounted {
                fs::create_dir(&share).unwrap();
            }
            for failed in [file.read().unwrap_err(), file.change(&Change::Lock(lock("a")), at(0)).unwrap_err()] {
                assert!(matches!(failed, LockError::NotThere { .. }), "{failed}");
                assert!(failed.to_string().ends_with("write {\"version\":1,\"locks\":[]} into it once"), "{failed}");
            }
        }
        assert_eq!(fs::read_dir(&share).unwrap().count(), 0);
        let file = made(file.path().to_owned());
        assert_eq!(file.change(&Change::Lock(lock("a")), at(0)).unwrap().each.len(), 1);
    }

    #[test]
    fn what_another_has_locked_meanwhile_stays_locked() {
        let folder = tempfile::tempdir().unwrap();
        let file = made(folder.path().join("locks.json"));
        file.change(&Change::Lock(lock("a")), at(0)).unwrap();
        let other = Lock { by: "@grace".into(), ..lock("a") };
        for change in [Change::Lock(other.clone()), Change::Unlock { lock: other, by: "@grace".into() }] {
            let failed = file.change(&change, at(1)).unwrap_err();
            assert!(matches!(failed, LockError::Overtaken(_)) && failed.to_string().contains("locked by @ada"), "{failed}");
        }
        assert_eq!(file.read().unwrap().each.into_values().collect::<Vec<_>>(), [lock("a")]);
    }

    /// Nobody can have kept a lock there; that none can be kept is told to who wants to.
    #[test]
    fn where_a_file_is_in_the_way_of_the_folder_nothing_is_locked() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("state"), "in the way").unwrap();
        let file = LockFile::own(folder.path().join("state/quarterdeck/locks.json"));
        assert_eq!(file.read().unwrap(), Locks::default());
        assert!(matches!(file.change(&Change::Lock(lock("a")), at(0)), Err(LockError::Unwritable { .. })));
    }

    #[test]
    fn it_lies_where_xdg_says() {
        let of = |pairs: &'static [(&str, &str)]| {
            let variable = |name: &str| pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
            LockFile::usual(&variable).map(|file| file.path().display().to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(of(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]).as_deref(), Ok("/s/quarterdeck/locks.json"));
        assert_eq!(of(&[("HOME", "/h")]).as_deref(), Ok("/h/.local/state/quarterdeck/locks.json"));
        assert!(of(&[]).is_err_and(|sentence| sentence.contains("neither XDG_STATE_HOME nor HOME")));
    }
}
