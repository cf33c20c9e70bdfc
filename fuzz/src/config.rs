//! The configuration file and the environment laid over it.

use std::path::PathBuf;

use reeeductio_server::Config;
use tempfile::TempDir;

use crate::input::lines;

thread_local! {
    static FOLDER: TempDir = tempfile::tempdir().unwrap();
}

/// A variable as `NAME=value`, then a file.
///
/// Input that is not understood is refused with a reason. Any other input keeps to the limits, hides the secret,
/// reads the same again, and gives way to the environment.
pub fn check(data: &[u8]) {
    let Some([variable, file]) = lines(data) else {
        return;
    };
    let path = FOLDER.with(|folder| folder.path().join("config.yaml"));
    std::fs::write(&path, file).unwrap();
    let variable = variable.split_once('=');
    let load = |more: Option<(&str, &str)>| {
        let variables = variable.into_iter().chain(more);
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Config::load(Some(&path), variables).map_err(|error| error.to_string())
    };
    let loaded = load(None);
    let shown = format!("{loaded:?}");
    assert_eq!(shown, format!("{:?}", load(None)));
    let mut config = match loaded {
        Ok(config) => config,
        Err(reason) => {
            assert!(!reason.is_empty());
            return;
        }
    };
    assert_eq!(config.server.jwt_algorithm, "HS256");
    assert!(config.server.jwt_expiry_hours > 0.0 && config.server.jwt_expiry_hours < 87_600.0);
    let over = load(Some(("SERVER__PORT", "4711"))).expect("a port does no harm");
    assert_eq!(over.server.port, 4711);
    let secret = "a secret that is long enough for a token";
    let over = load(Some(("SERVER__JWT_SECRET", secret))).expect("a secret does no harm");
    assert!(!format!("{over:?}").contains(secret));
    assert!(load(Some(("SERVER__NOTHING", "1"))).is_err());
    config.set_dev();
    assert_eq!(config.server.host, "127.0.0.1");
    assert_ne!(
        config.data_dir,
        PathBuf::new(),
        "the folder of the data has a name"
    );
}
