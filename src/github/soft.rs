//! Reads what GitHub tells without insisting: a field that is null, absent or of another type is not there.
//!
//! Its schema permits nulls in most places, and its answers in more: one odd
//! item must not cost a page.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use crate::model::clock::Timestamp;
use crate::model::id::Login;

/// A field of this type, or none. With `#[serde(default)]` it may also be absent.
pub fn soft<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// A list, or nothing; of its items those that are of this type.
pub fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Vec<T>, D::Error> {
    let Value::Array(values) = Value::deserialize(deserializer)? else { return Ok(Vec::new()) };
    Ok(values.into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect())
}

/// Whoever has an account; none where it is gone.
#[derive(Deserialize, Default, Clone, Debug)]
pub struct Account {
    #[serde(default, deserialize_with = "soft")]
    pub login: Option<String>,
}

/// The name of an account, where there is one.
pub fn login(account: Option<Account>) -> Option<Login> {
    account?.login.filter(|login| !login.is_empty()).map(Login::from)
}

/// A moment, where the text is one.
pub fn moment(text: Option<String>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// A text that is there, if only as an empty one.
pub fn words(text: Option<String>) -> Arc<str> {
    text.unwrap_or_default().into()
}
