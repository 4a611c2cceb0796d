//! Bytes on the console's socket: frames of bounded length, each a request as JSON.

use bytes::BytesMut;
use frontdesk_daemon::rpc::codec::Codec;
use frontdesk_shared::rpc::{ConsoleRequest, MAX_FRAME_BYTES};
use serde_json::Value;
use std::pin::Pin;
use tarpc::ClientMessage;
use tarpc::tokio_serde::{Deserializer, Serializer};
use tokio_util::codec::{Decoder as _, Encoder as _, LengthDelimitedCodec};

type Message = ClientMessage<ConsoleRequest>;

/// The bytes are read as a stream of frames, and as the inside of one.
pub fn rpc_frame(data: &[u8]) {
    stream(data);
    let mut framed = BytesMut::new();
    codec().encode(BytesMut::from(data).freeze(), &mut framed).expect("shorter than the longest frame");
    assert_eq!(stream(&framed), 1, "one frame in, one out");
}

fn codec() -> LengthDelimitedCodec {
    LengthDelimitedCodec::builder().max_frame_length(MAX_FRAME_BYTES).new_codec()
}

/// Reads frames until they end or one is refused; how the bytes are cut decides nothing.
fn stream(data: &[u8]) -> usize {
    let whole = frames(data, usize::MAX);
    assert_eq!(frames(data, 3), whole, "cut otherwise, read otherwise");
    for frame in &whole {
        assert!(frame.len() <= MAX_FRAME_BYTES);
        request(frame);
    }
    whole.len()
}

fn frames(data: &[u8], step: usize) -> Vec<BytesMut> {
    let (mut codec, mut buffer, mut out) = (codec(), BytesMut::new(), Vec::new());
    for piece in data.chunks(step.min(data.len().max(1))) {
        buffer.extend_from_slice(piece);
        loop {
            match codec.decode(&mut buffer) {
                Ok(Some(frame)) => out.push(frame),
                Ok(None) => break,
                Err(_) => return out,
            }
        }
        // A header that promises much must not make us set much aside before it is there.
        assert!(buffer.capacity() <= 2 * MAX_FRAME_BYTES + 64, "{} bytes set aside", buffer.capacity());
    }
    out
}

/// A request that can be read is written and read again as the same request.
fn request(frame: &BytesMut) {
    let Some(message) = read(frame) else { return };
    let written = write(&message);
    let again = read(&BytesMut::from(written.as_slice())).expect("what we write can be read");
    let value = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).expect("JSON");
    // A deadline travels as the time that is left and shrinks while it is looked at.
    let plain = |mut v: Value| {
        if let Some(context) = v.pointer_mut("/Request/context").and_then(Value::as_object_mut) {
            context.remove("deadline");
        }
        v
    };
    assert_eq!(plain(value(&write(&again))), plain(value(&written)));
}

fn read(frame: &BytesMut) -> Option<Message> {
    Pin::new(&mut Codec).deserialize(frame).ok()
}

fn write(message: &Message) -> Vec<u8> {
    Pin::new(&mut Codec).serialize(message).expect("a request is JSON").to_vec()
}
