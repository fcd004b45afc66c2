//! A connection as the data protocols use it: encrypted or not, and bounded in what the server can say.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// More than this is not read between one question and the next.
const LARGEST: usize = 1024 * 1024;

/// Whatever bytes go to and fro on.
pub(super) trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Duplex for S {}

/// How much a server may still say.
#[derive(Clone)]
pub(super) struct Meter(Arc<AtomicUsize>);

impl Meter {
    /// Something new is asked.
    pub(super) fn refill(&self) {
        self.0.store(LARGEST, Ordering::Relaxed);
    }

    /// It has said too much.
    pub(super) fn is_spent(&self) -> bool {
        self.0.load(Ordering::Relaxed) == 0
    }

    fn take(&self, bytes: usize) {
        let left = self.0.load(Ordering::Relaxed).saturating_sub(bytes);
        self.0.store(left, Ordering::Relaxed);
    }
}

/// A connection whose server cannot fill the memory.
pub(super) struct Line {
    inner: Box<dyn Duplex>,
    meter: Meter,
}

impl Line {
    pub(super) fn new(inner: impl Duplex + 'static) -> Self {
        Self { inner: Box::new(inner), meter: Meter(Arc::new(AtomicUsize::new(LARGEST))) }
    }

    pub(super) fn meter(&self) -> Meter {
        self.meter.clone()
    }
}

impl AsyncRead for Line {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.meter.is_spent() {
            return Poll::Ready(Err(io::Error::other("more was said than is read")));
        }
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.inner).poll_read(context, buffer))?;
        self.meter.take(buffer.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Line {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::talk::net::is_closed;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    #[tokio::test]
    async fn what_says_too_much_is_not_read_to_its_end() {
        let (ours, mut theirs) = tokio::io::duplex(64 * 1024);
        let mut line = Line::new(ours);
        let meter = line.meter();
        tokio::spawn(async move { while theirs.write_all(&[7; 4096]).await.is_ok() {} });
        let mut all = Vec::new();
        let error = line.read_to_end(&mut all).await.unwrap_err();
        assert!(!is_closed(&error), "that would be called the end of a session");
        assert!(meter.is_spent());
        assert!(all.len() < 2 * LARGEST);
        meter.refill();
        assert!(line.read_u8().await.is_ok());
    }

    #[test]
    fn only_the_other_end_closes_a_connection() {
        assert!(is_closed(&io::ErrorKind::UnexpectedEof.into()));
        assert!(is_closed(&io::ErrorKind::ConnectionReset.into()));
        for kind in [io::ErrorKind::TimedOut, io::ErrorKind::InvalidData, io::ErrorKind::Other] {
            assert!(!is_closed(&kind.into()), "{kind}");
        }
    }
}
