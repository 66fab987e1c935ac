//! One port for HTTP and HTTPS: the first byte of a connection tells which it is.

use std::{io, net::SocketAddr};

use axum::serve;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::{JoinHandle, JoinSet},
    time::timeout,
};
use tokio_rustls::TlsAcceptor;

use crate::limits::{GREETED_MAX, TLS_HANDSHAKE};

/// The first byte of a TLS connection: its first record is a handshake. No HTTP request begins with it.
const TLS_BEGINS: u8 = 0x16;

/// What whoever does not trust the stack should do.
const TRUST: &str = "a client does not take the stack's certificate. Functions find it in AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS, \
                     REQUESTS_CA_BUNDLE and SSL_CERT_FILE. A runtime that reads none of them may call the plain address in \
                     AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI instead of https://domainName/stage";

/// A connection, whichever way it is read.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

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
    /// # Errors
    /// When it does not know its address.
    pub(crate) fn new(listener: TcpListener, tls: TlsAcceptor) -> Result<Self, io::Error> {
        let address = listener.local_addr()?;
        let (sender, greeted) = mpsc::channel(GREETED_MAX);
        Ok(Self { address, greeted, accepting: tokio::spawn(accept(listener, tls, sender)) })
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

/// Greets each in a task of its own: a browser opens connections that it may never use.
async fn accept(mut listener: TcpListener, tls: TlsAcceptor, greeted: mpsc::Sender<(Box<dyn Stream>, SocketAddr)>) {
    let mut greetings = JoinSet::new();
    loop {
        // Nothing is lost when the other branch wins: a connection is taken, and a greeting's end told, in one step.
        tokio::select! {
            (stream, client) = serve::Listener::accept(&mut listener) => {
                let (tls, greeted) = (tls.clone(), greeted.clone());
                greetings.spawn(async move {
                    if let Some(stream) = greet(stream, client, tls).await {
                        // Nobody takes it any more when the stack stops.
                        let _ = greeted.send((stream, client)).await;
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
async fn greet(stream: TcpStream, client: SocketAddr, tls: TlsAcceptor) -> Option<Box<dyn Stream>> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "no TCP_NODELAY");
    }
    let mut first = [0];
    if stream.peek(&mut first).await.ok()? == 0 {
        return None;
    }
    if first != [TLS_BEGINS] {
        return Some(Box::new(stream));
    }
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
