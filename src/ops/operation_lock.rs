//! One operation per target on this machine: whoever changes an environment holds its lock meanwhile.
//!
//! The system lets go of a lock when the process ends that holds it, however it ends. So no lock is ever left behind,
//! and none is ever broken. The file says who holds it; what it says counts only while it is held.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::clock::Timestamp;
use crate::model::operation::plan::OperationId;
use crate::model::safe_text::harmless_json;

/// No holder says so much.
const LARGEST: u64 = 1 << 16;

/// How much of the name of what is held a file's name holds.
const LONGEST: usize = 180;

/// Who holds a lock.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Holder {
    /// Which operation.
    pub operation: OperationId,
    /// What it is, on one line. From outside: not yet safe to show.
    pub title: Arc<str>,
    /// The process.
    pub process: u32,
    /// Since when.
    pub since: Timestamp,
}

/// Why an operation may not begin.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// There is no place for them.
    #[error("there is no place for the locks of operations: neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// Another operation changes it.
    #[error("{what} is being changed by another operation on this machine: {}", holder.as_ref().map_or_else(|| "nobody can say which".to_owned(), |holder| said(holder)))]
    Held {
        /// What is being changed: an environment, or a target group.
        what: Arc<str>,
        /// By whom, where the file can be read.
        holder: Option<Box<Holder>>,
    },
    /// It cannot be locked.
    #[error("the lock {} cannot be taken: {why}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
}

fn said(Holder { operation, title, process, since }: &Holder) -> String {
    format!("{title} (operation {operation}, process {process}, since {}). Wait for it, or stop it there", since.strftime("%H:%M UTC"))
}

/// The folder of locks.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OperationLocks {
    /// Nothing is kept where there is no folder: only the demo changes what is the demo's.
    folder: Option<PathBuf>,
}

/// Locks that are held until this is dropped.
#[derive(Debug)]
#[must_use = "the locks are let go of when this is dropped"]
pub struct Held {
    _files: Vec<File>,
}

impl OperationLocks {
    /// Locks in this folder, which is made when it is needed.
    #[must_use]
    pub const fn at(folder: PathBuf) -> Self {
        Self { folder: Some(folder) }
    }

    /// No locks.
    #[must_use]
    pub const fn nowhere() -> Self {
        Self { folder: None }
    }

    /// Where they are by the XDG base directories: `$XDG_STATE_HOME`, else `~/.local/state`.
    ///
    /// # Errors
    /// When neither is set.
    pub fn usual(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, LockError> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        state.map(|state| Self::at(state.join("quarterdeck/locks"))).ok_or(LockError::NoHome)
    }

    /// Takes the lock of everything that is named, or of nothing. Never waits.
    ///
    /// # Errors
    /// When somebody holds one of them, or one cannot be taken.
    pub fn take(&self, targets: &[Arc<str>], holder: &Holder) -> Result<Held, LockError> {
        let Some(folder) = &self.folder else { return Ok(Held { _files: Vec::new() }) };
        let unusable = |why| LockError::Unusable { path: folder.clone(), why };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unusable)?;
        let files = targets.iter().map(|target| take(folder.join(file_name(target)), target, holder));
        Ok(Held { _files: files.collect::<Result<_, _>>()? })
    }
}

fn take(path: PathBuf, target: &Arc<str>, holder: &Holder) -> Result<File, LockError> {
    let mut file = match OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(&path) {
        Ok(file) => file,
        Err(why) => return Err(LockError::Unusable { path, why }),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            return Err(LockError::Held { what: Arc::clone(target), holder: read(&mut file).map(Box::new) });
        }
        Err(TryLockError::Error(why)) => return Err(LockError::Unusable { path, why }),
    }
    let written = serde_json::to_string(holder).map_err(io::Error::other).and_then(|text| {
        file.set_len(0)?;
        file.seek(SeekFrom::Start(0))?;
        file.write_all(harmless_json(&text).as_bytes())
    });
    match written {
        Ok(()) => Ok(file),
        Err(why) => Err(LockError::Unusable { path, why }),
    }
}

fn read(file: &mut File) -> Option<Holder> {
    let mut text = String::new();
    file.take(LARGEST).read_to_string(&mut text).ok()?;
    serde_json::from_str(&text).ok()
}

/// The name of what is held as a file's name: what no name may hold is written as its bytes, and what is too long ends in a sum of it.
fn file_name(key: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let name: String = key.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02x}") }).collect();
    if name.len() > LONGEST {
        // FNV-1a. Two keys of one sum keep each other waiting, no more.
        let sum = key.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        return format!("{}-{sum:016x}.lock", name.get(..LONGEST).unwrap_or_default());
    }
    name + ".lock"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn key(name: &str) -> Arc<str> {
        format!("beanstalk:1:us-west-1:{name}").into()
    }

    fn holder(salt: u32) -> Holder {
        let since = Timestamp::from_second(1_700_000_000).unwrap();
        Holder { operation: OperationId::new(since, salt), title: "deploy v2 to \u{1b}[31mh-prod".into(), process: 4_711, since }
    }

    #[test]
    fn a_target_is_changed_by_one_operation_at_a_time_and_others_are_told_by_which() {
        let folder = tempfile::tempdir().unwrap();
        let locks = OperationLocks::at(folder.path().join("deep/locks"));
        let both = [key("a"), key("b")];
        let held = locks.take(&[key("b")], &holder(1)).unwrap();
        let error = locks.take(&both, &holder(2)).unwrap_err().to_string();
        assert!(error.contains("us-west-1:b is being changed") && error.contains("20231114T221320Z-00000001, process 4711"), "{error}");
        // All or none: the first of the two is free again.
        let other = locks.take(&[key("a")], &holder(3)).unwrap();
        drop((held, other));
        assert!(locks.take(&both, &holder(2)).is_ok());
        assert!(OperationLocks::nowhere().take(&both, &holder(2)).is_ok());
    }

    #[test]
    fn what_a_lock_says_of_its_last_holder_keeps_nobody_out() {
        let folder = tempfile::tempdir().unwrap();
        let locks = OperationLocks::at(folder.path().to_owned());
        drop(locks.take(&[key("a")], &holder(1)).unwrap());
        let path = folder.path().join(file_name(&key("a")));
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains("\\u001b[31mh-prod"), "{text:?}");
        fs::write(&path, "what nobody can read").unwrap();
        let held = locks.take(&[key("a")], &holder(2)).unwrap();
        fs::write(&path, "what nobody can read").unwrap();
        let error = locks.take(&[key("a")], &holder(3)).unwrap_err().to_string();
        assert!(error.contains("nobody can say which"), "{error}");
        drop(held);
    }

    #[test]
    fn no_key_leads_out_of_the_folder_or_is_too_long_for_a_name() {
        let (hostile, long) = (file_name(&key("../../x\n")), file_name(&key(&"é".repeat(300))));
        assert!(!hostile.contains('/') && !hostile.contains(".."), "{hostile}");
        assert!(long.len() < 255 && long != file_name(&key(&"é".repeat(301))), "{long}");
    }

    #[test]
    fn what_cannot_be_locked_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        let error = OperationLocks::at(file.join("locks")).take(&[key("a")], &holder(1)).unwrap_err();
        assert!(error.to_string().contains("cannot be taken"), "{error}");
    }
}
