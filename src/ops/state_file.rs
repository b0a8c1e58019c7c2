//! A file in the person's state folder: read whole, written whole, and nobody else's to read.

use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Who else but its owner may write a file.
const WRITABLE_BY_OTHERS: u32 = 0o022;

/// A file that may not be there.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateFile {
    path: PathBuf,
    largest: u64,
}

/// Why such a file could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StateFileError {
    /// There is no place for it.
    #[error("there is no place for it: neither XDG_STATE_HOME nor HOME is set")]
    NoHome,
    /// It cannot be read.
    #[error("{} cannot be read: {why}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// Somebody else may have written it.
    #[error("{} may be written by others than you: take that right away (chmod 600)", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be written.
    #[error("{} cannot be written: {why}", path.display())]
    Unwritable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: io::Error,
    },
    /// What is in it does not go with what should be.
    #[error("{} is left as it is: {why}", path.display())]
    Unchanged {
        /// The file.
        path: PathBuf,
        /// Why, in a sentence.
        why: String,
    },
}

impl StateFile {
    /// A file that holds no more than so many bytes.
    #[must_use]
    pub const fn at(path: PathBuf, largest: u64) -> Self {
        Self { path, largest }
    }

    /// A file of this name in the person's folder by the XDG base directories: `$XDG_STATE_HOME`, else `~/.local/state`.
    ///
    /// # Errors
    /// When neither is set.
    pub fn usual(name: &str, largest: u64, variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, StateFileError> {
        let absolute = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let state = absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")));
        state.map(|state| Self::at(state.join("quarterdeck").join(name), largest)).ok_or(StateFileError::NoHome)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Its text; none where it is not there.
    ///
    /// # Errors
    /// When it cannot be read, is larger than it may be, or may be written by others.
    pub fn read(&self) -> Result<Option<String>, StateFileError> {
        let unreadable = |why| StateFileError::Unreadable { path: self.path.clone(), why };
        let told = match fs::metadata(&self.path) {
            Ok(told) => told,
            Err(why) if matches!(why.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(why) => return Err(unreadable(why)),
        };
        // Whoever opens a pipe waits for who writes into it.
        if !told.is_file() {
            return Err(unreadable(io::Error::new(ErrorKind::InvalidInput, "it is no ordinary file")));
        }
        if told.mode() & WRITABLE_BY_OTHERS != 0 {
            return Err(StateFileError::Foreign { path: self.path.clone() });
        }
        let file = File::open(&self.path).map_err(unreadable)?;
        let mut text = String::new();
        file.take(self.largest + 1).read_to_string(&mut text).map_err(unreadable)?;
        if text.len() as u64 > self.largest {
            return Err(unreadable(io::Error::new(ErrorKind::FileTooLarge, format!("it holds more than {} bytes", self.largest))));
        }
        Ok(Some(text))
    }

    /// Puts this text in its place: whoever reads it meanwhile reads the one or the other.
    ///
    /// # Errors
    /// When it cannot be written. Then it is as it was.
    pub fn write(&self, text: &str) -> Result<(), StateFileError> {
        self.replace(text).map_err(|why| StateFileError::Unwritable { path: self.path.clone(), why })
    }

    /// Puts in its place what `change` makes of the text that is there by now. Of several processes that do so at once,
    /// each finds what the one before has left.
    ///
    /// # Errors
    /// When it cannot be read or written, or `change` says why not. Then it is as it was.
    pub fn change<E: fmt::Display>(&self, change: impl FnOnce(Option<&str>) -> Result<String, E>) -> Result<(), StateFileError> {
        let guard = self.guard().map_err(|why| StateFileError::Unwritable { path: self.path.clone(), why })?;
        let there = self.read()?;
        let text = change(there.as_deref()).map_err(|why| StateFileError::Unchanged { path: self.path.clone(), why: why.to_string() })?;
        let written = self.write(&text);
        drop(guard);
        written
    }

    /// A file beside it that one process at a time holds; the system lets go of it with the process.
    fn guard(&self) -> io::Result<File> {
        DirBuilder::new().recursive(true).mode(0o700).create(self.folder())?;
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(".guard");
        let path = self.path.with_file_name(name);
        let guard = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match guard.lock() {
            // Some shares know no locks: there it is as careful as it can be.
            Err(why) if why.kind() != ErrorKind::Unsupported => Err(why),
            _ => Ok(guard),
        }
    }

    fn folder(&self) -> &Path {
        self.path.parent().unwrap_or_else(|| Path::new("/"))
    }

    fn replace(&self, text: &str) -> io::Result<()> {
        if text.len() as u64 > self.largest {
            return Err(io::Error::new(ErrorKind::FileTooLarge, format!("it would hold more than {} bytes", self.largest)));
        }
        let folder = self.folder();
        DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        // A name that no other process has, and that no earlier one left behind.
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.new", std::process::id()));
        let new = self.path.with_file_name(name);
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        let written = file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).and_then(|()| fs::rename(&new, &self.path));
        if written.is_err() {
            let _ = fs::remove_file(&new);
        }
        written?;
        // Where a folder cannot be synced, a loss of power brings the former file back: nothing is lost by that.
        let _ = File::open(folder).and_then(|folder| folder.sync_all());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn it_is_written_whole_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("deep/kept.json"), 10);
        assert_eq!(file.read().unwrap(), None);
        file.write("first").unwrap();
        file.write("second").unwrap();
        assert_eq!(file.read().unwrap().as_deref(), Some("second"));
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file.path()), mode(file.path().parent().unwrap())), (0o600, 0o700));
        let beside = fs::read_dir(file.path().parent().unwrap()).unwrap().count();
        assert_eq!(beside, 1, "nothing is left beside it");
        assert!(file.write("much too much").is_err());
        assert_eq!(file.read().unwrap().as_deref(), Some("second"), "what could not be written changed nothing");
    }

    #[test]
    fn what_others_may_have_written_or_is_no_file_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("kept.json"), 10);
        fs::write(file.path(), "x").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o666)).unwrap();
        assert!(matches!(file.read(), Err(StateFileError::Foreign { .. })));
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o600)).unwrap();
        fs::write(file.path(), "eleven bytes").unwrap();
        assert!(file.read().unwrap_err().to_string().contains("more than 10 bytes"));
        fs::write(file.path(), b"\xff").unwrap();
        assert!(matches!(file.read(), Err(StateFileError::Unreadable { .. })));
        fs::remove_file(file.path()).unwrap();
        fs::create_dir(file.path()).unwrap();
        assert!(file.read().unwrap_err().to_string().contains("no ordinary file"));
    }

    #[test]
    fn of_many_that_change_it_at_once_none_is_lost() {
        let folder = tempfile::tempdir().unwrap();
        let file = StateFile::at(folder.path().join("deep/kept.json"), 1_000);
        std::thread::scope(|scope| {
            for name in ["a", "b", "c", "d"] {
                let file = &file;
                scope.spawn(move || {
                    for _ in 0..20 {
                        file.change(|there| Ok::<_, String>(there.unwrap_or_default().to_owned() + name)).unwrap();
                    }
                });
            }
        });
        let mut text: Vec<char> = file.read().unwrap().unwrap().chars().collect();
        text.sort_unstable();
        assert_eq!(text.iter().collect::<String>(), ["a", "b", "c", "d"].map(|name| name.repeat(20)).concat());
        let refused = file.change(|_| Err::<String, _>("it is of another edition")).unwrap_err().to_string();
        assert!(refused.ends_with("kept.json is left as it is: it is of another edition"), "{refused}");
        assert_eq!(file.read().unwrap().unwrap().len(), 80);
    }

    #[test]
    fn its_place_is_the_state_folder() {
        let of = |set: &[(&str, &str)]| {
            let find = |name: &str| set.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
            StateFile::usual("kept.json", 1, &find).map(|file| file.path().display().to_string()).map_err(|error| error.to_string())
        };
        assert_eq!(of(&[("HOME", "/h")]).as_deref(), Ok("/h/.local/state/quarterdeck/kept.json"));
        assert_eq!(of(&[("XDG_STATE_HOME", "/s"), ("HOME", "/h")]).as_deref(), Ok("/s/quarterdeck/kept.json"));
        assert!(of(&[("HOME", "relative")]).is_err());
    }
}
