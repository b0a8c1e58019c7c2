//! Holds the screen against the rows that it is drawn from.

use std::sync::Arc;

use quarterdeck::app::state::{Size, State};
use quarterdeck::model::clock::Timestamp;
use quarterdeck::model::environment::Environment;
use quarterdeck::model::health::Level;
use quarterdeck::ui::colour::Depth;
use quarterdeck::ui::screen::draw;
use quarterdeck::ui::theme::{Name, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// A console on a screen so tall that no row is scrolled away.
pub fn tall(now: Timestamp) -> State {
    State::new(Arc::default(), now, Size { width: 200, height: 140 })
}

/// Fails unless every environment has its line, and the line tells its health, its version, and
/// that it could not be read again, where that is so.
pub fn agrees(state: &State) {
    let lines = lines(state);
    for environment in state.fleet.environments() {
        let group = state.fleet_screen.groups.get(&environment.app());
        if group.is_some_and(|group| group.folded) {
            continue;
        }
        let key = environment.key();
        let words = |line: &&String| {
            let words: Vec<&str> = line.split_whitespace().collect();
            words.windows(2).take(3).any(|pair| pair == [key.name.as_str(), key.region.as_ref().map_or("", |region| region.as_str())])
        };
        let line = lines.iter().find(words).unwrap_or_else(|| panic!("{key} has no line on the screen:\n{}", lines.join("\n")));
        tells(line, &environment);
    }
}

fn tells(line: &str, environment: &Environment<'_>) {
    let key = environment.key();
    let signs: &[&str] = match environment.level() {
        Level::Ok => &["Ok", "Green"],
        Level::Info => &["Info"],
        Level::Warning => &["Warning", "Yellow"],
        Level::Degraded => &["Degraded"],
        Level::Severe => &["Severe", "Red"],
        Level::Unknown => &["?"],
    };
    assert!(signs.iter().any(|sign| line.contains(sign)), "{key} is {}: {line}", environment.level());
    let label = environment.label().map_or("", |label| label.as_str());
    let version = environment.commit().map_or(label, |commit| commit.as_str());
    let mixed = environment.instances().is_some_and(|told| told.value.mixed());
    assert!(line.contains(version) || (mixed && line.contains("mixed")), "{key} runs {version}: {line}");
    if let Some(told) = environment.listing_fault() {
        assert!(line.contains("old"), "{key} could not be read again ({}): {line}", told.value.sentence);
    }
}

fn lines(state: &State) -> Vec<String> {
    let area = Rect::new(0, 0, state.size.width, state.size.height);
    let mut buffer = Buffer::empty(area);
    let _ = draw(state, &Theme::new(Name::Mono, Depth::None), area, &mut buffer);
    let row = |y: u16| (0..area.width).map(|x| buffer[(x, y)].symbol()).collect::<String>();
    (0..area.height).map(row).collect()
}
