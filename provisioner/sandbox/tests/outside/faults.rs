//! The fault plan.

use hcctl_sandbox::{FaultPlan, Rate, Sandbox, Settings, Stopped, Trouble};

use super::{Folder, create_vpc, ec2, list_vpcs};

fn with(folder: &Folder, faults: FaultPlan) -> Sandbox {
    let settings = Settings {
        faults,
        ..Settings::instant()
    };
    Sandbox::open(Some(folder.world()), settings).unwrap()
}

#[test]
fn stopping_before_a_write_leaves_no_trace_of_it() {
    let folder = Folder::new();
    let sandbox = with(&folder, FaultPlan::StopBefore(2));
    let id = create_vpc(&sandbox);
    assert_eq!(list_vpcs(&sandbox), [id.as_str()]);
    let second = sandbox.handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"));
    assert_eq!(second.unwrap_err(), Stopped);
    sandbox
        .handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
        .unwrap_err();
    drop(sandbox);
    assert_eq!(list_vpcs(&with(&folder, FaultPlan::None)), [id]);
}

#[test]
fn stopping_after_a_write_loses_only_the_reply() {
    let folder = Folder::new();
    let sandbox = with(&folder, FaultPlan::StopAfter(1));
    let only = sandbox.handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"));
    assert_eq!(only.unwrap_err(), Stopped);
    sandbox.handle(&ec2("Action=DescribeVpcs")).unwrap_err();
    assert_eq!(sandbox.writes(), 1);
    drop(sandbox);
    assert_eq!(list_vpcs(&with(&folder, FaultPlan::None)).len(), 1);
}

#[test]
fn a_sweep_needs_no_file() {
    let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
    create_vpc(&sandbox);
    assert_eq!(sandbox.writes(), 1);
    for nth in 1..=3 {
        sandbox.set_faults(FaultPlan::StopBefore(nth));
        for _ in 1..nth {
            create_vpc(&sandbox);
        }
        sandbox
            .handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"))
            .unwrap_err();
    }
    sandbox.set_faults(FaultPlan::None);
    assert_eq!(list_vpcs(&sandbox).len(), 4);
}

/// Status and body of an answer.
fn ask(sandbox: &Sandbox, form: &str) -> (u16, String) {
    let answer = sandbox.handle(&ec2(form)).unwrap();
    let body = String::from_utf8_lossy(answer.body()).into_owned();
    (answer.status().as_u16(), body)
}

#[test]
fn a_throttled_call_has_no_effect_and_says_so_as_its_service_does() {
    let sandbox = Sandbox::open(None, Settings::instant()).unwrap();
    sandbox.throttle_next("CreateVpc", 2);
    for _ in 0..2 {
        let (status, body) = ask(&sandbox, "Action=CreateVpc&CidrBlock=10.0.0.0/16");
        assert_eq!(status, 503);
        assert!(body.contains("<Code>RequestLimitExceeded</Code>"), "{body}");
    }
    assert!(list_vpcs(&sandbox).is_empty());
    assert_eq!(sandbox.writes(), 0);
    create_vpc(&sandbox);
    sandbox.fail_next("DescribeVpcs", 1);
    let (status, body) = ask(&sandbox, "Action=DescribeVpcs");
    assert_eq!(status, 500);
    assert!(body.contains("<Code>InternalError</Code>"), "{body}");
    assert_eq!(list_vpcs(&sandbox).len(), 1);
}

#[test]
fn trouble_and_a_fault_plan_combine() {
    let settings = Settings {
        faults: FaultPlan::StopBefore(2),
        trouble: Trouble {
            throttled: Rate::Every(2),
            ..Trouble::default()
        },
        ..Settings::instant()
    };
    let sandbox = Sandbox::open(None, settings).unwrap();
    create_vpc(&sandbox);
    assert_eq!(ask(&sandbox, "Action=DescribeVpcs").0, 503);
    assert_eq!(list_vpcs(&sandbox).len(), 1);
    let second = sandbox.handle(&ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16"));
    assert_eq!(second.unwrap_err(), Stopped);
}
