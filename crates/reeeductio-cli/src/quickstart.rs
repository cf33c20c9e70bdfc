//! `reeeductio quickstart`: the whole thing, on a real file, in a few seconds.

mod steps;

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use reeeductio_client::{Identity, Key, Space, random};
use reeeductio_server::{Config, serve};

use crate::report::{heading, out};

/// Read when no other file is named and the repository's is not at hand.
const README: &str = include_str!("quickstart/README.md");

#[derive(Args, Debug)]
pub(crate) struct Quickstart {
    /// A text file whose paragraphs become messages; default: the README of this project
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Folder for everything the server stores; default: a new one among the temporary files
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Port to serve on; default: a free one
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Stop when done instead of serving on
    #[arg(long)]
    once: bool,
}

impl Quickstart {
    pub(crate) async fn run(&self) -> anyhow::Result<()> {
        let (name, text) = self.text()?;
        let data = self.data.clone().map_or_else(fresh_folder, Ok)?;
        let mut config = Config::default();
        config.set_dev();
        config.data_dir.clone_from(&data);
        config.server.port = self.port;
        let server = serve(config).await?;
        let url = format!("http://{}", server.address());
        heading("1. A server");
        out(&format!(
            "   {url}, storing everything in {}",
            data.display()
        ));

        let owner = Identity::from_seed(&random()?);
        let root = Key::new(random()?);
        let space =
            Space::builder(&url).open(owner.space_id(), owner.user_id(), owner.clone(), &root)?;
        heading("2. A space");
        out(&format!("   {}", space.id()));
        out("   Its keys were made here and stay here; the server has only the public one.");

        let paragraphs = steps::post_paragraphs(&space, &name, &text).await?;
        steps::store_values(&space, &name, text.as_bytes()).await?;
        steps::second_member(&space, &root, &url, &paragraphs).await?;
        let shown = steps::read_back(&space, &paragraphs).await?;
        steps::compare(&data, &shown, &paragraphs)?;
        steps::python(&url, &space, &owner, &root);

        if self.once {
            return server
                .stop()
                .await
                .context("the server did not stop cleanly");
        }
        let announce = async {
            heading("The server keeps running");
            out("   Stop it with Ctrl-C.");
            std::future::pending::<()>().await;
        };
        // In this order: a reader of the line may press Ctrl-C at once.
        tokio::select! {
            biased;
            stopped = tokio::signal::ctrl_c() => stopped?,
            () = announce => {}
        }
        server
            .stop()
            .await
            .context("the server did not stop cleanly")
    }

    fn text(&self) -> anyhow::Result<(String, String)> {
        let Some(path) = &self.file else {
            return Ok(("README.md".to_owned(), README.to_owned()));
        };
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        Ok((name.into_owned(), text))
    }
}

fn fresh_folder() -> anyhow::Result<PathBuf> {
    let suffix = u64::from_be_bytes(random()?);
    Ok(std::env::temp_dir().join(format!("reeeductio-quickstart-{suffix:016x}")))
}
