//! How work is done: limits of what comes in, the spool, jobs, breakers, and what a new client
//! starts with.
//!
//! Must not live here: whom the house may contact and when (`calling`, owned by the policy).

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
        /// Bytes of a webhook's body. Of one from Vapi 4 MiB are read and of one from a carrier 64 KiB, even where this is more.
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
        /// Seconds a body on its way, or a reader of an answer, may stand still.
        idle_s: i64, in 1..=300, default 10;
        /// Open connections.
        connections: usize, in 16..=1_000_000, default 4096;
        /// Connections of one address (IPv6: one /64) that have proved nothing; past them the oldest gives way.
        address_connections: usize, in 4..=1_000_000, default 256;
        /// Connections of one client, its event streams among them.
        client_connections: usize, in 4..=1_000_000, default 300;
        /// Event streams open at once.
        streams: usize, in 1..=1_000_000, default 1000;
        /// Event streams of one client.
        client_streams: usize, in 1..=1_000_000, default 200;
        /// Bytes of bodies in memory that a key or secret has proved, one half for providers, one for clients.
        body_bytes: u64, in 16_777_216..=17_179_869_184, default 67_108_864;
        /// Bytes of bodies in memory that only their signature will prove.
        unproved_bytes: u64, in 1_048_576..=1_073_741_824, default 8_388_608;
        /// Bytes of uploads on disk in all, until they are read.
        upload_bytes: u64, in 65_536..=1_099_511_627_776, default 4_294_967_296;
        /// Bytes of uploads on disk of one client.
        client_upload_bytes: u64, in 65_536..=1_099_511_627_776, default 2_147_483_648;
        /// Uploads of one client at once.
        client_uploads: usize, in 1..=1000, default 8;
        /// Bytes of the disk that uploads leave free for everything else, webhooks first.
        disk_reserve_bytes: u64, in 0..=1_099_511_627_776, default 268_435_456;
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
        /// Worth of an appointment in minor units, an estimate until real revenue is recorded.
        value_per_appointment_minor: i64, in 0..=1_000_000_000_000, default 50_000;
    }
}
