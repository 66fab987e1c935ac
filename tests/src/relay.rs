//! The network between a browser and a stack, which a test can take away and bring back.

use std::net::Ipv4Addr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::stack::Stack;

/// Passes connections on to a stack, as long as there is a network.
#[derive(Debug)]
pub struct Relay {
    address: String,
    is_cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Relay {
    /// Opens the way to a stack.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn to(stack: &Stack) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = format!("http://{}/", listener.local_addr().expect("it is bound"));
        let (is_cut, watch) = watch::channel(false);
        let accepting = tokio::spawn(accept(listener, stack.port(), watch));
        Self { address, is_cut, accepting }
    }

    /// Where the stack is to be found on this way.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Takes the network away: every connection ends, and none comes about any more.
    pub fn cut(&self) {
        self.is_cut.send_replace(true);
    }

    /// Brings the network back.
    pub fn mend(&self) {
        self.is_cut.send_replace(false);
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, port: u16, is_cut: watch::Receiver<bool>) {
    while let Ok((browser, _)) = listener.accept().await {
        tokio::spawn(carry(browser, port, is_cut.clone()));
    }
}

async fn carry(mut browser: TcpStream, port: u16, mut is_cut: watch::Receiver<bool>) {
    let passed_on = async {
        let mut stack = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
        copy_bidirectional(&mut browser, &mut stack).await
    };
    // Whatever ends first ends the connection: nothing is to be kept of the other.
    tokio::select! {
        biased;
        _ = is_cut.wait_for(|is_cut| *is_cut) => {}
        _ = passed_on => {}
    }
}
