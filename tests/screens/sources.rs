//! What the sources of `src/ui` must not contain.

use std::path::Path;

/// Every file below `src/ui` with its text, tests left out.
fn views() -> Vec<(String, String)> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ui")];
    let mut views = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            if !name.ends_with("_tests.rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                views.push((name, text.split("#[cfg(test)]").next().unwrap().to_owned()));
            }
        }
    }
    views
}

#[test]
fn no_view_names_a_colour() {
    // What applications ask for is no role of a theme, and a picture is made of cells that are drawn already.
    for (name, text) in views()
        .into_iter()
        .filter(|(name, _)| !["theme.rs", "own_theme.rs", "inks.rs", "application.rs", "picture.rs"].contains(&name.as_str()))
    {
        for word in ["Color::", "style::Color", "style::Modifier", "Modifier::BOLD", "Stylize", ".fg(", ".bg("] {
            assert!(!text.contains(word), "{name} names {word}: only theme.rs may");
        }
    }
}

/// The pen is the one way to a cell: it cuts with `…` and keeps control characters out.
#[test]
fn only_the_pen_writes_cells() {
    for (name, text) in views().into_iter().filter(|(name, _)| name != "line.rs") {
        for word in ["set_string", "set_symbol", "set_line", "set_span", "render_widget", "cell_mut"] {
            assert!(!text.contains(word), "{name} uses {word}: only line.rs may");
        }
    }
}

#[test]
fn files_stay_readable() {
    for (name, text) in views() {
        assert!(text.lines().count() <= 450, "{name} has {} lines", text.lines().count());
    }
}
