//! The frames of `application/vnd.amazon.eventstream`.
//!
//! ```text
//! total length · length of headers · CRC of these two │ headers │ payload │ CRC of all before it
//! ```
//!
//! Numbers are big-endian and of four bytes (Smithy, "Amazon Event Stream Specification").

/// The content type of an answer that is a stream.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";
/// The type of a header that is a text.
const TEXT: u8 = 7;

/// An event.
#[must_use]
pub fn event(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [(":message-type", "event"), (":event-type", kind), (":content-type", "application/json")];
    frame(&headers, payload.as_bytes())
}

/// An exception: the last thing of a stream.
#[must_use]
pub fn exception(kind: &str, payload: &str) -> Vec<u8> {
    let headers = [(":message-type", "exception"), (":exception-type", kind), (":content-type", "application/json")];
    frame(&headers, payload.as_bytes())
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    for (name, value) in headers {
        written.push(u8::try_from(name.len()).unwrap_or(u8::MAX));
        written.extend_from_slice(name.as_bytes());
        written.push(TEXT);
        written.extend_from_slice(&u16::try_from(value.len()).unwrap_or(u16::MAX).to_be_bytes());
        written.extend_from_slice(value.as_bytes());
    }
    let number = |length: usize| u32::try_from(length).unwrap_or(u32::MAX).to_be_bytes();
    let mut frame = Vec::with_capacity(16 + written.len() + payload.len());
    frame.extend_from_slice(&number(16 + written.len() + payload.len()));
    frame.extend_from_slice(&number(written.len()));
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame.extend_from_slice(&written);
    frame.extend_from_slice(payload);
    frame.extend_from_slice(&crc32fast::hash(&frame).to_be_bytes());
    frame
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_as_the_specification_writes_it() {
        // Smithy's own example of an empty message.
        assert_eq!(frame(&[], b""), [0, 0, 0, 0x10, 0, 0, 0, 0, 0x05, 0xc2, 0x48, 0xeb, 0x7d, 0x98, 0xc8, 0xff]);
        let frame = event("sessionUpdate", "{}");
        assert_eq!(u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize, frame.len());
        assert_eq!(&frame[12..27], b"\x0d:message-type\x07");
        assert!(frame.windows(2).any(|two| two == b"{}"));
    }
}
