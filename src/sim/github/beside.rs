//! From a scenario to what a repository has beside its commits: tags, releases,
//! issues, and what people say.
//!
//! Owns the meaning of those keys. Its commits and pull requests are
//! [`super::build`]'s.

use std::collections::BTreeMap;

use toml::Spanned;

use super::issue::{Comment, Issue};
use super::merging::Method;
use super::refs::{Release, Tag, is_ref_name};
use super::repository::Repository;
use crate::chance::{hash, mix};
use crate::environment::Name;
use crate::moment::Moment;
use crate::scenario::Mistake;
use crate::scenario::populate::Builder;
use crate::scenario::repositories::{CommentEntry, CommitEntry, RepositoryEntry};

impl Builder<'_> {
    /// The moment of a length from the start; later ones come sooner at a speed.
    fn moment(&self, text: &Spanned<String>) -> Result<Moment, Mistake> {
        let length = self.length(Some(text), 0)?;
        Ok(self.start.plus(if length > 0 { self.world.scaled(length) } else { length }))
    }

    fn author(&self, login: Option<&str>) -> Name {
        login.map_or_else(|| self.world.github.viewer.clone(), Name::from)
    }

    /// Gives a repository its tags, releases and issues. Its commits are there already.
    pub(super) fn beside(&self, entry: &RepositoryEntry, repository: &mut Repository) -> Result<(), Mistake> {
        self.tags(entry, repository)?;
        self.releases(entry, repository)?;
        self.issues(entry, repository)
    }

    fn tags(&self, entry: &RepositoryEntry, repository: &mut Repository) -> Result<(), Mistake> {
        for spanned in &entry.tag {
            let (tag, line) = (spanned.get_ref(), spanned.span().start);
            let no = |sentence: String| Err(self.source.mistake(line, sentence));
            if !is_ref_name(&tag.name) {
                return no(format!("git takes no tag named {:?}", tag.name));
            }
            if repository.tags.iter().any(|known| *known.name == *tag.name) {
                return no(format!("there are two tags \"{}\"", tag.name));
            }
            let Some(commit) = repository.history.named(&tag.commit) else {
                return no(format!("there is no commit named \"{}\" for the tag", tag.commit));
            };
            let made = repository.history.at(commit).map_or(self.start, |commit| commit.from);
            let at = tag.at.as_ref().map_or(Ok(made), |at| self.moment(at))?;
            if at < made {
                return no(format!("the tag \"{}\" is older than its commit", tag.name));
            }
            repository.tags.push(Tag { name: tag.name.as_str().into(), commit, at });
        }
        Ok(())
    }

    fn releases(&self, entry: &RepositoryEntry, repository: &mut Repository) -> Result<(), Mistake> {
        for spanned in &entry.release {
            let (release, line) = (spanned.get_ref(), spanned.span().start);
            let known = repository.tags.iter().any(|tag| *tag.name == *release.tag);
            if !known && !release.draft {
                let sentence = format!("the release \"{0}\" needs a [[repository.tag]] named \"{0}\", or `draft = true`", release.tag);
                return Err(self.source.mistake(line, sentence));
            }
            repository.releases.push(Release {
                id: 40_000_000 + mix(repository.id, hash(&release.tag)) % 90_000_000,
                tag: release.tag.as_str().into(),
                target: repository.branch.clone(),
                name: release.name.as_deref().map(Name::from),
                body: release.body.as_deref().map(Name::from),
                draft: release.draft,
                prerelease: release.prerelease,
                author: self.author(release.author.as_deref()),
                at: self.moment(&release.at)?,
            });
        }
        Ok(())
    }

    fn issues(&self, entry: &RepositoryEntry, repository: &mut Repository) -> Result<(), Mistake> {
        for spanned in &entry.issue {
            let (issue, line) = (spanned.get_ref(), spanned.span().start);
            let number = issue.number;
            let pull = repository.pulls.iter().any(|pull| pull.number == number);
            if pull || repository.issues.iter().any(|known| known.number == number) {
                return Err(self.source.mistake(line, format!("#{number} is there already: issues and pull requests count together")));
            }
            repository.issues.push(Issue {
                number,
                title: issue.title.as_str().into(),
                body: issue.body.as_deref().map(Name::from),
                author: Some(self.author(issue.author.as_deref())),
                labels: issue.labels.iter().map(|label| Name::from(label.as_str())).collect(),
                opened: self.moment(&issue.at)?,
                closed: issue.closed.as_ref().map(|at| self.moment(at)).transpose()?,
                comments: self.comments_of(&issue.comment, entry, number)?,
            });
        }
        Ok(())
    }

    /// What was said about each pull request of the file.
    pub(super) fn comments(&self, entry: &RepositoryEntry) -> Result<BTreeMap<usize, Vec<Comment>>, Mistake> {
        let mut comments = BTreeMap::new();
        for (place, commit) in entry.commit.iter().enumerate().filter(|(_, commit)| !commit.get_ref().comment.is_empty()) {
            let Some(number) = commit.get_ref().number else {
                return Err(self.source.mistake(commit.span().start, "only a pull request, which has a `number`, has comments"));
            };
            comments.insert(place, self.comments_of(&commit.get_ref().comment, entry, number)?);
        }
        Ok(comments)
    }

    fn comments_of(&self, entries: &[CommentEntry], repository: &RepositoryEntry, issue: u64) -> Result<Vec<Comment>, Mistake> {
        let seed = mix(hash(repository.name.get_ref()), issue);
        let read = |(number, comment): (usize, &CommentEntry)| {
            Ok(Comment {
                id: 2_000_000_000 + mix(seed, number as u64) % 900_000_000,
                author: Some(self.author(comment.author.as_deref())),
                body: comment.body.as_str().into(),
                at: self.moment(&comment.at)?,
            })
        };
        entries.iter().enumerate().map(read).collect()
    }

    /// Reads what a commit says of checks and statuses; a word or a name that means
    /// nothing would quietly be a success.
    pub(super) fn check_words(&self, entry: &RepositoryEntry, commit: &CommitEntry) -> Result<(), Mistake> {
        for (name, word) in &commit.checks {
            if !entry.checks.contains(name) && !entry.statuses.contains(name) {
                let sentence = format!("\"{name}\" is neither one of the `checks` nor of the `statuses` of {}", entry.name.get_ref());
                return Err(self.source.mistake(word.span().start, sentence));
            }
            self.one_of(word, &["success", "failure", "pending", "missing"])?;
        }
        for word in commit.statuses.values() {
            self.one_of(word, &["success", "failure", "error", "pending"])?;
        }
        Ok(())
    }

    /// Whether a branch protection requires the checks, instead of a ruleset.
    pub(super) fn classic(&self, entry: &RepositoryEntry) -> Result<bool, Mistake> {
        let Some(word) = &entry.protection else { return Ok(false) };
        Ok(self.one_of(word, &["ruleset", "branch"])? == "branch")
    }

    /// How pull requests may be merged.
    pub(super) fn methods(&self, entry: &RepositoryEntry) -> Result<Vec<Method>, Mistake> {
        let all = Method::WORDS.map(|(word, _)| word);
        let mut methods = Vec::new();
        for word in &entry.merges {
            methods.extend(Method::read(self.one_of(word, &all)?));
        }
        Ok(if methods.is_empty() { Method::WORDS.map(|(_, method)| method).to_vec() } else { methods })
    }
}
