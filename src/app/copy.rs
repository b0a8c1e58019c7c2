//! What can be copied of the screen: what is selected, and the table as Markdown.
//!
//! What comes from outside is made harmless before it gets into a clipboard: a line break pasted into a shell runs
//! what stands before it.

use std::fmt::Write as _;
use std::sync::Arc;

use super::act::{Act, Refusal};
use super::custom::subject;
use super::event::Effect;
use super::fleet::Row as FleetRow;
use super::history::Place;
use super::links;
use super::markdown;
use super::menu::{Choice, Item, Menu};
use super::pending::{Change, Row as PendingRow};
use super::previews;
use super::properties;
use super::state::State;
use super::timeline;
use crate::model::environment::Environment;
use crate::model::safe_text::safe;

/// A table of more rows than these is cut, and says so: terminals take some ten thousand bytes into their clipboard.
const MOST_ROWS: usize = 300;

/// What `c` does: on the ship sheet it copies that, elsewhere it lists what can be copied. Asked at every frame, so no
/// text is made for it.
///
/// # Errors
/// When there is nothing to copy.
pub fn prepare(state: &State) -> Result<Act, Refusal> {
    let is_known = |row: &FleetRow| matches!(row, FleetRow::Environment(key) if state.fleet.get(key).is_some());
    let has_any = match state.place() {
        Place::Sheet(_, _) if state.sheet_screen.sheet.is_none() => return Err("there is no sheet to copy".into()),
        Place::Sheet(_, _) | Place::Timeline(_) => true,
        Place::Fleet if state.fleet_screen.rows.iter().any(is_known) => true,
        _ => menu(state).is_ok(),
    };
    if has_any { Ok(Act::Copy) } else { Err("there is nothing to copy here".into()) }
}

/// Does it.
pub(super) fn perform(state: &mut State) -> Vec<Effect> {
    if matches!(state.place(), Place::Sheet(_, _)) {
        let text = markdown::of_sheet(&state.sheet_screen);
        return text.map_or_else(Vec::new, |text| super::update::perform(state, Act::Do(Effect::Copy(text))));
    }
    match menu(state) {
        Ok(menu) => super::update::perform(state, Act::Menu(menu)),
        Err(why) => {
            super::update::say(state, &why, false);
            Vec::new()
        }
    }
}

/// What can be copied.
pub(super) fn menu(state: &State) -> Result<Menu, Refusal> {
    let mut items = Vec::new();
    if let Some(environment) = subject(state).as_ref().and_then(|key| state.fleet.get(key)) {
        of_environment(&environment, &mut items);
    }
    of_selection(state, &mut items);
    for link in links::menu(state).map_or_else(Vec::new, |menu| menu.items) {
        if let Choice::Page(address) = link.choice {
            push(&mut items, &link.name, &address);
        }
    }
    if let Some(table) = table(state) {
        if let Some(row) = table.selected_row() {
            push(&mut items, "the row", &row);
        }
        let rows = table.rows.len();
        items.push(item("the table, as Markdown", &format!("{rows} rows"), table.markdown()));
    }
    if items.is_empty() {
        return Err("there is nothing to copy here".into());
    }
    Ok(Menu {
        title: "copy",
        note: "⏎ copies (OSC 52: over SSH too) · esc closes",
        heading: String::new(),
        items,
        at: 0,
        filter: None,
        takes: None,
    })
}

fn item(name: &str, detail: &str, text: String) -> Item {
    Item { name: name.into(), detail: detail.into(), choice: Choice::Copy(text.into()) }
}

/// A line whose detail is what is copied.
fn push(items: &mut Vec<Item>, name: &str, text: &str) {
    let text = safe(text).into_owned();
    if !text.is_empty() {
        items.push(item(name, &text, text.clone()));
    }
}

fn of_environment(environment: &Environment<'_>, items: &mut Vec<Item>) {
    let key = environment.key();
    push(items, "name", key.name.as_str());
    push(items, "key", &key.to_string());
    if let Some(version) = environment.version() {
        push(items, "version", version.value.label.as_str());
        if let Some(sha) = &version.value.sha {
            push(items, "commit", sha.as_str());
        }
    }
}

