//! Container files. Nothing is built: it is checked that what is copied exists, and what would be run is run.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

/// The command a container of the image runs.
pub(crate) fn command(file: &str, repository: &Path) -> Result<String> {
    let mut stages = Vec::new();
    let mut words: Vec<String> = Vec::new();
    let joined = file.replace("\\\n", " ");
    for line in joined
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (instruction, rest) = line
            .split_once(' ')
            .with_context(|| format!("{line:?} says nothing"))?;
        match instruction {
            "FROM" => stages.extend(rest.split_once(" AS ").map(|(_, stage)| stage)),
            "COPY" => copied(rest, &stages, repository)?,
            "ENTRYPOINT" => words = exec_form(rest)?,
            "CMD" => words.extend(exec_form(rest)?),
            "EXPOSE" | "RUN" | "USER" | "VOLUME" | "WORKDIR" => {}
            other => bail!("the instruction {other} is not known here"),
        }
    }
    ensure!(!words.is_empty(), "nothing is run");
    Ok(words.join(" "))
}

fn copied(rest: &str, stages: &[&str], repository: &Path) -> Result<()> {
    let mut words: Vec<&str> = rest.split_whitespace().collect();
    words.pop().context("COPY without a target")?;
    if let Some(stage) = words.first().and_then(|word| word.strip_prefix("--from=")) {
        ensure!(stages.contains(&stage), "there is no stage {stage}");
        return Ok(());
    }
    for word in words {
        ensure!(
            repository.join(word).exists(),
            "{word} is not in the repository"
        );
    }
    Ok(())
}

fn exec_form(rest: &str) -> Result<Vec<String>> {
    serde_json::from_str(rest).with_context(|| format!("{rest} is not in the exec form"))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::command;

    #[test]
    fn the_command_is_the_entry_point_with_its_arguments() {
        let file = "FROM a AS b\nCOPY . .\nRUN x \\\n  && y\nFROM c\nCOPY --from=b /x /y\nENTRYPOINT [\"z\"]\nCMD [\"1\"]\n";
        assert_eq!(command(file, Path::new(".")).unwrap(), "z 1");
    }

    #[test]
    fn what_would_not_build_is_refused() {
        for wrong in [
            "FROM a\nENTRYPOINT z\n",
            "FROM a\nCOPY no-such-file .\nCMD [\"z\"]\n",
            "FROM a\nCOPY --from=b /x /y\nCMD [\"z\"]\n",
            "FRM a\nCMD [\"z\"]\n",
            "FROM a\n",
        ] {
            assert!(command(wrong, Path::new(".")).is_err(), "{wrong}");
        }
    }
}
