//! A file of a repository (GitHub's REST API documentation, "Get repository content").

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use super::asking::{Asking, Misread};
use super::call::encoded;
use super::error::Trouble;
use super::soft::soft;
use crate::model::id::Repository;

#[derive(Deserialize)]
struct RawFile {
    #[serde(default, deserialize_with = "soft")]
    content: Option<String>,
    /// `base64`, or `none` where the file is larger than a megabyte.
    #[serde(default, deserialize_with = "soft")]
    encoding: Option<String>,
}

/// The text of a file on a branch; on the default branch where none is known.
pub async fn file(asking: &mut Asking<'_>, repository: &Repository, path: &str, branch: Option<&str>) -> Result<Arc<str>, Trouble> {
    let home = asking.caller.home(repository)?;
    let path: Vec<String> = path.split('/').map(|part| encoded(part).to_string()).collect();
    let on = branch.map(|branch| format!("?ref={}", encoded(branch))).unwrap_or_default();
    let url = format!("{home}/contents/{}{on}", path.join("/"));
    let page = asking.page(repository, &url, text).await?;
    Ok(Arc::clone(&page.value))
}

fn text(body: &[u8]) -> Result<Arc<str>, Misread> {
    // Of a folder there is a list.
    let raw: serde_json::Value = serde_json::from_slice(body)?;
    if raw.is_array() {
        return Err(Misread::Shape("it is a folder".to_owned()));
    }
    let raw = RawFile::deserialize(raw)?;
    let content = raw.content.filter(|_| raw.encoding.as_deref() == Some("base64"));
    let content = content.ok_or_else(|| Misread::Shape("it is no file, or one of more than a megabyte".to_owned()))?;
    let letters: Vec<u8> = content.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(letters).map_err(|_| Misread::Shape("its content is no base64".to_owned()))?;
    let text = String::from_utf8(bytes).map_err(|_| Misread::Shape("it is no text".to_owned()))?;
    Ok(Arc::from(text))
}
