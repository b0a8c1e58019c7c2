//! Reading single values: lengths, labels, sizes of batches, words.
//!
//! Owns the sentences about values that make no sense, with their lines.

use toml::Spanned;

use super::Mistake;
use super::populate::Builder;
use crate::environment::Name;
use crate::github::build::is_repository;
use crate::moment::{Millis, parse_length};
use crate::settings::{Batch, STACKS, Stack};

impl Builder<'_> {
    pub(crate) fn length(&self, text: Option<&Spanned<String>>, default: Millis) -> Result<Millis, Mistake> {
        let Some(text) = text else { return Ok(default) };
        parse_length(text.get_ref()).map_err(|sentence| self.source.mistake(text.span().start, sentence))
    }

    /// A label with its `{-3d%Y%m%d}` filled in.
    pub(super) fn label(&self, pattern: &str, at: usize) -> Result<Name, Mistake> {
        let mut label = String::new();
        let mut rest = pattern;
        while let Some((before, after)) = rest.split_once('{') {
            label.push_str(before);
            let filled = after.split_once('}').and_then(|(inside, rest)| {
                if let Some(commit) = inside.strip_prefix("commit:") {
                    return Some((self.commit(commit)?, rest));
                }
                let (length, format) = inside.split_at(inside.find('%')?);
                let moment = self.start.plus(parse_length(length).ok()?);
                Some((moment.strftime(format)?, rest))
            });
            let Some((time, next)) = filled else {
                let sentence = format!(
                    "in \"{pattern}\" a time is written {{LENGTH%FORMAT}}, such as {{-3d%Y%m%dT%H%M%SZ}}, and the version of a commit {{commit:REPOSITORY/NAME}}"
                );
                return Err(self.source.mistake(at, sentence));
            };
            label.push_str(&time);
            rest = next;
        }
        label.push_str(rest);
        if label.is_empty() || label.chars().count() > 100 {
            let sentence = format!("\"{label}\" cannot be a version label: those have 1 to 100 characters");
            return Err(self.source.mistake(at, sentence));
        }
        Ok(label.into())
    }

    /// The version that is built from a commit of a `[[repository]]`.
    fn commit(&self, named: &str) -> Option<String> {
        let (repository, name) = named.rsplit_once('/')?;
        let mut repositories = self.world.github.repositories.iter();
        let found = repositories.find(|found| is_repository(repository, &found.full_name()))?;
        Some(found.history.at(found.history.named(name)?)?.version())
    }

    pub(super) fn batch(&self, text: &Spanned<String>) -> Result<Batch, Mistake> {
        let word = text.get_ref();
        let read = match word.strip_suffix('%') {
            Some(share) => share.parse().ok().filter(|n| (1..=100).contains(n)).map(Batch::Percentage),
            None => word.parse().ok().filter(|n| *n > 0).map(Batch::Fixed),
        };
        read.ok_or_else(|| {
            let sentence = format!("\"{word}\" is no size of a batch; write \"25%\" or \"2\"");
            self.source.mistake(text.span().start, sentence)
        })
    }

    pub(super) fn stack(&self, text: &Spanned<String>) -> Result<&'static Stack, Mistake> {
        let word = text.get_ref();
        STACKS.iter().find(|stack| stack.branch == word || stack.name() == *word).ok_or_else(|| {
            let known: Vec<&str> = STACKS.iter().map(|stack| stack.branch).collect();
            let sentence = format!("there is no platform \"{word}\"; there are {}", known.join(", "));
            self.source.mistake(text.span().start, sentence)
        })
    }

    pub(crate) fn one_of<'w>(&self, text: &Spanned<String>, words: &[&'w str]) -> Result<&'w str, Mistake> {
        words.iter().find(|word| *word == text.get_ref()).copied().ok_or_else(|| {
            let sentence = format!("\"{}\" is not one of {}", text.get_ref(), words.join(", "));
            self.source.mistake(text.span().start, sentence)
        })
    }
}