/// What is selected that is no environment.
fn of_selection(state: &State, items: &mut Vec<Item>) {
    match state.place() {
        Place::Environment(_) => {
            if let Some(instance) = state.environment_screen.instances.selected() {
                push(items, "instance", instance.as_str());
            }
        }
        Place::Pending(_) => {
            let row = state.pending_screen.cursor.selected();
            if let Some(change) = row.and_then(|row| state.pending_screen.change(row)) {
                push(items, "change", &format!("{} {}", change.name(), change.title));
                push(items, "commit", change.newest.as_str());
            }
        }
        Place::Promotions => {
            if let Some((repository, run)) = state.promotions_screen.cursor.selected() {
                let waiting = state.github.promotions.iter().find(|one| one.repository == *repository && one.run.id == *run);
                if let Some(promotion) = waiting {
                    push(items, "commit", promotion.run.head.as_str());
                }
            }
        }
        Place::Operations => {
            if let Some(id) = state.operations_screen.cursor.selected() {
                push(items, "operation", &id.to_string());
            }
        }
        Place::Previews => {
            let pull = previews::selected(state).and_then(|key| state.fleet.get(key)?.pull());
            if let Some(branch) = pull.and_then(|told| told.value.branch.as_ref()) {
                push(items, "branch", branch);
            }
        }
        Place::Timeline(_) => {
            let screen = &state.timeline_screen;
            if let Some(entry) = screen.cursor.selected().and_then(timeline::Row::entry) {
                push(items, "change", &entry.text);
            }
            let text = timeline::markdown::of_rows(&screen.rows, state.now);
            items.push(item("the timeline, as Markdown", &format!("{} lines", screen.rows.len()), text));
        }
        Place::Properties(key) => {
            if let Some(name) = state.properties_screen.cursor.selected() {
                push(items, "property", name);
                // Whoever has it on the screen may take it along; the list itself does not show it.
                if state.revealed.of(key, name).is_some() {
                    items.push(Item { name: "value".into(), detail: "which is shown".into(), choice: Choice::Value });
                }
            }
        }
        Place::Fleet | Place::Sheet(_, _) | Place::Logs(_) => {}
    }
}

/// A table of the screen: its headings, its rows, and which one is selected.
struct Table {
    headings: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    selected: Option<usize>,
}

impl Table {
    fn selected_row(&self) -> Option<String> {
        let row = self.rows.get(self.selected?)?;
        Some(row.iter().filter(|cell| !cell.is_empty()).cloned().collect::<Vec<_>>().join("  "))
    }

    fn markdown(&self) -> String {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let mut text = line(self.headings.iter().map(|heading| (*heading).to_owned()).collect());
        text.push_str(&line(self.headings.iter().map(|_| "---".to_owned()).collect()));
        for row in self.rows.iter().take(MOST_ROWS) {
            text.push_str(&line(row.iter().map(|cell| markdown::cell(cell)).collect()));
        }
        let left = self.rows.len().saturating_sub(MOST_ROWS);
        if left > 0 {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "\n… and {left} more rows");
        }
        text
    }
}

fn table(state: &State) -> Option<Table> {
    let table = match state.place() {
        Place::Fleet => fleet(state),
        Place::Environment(_) => instances(state)?,
        Place::Pending(_) => pending(state),
        Place::Promotions => promotions(state),
        Place::Operations => operations(state),
        Place::Properties(_) => {
            let (rows, selected) = properties::table(state);
            Table { headings: properties::HEADINGS.to_vec(), rows, selected }
        }
        Place::Previews => {
            let (rows, selected) = previews::table(state);
            Table { headings: previews::HEADINGS.to_vec(), rows, selected }
        }
        Place::Sheet(_, _) | Place::Logs(_) | Place::Timeline(_) => return None,
    };
    (!table.rows.is_empty()).then_some(table)
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

fn fleet(state: &State) -> Table {
    let selected = state.fleet_screen.cursor.selected();
    let keys = state.fleet_screen.rows.iter().filter_map(|row| match row {
        FleetRow::Environment(key) => Some(key),
        FleetRow::Group(_) => None,
    });
    // What is only remembered is on the screen, too, but not copied: it may be long gone.
    let known: Vec<_> = keys.filter_map(|key| Some((key, state.fleet.get(key)?))).collect();
    let at = known.iter().position(|(key, _)| matches!(selected, Some(FleetRow::Environment(selected)) if selected == *key));
    // A name alone is ambiguous where there are several.
    let several = state.has_several_accounts();
    let row = |environment: Environment<'_>| {
        let key = environment.key();
        let version = environment.version();
        let account = key.account.as_ref().filter(|_| several).map(|account| state.fleet_screen.names.full(account));
        let mut cells = vec![key.name.to_string()];
        cells.extend(several.then(|| text(account.as_ref())));
        cells.extend([
            text(key.region.as_ref()),
            environment.app().to_string(),
            environment.tier().word().to_owned(),
            environment.level().to_string(),
            version.as_ref().map_or_else(|| "?".to_owned(), |told| told.value.label.to_string()),
            text(version.and_then(|told| told.value.sha).as_ref().map(|sha| sha.short().to_owned())),
        ]);
        cells
    };
    let rows = known.into_iter().map(|(_, environment)| row(environment)).collect();
    let mut headings = vec!["environment", "region", "app", "tier", "health", "version", "commit"];
    if several {
        headings.insert(1, "account");
    }
    Table { headings, rows, selected: at }
}

