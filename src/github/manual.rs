//! Workflows that a person can start: their inputs, and the group of runs of which only one goes on.
//!
//! Shapes: GitHub's documentation, "Workflow syntax for GitHub Actions", `on.workflow_dispatch.inputs` and `concurrency`.

use std::sync::Arc;

use super::workflow::{MOST, event};
use super::yaml::{Node, null};
use crate::model::dispatch::{Group, Input, InputKind, MOST_INPUTS, Manual};

/// How many options of an input are looked at.
const OPTIONS: usize = 200;

/// The workflow, if a person can start it.
pub fn manual(path: &str, tree: &Node) -> Option<Manual> {
    let dispatch = event(tree.get("on")?, "workflow_dispatch")?;
    let inputs = dispatch.get("inputs").into_iter().flat_map(Node::entries).take(MOST_INPUTS);
    Some(Manual {
        workflow: path.into(),
        name: tree.get("name").and_then(Node::text).unwrap_or(path).into(),
        group: group(tree),
        inputs: inputs.map(|(name, node)| input(name, node)).collect(),
    })
}

/// The group of a workflow's runs. Jobs may have groups of their own: which runs those meet is not looked into.
pub fn group(tree: &Node) -> Group {
    let concurrency = tree.get("concurrency").unwrap_or_else(|| null());
    let name = concurrency.get("group").unwrap_or(concurrency);
    match (name.text(), name.raw()) {
        (Some(name), _) => {
            let cancels = concurrency.get("cancel-in-progress");
            let is_open = cancels.and_then(Node::raw).is_some_and(|raw| raw.contains("${{"));
            Group::Named { name: name.into(), cancels: (!is_open).then(|| cancels.is_some_and(Node::is_true)) }
        }
        // An expression.
        (None, Some(raw)) if raw.contains("${{") => Group::Unknown,
        (None, _) => {
            let mut jobs = tree.get("jobs").into_iter().flat_map(Node::entries).take(MOST);
            if jobs.any(|(_, job)| job.get("concurrency").is_some()) { Group::Unknown } else { Group::None }
        }
    }
}

fn input(name: &str, node: &Node) -> Input {
    let text = |name: &str| node.get(name).and_then(Node::text);
    let kind = match text("type") {
        Some("boolean") => InputKind::Tick,
        Some("number") => InputKind::Number,
        Some("choice") => {
            let options = node.get("options").map(Node::texts).unwrap_or_default();
            InputKind::Choice(options.into_iter().take(OPTIONS).map(Arc::from).collect())
        }
        // A GitHub environment is named by its text.
        Some(_) | None => InputKind::Text,
    };
    Input {
        name: name.into(),
        description: text("description").unwrap_or_default().into(),
        kind,
        required: node.get("required").is_some_and(Node::is_true),
        default: text("default").map(Arc::from),
    }
}

#[cfg(test)]
mod tests {
    use super::super::yaml::parse;
    use super::*;

    fn told(text: &str) -> Option<Manual> {
        manual(".github/workflows/x.yml", &parse(text).unwrap())
    }

    #[test]
    fn inputs_are_told_as_the_file_has_them() {
        let told = told(
            "name: Tasks\non:\n  workflow_dispatch:\n    inputs:\n      task:\n        description: What to run\n        type: choice\n        required: true\n        options: [upgrade, reindex]\n      timeout: {type: number, default: 900}\n      destructive: {type: boolean, default: false}\n      image_tag: {required: 'true'}\n      note:\njobs: {}\n",
        )
        .unwrap();
        assert_eq!((&*told.name, &told.group, told.inputs.len()), ("Tasks", &Group::None, 5));
        let of = |name: &str| told.inputs.iter().find(|input| &*input.name == name).unwrap();
        assert_eq!(of("task").kind, InputKind::Choice(vec!["upgrade".into(), "reindex".into()]));
        assert!(of("task").required && &*of("task").description == "What to run");
        assert_eq!((&of("timeout").kind, of("timeout").default.as_deref()), (&InputKind::Number, Some("900")));
        assert_eq!((&of("destructive").kind, of("destructive").default.as_deref()), (&InputKind::Tick, Some("false")));
        assert_eq!((&of("note").kind, of("note").required), (&InputKind::Text, false));
    }

    #[test]
    fn only_what_a_person_can_start_is_one_and_its_group_is_told() {
        assert!(told("on: push\n").is_none());
        assert!(told("jobs: {}\n").is_none());
        for (text, group) in [
            ("on: workflow_dispatch\n", Group::None),
            ("on: [push, workflow_dispatch]\nconcurrency: deploy\n", Group::Named { name: "deploy".into(), cancels: Some(false) }),
            (
                "on: workflow_dispatch\nconcurrency: {group: deploy, cancel-in-progress: true}\n",
                Group::Named { name: "deploy".into(), cancels: Some(true) },
            ),
            ("on: workflow_dispatch\nconcurrency: {group: '${{ github.ref }}'}\n", Group::Unknown),
            ("on: workflow_dispatch\njobs: {a: {concurrency: one}}\n", Group::Unknown),
            (
                "on: workflow_dispatch\nconcurrency: {group: deploy, cancel-in-progress: '${{ inputs.now }}'}\n",
                Group::Named { name: "deploy".into(), cancels: None },
            ),
            ("on: workflow_dispatch\nconcurrency: 'x-${{ github.ref }}'\n", Group::Unknown),
        ] {
            assert_eq!(told(text).unwrap().group, group, "{text}");
        }
    }
}
