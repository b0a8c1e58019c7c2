//! The section about how a version is deployed to one instance of a target group after the other.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::compute;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use super::waves::on_failure;
use crate::model::compute::Template;
use crate::model::operation::action::Copied;
use crate::model::operation::plan::{OnFailure, Times};
use crate::model::rolling::{Drift, PLACES, Rolling, Workspace, unknown_place};

/// No target group has more targets than this.
const MOST_TARGETS: u64 = 1_000;
/// Nothing on one machine is waited for longer than a day.
const WAIT: RangeInclusive<u64> = 0..=86_400;
/// What has to be given time at all.
const WORK: RangeInclusive<u64> = 1..=86_400;
/// How long a program that compares the world with what was declared may take, where nobody said.
const DRIFT: Duration = Duration::from_secs(600);
/// What tells which workspace is selected, where nobody said.
const SHOWS_WORKSPACE: [&str; 3] = ["terraform", "workspace", "show"];

/// What reads one section, where it stands, and what its places may be.
struct Reader<'r, 't, 's> {
    section: &'r Section<'t>,
    notes: &'r mut Notes<'s>,
    /// Whether the target group says which environment it is on GitHub.
    has_environment: bool,
}

/// Reads the section; none where it says nothing that could be run.
pub(super) fn read(section: &Section<'_>, has_environment: bool, notes: &mut Notes<'_>) -> Option<Rolling> {
    section.require("command", "\"make deploy IMAGE_TAG={tag}\"", notes);
    let mut reader = Reader { section, notes, has_environment };
    let command = reader.command();
    let folder = section.text("folder", reader.notes).and_then(|text| shape::absolute(&text, reader.notes));
    let folder = folder.map(|folder| PathBuf::from(&*folder));
    let (files, login, drift) = (reader.files(folder.as_deref()), reader.login(), reader.drift());
    let workflows = section.texts("workflows", reader.notes).map(|texts| texts.value).unwrap_or_default();
    let at_once = section.whole("at_once", 1..=MOST_TARGETS, reader.notes);
    let minimum_healthy = section.whole("minimum_healthy", 1..=MOST_TARGETS, reader.notes);
    let count = |value: Option<At<u64>>| value.map_or(1, |at| u32::try_from(at.value).unwrap_or(u32::MAX));
    Some(Rolling {
        workflows: workflows.iter().filter_map(|text| shape::workflow_file(text, reader.notes)).collect(),
        at_once: count(at_once),
        minimum_healthy: count(minimum_healthy),
        on_failure: on_failure(section, reader.notes).unwrap_or(OnFailure::Stop),
        times: reader.times(),
        command: command?,
        files,
        folder,
        login,
        drift,
    })
}

impl Reader<'_, '_, '_> {
    /// What is run on each machine. One that names no version would deploy whatever is there.
    fn command(&mut self) -> Option<Arc<str>> {
        let text = self.section.text("command", self.notes)?;
        self.places(&text);
        if !text.value.contains("{tag}") {
            let sentence = "this command does not say which image it deploys: write {tag} where its tag stands";
            self.notes.add(&text.span, sentence);
        }
        Some(Arc::from(text.value))
    }

    /// Notes what stands in braces and cannot be filled in.
    fn places(&mut self, text: &At<&str>) {
        if let Some(word) = unknown_place(text.value) {
            let sentence = format!("nothing is known to put in for {{{word}}}: there are {}", PLACES.join(", "));
            self.notes.add(&text.span, sentence);
        }
        if text.value.contains("{environment}") && !self.has_environment {
            let sentence = "{environment} is what [[target_groups]] calls its environment on GitHub: write environment = \"prod\" there";
            self.notes.add(&text.span, sentence);
        }
    }

    /// A program and its arguments.
    fn program(&mut self, key: &str) -> Option<Vec<String>> {
        let texts = self.section.words(key, self.notes)?.value;
        for text in &texts {
            self.places(text);
        }
        Some(texts.iter().map(|text| text.value.to_owned()).collect())
    }

    fn files(&mut self, folder: Option<&Path>) -> Vec<Copied> {
        let Some(at) = self.section.named_texts("files", self.notes) else { return Vec::new() };
        if !self.section.has("ssh") {
            self.notes
                .add(&at.span, "files are copied over SSH, and Systems Manager copies none: write ssh = \"ec2-user@{private_ip}\" as well");
        }
        let mut files = Vec::new();
        for (from, to) in at.value {
            let to = At::new(to, at.span.clone());
            self.places(&to);
            let from = folder.map_or_else(|| PathBuf::from(from), |folder| folder.join(from));
            if !from.is_absolute() {
                let sentence = format!(
                    "where {} is depends on where the program was started: write its whole path, or the folder that it is in as folder",
                    quoted(&from.display().to_string())
                );
                self.notes.add(&at.span, sentence);
            }
            files.push(Copied { from, to: to.value.to_owned() });
        }
        files
    }

    fn login(&mut self) -> Option<Template> {
        let Self { section, notes, .. } = self;
        compute::login("ssh", section, notes)
    }

    fn drift(&mut self) -> Option<Drift> {
        for (key, wanted) in [("workspace", "drift"), ("drift_seconds", "drift"), ("workspace_command", "workspace")] {
            if self.section.has(key) && !self.section.has(wanted) {
                let sentence = format!("{key} belongs to {wanted}, and there is none: write both, or neither");
                self.notes.add(&self.section.span, sentence);
            }
        }
        let limit = self.section.seconds("drift_seconds", WORK, self.notes).map_or(DRIFT, |at| Duration::from_secs(at.value));
        let shows = self.program("workspace_command").unwrap_or_else(|| SHOWS_WORKSPACE.map(str::to_owned).to_vec());
        let name = self.section.text("workspace", self.notes);
        if let Some(name) = &name {
            self.places(name);
        }
        let workspace = name.map(|name| Workspace { command: shows, name: Arc::from(name.value) });
        Some(Drift { command: self.program("drift")?, limit, workspace })
    }

    fn times(&mut self) -> Times {
        let usual = Times::default();
        let mut seconds =
            |key, bounds, usual| self.section.seconds(key, bounds, self.notes).map_or(usual, |at| Duration::from_secs(at.value));
        Times {
            reach: seconds("reach_seconds", WORK, usual.reach),
            hold: seconds("capacity_seconds", WAIT, usual.hold),
            drain: seconds("drain_seconds", WAIT, usual.drain),
            copy: seconds("copy_seconds", WORK, usual.copy),
            run: seconds("command_seconds", WORK, usual.run),
            registration: seconds("register_seconds", WORK, usual.registration),
            healthy: seconds("healthy_seconds", WORK, usual.healthy),
            pause: seconds("pause_seconds", WAIT, usual.pause),
            versions: seconds("versions_seconds", WORK, usual.versions),
        }
    }
}
