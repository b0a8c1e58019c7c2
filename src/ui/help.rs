//! The help: the keys of this screen, what is used most first.
//!
//! ```text
//! ╭─ help ──────────────────────────────────────────────────── esc closes ─╮
//! │ used most                          │ everywhere                        │
//! │ ⏎              Open the selected … │ ?              Show the keys of … │
//! ╰────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! In as many columns as it takes to be seen at once, where there is room for them.

use ratatui::layout::Rect;

use super::line::{Line, Pen, harmless};
use super::lock;
use super::overlay::frame;
use super::screen::key_name;
use super::text::{width, wrap};
use super::theme::Role;
use super::view::View;
use super::words::{REMEMBERED, glyph, level_role, level_word};
use crate::app::act::scope_of;
use crate::app::command::{COMMANDS, Command, CommandId, Risk, Scope};
use crate::app::keymap::Meaning;
use crate::model::health::Level;

/// The width of the keys, the gap behind them included.
const KEYS: usize = 15;
/// The widest that a single column is: longer lines are hard to read.
const WIDEST: usize = 100;
/// The narrowest that one of several is.
const NARROWEST: usize = 60;
/// Between two columns.
const GAP: usize = 3;
/// The most columns.
const MOST: usize = 3;
/// What is worth so much in the footer is used most.
const USED_MOST: u8 = 66;

/// Lines that stay together; the first of a group have its heading above them.
struct Block {
    begins_group: bool,
    lines: Vec<Line<'static>>,
}

/// Draws the help from the line on to which it is scrolled.
pub(super) fn draw(view: &View<'_>, pen: &mut Pen<'_>, area: Rect, scroll: usize) {
    let (room, high) = (usize::from(area.width).saturating_sub(6), usize::from(area.height).saturating_sub(2));
    let fitting = (1..=MOST).map(|count| (count, column(room, count))).take_while(|(count, wide)| *count == 1 || *wide >= NARROWEST);
    let mut laid_out: Vec<(usize, Vec<Block>)> = fitting.map(|(_, wide)| (wide, blocks(view, wide))).collect();
    let whole = laid_out.iter().enumerate().find_map(|(index, (wide, blocks))| Some((*wide, in_columns(blocks, index + 1, high)?)));
    if let Some((wide, columns)) = whole {
        let shown = columns.iter().map(Vec::len).max().unwrap_or(0);
        let inner = frame(pen, area, (over(columns.len(), wide), shown + 2), "help", "esc closes");
        for (index, lines) in columns.into_iter().enumerate() {
            write(pen, inner, index * (wide + GAP), wide, lines);
        }
        return;
    }
    // Too much for one look: as many columns as there is room for, scrolled as one text.
    let count = laid_out.len().max(1);
    let Some((wide, blocks)) = laid_out.pop() else { return };
    let lines = in_one(blocks);
    let scroll = scroll.min(lines.len().saturating_sub(count * high));
    let note = match lines.len().saturating_sub(scroll + count * high) {
        0 => "the end · esc closes".to_owned(),
        more => format!("{more} lines below · ↓ · esc closes"),
    };
    let inner = frame(pen, area, (over(count, wide), high + 2), "help", &note);
    let mut lines = lines.into_iter().skip(scroll);
    for index in 0..count {
        write(pen, inner, index * (wide + GAP), wide, lines.by_ref().take(high).collect());
    }
}

/// How wide each of so many columns is.
fn column(room: usize, count: usize) -> usize {
    (room.saturating_sub(GAP * (count - 1)) / count).min(WIDEST)
}

/// How wide a frame is around so many columns.
const fn over(count: usize, wide: usize) -> usize {
    count * wide + (count - 1) * GAP + 4
}

fn write(pen: &mut Pen<'_>, area: Rect, right: usize, wide: usize, lines: Vec<Line<'static>>) {
    for (down, line) in lines.into_iter().enumerate() {
        pen.line(area, down, right, line.cut(wide));
    }
}

/// The blocks below each other, a blank line before each group.
fn in_one(blocks: Vec<Block>) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    for block in blocks {
        if block.begins_group && !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.extend(block.lines);
    }
    lines
}

/// The blocks in so many columns, none higher than this and all about as high; none where they do not fit.
fn in_columns(blocks: &[Block], count: usize, high: usize) -> Option<Vec<Vec<Line<'static>>>> {
    let total: usize = blocks.iter().map(|block| block.lines.len()).sum();
    (total / count..=high).find_map(|high| {
        let mut columns: Vec<Vec<Line<'static>>> = vec![Vec::new()];
        for block in blocks {
            let last = columns.last_mut()?;
            let blank = usize::from(block.begins_group && !last.is_empty());
            if last.len() + blank + block.lines.len() <= high {
                last.extend((0..blank).map(|_| Line::new()));
                last.extend(block.lines.iter().cloned());
            } else {
                columns.push(block.lines.clone());
            }
        }
        (columns.len() <= count && columns.iter().all(|column| column.len() <= high)).then_some(columns)
    })
}

