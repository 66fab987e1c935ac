//! A way to a stack's WebSocket on which everything that the stack sends comes twice.

use std::{io, net::Ipv4Addr};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, copy},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinHandle,
};

use crate::stack::Stack;

/// The first byte of a whole text frame (RFC 6455, 5.2).
const TEXT: u8 = 0x81;

/// Passes connections on to a stack, and each of its text frames twice.
#[derive(Debug)]
pub struct Doubling {
    url: String,
    accepting: JoinHandle<()>,
}

impl Doubling {
    /// Opens the way to a stack.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn of(stack: &Stack) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let url = format!("ws://{}/v1", listener.local_addr().expect("it is bound"));
        let accepting = tokio::spawn(accept(listener, stack.port()));
        Self { url, accepting }
    }

    /// The URL of the WebSocket on this way.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for Doubling {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, port: u16) {
    while let Ok((client, _)) = listener.accept().await {
        tokio::spawn(carry(client, port));
    }
}

async fn carry(client: TcpStream, port: u16) -> io::Result<()> {
    let stack = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await?;
    client.set_nodelay(true)?;
    stack.set_nodelay(true)?;
    let (mut from_client, to_client) = client.into_split();
    let (from_stack, mut to_stack) = stack.into_split();
    // Whatever ends first ends the connection: nothing is to be kept of the other.
    tokio::select! {
        copied = copy(&mut from_client, &mut to_stack) => copied.map(|_| ()),
        ended = double(BufReader::new(from_stack), to_client) => ended,
    }
}

async fn double(mut stack: BufReader<OwnedReadHalf>, mut client: OwnedWriteHalf) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stack.read_u8().await?);
    }
    client.write_all(&head).await?;
    loop {
        let mut frame = vec![stack.read_u8().await?, stack.read_u8().await?];
        // A server masks nothing, so that the second byte is the length, or says how many bytes have it.
        let more = match frame[1] {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        let mut length = u64::from(frame[1]);
        for index in 0..more {
            let byte = stack.read_u8().await?;
            length = if index == 0 { byte.into() } else { length << 8 | u64::from(byte) };
            frame.push(byte);
        }
        let begin = frame.len();
        frame.resize(begin + usize::try_from(length).unwrap_or(usize::MAX), 0);
        stack.read_exact(&mut frame[begin..]).await?;
        let times = if frame[0] == TEXT { 2 } else { 1 };
        client.write_all(&frame.repeat(times)).await?;
    }
}
