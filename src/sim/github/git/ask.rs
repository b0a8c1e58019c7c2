//! Asking git, outside of the world.
//!
//! Owns the temporary folder and the processes. Histories only grow, so
//! every answer is kept. A request that needs one which is not there yet is
//! answered again once it is: the world is never held while git works.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::sync::OnceCell;

use super::diff::{self, FileDiff};
use super::history::History;
use super::import;
use crate::environment::Name;

/// Something that git is asked, of the repository of that number.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Question {
    /// All commits from this one back.
    Log(usize, Name),
    /// From the first commit to the second.
    Compare(usize, Name, Name),
    /// What changed between two trees or commits.
    Diff(usize, Name, Name),
    /// What merging the last commit changes in the one before it, where they
    /// begin from the first, or from their own common ancestor.
    Merge(usize, Option<Name>, Name, Name),
}

/// What git said.
#[derive(Clone, Debug)]
pub enum Fact {
    /// Ids, newest first.
    Log(Vec<Name>),
    /// How two commits stand to each other; `None` without a common ancestor.
    Compare(Option<Comparison>),
    /// The files that differ.
    Diff(Vec<FileDiff>),
    /// The paths that a merge changes, with what they hold then (`None`: they
    /// go); `None` where the two are in conflict.
    Merge(Option<Changes>),
}

/// Paths with what they hold afterwards; `None` where they go.
pub type Changes = Vec<(Name, Option<Name>)>;

/// How two commits stand to each other.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The best common ancestor.
    pub merge_base: Name,
    /// What the second has and the first has not, oldest first.
    pub ahead: Vec<Name>,
    /// How many the first has and the second has not.
    pub behind: usize,
}

/// The answers there are.
#[derive(Debug, Default)]
pub struct Facts(Mutex<HashMap<Question, Arc<Fact>>>);

impl Facts {
    /// The answer to a question, where there is one.
    #[must_use]
    pub fn get(&self, question: &Question) -> Option<Arc<Fact>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(question).cloned()
    }

    fn put(&self, question: Question, fact: Fact) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(question, Arc::new(fact));
    }
}

/// What `git merge-tree` ends with where there is a conflict.
const CONFLICT: i32 = 1;

/// Why git does not answer: a sentence.
pub type Failed = String;

/// Git and the repositories that it built.
#[derive(Debug)]
pub struct Git {
    program: OsString,
    built: OnceCell<Result<Folder, Failed>>,
    /// How many commits of each repository are in it.
    imported: tokio::sync::Mutex<Vec<usize>>,
    /// What it said so far.
    pub facts: Facts,
}

impl Git {
    /// Nothing is built until something is asked.
    #[must_use]
    pub fn new(program: OsString) -> Self {
        Self { program, built: OnceCell::new(), imported: tokio::sync::Mutex::default(), facts: Facts::default() }
    }

    /// Builds the repositories the first time, and later adds what they lack.
    ///
    /// # Errors
    ///
    /// When git is missing or does not do what it should.
    pub async fn build(&self, histories: impl FnOnce() -> Vec<Arc<History>>) -> Result<(), Failed> {
        // Held from before the histories are taken: an older look must not come after a newer one.
        let mut imported = self.imported.lock().await;
        let histories = histories();
        let built = self.built.get_or_init(|| self.folder(histories.len())).await;
        let folder = built.as_ref().map_err(Clone::clone)?;
        imported.resize(histories.len(), 0);
        for (number, (history, done)) in histories.iter().zip(imported.iter_mut()).enumerate() {
            if history.commits().len() > *done {
                self.import(&folder.repository(number), history, *done).await?;
                *done = history.commits().len();
            }
        }
        Ok(())
    }

    /// Where the repositories are, once they are built.
    #[must_use]
    pub fn path(&self) -> Option<PathBuf> {
        Some(self.built.get()?.as_ref().ok()?.path.clone())
    }

    /// Finds out the answers to questions.
    ///
    /// # Errors
    ///
    /// When git does not answer.
    pub async fn learn(&self, questions: Vec<Question>) -> Result<(), Failed> {
        for question in questions {
            if self.facts.get(&question).is_none() {
                let fact = self.ask(&question).await?;
                self.facts.put(question, fact);
            }
        }
        Ok(())
    }

    async fn ask(&self, question: &Question) -> Result<Fact, Failed> {
        match question {
            Question::Log(repository, head) => Ok(Fact::Log(lines(&self.run(*repository, &["rev-list", head]).await?))),
            Question::Compare(repository, base, head) => {
                let Ok(found) = self.run(*repository, &["merge-base", base, head]).await else {
                    return Ok(Fact::Compare(None));
                };
                let (forth, back) = (format!("{base}..{head}"), format!("{head}..{base}"));
                let ahead = lines(&self.run(*repository, &["rev-list", "--reverse", &forth]).await?);
                let count = self.run(*repository, &["rev-list", "--count", &back]).await?;
                let behind = count.trim().parse().unwrap_or(0);
                Ok(Fact::Compare(Some(Comparison { merge_base: found.trim().into(), ahead, behind })))
            }
            Question::Diff(repository, from, to) => {
                let names = self.run(*repository, &["diff", "-M", "--raw", "--numstat", "-z", "--no-abbrev", from, to]).await?;
                let patch = self.run(*repository, &["diff", "-M", "-p", "--no-ext-diff", "--no-textconv", from, to]).await?;
                Ok(Fact::Diff(diff::read(&names, &patch)))
            }
            Question::Merge(repository, base, ours, theirs) => {
                Ok(Fact::Merge(self.merged(*repository, base.as_deref(), ours, theirs).await?))
            }
        }
    }