/// What is used most, the commands of this screen, those for everywhere, and what the signs mean.
fn blocks(view: &View<'_>, wide: usize) -> Vec<Block> {
    let here = scope_of(view.state.place());
    let of_here = COMMANDS.iter().filter(|command| command.scope.holds(here));
    let (mut most, rest): (Vec<&Command>, Vec<&Command>) = of_here.partition(|command| is_used_most(command));
    // What stops something is of use only where the footer says so.
    most.sort_by_key(|command| (command.risk == Risk::Stops, std::cmp::Reverse(worth(command))));
    let mut blocks = group(view, "used most", &most, wide);
    let shared = Scope::SHARED.into_iter().filter(|shared| shared.holds(here));
    for scope in std::iter::once(here).chain(shared).chain([Scope::Everywhere]) {
        let mut commands: Vec<&Command> = rest.iter().copied().filter(|command| command.scope == scope).collect();
        // Arrows are known to every hand.
        commands.sort_by_key(|command| (command.id.is_motion(), std::cmp::Reverse(worth(command))));
        blocks.extend(group(view, scope.title(), &commands, wide));
    }
    blocks.extend(own_commands(view, wide));
    blocks.extend(signs(wide));
    blocks
}

/// What it is worth in the footer.
fn worth(command: &Command) -> u8 {
    command.hint.map_or(0, |(_, worth)| worth)
}

/// Whether it stands above all groups. How the help itself is opened needs nobody to be told, and to log in is of use only
/// where the footer says so.
fn is_used_most(command: &Command) -> bool {
    worth(command) >= USED_MOST && !matches!(command.id, CommandId::Help | CommandId::LogIn)
}

fn group(view: &View<'_>, title: &str, commands: &[&Command], wide: usize) -> Vec<Block> {
    let each = commands.iter().map(|command| {
        let keys: Vec<String> = view.state.keymap.keys(command.id).iter().copied().map(key_name).collect();
        let keys = if keys.is_empty() { format!(": {}", command.name) } else { keys.join(" ") };
        let risk = match command.risk {
            Risk::Reads => "",
            Risk::Stops => "(stops) ",
            Risk::Writes => "(writes) ",
        };
        explained(Line::own(keys, Role::Key), risk, command.sentence, wide)
    });
    headed(title, each)
}

/// The parts of a group, the first with its heading.
fn headed(title: &str, each: impl Iterator<Item = Vec<Line<'static>>>) -> Vec<Block> {
    let block = |(index, lines): (usize, Vec<Line<'static>>)| {
        let heading = (index == 0).then(|| Line::own(title.to_owned(), Role::Group));
        Block { begins_group: index == 0, lines: heading.into_iter().chain(lines).collect() }
    };
    each.enumerate().map(block).collect()
}

/// The commands of a team's own that this screen has.
fn own_commands(view: &View<'_>, wide: usize) -> Vec<Block> {
    let here = scope_of(view.state.place());
    let customs = view.state.customs.iter().enumerate().filter(|(_, custom)| custom.scope.holds(here));
    let each = customs.map(|(number, custom)| {
        let keys: Vec<String> = view.state.keymap.keys_of(Meaning::Custom(number)).iter().copied().map(key_name).collect();
        let keys = if keys.is_empty() { ":".to_owned() } else { keys.join(" ") };
        let sentence = harmless(format!("{}. {}.", custom.name, custom.summary()).into()).into_owned();
        explained(Line::own(keys, Role::Key), if custom.reads { "" } else { "(writes) " }, &sentence, wide)
    });
    headed("your own", each)
}

/// What the signs of every screen mean.
fn signs(wide: usize) -> Vec<Block> {
    let mut levels = vec![Line::new()];
    for level in [Level::Ok, Level::Info, Level::Warning, Level::Degraded, Level::Severe, Level::Unknown] {
        let text = format!("{} {}", glyph(level), level_word(level));
        let last = levels.pop().unwrap_or_default();
        if last.is_empty() || last.width() + GAP + width(&text) <= wide {
            let gap = " ".repeat(if last.is_empty() { 0 } else { GAP });
            levels.push(last.and(gap, Role::Text).and(text, level_role(level)));
        } else {
            levels.extend([last, Line::own(text, level_role(level))]);
        }
    }
    let meanings = [
        ("·", "Not read yet."),
        ("?", "Not known: never shown as fine."),
        ("—", "Nothing to tell: no requests, or the platform does not say."),
        (REMEMBERED, "Known from the last run, and so old: not read yet in this one."),
        ("!", "Could not be read; the values beside it are as old as it says."),
        ("↻", "Something goes on: how many instances are done, since when."),
        ("◔", "Waits for a person."),
        ("▷", "An operation of this machine goes on."),
        (lock::SIGN, "Locked: somebody wants nothing shipped there."),
        ("≠", "Not the version that the environment wants."),
    ];
    let each = meanings.into_iter().map(|(sign, meaning)| explained(Line::own(sign, Role::Strong), "", meaning, wide));
    headed("signs", std::iter::once(levels).chain(each))
}

/// Keys, and beside them what they do, over as many lines as that takes.
fn explained(keys: Line<'static>, risk: &'static str, sentence: &str, wide: usize) -> Vec<Line<'static>> {
    // Of two long keys the second reaches into the sentence.
    let indent = KEYS.max(keys.width() + 1);
    let gap = " ".repeat(indent - keys.width());
    let mut first = Some(keys.and(gap, Role::Text).and(risk, Role::Fault));
    let mut lines = Vec::new();
    for text in wrap(sentence, wide.saturating_sub(indent + risk.len()), usize::MAX) {
        let before = first.take().unwrap_or_else(|| Line::own(" ".repeat(indent + risk.len()), Role::Text));
        lines.push(before.and(text, Role::Text));
    }
    lines
}
