//! Sizes, colors, pastes, and terminals of every kind.

use crate::support::program::{BINARY, Folder, Program};
use crate::support::pty::{Opening, Terminal};

fn steady(folder: &Folder, variables: &[(&str, &str)], arguments: &[&str]) -> Terminal {
    let arguments: Vec<&str> = ["demo", "--scenario", "steady"].into_iter().chain(arguments.iter().copied()).collect();
    let mut terminal = Opening::quarterdeck(folder, &arguments).with(variables.iter().copied()).open();
    terminal.wait_for_fleet();
    terminal.wait_for("shop-staging");
    terminal
}

fn quit(mut terminal: Terminal) {
    terminal.send("q");
    assert!(terminal.wait_for_end().success());
}

/// Whether escapes that set a color were written: 30 to 37, 38, 40 to 48, 90 to 107.
fn has_color(raw: &[u8]) -> bool {
    let text = String::from_utf8_lossy(raw);
    text.split("\x1b[").skip(1).any(|rest| {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == ';' || c == ':')).unwrap_or(rest.len());
        let numbers = rest[..end].split([';', ':']).map(|number| number.parse().unwrap_or(0));
        rest[end..].starts_with('m') && numbers.into_iter().any(|number: u16| matches!(number, 30..=38 | 40..=48 | 90..=107))
    })
}

#[test]
fn another_size_is_another_drawing() {
    let folder = Folder::new();
    let mut terminal = steady(&folder, &[], &[]);
    for (columns, rows) in [(160, 50), (80, 24), (121, 33)] {
        terminal.resize(columns, rows);
        terminal.wait_until("title and footer at the edges", |screen| {
            let lines: Vec<String> = screen.rows(0, columns).collect();
            let title = lines[0].contains("QUARTERDECK") && lines[0].trim_end().chars().count() == usize::from(columns) - 1;
            let footer = lines[usize::from(rows) - 1].contains("api ");
            title && footer && lines.iter().filter(|line| line.contains("QUARTERDECK")).count() == 1
        });
        terminal.wait_for("shop-staging");
    }
    quit(terminal);
}

#[test]
fn a_terminal_that_is_too_small_says_so_and_goes_on_when_it_has_grown() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).sized(79, 24).open();
    terminal.wait_for("Quarterdeck needs 80 × 24 cells.");
    terminal.wait_for("Here are 79 × 24");
    // Down to nothing, and back.
    for (columns, rows) in [(20, 5), (1, 1), (3, 40), (200, 1)] {
        terminal.resize(columns, rows);
    }
    terminal.resize(80, 23);
    terminal.wait_for("Here are 80 × 23");
    terminal.resize(80, 24);
    terminal.wait_for("shop-staging");
    quit(terminal);
}

#[test]
fn a_terminal_that_does_not_know_its_size_is_no_reason_to_panic() {
    let folder = Folder::new();
    let mut terminal = Opening::quarterdeck(&folder, &["demo", "--scenario", "steady"]).sized(0, 0).open();
    terminal.wait_until("the alternate screen", vt100::Screen::alternate_screen);
    terminal.resize(100, 30);
    terminal.wait_for("shop-staging");
    quit(terminal);
}

#[test]
fn a_paste_with_line_breaks_fills_the_filter_and_presses_nothing() {
    let folder = Folder::new();
    let mut terminal = steady(&folder, &[], &[]);
    // Outside of a text field a paste is nothing at all: not q, not Enter.
    terminal.send("\x1b[200~q\r\n?\x1b[201~");
    terminal.send("/");
    terminal.wait_until("the filter's cursor", |screen| !screen.hide_cursor());
    terminal.send("\x1b[200~stag\ring\r\n\x1b[201~");
    terminal.wait_for("/ staging");
    assert!(!terminal.screen().hide_cursor(), "still typing: the line breaks were no Enter");
    terminal.send("\r");
    terminal.wait_until("Enter was", vt100::Screen::hide_cursor);
    terminal.send("\x1b");
    terminal.wait_for("shop-prod");
    quit(terminal);
}

