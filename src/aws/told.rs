//! Small translations that every answer needs: moments, texts, ARNs.

use std::collections::HashMap;
use std::sync::Arc;

use aws_smithy_types::DateTime;

use crate::model::clock::Timestamp;

/// A moment, if it is one that the calendar knows.
pub fn moment(told: Option<&DateTime>) -> Option<Timestamp> {
    let told = told?;
    let nanoseconds = i32::try_from(told.subsec_nanos()).ok()?;
    Timestamp::new(told.secs(), nanoseconds).ok()
}

/// A moment as a question has it: whole milliseconds, never later than meant.
pub fn moment_to_ask(moment: Timestamp) -> DateTime {
    DateTime::from_millis(moment.as_millisecond())
}

/// A text, if it says anything: servers send empty elements for what they do not know.
pub fn text(told: Option<&String>) -> Option<&str> {
    told.map(|text| text.trim()).filter(|text| !text.is_empty())
}

/// The account and the region in an ARN.
pub fn arn_parts(arn: &str) -> (Option<&str>, Option<&str>) {
    let mut parts = arn.split(':').skip(3).map(|part| Some(part).filter(|part| !part.is_empty()));
    let region = parts.next().flatten();
    let account = parts.next().flatten();
    (account, region)
}

/// Keeps one copy of each text that an answer repeats: a fleet has thousands
/// of rows and a handful of stacks, applications and labels.
pub struct Interned<T> {
    known: HashMap<Box<str>, T>,
}

impl<T> Default for Interned<T> {
    fn default() -> Self {
        Self { known: HashMap::new() }
    }
}

impl<T: Clone + for<'a> From<&'a str>> Interned<T> {
    /// The one copy of this text.
    pub fn get(&mut self, text: &str) -> T {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let fresh = T::from(text);
        self.known.insert(Box::from(text), fresh.clone());
        fresh
    }
}

/// Interned texts without a type of their own.
pub type InternedText = Interned<Arc<str>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_outside_the_calendar_are_unknown() {
        assert_eq!(moment(Some(&DateTime::from_secs_and_nanos(1, 500_000_000))).unwrap().as_millisecond(), 1_500);
        assert_eq!(moment(Some(&DateTime::from_secs(i64::MAX))), None);
        assert_eq!(moment(None), None);
    }

    #[test]
    fn an_arn_tells_account_and_region() {
        let arn = "arn:aws:elasticbeanstalk:us-west-1:111122223333:environment/h/h-prod";
        assert_eq!(arn_parts(arn), (Some("111122223333"), Some("us-west-1")));
        for odd in ["", "TODO", "arn:aws:elasticbeanstalk::", "::::"] {
            assert_eq!(arn_parts(odd), (None, None), "{odd}");
        }
    }

    #[test]
    fn interned_texts_are_one() {
        let mut interned = InternedText::default();
        let (one, two) = (interned.get("64bit"), interned.get("64bit"));
        assert!(Arc::ptr_eq(&one, &two));
    }
}
