//! HTTP/1.1 on one kept connection, with as little work as possible: client and server share the machine.

use std::ops::Range;

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Bytes asked for at a time.
const PIECE: usize = 256 * 1024;

/// One kept connection.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    authority: String,
    buffer: Vec<u8>,
    /// Bytes of `buffer` that hold the last answer's body.
    body: Range<usize>,
}

/// How an answer's body is delimited.
enum Length {
    Known(usize),
    Chunked,
}

impl Connection {
    /// Connects to a host and port.
    pub(crate) async fn open(authority: &str) -> Result<Self> {
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

    /// The bytes of a request with a JSON body or none.
    pub(crate) fn request(&self, method: &str, path: &str, token: &str, body: &[u8]) -> Vec<u8> {
        let mut request = self.head(method, path, token, "application/json", body.len());
        request.extend_from_slice(body);
        request
    }

    /// The bytes of a request up to its body.
    pub(crate) fn head(
        &self,
        method: &str,
        path: &str,
        token: &str,
        kind: &str,
        length: usize,
    ) -> Vec<u8> {
        let mut head = format!("{method} {path} HTTP/1.1\r\nhost: {}\r\n", self.authority);
        if !token.is_empty() {
            head.push_str("authorization: Bearer ");
            head.push_str(token);
            head.push_str("\r\n");
        }
        if length > 0 {
            head.push_str("content-type: ");
            head.push_str(kind);
            head.push_str("\r\n");
        }
        head.push_str("content-length: ");
        head.push_str(&length.to_string());
        head.push_str("\r\n\r\n");
        head.into_bytes()
    }

    /// Sends a request and returns the status; the body is then in [`body`](Self::body).
    pub(crate) async fn exchange(&mut self, request: &[u8]) -> Result<u16> {
        self.exchange_parts(&[request]).await
    }

    /// [`exchange`](Self::exchange) with a request in several pieces.
    pub(crate) async fn exchange_parts(&mut self, request: &[&[u8]]) -> Result<u16> {
        for part in request {
            self.stream.write_all(part).await?;
        }
        let (status, start, length) = self.read_head().await?;
        match length {
            Length::Known(length) => {
                self.fill_to(start + length).await?;
                self.body = start..start + length;
            }
            Length::Chunked => self.read_chunks(start).await?,
        }
        Ok(status)
    }

    /// Sends a request whose answer must have this status.
    pub(crate) async fn expect(&mut self, request: &[u8], status: u16) -> Result<()> {
        let found = self.exchange(request).await?;
        ensure!(
            found == status,
            "the server answered {found}: {}",
            String::from_utf8_lossy(self.body())
        );
        Ok(())
    }

    /// Sends a request and reads its answer without keeping it: the number of bytes.
    pub(crate) async fn discard(&mut self, request: &[u8]) -> Result<usize> {
        self.stream.write_all(request).await?;
        let (status, start, length) = self.read_head().await?;
        ensure!(status == 200, "the server answered {status}");
        let Length::Known(length) = length else {
            self.read_chunks(start).await?;
            return Ok(self.body.len());
        };
        let mut left = length.saturating_sub(self.buffer.len() - start);
        while left > 0 {
            self.buffer.clear();
            let read = self.fill().await?;
            left = left.saturating_sub(read);
        }
        self.body = 0..0;
        Ok(length)
    }

    /// The last answer's body.
    pub(crate) fn body(&self) -> &[u8] {
        self.buffer.get(self.body.clone()).unwrap_or_default()
    }

    /// Reads up to the end of an answer's head: status, where the body begins, and its length.
    async fn read_head(&mut self) -> Result<(u16, usize, Length)> {
        self.buffer.clear();
        let head = loop {
            if let Some(at) = find(&self.buffer, b"\r\n\r\n") {
                break at;
            }
            self.fill().await?;
        };
        let text = std::str::from_utf8(self.buffer.get(..head).unwrap_or_default())?;
        let (status, length) = parse(text)?;
        Ok((status, head + 4, length))
    }

    /// Reads a body in chunks that begins at `start`, and leaves it whole.
    async fn read_chunks(&mut self, start: usize) -> Result<()> {
        let mut whole = Vec::new();
        let mut at = start;
        loop {
            let line = loop {
                let rest = self.buffer.get(at..).unwrap_or_default();
                if let Some(length) = find(rest, b"\r\n") {
                    break at..at + length;
                }
                self.fill().await?;
            };
            let text = std::str::from_utf8(self.buffer.get(line.clone()).unwrap_or_default())?;
            let size = text.split(';').next().unwrap_or_default().trim();
            let size = usize::from_str_radix(size, 16).context("a chunk without a size")?;
            let data = line.end + 2;
            self.fill_to(data + size + 2).await?;
            whole.extend_from_slice(self.buffer.get(data..data + size).unwrap_or_default());
            at = data + size + 2;
            if size == 0 {
                break;
            }
        }
        self.body = 0..whole.len();
        self.buffer = whole;
        Ok(())
    }

    async fn fill_to(&mut self, length: usize) -> Result<()> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<usize> {
        self.buffer.reserve(PIECE);
        let read = self.stream.read_buf(&mut self.buffer).await?;
        ensure!(read > 0, "the server closed the connection");
        Ok(read)
    }
}

/// Status and body length of an answer's head.
fn parse(head: &str) -> Result<(u16, Length)> {
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .context("an answer without a status")?
        .parse()?;
    for line in lines {
        let Some((name, value)) = line.split_once(':') else {
            continue;
        };
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            return Ok((status, Length::Known(value.parse()?)));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") && value.eq_ignore_ascii_case("chunked") {
            return Ok((status, Length::Chunked));
        }
    }
    if status == 204 {
        return Ok((status, Length::Known(0)));
    }
    bail!("an answer without a length")
}

