//! What is said of CircleCI: where it is, and which of its workflows deploys what.

use std::sync::Arc;

use super::settings::CircleCi;
use super::shape;
use super::source::{At, Notes, quoted};
use super::table::Section;
use crate::model::circleci::{Deploying, Pushed};

/// `[circleci]`.
pub(super) fn read(section: &Section<'_>, notes: &mut Notes<'_>) -> CircleCi {
    let words = section.texts("token_command", notes).map(|texts| texts.value).unwrap_or_default();
    CircleCi {
        url: section.text("url", notes).and_then(|text| url(&text, notes)),
        token_command: words.into_iter().map(|word| word.value.to_owned()).collect(),
    }
}

fn url(text: &At<&str>, notes: &mut Notes<'_>) -> Option<Arc<str>> {
    let url = shape::server(text.value);
    if url.is_none() {
        let sentence = format!(
            "{} is no address of a server: write \"https://circleci.com\", or that of your CircleCI server, without /api/v2",
            quoted(text.value)
        );
        notes.add(&text.span, sentence);
    }
    url
}

/// The keys of an entry that say what of CircleCI deploys it.
pub(super) fn deploying(section: &Section<'_>, notes: &mut Notes<'_>) -> Option<Deploying> {
    let project = section.text("circleci", notes);
    let named = |key, notes: &mut Notes<'_>| section.text(key, notes);
    let (workflow, branch, tags) = (named("circleci_workflow", notes), named("circleci_branch", notes), named("circleci_tags", notes));
    let Some(project) = project else {
        for at in [&workflow, &branch, &tags].into_iter().flatten() {
            notes.add(&at.span, "this says nothing without the project: add circleci = \"gh/OWNER/NAME\"");
        }
        return None;
    };
    if section.has("pull_tag") {
        notes.add(&project.span, "circleci is of one environment: what deploys previews is not run again from here, so leave it out");
        return None;
    }
    if !is_slug(project.value) {
        let sentence = format!("{} is no project of CircleCI: write its slug, such as \"gh/OWNER/NAME\"", quoted(project.value));
        notes.add(&project.span, sentence);
        return None;
    }
    let of = match (branch, tags) {
        (Some(branch), None) => Pushed::Branch(branch.value.into()),
        (None, Some(tags)) => Pushed::Tags(tags.value.into()),
        (Some(_), Some(tags)) => {
            notes.add(&tags.span, "a push is of a branch or of a tag: write circleci_branch or circleci_tags");
            return None;
        }
        (None, None) => {
            let sentence = "this does not say which pushes are deployed here: add circleci_branch = \"main\", or circleci_tags = \"v*\"";
            notes.add(&project.span, sentence);
            return None;
        }
    };
    Some(Deploying { project: project.value.into(), workflow: workflow.map(|workflow| workflow.value.into()), of })
}

/// Whether a text is a project's slug: where it is kept, its owner and its name (CircleCI's API v2, "project-slug").
fn is_slug(text: &str) -> bool {
    let parts: Vec<&str> = text.split('/').collect();
    let plain = |part: &&str| !["", ".", ".."].contains(part) && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    parts.len() == 3 && parts.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::is_slug;

    #[test]
    fn a_slug_has_three_parts() {
        for (text, fits) in [
            ("gh/Enterprise-CMCS/eAPD", true),
            ("circleci/9YytKzouJxzu4TjCRFqAoD/44n9wujWcTnVZ2b5S8Fnat", true),
            ("Enterprise-CMCS/eAPD", false),
            ("gh/../eAPD", false),
            ("gh/a b/c", false),
            ("https://github.com/o/r", false),
        ] {
            assert_eq!(is_slug(text), fits, "{text}");
        }
    }
}
