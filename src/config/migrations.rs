//! How an app's migrations run, and the workflow with which somebody runs those that do not by themselves.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::shape;
use super::source::{At, Notes};
use super::table::Section;
use crate::model::dispatch::MOST_INPUTS;
use crate::model::promotion::MigrationWorkflow;

/// Whether they run by themselves, and with which workflow somebody runs them where they do not.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> (bool, Option<MigrationWorkflow>) {
    let word = section.word("migrations", "way for migrations to run", &[("automatic", true), ("manual", false)], notes);
    let run = word.as_ref().is_none_or(|run| run.value);
    // A word that was not understood may have meant that they do not.
    let run_for_sure = run && (word.is_some() || !section.has("migrations"));
    let file = section.text("migration_workflow", notes);
    let inputs = inputs(section, notes);
    let Some(file) = file else {
        if let Some(inputs) = inputs.filter(|_| !section.has("migration_workflow")) {
            notes.add(&inputs.span, "these inputs are for a workflow: say which with migration_workflow = \"tasks.yml\"");
        }
        return (run, None);
    };
    if run_for_sure {
        let sentence = "the migrations of this app run by themselves: write migrations = \"manual\", or leave migration_workflow out";
        notes.add(&file.span, sentence);
    }
    if !section.has("repository") {
        notes.add(&file.span, "this is a workflow of the app's repository: say which with repository = \"owner/name\"");
    }
    let file = shape::workflow_file(&file, notes);
    (run, file.map(|file| MigrationWorkflow { file, inputs: inputs.map(|at| at.value).unwrap_or_default() }))
}

/// What is entered for the workflow's inputs.
fn inputs(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<At<BTreeMap<Arc<str>, Arc<str>>>> {
    let At { value: texts, span } = section.named_texts("migration_inputs", notes)?;
    if texts.len() > MOST_INPUTS {
        notes.add(&span, format!("a workflow has {MOST_INPUTS} inputs at most: leave some out"));
    }
    Some(At::new(texts.into_iter().map(|(name, text)| (Arc::from(name), Arc::from(text))).collect(), span))
}