    /// Lets git merge without a work tree; `None` where it finds a conflict.
    async fn merged(&self, repository: usize, base: Option<&str>, ours: &str, theirs: &str) -> Result<Option<Changes>, Failed> {
        let base = base.map(|base| format!("--merge-base={base}"));
        let mut arguments = vec!["merge-tree", "--write-tree", "--no-messages"];
        arguments.extend(base.as_deref());
        arguments.extend([ours, theirs]);
        let output = self.output(repository, &arguments).await?;
        if output.status.code() == Some(CONFLICT) {
            return Ok(None);
        }
        let told = Self::told(&arguments, &output)?;
        let tree = told.lines().next().unwrap_or_default();
        let raw = self.run(repository, &["diff", "--raw", "--no-renames", "--no-abbrev", "-z", ours, tree]).await?;
        let mut changes = Changes::new();
        for (blob, path) in diff::blobs(&raw) {
            let text = match blob {
                Some(blob) => Some(self.run(repository, &["cat-file", "blob", blob]).await?.into()),
                None => None,
            };
            changes.push((path.into(), text));
        }
        Ok(Some(changes))
    }

    async fn output(&self, repository: usize, arguments: &[&str]) -> Result<Output, Failed> {
        let Some(Ok(folder)) = self.built.get() else {
            return Err(String::from("the repositories are not built"));
        };
        let output = self.command(&folder.repository(repository)).args(arguments).stdin(Stdio::null()).output().await;
        output.map_err(|error| self.missing(&error))
    }

    async fn run(&self, repository: usize, arguments: &[&str]) -> Result<String, Failed> {
        Self::told(arguments, &self.output(repository, arguments).await?)
    }

    fn told(arguments: &[&str], output: &Output) -> Result<String, Failed> {
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(format!("git {} failed: {}", arguments.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }

    /// Git as it is everywhere: nobody's settings, nobody's language.
    fn command(&self, directory: &Path) -> Command {
        let mut command = Command::new(&self.program);
        for name in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_TRACE", "GIT_EXTERNAL_DIFF"] {
            command.env_remove(name);
        }
        command
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .arg("-C")
            .arg(directory)
            .kill_on_drop(true);
        command
    }

    fn missing(&self, error: &std::io::Error) -> Failed {
        format!("the simulated GitHub needs git: {} cannot be run ({error}); install git and start again", self.program.display())
    }

    async fn folder(&self, count: usize) -> Result<Folder, Failed> {
        let folder = Folder::new().map_err(|error| format!("there is no temporary folder for repositories: {error}"))?;
        for number in 0..count {
            let directory = folder.repository(number);
            std::fs::create_dir_all(&directory).map_err(|error| format!("cannot make {}: {error}", directory.display()))?;
            let init = self.command(&directory).args(["init", "--quiet", "--bare", "--template="]).stdin(Stdio::null()).output().await;
            let init = init.map_err(|error| self.missing(&error))?;
            if !init.status.success() {
                return Err(format!("git init failed: {}", String::from_utf8_lossy(&init.stderr).trim()));
            }
        }
        Ok(folder)
    }

    async fn import(&self, directory: &Path, history: &History, from: usize) -> Result<(), Failed> {
        let arguments = ["fast-import", "--quiet", "--done", "--export-marks=marks"];
        let spawned = self.command(directory).args(arguments).stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.map_err(|error| self.missing(&error))?;
        let text = import::stream(history, from);
        let written = feed(&mut child, text.as_bytes()).await;
        let output = child.wait_with_output().await.map_err(|error| format!("git fast-import ended: {error}"))?;
        if !output.status.success() || written.is_err() {
            return Err(format!("git fast-import failed: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let marks = std::fs::read_to_string(directory.join("marks")).map_err(|error| format!("git left no marks: {error}"))?;
        for line in marks.lines() {
            let Some((mark, id)) = line.trim_start_matches(':').split_once(' ') else { continue };
            let place = mark.parse::<usize>().unwrap_or(0).wrapping_sub(1);
            if let Some(commit) = history.at(place).filter(|commit| *commit.id != *id) {
                return Err(format!("git made {id} of what was worked out to be {}; this is a bug", commit.id));
            }
        }
        Ok(())
    }
}

async fn feed(child: &mut Child, bytes: &[u8]) -> std::io::Result<()> {
    let Some(mut stdin) = child.stdin.take() else { return Ok(()) };
    stdin.write_all(bytes).await?;
    stdin.shutdown().await
}

fn lines(text: &str) -> Vec<Name> {
    text.lines().filter(|line| !line.is_empty()).map(Name::from).collect()
}

/// The temporary folder. It goes when this is dropped; and where the process
/// is killed a small shell, which waits for the end of its input, removes it.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    watch: Option<std::process::Child>,
}

impl Folder {
    fn new() -> std::io::Result<Self> {
        let path = new_folder()?;
        let watch = std::process::Command::new("sh")
            .args(["-c", "trap '' INT TERM HUP; cd /; read -r _; rm -rf -- \"$1\"", "sh"])
            .arg(&path)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Ok(Self { path, watch: watch.ok() })
    }

    fn repository(&self, number: usize) -> PathBuf {
        self.path.join(format!("{number}.git"))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(watch) = &mut self.watch {
            // The end of its input is what it waits for; it must not be left a zombie.
            drop(watch.stdin.take());
            let _ = watch.wait();
        }
        // Where there is no shell, and is gone already where there is one.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Makes a folder that nobody had.
fn new_folder() -> std::io::Result<PathBuf> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    loop {
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("quarterdeck-sim-{}-{number}", std::process::id()));
        match std::fs::create_dir(&path) {
            // Left by a process that had this one's number.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            made => return made.map(|()| path),
        }
    }
}
