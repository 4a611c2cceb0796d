//! What people and the provider ask of a test desk over HTTP.

use crate::desk::{ADMIN, SECRET, TestClient, TestDesk};
use crate::sign;
use serde_json::{Value, json};

impl TestDesk {
    /// Creates a client through the API.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn client(&self, key: &str) -> TestClient {
        let body = json!({
            "businessName": format!("Practice {key}"), "key": key, "industry": "dental",
            "email": "owner@example.com", "phone": "+442079460018", "tier": "enterprise",
        });
        let answer = self.post("/api/onboard-client", ADMIN, body.to_string()).await;
        assert_eq!(answer.0, 201, "{}", answer.1);
        let url = answer.1["webhook_urls"]["agent"].as_str().expect("an address");
        TestClient {
            key: key.to_owned(),
            api_key: answer.1["api_key"].as_str().expect("a key").to_owned(),
            agent_path: url[url.find("/webhooks").expect("a path")..].to_owned(),
        }
    }

    /// Posts JSON with a key; status and body.
    pub async fn post(&self, path: &str, key: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
        let request = self.http.post(format!("{}{path}", self.url)).header("x-api-key", key);
        answered(request.header("content-type", "application/json").body(body)).await
    }

    /// Gets with a key; status and body.
    pub async fn get(&self, path: &str, key: &str) -> (u16, Value) {
        answered(self.http.get(format!("{}{path}", self.url)).header("x-api-key", key)).await
    }

    /// Imports CSV for a client; the answer.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn import(&self, client: &TestClient, query: &str, csv: impl Into<String>) -> Value {
        let url = format!("{}/api/import-leads/{}?{query}", self.url, client.key);
        let request = self.http.post(url).header("x-api-key", &client.api_key);
        let (status, body) = answered(request.header("content-type", "text/csv").body(csv.into())).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    /// Imports one person who consented to calls.
    pub async fn lead(&self, client: &TestClient, number: &str) {
        let csv = format!("name,phone,consent channels,consent text\nAda Price,{number},ai_voice,Call me\n");
        let answer = self.import(client, "", csv).await;
        assert_eq!(answer["accepted"], 1, "{answer}");
    }

    /// Posts a webhook as the provider would, with the right bearer; status and body.
    pub async fn webhook(&self, path: &str, body: impl Into<Vec<u8>>) -> (u16, Value) {
        self.webhook_with(path, sign::bearer(SECRET), body).await
    }

    /// Posts a webhook with any headers; status and body.
    pub async fn webhook_with(
        &self,
        path: &str,
        headers: Vec<sign::Header>,
        body: impl Into<Vec<u8>>,
    ) -> (u16, Value) {
        let mut request = self.http.post(format!("{}{path}", self.url)).body(body.into());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        answered(request.header("content-type", "application/json")).await
    }
}

/// Status and JSON of an answer; text where it is no JSON.
///
/// # Panics
/// When there is no answer.
pub async fn answered(request: reqwest::RequestBuilder) -> (u16, Value) {
    try_answered(request).await.expect("an answer")
}

/// The same where the daemon may die over it.
///
/// # Errors
/// When there is no answer, or only half of one.
pub async fn try_answered(request: reqwest::RequestBuilder) -> reqwest::Result<(u16, Value)> {
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
