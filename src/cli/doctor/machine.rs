//! This machine: where state is kept, and what the terminal can show.

use std::path::{Path, PathBuf};

use super::finding::{Area, Finding, Verdict};
use crate::ops::audit::Audit;
use crate::ui::colour::Depth;
use crate::ui::screen::LEAST;
use crate::ui::term;

/// A variable of the environment; an empty one is none.
type Variables<'v> = &'v dyn Fn(&str) -> Option<String>;

/// Whether operations, the audit log and locks can be written down. What is tried is taken away again.
pub fn state(variable: Variables<'_>) -> Finding {
    let audit = match Audit::usual(variable) {
        Ok(audit) => audit,
        Err(error) => return Finding::new(Area::State, Verdict::Fail, error.to_string()).remedy("set HOME, or XDG_STATE_HOME"),
    };
    let Some(folder) = audit.path().and_then(Path::parent).map(Path::to_path_buf) else {
        return Finding::new(Area::State, Verdict::Unknown, "nothing is written down");
    };
    let there = nearest(&folder);
    let shown = folder.display();
    match tempfile::Builder::new().prefix(".quarterdeck-doctor").tempfile_in(&there) {
        Ok(_) if there == folder => Finding::new(Area::State, Verdict::Pass, format!("{shown} can be written")),
        Ok(_) => Finding::new(Area::State, Verdict::Pass, format!("{shown} is not there yet, and can be made")),
        Err(error) => {
            let sentence = format!("{shown} cannot be written ({error}): nothing can be sent that has to be written down first");
            Finding::new(Area::State, Verdict::Fail, sentence).remedy("give it back to this user, or name another with XDG_STATE_HOME")
        }
    }
}

/// The folder itself, or what is nearest above it and there.
fn nearest(folder: &Path) -> PathBuf {
    folder.ancestors().find(|folder| folder.exists()).unwrap_or(folder).to_path_buf()
}

/// What the terminal can show, as far as it can be told from outside.
pub fn terminal(variable: Variables<'_>) -> Vec<Finding> {
    let set = |name: &str| variable(name).filter(|value| !value.is_empty());
    if !term::is_there() {
        return vec![Finding::new(Area::Terminal, Verdict::Unknown, "standard output is no terminal: run this in the one that is meant")];
    }
    let mut findings = vec![size(), colours(&set), letters(&set), clipboard(&set)];
    findings.extend(tmux(&set));
    findings
}

fn size() -> Finding {
    let Some((columns, rows)) = term::size() else {
        return Finding::new(Area::Terminal, Verdict::Unknown, "it does not tell its size");
    };
    let sentence = format!("{columns} × {rows} cells");
    if columns >= LEAST.0 && rows >= LEAST.1 {
        return Finding::new(Area::Terminal, Verdict::Pass, sentence);
    }
    let remedy = format!("enlarge it to {} × {}, or make its letters smaller", LEAST.0, LEAST.1);
    Finding::new(Area::Terminal, Verdict::Fail, format!("{sentence}: too small for the console")).remedy(remedy)
}

fn colours(set: &dyn Fn(&str) -> Option<String>) -> Finding {
    let remedy = "where it can show more, say so: COLORTERM=truecolor, or --colors truecolor";
    match Depth::detect(set) {
        Depth::True => Finding::new(Area::Terminal, Verdict::Pass, "millions of colours"),
        Depth::TwoFiftySix => Finding::new(Area::Terminal, Verdict::Pass, "256 colours").remedy(remedy),
        Depth::Sixteen => Finding::new(Area::Terminal, Verdict::Warn, "16 colours, of its own palette").remedy(remedy),
        Depth::None => Finding::new(Area::Terminal, Verdict::Warn, "no colours (NO_COLOR, or TERM=dumb): words and signs say the same"),
    }
}

/// The locale by the rule of POSIX: the first of these that is set counts.
fn letters(set: &dyn Fn(&str) -> Option<String>) -> Finding {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(set);
    let is_unicode = |locale: &str| {
        let locale = locale.to_ascii_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    };
    match locale {
        Some(locale) if is_unicode(&locale) => Finding::new(Area::Terminal, Verdict::Pass, format!("Unicode, by its locale {locale}")),
        Some(locale) => {
            let sentence = format!("its locale {locale} is not UTF-8: signs such as ▲ may be shown as something else");
            Finding::new(Area::Terminal, Verdict::Warn, sentence).remedy("set LANG to one that ends in UTF-8, such as C.UTF-8")
        }
        None => {
            let sentence = "no locale is set: signs such as ▲ may be shown as something else";
            Finding::new(Area::Terminal, Verdict::Warn, sentence).remedy("set LANG to one that ends in UTF-8, such as C.UTF-8")
        }
    }
}

/// Terminals of which it is known whether they take a text for the clipboard (OSC 52) as they come, by what they call
/// themselves: their own documentation.
const CLIPBOARDS: [(&str, bool); 9] = [
    ("kitty", true),
    ("wezterm", true),
    ("ghostty", true),
    ("alacritty", true),
    ("foot", true),
    ("contour", true),
    ("apple_terminal", false),
    ("vte", false),
    ("gnome", false),
];

