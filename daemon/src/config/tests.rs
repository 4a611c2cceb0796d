//! Tests of the configuration as a whole: sources, groups, risks, and that nothing leaks.

mod risks;

use super::*;
use frontdesk_domain::booking::BookingRules;
use frontdesk_domain::policy::Policy;
use secrecy::ExposeSecret;
use std::io;
use std::path::Path;

const SECRET: &str = "hush-hush-hush-0123456789";

/// A disk of a few files, with their permissions.
#[derive(Default)]
struct FakeDisk(BTreeMap<PathBuf, (String, u32)>);

impl FakeDisk {
    fn with(mut self, path: &str, text: &str, mode: u32) -> Self {
        self.0.insert(path.into(), (text.to_owned(), mode));
        self
    }
}

impl Files for FakeDisk {
    fn read(&self, path: &Path) -> io::Result<String> {
        self.0.get(path).map(|(text, _)| text.clone()).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn mode(&self, path: &Path) -> Option<u32> {
        self.0.get(path).map(|(_, mode)| *mode)
    }
}

fn env(pairs: &[(&str, &str)]) -> Environ {
    pairs.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

fn with_vapi(pairs: &[(&str, &str)]) -> Environ {
    let mut all = env(&[
        ("VAPI_PRIVATE_KEY", "sandbox-key-of-nobody"),
        ("VAPI_ASSISTANT_ID", "assistant"),
        ("VAPI_PHONE_NUMBER_ID", "number"),
        ("VAPI_WEBHOOK_SECRET", SECRET),
    ]);
    all.extend(env(pairs));
    all
}

fn ok(env: &Environ) -> Config {
    load(env, &FakeDisk::default()).unwrap().config
}

fn wrong(env: &Environ) -> String {
    load(env, &FakeDisk::default()).unwrap_err().to_string()
}

fn with_file(text: &str) -> Result<Loaded, Problems> {
    let disk = FakeDisk::default().with("/etc/frontdesk.toml", text, 0o600);
    load(&env(&[("FRONTDESK_CONFIG", "/etc/frontdesk.toml")]), &disk)
}

#[test]
fn nothing_set_is_the_defaults_with_everything_off() {
    let config = ok(&env(&[]));
    assert_eq!(config.house.listen.to_string(), "127.0.0.1:10000");
    assert_eq!(config.database.label(), "SQLite at /var/lib/frontdesk/frontdesk.db");
    assert_eq!(config.jobs.retry_s, [1, 5, 30, 120, 600, 3600, 10_800]);
    assert_eq!(config.house.socket_path(), Path::new("/var/lib/frontdesk/console.sock"));
    assert!(config.vapi.is_none() && config.warnings.is_empty() && !config.is_sandbox());
    assert!(features(&config).iter().filter(|f| f.name != "database").all(|f| f.state == FeatureMode::Off));
    assert_eq!(
        ok(&env(&[("HOME", "/home/ann")])).house.data_dir,
        Path::new("/home/ann/.local/share/frontdesk")
    );
}

#[test]
fn the_reference_is_exactly_the_defaults_and_mentions_every_key() {
    let rendered = reference::render();
    if std::env::var_os("FRONTDESK_BLESS").is_some() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/config/reference.toml");
        std::fs::write(path, &rendered).unwrap();
    }
    assert!(rendered == REFERENCE, "reference.toml is out of date: run this test with FRONTDESK_BLESS=1");
    let loaded = with_file(REFERENCE).unwrap().config;
    let plain = ok(&env(&[]));
    for (a, b) in loaded.shown.iter().zip(&plain.shown) {
        assert_eq!((a.section, a.name, &a.text), (b.section, b.name, &b.text));
        let key = SECTIONS.iter().find(|s| s.name == a.section).and_then(|s| s.key(a.name)).unwrap();
        let from_file = matches!(a.source, Source::File { .. });
        assert_eq!(from_file, key.default.is_some(), "{}", key.path());
    }
    assert_eq!(loaded.shown.len(), plain.shown.len());
    let days = loaded.jobs.lead_expiry_days.into();
    let policy = Policy::configured(&loaded.calling, &loaded.profiles, days).unwrap();
    assert_eq!(policy, Policy::default());
    assert_eq!(BookingRules::configured(&loaded.booking), Ok(BookingRules::default()));
    for key in SECTIONS.iter().flat_map(|s| s.keys) {
        let set = format!("\n{} =", key.name);
        assert!(REFERENCE.contains(&set) || REFERENCE.contains(&format!("\n# {} =", key.name)));
    }
}

#[test]
fn every_key_has_its_own_variable_and_a_default_that_reads() {
    let mut names: Vec<String> = variables().into_iter().map(|v| v.name).collect();
    let all = names.len();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), all);
    for needed in [
        "DATABASE_URL",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_FROM_NUMBER",
        "TWILIO_MESSAGING_SERVICE_SID",
        "EMAIL_SERVICE",
        "EMAIL_USER",
        "EMAIL_PASS",
        "VAPI_PRIVATE_KEY",
        "VAPI_ASSISTANT_ID",
        "VAPI_PHONE_NUMBER_ID",
        "GOOGLE_CLIENT_EMAIL",
        "GOOGLE_PRIVATE_KEY",
        "GOOGLE_CALENDAR_ID",
        "ADMIN_EMAIL",
        "SLACK_WEBHOOK_URL",
        "LOG_LEVEL",
        "VAPI_TEMPLATE_ASSISTANT_ID",
        "PUBLIC_BASE_URL",
        "SENTRY_DSN",
        "NODE_ENV",
        "FRONTDESK_DATA_DIR",
        "FRONTDESK_CONFIG",
        "FRONTDESK_LISTEN",
        "FRONTDESK_SOCKET",
        "FRONTDESK_ADMIN_KEY",
        "FRONTDESK_MASTER_KEY",
        "VAPI_BASE_URL",
        "TWILIO_BASE_URL",
        "SIGNALWIRE_BASE_URL",
        "GOOGLE_TOKEN_URL",
        "GOOGLE_CALENDAR_BASE_URL",
        "GOOGLE_SHEETS_BASE_URL",
        "RESEND_BASE_URL",
        "INSTANTLY_BASE_URL",
        "SMTP_URL",
        "IMAP_URL",
        "VAPI_WEBHOOK_SECRET",
        "SIGNALWIRE_SIGNING_KEY",
        "RESEND_WEBHOOK_SECRET",
        "REPLY_WEBHOOK_SECRET",
        "BOOTSTRAP_CLIENTS",
        "FRONTDESK_LOG_FORMAT",
    ] {
        assert!(names.iter().any(|name| name == needed), "{needed}");
        assert!(documentation().contains(&format!("| `{needed}` |")));
    }
}

