//! Lines into a file: a new one, which only its owner may read, whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc as blocking};

use tokio::sync::mpsc;

use crate::app::event::Event;
use crate::app::logs::order::News;
use crate::app::logs::saving::SaveId;

/// What is handed to the thread that writes.
enum Step {
    Write { text: Arc<[u8]>, is_last: bool },
    Discard,
}

/// Writes one file at a time.
pub(super) struct Saver {
    home: Option<PathBuf>,
    events: mpsc::UnboundedSender<Event>,
    /// The file that is written, and who writes it. Letting go of it ends that, as [`Step::Discard`] does.
    current: Option<(SaveId, blocking::Sender<Step>)>,
}

impl Saver {
    pub(super) const fn new(home: Option<PathBuf>, events: mpsc::UnboundedSender<Event>) -> Self {
        Self { home, events, current: None }
    }

    /// Makes a file. What is written meanwhile waits.
    pub(super) fn begin(&mut self, id: SaveId, path: &Path) {
        let (steps, inbox) = blocking::channel();
        self.current = Some((id, steps));
        let (path, events) = (self.whole(path), self.events.clone());
        // A disk may take its time: nothing else waits for it.
        tokio::task::spawn_blocking(move || {
            let tell = |news| drop(events.send(Event::Logs(news)));
            match run(&path, &inbox, &|bytes| tell(News::Written(id, bytes))) {
                Ok(()) => tell(News::Saved(id)),
                Err(why) => tell(News::NotSaved(id, why.into())),
            }
        });
    }

    /// Writes a piece, where it is one of the file that is written now.
    pub(super) fn write(&mut self, id: SaveId, text: Arc<[u8]>, is_last: bool) {
        let Some((_, steps)) = self.current.as_ref().filter(|(current, _)| *current == id) else { return };
        // Where the file could not be made, that was told.
        let _ = steps.send(Step::Write { text, is_last });
        if is_last {
            self.current = None;
        }
    }

    pub(super) fn discard(&mut self, id: SaveId) {
        let _ = self.current.take_if(|(current, _)| *current == id).map(|(_, steps)| steps.send(Step::Discard));
    }

    /// A path with the person's own folder in place of `~`.
    fn whole(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), &self.home) {
            (Ok(rest), Some(home)) => home.join(rest),
            _ => path.to_owned(),
        }
    }
}

/// Writes a file; how many bytes of it are written is told as it goes.
fn run(path: &Path, steps: &blocking::Receiver<Step>, tell: &dyn Fn(u64)) -> Result<(), String> {
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

fn write(file: &mut File, steps: &blocking::Receiver<Step>, tell: &dyn Fn(u64)) -> Result<(), String> {
    loop {
        match steps.recv() {
            Ok(Step::Write { text, is_last }) => {
                file.write_all(&text).map_err(|error| format!("it cannot be written: {error}"))?;
                tell(text.len() as u64);
                if is_last {
                    return file.sync_all().map_err(|error| format!("it cannot be written: {error}"));
                }
            }
            Ok(Step::Discard) | Err(blocking::RecvError) => return Err("it was stopped before its end, and taken away".to_owned()),
        }
    }
}
