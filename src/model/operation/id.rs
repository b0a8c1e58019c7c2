//! What names an operation: sorted by the time it was planned, and safe as the name of a file.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::model::clock::Timestamp;

/// An operation's id: `20261121T173418Z-1a2b3c4d`, the time it was planned in UTC, and a number that tells two of one second apart.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OperationId(Arc<str>);

/// A text that is not an operation's id.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("{0:?} is not an operation's id: an id reads like 20261121T173418Z-1a2b3c4d")]
pub struct NotAnId(String);

/// How many characters an id has.
const LENGTH: usize = "20261121T173418Z-1a2b3c4d".len();

impl OperationId {
    /// An id for what is planned now. The salt has to be another one for each operation: a random number.
    #[must_use]
    pub fn new(now: Timestamp, salt: u32) -> Self {
        Self(format!("{}-{salt:08x}", now.strftime("%Y%m%dT%H%M%SZ")).into())
    }

    /// Reads an id as a person or a file's name gives it.
    ///
    /// # Errors
    /// When it is none. So nothing that is used as a file's name can lead to another folder.
    pub fn parse(text: &str) -> Result<Self, NotAnId> {
        let fits = text.len() == LENGTH
            && text.bytes().enumerate().all(|(place, byte)| match place {
                8 => byte == b'T',
                15 => byte == b'Z',
                16 => byte == b'-',
                0..=15 => byte.is_ascii_digit(),
                _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            });
        if fits { Ok(Self(text.into())) } else { Err(NotAnId(text.to_owned())) }
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OperationId {
    type Error = NotAnId;

    fn try_from(text: String) -> Result<Self, NotAnId> {
        Self::parse(&text)
    }
}

impl From<OperationId> for String {
    fn from(id: OperationId) -> Self {
        id.0.as_ref().to_owned()
    }
}

impl fmt::Display for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for OperationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_read_back() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let (first, second) = (OperationId::new(at(1_700_000_000), u32::MAX), OperationId::new(at(1_700_000_001), 1));
        assert!(first < second);
        assert_eq!(second.as_str(), "20231114T221321Z-00000001");
        assert_eq!(OperationId::parse(second.as_str()), Ok(second));
    }

    #[test]
    fn what_could_lead_elsewhere_is_no_id() {
        for text in
            ["", "..", "../../etc/passwd", "20231114T221321Z-0000000/", "20231114T221321Z-0000000G", "20231114T221321Z-00000001.jsonl"]
        {
            assert!(OperationId::parse(text).unwrap_err().to_string().contains("20261121T173418Z"), "{text}");
        }
    }
}
