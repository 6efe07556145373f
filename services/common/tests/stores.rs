//! Every store keeps the same promises.

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_store_conforms() {
    for store in service_kit::testing::stores::all().await {
        eprintln_store(store.name);
        service_kit::table::conformance::holds(&store.handles).await;
    }
}

fn eprintln_store(name: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr(), "store: {name}");
}
