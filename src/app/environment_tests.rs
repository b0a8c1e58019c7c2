//! How the Environment screen is shared out.

use super::{Layout, Wanted};
use crate::app::state::Size;

fn layout(width: u16, height: u16, lines: usize, instances: usize, events: usize) -> Layout {
    Layout::of(Size { width, height }, Wanted { lines, instances, events })
}

#[test]
fn what_one_pane_does_not_need_the_other_has() {
    let even = layout(80, 24, 2, 50, 50);
    assert_eq!((even.instances, even.events), (3, 5), "both want more than there is");
    let few_events = layout(80, 24, 2, 50, 1);
    assert_eq!((few_events.instances, few_events.events), (5, 3));
    let few_instances = layout(120, 40, 2, 1, 50);
    assert_eq!((few_instances.instances, few_instances.events), (3, 18));
    let little = layout(120, 40, 2, 4, 4);
    assert_eq!((little.instances, little.events), (10, 11), "where all is shown, nothing moves");
}

#[test]
fn a_wide_screen_has_its_panes_side_by_side_only_where_the_instances_need_the_height() {
    assert!(!layout(200, 60, 2, 4, 400).side_by_side);
    assert!(layout(200, 60, 2, 40, 4).side_by_side);
    assert!(!layout(120, 40, 2, 400, 4).side_by_side);
}

#[test]
fn every_row_is_given_away_once() {
    for height in 24..70 {
        for (lines, instances, events) in [(0, 0, 0), (1, 3, 200), (9, 200, 3), (2, 12, 12), (40, 400, 400)] {
            let layout = layout(100, height, lines, instances, events);
            let taken = 2 + layout.heading + layout.instances + 2 + layout.events + 1 + layout.detail;
            assert_eq!(taken, usize::from(height), "{layout:?}");
        }
    }
}
