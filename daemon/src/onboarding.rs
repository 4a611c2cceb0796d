//! Onboarding a client, from whichever door the request came: the record, its key, and what of
//! it is done or pending.

use crate::app::App;
use crate::flows::clients::{self as flow, Asker};
use frontdesk_shared::client::{ClientCreated, NewClient, OnboardStep};
use frontdesk_store::{Result, calendars};

/// Creates a client; the only answer that holds its key.
///
/// # Errors
/// As [`flow::create`].
pub async fn onboard(app: &App, new: NewClient, actor: String, address: String) -> Result<ClientCreated> {
    let ctx = app.ctx.clone();
    let key = flow::fresh_key(&ctx);
    let hash = key.hash;
    let (client, calendar) = app
        .store
        .write(move |tx| {
            let asker = Asker { actor: &actor, address: &address };
            let client = flow::create(tx, &ctx, &new, Some(&hash), asker)?;
            let calendar = calendars::of_clients(tx, &[client.id])?.pop();
            Ok((client, calendar))
        })
        .await?;
    let base = app.config.house.public_base_url.as_ref().map_or_else(
        || format!("http://{}", app.config.house.listen),
        |url| url.as_str().trim_end_matches('/').to_owned(),
    );
    let step = |name: &str, status: &str, detail: &str| OnboardStep {
        name: name.into(),
        status: status.into(),
        detail: detail.into(),
    };
    let own_assistant = client.settings.get("vapi").is_some_and(|v| v.get("assistant_id").is_some());
    Ok(ClientCreated {
        api_key: key.text,
        dashboard_url: format!("{base}/api/realtime/{}/events", client.key),
        webhook_urls: [
            ("agent".to_owned(), format!("{base}/webhooks/agent/agent_{}", client.agent)),
            ("vapi".to_owned(), format!("{base}/webhooks/vapi")),
        ]
        .into(),
        steps: vec![
            step("client", "done", "created"),
            step("api_key", "done", "made; it is shown this once"),
            if own_assistant {
                step("assistant", "done", "the assistant named in settings.vapi is used")
            } else {
                step(
                    "assistant",
                    "pending",
                    "uses the house's assistant; cloning one from the template is not built yet",
                )
            },
            match (&app.ctx.house.calendars, calendar) {
                (None, _) => step("calendar", "pending", "bookings are kept here; Google is not set up"),
                (Some(_), Some(_)) => step("calendar", "done", "its Google Calendar is read and written"),
                (Some(_), None) => step(
                    "calendar",
                    "pending",
                    "bookings are kept here; name its Google Calendar in settings.calendar.id",
                ),
            },
        ],
        client: flow::fresh_row(&client),
    })
}
