//! The setting of who may make spaces.

use reeeductio_proto::SpaceId;

use super::{Config, ConfigError, Creation};

/// Most apps: each request may look into all of them.
const MOST_APPS: usize = 64;

/// Warning about a server without [`can_have_spaces`](Config::can_have_spaces).
pub(crate) const NO_SPACES: &str = "no space can exist on this server: set admin.space_id, the space in which others are registered, \
     or spaces.creation (or admin.auto_create_spaces)";

impl Config {
    /// The setting of who may make spaces, wherever it is.
    pub(crate) fn creation(&self) -> Creation {
        match (self.spaces.creation, self.admin.auto_create_spaces) {
            (Some(creation), _) => creation,
            (None, Some(true)) => Creation::Open,
            (None, _) => Creation::Admin,
        }
    }

    /// Returns whether there is a way for a space to exist.
    pub(crate) fn can_have_spaces(&self) -> bool {
        self.creation() != Creation::Admin || self.admin.space_id.is_some()
    }

    /// Spaces of the apps whose users may make spaces.
    pub(crate) fn app_spaces(&self) -> Result<Vec<SpaceId>, ConfigError> {
        let admin = self.admin.space()?;
        let mut apps = Vec::new();
        for (index, text) in self.spaces.apps.iter().enumerate() {
            let wrong =
                |problem: String| ConfigError::key(format!("spaces.apps[{index}]"), problem);
            let app = SpaceId::parse(text).map_err(|error| wrong(error.to_string()))?;
            if apps.contains(&app) {
                return Err(wrong(format!("{app} is there twice")));
            }
            if admin == Some(app) {
                return Err(wrong(
                    "is admin.space_id, in which spaces are registered anyway".to_owned(),
                ));
            }
            apps.push(app);
        }
        Ok(apps)
    }

    pub(super) fn check_spaces(&self) -> Result<(), ConfigError> {
        let wrong = |key: &str, problem: String| Err(ConfigError::key(key, problem));
        let creation = self.creation();
        if let Some(auto) = self.admin.auto_create_spaces
            && auto != (creation == Creation::Open)
        {
            return wrong(
                "spaces.creation",
                format!(
                    "contradicts admin.auto_create_spaces, which is {auto}: leave that out, spaces.creation says it"
                ),
            );
        }
        let apps = self.app_spaces()?;
        match (creation, apps.len()) {
            (Creation::App, 0) => wrong(
                "spaces.apps",
                "must name the space of an app with spaces.creation: app".to_owned(),
            ),
            (Creation::App, count) if count > MOST_APPS => {
                wrong("spaces.apps", format!("{count} apps, at most {MOST_APPS}"))
            }
            (Creation::Open | Creation::Admin, 1..) => wrong(
                "spaces.apps",
                "apps make spaces with spaces.creation: app only".to_owned(),
            ),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
