//! Units of systemd.

use anyhow::{Result, bail, ensure};

/// The command a unit runs.
pub(crate) fn command(unit: &str) -> Result<String> {
    let mut section = "";
    let mut commands = Vec::new();
    for line in unit.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line
            .strip_prefix('[')
            .and_then(|line| line.strip_suffix(']'))
        {
            ensure!(
                matches!(name, "Unit" | "Service" | "Install"),
                "a service has no section {name}"
            );
            section = name;
            continue;
        }
        match line.split_once('=') {
            Some(("ExecStart", command)) if section == "Service" => commands.push(command),
            Some((key, _)) if !section.is_empty() && key.chars().all(char::is_alphanumeric) => {}
            _ => bail!("{line:?} is not Key=Value within a section"),
        }
    }
    match &*commands {
        [command] => Ok((*command).to_owned()),
        _ => bail!("{} commands; a service has one ExecStart", commands.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::command;

    #[test]
    fn the_command_of_a_service_is_found() {
        let unit = "# x\n[Unit]\nDescription=A b\n\n[Service]\nExecStart=/bin/x --y\n";
        assert_eq!(command(unit).unwrap(), "/bin/x --y");
    }

    #[test]
    fn what_is_no_service_is_refused() {
        for wrong in [
            "ExecStart=/bin/x\n",
            "[Service]\nExecStart /bin/x\n",
            "[Srvice]\nExecStart=/bin/x\n",
            "[Service]\nType=exec\n",
        ] {
            assert!(command(wrong).is_err(), "{wrong}");
        }
    }
}
