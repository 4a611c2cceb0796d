//! Providers of later stages. They are read and checked now, so that a half-configured one is
//! noticed and a complete one is reported as what it is: configured and not used.
//!
//! Must not live here: providers this version uses.

use super::kinds::Pem;
use super::section::section;
use reqwest::Url;
use secrecy::SecretString;

section! {
    /// Twilio, which sends and receives SMS.
    Twilio = "twilio"
    needs [["account_sid"], ["auth_token"], ["from_number", "messaging_service_sid"]]
    off "no SMS through Twilio"
    {
        /// Account.
        account_sid: String, env "TWILIO_ACCOUNT_SID", get "console.twilio.com → Account info";
        /// Token; also the key of webhook signatures.
        auth_token: SecretString, env "TWILIO_AUTH_TOKEN", get "console.twilio.com → Account info";
        /// Number that messages come from.
        from_number: Option<String>, env "TWILIO_FROM_NUMBER", get "console.twilio.com → Phone numbers → Active numbers";
        /// Messaging service that picks the number.
        messaging_service_sid: Option<String>, env "TWILIO_MESSAGING_SERVICE_SID", get "console.twilio.com → Messaging → Services";
        /// Where Twilio's API is.
        base_url: Url, env "TWILIO_BASE_URL", default "https://api.twilio.com";
    }
}

section! {
    /// SignalWire, which sends and receives SMS.
    SignalWire = "signalwire"
    needs [["project_id"], ["api_token"], ["signing_key"], ["base_url"], ["from_number"]]
    off "no SMS through SignalWire"
    {
        /// Project.
        project_id: String, env "SIGNALWIRE_PROJECT_ID", get "your space at signalwire.com → API";
        /// Token.
        api_token: SecretString, env "SIGNALWIRE_API_TOKEN", get "your space at signalwire.com → API → Tokens";
        /// Key of webhook signatures; not the token.
        signing_key: SecretString, env "SIGNALWIRE_SIGNING_KEY", get "your space at signalwire.com → API → Signing key (PSK…)";
        /// Number that messages come from.
        from_number: String, env "SIGNALWIRE_FROM_NUMBER", get "your space at signalwire.com → Phone numbers";
        /// Address of the space.
        base_url: Url, env "SIGNALWIRE_BASE_URL", get "https://YOURSPACE.signalwire.com";
    }
}

section! {
    /// Email going out.
    Email = "email"
    needs [["service", "smtp_url"], ["user", "smtp_url"], ["pass", "smtp_url"]]
    off "no email goes out"
    {
        /// Mail service: gmail, outlook or the name of an SMTP server.
        service: Option<String>, env "EMAIL_SERVICE", get "gmail, outlook or your provider's SMTP server";
        /// User, usually the address.
        user: Option<String>, env "EMAIL_USER", get "the mailbox messages come from";
        /// Password; for Gmail an app password.
        pass: Option<SecretString>, env "EMAIL_PASS", get "for Gmail: myaccount.google.com → Security → App passwords";
        /// All three in one: `smtps://user:password@host:465`.
        smtp_url: Option<SecretString>, env "SMTP_URL", get "smtps://user:password@host:465";
    }
}

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
    /// Google Calendar and Sheets.
    Google = "google"
    needs [["client_email"], ["private_key"], ["calendar_id"]]
    off "no Google Calendar and no sheet mirror"
    {
        /// Service account.
        client_email: String, env "GOOGLE_CLIENT_EMAIL", get "console.cloud.google.com → Service accounts → JSON key, client_email";
        /// Its key.
        private_key: Pem, env "GOOGLE_PRIVATE_KEY", get "console.cloud.google.com → Service accounts → JSON key, private_key";
        /// Calendar that is shared with it.
        calendar_id: String, env "GOOGLE_CALENDAR_ID", get "Google Calendar → Settings of the calendar → Calendar ID";
        /// Sheet that mirrors the leads.
        sheet_id: Option<String>, env "GOOGLE_SHEET_ID", get "the long part of the sheet's address";
        /// Where tokens are made.
        token_url: Url, env "GOOGLE_TOKEN_URL", default "https://oauth2.googleapis.com/token";
        /// Where the Calendar API is.
        calendar_base_url: Url, env "GOOGLE_CALENDAR_BASE_URL", default "https://www.googleapis.com/calendar/v3";
        /// Where the Sheets API is.
        sheets_base_url: Url, env "GOOGLE_SHEETS_BASE_URL", default "https://sheets.googleapis.com";
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
    /// Resend, another way to send and receive email.
    Resend = "resend" needs [["api_key"], ["from"], ["webhook_secret"]] off "no email through Resend"
    {
        /// Key.
        api_key: SecretString, env "RESEND_API_KEY", get "resend.com/api-keys";
        /// Sender of a verified domain.
        from: String, env "RESEND_FROM", get "resend.com/domains: an address of a verified domain";
        /// Secret of its webhooks.
        webhook_secret: SecretString, env "RESEND_WEBHOOK_SECRET", get "resend.com/webhooks → Signing secret (whsec_…)";
        /// Where Resend's API is.
        base_url: Url, env "RESEND_BASE_URL", default "https://api.resend.com";
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