#[test]
fn a_half_configured_group_lists_every_missing_name_and_where_to_get_it() {
    let text = wrong(&env(&[("VAPI_ASSISTANT_ID", "a"), ("TWILIO_AUTH_TOKEN", SECRET)]));
    for name in ["VAPI_PRIVATE_KEY", "VAPI_PHONE_NUMBER_ID", "VAPI_WEBHOOK_SECRET", "TWILIO_ACCOUNT_SID"] {
        assert!(text.contains(&format!("\n  {name}: missing")), "{name} in {text}");
    }
    assert!(text.contains("dashboard.vapi.ai → API keys → private key"));
    assert!(text.contains("TWILIO_FROM_NUMBER: missing (needed because TWILIO_AUTH_TOKEN is set; TWILIO_MESSAGING_SERVICE_SID would do)"), "{text}");
    assert!(!text.contains(SECRET));
}

#[test]
fn later_groups_are_recognised_and_reported_as_unused() {
    let config = ok(&env(&[
        ("SMTP_URL", "smtps://u:pass-word-pass@mail.example:465"),
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/x"),
    ]));
    let features = features(&config);
    let of = |name| features.iter().find(|f| f.name == name).unwrap();
    assert_eq!(of("email").state, FeatureMode::On);
    assert_eq!(of("slack").health_word(), "configured, not used by this version");
    assert_eq!(
        of("twilio").missing,
        ["TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM_NUMBER or TWILIO_MESSAGING_SERVICE_SID"]
    );
    assert_eq!(config.warnings, ["set, but not used by this version: SLACK_WEBHOOK_URL"]);
    let words = health_words(&features);
    assert_eq!(words["messaging"]["sms"], "not configured");
    assert_eq!(words["services"]["vapi"], "not configured");
}