/// Where `wanted` begins.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    let first = *wanted.first()?;
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == first)?;
        if bytes.get(at..at + wanted.len())? == wanted {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// A connection to a server that answers every request with these pieces, one packet each.
    async fn answered_with(pieces: &'static [&'static str]) -> Connection {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut request = [0; 1024];
            while stream.read(&mut request).await.unwrap() > 0 {
                for piece in pieces {
                    stream.write_all(piece.as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        Connection::open(&authority).await.unwrap()
    }

    #[tokio::test]
    async fn an_answer_in_pieces_is_read_whole_and_the_next_one_too() {
        let mut connection = answered_with(&[
            "HTTP/1.1 201 Created\r\nContent-Le",
            "ngth: 5\r\n\r\nhe",
            "llo",
        ])
        .await;
        for _ in 0..2 {
            let request = connection.request("GET", "/", "", b"");
            assert_eq!(connection.exchange(&request).await.unwrap(), 201);
            assert_eq!(connection.body(), b"hello");
        }
    }

    #[tokio::test]
    async fn a_chunked_answer_is_read_whole() {
        let mut connection = answered_with(&[
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r",
            "\n2;x=y\r\nde\r\n0\r\n\r\n",
        ])
        .await;
        let request = connection.request("GET", "/", "", b"");
        assert_eq!(connection.exchange(&request).await.unwrap(), 200);
        assert_eq!(connection.body(), b"abcde");
        assert_eq!(connection.discard(&request).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn a_discarded_answer_is_counted() {
        let mut connection =
            answered_with(&["HTTP/1.1 200 OK\r\ncontent-length: 8\r\n\r\nabc", "defgh"]).await;
        let request = connection.request("GET", "/", "", b"");
        for _ in 0..2 {
            assert_eq!(connection.discard(&request).await.unwrap(), 8);
        }
    }

    #[tokio::test]
    async fn an_unexpected_status_is_an_error_with_the_body() {
        let mut connection =
            answered_with(&["HTTP/1.1 409 Conflict\r\ncontent-length: 4\r\n\r\nhead"]).await;
        let request = connection.request("GET", "/", "", b"");
        let error = connection.expect(&request, 201).await.unwrap_err();
        assert_eq!(error.to_string(), "the server answered 409: head");
    }
}
