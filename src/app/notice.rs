//! The sentence at the bottom: what answers a key, and what is told unasked.
//!
//! An answer takes the place of whatever stands there. What is told unasked, such as that a file is written or that an
//! operation has ended, waits for its turn, and comes back where something stood over it before it was old: nobody
//! misses it for having pressed a key.

use super::state::{NOTICE_SECONDS, Notice, State};
use super::{logs, timeline};
use crate::model::clock::{Timestamp, seconds_since};

/// Answers what the person did just now.
pub fn answer(state: &mut State, sentence: &str, is_fault: bool) {
    clear(state);
    state.notice = Some(Notice { sentence: sentence.to_owned(), is_fault, is_unasked: false, at: state.now });
}

/// Tells something that happened by itself.
pub fn announce(state: &mut State, sentence: &str, is_fault: bool) {
    let notice = Notice { sentence: sentence.to_owned(), is_fault, is_unasked: true, at: state.now };
    match &state.notice {
        Some(shown) if shown.is_unasked && shown.sentence != notice.sentence => state.untold.push_back(notice),
        _ => state.notice = Some(notice),
    }
    state.dirty = true;
}

/// Makes room at the bottom.
pub fn clear(state: &mut State) {
    if let Some(notice) = state.notice.take().filter(|notice| notice.is_unasked) {
        state.untold.push_front(notice);
    }
}

/// Takes away what has stood there for long enough.
pub fn pass(state: &mut State, now: Timestamp) {
    state.notice.take_if(|notice| seconds_since(notice.at, now) >= NOTICE_SECONDS);
}

/// Takes away the answer to a key of the screen that was left: on another one it would not be true.
pub fn leave(state: &mut State, said: Option<&Notice>) {
    state.notice.take_if(|notice| !notice.is_unasked && Some(&*notice) == said);
}

/// Takes away the answer to a key before a dialog was opened, unless it is a fault: it would read as the dialog's own.
pub fn give_way(state: &mut State, said: Option<&Notice>) {
    state.notice.take_if(|notice| !notice.is_unasked && !notice.is_fault && Some(&*notice) == said);
}

/// Shows what waits, once there is room: while something is typed there is none.
pub fn settle(state: &mut State) {
    let is_covered =
        state.is_typing_filter() || ((logs::update::takes_keys(state) || timeline::takes_keys(state)) && state.dialog.is_none());
    if is_covered {
        if state.notice.as_ref().is_some_and(|notice| notice.is_unasked) {
            clear(state);
        }
    } else if state.notice.is_none() {
        state.notice = state.untold.pop_front().map(|notice| Notice { at: state.now, ..notice });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::state::Size;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn shown(state: &State) -> Option<&str> {
        state.notice.as_ref().map(|notice| notice.sentence.as_str())
    }

    /// Both the key pressed by chance and the second piece of news would have taken the first one's place.
    #[test]
    fn what_is_told_unasked_is_seen_whatever_is_done_meanwhile() {
        let mut state = State::new(std::sync::Arc::default(), at(0), Size { width: 80, height: 24 });
        announce(&mut state, "nothing was saved", true);
        announce(&mut state, "a deploy has ended", false);
        answer(&mut state, "there is no filter", false);
        settle(&mut state);
        assert_eq!(shown(&state), Some("there is no filter"));
        for (second, sentence) in [(6, Some("nothing was saved")), (12, Some("a deploy has ended")), (18, None)] {
            state.now = at(second);
            pass(&mut state, at(second));
            settle(&mut state);
            assert_eq!(shown(&state), sentence, "after {second} s");
        }
    }

    #[test]
    fn an_answer_is_gone_with_the_next_one() {
        let mut state = State::new(std::sync::Arc::default(), at(0), Size { width: 80, height: 24 });
        answer(&mut state, "one", false);
        answer(&mut state, "two", false);
        announce(&mut state, "three", false);
        assert_eq!((shown(&state), state.untold.len()), (Some("three"), 0));
    }

    #[test]
    fn while_something_is_typed_nothing_passes_unseen() {
        let mut state = State::new(std::sync::Arc::default(), at(0), Size { width: 80, height: 24 });
        announce(&mut state, "saved", false);
        state.fleet_screen.editing_filter = true;
        settle(&mut state);
        assert_eq!(shown(&state), None);
        state.now = at(60);
        state.fleet_screen.editing_filter = false;
        settle(&mut state);
        assert_eq!(state.notice.as_ref().map(|notice| (notice.sentence.as_str(), notice.at)), Some(("saved", at(60))));
    }
}
