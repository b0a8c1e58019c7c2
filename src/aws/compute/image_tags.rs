//! What names an image, and which commit its tags stand for: pure.

use crate::model::id::{Sha, VersionLabel};
use crate::model::version::LabelReader;

/// The digits of a whole commit.
const WHOLE: usize = 40;
/// The digits of a SHA-256.
const DIGITS: usize = 64;

/// What an instance says that it runs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Named {
    /// A digest: the image itself, whatever its tags are now.
    Digest(String),
    /// A tag, which may stand for another image tomorrow.
    Tag(String),
}

impl Named {
    /// Reads a digest, a tag, or an image with either: `…/growl-backend@sha256:…`, `…:5000/growl-backend:latest`.
    pub fn read(text: &str) -> Self {
        if let Some(digits) = text.split_once("sha256:").and_then(|(_, behind)| digits(behind)) {
            return Self::Digest(format!("sha256:{}", digits.to_ascii_lowercase()));
        }
        // A colon before a slash is that of a port.
        let tag = text.rsplit_once(':').map(|(_, tag)| tag).filter(|tag| !tag.contains('/'));
        let is_image = text.contains('/');
        Self::Tag(tag.unwrap_or(if is_image { "latest" } else { text }).to_owned())
    }

    /// The commit, where it is a tag that is one.
    pub fn commit(&self) -> Option<Sha> {
        match self {
            Self::Digest(_) => None,
            Self::Tag(tag) => Sha::new(tag).filter(|sha| sha.as_str().len() == WHOLE),
        }
    }

    /// As a person says it.
    pub fn label(&self) -> VersionLabel {
        match self {
            Self::Digest(text) | Self::Tag(text) => VersionLabel::from(text.as_str()),
        }
    }
}

/// Whether a tag is no commit, and so may stand for another image tomorrow.
pub fn is_moving(tag: &str) -> bool {
    Named::Tag(tag.to_owned()).commit().is_none()
}

/// The digits of a digest, whatever stands behind them: `docker inspect` may print it in quotes.
fn digits(text: &str) -> Option<&str> {
    let end = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    text.get(..end).filter(|digits| digits.len() == DIGITS)
}

/// The commit that the tags of one image stand for: none where none is one, or where two are.
pub fn commit(tags: &[String]) -> Option<Sha> {
    only(tags.iter().filter_map(|tag| Sha::new(tag).filter(|sha| sha.as_str().len() == WHOLE)))
        .or_else(|| only(tags.iter().filter_map(|tag| LabelReader::default().commit(&VersionLabel::from(tag.as_str())))))
}

/// The one that all are, as long as it is told.
fn only(mut all: impl Iterator<Item = Sha>) -> Option<Sha> {
    let first = all.next()?;
    all.try_fold(first, |known, other| {
        let longer = if other.as_str().len() > known.as_str().len() { &other } else { &known };
        known.agrees_with(&other).then(|| longer.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = "1111111111111111111111111111111111111111";
    const SECOND: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn what_names_an_image_is_a_digest_or_a_tag() {
        let digest = format!("sha256:{}", "ab".repeat(32));
        let tag = |text: &str| Named::Tag(text.to_owned());
        for (text, named) in [
            (format!("1.dkr.ecr.us-west-1.amazonaws.com/growl@{digest}"), Named::Digest(digest.clone())),
            (format!("[\"1.dkr.ecr.us-west-1.amazonaws.com/growl@{digest}\"]"), Named::Digest(digest.clone())),
            (digest.clone(), Named::Digest(digest)),
            ("1.dkr.ecr.us-west-1.amazonaws.com/growl:latest".to_owned(), tag("latest")),
            ("registry:5000/growl".to_owned(), tag("latest")),
            ("latest".to_owned(), tag("latest")),
            (FIRST.to_owned(), tag(FIRST)),
            ("sha256:short".to_owned(), tag("short")),
        ] {
            assert_eq!(Named::read(&text), named, "{text}");
        }
        assert_eq!(tag(FIRST).commit().unwrap().as_str(), FIRST);
        assert_eq!(tag("latest").commit(), None);
    }

    #[test]
    fn of_several_tags_the_one_that_is_a_commit_counts_and_two_commits_are_none() {
        let of = |tags: &[&str]| commit(&tags.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>()).map(|sha| sha.to_string());
        assert_eq!(of(&["latest", FIRST, "v1.2"]).as_deref(), Some(FIRST));
        assert_eq!(of(&[FIRST, SECOND]), None);
        assert_eq!(of(&["latest"]), None);
        assert_eq!(of(&["latest", "20221110-g8a52aea"]).as_deref(), Some("8a52aea"));
        assert_eq!(of(&[]), None);
    }
}
