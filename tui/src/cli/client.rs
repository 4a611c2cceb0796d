//! Clients and keys: created here, shown once.

use super::args::{Act, Business};
use super::list::PATIENCE;
use super::{Desk, Outcome, act, answer};
use crate::link::context;
use crate::text;
use frontdesk_shared::action::Action;
use frontdesk_shared::client::NewClient;

/// Creates or deactivates a client.
pub(super) async fn run(desk: &mut Desk, business: Business) -> Outcome {
    match business {
        Business::Deactivate { key, act: how } => deactivate(desk, key, how).await,
        Business::Add { name, key, email, phone, timezone, country, industry } => {
            let new = NewClient {
                business_name: name,
                key,
                email,
                phone,
                timezone,
                country,
                industry,
                ..NewClient::default()
            };
            add(desk, new).await
        }
    }
}

async fn deactivate(desk: &mut Desk, client: String, how: Act) -> Outcome {
    act::run(desk, Action::DeactivateClient { client }, how).await
}

async fn add(desk: &mut Desk, new: NewClient) -> Outcome {
    let connection = desk.connect().await?;
    let made = answer(connection.client.create_client(context(PATIENCE), new).await)?;
    if desk.json {
        return Ok(desk.out.json(&made)?);
    }
    let out = &mut desk.out;
    out.line(&format!("client    {} ({})", made.client.key, text::clean(&made.client.name)))?;
    out.line(&format!("api key   {}  (shown this once)", made.api_key))?;
    out.line(&format!("dashboard {}", made.dashboard_url))?;
    for (name, url) in &made.webhook_urls {
        out.line(&format!("webhook   {name}: {url}"))?;
    }
    for step in &made.steps {
        out.line(&text::clean(&format!("{:<9} {}: {}", step.status, step.name, step.detail)))?;
    }
    Ok(())
}

/// Makes a key.
pub(super) async fn key(desk: &mut Desk, label: String) -> Outcome {
    let connection = desk.connect().await?;
    let key = answer(connection.client.create_key(context(PATIENCE), desk.client.clone(), label).await)?;
    if desk.json {
        return Ok(desk.out.json(&serde_json::json!({ "api_key": key }))?);
    }
    Ok(desk.out.line(&key)?)
}
