//! Keys that are bound otherwise, commands of a team's own, and what is copied and saved.

use crossterm::event::{Event as Raw, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use quarterdeck::app::custom::{Output, Ran, Run};
use quarterdeck::app::event::{Effect, Event};
use quarterdeck::app::state::State;
use quarterdeck::config;

use crate::support::stage::Stage;
use crate::support::{fleet, forge};

/// A state with the keys and commands of a configuration.
fn configured(mut state: State, text: &str) -> State {
    let settings = config::parse(text, "the test's configuration").unwrap_or_else(|findings| panic!("{findings}"));
    (state.keymap, state.customs) = (settings.keys, settings.commands);
    state
}

fn stage(text: &str) -> Stage {
    Stage::on(configured(fleet::rich((140, 42)), text))
}

/// The commands that were run.
fn runs(stage: &Stage) -> Vec<Run> {
    let runs = stage.asked().into_iter().filter_map(|effect| match effect {
        Effect::Run(run) => Some(*run),
        _ => None,
    });
    runs.collect()
}

#[test]
fn keys_footer_help_and_palette_follow_the_configuration() {
    let mut stage = stage("[keys]\nfaults-only = [\"f2\", \"y\"]\nhelp = \"f1\"\nfold-all = []\n");
    let footer = stage.line(41);
    assert!(footer.contains("f2 faults only") && footer.contains("f1 help") && !footer.contains("fold"), "{footer}");
    let all = stage.text();
    assert!(stage.keys("y").line(0).contains("faults only"), "{}", stage.line(0));
    // The keys that it had mean nothing any more.
    assert_eq!(stage.keys("f2 z f").text(), all);
    stage.keys("f1");
    assert!(stage.text().contains("f2 y") && stage.text().contains(": fold-all"), "{}", stage.text());
    stage.keys("esc : 'faults-only");
    assert!(stage.lines_with("faults-only")[1].trim_end_matches(['│', ' ']).ends_with("f2"), "{}", stage.text());
}

const NOTES: &str = r#"
[[commands]]
name = "notes"
key = "f5"
platforms = ["beanstalk"]
command = ["deploy-notes", "--app={app}", "{name}", "{region}"]
reads = true

[[commands]]
name = "bounce"
key = "Y"
command = ["bounce", "{key}"]
"#;

#[test]
fn a_command_of_one_s_own_runs_with_the_selection_filled_in() {
    let mut stage = stage(NOTES);
    stage.keys("? pgdn pgdn pgdn pgdn pgdn pgdn");
    assert!(stage.text().contains("notes. Runs deploy-notes --app={app} {name}"), "{}", stage.text());
    stage.keys("esc f5");
    let [run] = runs(&stage).try_into().unwrap();
    let key = run.environment.clone().unwrap();
    assert_eq!(run.command, ["deploy-notes", &format!("--app={}", "h"), key.name.as_str(), key.region.as_ref().unwrap().as_str()]);
    assert!(stage.line(41).contains("notes runs"), "{}", stage.line(41));
    // What it wrote waits until nothing lies over the screen.
    stage.keys("?").tell(Event::Ran(Box::new(Ran {
        run,
        ended: Ok("it has ended well".to_owned()),
        written: "one\n\u{1b}[31mtwo\n".to_owned(),
    })));
    assert!(stage.text().contains("─ help ─"));
    stage.keys("esc");
    let text = stage.text();
    assert!(
        text.contains("deploy-notes --app=h") && text.contains("one") && text.contains("␛[31mtwo") && text.contains("ended well"),
        "{text}"
    );
    stage.keys("esc");
    // One that may write is asked for first, with all that would be run.
    stage.keys("Y");
    let asked = stage.text();
    assert!(asked.contains("Run bounce? bounce") && asked.contains(&format!("│ {key}")), "{asked}");
    assert!(runs(&stage).is_empty());
    stage.keys("n Y y");
    let [run] = runs(&stage).try_into().unwrap();
    assert_eq!((run.command[0].as_str(), run.reads, run.output), ("bounce", false, Output::Reader));
}

#[test]
fn it_is_offered_only_where_it_can_run() {
    let scoped = format!("{NOTES}scope = \"environment\"\n");
    let mut stage = stage(&scoped);
    let before = stage.keys(": 'bounce").text();
    assert!(!before.contains("Runs bounce"), "{before}");
    stage.keys("esc Y");
    assert!(!stage.text().contains("Run bounce?") && runs(&stage).is_empty());
    stage.keys("enter Y");
    assert!(stage.text().contains("Run bounce?"), "{}", stage.text());
    // A heading is no environment.
    let mut stage = self::stage(NOTES);
    stage.keys("g");
    while !stage.selected().contains('─') {
        stage.keys("j");
    }
    stage.keys("f5");
    assert!(stage.line(41).contains("notes"), "{}", stage.line(41));
    assert!(runs(&stage).is_empty());
}

#[test]
fn in_a_console_that_only_reads_only_what_says_that_it_reads_runs() {
    let mut state = configured(fleet::rich((140, 42)), NOTES);
    state.read_only = true;
    let mut stage = Stage::on(state);
    stage.keys("Y");
    assert!(stage.line(41).contains("read-only: nothing is changed from here"), "{}", stage.line(41));
    stage.keys(": 'bounce");
    assert!(!stage.text().contains("Runs bounce"), "{}", stage.text());
    stage.keys("enter esc f5");
    let [run] = runs(&stage).try_into().unwrap();
    assert_eq!(&*run.name, "notes");
}

/// What the menu of what can be copied hands to the terminal for the line with this name.
fn copied(stage: &mut Stage, name: &str) -> String {
    stage.keys("c");
    assert!(stage.text().contains(" copy "), "{}", stage.text());
    // Down to the line that is meant.
    for _ in 0..40 {
        if stage.selected().lines().any(|line| line.contains(&format!("▌ {name}")) || line.contains(&format!("▌{name}"))) {
            break;
        }
        stage.keys("j");
    }
    stage.keys("enter");
    stage.shown().copied.clone().unwrap_or_default()
}

#[test]
fn what_is_selected_is_copied_and_the_table_as_markdown() {
    let mut stage = Stage::on(forge::rich((140, 42)));
    assert_eq!(copied(&mut stage, "name"), "h-prod");
    assert!(copied(&mut stage, "key").starts_with("beanstalk:"));
    assert!(stage.line(41).contains("handed to the terminal's clipboard: beanstalk:"), "{}", stage.line(41));
    let row = copied(&mut stage, "the row");
    assert!(row.starts_with("h-prod") && row.contains("severe") && !row.contains('\n'), "{row}");
    let table = copied(&mut stage, "the table");
    let lines: Vec<&str> = table.lines().collect();
    assert_eq!(lines[0], "| environment | region | app | tier | health | version | commit |");
    assert_eq!(lines[1], "| --- | --- | --- | --- | --- | --- | --- |");
    assert!(lines.len() > 4 && lines[2..].iter().all(|line| line.starts_with("| `") && line.ends_with('|')), "{table}");
    for (keys, heading) in [("2 j", "| environment | region | change |"), ("3", "| repository | run | commit |")] {
        stage.keys(keys);
        let table = copied(&mut stage, "the table");
        assert!(table.starts_with(heading), "{table}");
    }
    // The ship sheet is copied whole, as it always was.
    stage.keys("enter c");
    assert!(stage.shown().copied.as_deref().unwrap().starts_with("### "), "{:?}", stage.shown().copied);
}

#[test]
fn the_screen_is_saved_without_what_lies_over_it() {
    let mut stage = Stage::on(fleet::rich((120, 40)));
    let before = stage.text();
    let stored = |stage: &Stage| {
        let stored = stage.asked().into_iter().find_map(|effect| match effect {
            Effect::Store { name, text } => Some((name, text)),
            _ => None,
        });
        stored.unwrap()
    };
    stage.keys("ctrl-s j enter");
    let (name, text) = stored(&stage);
    assert!(name.starts_with("quarterdeck-fleet-") && name.ends_with("Z.txt"), "{name}");
    assert_eq!(text, before);
    stage.keys("ctrl-s enter");
    let (name, picture) = stored(&stage);
    assert!(name.ends_with("Z.svg") && picture.starts_with("<svg xmlns=") && picture.ends_with("</svg>\n"), "{name}");
    assert!(picture.contains("QUARTERDECK</text>") && !picture.contains("save the screen"), "{picture}");
    stage.tell(Event::Returned(Ok("saved in /x/y.svg".to_owned())));
    assert!(stage.line(39).contains("saved in /x/y.svg"));
}

fn click(column: u16, row: u16) -> Raw {
    Raw::Mouse(MouseEvent { kind: MouseEventKind::Down(MouseButton::Left), column, row, modifiers: KeyModifiers::NONE })
}

#[test]
fn a_double_click_opens_and_one_key_leaves_the_mouse_to_the_terminal() {
    let mut stage = Stage::rich(120, 40);
    let row = u16::try_from(stage.text().lines().position(|line| line.contains("h-websocket-prod")).unwrap()).unwrap();
    stage.raw(click(10, row));
    assert!(stage.selected().contains("h-websocket-prod"));
    // Much later it is another click.
    stage.pass(2).raw(click(10, row));
    assert!(stage.line(0).contains("fleet › all"), "{}", stage.line(0));
    stage.raw(click(10, row));
    assert!(stage.line(0).contains("fleet › h-websocket-prod"), "{}", stage.line(0));
    stage.keys("q ctrl-t");
    assert!(stage.line(39).contains("the mouse is the terminal's own: ctrl-t takes it back"), "{}", stage.line(39));
    stage.keys("ctrl-t");
    assert_eq!(stage.shown().mouse, [false, true]);
    // On other screens rows are clicked as well: the second of what waits, and its sheet.
    let mut stage = Stage::on(forge::rich((120, 40)));
    stage.keys("2");
    let at = stage.text().lines().position(|line| line.contains("▌")).unwrap();
    let row = u16::try_from(at + 1).unwrap();
    stage.raw(click(30, row));
    assert_eq!(stage.text().lines().position(|line| line.contains("▌")), Some(at + 1), "{}", stage.text());
    stage.keys("3");
    let row = u16::try_from(stage.text().lines().position(|line| line.contains("▌")).unwrap()).unwrap();
    stage.raw(click(30, row)).raw(click(30, row));
    assert!(stage.line(0).contains("ship sheet › "), "{}", stage.text());
    // Over a dialog a click does nothing, twice or not.
    stage.keys("ctrl-s").raw(click(60, 14)).raw(click(60, 14));
    assert!(stage.text().contains("save the screen") && stage.asked().iter().all(|effect| !matches!(effect, Effect::Store { .. })));
}

#[test]
fn the_theme_is_chosen_in_the_palette() {
    let mut stage = Stage::rich(120, 40);
    stage.keys(": 'theme enter");
    assert_eq!(stage.lines_with("(in use)").len(), 1, "{}", stage.text());
    assert!(stage.text().contains("high-contrast") && stage.text().contains("color-blind") && !stage.text().contains("that of your file"));
    let before = stage.shown().buffer.clone();
    stage.keys("j enter");
    assert!(stage.line(39).contains("the theme is dark, for this session"), "{}", stage.line(39));
    assert_ne!(stage.shown().buffer, before);
}

#[test]
fn a_long_command_is_read_whole_before_it_is_confirmed() {
    let words: Vec<String> = (0..400).map(|number| format!("\"word-{number:03}\"")).collect();
    let text = format!("[[commands]]\nname = \"long\"\nkey = \"Y\"\ncommand = [\"run\", {}]\n", words.join(", "));
    for size in [(80, 24), (120, 40)] {
        let mut stage = Stage::on(configured(fleet::rich(size), &text));
        stage.keys("Y");
        assert!(stage.text().contains("Run long? run word-000") && stage.text().contains("lines below · ↓"), "{}", stage.text());
        assert!(!stage.text().contains("word-399") && stage.text().contains("runs it"), "{}", stage.text());
        let mut seen = stage.text();
        for _ in 0..20 {
            stage.keys("pgdn");
            seen.push_str(&stage.text());
        }
        assert!(stage.text().contains("the end of it") && stage.text().contains("runs it"), "{}", stage.text());
        let missing: Vec<String> = (0..400).map(|number| format!("word-{number:03}")).filter(|word| !seen.contains(word)).collect();
        assert!(missing.is_empty(), "{missing:?}");
        stage.keys("y");
        assert_eq!(runs(&stage).len(), 1);
    }
}

#[test]
fn dialogs_are_moved_in_and_closed_by_the_keys_that_are_bound() {
    let mut stage = stage("[keys]\ndown = [\"%\", \"ctrl-n\"]\nup = \"f7\"\nback = \"f8\"\nhelp = \"f1\"\n");
    stage.keys("f1");
    let top = stage.text();
    assert_ne!(stage.keys("% %").text(), top, "it is scrolled");
    assert_eq!(stage.keys("f7 f7").text(), top);
    assert!(!stage.keys("f8").text().contains("─ help ─"));
    assert!(!stage.keys("f1 f1").text().contains("─ help ─"), "what opens it closes it");
    stage.keys("ctrl-s %");
    assert!(stage.selected().contains("as text"), "{}", stage.selected());
    stage.keys("esc : '% ctrl-n");
    assert!(stage.text().contains("> %"), "a letter is typed: {}", stage.text());
    // Where a question is asked, its answers are what they are.
    stage.keys("esc ctrl-c ctrl-c");
    assert!(stage.text().contains("Quit Quarterdeck?"), "{}", stage.text());
    assert!(!stage.keys("f7 n").text().contains("Quit Quarterdeck?"), "{}", stage.text());
}
