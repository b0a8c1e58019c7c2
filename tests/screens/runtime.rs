//! The loop: when it draws, when it sleeps, how it ends.

use quarterdeck::app::event::{Effect, Event};

use crate::support::fleet;
use crate::support::stage::Stage;

#[test]
fn the_first_frame_is_drawn_before_anything_is_awaited() {
    let stage = Stage::on(fleet::fresh((80, 24)));
    assert_eq!(stage.shown().frames, 1);
    assert!(stage.line(0).contains("QUARTERDECK") && stage.text().contains("finding regions"));
}

#[test]
fn a_still_screen_sleeps_until_one_of_its_texts_changes() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    // Only the clock in the title: 02:57:00.
    stage.pass(59);
    assert_eq!(stage.shown().frames, 1);
    stage.pass(1);
    assert_eq!(stage.shown().frames, 2);
    assert!(stage.line(0).contains("02:58Z"));
}

#[test]
fn ages_below_a_minute_change_every_second() {
    let mut stage = Stage::rich(80, 24);
    let before = stage.shown().frames;
    stage.pass(5);
    assert_eq!(stage.shown().frames, before + 5);
}

#[test]
fn many_answers_make_one_frame() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    for observation in fleet::observations() {
        // Sent without a frame between.
        stage.queue(Event::Observed(vec![observation]));
    }
    stage.settle();
    assert_eq!(stage.shown().frames, 2);
    assert!(stage.line(0).contains("1 severe"));
}

#[test]
fn answers_that_change_nothing_draw_nothing() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    stage.tell(Event::Calls { total: 3, last_minute: 3 });
    let frames = stage.shown().frames;
    stage.tell(Event::Calls { total: 3, last_minute: 3 });
    assert_eq!(stage.shown().frames, frames);
}

#[test]
fn a_notice_goes_away_by_itself() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    stage.keys("ctrl-c");
    assert!(stage.line(23).contains("again to quit"));
    stage.pass(5);
    assert!(stage.line(23).contains("again to quit"));
    stage.pass(1);
    assert!(stage.line(23).contains("help"), "{}", stage.line(23));
}

/// A screen that slept shows a notice from when it appeared, not from when it fell asleep.
#[test]
fn a_notice_after_a_long_sleep_lasts() {
    let mut stage = Stage::on(fleet::fresh((80, 24)));
    stage.pass(50).keys("ctrl-c").pass(4);
    assert!(stage.line(23).contains("again to quit"));
}

#[test]
fn suspending_gives_the_terminal_away_and_draws_everything_on_return() {
    let mut stage = Stage::rich(80, 24);
    stage.keys("ctrl-z");
    assert_eq!((stage.shown().suspended, stage.shown().cleared), (1, 1));
    assert!(!stage.has_ended());
    stage.keys("ctrl-l");
    assert_eq!(stage.shown().cleared, 2);
    assert!(stage.asked().iter().all(|effect| matches!(effect, Effect::Attend(_))));
}

#[test]
fn the_loop_ends_when_the_terminal_goes_away() {
    let mut stage = Stage::rich(80, 24);
    assert!(stage.hang_up().has_ended());
}
