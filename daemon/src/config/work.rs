//! How work is done: limits of what comes in, jobs, their schedule and lateness, breakers,
//! alerts, retention, and what a new client starts with.
//!
//! Must not live here: whom the house may contact and when (`calling`, owned by the policy).

use super::kinds::{FollowUp, When};
use super::section::section;
use frontdesk_shared::client::Tier;

section! {
    /// Limits of what comes in.
    Limits = "limits" {
        /// Requests a minute of a client on the free plan.
        free_per_minute: u32, in 1..=1_000_000, default 60;
        /// Requests a minute of a client on the pro plan.
        pro_per_minute: u32, in 1..=1_000_000, default 300;
        /// Requests a minute of a client on the enterprise plan.
        enterprise_per_minute: u32, in 1..=1_000_000, default 1000;
        /// Requests a minute of an address that shows no valid key.
        address_per_minute: u32, in 1..=1_000_000, default 1000;
        /// Webhooks a minute that fail verification, by address. Verified ones are never limited.
        bad_webhooks_per_minute: u32, in 1..=1_000_000, default 60;
        /// Bytes of a webhook's body.
        webhook_bytes: u64, in 65_536..=104_857_600, default 5_242_880;
        /// Bytes of an import, which is streamed.
        import_bytes: u64, in 65_536..=1_099_511_627_776, default 1_073_741_824;
        /// Bytes of any other body.
        json_bytes: u64, in 1024..=104_857_600, default 1_048_576;
        /// Seconds a request may take.
        request_s: i64, in 1..=600, default 30;
        /// Seconds an import may take.
        import_s: i64, in 1..=86_400, default 3600;
        /// Seconds until the head of a request must have arrived.
        head_s: i64, in 1..=120, default 10;
        /// Open connections.
        connections: usize, in 16..=1_000_000, default 4096;
        /// Event streams open at once.
        streams: usize, in 1..=1_000_000, default 1000;
    }
}

section! {
    /// Files of leads.
    Imports = "imports" {
        /// Seconds the leads of a file wait before their first call, so that a wrong file can be undone; single leads do not wait.
        hold_s: i64, in 0..=86_400, default 60;
    }
}

section! {
    /// The spool: verified webhooks on this machine's disk while PostgreSQL is away.
    SpoolLimits = "spool" {
        /// Bytes of the spool; past them webhooks are answered 503 until there is room.
        max_bytes: u64, in 1_048_576..=1_099_511_627_776, default 268_435_456;
    }
}

section! {
    /// Jobs: the work that acts on the outside.
    Jobs = "jobs" {
        /// Seconds between the tries of an effect, with full jitter; after the last it is dead and shown.
        retry_s: Vec<i64>, in 1..=604_800, default [1, 5, 30, 120, 600, 3600, 10800];
        /// Seconds a claimed job belongs to its daemon without a sign of life.
        lease_s: i64, in 5..=3600, default 60;
        /// Seconds without news after which the provider is asked about a call.
        reconcile_after_s: i64, in 10..=86_400, default 120;
        /// Days without contact or reply after which a lead expires.
        lead_expiry_days: i64, in 1..=3650, default 30;
    }
}

section! {
    /// Seconds after it was due until a job is no longer useful; then it is listed as expired and not done.
    Lateness = "lateness" {
        /// First call to a lead, and every further try.
        call_s: i64, in 1..=31_536_000, default 259_200;
        /// Reminder a day before.
        reminder_24h_s: i64, in 1..=82_800, default 72_000;
        /// Reminder an hour before: useful until the appointment starts.
        reminder_1h_s: i64, in 1..=3600, default 3600;
        /// Confirmation of a booking.
        confirmation_s: i64, in 1..=604_800, default 21_600;
        /// Follow-up message.
        follow_up_s: i64, in 1..=2_592_000, default 259_200;
        /// Alert.
        alert_s: i64, in 1..=86_400, default 3600;
        /// Weekly report.
        report_s: i64, in 1..=604_800, default 259_200;
    }
}

