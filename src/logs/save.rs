//! Lines into a file: a new one, which only its owner may read, whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc as blocking};

use tokio::sync::mpsc;

use crate::app::event::Event;
use crate::app::logs::order::News;

/// What is handed to the thread that writes.
enum Step {
    Write { text: Arc<[u8]>, is_last: bool },
    Discard,
}

/// Writes one file at a time.
pub(super) struct Saver {
    home: Option<PathBuf>,
    events: mpsc::UnboundedSender<Event>,
    steps: Option<blocking::Sender<Step>>,
}

impl Saver {
    pub(super) const fn new(home: Option<PathBuf>, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { home, events, steps: None }
    }

    /// Makes a file. What is written meanwhile waits.
    pub(super) fn begin(&mut self, path: &Path) {
        let (steps, inbox) = blocking::channel();
        self.steps = Some(steps);
        let (path, events) = (self.whole(path), self.events.clone());
        // A disk may take its time: nothing else waits for it.
        tokio::task::spawn_blocking(move || {
            let tell = |news| drop(events.send(Event::Logs(news)));
            match run(&path, &inbox, &tell) {
                Ok(()) => tell(News::Saved),
                Err(why) => tell(News::NotSaved(why.into())),
            }
        });
    }

    pub(super) fn write(&mut self, text: Arc<[u8]>, is_last: bool) {
        // Where the file could not be made, that was told.
        let _ = self.steps.as_ref().map(|steps| steps.send(Step::Write { text, is_last }));
        if is_last {
            self.steps = None;
        }
    }

    pub(super) fn discard(&mut self) {
        let _ = self.steps.take().map(|steps| steps.send(Step::Discard));
    }

    /// A path with the person's own folder in place of `~`.
    fn whole(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.to_owned(),
        }
    }
}

fn run(path: &Path, steps: &blocking::Receiver<Step>, tell: &dyn Fn(News)) -> Result<(), String> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let mut file = made.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => format!("{} is there already: choose another name", path.display()),
        _ => format!("{} cannot be made: {error}", path.display()),
    })?;
    let written = write(&mut file, steps, tell);
    if written.is_err() {
        // Half of it would look like all of it.
        let _ = std::fs::remove_file(path);
    }
    written.map_err(|why| format!("{}: {why}", path.display()))
}

fn write(file: &mut File, steps: &blocking::Receiver<Step>, tell: &dyn Fn(News)) -> Result<(), String> {
    loop {
        match steps.recv() {
            Ok(Step::Write { text, is_last }) => {
                file.write_all(&text).map_err(|error| format!("it cannot be written: {error}"))?;
                tell(News::Written(text.len() as u64));
                if is_last {
                    return file.sync_all().map_err(|error| format!("it cannot be written: {error}"));
                }
            }
            Ok(Step::Discard) | Err(blocking::RecvError) => return Err("it was stopped before its end, and taken away".to_owned()),
        }
    }
}
