//! Whether a command of the Timeline screen can act now, and what it then does.

use super::{Row, TimelineScreen, markdown, window};
use crate::app::act::{Act, HERE, Refusal};
use crate::app::command::CommandId;
use crate::app::event::Effect;
use crate::app::history::Place;
use crate::app::logs::subject;
use crate::app::menu::{Choice, Item, Menu};
use crate::app::reader::{Reader, TextLine, Tone as Of};
use crate::app::state::State;
use crate::model::timeline::{Entry, Kind, Tone};

/// What is done on the Timeline screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    /// To the change before the selected one, of the same environment.
    Before,
    /// Begin to type what narrows the list.
    Filter,
    /// Show everything again.
    Clear,
}

/// What a command of this screen, or one that leads to it, would do now.
///
/// # Errors
/// Why it can do nothing.
pub fn prepare(state: &State, id: CommandId) -> Result<Act, Refusal> {
    let screen = &state.timeline_screen;
    match id {
        CommandId::GoTimeline if *state.place() == Place::Timeline(Vec::new()) => Err(HERE.into()),
        CommandId::GoTimeline => Ok(Act::Go(Place::Timeline(Vec::new()))),
        CommandId::TimelineHere => here(state),
        CommandId::Before => before(screen).map(|_| Act::Timeline(Deed::Before)),
        CommandId::Filter => Ok(Act::Timeline(Deed::Filter)),
        CommandId::Change => detail(screen).map(Box::new).map(Act::Read),
        CommandId::Kinds => Ok(Act::Menu(kinds(screen))),
        CommandId::CopyTimeline => Ok(Act::Do(Effect::Copy(markdown::of_rows(&screen.rows, state.now)))),
        _ => Err("that is for another screen".into()),
    }
}

/// The timeline of what is selected, marked or open.
fn here(state: &State) -> Result<Act, Refusal> {
    let chosen = subject::selected(state).map_err(|_| "select an environment, or mark several: 6 shows what changed everywhere")?;
    if chosen.environments.is_empty() {
        return Err("there is no environment there".into());
    }
    Ok(Act::Go(Place::Timeline(chosen.environments)))
}

/// What `Enter` does.
///
/// # Errors
/// When the selected line is about no environment, or about several.
pub fn open(state: &State) -> Result<Act, Refusal> {
    let entry = state.timeline_screen.cursor.selected().and_then(Row::entry).ok_or("no change is selected")?;
    match (entry.about.as_slice(), &entry.repository) {
        ([one], _) => Ok(Act::Go(Place::Environment(one.clone()))),
        ([], Some(_)) => Err("it is about a repository: d shows all that is known of it".into()),
        ([], None) => Err("it is about no environment: d shows all that is known of it".into()),
        (several, _) => Err(format!("it is about {} environments: d names them", several.len()).into()),
    }
}

/// What `Esc` does before it goes back: `None` where there is nothing to clear.
#[must_use]
pub fn escape(state: &State) -> Option<Act> {
    state.timeline_screen.is_narrowed().then_some(Act::Timeline(Deed::Clear))
}

/// The number of the change before the selected one that is about one of the same environments, or the same repository.
fn before(screen: &TimelineScreen) -> Result<usize, Refusal> {
    let at = screen.cursor.index();
    let entry = screen.rows.get(at).and_then(Row::entry).ok_or("select a change first")?;
    let older = screen.rows.iter().enumerate().skip(at + 1);
    let mut same = older.filter(|(_, row)| row.entry().is_some_and(|other| other.concerns_the_same(entry)));
    same.next().map(|(index, _)| index).ok_or_else(|| "nothing that is listed came before it there".into())
}

/// Does what was prepared.
pub fn perform(state: &mut State, deed: Deed) {
    let window = window(state);
    let screen = &mut state.timeline_screen;
    match deed {
        Deed::Before => {
            if let Ok(index) = before(screen) {
                screen.cursor.select(index, &screen.rows, window);
            }
        }
        Deed::Filter => screen.editing = true,
        Deed::Clear => {
            screen.kind = None;
            screen.filter = crate::app::filter::TextField::default();
        }
    }
    state.stale_rows = true;
}

/// Shows changes of this kind alone, or all.
pub fn choose(state: &mut State, kind: Option<Kind>) {
    state.timeline_screen.kind = kind;
    state.stale_rows = true;
}

fn kinds(screen: &TimelineScreen) -> Menu {
    let item = |name: &str, detail: &str, kind| Item { name: name.into(), detail: detail.into(), choice: Choice::Kind(kind) };
    let all = std::iter::once(item("all", "changes of every kind", None));
    let items: Vec<Item> = all.chain(Kind::ALL.into_iter().map(|kind| item(kind.word(), kind.means(), Some(kind)))).collect();
    let at = items.iter().position(|item| item.choice == Choice::Kind(screen.kind)).unwrap_or(0);
    Menu {
        title: "which kinds of changes?",
        note: "⏎ shows them alone · esc leaves it",
        heading: String::new(),
        items,
        at,
        filter: None,
        takes: None,
    }
}

/// All that is known of the selected line.
fn detail(screen: &TimelineScreen) -> Result<Reader, Refusal> {
    let of_entry = |entry| Reader::new(title(entry), lines(entry));
    match screen.cursor.selected().ok_or("nothing is selected")? {
        Row::Entry(entry) => Ok(of_entry(entry)),
        Row::Update(update) => Ok(of_entry(&update.told)),
        Row::Horizon(horizon) => {
            let sentence = "What happened earlier may be missing from this list: that it is not here does not say that nothing happened.";
            let lines = vec![TextLine::new(Of::Heading, horizon.sentence()), TextLine::new(Of::Plain, sentence)];
            Ok(Reader::new("how far back it reaches".to_owned(), lines))
        }
        Row::Cut(..) => Err("older changes are not listed: / and f narrow the list".into()),
    }
}

fn title(entry: &Entry) -> String {
    format!("{} · {}", entry.kind.word(), entry.at.strftime("%Y-%m-%d %H:%M:%SZ"))
}

/// Everything that is known of a change, a line each.
fn lines(entry: &Entry) -> Vec<TextLine> {
    let tone = match entry.tone {
        Tone::Plain => Of::Plain,
        Tone::Good => Of::Good,
        Tone::Warning => Of::Open,
        Tone::Degraded | Tone::Bad => Of::Bad,
    };
    let mut lines = vec![TextLine::new(tone, &*entry.text), TextLine::new(Of::Plain, "")];
    let moment = entry.at.strftime("%Y-%m-%d %H:%M:%SZ");
    let when = if entry.is_seen() { format!("seen at {moment}: it came about before that") } else { format!("at {moment}") };
    lines.push(TextLine::new(Of::Plain, format!("when    {when}")));
    lines.push(TextLine::new(Of::Plain, format!("who     {}", entry.who.as_deref().unwrap_or("not known"))));
    lines.push(TextLine::new(Of::Plain, format!("told by {}", entry.origin.word())));
    lines.extend(entry.about.iter().map(|key| TextLine::new(Of::Plain, format!("about   {key}"))));
    lines.extend(entry.repository.iter().map(|repository| TextLine::new(Of::Plain, format!("about   {repository}"))));
    lines.push(TextLine::new(Of::Plain, ""));
    lines.extend(entry.detail.iter().map(|line| TextLine::new(Of::Remark, &**line)));
    lines
}
