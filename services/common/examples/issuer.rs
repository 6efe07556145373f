//! An issuer of tokens for trying the services out: `issuer PORT SCOPE...` prints a token and keeps serving its key.
//!
//! Start a service with `AUTH_ISSUER=http://127.0.0.1:PORT AUTH_AUDIENCE=hospital AUTH_ALGORITHM=ES256`.

use std::io::Write as _;

use service_kit::testing::issuer::Issuer;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let port = arguments
        .next()
        .and_then(|port| port.parse().ok())
        .unwrap_or(0);
    let scopes: Vec<String> = arguments.collect();
    let issuer = Issuer::start(port).await;
    writeln!(
        std::io::stdout(),
        "{}",
        issuer.token("tester", &scopes.join(" "))
    )?;
    std::future::pending().await
}
