//! `NextToken`s: opaque to clients, checked when they come back.

use std::fmt::Write as _;

use crate::chance::{hash, mix};

use super::Fault;

/// A token for going on from the numbers given.
#[must_use]
pub fn write(kind: &str, numbers: &[i64]) -> String {
    let mut text: Vec<String> = numbers.iter().map(|number| format!("{number:x}")).collect();
    text.push(format!("{:08x}", seal(kind, numbers)));
    let mut token = String::new();
    for byte in text.join("-").bytes() {
        // Writing into a String cannot fail.
        let _ = write!(token, "{byte:02x}");
    }
    token
}

/// The numbers of a token of this kind.
///
/// # Errors
///
/// When it is not one that [`write`] wrote.
pub fn read(kind: &str, token: &str) -> Result<Vec<i64>, Fault> {
    let numbers = unhex(token).and_then(|text| {
        let (text, check) = text.rsplit_once('-')?;
        let numbers = split(text)?;
        (check == format!("{:08x}", seal(kind, &numbers))).then_some(numbers)
    });
    numbers.ok_or_else(|| Fault::invalid("Invalid NextToken."))
}

fn seal(kind: &str, numbers: &[i64]) -> u32 {
    let mixed = numbers.iter().fold(hash(kind), |h, number| mix(h, number.unsigned_abs()));
    u32::try_from(mixed >> 32).unwrap_or(0)
}

fn split(text: &str) -> Option<Vec<i64>> {
    text.split('-').map(|part| i64::from_str_radix(part, 16).ok()).collect()
}

fn unhex(token: &str) -> Option<String> {
    let bytes = token.as_bytes();
    if bytes.len() > 512 || !bytes.len().is_multiple_of(2) {
        return None;
    }
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    String::from_utf8(bytes.chunks(2).map(byte).collect::<Option<Vec<u8>>>()?).ok()
}

/// How many records a page may have, from a parameter.
///
/// # Errors
///
/// When it is no number of records.
pub fn most(value: Option<&str>, limit: usize) -> Result<Option<usize>, Fault> {
    let Some(value) = value else { return Ok(None) };
    match value.parse() {
        Ok(count) if (1..=limit).contains(&count) => Ok(Some(count)),
        _ => Err(Fault::new(
            400,
            "ValidationError",
            format!(
                "1 validation error detected: Value '{value}' at 'maxRecords' failed to satisfy constraint: \
                 Member must have value between 1 and {limit}"
            ),
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_come_back_and_forgeries_do_not() {
        let token = write("events", &[17, 1_763_607_431_123]);
        assert_eq!(read("events", &token), Ok(vec![17, 1_763_607_431_123]));
        assert!(read("environments", &token).is_err());
        for bad in ["", "zz", "é", "00", &token[2..], &"ab".repeat(400)] {
            assert!(read("events", bad).is_err(), "{bad}");
        }
    }
}
