//! Which commit a version label stands for.
//!
//! Owns the label schemes of the simulated teams. The truth gives the commit
//! as far as the label has it: abbreviated where the label abbreviates.

/// The commit in a label, where it has one.
#[must_use]
pub fn commit(label: &str) -> Option<&str> {
    described(label).or_else(|| full(label)).or_else(|| by_cli(label))
}

fn is_sha(text: &str, lengths: std::ops::RangeInclusive<usize>) -> bool {
    lengths.contains(&text.len()) && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `…20221110-g8a52aea`: as `git describe` writes it, after a date.
fn described(label: &str) -> Option<&str> {
    let (before, sha) = label.rsplit_once("-g")?;
    let date = before.get(before.len().checked_sub(8)?..)?;
    (is_sha(sha, 7..=40) && date.bytes().all(|b| b.is_ascii_digit())).then_some(sha)
}

/// A full SHA, alone or after a dash.
fn full(label: &str) -> Option<&str> {
    let last = label.rsplit(['-', '_', '.', '/']).next()?;
    is_sha(last, 40..=40).then_some(last)
}

/// `app-1a2b-221110_123456789012`: the EB CLI's default.
fn by_cli(label: &str) -> Option<&str> {
    let (before, time) = label.rsplit_once('-')?;
    let (date, clock) = time.split_once('_')?;
    let digits = |text: &str, length: usize| text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    let sha = before.rsplit('-').next()?;
    let prefixed = before.starts_with("app-");
    (prefixed && digits(date, 6) && (6..=12).any(|n| digits(clock, n)) && is_sha(sha, 4..=40)).then_some(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scheme_is_known() {
        assert_eq!(commit("h-prod20221110T123456Z-20221110-g8a52aea"), Some("8a52aea"));
        assert_eq!(commit("app-1a2b-221110_123456789012"), Some("1a2b"));
        let sha = "0123456789abcdef0123456789abcdef01234567";
        assert_eq!(commit(sha), Some(sha));
        for none in ["v412", "Sample Application", "build-5200", "app-g1a2b3c4", "x-g8a52aea", ""] {
            assert_eq!(commit(none), None, "{none}");
        }
    }
}
