//! Accepts connections, of HTTP and HTTPS: where both may come to one port, the first byte of a connection tells which it is.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    task::{Context, Poll},
};

use axum::serve;
use ipnet::IpNet;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::{
    crowd::{Crowd, Place, is_among},
    limits::{FIRST_WORD, GREETED_MAX, TLS_HANDSHAKE},
};

/// The first byte of a TLS connection: its first record is a handshake. No HTTP request begins with it.
const TLS_BEGINS: u8 = 0x16;

/// What whoever does not trust the stack should do.
const TRUST: &str = "a client does not take the stack's certificate. Functions find it in AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, \
                     REQUESTS_CA_BUNDLE and SSL_CERT_FILE. A runtime that reads none of them may call the plain address in \
                     AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI instead of https://domainName/stage";

/// What clients of a listener speak.
#[derive(Clone)]
pub(crate) enum Speaks {
    Http,
    Https(TlsAcceptor),
    /// Either.
    Both(TlsAcceptor),
}

/// Who may have how many connections at a listener.
#[derive(Debug, Clone)]
pub(crate) enum Room {
    /// Everybody as many as they like.
    ForAll,
    /// Each address so many, except for those of proxies, behind which everybody comes.
    PerAddress(Crowd, Vec<IpNet>),
}

/// A connection, whichever way it is read.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection with its place among those of its address.
struct Placed {
    stream: Box<dyn Stream>,
    _place: Option<Place>,
}

/// Gives out connections that have begun to speak. Dropping it stops listening.
#[derive(Debug)]
pub(crate) struct Listener {
    address: SocketAddr,
    greeted: mpsc::Receiver<(Box<dyn Stream>, SocketAddr)>,
    accepting: JoinHandle<()>,
}

impl Listener {
    /// Takes over a listener.
    ///
    /// Clients have as much room as `room` says.
    ///
    /// # Errors
    /// When it does not know its address.
    pub(crate) fn new(listener: TcpListener, speaks: Speaks, room: Room) -> Result<Self, io::Error> {
        let address = listener.local_addr()?;
        let (sender, greeted) = mpsc::channel(GREETED_MAX);
        Ok(Self { address, greeted, accepting: tokio::spawn(accept(listener, speaks, room, sender)) })
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl serve::Listener for Listener {
    type Io = Box<dyn Stream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.greeted.recv().await {
            Some(greeted) => greeted,
            // Only a task that ended with a bug gives up its end.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> Result<SocketAddr, io::Error> {
        Ok(self.address)
    }
}

impl Room {
    /// # Errors
    /// When there is no room for one more connection of this address.
    fn enter(&self, address: IpAddr) -> Result<Option<Place>, ()> {
        match self {
            Self::ForAll => Ok(None),
            Self::PerAddress(_, proxies) if is_among(proxies, address) => Ok(None),
            Self::PerAddress(crowd, _) => crowd.enter(address).map(Some).ok_or(()),
        }
    }
}

impl AsyncRead for Placed {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(context, into)
    }
}

impl AsyncWrite for Placed {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().stream).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(context)
    }
}

/// Greets each in a task of its own: a browser opens connections that it may never use.
async fn accept(
    mut listener: TcpListener,
    speaks: Speaks,
    room: Room,
    greeted: mpsc::Sender<(Box<dyn Stream>, SocketAddr)>,
) {
    let mut greetings = JoinSet::new();
    loop {
        // Nothing is lost when the other branch wins: a connection is taken, and a greeting's end told, in one step.
        tokio::select! {
            (stream, client) = serve::Listener::accept(&mut listener) => {
                // Whoever has too many is refused without a word, which costs the least.
                let Ok(place) = room.enter(client.ip()) else { continue };
                let (speaks, greeted) = (speaks.clone(), greeted.clone());
                greetings.spawn(async move {
                    if let Some(stream) = greet(stream, client, speaks).await {
                        // Nobody takes it any more when the stack stops.
                        let _ = greeted.send((Box::new(Placed { stream, _place: place }), client)).await;
                    }
                });
            }
            Some(ended) = greetings.join_next() => if let Err(error) = ended {
                tracing::error!(%error, "a connection ended with a bug");
            },
        }
    }
}

/// Waits until a client says something; none when it goes without a word, or speaks TLS that comes to nothing.
async fn greet(stream: TcpStream, client: SocketAddr, speaks: Speaks) -> Option<Box<dyn Stream>> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut first = [0];
    // Cancel-safe: looking takes nothing away.
    if timeout(FIRST_WORD, stream.peek(&mut first)).await.ok()?.ok()? == 0 {
        return None;
    }
    let tls = match speaks {
        Speaks::Https(tls) => tls,
        Speaks::Both(tls) if first == [TLS_BEGINS] => tls,
        Speaks::Both(_) | Speaks::Http => return Some(Box::new(stream)),
    };
    match timeout(TLS_HANDSHAKE, tls.accept(stream)).await {
        Ok(Ok(stream)) => Some(Box::new(stream)),
        Ok(Err(error)) => {
            tracing::warn!(%client, %error, "{TRUST}");
            None
        }
        Err(_) => {
            tracing::debug!(%client, "a client did not finish its TLS handshake");
            None
        }
    }
}
