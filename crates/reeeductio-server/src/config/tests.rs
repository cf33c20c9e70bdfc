use std::collections::BTreeSet;

use super::*;

pub(super) fn load(file: &str, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.yaml");
    std::fs::write(&path, file).unwrap();
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Config::load(Some(&path), variables)
}

#[test]
fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
    let config = load(
        "server:\n  port: 9000\n  host: 10.0.0.1\n",
        &[
            ("SERVER__PORT", "9001"),
            ("ADMIN__AUTO_CREATE_SPACES", "true"),
            ("PATH", "/bin"),
        ],
    )
    .unwrap();
    assert_eq!(config.server.port, 9001);
    assert_eq!(config.server.host, "10.0.0.1");
    assert_eq!(config.creation(), Creation::Open);
    assert_eq!(config.server.challenge_expiry_seconds, 300);
}

#[test]
fn an_empty_file_means_the_defaults() {
    assert_eq!(load("# nothing\n", &[]).unwrap().server.port, 8000);
}

#[test]
fn a_section_whose_keys_are_all_commented_out_means_the_defaults() {
    let file = "server:\n  # port: 9000\nquotas:\nlimits:\n  # none\n";
    assert_eq!(load(file, &[]).unwrap().server.port, 8000);
    let error = load("sever:\n  # port: 9000\n", &[]).unwrap_err();
    assert!(error.to_string().contains("sever"), "{error}");
}

