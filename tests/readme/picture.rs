//! The picture at the top of the README is what the console draws.
//!
//! Made from the world of the screen tests, in which time stands still, so that it is the same on every machine.
//! `QUARTERDECK_BLESS=1 cargo test --test main readme` draws it anew; look at it before committing.

use std::path::PathBuf;

use quarterdeck::app::update::settle;
use quarterdeck::ui::colour::Depth;
use quarterdeck::ui::picture::svg;
use quarterdeck::ui::screen::draw;
use quarterdeck::ui::theme::{Name, Theme};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::support::forge;

const SIZE: (u16, u16) = (132, 28);

fn picture() -> String {
    let mut state = forge::rich(SIZE);
    // What is there to be hostile need not be seen first.
    state.fleet_screen.folds.insert("tools".into(), true);
    state.stale_rows = true;
    let _ = settle(&mut state);
    let theme = Theme::new(Name::Dark, Depth::True);
    let mut buffer = Buffer::empty(Rect::new(0, 0, SIZE.0, SIZE.1));
    let _ = draw(&state, &theme, buffer.area, &mut buffer);
    svg(&buffer, &theme, "Quarterdeck: the Fleet screen")
}

#[test]
fn the_readme_s_picture_is_what_the_console_draws() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("doc/console.svg");
    let drawn = picture();
    if std::env::var_os("QUARTERDECK_BLESS").is_some() {
        std::fs::write(&path, &drawn).unwrap();
        return;
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == drawn, "doc/console.svg is old: run QUARTERDECK_BLESS=1 cargo test --test main readme, and look at it");
    let readme = std::fs::read_to_string(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains("](doc/console.svg)"), "the README shows no picture");
}
