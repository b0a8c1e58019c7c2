//! How the Fleet is shown: the columns of `[display]`, and `[[views]]`.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::keys;
use super::nearest::no_such_word;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::column::Column;
use crate::model::id::AppName;
use crate::model::view::{LONGEST_NAME, NoColumn, Shown, Sort, View, columns};

/// The columns that a section names, in their order.
pub(super) fn shown(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Vec<Shown>> {
    let texts = section.texts("columns", notes)?;
    let named = texts.value.iter().filter_map(|text| parsed(text, &[], notes));
    Some(columns(named.collect::<Vec<Shown>>()))
}

/// A text of the few forms that columns and orders have.
fn parsed<T: std::str::FromStr<Err = NoColumn>>(text: &At<&str>, others: &[&'static str], notes: &mut Notes<'_>) -> Option<T> {
    match text.value.parse() {
        Ok(parsed) => Some(parsed),
        Err(NoColumn::Word(word)) => {
            let words = Column::ALL.map(Column::word);
            notes.add(&text.span, no_such_word("column", &word, words.into_iter().chain(others.iter().copied())));
            None
        }
        Err(error @ NoColumn::Width(_)) => {
            notes.add(&text.span, format!("{error}: write \"health:14\", or \"health\" for the usual width"));
            None
        }
    }
}

/// Every view, whatever is wrong with others.
pub(super) fn read(top: &Section<'_>, notes: &mut Notes<'_>) -> Vec<View> {
    let mut lines: HashMap<Arc<str>, usize> = HashMap::new();
    let mut views = Vec::new();
    for section in top.repeated("views", &keys::VIEW, notes) {
        section.require("name", "\"canada\"", notes);
        let name = section.text("name", notes).filter(|name| fits(name, notes));
        if let Some(name) = &name {
            if let Some(line) = lines.get(name.value) {
                let sentence = format!("line {line} names a view {} already: give this one another name", quoted(name.value));
                notes.add(&name.span, sentence);
            } else {
                lines.insert(Arc::from(name.value), notes.line_of(&name.span));
            }
        }
        views.extend(view(&section, name, notes));
    }
    views
}

fn fits(name: &At<&str>, notes: &mut Notes<'_>) -> bool {
    if name.value.chars().count() > LONGEST_NAME {
        notes.add(&name.span, format!("the name of a view has {LONGEST_NAME} characters at most"));
        return false;
    }
    shape::plain(name, "this view's name", notes)
}

fn view(section: &Section<'_>, name: Option<At<&str>>, notes: &mut Notes<'_>) -> Option<View> {
    let filter = section.text("filter", notes);
    let sort = section.text("sort", notes).and_then(|text| parsed::<Sort>(&text, &["urgency"], notes));
    let faults_only = section.boolean("faults_only", notes);
    let shown = shown(section, notes);
    let mut folds: BTreeMap<AppName, bool> = BTreeMap::new();
    for (key, folded) in [("folded", true), ("unfolded", false)] {
        for app in section.texts(key, notes).map(|texts| texts.value).unwrap_or_default() {
            if folds.insert(AppName::from(app.value), folded).is_some() {
                notes.add(&app.span, format!("{} is both folded and unfolded: leave one out", quoted(app.value)));
            }
        }
    }
    let usual = View::named(name?.value);
    Some(View {
        filter: filter.map_or(usual.filter, |filter| Arc::from(filter.value)),
        sort: sort.unwrap_or(usual.sort),
        faults_only: faults_only.is_some_and(|said| said.value),
        columns: shown,
        folds,
        name: usual.name,
    })
}
