//! The sandbox's one service account: its throw-away key, and verification of what it signs.
//!
//! Must not live here: what a verified claim is worth (`token`).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::Value;
use std::io;

/// Address of the service account.
pub const CLIENT_EMAIL: &str = "frontdesk@sandbox-project.iam.gserviceaccount.com";
/// Its private key, PKCS#8 in PEM. Published, and worth nothing anywhere else.
pub const PRIVATE_KEY: &str = include_str!("../../../../tests/fixtures/google/sandbox_key.pem");
/// Whom a claim must be for.
pub const AUDIENCE: &str = "https://oauth2.googleapis.com/token";

/// The public half, as PKCS#1.
pub(super) fn public_key() -> io::Result<Vec<u8>> {
    let body: String = PRIVATE_KEY.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).map_err(io::Error::other)?;
    let pair = RsaKeyPair::from_pkcs8(&der).map_err(|why| io::Error::other(why.to_string()))?;
    Ok(pair.public_key().as_ref().to_vec())
}

/// Header and claims of a JWT as they stand, and whether the account's key signed them.
pub(super) struct Jwt {
    pub header: Value,
    pub claims: Value,
    pub is_signed: bool,
}

impl Jwt {
    pub(super) fn read(text: &str, public_key: &[u8]) -> Option<Self> {
        let (signed, signature) = text.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public_key);
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let is_signed = key.verify(signed.as_bytes(), &signature).is_ok();
        Some(Self { header: json(header)?, claims: json(claims)?, is_signed })
    }
}
