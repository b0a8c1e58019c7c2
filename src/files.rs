//! New files that only this person can read.

use std::fs::OpenOptions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// So many names are tried.
const NAMES: u32 = 100;

/// Writes a new file, whole or not at all, and says which: where one of this name is there, it gets a number.
/// Nothing is ever written over.
///
/// # Errors
/// When it cannot be written.
pub fn create(path: &Path, content: &[u8]) -> io::Result<PathBuf> {
    for number in 1..=NAMES {
        let path = if number == 1 { path.to_owned() } else { numbered(path, number) };
        match create_named(&path, content) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Writes a new file of this very name, whole or not at all. Nothing is ever written over.
///
/// # Errors
/// When one of this name is there already, or it cannot be written.
pub fn create_named(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content).and_then(|()| file.sync_all()).inspect_err(|_| {
        // Half of it would look like all of it.
        let _ = std::fs::remove_file(path);
    })
}

/// `screen.svg` → `screen-2.svg`.
fn numbered(path: &Path, number: u32) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map_or_else(String::new, |ending| format!(".{}", ending.to_string_lossy()));
    path.with_file_name(format!("{stem}-{number}{ending}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn nothing_is_written_over_and_nobody_else_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("screen.svg");
        let (first, second) = (create(&path, b"one").unwrap(), create(&path, b"two").unwrap());
        assert_eq!((&first, &second), (&path, &folder.path().join("screen-2.svg")));
        assert_eq!((std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap()), (b"one".to_vec(), b"two".to_vec()));
        assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
        // A link that leads elsewhere is a name that is taken.
        std::os::unix::fs::symlink("/nonexistent/x", folder.path().join("link.svg")).unwrap();
        assert_eq!(create(&folder.path().join("link.svg"), b"x").unwrap(), folder.path().join("link-2.svg"));
        assert!(create(&folder.path().join("none/screen.svg"), b"x").is_err());
        assert_eq!(create_named(&path, b"x").unwrap_err().kind(), ErrorKind::AlreadyExists);
    }
}
