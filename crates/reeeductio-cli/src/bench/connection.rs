//! HTTP/1.1 on one kept connection, for answers with a `Content-Length`.

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// One kept connection.
pub(super) struct Connection {
    stream: TcpStream,
    authority: String,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that hold the last answer's body.
    body: std::ops::Range<usize>,
}

impl Connection {
    pub(super) async fn open(authority: &str) -> Result<Self> {
        let stream = TcpStream::connect(authority)
            .await
            .with_context(|| format!("cannot connect to {authority}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            authority: authority.to_owned(),
            buffer: Vec::new(),
            body: 0..0,
        })
    }

    /// The bytes of a request, to be sent with [`exchange`](Self::exchange).
    pub(super) fn request(&self, method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
        let kind = if body.first() == Some(&b'{') {
            "application/json"
        } else {
            "application/octet-stream"
        };
        let mut request = format!(
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n",
            self.authority,
            body.len()
        )
        .into_bytes();
        request.extend_from_slice(body);
        request
    }

    /// Sends a request and returns the status; the body is then in [`body`](Self::body).
    pub(super) async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.stream.write_all(request).await?;
        self.buffer.clear();
        let head = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            ensure!(self.fill().await? > 0, "the server closed the connection");
        };
        let text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        let mut lines = text.split("\r\n");
        let status = lines
            .next()
            .and_then(|line| line.split(' ').nth(1))
            .context("no status")?
            .parse()?;
        let mut length = None;
        for line in lines {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = Some(value.trim().parse::<usize>()?);
            }
        }
        let length = match length {
            Some(length) => length,
            None if status == 204 => 0,
            None => bail!("an answer without Content-Length"),
        };
        let start = head + 4;
        while self.buffer.len() < start + length {
            ensure!(self.fill().await? > 0, "the server closed the connection");
        }
        self.body = start..start + length;
        Ok(status)
    }

    /// The last answer's body.
    pub(super) fn body(&self) -> &[u8] {
        self.buffer.get(self.body.clone()).unwrap_or_default()
    }

    /// Sends a request whose answer must have this status.
    pub(super) async fn expect(&mut self, request: &[u8], status: u16) -> Result<()> {
        let found = self.exchange(request).await?;
        ensure!(
            found == status,
            "the server answered {found}: {}",
            String::from_utf8_lossy(self.body())
        );
        Ok(())
    }

    async fn fill(&mut self) -> Result<usize> {
        self.buffer.reserve(256 * 1024);
        Ok(self.stream.read_buf(&mut self.buffer).await?)
    }
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
