//! Sees to it that an answer is whole.
//!
//! The SDK's XML reader takes a document that ends between two elements for
//! one that is finished: a listing that broke off there would be a shorter
//! listing, and the environments after the break would have "disappeared".

use std::fmt;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::AfterDeserializationInterceptorContextRef;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;

/// Why an answer is not taken.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Flaw {
    /// It ends before its end.
    CutShort,
    /// It is something else altogether.
    NotXml,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CutShort => "the answer breaks off",
            Self::NotXml => "the answer is not XML",
        })
    }
}

impl std::error::Error for Flaw {}

/// Refuses successful XML answers whose root element is not closed.
#[derive(Debug)]
pub struct WholeAnswers;

impl Intercept for WholeAnswers {
    fn name(&self) -> &'static str {
        "WholeAnswers"
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        if !response.status().is_success() {
            return Ok(());
        }
        let flaw = response.body().bytes().and_then(flaw);
        flaw.map_or(Ok(()), |flaw| Err(flaw.into()))
    }
}

/// What is wrong with a document: its last tag must close its first.
fn flaw(body: &[u8]) -> Option<Flaw> {
    let text = body.trim_ascii();
    if !text.starts_with(b"<") && !text.is_empty() {
        return Some(Flaw::NotXml);
    }
    let Some(root) = root_of(text) else { return Some(Flaw::CutShort) };
    let end = text.strip_suffix(b">").map(<[u8]>::trim_ascii_end).and_then(|end| end.strip_suffix(root));
    if end.is_some_and(|before| before.ends_with(b"</")) { None } else { Some(Flaw::CutShort) }
}

/// The name of a document's first element.
fn root_of(mut text: &[u8]) -> Option<&[u8]> {
    loop {
        let open = text.iter().position(|byte| *byte == b'<')?;
        text = text.get(open + 1..)?;
        match text.first()? {
            // A declaration, a comment or a document type stands before it.
            b'?' | b'!' => {}
            _ => {
                let end = text.iter().position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/'))?;
                return text.get(..end);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_closed_root_is_whole() {
        for (body, expected) in [
            ("<A><B/></A>", None),
            ("<?xml version=\"1.0\"?>\n<A xmlns=\"x\">\n<B></B>\n</A >\n\n", None),
            ("<A><A></A>", None),
            ("<A><B></B>", Some(Flaw::CutShort)),
            ("<A><BA></BA>", Some(Flaw::CutShort)),
            ("", Some(Flaw::CutShort)),
            ("<", Some(Flaw::CutShort)),
            ("{}", Some(Flaw::NotXml)),
            ("x<A></A>", Some(Flaw::NotXml)),
        ] {
            assert_eq!(flaw(body.as_bytes()), expected, "{body}");
        }
    }
}
