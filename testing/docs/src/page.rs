//! A page, run top to bottom.

use std::fs;

use anyhow::{Context as _, Result, bail, ensure};
use reeeductio_server::Config;

use crate::block::{Block, blocks};
use crate::machine::{Machine, Tools, port};
use crate::server::{Server, Stop, lasts};
use crate::{container, monitoring, proxy, shown, unit};

/// Runs a page and says how many blocks it has. An error begins with the line of the block.
pub(crate) fn run(tools: &Tools, text: &str) -> Result<usize> {
    let mut page = Page {
        machine: Machine::new(tools)?,
        server: None,
        port: None,
        printed: None,
        dependencies: None,
    };
    let blocks = blocks(text);
    for block in &blocks {
        page.block(block)
            .with_context(|| format!(":{}: {}", block.line, block.language))?;
    }
    page.stop_server().context(": stopping the server")?;
    Ok(blocks.len())
}

struct Page<'a> {
    machine: Machine<'a>,
    server: Option<Server>,
    /// Of the last server, for the next one: clients keep addresses.
    port: Option<String>,
    /// By the last command.
    printed: Option<String>,
    /// Of the reader's package.
    dependencies: Option<String>,
}

impl Page<'_> {
    fn block(&mut self, block: &Block) -> Result<()> {
        match &*block.language {
            "sh" => self.commands(&block.text),
            "text" => self.compare(&block.text),
            "python" => self.python(&block.text),
            "ts" => self.typescript(&block.text),
            "tsx" => self.component(&block.text),
            "toml" => self.manifest(&block.text),
            "rust" => self.rust(&block.text),
            "yaml" => self.configuration(block),
            "yaml prometheus" => monitoring::scrape(&self.adapt(&block.text)?),
            "json" => Ok(serde_json::from_str::<serde_json::Value>(&block.text).map(drop)?),
            "ini" => self.unit(&block.text),
            "dockerfile" => self.container(&block.text),
            "yaml traefik" => proxy::traefik(&block.text),
            "nginx" => proxy::nginx(&self.machine, &block.text),
            "caddyfile" => proxy::caddy(&self.machine, &block.text),
            "" => bail!("a block without a language"),
            other => bail!("nothing here knows what to do with the language {other}"),
        }
    }

    fn commands(&mut self, text: &str) -> Result<()> {
        let last = text.trim_end().lines().next_back().unwrap_or_default();
        let starts = text.lines().filter(|line| lasts(line).is_some()).count();
        let Some(ready) = lasts(last) else {
            ensure!(
                starts == 0,
                "a server is started before the end of the block"
            );
            return self.script(text);
        };
        ensure!(starts == 1, "one block starts several servers");
        self.serve(text, ready, Stop::Interrupt)
    }

    /// Runs a script to its end.
    fn script(&mut self, text: &str) -> Result<()> {
        let printed = self.machine.run(&self.adapt(text)?)?;
        self.printed = Some(self.machine.restore(&printed, self.address()));
        Ok(())
    }

    /// Starts a server, in the place of the one before: the reader has one terminal for it.
    fn serve(&mut self, text: &str, ready: &str, stop: Stop) -> Result<()> {
        self.stop_server()?;
        let mut script = self.adapt(text)?;
        if let Some(port) = &self.port {
            script = format!("export SERVER__PORT={port}\n{script}");
        }
        let server = Server::start(&self.machine, &script, ready, stop)?;
        self.printed = Some(self.machine.restore(&server.printed, Some(&server.address)));
        self.port = port(&server.address).map(str::to_owned);
        self.server = Some(server);
        Ok(())
    }

    fn stop_server(&mut self) -> Result<()> {
        self.server.take().map_or(Ok(()), Server::stop)
    }

    fn compare(&self, text: &str) -> Result<()> {
        let printed = self
            .printed
            .as_ref()
            .context("nothing was printed on this page yet")?;
        shown::compare(text, printed)
    }

    fn python(&mut self, text: &str) -> Result<()> {
        let program = self.adapt(text)?;
        self.machine.save("program.py", &program)?;
        self.script("exec python3 program.py")
    }

    fn typescript(&mut self, text: &str) -> Result<()> {
        let program = self.adapt(text)?;
        self.machine.save("program.ts", &program)?;
        self.machine.install_package()?;
        self.script(
            "\"$PACKAGE\"/node_modules/.bin/esbuild program.ts --format=esm --log-level=error --outfile=program.mjs
exec node program.mjs",
        )
    }

    /// Bundles what only a browser can run.
    fn component(&mut self, text: &str) -> Result<()> {
        let program = self.adapt(text)?;
        self.machine.save("component.tsx", &program)?;
        self.machine.install_package()?;
        self.script(
            "exec \"$PACKAGE\"/node_modules/.bin/esbuild component.tsx --bundle --external:react \
--external:react-dom --format=esm --jsx=automatic --log-level=error --outfile=component.js",
        )
    }

    fn manifest(&mut self, text: &str) -> Result<()> {
        ensure!(
            text.starts_with("[dependencies]"),
            "only dependencies of a reader's package are known"
        );
        self.dependencies = Some(self.adapt(text)?);
        Ok(())
    }

    /// Builds a program as a package of its own beside the repository, and runs it.
    fn rust(&mut self, text: &str) -> Result<()> {
        let dependencies = self
            .dependencies
            .as_ref()
            .context("the page names no dependencies yet")?;
        let tools = self.machine.tools;
        let package = tools.target.join("reader");
        fs::create_dir_all(package.join("src"))?;
        let manifest = format!(
            "[package]\nname = \"reader\"\nedition = \"2024\"\n\n[workspace]\n\n{dependencies}"
        );
        fs::write(package.join("Cargo.toml"), manifest)?;
        fs::write(package.join("src").join("main.rs"), self.adapt(text)?)?;
        // The versions that everything else was tested with.
        fs::copy(
            tools.repository.join("Cargo.lock"),
            package.join("Cargo.lock"),
        )?;
        let manifest = package.join("Cargo.toml");
        let target = tools.target.join("target");
        self.script(&format!(
            "exec \"$CARGO\" run --quiet --manifest-path '{}' --target-dir '{}'",
            manifest.display(),
            target.display()
        ))
    }

    /// Loads a configuration as the server does.
    fn configuration(&self, block: &Block) -> Result<()> {
        let text = self.adapt(&block.text)?;
        let path = self
            .machine
            .save(block.file().unwrap_or("unnamed.yaml"), &text)?;
        Config::load(Some(&path), [])?;
        Ok(())
    }

    /// Runs what a unit of systemd would run. A keeper makes one pass, beside the page's server.
    fn unit(&mut self, text: &str) -> Result<()> {
        let command = unit::command(text)?;
        if command.contains(" keeper run ") {
            return self.script(&format!("{command} --once"));
        }
        self.serve(&command, "listening on http://", Stop::Terminate)
    }

    /// Runs what a container would run.
    fn container(&mut self, text: &str) -> Result<()> {
        let repository = &self.machine.tools.repository;
        ensure!(
            fs::read_to_string(repository.join("Dockerfile"))? == text,
            "the Dockerfile of the repository is another"
        );
        let command = container::command(text, repository)?;
        self.serve(&command, "listening on http://", Stop::Terminate)
    }

    fn adapt(&self, text: &str) -> Result<String> {
        self.machine.adapt(text, self.address())
    }

    fn address(&self) -> Option<&str> {
        self.server.as_ref().map(|server| &*server.address)
    }
}

#[cfg(test)]
mod tests;
