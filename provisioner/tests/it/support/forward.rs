//! A forward proxy as companies have them: it tunnels what CONNECT asks for, passes plain requests on, and keeps their
//! first lines. Everything it lets through goes to one address.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::background::Background;

/// The proxy. It ends when dropped.
pub struct Forward {
    /// What a proxy variable is to say.
    pub url: String,
    asked: Arc<Mutex<Vec<String>>>,
    _server: Background,
}

impl Forward {
    /// A proxy that lets everything through to this address; without one it answers with `refusal`.
    pub fn start(to: Option<SocketAddr>, refusal: &'static str) -> Self {
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let seen = Arc::clone(&asked);
        let (address, server) = Background::serve(move |listener: TcpListener| async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(pass(stream, to, refusal, Arc::clone(&seen)));
            }
        });
        Self {
            url: format!("http://{address}"),
            asked,
            _server: server,
        }
    }

    /// The first lines of the connections so far.
    pub fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn pass(
    mut client: TcpStream,
    to: Option<SocketAddr>,
    refusal: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
) {
    let mut head = Vec::new();
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        match client.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let text = String::from_utf8_lossy(&head);
    let line = text.lines().next().unwrap_or_default().to_owned();
    asked.lock().unwrap().push(line.clone());
    let Some(to) = to else {
        let answer = format!("HTTP/1.1 {refusal}\r\ncontent-length: 0\r\n\r\n");
        let _ = client.write_all(answer.as_bytes()).await;
        return;
    };
    let Ok(mut server) = TcpStream::connect(to).await else {
        return;
    };
    let begun = if line.starts_with("CONNECT ") {
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
    } else {
        server.write_all(&head).await
    };
    if begun.is_ok() {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