#[test]
fn errors_speak_of_the_file_and_not_of_the_program() {
    for (file, said) in [
        (
            "quotas: many\n",
            "configuration key quotas: expected a section with keys",
        ),
        (
            "server:\n  trusted_proxies: [10.0.0.0/8]\n",
            "configuration key server.trusted_proxies[0]: IP addresses only, as in 10.0.0.1; neither ranges nor names",
        ),
        (
            "limits: []\n",
            "configuration key limits: expected a section with keys",
        ),
        (
            "server: [\"::1\", 9000]\n",
            "configuration key server: expected a section with keys",
        ),
        (
            "server:\n  port: many\n",
            "configuration key server.port: invalid type: string \"many\", expected a whole number",
        ),
        (
            "server:\n  max_blob_size: 1MB\n",
            "configuration key server.max_blob_size: invalid type: string \"1MB\", expected a whole number of bytes",
        ),
        (
            "quotas:\n  space_blob_bytes: 1 GiB\n",
            "configuration key quotas.space_blob_bytes: invalid type: string \"1 GiB\", expected a whole number of bytes",
        ),
        (
            "server:\n  jwt_expiry_hours: long\n",
            "configuration key server.jwt_expiry_hours: invalid type: string \"long\", expected a number",
        ),
    ] {
        assert_eq!(load(file, &[]).unwrap_err().to_string(), said);
    }
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_unicode_is_refused_if_it_is_ours() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;

    let variable = |name: &[u8]| {
        (
            OsString::from_vec(name.to_vec()),
            OsString::from_vec(vec![0xff]),
        )
    };
    let others = [
        variable(b"HOME"),
        variable(b"\xff__PORT"),
        variable(b"X__Y"),
        variable(b"DEBUG"),
        variable(b"ENVIRONMENT"),
    ];
    assert_eq!(environment::texts(others).unwrap(), []);
    for name in [
        "DATA_DIR",
        "server__jwt_secret",
        "SERVER__JWT_SECRT",
        "SEVER__PORT",
    ] {
        let error = environment::texts([variable(name.as_bytes())]).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn unknown_keys_are_named() {
    let in_file = load("admin:\n  admin_space_id: x\n", &[])
        .unwrap_err()
        .to_string();
    assert!(
        in_file.contains("admin_space_id") && in_file.contains("space_id"),
        "{in_file}"
    );
    let in_environment = load("", &[("SERVER__PROT", "1")]).unwrap_err().to_string();
    assert!(in_environment.contains("SERVER__PROT"), "{in_environment}");
}

#[test]
fn a_mistyped_section_in_the_environment_is_an_error() {
    for (name, meant) in [
        ("QUOTA__SPACE_MESSAGES", "QUOTAS__SPACE_MESSAGES"),
        ("LIMIT__MAX_STREAMS", "LIMITS__MAX_STREAMS"),
        ("SERVERS__PORT", "SERVER__PORT"),
        ("sevrer__port", "SERVER__PORT"),
        ("BLOBSTORE__PATH", "BLOB_STORE__PATH"),
    ] {
        let error = load("", &[(name, "1")]).expect_err(name).to_string();
        assert!(error.contains(name) && error.contains(meant), "{error}");
    }
    // Of other programs.
    for name in ["GIT__PORT", "MY_APP__PORT", "__PORT", "_"] {
        load("", &[(name, "1")]).unwrap();
    }
}

#[test]
fn a_value_in_the_environment_that_cannot_be_used_names_its_variable() {
    for (name, value) in [
        ("SERVER__PORT", "many"),
        ("SERVER__TRUSTED_PROXIES", "[\"proxy\"]"),
        ("LIMITS__MAX_CONNECTIONS", "0"),
        ("LOGGING__LEVEL", "loud"),
    ] {
        let error = load("", &[(name, value)]).expect_err(name).to_string();
        assert!(error.contains(name), "{error}");
    }
    let in_file = load("server:\n  port: many\n", &[("SERVER__HOST", "::1")]);
    let error = in_file.unwrap_err().to_string();
    assert!(!error.contains("environment"), "{error}");
}

#[test]
fn generic_variables_of_other_programs_do_not_matter() {
    for (name, value) in [("DEBUG", "*"), ("DEBUG", "1"), ("ENVIRONMENT", "prod")] {
        load("", &[(name, value)]).unwrap();
    }
    let config = load("", &[("ENVIRONMENT", "test"), ("DEBUG", "true")]).unwrap();
    assert_eq!(config.environment, Environment::Test);
    assert!(config.debug);
    // In the file, which is nobody else's, they are checked.
    load("debug: sometimes\n", &[]).unwrap_err();
    let config = load("", &[("DATA_DIR", "2026")]).unwrap();
    assert_eq!(config.data_dir, Path::new("2026"));
}

#[test]
fn wrong_values_are_named() {
    for (file, key) in [
        ("server:\n  port: many\n", "server.port"),
        ("server:\n  jwt_secret: short\n", "server.jwt_secret"),
        ("server:\n  jwt_algorithm: none\n", "server.jwt_algorithm"),
        ("database:\n  type: firestore\n", "database.type"),
        ("admin:\n  space_id: S123\n", "admin.space_id"),
    ] {
        let error = load(file, &[]).unwrap_err().to_string();
        assert!(error.contains(key), "{file}: {error}");
    }
}

#[test]
fn a_named_file_must_exist_and_have_a_known_name() {
    let missing = Config::load(Some(Path::new("/nonexistent/config.yaml")), []).unwrap_err();
    assert!(matches!(missing, ConfigError::File { .. }));
    let unknown = Config::load(Some(Path::new("config.toml")), []).unwrap_err();
    assert!(unknown.to_string().contains(".yaml"));
}

#[test]
fn an_administrator_that_does_not_own_the_admin_space_is_refused() {
    let space = "SIqI4910CfGV_VLbLTy6XXLKZwm_HZQSG_N0iAG0D29c";
    let key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";
    let other = "UIE5dw6ofRdfVqNUZsNMfszLjYqRtO43ol32D1uPybOU";
    load(
        &format!("admin:\n  space_id: {space}\n  private_key: {key}\n"),
        &[],
    )
    .unwrap();
    let error = load(
        &format!("admin:\n  space_id: {space}\n  user_id: {other}\n"),
        &[],
    )
    .unwrap_err();
    assert!(error.to_string().contains("admin.user_id"));
}

#[test]
fn secrets_are_not_shown() {
    let secret = "0123456789abcdef0123456789abcdef";
    let config = load(&format!("server:\n  jwt_secret: {secret}\n"), &[]).unwrap();
    let shown = format!("{config:?}");
    assert!(
        shown.contains("jwt_secret: Some(SecretBox<str>([REDACTED]))"),
        "{shown}"
    );
    assert!(!shown.contains("0123456789"));
}

#[test]
fn a_secret_of_digits_is_not_shown_when_it_is_refused() {
    let digits = "12345678901234567890123456789012";
    for value in [
        "1234567890",
        "-1234567890",
        digits,
        "1234567890.5",
        "[1234567890]",
        "{a: 1234567890}",
    ] {
        for (section, field) in [("server", "jwt_secret"), ("admin", "private_key")] {
            let file = format!("{section}:\n  {field}: {value}\n");
            let error = load(&file, &[]).unwrap_err();
            for shown in [error.to_string(), format!("{error:?}")] {
                assert!(shown.contains(&format!("{section}.{field}")), "{shown}");
                assert!(!shown.contains("12345678"), "{shown}");
            }
            assert!(error.to_string().contains("quotes"), "{error}");
        }
    }
    load(&format!("server:\n  jwt_secret: '{digits}'\n"), &[]).unwrap();
}

#[test]
fn a_secret_in_the_environment_is_text_whatever_it_looks_like() {
    use secrecy::ExposeSecret as _;

    for secret in [
        "12345678901234567890123456789012",
        "123456789012345678901234567890.5",
        "[1234567890,1234567890,1234567890]",
        "\"12345678901234567890123456789012\"",
    ] {
        let config = load("", &[("SERVER__JWT_SECRET", secret)]).unwrap();
        let read = config.server.jwt_secret.unwrap();
        assert_eq!(read.expose_secret(), secret);
    }
    let error = load("", &[("ADMIN__PRIVATE_KEY", "1234567890")]).unwrap_err();
    assert!(!error.to_string().contains("1234567890"), "{error}");
}

#[test]
fn a_file_that_is_no_yaml_is_refused_without_its_secrets() {
    for broken in [
        "server:\n  jwt_secret: 1234567890abcdef\n port: {\n",
        "server:\n  jwt_secret: \"1234567890abcdef\n",
        "server:\n  jwt_secret: [1234567890abcdef\n",
        "server:\n  jwt_secret: 1234567890abcdef\n  jwt_secret: 1234567890abcdef\n",
        "server:\n  jwt_secret: !!int 1234567890abcdef\n",
        "server:\n  jwt_secret: *1234567890abcdef\n",
        "- 1234567890abcdef\n",
    ] {
        let Err(error) = load(broken, &[]) else {
            panic!("{broken}");
        };
        for shown in [error.to_string(), format!("{error:?}")] {
            assert!(!shown.contains("1234567890"), "{shown}");
        }
    }
}

#[test]
fn the_reference_lists_every_key_and_no_other() {
    // Serde names the keys it knows when it meets one it does not.
    let listed: BTreeSet<&str> = reference::KEYS.iter().map(|key| key.name).collect();
    for section in [
        "",
        "server",
        "database",
        "blob_store",
        "admin",
        "logging",
        "limits",
        "timeouts",
    ] {
        let file = if section.is_empty() {
            "zzz: 1\n".to_owned()
        } else {
            format!("{section}:\n  zzz: 1\n")
        };
        let error = load(&file, &[]).unwrap_err().to_string();
        let known = error.split("expected").nth(1).unwrap();
        for field in known.split('`').skip(1).step_by(2) {
            let name = if section.is_empty() {
                field.to_owned()
            } else {
                format!("{section}.{field}")
            };
            let is_section = listed
                .iter()
                .any(|key| key.starts_with(&format!("{name}.")));
            assert!(
                is_section || listed.contains(name.as_str()),
                "{name} is not in the reference"
            );
        }
    }
}

#[test]
fn values_that_cannot_be_right_are_refused_by_name() {
    for (key, value) in [
        ("server.host", "\"\""),
        ("server.challenge_expiry_seconds", "0"),
        ("server.max_message_size", "10"),
        ("server.max_message_size", "1000000000"),
        ("server.max_blob_size", "0"),
        ("server.trusted_proxies", "[0.0.0.0]"),
        ("server.trusted_proxies", "[proxy]"),
        ("server.jwt_expiry_hours", "-1"),
        ("server.jwt_expiry_hours", "0.0001"),
        ("server.max_session_hours", "0.016"),
        ("server.max_session_hours", ".inf"),
        ("server.jwt_expiry_hours", ".nan"),
        ("limits.max_connections", "0"),
        ("limits.max_connections", "-1"),
        ("limits.max_header_bytes", "100"),
        ("limits.max_json_body", "1000"),
        ("limits.max_json_body", "1400000"),
        ("limits.max_entry_size", "0"),
        ("limits.max_streams", "0"),
        ("limits.cached_spaces", "0"),
        ("limits.memory_bytes", "1000000"),
        ("limits.requests_per_second_per_member", "-1"),
        ("limits.requests_per_second_per_member", ".nan"),
        ("limits.requests_per_second_per_member", ".inf"),
        ("limits.requests_per_second_per_address", "-0.5"),
        ("limits.requests_per_second_per_space", "1e300"),
        ("limits.login_attempts_per_minute", "-1"),
        ("timeouts.header_seconds", "0"),
        ("timeouts.body_idle_seconds", "0"),
        ("timeouts.request_seconds", "0"),
        ("timeouts.shutdown_seconds", "0"),
        ("timeouts.stream_ping_seconds", "0"),
        ("timeouts.stream_write_seconds", "0"),
        ("timeouts.write_seconds", "0"),
        ("timeouts.write_seconds", "18446744073709551615"),
        ("logging.level", "loud"),
        ("logging.level", "\"\""),
        ("logging.level", "info,acess=off"),
        ("logging.level", "info,access=loud"),
        ("logging.level", "info,,access=off"),
        ("logging.file", "/"),
        ("blob_store.path", "/dev/null/blobs"),
    ] {
        let (section, field) = key.split_once('.').unwrap();
        let file = format!("{section}:\n  {field}: {value}\n");
        let error = load(&file, &[]).expect_err(&file).to_string();
        // A value that is no number is refused with its line when the file is read.
        let named = if value.starts_with('.') { field } else { key };
        assert!(error.contains(named), "{file}: {error}");
    }
    let error = load("data_dir: /dev/null/data\n", &[]).unwrap_err();
    assert!(error.to_string().contains("data_dir"), "{error}");
    let error = load("", &[("LOGGING__LEVEL", "loud")]).unwrap_err();
    assert!(error.to_string().contains("logging.level"), "{error}");
}

#[test]
fn values_at_the_edge_are_taken() {
    for file in [
        "logging:\n  level: info,access=off\n",
        "logging:\n  level: Debug\n",
        "logging:\n  level: warn,reeeductio_engine::live=TRACE,hyper=info\n",
        "limits:\n  requests_per_second_per_member: 0.5\n",
        "limits:\n  max_streams_per_member: 0\n  min_free_bytes: 0\n",
        "limits:\n  max_connections: 1\n",
        "server:\n  jwt_expiry_hours: 0.0167\n  max_session_hours: 0.0167\n",
        "timeouts:\n  min_bytes_per_second: 0\n  busy_seconds: 0\n",
        "server:\n  max_message_size: 1024\n  trusted_proxies: [\"::1\", 10.0.0.1]\n",
    ] {
        if let Err(error) = load(file, &[]) {
            panic!("{file}: {error}");
        }
    }
}