#[test]
fn email_goes_by_smtp_where_an_account_is_and_else_by_resend() {
    let key = ("RESEND_API_KEY", "re_hush-hush-hush");
    let alone = ok(&env(&[key, ("EMAIL_FROM", "desk@frontdesk.example")]));
    assert_eq!(alone.email.as_ref().map(Email::way), Some(MailWay::Resend));
    assert!(alone.warnings.is_empty(), "{:?}", alone.warnings);
    let by = features(&alone).into_iter().find(|f| f.name == "email").unwrap();
    assert!(by.detail.starts_with("by Resend"), "{}", by.detail);
    let both = ok(&env(&[key, ("SMTP_URL", "smtps://u:pass-word-pass@mail.example:465")]));
    assert_eq!(both.email.as_ref().map(Email::way), Some(MailWay::Smtp));
    assert!(both.warnings[0].contains("email goes out by SMTP"), "{:?}", both.warnings);
    for from in [None, Some("desk")] {
        let mut pairs = vec![key];
        pairs.extend(from.map(|from| ("EMAIL_FROM", from)));
        let text = wrong(&env(&pairs));
        assert!(text.contains("EMAIL_FROM: RESEND_API_KEY sends"), "{text}");
    }
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_defaults() {
    let toml = "[limits]\nfree_per_minute = 61\npro_per_minute = 301\n[calling]\nlead_expiry_days = 3\nattempts = { max_calls = 2 }\n";
    let disk = FakeDisk::default().with("/data/frontdesk.toml", toml, 0o600);
    let env = env(&[
        ("FRONTDESK_DATA_DIR", "/data"),
        ("FRONTDESK_LIMITS_FREE_PER_MINUTE", "62"),
        ("FRONTDESK_CALLING", r#"{"attempts": {"delays_minutes": [0, 120]}}"#),
        ("NODE_ENV", ""),
    ]);
    let config = load(&env, &disk).unwrap().config;
    assert_eq!((config.limits.free_per_minute, config.limits.pro_per_minute), (62, 301));
    assert_eq!(config.limits.enterprise_per_minute, 1000);
    assert_eq!(
        config.calling,
        serde_json::json!({"lead_expiry_days": 3, "attempts": {"max_calls": 2, "delays_minutes": [0, 120]}})
    );
    let text = effective(&config);
    assert!(text.contains("# environment, FRONTDESK_LIMITS_FREE_PER_MINUTE"));
    assert!(text.contains("pro_per_minute = 301") && text.contains("# file, line 3\n"));
    assert!(
        text.lines().any(|l| l.starts_with("calling.attempts.delays_minutes = [0,120]")
            && l.ends_with("FRONTDESK_CALLING"))
    );
}

#[test]
fn the_file_is_strict_and_names_key_and_line() {
    let text =
        with_file("[limits]\nfree_per_minut = 1\n\n[vappi]\nx = 1\n[house]\nlisten = 5\ndrain_s = 640\n");
    let text = text.unwrap_err().to_string();
    assert!(
        text.contains("limits.free_per_minut (file, line 2): no such key; did you mean free_per_minute?"),
        "{text}"
    );
    assert!(text.contains("vappi (file, line 4): no such table; did you mean vapi?"), "{text}");
    assert!(text.contains("house.listen (file, line 7): an address with a port"), "{text}");
    assert!(text.contains("house.drain_s (file, line 8): 640 is out of range: 0 to 300 expected"), "{text}");
    let text = with_file("[vapi]\nprivate_key = \"hush hush\n").unwrap_err().to_string();
    assert!(text.contains("file, line 2") && !text.contains("hush"), "{text}");
}

#[test]
fn a_named_file_must_be_there_and_typing_errors_in_variables_are_told() {
    assert!(
        wrong(&env(&[("FRONTDESK_CONFIG", "/none.toml")]))
            .contains("FRONTDESK_CONFIG: cannot read /none.toml")
    );
    let config = ok(&env(&[("FRONTDESK_LISTN", "x"), ("VAPI_CONCURRENCY", "3")]));
    assert_eq!(
        config.warnings[0],
        "FRONTDESK_LISTN: no such variable, ignored; did you mean FRONTDESK_LISTEN?"
    );
    assert!(config.warnings[1].starts_with("VAPI_CONCURRENCY: no such variable"));
    let config = ok(&env(&[("FRONTDESK_VAPI_CONCURRENCY", "3")]));
    assert!(config.warnings[0].starts_with("FRONTDESK_VAPI_CONCURRENCY is set but vapi is off"));
}

#[test]
fn secrets_come_from_files_too() {
    let mut env = with_vapi(&[("VAPI_PRIVATE_KEY_FILE", "/run/key")]);
    let disk = FakeDisk::default().with("/run/key", "from-the-file\n", 0o644);
    let both = load(&env, &disk).unwrap_err().to_string();
    assert!(both.contains("VAPI_PRIVATE_KEY: set together with VAPI_PRIVATE_KEY_FILE"), "{both}");
    env.remove("VAPI_PRIVATE_KEY");
    let loaded = load(&env, &disk).unwrap();
    assert_eq!(loaded.config.vapi.as_ref().unwrap().private_key.expose_secret(), "from-the-file");
    assert!(loaded.warnings.iter().any(|w| w.contains("everyone on this machine can read /run/key")));
    assert!(effective(&loaded.config).contains("# /run/key, by VAPI_PRIVATE_KEY_FILE"));
    env.insert("VAPI_PRIVATE_KEY_FILE".into(), "/run/none".into());
    assert!(
        load(&env, &disk).unwrap_err().to_string().contains("VAPI_PRIVATE_KEY_FILE: cannot read /run/none")
    );
}

#[test]
fn a_password_with_an_unescaped_at_sign_is_not_taken_for_a_host() {
    for url in ["postgres://ann:pass@w0rd@db.example/desk", "postgres://ann:pa@ss/w0rd@db.example/desk"] {
        let said = wrong(&env(&[("DATABASE_URL", url)]));
        assert!(said.contains("%40") && !said.contains("w0rd"), "{said}");
    }
    let fine = env(&[("DATABASE_URL", "postgres://ann:pass%40w0rd@db.example/desk?sslmode=disable")]);
    assert_eq!(ok(&fine).database.label(), "PostgreSQL at db.example/desk");
}

/// A key that can sign, and is worth nothing anywhere.
fn google_key() -> &'static str {
    include_str!("../../../tests/fixtures/google/sandbox_key.pem")
}

#[test]
fn a_key_of_google_that_cannot_sign_is_named_and_not_shown() {
    let key = "-----BEGIN PRIVATE KEY-----\nhush\n-----END PRIVATE KEY-----\n";
    let set = [("GOOGLE_CLIENT_EMAIL", "a@b"), ("GOOGLE_CALENDAR_ID", "c"), ("GOOGLE_PRIVATE_KEY", key)];
    let problems = wrong(&with_vapi(&set));
    assert!(
        problems.contains("GOOGLE_PRIVATE_KEY: private_key is damaged")
            || problems.contains("not a usable RSA key"),
        "{problems}"
    );
    assert!(problems.contains("GOOGLE_PRIVATE_KEY") && !problems.contains("hush"), "{problems}");
}

#[test]
fn nothing_shows_a_secret() {
    let config = ok(&with_vapi(&[
        ("DATABASE_URL", "postgres://ann:pa55word@db.example/desk?sslmode=disable"),
        ("FRONTDESK_ADMIN_KEY", SECRET),
        ("VAPI_PRIVATE_KEY", "9f0c1c9e-1f7e-4c39-9c58-9f3f4cf5a8e1"),
        ("VAPI_BASE_URL", "http://127.0.0.1:9000"),
        ("BOOTSTRAP_CLIENTS", r#"[{"businessName": "ABC", "api_key": "hush-hush-hush-0123456789"}]"#),
        ("GOOGLE_CLIENT_EMAIL", "a@b"),
        ("GOOGLE_CALENDAR_ID", "c"),
        ("GOOGLE_PRIVATE_KEY", &google_key().replace('\n', "\\n")),
    ]));
    let start = StartFacts {
        migrations_applied: 2,
        clients_bootstrapped: 1,
        listening: config.house.listen,
        jobs: vec![],
    };
    for text in [
        format!("{config:?}"),
        effective(&config),
        startup_lines(&config, &start).join("\n"),
        format!("{:?}", features(&config)),
    ] {
        for secret in ["hush", "MII", "pa55word", "9f0c1c9e", "5a8e1"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    let text = effective(&config);
    assert!(text.contains("private_key = \"set, 36 characters\""));
    assert!(text.contains("webhook_secrets = \"1 of them: set, 25 characters\""), "{text}");
    assert!(text.contains("url = \"PostgreSQL at db.example/desk\""));
    assert!(config.secrets().iter().any(|s| s.expose_secret().starts_with("9f0c1c9e")));
    assert_eq!(config.google.unwrap().private_key.0.expose_secret(), google_key());
    assert!(config.house.admin_key.as_ref().is_some_and(|k| k.matches(SECRET) && !k.matches("hush")));
    assert!(
        config
            .warnings
            .iter()
            .any(|w| w.contains("VAPI_BASE_URL is a sandbox but VAPI_PRIVATE_KEY looks real"))
    );
}

#[test]
fn clients_come_from_the_file_and_the_environment() {
    let toml = "[[clients]]\nbusinessName = \"Filed\"\nkey = \"filed\"\nservices = [\"a\"]\n";
    assert_eq!(with_file(toml).unwrap().config.bootstrap[0].client.services, ["a"]);
    let one = ok(&env(&[
        ("FRONTDESK_CLIENT_NAME", "ABC"),
        ("FRONTDESK_CLIENT_TIER", "pro"),
        ("FRONTDESK_CLIENT_SERVICES", "x, y"),
        ("FRONTDESK_CLIENT_API_KEY", SECRET),
    ]));
    assert_eq!(one.bootstrap[0].client.tier, Some(frontdesk_shared::client::Tier::Pro));
    assert_eq!(one.bootstrap[0].client.services, ["x", "y"]);
    assert!(wrong(&env(&[("FRONTDESK_CLIENT_KEY", "abc")])).contains("FRONTDESK_CLIENT_NAME: missing"));
    let text = wrong(&env(&[(
        "BOOTSTRAP_CLIENTS",
        r#"[{"businessName":"A","key":"a"},{"businessName":"B","key":"a"},{"key":"c"},{"businessName":"D","api_key":"hush"},{"businessName":"E","colour":1},3]"#,
    )]));
    for part in [
        "entry 2: a second client “a”",
        "entry 3: ",
        "entry 4: api_key: 16",
        "entry 5: no such field “colour”",
        "entry 6: ",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    assert!(!text.contains("hush"));
}

#[test]
fn the_start_says_what_happened_in_order() {
    let config = ok(&with_vapi(&[("VAPI_BASE_URL", "http://127.0.0.1:9000")]));
    let jobs = vec![("db-health".to_owned(), "every 5 minutes".to_owned())];
    let facts =
        StartFacts { migrations_applied: 2, clients_bootstrapped: 1, listening: config.house.listen, jobs };
    let text = startup_lines(&config, &facts).join("\n");
    let at: Vec<usize> = [
        "Environment validation passed",
        "Database: SQLite",
        "Applied 2 new migrations",
        "Bootstrapped 1 client(s)",
        "Listening on http://127.0.0.1:10000",
        "Scheduled job: db-health, every 5 minutes",
        "Feature vapi: on, SANDBOX",
        "no real phone rings",
        "frontdesk is ready (development)",
    ]
    .iter()
    .map(|part| text.find(part).unwrap_or_else(|| panic!("{part} in {text}")))
    .collect();
    assert!(at.is_sorted());
}

#[test]
fn ranges_of_addresses_hold_what_is_in_them() {
    let range = |text| AddressRange::parse(text).unwrap();
    assert!(range("10.0.0.0/8").contains("10.9.9.9".parse().unwrap()));
    assert!(range("10.0.0.0/8").contains("::ffff:10.1.1.1".parse().unwrap()));
    assert!(!range("10.0.0.0/8").contains("11.0.0.1".parse().unwrap()));
    assert!(range("0.0.0.0/0").contains("8.8.8.8".parse().unwrap()));
    assert!(!range("::/0").contains("8.8.8.8".parse().unwrap()));
    assert!(range("2001:db8::/32").contains("2001:db8:1::1".parse().unwrap()));
    assert!(AddressRange::parse("10.0.0.0/33").is_none() && AddressRange::parse("x").is_none());
}
