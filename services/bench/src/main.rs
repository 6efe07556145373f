//! A bare hyper server: `bare-hyper PORT SIZE [FLAVOUR]` answers every request with SIZE bytes of JSON and does nothing else.
//!
//! Allocator, socket options and protocol are those of the services, so that the difference is what they add. FLAVOUR is
//! `apart`, the services' own (one runtime per core, connections dealt in turns), or `shared`, tokio's usual runtime, whose
//! threads share their tasks.

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, body::Incoming};
use hyper_util::rt::TokioIo;
use tokio::runtime::{Builder, Handle};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "usage: bare-hyper PORT SIZE [apart | shared]";

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = || arguments.next()?.parse::<usize>().ok();
    let port = number().expect(USAGE) as u16;
    let body = Bytes::from(vec![b'1'; number().expect(USAGE)]);
    match arguments.next().as_deref() {
        Some("shared") => {
            let runtime = Builder::new_multi_thread().enable_all().build()?;
            let all = [runtime.handle().clone()];
            runtime.block_on(serve(port, &all, &[body]))
        }
        None | Some("apart") => {
            let cores = std::thread::available_parallelism()?.get();
            let mut handles = Vec::new();
            for _ in 0..cores {
                let runtime = Builder::new_current_thread().enable_all().build()?;
                handles.push(runtime.handle().clone());
                std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
            }
            // A copy for each core, so that they do not meet at its counter of references.
            let bodies: Vec<Bytes> = handles
                .iter()
                .map(|_| Bytes::copy_from_slice(&body))
                .collect();
            Builder::new_current_thread()
                .enable_all()
                .build()?
                .block_on(serve(port, &handles, &bodies))
        }
        Some(_) => panic!("{USAGE}"),
    }
}

async fn serve(port: u16, runtimes: &[Handle], bodies: &[Bytes]) -> std::io::Result<()> {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port)).await?;
    for turn in 0.. {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let stream = stream.into_std()?;
        let body = bodies[turn % bodies.len()].clone();
        runtimes[turn % runtimes.len()].spawn(async move {
            let Ok(stream) = tokio::net::TcpStream::from_std(stream) else {
                return;
            };
            let answer = service_fn(move |_: Request<Incoming>| {
                let mut response = Response::new(Full::new(body.clone()));
                response
                    .headers_mut()
                    .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                async move { Ok::<_, Infallible>(response) }
            });
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), answer)
                .await;
        });
    }
    Ok(())
}
