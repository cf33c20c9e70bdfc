//! The server alone, without any client code: for production.

use clap::{Parser, Subcommand};
use reeeductio_server::{ServeArgs, config, errors_markdown, openapi_document};

/// A server's memory has peaks. This allocator gives it back to the system afterwards.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "reeeductio-server", version, about = "The rEEEductio server")]
struct Command {
    #[command(flatten)]
    serve: ServeArgs,
    #[command(subcommand)]
    print: Option<Print>,
}

#[derive(Clone, Copy, Subcommand)]
enum Print {
    /// Print a generated reference and exit
    #[command(hide = true, subcommand)]
    Print(Page),
}

#[derive(Clone, Copy, Subcommand)]
enum Page {
    /// The OpenAPI document
    Openapi,
    /// The configuration reference
    Configuration,
    /// The list of error codes
    Errors,
}

#[expect(clippy::print_stdout, reason = "printing is what was asked for")]
fn print(page: Page) -> anyhow::Result<()> {
    match page {
        Page::Openapi => println!("{}", serde_json::to_string_pretty(&openapi_document())?),
        Page::Configuration => print!("{}", config::markdown()),
        Page::Errors => print!("{}", errors_markdown()),
    }
    Ok(())
}

fn main() -> anyhow::Result<()> {
    let command = Command::parse();
    if let Some(Print::Print(page)) = command.print {
        return print(page);
    }
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(command.serve.run())?;
    Ok(())
}