#[test]
fn the_terminal_s_answer_about_its_background_is_no_key() {
    let folder = Folder::new();
    let mut terminal = steady(&folder, &[], &[]);
    assert!(String::from_utf8_lossy(terminal.raw()).contains("\x1b]11;?"), "it was asked");
    terminal.send("\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\");
    terminal.send("?");
    terminal.wait_for("─ help ─");
    terminal.send("\x1b");
    terminal.wait_until("nothing else was open", |screen| {
        let text = screen.contents();
        !text.contains("─ help ─") && text.contains("shop-prod") && !text.contains("1e1e")
    });
    quit(terminal);
}

#[test]
fn no_color_is_obeyed() {
    let folder = Folder::new();
    for (variables, arguments) in
        [(&[("NO_COLOR", "1"), ("COLORTERM", "truecolor")][..], &[][..]), (&[], &["--colors", "none"]), (&[("TERM", "dumb")], &[])]
    {
        let mut terminal = steady(&folder, variables, arguments);
        terminal.send("j?");
        terminal.wait_for("─ help ─");
        assert!(!has_color(terminal.raw()), "{variables:?} {arguments:?}");
        terminal.send("?");
        quit(terminal);
    }
}

#[test]
fn colors_that_were_asked_for_win_over_no_color() {
    let folder = Folder::new();
    let terminal = steady(&folder, &[("NO_COLOR", "1")], &["--colors", "truecolor"]);
    assert!(has_color(terminal.raw()));
    quit(terminal);
}

#[test]
fn any_kind_of_terminal_shows_the_fleet() {
    let folder = Folder::new();
    for (term, deep) in [("linux", false), ("xterm-16color", false), ("vt100", false), ("screen", false), ("xterm-256color", true)] {
        let terminal = steady(&folder, &[("TERM", term)], &[]);
        assert!(has_color(terminal.raw()), "{term}");
        let raw = String::from_utf8_lossy(terminal.raw()).into_owned();
        // The first sixteen are the terminal's own, however they are asked for.
        let indices = raw.split("38;5;").skip(1).filter_map(|rest| rest.split(['m', ';']).next()?.parse::<u8>().ok());
        assert_eq!(indices.max().is_some_and(|index| index > 15), deep, "{term} has no more colors than it says");
        assert!(!raw.contains("38;2;"), "{term}");
        quit(terminal);
    }
}

#[test]
fn without_a_terminal_there_is_a_sentence_and_a_code() {
    let folder = Folder::new();
    for arguments in [&["demo"][..], &[]] {
        let ended = Program::new(&folder, arguments).run();
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{ended:?}");
        assert!(ended.stderr.contains("needs a terminal") && ended.stderr.contains("quarterdeck status"), "{ended:?}");
        assert_eq!(ended.stderr.lines().count(), 1);
    }
}

#[test]
fn keys_come_from_the_terminal_where_standard_input_is_something_else() {
    let folder = Folder::new();
    let words = ["/bin/sh", "-c", "exec \"$0\" demo --scenario steady </dev/null", BINARY];
    let mut terminal = Opening::bare(&folder, &words).with(folder.variables()).with([("TERM", "xterm")]).open();
    terminal.wait_for("shop-staging");
    quit(terminal);
}

#[test]
fn a_theme_of_a_file_is_drawn_and_a_wrong_one_is_told() {
    let folder = Folder::new();
    let theme = folder.write("mine.toml", "base = \"dark\"\n[roles]\ntitle = \"#010203\"\n");
    let text = format!("[display]\ntheme_file = \"{}\"\n[[hosts]]\nname = \"lion-1\"\n[[hosts.apps]]\nname = \"wit\"\n", theme.display());
    let configuration = folder.write("config.toml", &text);
    let arguments = ["--config", configuration.to_str().unwrap()];
    let mut terminal = Opening::quarterdeck(&folder, &arguments).with([("COLORTERM", "truecolor")]).open();
    terminal.wait_for("▾ wit");
    assert!(String::from_utf8_lossy(terminal.raw()).contains("38;2;1;2;3"));
    quit(terminal);
    folder.write("mine.toml", "[roles]\ntitel = \"#010203\"\n");
    let ended = Program::new(&folder, ["config", "check", "--config", configuration.to_str().unwrap()]).run();
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("did you mean \"title\"?"), "{}", ended.stderr);
}