section! {
    /// When scheduled jobs run: “every 5 minutes”, “hourly”, “daily 02:30”, “monday 09:00”. UTC but for the weekly report, which follows the client's zone.
    Schedule = "schedule" {
        /// Sends appointment reminders that are due.
        reminders: When, default "every 5 minutes";
        /// Sends follow-ups that are due.
        follow_ups: When, default "every 5 minutes";
        /// Checks that the database answers, and how fast.
        db_health: When, default "every 5 minutes";
        /// Asks providers about calls that have been open too long.
        reconcile: When, default "every minute";
        /// Looks at the quality of calls.
        quality: When, default "hourly";
        /// Expires leads that are too old to contact.
        expired_leads: When, default "hourly";
        /// Makes a backup.
        backup: When, default "daily 02:30";
        /// Checks that the last backup is recent.
        backup_check: When, default "daily 06:00";
        /// Deletes what retention no longer allows.
        purge: When, default "daily 03:30";
        /// Reports the week to every client.
        weekly_report: When, default "monday 09:00";
        /// Restores the last backup into a scratch place and compares.
        restore_drill: When, default "sunday 04:30";
    }
}

section! {
    /// Breakers: a provider that fails is left alone for a while, each client for itself.
    Breaker = "breaker" {
        /// Failures in the window until it opens.
        failures: u32, in 1..=100, default 5;
        /// Percent of the window's requests that must have failed.
        percent: u32, in 1..=100, default 50;
        /// Seconds the window looks back.
        window_s: i64, in 1..=3600, default 120;
        /// Seconds until one request is tried again.
        open_s: i64, in 1..=3600, default 30;
    }
}

section! {
    /// Alerts to the operators.
    Alerts = "alerts" {
        /// Failed database checks in a row that are critical.
        db_failures: u32, in 1..=1000, default 3;
        /// Errors in the window that are critical; one critical error is always.
        errors: u32, in 1..=1_000_000, default 10;
        /// Seconds of that window.
        errors_window_s: i64, in 10..=86_400, default 300;
        /// Hours without a backup that are critical.
        backup_hours: i64, in 1..=8760, default 48;
        /// Seconds until an incident that lasts is told again; doubles each time.
        repeat_s: i64, in 60..=86_400, default 1800;
        /// The longest it doubles to.
        repeat_most_s: i64, in 60..=604_800, default 14_400;
    }
}

section! {
    /// How long things are kept. A legal hold stops the purge.
    Retention = "retention" {
        /// Days of raw webhooks.
        webhooks_days: i64, in 1..=3650, default 90;
        /// Days of transcripts and recordings.
        transcripts_days: i64, in 1..=3650, default 180;
        /// Days of events.
        events_days: i64, in 1..=3650, default 90;
        /// Days of errors.
        errors_days: i64, in 1..=3650, default 90;
        /// Days of the audit log and of the evidence why a person was contacted.
        audit_days: i64, in 365..=36_500, default 1826;
        /// Daily backups kept.
        backups_daily: u32, in 1..=365, default 14;
        /// Weekly backups kept.
        backups_weekly: u32, in 0..=520, default 8;
    }
}

section! {
    /// What a new client starts with; each client may differ.
    NewClients = "new_clients" {
        /// Plan.
        tier: Tier, default "free";
        /// Zone.
        timezone: String, default "Europe/London";
        /// Country of numbers without a prefix.
        country: String, default "GB";
        /// Currency.
        currency: String, default "GBP";
        /// Language and formats.
        locale: String, default "en-GB";
        /// Worth of an appointment in minor units, an estimate until real revenue is recorded.
        value_per_appointment_minor: i64, in 0..=1_000_000_000_000, default 50_000;
    }
}

section! {
    /// Follow-ups: after which outcome, which message, how much later. They stop at a reply, a booking, an opt-out or expiry.
    FollowUps = "follow_ups" {
        /// After no answer.
        no_answer: Vec<FollowUp>, default ["sms 5m", "email 1d", "sms 3d"];
        /// After reaching voicemail.
        voicemail: Vec<FollowUp>, default ["sms 10m", "email 2d"];
        /// After “not interested”, where that sequence is on.
        not_interested: Vec<FollowUp>, default ["email 30d"];
        /// Whether people who said they are not interested are written to. An opt-out always wins.
        not_interested_on: bool, default false;
    }
}