fn instances(state: &State) -> Option<Table> {
    let environment = subject(state).and_then(|key| state.fleet.get(&key).map(|environment| environment.instances()))??;
    let selected = state.environment_screen.instances.selected();
    let each = &environment.value.each;
    let at = each.iter().position(|instance| Some(&instance.id) == selected);
    let row = |instance: &crate::model::instance::Instance| {
        let version = instance.deployment.as_ref().and_then(|deployment| deployment.label.as_ref());
        vec![
            instance.id.to_string(),
            instance.level.to_string(),
            text(version),
            text(instance.zone.as_ref()),
            text(instance.instance_type.as_ref()),
        ]
    };
    Some(Table { headings: vec!["instance", "health", "version", "zone", "type"], rows: each.iter().map(row).collect(), selected: at })
}

fn pending(state: &State) -> Table {
    let screen = &state.pending_screen;
    let changes: Vec<(&PendingRow, &Change)> = screen.rows.iter().filter_map(|row| Some((row, screen.change(row)?))).collect();
    let at = changes.iter().position(|(row, _)| Some(*row) == screen.cursor.selected());
    let row = |(row, change): (&PendingRow, &Change)| {
        let (PendingRow::Step(to) | PendingRow::Change(to, _)) = row;
        vec![
            to.name.to_string(),
            text(to.region.as_ref()),
            change.name(),
            change.title.to_string(),
            text(change.author.as_ref()),
            change.newest.short().to_owned(),
        ]
    };
    let rows = changes.into_iter().map(row).collect();
    Table { headings: vec!["environment", "region", "change", "title", "author", "commit"], rows, selected: at }
}

fn promotions(state: &State) -> Table {
    let screen = &state.promotions_screen;
    let find = |(repository, run): &(_, _)| state.github.promotions.iter().find(|one| one.repository == *repository && one.run.id == *run);
    let waiting: Vec<_> = screen.rows.iter().filter_map(|row| Some((row, find(row)?))).collect();
    let at = waiting.iter().position(|(row, _)| Some(*row) == screen.cursor.selected());
    let row = |promotion: &crate::model::promotion::Promotion| {
        let to: Vec<String> = promotion.environments().map(|key| key.name.to_string()).collect();
        vec![promotion.repository.to_string(), format!("#{}", promotion.run.number), promotion.run.head.short().to_owned(), to.join(", ")]
    };
    let rows = waiting.into_iter().map(|(_, promotion)| row(promotion)).collect();
    Table { headings: vec!["repository", "run", "commit", "waits for"], rows, selected: at }
}

fn operations(state: &State) -> Table {
    let screen = &state.operations_screen;
    let known: Vec<_> = screen.rows.iter().filter_map(|id| Some((id, state.operations.get(id)?))).collect();
    let at = known.iter().position(|(id, _)| Some(*id) == screen.cursor.selected());
    let row = |known: &super::operations::Known| {
        let tally = known.operation.tally();
        vec![
            known.id().to_string(),
            known.operation.plan().kind.to_string(),
            known.operation.plan().title.to_string(),
            format!("{} of {}", tally.done, known.operation.plan().units.len()),
        ]
    };
    let rows = known.into_iter().map(|(_, known)| row(known)).collect();
    Table { headings: vec!["operation", "kind", "what", "done"], rows, selected: at }
}

/// What is said once something was copied: a terminal does not say whether it took it.
#[must_use]
pub fn said(text: &Arc<str>) -> String {
    if text.contains('\n') {
        "handed to the terminal's clipboard".to_owned()
    } else {
        format!("handed to the terminal's clipboard: {text}")
    }
}
