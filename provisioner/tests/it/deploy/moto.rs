//! The rolling path on moto's server, as far as that goes.

use std::path::Path;
use std::process::Output;

use crate::support::gaps::NoDeployments;
use crate::support::moto::Moto;

/// moto 5.2.1 has no service deployments (`ListServiceDeployments` answers HTTP 500), and its services never name a
/// current one. So the proxy answers that there are none yet, and everything up to the first look at the new deployment
/// is seen here over the wire: the checks, the protected image, the task definition, the service that was told, the
/// autoscaler let loose. What follows is the sandbox's to show.
#[test]
fn a_deploy_comes_as_far_as_motos_service_deployments() {
    let Some(moto) = Moto::start(Box::new(NoDeployments::default())) else {
        return;
    };
    let environments = Path::new(env!("CARGO_MANIFEST_DIR")).join("../environments");
    let hcctl = |args: &[&str]| moto.hcctl(&environments, args);
    ended(&hcctl(&["apply", "dev", "--yes"]), 0, "finished");
    let missing = hcctl(&["deploy", "--image", "v1"]);
    ended(&missing, 4, "no image v1");
    let pushed = moto.python("deploy/image.py", &["put", "v1"]);
    ended(&pushed, 0, "put");
    let deploy = ["deploy", "--image", "v1", "--timeout", "3"];
    ended(&hcctl(&deploy), 1, "the time limit of 3 s");
    let read = moto.python("deploy/image.py", &["read", "v1"]);
    ended(&read, 0, "as wanted");
}

fn ended(output: &Output, code: i32, word: &str) {
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(word), "{text}");
}
