//! Claims that are taken, and those that are not.

use super::{Rig, signed};
use serde_json::{Value, json};

fn said(body: &Value) -> (&str, &str) {
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    (text("error"), text("error_description"))
}

async fn refused(change: impl FnOnce(&mut Value)) -> (String, String) {
    let rig = Rig::new().await;
    let mut claims = rig.claims();
    change(&mut claims);
    let (status, body) = rig.exchange(&signed(&claims)).await;
    assert_eq!(status, 400, "{body}");
    (said(&body).0.to_owned(), said(&body).1.to_owned())
}

#[tokio::test]
async fn claims_are_checked() {
    let (error, why) = refused(|c| c["aud"] = "https://example.com/".into()).await;
    assert_eq!((error.as_str(), why.as_str()), ("invalid_grant", "Invalid JWT: Failed audience check"));
    let (error, why) = refused(|c| c["iss"] = "other@example.com".into()).await;
    assert_eq!((error.as_str(), why.as_str()), ("invalid_grant", "Invalid grant: account not found"));
    assert_eq!(refused(|c| c["scope"] = "".into()).await.0, "invalid_scope");
    assert_eq!(refused(|c| c["sub"] = "ann@example.com".into()).await.0, "unauthorized_client");
    let longer = |c: &mut Value| c["exp"] = (c["exp"].as_i64().unwrap() + 1).into();
    assert!(refused(longer).await.1.contains("short-lived"));
}

#[tokio::test]
async fn a_foreign_signature_is_refused() {
    let rig = Rig::new().await;
    let jwt = signed(&rig.claims());
    let (text, signature) = jwt.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let (status, body) = rig.exchange(&format!("{text}.{other}{}", &signature[1..])).await;
    assert_eq!((status, said(&body).1), (400, "Invalid JWT Signature."));
    assert_eq!(said(&rig.exchange("nonsense").await.1).0, "invalid_grant");
}

#[tokio::test]
async fn k24_a_clock_that_is_off_is_refused_in_googles_words() {
    let rig = Rig::new().await;
    for skew_ms in [-600_000, 2 * 3_600_000] {
        rig.sandbox.set_clock_skew(skew_ms);
        let (status, body) = rig.exchange(&signed(&rig.claims())).await;
        assert_eq!((status, said(&body).0), (400, "invalid_grant"));
        assert!(said(&body).1.contains("reasonable timeframe"), "{body}");
    }
    rig.sandbox.set_clock_skew(-200_000);
    assert_eq!(rig.exchange(&signed(&rig.claims())).await.0, 200);
}

#[tokio::test]
async fn tokens_end_are_revoked_and_have_scopes() {
    let mut rig = Rig::new().await;
    assert_eq!(rig.events("GET", "", json!(null)).await.0, 200);
    rig.sandbox.set_clock_skew(3_600_000);
    assert_eq!(rig.events("GET", "", json!(null)).await.0, 401);
    rig.sandbox.set_clock_skew(0);
    assert_eq!(rig.events("GET", "", json!(null)).await.0, 200);
    rig.sandbox.revoke_tokens();
    assert_eq!(rig.events("GET", "", json!(null)).await.0, 401);
    let mut claims = rig.claims();
    claims["scope"] = "https://www.googleapis.com/auth/spreadsheets".into();
    let (_, body) = rig.exchange(&signed(&claims)).await;
    rig.token = body["access_token"].as_str().unwrap().to_owned();
    let (status, body) = rig.events("GET", "", json!(null)).await;
    assert_eq!((status, super::reason(&body)), (403, "insufficientPermissions"));
}
