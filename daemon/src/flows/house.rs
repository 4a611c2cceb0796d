//! The rules of the installation, read from its configuration.

use crate::config::{Config, MailWay, NewClients};
use frontdesk_domain::booking::BookingRules;
use frontdesk_domain::breaker::BreakerRules;
use frontdesk_domain::calendar::CalendarRules;
use frontdesk_domain::installation::{Installation, Voice};
use frontdesk_domain::link::LinkSecret;
use frontdesk_domain::policy::Policy;
use frontdesk_domain::score::Weights;
use frontdesk_domain::sending::{Line, Lines, RESEND, SIGNALWIRE, SMTP, TWILIO};
use frontdesk_shared::time::{MINUTE, SECOND};
use std::ops::Deref;
use std::sync::Mutex;

pub use frontdesk_domain::installation::ClientRules;

/// The rules, and what a new client starts with.
#[derive(Debug)]
pub struct House {
    rules: Installation,
    /// What a new client starts with.
    pub new_clients: NewClients,
}

impl Deref for House {
    type Target = Installation;

    fn deref(&self) -> &Installation {
        &self.rules
    }
}

impl House {
    /// Reads the rules.
    ///
    /// # Errors
    /// A sentence that names the table and the key at fault.
    pub fn of(config: &Config) -> Result<Self, String> {
        let days = config.jobs.lead_expiry_days.into();
        let policy = Policy::configured(&config.calling, &config.profiles, days)
            .map_err(|e| format!("[calling] {e}"))?;
        let booking = BookingRules::configured(&config.booking)
            .map_err(|problems| format!("[booking] {}", problems.join("; ")))?;
        let vapi = config.vapi.as_ref();
        let rules = Installation {
            policy,
            booking,
            breaker: BreakerRules {
                failures: config.breaker.failures,
                percent: config.breaker.percent,
                window_ms: config.breaker.window_s * SECOND,
                open_ms: config.breaker.open_s * SECOND,
                ..BreakerRules::default()
            },
            weights: Weights::default(),
            voice: vapi.map_or_else(Voice::default, |v| Voice {
                assistant_id: v.assistant_id.clone(),
                phone_number_id: v.phone_number_id.clone(),
            }),
            lines: lines(config),
            calendars: config.google.as_ref().map(|g| CalendarRules {
                house: g.calendar_id.trim().to_owned(),
                stale_ms: g.stale_minutes * MINUTE,
            }),
            concurrency: vapi.map_or(0, |v| u64::from(v.concurrency)),
            max_call_ms: vapi.map_or(0, |v| v.max_call_s) * SECOND,
            silent_ms: config.jobs.reconcile_after_s * SECOND,
            import_hold_ms: config.imports.hold_s * SECOND,
            sandbox: config.is_sandbox(),
            retry_ms: config.jobs.retry_s.iter().map(|s| s * SECOND).collect(),
            lease_ms: config.jobs.lease_s * SECOND,
            merged: Mutex::default(),
            windows: Mutex::default(),
        };
        Ok(Self { rules, new_clients: config.new_clients.clone() })
    }

    /// Signs links in messages with this; without it there are none.
    pub fn sign_links(&mut self, secret: LinkSecret) {
        self.rules.lines.link_secret = Some(secret);
    }
}

/// What the installation sends messages with.
fn lines(config: &Config) -> Lines {
    let twilio = config.twilio.as_ref().map(|t| Line {
        provider: TWILIO,
        sender: t.messaging_service_sid.clone().or_else(|| t.from_number.clone()).unwrap_or_default(),
        own_account: false,
    });
    let signalwire = config.signalwire.as_ref().map(|s| Line {
        provider: SIGNALWIRE,
        sender: s.from_number.clone(),
        own_account: false,
    });
    let email = config.email.as_ref().map(|e| Line {
        provider: match e.way() {
            MailWay::Smtp => SMTP,
            MailWay::Resend => RESEND,
        },
        sender: e.from.clone().or_else(|| e.user.clone()).unwrap_or_default(),
        own_account: false,
    });
    let sms_second = twilio.as_ref().and(signalwire.clone());
    Lines {
        sms: twilio.or(signalwire),
        sms_second,
        email,
        segment_micros: config.twilio.as_ref().map_or(0, |t| t.segment_micros),
        public_url: config
            .house
            .public_base_url
            .as_ref()
            .map(|url| url.as_str().trim_end_matches('/').to_owned()),
        link_secret: None,
        mails_a_day: config.email.as_ref().map_or(0, |e| u64::from(e.per_day)),
    }
}
