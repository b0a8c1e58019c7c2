//! How a version is deployed to one instance of a target group after the other, as it is configured.
//!
//! Its texts have places in braces that are filled in once it is known which version goes where. What is filled into
//! a command is read by a shell on a machine, so it has to be plainly a name.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::compute::Template;
use super::operation::action::Copied;
use super::operation::plan::{OnFailure, Times};

/// How one is carried out.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Rolling {
    /// What is run on each machine, with places to fill in; see [`Filling`].
    pub command: Arc<str>,
    /// What is copied to each machine before, with such places in where it goes.
    pub files: Vec<Copied>,
    /// The folder in which programs are run here.
    pub folder: Option<PathBuf>,
    /// How machines are logged in to; by AWS Systems Manager where nobody said.
    pub login: Option<Template>,
    /// What tells whether the world is as it was declared.
    pub drift: Option<Drift>,
    /// The workflows of which no run may go on, beside those that deploy the environment.
    pub workflows: Vec<Arc<str>>,
    /// How many instances may be under way at once.
    pub at_once: u32,
    /// How many other targets have to be healthy before one is taken out.
    pub minimum_healthy: u32,
    /// What a failure does to the rest.
    pub on_failure: OnFailure,
    /// How long each part may take.
    pub times: Times,
}

/// A program that ends with 0 where nothing has drifted, and with 2 where something has (`terraform plan
/// -detailed-exitcode`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Drift {
    /// The program and its arguments, with places to fill in.
    pub command: Vec<String>,
    /// How long it may take.
    pub limit: Duration,
    /// What has to be selected before it is asked.
    pub workspace: Option<Workspace>,
}

/// A workspace, and what tells which one is selected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Workspace {
    /// The program and its arguments, whose last line is the name of the one that is selected.
    pub command: Vec<String>,
    /// The one that has to be, with places to fill in.
    pub name: Arc<str>,
}

/// What may stand in braces.
pub const PLACES: [&str; 3] = ["{tag}", "{name}", "{environment}"];

/// What is put into the places.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Filling<'f> {
    /// The tag of the image.
    pub tag: &'f str,
    /// The name of the target group.
    pub name: &'f str,
    /// The environment on GitHub that goes with it.
    pub environment: Option<&'f str>,
}

impl Filling<'_> {
    /// A text with its places filled in. Braces around anything else stay as they are.
    ///
    /// # Errors
    /// A sentence, where something is not known, or could mean more to a shell than a name does.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        let known = [Some(self.tag), Some(self.name), self.environment];
        let mut filled = text.to_owned();
        for (place, value) in PLACES.into_iter().zip(known).filter(|(place, _)| text.contains(place)) {
            let value = value.ok_or_else(|| format!("nothing is configured to put in for {place}"))?;
            if !is_name(value) {
                return Err(format!("{value:?} cannot be put in for {place}: a shell could take it for more than a name"));
            }
            filled = filled.replace(place, value);
        }
        Ok(filled)
    }
}

/// Whether a text is a name and nothing else: letters, digits, dots, dashes and underscores.
///
/// A tag of ECR has no other characters (`[a-zA-Z0-9_][a-zA-Z0-9_.-]{0,127}`), nor has a target group's name.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    !text.is_empty() && text.len() <= 128 && !text.starts_with(['-', '.']) && text.chars().all(fits)
}

/// What stands alone in braces in a text and is nothing that can be filled in: `{image}`, but neither `${IMAGE}`,
/// `{{.Image}}` nor `{a,b}`, which mean something to a shell or a program.
#[must_use]
pub fn unknown_place(text: &str) -> Option<&str> {
    let mut rest = text;
    let mut before = None;
    while let Some((head, tail)) = rest.split_once('{') {
        let opened = head.chars().next_back().or(before);
        let word = tail.find('}').and_then(|end| Some((tail.get(..end)?, tail.get(end + 1..)?)));
        if let Some((word, behind)) = word {
            let stands_alone = !matches!(opened, Some('{' | '$')) && !behind.starts_with('}');
            let is_word = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
            if stands_alone && is_word && !PLACES.iter().any(|place| place.trim_matches(['{', '}']) == word) {
                return Some(word);
            }
        }
        before = Some('{');
        rest = tail;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILLING: Filling<'_> = Filling { tag: "0a1b2c", name: "growl-prod", environment: Some("prod") };

    #[test]
    fn places_are_filled_in_and_other_braces_stay() {
        let filled = FILLING.fill("IMAGE_TAG={tag} ENV={environment} make -C {name} ${HOME} '{{.Image}}' {a,b}").unwrap();
        assert_eq!(filled, "IMAGE_TAG=0a1b2c ENV=prod make -C growl-prod ${HOME} '{{.Image}}' {a,b}");
        let unsaid = Filling { environment: None, ..FILLING };
        assert_eq!(unsaid.fill("{environment}").unwrap_err(), "nothing is configured to put in for {environment}");
        assert_eq!(unsaid.fill("make").unwrap(), "make");
    }

    #[test]
    fn what_a_shell_could_take_for_more_than_a_name_is_never_filled_in() {
        for wrong in ["", "a b", "a;id", "$(id)", "`id`", "a\nb", "-rf", ".", "ä", "a'b", "a/b", "{name}"] {
            assert!(Filling { tag: wrong, ..FILLING }.fill("make {tag}").is_err(), "{wrong:?}");
        }
        assert!(is_name("latest") && is_name("v1.2_3-rc"));
    }

    #[test]
    fn a_misspelt_place_is_told_from_what_a_shell_means() {
        assert_eq!(unknown_place("make IMAGE={image_tag}"), Some("image_tag"));
        assert_eq!(unknown_place("{{tag}} {tga}"), Some("tga"));
        for text in ["make {tag} {name}", "${image}", "'{{.Image}}'", "{a,b}", "{}", "{ echo; }", "{", "a{b", "{{image}}"] {
            assert_eq!(unknown_place(text), None, "{text}");
        }
    }
}
