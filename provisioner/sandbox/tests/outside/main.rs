//! The sandbox as a program that embeds it sees it: its file, its port, its faults. Signed raw requests, no AWS SDK.
#![expect(
    clippy::unwrap_used,
    reason = "a test that unwraps a failure has failed"
)]

mod faults;
mod file;
mod registry;
mod served;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};

use bytes::Bytes;
use hcctl_sandbox::Sandbox;

/// A folder of the test's own, removed when it ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path =
            std::env::temp_dir().join(format!("hcctl-sandbox-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn world(&self) -> PathBuf {
        self.0.join(".hcctl").join("sandbox.json")
    }

    /// The names of the files beside the world, its own among them.
    fn files(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.0.join(".hcctl")) else {
            return Vec::new();
        };
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder left behind in the temporary directory harms nobody.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A signed EC2 request.
fn ec2(form: &str) -> http::Request<Bytes> {
    let scope = "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-east-1/ec2/aws4_request, Signature=0";
    http::Request::post("http://ec2.us-east-1.amazonaws.com/")
        .header("authorization", scope)
        .body(Bytes::from(form.to_owned()))
        .unwrap()
}

/// The id of a new VPC.
fn create_vpc(sandbox: &Sandbox) -> String {
    let response = sandbox
        .handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
        .unwrap();
    assert_eq!(response.status(), 200);
    vpc_ids(&String::from_utf8_lossy(response.body())).remove(0)
}

/// Every `<vpcId>` in an answer.
fn vpc_ids(xml: &str) -> Vec<String> {
    let parts = xml.split("<vpcId>").skip(1);
    parts
        .map(|part| part.split('<').next().unwrap().to_owned())
        .collect()
}

/// The ids of all VPCs.
fn list_vpcs(sandbox: &Sandbox) -> Vec<String> {
    let response = sandbox.handle(&ec2("Action=DescribeVpcs")).unwrap();
    vpc_ids(&String::from_utf8_lossy(response.body()))
}
