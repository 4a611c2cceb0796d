//! Recordings: the vendor redirects to a short-lived address, and so does the sandbox.

use super::not_found;
use crate::vapi::state::Shared;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

/// One second of silence at 8 kHz, 8 bit, mono: a real file that any player opens.
const SILENCE_BYTES: u32 = 8_000;

pub(super) async fn redirect(
    State(shared): State<Arc<Shared>>,
    Path((id, media)): Path<(String, String)>,
) -> Response {
    let Some(kind) = media.strip_suffix("-recording").filter(|k| is_kind(k)) else {
        return not_found("Artifact");
    };
    let talked = shared.peek().call(&id).is_some_and(|call| call.analysed && call.started_ms.is_some());
    if !talked {
        return not_found("Recording");
    }
    let token = shared.peek().random.hex(16);
    let url = format!("{}/recording/{id}-{kind}.wav?token={token}", shared.base_url);
    (StatusCode::FOUND, [(header::LOCATION, url)]).into_response()
}

pub(super) async fn recording(State(shared): State<Arc<Shared>>, Path(file): Path<String>) -> Response {
    let call = file.strip_suffix(".wav").and_then(|f| f.rsplit_once('-')).filter(|(_, kind)| is_kind(kind));
    match call {
        Some((id, _)) if shared.peek().call(id).is_some() => {
            ([(header::CONTENT_TYPE, "audio/wav")], silence()).into_response()
        }
        _ => not_found("Recording"),
    }
}

fn is_kind(kind: &str) -> bool {
    matches!(kind, "mono" | "stereo" | "assistant" | "customer")
}

fn silence() -> Vec<u8> {
    let mut wav = Vec::with_capacity(44 + SILENCE_BYTES as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend_from_slice(&(36 + SILENCE_BYTES).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend_from_slice(&16u32.to_le_bytes());
    for half in [1u16, 1] {
        wav.extend_from_slice(&half.to_le_bytes());
    }
    for word in [8_000u32, 8_000] {
        wav.extend_from_slice(&word.to_le_bytes());
    }
    for half in [1u16, 8] {
        wav.extend_from_slice(&half.to_le_bytes());
    }
    wav.extend_from_slice(b"data");
    wav.extend_from_slice(&SILENCE_BYTES.to_le_bytes());
    wav.resize(44 + SILENCE_BYTES as usize, 0x80);
    wav
}
