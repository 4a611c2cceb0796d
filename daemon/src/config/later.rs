//! Providers of later stages. They are read and checked now, so that a half-configured one is
//! noticed and a complete one is reported as what it is: configured and not used.
//!
//! Must not live here: providers this version uses.

use super::section::section;
use reqwest::Url;
use secrecy::SecretString;

section! {
    /// Email coming in.
    Replies = "replies"
    needs [["imap_url", "webhook_secret"]]
    off "replies by email are not read"
    {
        /// Mailbox that is watched: `imaps://user:password@host:993`.
        imap_url: Option<SecretString>, env "IMAP_URL", get "imaps://user:password@host:993";
        /// Secret of the reply webhooks.
        webhook_secret: Option<SecretString>, env "REPLY_WEBHOOK_SECRET", get "make one: openssl rand -hex 32; enter it where the replies are sent from";
    }
}

section! {
    /// Slack, for alerts.
    Slack = "slack" needs [["webhook_url"]] off "no alerts in Slack"
    {
        /// Incoming webhook; whoever knows it may post.
        webhook_url: SecretString, env "SLACK_WEBHOOK_URL", get "api.slack.com/apps → Incoming webhooks";
    }
}

section! {
    /// Sentry, for errors.
    Sentry = "sentry" needs [["dsn"]] off "errors are not copied to Sentry"
    {
        /// Where errors go.
        dsn: SecretString, env "SENTRY_DSN", get "sentry.io → Settings → Projects → Client keys (DSN)";
    }
}

section! {
    /// What Resend tells of emails. Emails go out through it by a key of `[email]`.
    Resend = "resend" needs [["webhook_secret"]] off "Resend tells nothing of emails"
    {
        /// Secret of its webhooks.
        webhook_secret: SecretString, env "RESEND_WEBHOOK_SECRET", get "resend.com/webhooks → Signing secret (whsec_…)";
    }
}

section! {
    /// Instantly, for email campaigns.
    Instantly = "instantly" needs [["api_key"], ["webhook_secret"]] off "no campaigns in Instantly"
    {
        /// Key.
        api_key: SecretString, env "INSTANTLY_API_KEY", get "app.instantly.ai → Settings → Integrations → API";
        /// Secret that its webhooks carry in a header.
        webhook_secret: SecretString, env "INSTANTLY_WEBHOOK_SECRET", get "make one: openssl rand -hex 32; enter it as a header of the webhook";
        /// Where Instantly's API is.
        base_url: Url, env "INSTANTLY_BASE_URL", default "https://api.instantly.ai";
    }
}
