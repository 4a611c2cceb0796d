//! Mail services by the names people put into `EMAIL_SERVICE`.
//!
//! Hosts and ports as the services document them. Must not live here: logins.

use super::settings::Tls;

/// Where a service takes mail.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub host: String,
    pub port: u16,
    pub tls: Tls,
}

/// Names, host, and whether TLS comes with the connection (465) or after STARTTLS (587).
const SERVICES: [(&[&str], &str, Tls); 20] = [
    (&["gmail", "googlemail", "google"], "smtp.gmail.com", Tls::Implicit),
    (&["workspacerelay", "gmailrelay"], "smtp-relay.gmail.com", Tls::Implicit),
    (&["office365", "outlook365", "microsoft365", "exchange"], "smtp.office365.com", Tls::Starttls),
    (&["outlook", "hotmail", "live", "outlook.com", "hotmail.com"], "smtp-mail.outlook.com", Tls::Starttls),
    (&["yahoo"], "smtp.mail.yahoo.com", Tls::Implicit),
    (&["aol"], "smtp.aol.com", Tls::Implicit),
    (&["icloud"], "smtp.mail.me.com", Tls::Starttls),
    (&["zoho", "zoho.com"], "smtp.zoho.com", Tls::Implicit),
    (&["zohoeu", "zoho.eu"], "smtp.zoho.eu", Tls::Implicit),
    (&["fastmail"], "smtp.fastmail.com", Tls::Implicit),
    (&["gmx"], "mail.gmx.com", Tls::Starttls),
    (&["sendgrid"], "smtp.sendgrid.net", Tls::Implicit),
    (&["mailgun"], "smtp.mailgun.org", Tls::Implicit),
    (&["mailguneu"], "smtp.eu.mailgun.org", Tls::Implicit),
    (&["postmark"], "smtp.postmarkapp.com", Tls::Starttls),
    (&["brevo", "sendinblue"], "smtp-relay.brevo.com", Tls::Starttls),
    (&["mailjet"], "in-v3.mailjet.com", Tls::Starttls),
    (&["mandrill"], "smtp.mandrillapp.com", Tls::Starttls),
    (&["sparkpost"], "smtp.sparkpostmail.com", Tls::Starttls),
    (&["resend"], "smtp.resend.com", Tls::Implicit),
];

/// The service of this name: case, blanks, hyphens and underscores do not matter. Amazon's is
/// `ses-` and a region, for its host depends on it.
pub(super) fn find(name: &str) -> Option<Service> {
    let lower = name.trim().to_ascii_lowercase();
    if let Some(region) = lower.strip_prefix("ses-").or_else(|| lower.strip_prefix("ses_")) {
        let region = region.replace('_', "-");
        let fits = !region.is_empty() && region.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        return fits.then(|| of(&format!("email-smtp.{region}.amazonaws.com"), Tls::Implicit));
    }
    let key: String = lower.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '.').collect();
    let (_, host, tls) = SERVICES.iter().find(|(names, _, _)| names.contains(&key.as_str()))?;
    Some(of(host, *tls))
}

/// A server named by its host, as in `mail.example.com` or `mail.example.com:587`.
pub(super) fn server(name: &str) -> Option<Service> {
    let name = name.trim().to_ascii_lowercase();
    let (host, port) = match name.split_once(':') {
        Some((host, port)) => (host, port.parse::<u16>().ok().filter(|port| *port > 0)?),
        None => (name.as_str(), Tls::Implicit.port()),
    };
    let label =
        |label: &str| !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let tls = if port == Tls::Implicit.port() { Tls::Implicit } else { Tls::Starttls };
    let fits = host.contains('.') && host.len() <= 253 && host.split('.').all(label);
    fits.then(|| Service { host: host.to_owned(), port, tls })
}

fn of(host: &str, tls: Tls) -> Service {
    Service { host: host.to_owned(), port: tls.port(), tls }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_people_write_them() {
        for (name, host, port) in [
            ("gmail", "smtp.gmail.com", 465),
            (" Gmail ", "smtp.gmail.com", 465),
            ("Google Mail", "smtp.gmail.com", 465),
            ("Outlook365", "smtp.office365.com", 587),
            ("Office-365", "smtp.office365.com", 587),
            ("SES-EU-WEST-1", "email-smtp.eu-west-1.amazonaws.com", 465),
            ("ses_us_east_1", "email-smtp.us-east-1.amazonaws.com", 465),
            ("Zoho.eu", "smtp.zoho.eu", 465),
        ] {
            let service = find(name).unwrap();
            assert_eq!((service.host.as_str(), service.port), (host, port), "{name}");
            assert_ne!(service.tls, Tls::None);
        }
        for bad in ["", "ses-", "ses-x.evil.com/", "carrier pigeon"] {
            assert_eq!(find(bad), None, "{bad}");
        }
    }
    #[test]
    fn servers_by_their_name() {
        let of = |name: &str| server(name).map(|service| (service.host, service.port, service.tls));
        assert_eq!(of("Mail.Example.com "), Some(("mail.example.com".into(), 465, Tls::Implicit)));
        assert_eq!(of("mail.example.com:465").unwrap().2, Tls::Implicit);
        assert_eq!(of("mail.example.com:587").unwrap().2, Tls::Starttls);
        assert_eq!(of("mail.example.com:2525").unwrap().2, Tls::Starttls);
        for bad in [
            "",
            "gmial",
            "a..b",
            ".",
            "a.b:x",
            "a.b:0",
            "a.b:70000",
            "a b.c",
            "u@a.b",
            "http://a.b",
            "a.b:1:2",
        ] {
            assert_eq!(server(bad), None, "{bad}");
        }
    }
}