/// Whether copying reaches the clipboard: no terminal says so, it is a guess.
fn clipboard(set: &dyn Fn(&str) -> Option<String>) -> Finding {
    let vte = set("VTE_VERSION").map(|_| "vte".to_owned());
    let names: Vec<String> =
        ["TERM_PROGRAM", "TERM"].into_iter().filter_map(set).chain(vte).map(|name| name.to_ascii_lowercase()).collect();
    let known = CLIPBOARDS.into_iter().find(|(known, _)| names.iter().any(|name| name.contains(known)));
    match known {
        Some((name, true)) => Finding::new(Area::Terminal, Verdict::Pass, format!("the clipboard is reached (OSC 52), as {name} does")),
        Some((name, false)) => {
            let sentence = format!("copying probably does not reach the clipboard: {name} does not take OSC 52");
            Finding::new(Area::Terminal, Verdict::Warn, sentence).remedy("select with the mouse and shift, or use another terminal")
        }
        None => {
            let sentence = "whether copying reaches the clipboard (OSC 52) is not known of this terminal";
            Finding::new(Area::Terminal, Verdict::Unknown, sentence).remedy("copy something with c, and paste it")
        }
    }
}

/// The first tmux whose `load-buffer` has `-w`: its changelog.
const HANDS_ON: (u32, u32) = (3, 2);

/// Inside tmux: it hands on what is copied by `load-buffer -w`, or by OSC 52 where it is told to.
fn tmux(set: &dyn Fn(&str) -> Option<String>) -> Option<Finding> {
    let _ = set("TMUX")?;
    Some(tmux_by(asked(&["-V"]).as_deref(), asked(&["show-options", "-sv", "set-clipboard"]).as_deref()))
}

/// What tmux writes when it is called so.
fn asked(arguments: &[&str]) -> Option<String> {
    let told = std::process::Command::new("tmux").args(arguments).output();
    told.ok().filter(|told| told.status.success()).map(|told| String::from_utf8_lossy(&told.stdout).trim().to_owned())
}

/// By what it says of its version and of `set-clipboard`.
fn tmux_by(version: Option<&str>, value: Option<&str>) -> Finding {
    if version.and_then(tmux_version).is_some_and(|version| version >= HANDS_ON) {
        return Finding::new(Area::Terminal, Verdict::Pass, "tmux hands on what is copied (load-buffer -w)");
    }
    match value {
        Some("on") => Finding::new(Area::Terminal, Verdict::Pass, "tmux hands on what is copied (set-clipboard on)"),
        Some(value) if version.and_then(tmux_version).is_some() => {
            let sentence = format!("this tmux does not hand on what is copied (older than 3.2, set-clipboard {value})");
            Finding::new(Area::Terminal, Verdict::Warn, sentence).remedy("in ~/.tmux.conf: set -s set-clipboard on")
        }
        _ => Finding::new(Area::Terminal, Verdict::Unknown, "tmux does not tell whether it hands on what is copied"),
    }
}

/// `tmux 3.3a`, `tmux next-3.4`: its major and minor number.
fn tmux_version(told: &str) -> Option<(u32, u32)> {
    let (major, rest) = told.trim_start_matches(|character: char| !character.is_ascii_digit()).split_once('.')?;
    let minor = rest.split(|character: char| !character.is_ascii_digit()).next()?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(values: &'static [(&'static str, &'static str)]) -> impl Fn(&str) -> Option<String> {
        move |name| values.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
    }

    #[test]
    fn the_clipboard_is_guessed_by_the_terminals_name() {
        for (values, verdict) in [
            (&[("TERM", "xterm-kitty")][..], Verdict::Pass),
            (&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")][..], Verdict::Pass),
            (&[("TERM", "xterm-256color"), ("VTE_VERSION", "7600")][..], Verdict::Warn),
            (&[("TERM", "xterm-256color")][..], Verdict::Unknown),
        ] {
            assert_eq!(clipboard(&of(values)).verdict, verdict, "{values:?}");
        }
    }

    #[test]
    fn only_an_old_tmux_has_to_be_told_to_hand_on_what_is_copied() {
        for (version, value, verdict) in [
            (Some("tmux 3.2"), Some("external"), Verdict::Pass),
            (Some("tmux next-3.4"), Some("off"), Verdict::Pass),
            (Some("tmux 3.1c"), Some("external"), Verdict::Warn),
            (Some("tmux 2.9a"), Some("on"), Verdict::Pass),
            (Some("tmux master"), Some("external"), Verdict::Unknown),
            (None, None, Verdict::Unknown),
        ] {
            assert_eq!(tmux_by(version, value).verdict, verdict, "{version:?} {value:?}");
        }
    }

    #[test]
    fn the_locale_that_counts_is_the_first_that_is_set() {
        for (values, verdict) in [
            (&[("LANG", "en_US.UTF-8")][..], Verdict::Pass),
            (&[("LC_ALL", "C"), ("LANG", "en_US.UTF-8")][..], Verdict::Warn),
            (&[][..], Verdict::Warn),
        ] {
            assert_eq!(letters(&of(values)).verdict, verdict, "{values:?}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_told_with_what_that_means() {
        let there = tempfile::tempdir().unwrap();
        let path = |name: &str| there.path().join(name).display().to_string();
        let at = |place: String| move |name: &str| (name == "XDG_STATE_HOME").then(|| place.clone());
        let fine = state(&at(path("state")));
        assert!(fine.verdict == Verdict::Pass && fine.sentence.contains("can be made"), "{fine:?}");
        assert_eq!(std::fs::read_dir(there.path()).unwrap().count(), 0, "nothing is left behind");
        std::fs::write(there.path().join("file"), "").unwrap();
        let under_a_file = state(&at(path("file")));
        assert!(under_a_file.verdict == Verdict::Fail && under_a_file.sentence.contains("cannot be written"), "{under_a_file:?}");
        assert_eq!(state(&|_| None).verdict, Verdict::Fail);
    }
}
