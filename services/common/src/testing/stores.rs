//! Every store there is, for the conformance suites: the embedded file, DynamoDB's emulator in this process, and moto's
//! server over the wire where `HCCTL_MOTO` names it.

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tempfile::TempDir;
use tokio::sync::Mutex;
use winterbaume_core::MockAws;
use winterbaume_dynamodb::DynamoDbService;

use crate::table::dynamodb::DynamoDb;
use crate::table::sqlite::Sqlite;
use crate::table::{Fault, Query, Refused, Row, Rows, Table, Write};

/// A store with two ways to it, and what keeps it alive.
pub struct Store {
    /// For messages.
    pub name: &'static str,
    /// Two ways to the same data, as two processes have them.
    pub handles: [Arc<dyn Table>; 2],
    _directory: Option<TempDir>,
    _server: Option<Server>,
}

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// All stores, each empty. Says on standard error which one is left out.
pub async fn all() -> Vec<Store> {
    let mut stores = vec![sqlite(), emulator().await];
    match std::env::var("HCCTL_MOTO") {
        Ok(program) if !program.is_empty() => stores.push(moto(&program).await),
        _ => {
            let _ = writeln!(
                std::io::stderr(),
                "SKIPPED: moto over the wire (set HCCTL_MOTO to a moto_server)"
            );
        }
    }
    stores
}

/// The embedded file, opened twice.
pub fn sqlite() -> Store {
    let directory = TempDir::new().expect("a temporary directory");
    let path = directory.path().join("store.db");
    let open =
        || -> Arc<dyn Table> { Arc::new(Sqlite::open(&path).expect("the embedded store opens")) };
    Store {
        name: "sqlite",
        handles: [open(), open()],
        _directory: Some(directory),
        _server: None,
    }
}

/// DynamoDB's emulator in this process.
pub async fn emulator() -> Store {
    let mock = MockAws::builder()
        .with_service(DynamoDbService::new())
        .build();
    let config = base()
        .http_client(mock.http_client())
        .credentials_provider(mock.credentials_provider())
        .build();
    over("emulator", Client::from_conf(config), None).await
}

async fn moto(program: &str) -> Store {
    let port = TcpListener::bind("127.0.0.1:0")
        .and_then(|free| free.local_addr())
        .expect("a free port")
        .port();
    let child = Command::new(program)
        .args(["-H", "127.0.0.1", "-p", &port.to_string()])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("HCCTL_MOTO names a program");
    let server = Server(child);
    for _ in 0..600 {
        if tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .is_ok()
        {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let config = base()
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .build();
    over("moto", Client::from_conf(config), Some(server)).await
}

/// Makes a transaction one step, as DynamoDB does and neither emulator: both check its conditions first and apply it later,
/// holding nothing in between, so that two which cross may both pass (seen with winterbaume-dynamodb 0.3.0: a lost update;
/// with moto 5.2.1: two `attribute_not_exists` on one key). What the services read, decide and write still crosses freely.
struct OneAtATime {
    table: Arc<dyn Table>,
    gate: Arc<Mutex<()>>,
}

impl Table for OneAtATime {
    fn get<'a>(&'a self, pk: &'a str, sk: &'a str) -> BoxFuture<'a, Result<Option<Row>, Fault>> {
        self.table.get(pk, sk)
    }

    fn query<'a>(&'a self, query: Query<'a>) -> BoxFuture<'a, Result<Rows, Fault>> {
        self.table.query(query)
    }

    fn write(&self, writes: Vec<Write>) -> BoxFuture<'_, Result<(), Refused>> {
        async move {
            let _turn = self.gate.lock().await;
            self.table.write(writes).await
        }
        .boxed()
    }

    fn ping(&self) -> BoxFuture<'_, Result<(), Fault>> {
        self.table.ping()
    }
}

fn base() -> aws_sdk_dynamodb::config::Builder {
    aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
}

async fn over(name: &'static str, client: Client, server: Option<Server>) -> Store {
    create_table(&client, "store").await;
    let gate = Arc::new(Mutex::new(()));
    let open = || -> Arc<dyn Table> {
        let table = Arc::new(DynamoDb::over(client.clone(), "store"));
        Arc::new(OneAtATime {
            table,
            gate: Arc::clone(&gate),
        })
    };
    Store {
        name,
        handles: [open(), open()],
        _directory: None,
        _server: server,
    }
}

/// The generic table, as the provisioner makes it.
pub async fn create_table(client: &Client, name: &str) {
    let key = |name: &str, kind| {
        KeySchemaElement::builder()
            .attribute_name(name)
            .key_type(kind)
            .build()
            .expect("complete")
    };
    let mut request = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for attribute in ["pk", "sk", "gsi1pk", "gsi1sk"] {
        let definition = AttributeDefinition::builder()
            .attribute_name(attribute)
            .attribute_type(ScalarAttributeType::S);
        request = request.attribute_definitions(definition.build().expect("complete"));
    }
    let index = GlobalSecondaryIndex::builder()
        .index_name("gsi1")
        .key_schema(key("gsi1pk", KeyType::Hash))
        .key_schema(key("gsi1sk", KeyType::Range))
        .projection(
            Projection::builder()
                .projection_type(ProjectionType::All)
                .build(),
        );
    request
        .key_schema(key("pk", KeyType::Hash))
        .key_schema(key("sk", KeyType::Range))
        .global_secondary_indexes(index.build().expect("complete"))
        .send()
        .await
        .expect("the table is made");
}
