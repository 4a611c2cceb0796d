//! Frames of the console's socket: JSON, with a look at the deadline before anything else.
//!
//! Must not live here: what requests do.
//!
//! tarpc adds the time a request leaves to the present while it reads it, and then sets a timer
//! for it; both panic where the sum is no instant or the timer too long. The peer chooses that
//! time, so it is bounded before tarpc sees it.

use bytes::{Bytes, BytesMut};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Serialize};
use std::pin::Pin;
use tarpc::tokio_serde::{Deserializer, Serializer};

/// Most seconds a request may leave for its answer. The longest poll takes twenty.
pub const LONGEST_DEADLINE_S: u64 = 3_600;

/// Reads and writes frames.
#[derive(Clone, Copy, Debug, Default)]
pub struct Codec;

#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "Request")]
    request: Option<Request>,
}

#[derive(Deserialize)]
struct Request {
    context: Context,
}

#[derive(Deserialize)]
struct Context {
    deadline: Left,
}

#[derive(Deserialize)]
struct Left {
    secs: u64,
}

impl<T: DeserializeOwned> Deserializer<T> for Codec {
    type Error = serde_json::Error;

    fn deserialize(self: Pin<&mut Self>, frame: &BytesMut) -> Result<T, Self::Error> {
        let Frame { request } = serde_json::from_slice(frame)?;
        if request.is_some_and(|r| r.context.deadline.secs > LONGEST_DEADLINE_S) {
            return Err(serde_json::Error::custom(format!(
                "context.deadline: more than {LONGEST_DEADLINE_S} seconds"
            )));
        }
        serde_json::from_slice(frame)
    }
}

impl<T: Serialize> Serializer<T> for Codec {
    type Error = serde_json::Error;

    fn serialize(self: Pin<&mut Self>, item: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(item).map(Bytes::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use frontdesk_shared::rpc::ConsoleRequest;
    use tarpc::ClientMessage;

    fn read(secs: u64) -> Result<ClientMessage<ConsoleRequest>, String> {
        let frame = format!(
            r#"{{"Request":{{"context":{{"deadline":{{"secs":{secs},"nanos":0}},"trace_context":{{"trace_id":{:?},"span_id":1,"sampling_decision":"Unsampled"}}}},"id":1,"message":{{"Why":{{"lead":"x"}}}}}}}}"#,
            [0; 16]
        );
        Pin::new(&mut Codec).deserialize(&BytesMut::from(frame.as_str())).map_err(|e| e.to_string())
    }

    #[test]
    fn a_deadline_no_timer_can_hold_is_refused() {
        for secs in [0, 20, LONGEST_DEADLINE_S] {
            assert!(matches!(read(secs), Ok(ClientMessage::Request(r)) if r.id == 1), "{secs}");
        }
        for secs in [LONGEST_DEADLINE_S + 1, 100_000_000_000, u64::MAX] {
            assert!(read(secs).unwrap_err().contains("context.deadline"), "{secs}");
        }
    }

    #[test]
    fn a_cancellation_has_no_deadline() {
        let cancel = format!(
            r#"{{"Cancel":{{"trace_context":{{"trace_id":{:?},"span_id":1,"sampling_decision":"Unsampled"}},"request_id":1}}}}"#,
            [0; 16]
        );
        let read: Result<ClientMessage<ConsoleRequest>, _> =
            Pin::new(&mut Codec).deserialize(&BytesMut::from(cancel.as_str()));
        assert!(matches!(read, Ok(ClientMessage::Cancel { request_id: 1, .. })), "{read:?}");
    }
}
