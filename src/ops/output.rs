//! What actions write while they run: commands on machines, programs here.
//!
//! An adapter hands on what it reads, from where it stopped the last time; whoever follows operations takes it
//! out of a channel. Kept in memory only: what a command writes is anybody's text, and may hold a secret.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;

use super::clock::Stamps;
use crate::model::log::line::Millis;
use crate::model::operation::evidence::Mark;

/// Text that an action has written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Written {
    /// Which action.
    pub mark: Mark,
    /// Behind how many bytes of its output this stands. It follows on what was told before.
    pub from: u64,
    /// The text. From outside: not yet safe to show. What is no text is replaced.
    pub text: String,
}

/// The same, for whoever follows it as a log.
#[derive(Clone, Debug)]
pub struct Heard {
    /// Which action.
    pub mark: Mark,
    /// When it was read: the same for all who listen, whenever they do.
    pub at: Millis,
    /// The text, as above.
    pub text: Arc<str>,
    /// Nothing comes behind it.
    pub is_last: bool,
}

/// Takes what actions write. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Outputs {
    stamps: Stamps,
    read: Arc<Mutex<HashMap<Mark, u64>>>,
    told: mpsc::UnboundedSender<Written>,
    heard: Arc<Mutex<Listening>>,
}

impl fmt::Debug for Outputs {
    // What was written may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outputs").finish_non_exhaustive()
    }
}

/// How many bytes are kept of what was written, for those who begin to listen later.
const KEPT: usize = 4 * 1024 * 1024;

#[derive(Debug, Default)]
struct Listening {
    past: VecDeque<Heard>,
    bytes: usize,
    /// The actions of which nothing more comes.
    ended: HashSet<Mark>,
    listeners: Vec<mpsc::UnboundedSender<Heard>>,
}

impl Listening {
    fn hear(&mut self, heard: &Heard) {
        self.listeners.retain(|listener| listener.send(heard.clone()).is_ok());
        self.bytes += heard.text.len();
        self.past.push_back(heard.clone());
        while self.bytes > KEPT {
            let Some(gone) = self.past.pop_front() else { break };
            self.bytes -= gone.text.len();
        }
    }
}

impl Outputs {
    /// Takes what actions write, and the channel that it comes out of. Where nobody listens, it is dropped.
    #[must_use]
    pub fn new(stamps: Stamps) -> (Self, mpsc::UnboundedReceiver<Written>) {
        let (told, written) = mpsc::unbounded_channel();
        (Self { stamps, read: Arc::default(), told, heard: Arc::default() }, written)
    }

    /// What was written lately, in its order, and from then on what is written.
    #[must_use]
    pub fn listen(&self) -> (Vec<Heard>, mpsc::UnboundedReceiver<Heard>) {
        let (listener, heard) = mpsc::unbounded_channel();
        let mut listening = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        listening.listeners.push(listener);
        (listening.past.iter().cloned().collect(), heard)
    }

    /// How many bytes of an action's output were read: what is read next begins behind them.
    #[must_use]
    pub fn read(&self, mark: &Mark) -> u64 {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).get(mark).copied().unwrap_or(0)
    }

    /// Takes the bytes that stand behind so many others. What was taken before is left out, and so is a character
    /// at the end that is not whole yet: unless nothing follows, it is read again.
    pub fn take(&self, mark: &Mark, from: u64, bytes: &[u8], is_whole: bool) {
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        let before = read.get(mark).copied().unwrap_or(0);
        // Behind a gap nothing is taken: it is read again, from where the gap begins.
        let Some(known) = before.checked_sub(from).and_then(|known| usize::try_from(known).ok()) else { return };
        let fresh = bytes.get(known..).unwrap_or_default();
        let fresh = if is_whole { fresh } else { whole_characters(fresh) };
        let mut listening = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        // That it is over may be known only after all of it was read.
        let is_last = is_whole && listening.ended.insert(mark.clone());
        if fresh.is_empty() && !is_last {
            return;
        }
        let text = String::from_utf8_lossy(fresh).into_owned();
        listening.hear(&Heard { mark: mark.clone(), at: self.stamps.now().into(), text: text.as_str().into(), is_last });
        drop(listening);
        if fresh.is_empty() {
            return;
        }
        read.insert(mark.clone(), before + fresh.len() as u64);
        // Where nobody follows, nothing is lost: the machine keeps what was written.
        let _ = self.told.send(Written { mark: mark.clone(), from: before, text });
    }
}

/// All but a character that breaks off at the end.
fn whole_characters(bytes: &[u8]) -> &[u8] {
    let broken = bytes.utf8_chunks().last().map_or(0, |last| last.invalid().len());
    // What is no text at all is no character that breaks off: those begin with a byte of two ones.
    let start = bytes.len() - broken;
    let is_start = bytes.get(start).is_some_and(|first| *first >= 0b1100_0000);
    if is_start { bytes.get(..start).unwrap_or_default() } else { bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Timestamp;
    use crate::ops::clock::Clock;

    struct Fixed;

    impl Clock for Fixed {
        fn now(&self) -> Timestamp {
            Timestamp::UNIX_EPOCH
        }
    }

    fn told(pieces: &[(u64, &[u8], bool)]) -> (Vec<(u64, String)>, u64) {
        let (outputs, mut written) = Outputs::new(Stamps::new(Arc::new(Fixed)));
        let mark = Mark("7-deploy".into());
        for (from, bytes, is_whole) in pieces {
            outputs.take(&mark, *from, bytes, *is_whole);
        }
        let read = outputs.read(&mark);
        drop(outputs);
        let mut all = Vec::new();
        while let Ok(Written { from, text, .. }) = written.try_recv() {
            all.push((from, text));
        }
        (all, read)
    }

    #[test]
    fn what_was_read_before_is_not_told_again_and_nothing_is_left_out() {
        let pieces: [(u64, &[u8], bool); 4] = [(0, b"one\n", false), (0, b"one\ntwo\n", false), (4, b"two\n", false), (20, b"gap", false)];
        assert_eq!(told(&pieces), (vec![(0, "one\n".to_owned()), (4, "two\n".to_owned())], 8));
    }

    #[test]
    fn a_character_that_breaks_off_is_told_once_it_is_whole() {
        let pieces: [(u64, &[u8], bool); 2] = [(0, b"caf\xc3", false), (3, b"\xc3\xa9\n", false)];
        assert_eq!(told(&pieces), (vec![(0, "caf".to_owned()), (3, "é\n".to_owned())], 6));
        assert_eq!(told(&[(0, b"caf\xc3", true)]), (vec![(0, "caf\u{fffd}".to_owned())], 4));
        assert_eq!(told(&[(0, b"a\xffb\x80", false)]).1, 4, "what is no text does not hold up what follows");
    }
}
